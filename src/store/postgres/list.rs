//! Keyset lists: one builder for all of them, and the only place where SQL is put together at run time.
//!
//! Every list leads with its tenant, orders by a stored key with an index `(tenant_id, key, id)`, and takes conditions
//! that the planner may use under row-level security; a substring goes through a function that gives keys only. A page
//! with its total is one statement. Its text holds constants of this program; what comes from outside is bound.

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::conn::{Conn, Guard, about};
use super::narrow::{Words, only_words};
use crate::store::listing::{self, Signed};
use crate::store::paging::{self, COUNT_LIMIT, time_of};
use crate::store::{AmiError, Result};
use crate::wire::page::Sort;
use crate::wire::{Cursor, Filter, Page, PageRequest, Total};

/// Adds texts of this program to a query and, after each with an arrow, a value that is bound.
macro_rules! push {
    ($query:ident, $($text:expr $(=> $value:expr)?),+ $(,)?) => {{
        $($query.push($text); $($query.push_bind($value);)?)+
    }};
}

/// The tags of an entity `e` as JSON, in the order of their keys.
macro_rules! tags_of {
    ($table:literal) => {
        concat!(
            "(select coalesce(jsonb_agg(jsonb_build_object('key', t.key, 'value', t.value) order by t.key_key), '[]') from ",
            $table,
            " t where t.tenant_id = e.tenant_id and t.owner_id = e.id) as tags"
        )
    };
}

/// Where an entity `e` is known besides, as JSON.
macro_rules! providers_of {
    () => {
        "(select coalesce(jsonb_agg(jsonb_build_object('provider_name', r.provider_name, 'account_id', r.account_id, \
             'native_arn', r.native_arn, 'synced_at', r.synced_at, 'tenant_id', r.tenant_id) \
             order by r.provider_name collate \"C\", r.account_id collate \"C\"), '[]') \
         from resource_providers r where r.tenant_id = e.tenant_id and r.owner_id = e.id) as providers"
    };
}

pub(super) use {providers_of, push, tags_of};

/// The rows of one tenant.
pub const IN_TENANT: &str = "e.tenant_id = ";

/// What a kind of thing is read from. The texts are constants of this program, never input.
pub struct List {
    /// The table, aliased `e`.
    pub table: &'static str,
    /// What all rows of a list have in common, up to the id that is bound: mostly [`IN_TENANT`].
    pub within: &'static str,
    /// The columns selected, from `e` and what hangs on it; `e.id` among them.
    pub columns: &'static str,
    /// What rows carry besides, from functions that are asked once for all of them.
    pub beside: Beside,
    /// The orders offered.
    pub sorts: &'static [(Sort, Order)],
    /// How a substring is found.
    pub text: Text,
    /// The table of tags.
    pub tags: Option<&'static str>,
    /// The column of creation.
    pub created: &'static str,
    /// The names of [`Condition::Equals`] and [`Condition::StartsWith`], and their columns.
    pub equals: &'static [(&'static str, &'static str)],
    /// Rows are counted in `tenant_counts`.
    pub is_counted: bool,
}

/// A column to order by.
#[derive(Clone, Copy)]
pub struct Order {
    column: &'static str,
    key: Key,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    /// A text that no two rows share.
    Unique,
    /// A text; the id decides between equal ones.
    Text,
    /// A time, `infinity` being never; the id decides between equal ones.
    Time,
    /// The id itself.
    Id,
}

impl Order {
    /// By a name that is unique in the tenant.
    pub const fn unique(column: &'static str) -> Self {
        Self { column, key: Key::Unique }
    }
    /// By a name that two rows may share.
    pub const fn text(column: &'static str) -> Self {
        Self { column, key: Key::Text }
    }
    /// By a time.
    pub const fn time(column: &'static str) -> Self {
        Self { column, key: Key::Time }
    }
    /// By ids, which order by time.
    pub const fn id() -> Self {
        Self { column: "id", key: Key::Id }
    }
}

