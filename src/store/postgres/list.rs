//! Keyset lists: one builder for all of them, and the only place where SQL is put together at run time.
//!
//! Every list leads with its tenant, orders by a stored key with an index `(tenant_id, key, id)`, and takes conditions
//! that the planner may use under row-level security; a substring goes through a function that gives keys only.

use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::conn::{Guard, about};
use crate::store::listing::{Condition, Signed};
use crate::store::{AmiError, Result};
use crate::wire::page::Sort;
use crate::wire::{Cursor, PageRequest, Total};

/// Counting stops here.
const COUNT_LIMIT: i64 = 10_000;

/// What a list is made of. The texts are constants of this program, never input.
pub struct List {
    /// The table, aliased `e`.
    pub table: &'static str,
    /// The columns selected, from `e` and what hangs on it.
    pub columns: &'static str,
    /// The column of each order, and its type in SQL.
    pub sorts: &'static [(Sort, &'static str, &'static str)],
    /// The function that finds a substring.
    pub search: &'static str,
    /// The table of tags.
    pub tags: Option<&'static str>,
    /// The column of creation.
    pub created: &'static str,
    /// The names of [`Condition::Equals`] and their columns.
    pub equals: &'static [(&'static str, &'static str)],
    /// The counter of `tenant_counts`, where there is one.
    pub counter: Option<&'static str>,
}

impl List {
    /// The column of an order.
    pub fn sort(&self, sort: Sort) -> Result<(&'static str, &'static str)> {
        let found = self.sorts.iter().find(|(known, _, _)| *known == sort);
        found.map(|(_, column, kind)| (*column, *kind)).ok_or_else(|| AmiError::invalid("sort", "This list has no such order."))
    }

    /// The query of a page: one row more than wanted.
    pub fn query(&self, tenant: Uuid, conditions: &[Signed], extra: &[Extra], page: &PageRequest) -> Result<QueryBuilder<Postgres>> {
        let (column, kind) = self.sort(page.sort)?;
        let mut query = QueryBuilder::new(format!("select {} from {} e where e.tenant_id = ", self.columns, self.table));
        query.push_bind(tenant);
        self.conditions(&mut query, conditions, extra)?;
        let backwards = page.cursor.as_ref().is_some_and(|cursor| cursor.backwards);
        let descending = page.descending != backwards;
        if let Some(cursor) = &page.cursor {
            after(&mut query, column, kind, cursor, descending)?;
        }
        let direction = if descending { "desc" } else { "asc" };
        query.push(format!(" order by e.{column} {direction}, e.id {direction} limit "));
        query.push_bind(i64::from(page.limit) + 1);
        Ok(query)
    }

    /// How many rows match: from the counter when nothing is filtered, else counted up to a limit.
    pub async fn total(&self, guard: &mut Guard, tenant: Uuid, conditions: &[Signed], extra: &[Extra]) -> Result<Total> {
        if let (true, true, Some(counter)) = (conditions.is_empty(), extra.is_empty(), self.counter) {
            let mut query = QueryBuilder::<Postgres>::new(format!("select {counter} from tenant_counts where tenant_id = "));
            query.push_bind(tenant);
            let count: Option<i64> = query.build_query_scalar().fetch_optional(&mut **guard).await.map_err(about(""))?;
            return Ok(Total::Exact(u64::try_from(count.unwrap_or(0)).unwrap_or(0)));
        }
        let mut query = QueryBuilder::<Postgres>::new(format!("select count(*) from (select 1 from {} e where e.tenant_id = ", self.table));
        query.push_bind(tenant);
        self.conditions(&mut query, conditions, extra)?;
        query.push(format!(" limit {}) counted", COUNT_LIMIT + 1));
        let count: i64 = query.build_query_scalar().fetch_one(&mut **guard).await.map_err(about(""))?;
        let reached = count > COUNT_LIMIT;
        let count = u64::try_from(count.min(COUNT_LIMIT)).unwrap_or(0);
        Ok(if reached { Total::AtLeast(count) } else { Total::Exact(count) })
    }

