//! The functions of sqlx of the same names, for statements that are planned each time they run.
//!
//! An import fills tables in one transaction. Of a statement kept prepared PostgreSQL would go on with the plan it made
//! when they were small (*PREPARE*, on generic plans). Planned anew, each batch meets the tables as they are by then.
//! That is not enough for `= any($2)`, which the planner may turn into a scan of the tenant with a filter: statements look
//! up each key in a lateral subquery with `limit 1` or `offset 0`, of which it cannot make a join.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::{Query, QueryAs, QueryScalar};
use sqlx::{FromRow, Postgres, SqlSafeStr};

/// As [`sqlx::query()`].
pub fn query<'q>(sql: impl SqlSafeStr) -> Query<'q, Postgres, PgArguments> {
    sqlx::query(sql).persistent(false)
}

/// As [`sqlx::query_as()`].
pub fn query_as<'q, O: for<'r> FromRow<'r, PgRow>>(sql: impl SqlSafeStr) -> QueryAs<'q, Postgres, O, PgArguments> {
    sqlx::query_as(sql).persistent(false)
}

/// As [`sqlx::query_scalar()`].
pub fn query_scalar<'q, O>(sql: impl SqlSafeStr) -> QueryScalar<'q, Postgres, O, PgArguments>
where
    (O,): for<'r> FromRow<'r, PgRow>,
{
    sqlx::query_scalar(sql).persistent(false)
}