/// The orders of most entities.
const BY_NAME_OR_AGE: &[(Sort, Order)] =
    &[(Sort::Name, Order::unique("name_key")), (Sort::Created, Order::time("create_date"))];

/// What rows carry besides their columns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Nothing.
    Nothing,
    /// The text of their `document_hash`, as `document`.
    Document,
    /// The names behind assignments.
    AssignmentNames,
}

impl Beside {
    const fn columns(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Document => ", d.text as document",
            Self::AssignmentNames => {
                ", n.set_tenant_path, n.set_name, n.set_description, n.principal_tenant_path, n.principal_name"
            }
        }
    }

    /// For all rows of `page p`.
    const fn join(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Document => {
                " left join wami_documents(array(select q.document_hash from page q)) d on d.hash = p.document_hash"
            }
            Self::AssignmentNames => {
                " left join wami_assignment_names(array(select q.id from page q)) n on n.id = p.id"
            }
        }
    }
}

/// How a substring is found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// By `wami_search`, with the trigram index of the table.
    Indexed,
    /// By `wami_search` where words are all there is; beside other conditions in this column, row by row, since there
    /// may be millions that hold the words.
    IndexedAlone(&'static str),
    /// By the names behind assignments.
    Assignments,
    /// In a column, row by row.
    Column(&'static str),
}

/// A condition of the program's own: `sql`, an id, `tail`.
pub struct Extra {
    /// Up to the id.
    pub sql: &'static str,
    /// The id.
    pub id: Uuid,
    /// After it.
    pub tail: &'static str,
}

/// A page as asked for, checked.
pub struct Asked<'a> {
    within: Uuid,
    /// What the filter says.
    pub conditions: &'a [Signed],
    /// What the program says besides.
    pub extra: &'a [Extra],
    page: &'a PageRequest,
    order: Order,
    descending: bool,
    cursor: Option<&'a Cursor>,
}

impl List {
    /// Entities of a tenant: named for themselves, by name or age, tagged, searched by an index, counted.
    pub const fn of_entities(table: &'static str, columns: &'static str, tags: &'static str) -> Self {
        Self {
            table,
            within: IN_TENANT,
            columns,
            beside: Beside::Nothing,
            sorts: BY_NAME_OR_AGE,
            text: Text::Indexed,
            tags: Some(tags),
            created: "create_date",
            equals: &[],
            is_counted: true,
        }
    }

    /// The row for which `condition` holds of a value, or `None`.
    pub async fn one<'v, V>(&self, guard: &mut Guard, within: Uuid, condition: &str, value: V) -> Result<Option<PgRow>>
    where
        V: sqlx::Encode<'v, Postgres> + sqlx::Type<Postgres> + 'v,
    {
        let mut query = QueryBuilder::<Postgres>::new(format!(
            "with page as (select {} from {} e where {}",
            self.columns, self.table, self.within
        ));
        query.push_bind(within).push(format!(" and {condition} = ")).push_bind(value);
        query.push(format!(") select p.*{} from page p{}", self.beside.columns(), self.beside.join()));
        query.build().fetch_optional(&mut **guard).await.map_err(about(self.table))
    }

    /// The rows of these ids, in no order: each by its key, see [`fresh_plan`](super::fresh_plan).
    pub async fn of_ids(&self, guard: &mut Guard, within: Uuid, ids: &[Uuid]) -> Result<Vec<PgRow>> {
        let mut query = QueryBuilder::<Postgres>::new(format!("with page as (select {} from unnest(", self.columns));
        query.push_bind(ids.to_vec());
        query.push(format!(") k (id) cross join lateral (select * from {} e where {}", self.table, self.within));
        query.push_bind(within).push(" and e.id = k.id limit 1) e");
        query.push(format!(") select p.*{} from page p{}", self.beside.columns(), self.beside.join()));
        query.build().persistent(false).fetch_all(&mut **guard).await.map_err(about(self.table))
    }

