//! Users.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{Row, query};
use uuid::Uuid;

use super::common::{boundary_id, name_key};
use super::conn::{Conn, about};
use super::entity::{self, Kind, providers_in, stored_of, tags_in};
use super::list::{Extra, List, Order, providers_of, tags_of};
use crate::iam::{Person, Stored, User};
use crate::store::entity::Entity;
use crate::store::{AmiError, Result};
use crate::tenant::TenantId;
use crate::wire::page::Sort;
use crate::wire::{Filter, Page, PageRequest};

const COLUMNS: &str = concat!(
    "e.id, e.row_version, e.enabled, e.display_name, e.email, e.updated_at, e.user_name, e.user_id, e.arn, e.wami_arn, e.path, \
     e.create_date, e.password_last_used, \
     (select p.arn from policies p where p.tenant_id = e.tenant_id and p.id = e.boundary_policy_id) as boundary, ",
    tags_of!("user_tags"),
    ", ",
    providers_of!()
);

impl Kind for User {
    const LIST: &'static List = &List {
        sorts: &[
            (Sort::Name, Order::unique("name_key")),
            (Sort::Created, Order::time("create_date")),
            (Sort::LastUsed, Order::time("last_used_key")),
        ],
        ..List::of_entities("users", COLUMNS, "user_tags")
    };

    fn of(row: &PgRow, tenant: TenantId) -> Result<Self> {
        Ok(Self {
            user_name: row.try_get("user_name")?,
            user_id: row.try_get("user_id")?,
            arn: row.try_get("arn")?,
            path: row.try_get("path")?,
            create_date: row.try_get("create_date")?,
            password_last_used: row.try_get("password_last_used")?,
            permissions_boundary: row.try_get("boundary")?,
            tags: tags_in(row)?,
            wami_arn: row.try_get("wami_arn")?,
            providers: providers_in(row)?,
            tenant_id: Some(tenant),
        })
    }

    fn person_of(row: &PgRow) -> Result<(bool, Person)> {
        let person = Person { display_name: row.try_get("display_name")?, email: row.try_get("email")? };
        Ok((row.try_get("enabled")?, person))
    }
}

pub async fn insert(conn: &Conn, user: &User, person: &Person) -> Result<Stored<User>> {
    let new = entity::admit(conn, user, person)?;
    let mut guard = conn.write().await?;
    let boundary = boundary_id(&mut guard, conn.tenant(), new.common().boundary).await?;
    query(
        "insert into users (tenant_id, id, user_name, user_id, arn, wami_arn, path, boundary_policy_id, display_name, email,
             create_date, password_last_used, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(conn.tenant())
    .bind(new.id.uuid())
    .bind(&new.user_name)
    .bind(&new.user_id)
    .bind(&new.arn)
    .bind(&new.wami_arn)
    .bind(&new.path)
    .bind(boundary)
    .bind(&new.person.display_name)
    .bind(&new.person.email)
    .bind(new.create_date)
    .bind(new.password_last_used)
    .bind(new.updated_at)
    .execute(&mut *guard)
    .await
    .map_err(about(new.name()))?;
    entity::inserted(conn, guard, new).await
}

pub async fn update(conn: &Conn, user: &Stored<User>) -> Result<Stored<User>> {
    entity::check(conn, user)?;
    let mut guard = conn.write().await?;
    let boundary = boundary_id(&mut guard, conn.tenant(), user.common().boundary).await?;
    let done = query(
        "update users set user_name = $4, arn = $5, wami_arn = $6, path = $7, boundary_policy_id = $8, enabled = $9,
             display_name = $10, email = $11, password_last_used = $12, updated_at = $13, row_version = row_version + 1
         where tenant_id = $1 and id = $2 and row_version = $3",
    )
    .bind(conn.tenant())
    .bind(user.id.uuid())
    .bind(user.version)
    .bind(&user.user_name)
    .bind(&user.arn)
    .bind(&user.wami_arn)
    .bind(&user.path)
    .bind(boundary)
    .bind(user.enabled)
    .bind(&user.person.display_name)
    .bind(&user.person.email)
    .bind(user.password_last_used)
    .bind(conn.shared.clock.now())
    .execute(&mut *guard)
    .await
    .map_err(about(user.name()))?;
    entity::updated(conn, guard, user, &done).await
}

/// What keeps a user from being deleted.
const BLOCKERS: &str = "select kind, name from (
         select 1 as place, 'login profile' as kind, u.user_name as name from login_profiles l
             join users u on u.tenant_id = l.tenant_id and u.id = l.user_id where l.tenant_id = $1 and l.user_id = $2
         union all
         select 2, 'membership', g.group_name from group_members m
             join groups g on g.tenant_id = m.tenant_id and g.id = m.group_id where m.tenant_id = $1 and m.user_id = $2
         union all
         select 3, 'attached policy', p.policy_name from user_policies a
             join policies p on p.tenant_id = a.tenant_id and p.id = a.policy_id where a.tenant_id = $1 and a.owner_id = $2
         union all
         select 4, 'inline policy', i.policy_name from user_inline_policies i where i.tenant_id = $1 and i.owner_id = $2
     ) blockers order by place, name limit 100";

pub async fn delete(conn: &Conn, name: &str) -> Result<()> {
    entity::delete::<User>(conn, name, BLOCKERS).await
}

/// The members of a group.
pub async fn list_members(conn: &Conn, group: Uuid, page: &PageRequest) -> Result<Page<Stored<User>>> {
    if page.sort != Sort::Name {
        return Err(AmiError::invalid("sort", "This list has no such order."));
    }
    let members = Extra {
        sql: "exists (select from group_members m where m.tenant_id = e.tenant_id and m.user_id = e.id and m.group_id = ",
        id: group,
        tail: ")",
    };
    let operation = format!("members of {group}");
    let user = |row: &PgRow| stored_of(row, conn.tenant());
    User::LIST.page(conn, (&operation, conn.tenant()), (&Filter::default(), &[]), &[members], page, user).await
}

pub async fn record_password_use(conn: &Conn, name: &str, at: DateTime<Utc>) -> Result<()> {
    let mut guard = conn.write().await?;
    let done = query("update users set password_last_used = $3 where tenant_id = $1 and name_key = $2")
        .bind(conn.tenant())
        .bind(name_key(name))
        .bind(at)
        .execute(&mut *guard)
        .await
        .map_err(about(name))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("user", name));
    }
    guard.done().await
}
