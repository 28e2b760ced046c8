//! What a request changed: a note of every row, taken by triggers, and a way back to how everything was.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, PgConnection, Row};

/// The triggers, and where they write. They run as the owner, so that no role needs to know of them.
const NOTES: &str = "
    create schema ledger;
    create table ledger.changes (id bigserial primary key, tbl text not null, op text not null, note text);
    create function ledger.note() returns trigger
        language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    begin
        if tg_op = 'UPDATE' and old is not distinct from new then
            return null;
        end if;
        insert into ledger.changes (tbl, op, note)
        select tg_table_schema || '.' || tg_table_name, tg_op, case when tg_table_name = 'audit_events' then
            (to_jsonb(new) ->> 'action') || ' ' || (to_jsonb(new) ->> 'outcome') || ' in '
                || (select path from public.tenants where id::text = to_jsonb(new) ->> 'tenant_id') end;
        return null;
    end
    $$;";

/// Counters that triggers keep: they follow from what is counted.
const DERIVED: &[&str] = &["public.tenant_counts"];

/// Rows that were changed, without those of the audit, and the records of the audit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Changes {
    /// As in `users +1, user_tags -2`; `nothing`.
    pub rows: String,
    /// As in `iam:CreateUser success in acme`; `nothing`.
    pub audit: String,
}

impl Changes {
    /// Whether no row was changed.
    pub fn is_nothing(&self) -> bool {
        self.rows == "nothing"
    }
}

/// Watches every table of a database. Nobody else may use the database meanwhile.
pub struct Ledger {
    owner: PgConnection,
    /// The columns of each table that can be written, by `schema.table`.
    columns: BTreeMap<String, String>,
}

impl Ledger {
    /// Keeps a copy of everything and begins to watch.
    pub async fn open(owner: &PgConnectOptions) -> Self {
        let mut owner = owner.connect().await.unwrap();
        // Restoring is no change: no trigger of ours, no foreign key, no counter.
        let statement = format!("set session_replication_role = replica; {NOTES} create schema backup;");
        owner.execute(AssertSqlSafe(statement)).await.unwrap();
        let tables = sqlx::query(
            "select n.nspname || '.' || c.relname as name,
                 string_agg(quote_ident(a.attname), ', ' order by a.attnum) filter (where a.attgenerated = '') as columns
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
             where n.nspname in ('public', 'console') and c.relkind = 'r' and c.relname <> '_sqlx_migrations'
             group by 1",
        )
        .fetch_all(&mut owner)
        .await
        .unwrap();
        let columns: BTreeMap<String, String> =
            tables.iter().map(|row| (row.get("name"), row.get("columns"))).collect();
        let mut statements = String::new();
        for table in columns.keys() {
            write!(
                statements,
                "create table backup.\"{table}\" as table {table};
                 create trigger zz_note after insert or update or delete on {table}
                     for each row execute function ledger.note();"
            )
            .unwrap();
        }
        owner.execute(AssertSqlSafe(statements)).await.unwrap();
        Self { owner, columns }
    }

    /// What was changed since the last time; afterwards everything is as it was.
    pub async fn take(&mut self) -> Changes {
        let notes: Vec<(String, String, Option<String>)> =
            sqlx::query_as("select tbl, op, note from ledger.changes order by id")
                .fetch_all(&mut self.owner)
                .await
                .unwrap();
        let touched: BTreeSet<&str> = notes.iter().map(|(table, ..)| table.as_str()).collect();
        let mut back = String::from("delete from ledger.changes;");
        for table in touched {
            let columns = &self.columns[table];
            write!(
                back,
                "delete from {table}; insert into {table} ({columns}) select {columns} from backup.\"{table}\";"
            )
            .unwrap();
        }
        if !notes.is_empty() {
            self.owner.execute(AssertSqlSafe(back)).await.unwrap();
        }

        let mut rows: BTreeMap<(&str, char), u32> = BTreeMap::new();
        for (table, op, _) in &notes {
            // That a session was used is noted on it now and then.
            let is_use = table == "console.sessions" && op == "UPDATE";
            if is_use || table == "public.audit_events" || DERIVED.contains(&table.as_str()) {
                continue;
            }
            let sign = match op.as_str() {
                "INSERT" => '+',
                "DELETE" => '-',
                _ => '~',
            };
            *rows.entry((table.trim_start_matches("public."), sign)).or_default() += 1;
        }
        let rows = rows.iter().map(|((table, sign), n)| format!("{table} {sign}{n}")).collect::<Vec<_>>();
        let audit = notes.into_iter().filter_map(|(.., note)| note).collect::<Vec<_>>();
        let or_nothing = |parts: Vec<String>| if parts.is_empty() { "nothing".into() } else { parts.join(", ") };
        Changes { rows: or_nothing(rows), audit: or_nothing(audit) }
    }
}