    /// A page. `operation` names the list, so that a cursor of another one is refused.
    pub async fn page<T>(
        &self,
        conn: &Conn,
        (operation, within): (&str, Uuid),
        (filter, conditions): (&Filter, &[Signed]),
        extra: &[Extra],
        page: &PageRequest,
        value_of: impl Fn(&PgRow) -> Result<T>,
    ) -> Result<Page<T>> {
        let binding = paging::binding(conn.scope.tenant_id(), operation, filter, page);
        let cursor = paging::check(page, binding)?;
        let order = self.sorts.iter().find(|(sort, _)| *sort == page.sort).map(|(_, order)| *order);
        let order = order.ok_or_else(|| AmiError::invalid("sort", "This list has no such order."))?;
        let asked = Asked {
            within,
            conditions,
            extra,
            page,
            order,
            descending: page.descending != cursor.is_some_and(|cursor| cursor.backwards),
            cursor,
        };
        let mut query = self.statement(&asked)?;
        let mut guard = conn.read().await?;
        // A plan made for one filter may be bad for another, and there are too many to keep: only the bare list stays
        // prepared.
        let is_bare = conditions.is_empty() && extra.is_empty();
        let query: Query<'_, Postgres, PgArguments> = query.build().persistent(is_bare);
        let rows = query.fetch_all(&mut *guard).await.map_err(about(self.table))?;
        guard.done().await?;
        let total: i64 = rows.first().map_or(Ok(0), |row| row.try_get("total"))?;
        let total = u64::try_from(total).unwrap_or(0);
        let total = if self.counts_from_counter(&asked) { Total::Exact(total) } else { paging::counted(total) };
        let mut values = Vec::with_capacity(rows.len());
        for row in &rows {
            // Without any row there is still the total.
            if let Some(id) = row.try_get::<Option<Uuid>, _>("id")? {
                values.push((value_of(row)?, key_of(row, order)?, id));
            }
        }
        Ok(paging::page_of(values, page, binding, total, |(_, key, id)| (key.clone(), *id)).map(|(value, _, _)| value))
    }

    fn counts_from_counter(&self, asked: &Asked<'_>) -> bool {
        self.is_counted && asked.conditions.is_empty() && asked.extra.is_empty()
    }

    /// The page, one row more than wanted, each with the total.
    fn statement(&self, asked: &Asked<'_>) -> Result<QueryBuilder<Postgres>> {
        let Order { column, key } = asked.order;
        let direction = if asked.descending { "desc" } else { "asc" };
        let order = |table: &str, column: &str| match key {
            Key::Id | Key::Unique => format!("{table}.{column} {direction}"),
            Key::Text | Key::Time => format!("{table}.{column} {direction}, {table}.id {direction}"),
        };
        let time = match key {
            Key::Time => format!(", nullif(e.{column}, 'infinity') as sort_time"),
            _ => String::new(),
        };
        let is_indexed = matches!(self.text, Text::Indexed | Text::IndexedAlone(_));
        let words = (is_indexed && asked.extra.is_empty()).then(|| only_words(asked.conditions)).flatten();
        let mut query = QueryBuilder::new("with page as (select ");
        push!(query, format!("{}, e.{column} as sort_key{time} from {} e where ", self.columns, self.table));
        push!(query, self.within => asked.within);
        match &words {
            Some(words) => self.found(&mut query, asked, words)?,
            None => {
                self.conditions(&mut query, asked)?;
                after(&mut query, asked)?;
            }
        }
        let limit = i64::from(asked.page.limit) + 1;
        push!(query, format!(" order by {} limit ", order("e", column)) => limit, ") ");
        push!(query, format!("select t.total, p.*{} from (select (", self.beside.columns()));
        self.total(&mut query, asked, words.as_ref())?;
        push!(query, format!(") as total) t left join page p on true{}", self.beside.join()));
        push!(query, format!(" order by {}", order("p", "sort_key")));
        Ok(query)
    }