    fn conditions(&self, query: &mut QueryBuilder<Postgres>, conditions: &[Signed], extra: &[Extra]) -> Result<()> {
        // All words at once, so that the trigram index is asked once.
        for holds in [true, false] {
            let words: Vec<String> = conditions
                .iter()
                .filter_map(|(sign, condition)| match condition {
                    Condition::Text(text) if *sign == holds => Some(pattern(text)),
                    _ => None,
                })
                .collect();
            let groups = if holds { vec![words] } else { words.into_iter().map(|word| vec![word]).collect() };
            for words in groups.into_iter().filter(|words| !words.is_empty()) {
                query.push(if holds { " and e.id in (select " } else { " and e.id not in (select " });
                query.push(self.search).push("(").push_bind(words).push("))");
            }
        }
        for (holds, condition) in conditions {
            if matches!(condition, Condition::Text(_)) {
                continue;
            }
            query.push(if *holds { " and (" } else { " and not (" });
            self.condition(query, condition)?;
            query.push(")");
        }
        for extra in extra {
            query.push(" and ").push(extra.sql);
            query.push_bind(extra.id);
            query.push(extra.tail);
        }
        Ok(())
    }

    fn condition(&self, query: &mut QueryBuilder<Postgres>, condition: &Condition) -> Result<()> {
        match condition {
            Condition::Text(_) => {}
            Condition::PathPrefix(prefix) => {
                query.push("e.path >= ").push_bind(prefix.clone());
                // The next path after all that begin so: the last character, one further.
                let mut end = prefix.clone();
                let last = end.pop().and_then(|last| char::from_u32(u32::from(last) + 1)).unwrap_or('\u{7f}');
                end.push(last);
                query.push(" and e.path < ").push_bind(end);
            }
            Condition::Tag(key, value) => {
                let table = self.tags.ok_or_else(|| AmiError::invalid("filter", "This list has no tags."))?;
                query.push(format!("exists (select from {table} t where t.tenant_id = e.tenant_id and t.owner_id = e.id and t.key_key = "));
                query.push_bind(key.clone());
                if let Some(value) = value {
                    query.push(" and t.value = ").push_bind(value.clone());
                }
                query.push(")");
            }
            Condition::Enabled(enabled) => {
                query.push("e.enabled = ").push_bind(*enabled);
            }
            Condition::InGroup(name) => {
                query.push(
                    "exists (select from group_members m join groups g on g.tenant_id = m.tenant_id and g.id = m.group_id \
                     where m.tenant_id = e.tenant_id and m.user_id = e.id and g.name_key = ",
                );
                query.push_bind(name.clone()).push(")");
            }
            Condition::CreatedBefore(at) => {
                query.push(format!("e.{} < ", self.created)).push_bind(*at);
            }
            Condition::CreatedAfter(at) => {
                query.push(format!("e.{} >= ", self.created)).push_bind(*at);
            }
            Condition::Attached(attached) => {
                query.push(if *attached { "(" } else { "not (" });
                query.push(
                    "exists (select from user_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id) \
                     or exists (select from group_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id) \
                     or exists (select from role_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id) \
                     or exists (select from permission_set_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id))",
                );
            }
            Condition::AwsManaged(aws) => {
                query.push("e.is_aws_managed = ").push_bind(*aws);
            }
            Condition::Equals(name, value) => {
                query.push(self.equal(name)?).push(" = ").push_bind(value.clone());
            }
            Condition::StartsWith(name, value) => {
                query.push("starts_with(").push(self.equal(name)?).push(", ").push_bind(value.clone()).push(")");
            }
        }
        Ok(())
    }

    fn equal(&self, name: &str) -> Result<&'static str> {
        let found = self.equals.iter().find(|(known, _)| *known == name);
        found.map(|(_, column)| *column).ok_or_else(|| AmiError::invalid("filter", "This list has no such filter."))
    }
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

/// A form of `(key, id) > (…)` that uses the index.
fn after(query: &mut QueryBuilder<Postgres>, column: &str, kind: &str, cursor: &Cursor, descending: bool) -> Result<()> {
    if kind == "timestamptz" && cursor.key != "infinity" && cursor.key.parse::<chrono::DateTime<chrono::Utc>>().is_err() {
        return Err(AmiError::invalid("cursor", "This page of the list cannot be found. Begin again at the first page."));
    }
    let sign = if descending { "<" } else { ">" };
    query.push(format!(" and e.{column} {sign}= ")).push_bind(cursor.key.clone()).push(format!("::{kind}"));
    query.push(format!(" and (e.{column} {sign} ")).push_bind(cursor.key.clone()).push(format!("::{kind} or e.id {sign} "));
    query.push_bind(cursor.id).push(")");
    Ok(())
}

/// A pattern that finds `text` anywhere, its own pattern characters meaning themselves.
pub fn pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// A time as the key of a cursor.
pub fn time_key(at: Option<chrono::DateTime<chrono::Utc>>) -> String {
    at.map_or_else(|| "infinity".to_owned(), |at| at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true))
}