    /// The rows of the page by their ids, where there are words and nothing else.
    fn found(&self, query: &mut QueryBuilder<Postgres>, asked: &Asked<'_>, words: &Words) -> Result<()> {
        let limit = i32::try_from(asked.page.limit).unwrap_or(i32::MAX).saturating_add(1);
        push!(
            query,
            " and e.id = any(array(select wami_search_page(" => self.table,
            ", " => words.all.clone(),
            ", " => words.none.clone(),
            ", " => asked.order.column,
            ", " => asked.descending,
            ", " => asked.cursor.map(|cursor| literal_of(cursor, asked.order.key)).transpose()?,
            ", " => asked.cursor.map(|cursor| cursor.id),
            ", " => limit,
            ")))"
        );
        Ok(())
    }

    /// How many rows match: from the counter when nothing is filtered, else counted up to a limit. Each is a query of
    /// its own, asked once and not for every row.
    fn total(&self, query: &mut QueryBuilder<Postgres>, asked: &Asked<'_>, words: Option<&Words>) -> Result<()> {
        if self.counts_from_counter(asked) {
            push!(query, "coalesce((select c.number from tenant_counts c where c.tenant_id = " => asked.within);
            push!(query, " and c.kind = " => self.table, "), 0)");
        } else if let Some(words) = words {
            let limit = i32::try_from(COUNT_LIMIT).unwrap_or(i32::MAX).saturating_add(1);
            push!(query, "select wami_search_count(" => self.table, ", " => words.all.clone());
            push!(query, ", " => words.none.clone(), ", " => limit, ")");
        } else {
            push!(query, "select count(*) from (select from ", self.table, " e where ", self.within => asked.within);
            self.conditions(query, asked)?;
            push!(query, " limit " => i64::try_from(COUNT_LIMIT + 1).unwrap_or(i64::MAX), ") counted");
        }
        Ok(())
    }
}

/// Reads a filter for a list that knows `keys`.
///
/// # Errors
/// `InvalidParameter` on `filter`.
pub fn read<'a>(filter: &'a Filter, keys: &[listing::Key]) -> Result<(&'a Filter, Vec<Signed>)> {
    Ok((filter, listing::interpret(filter, keys)?))
}

/// A form of `(key, id) > (…)` that uses the index.
fn after(query: &mut QueryBuilder<Postgres>, asked: &Asked<'_>) -> Result<()> {
    let Some(cursor) = asked.cursor else { return Ok(()) };
    let Order { column, key } = asked.order;
    let sign = if asked.descending { "<" } else { ">" };
    match key {
        Key::Id => push!(query, format!(" and e.id {sign} ") => cursor.id),
        Key::Unique => push!(query, format!(" and e.{column} {sign} ") => cursor.key.clone()),
        Key::Text => {
            push!(query, format!(" and e.{column} {sign}= ") => cursor.key.clone());
            push!(query, format!(" and (e.{column} {sign} ") => cursor.key.clone());
            push!(query, format!(" or e.id {sign} ") => cursor.id, ")");
        }
        Key::Time => {
            let at = time_of(cursor)?;
            push!(query, format!(" and e.{column} {sign}= coalesce(") => at, ", 'infinity'::timestamptz)");
            push!(query, format!(" and (e.{column} {sign} coalesce(") => at, ", 'infinity'::timestamptz)");
            push!(query, format!(" or e.id {sign} ") => cursor.id, ")");
        }
    }
    Ok(())
}

fn key_of(row: &PgRow, order: Order) -> Result<String, sqlx::Error> {
    match order.key {
        Key::Unique | Key::Text => row.try_get("sort_key"),
        Key::Id => Ok(String::new()),
        Key::Time => {
            let at: Option<DateTime<Utc>> = row.try_get("sort_time")?;
            Ok(paging::time_key(at))
        }
    }
}

/// The key of a cursor as PostgreSQL reads it.
fn literal_of(cursor: &Cursor, key: Key) -> Result<String> {
    match key {
        Key::Time => Ok(time_of(cursor)?.map_or_else(|| "infinity".to_owned(), |at| at.to_rfc3339())),
        Key::Id => Ok(cursor.id.to_string()),
        Key::Unique | Key::Text => Ok(cursor.key.clone()),
    }
}
