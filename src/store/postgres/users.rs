//! Users.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{Row, query, query_as, query_scalar};
use uuid::Uuid;

use super::common::{
    absent_or_stale, boundary_id, forget, known_providers, micros, name_key, new_tags, put_providers, put_tags,
    refuse_blocked, same_tenant,
};
use super::conn::{Conn, about};
use super::list::{self, Beside, Extra, IN_TENANT, List, Order, Text, providers_of, tags_of};
use crate::iam::{Person, ProviderConfig, Stored, Tag, User};
use crate::store::{AmiError, Result, listing, rules};
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest};

pub(super) const USERS: List = List {
    table: "users",
    within: IN_TENANT,
    columns: COLUMNS,
    beside: Beside::Nothing,
    sorts: &[
        (Sort::Name, Order::unique("name_key")),
        (Sort::Created, Order::time("create_date")),
        (Sort::LastUsed, Order::time("last_used_key")),
    ],
    text: Text::Indexed,
    tags: Some("user_tags"),
    created: "create_date",
    equals: &[],
    is_counted: true,
};

const COLUMNS: &str = concat!(
    "e.id, e.row_version, e.enabled, e.display_name, e.email, e.updated_at, e.user_name, e.user_id, e.arn, e.wami_arn, e.path, \
     e.create_date, e.password_last_used, \
     (select p.arn from policies p where p.tenant_id = e.tenant_id and p.id = e.boundary_policy_id) as boundary, ",
    tags_of!("user_tags"),
    ", ",
    providers_of!()
);

pub(super) fn user_of(row: &PgRow, tenant: Uuid) -> Result<Stored<User>> {
    Ok(Stored {
        id: Id::new(row.try_get("id")?),
        version: row.try_get("row_version")?,
        enabled: row.try_get("enabled")?,
        person: Person { display_name: row.try_get("display_name")?, email: row.try_get("email")? },
        updated_at: row.try_get("updated_at")?,
        value: User {
            user_name: row.try_get("user_name")?,
            user_id: row.try_get("user_id")?,
            arn: row.try_get("arn")?,
            path: row.try_get("path")?,
            create_date: row.try_get("create_date")?,
            password_last_used: row.try_get("password_last_used")?,
            permissions_boundary: row.try_get("boundary")?,
            tags: row.try_get::<Json<Vec<Tag>>, _>("tags")?.0,
            wami_arn: row.try_get("wami_arn")?,
            providers: row.try_get::<Json<Vec<ProviderConfig>>, _>("providers")?.0,
            tenant_id: Some(Id::new(tenant)),
        },
    })
}

pub async fn insert(conn: &Conn, user: &User, person: &Person) -> Result<Stored<User>> {
    let tenant = conn.tenant();
    same_tenant(user.tenant_id, tenant)?;
    rules::user(user, person)?;
    let now = conn.shared.clock.now();
    let id = conn.shared.ids.uuid(now);
    // What is stored, as it will be read.
    let user = User {
        create_date: micros(user.create_date),
        password_last_used: user.password_last_used.map(micros),
        tags: new_tags(&user.tags)?,
        providers: known_providers(&user.providers, tenant),
        tenant_id: Some(Id::new(tenant)),
        ..user.clone()
    };
    let mut guard = conn.write().await?;
    let boundary = boundary_id(&mut guard, tenant, user.permissions_boundary.as_deref()).await?;
    query(
        "insert into users (tenant_id, id, user_name, user_id, arn, wami_arn, path, boundary_policy_id, display_name, email,
             create_date, password_last_used, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(tenant)
    .bind(id)
    .bind(&user.user_name)
    .bind(&user.user_id)
    .bind(&user.arn)
    .bind(&user.wami_arn)
    .bind(&user.path)
    .bind(boundary)
    .bind(&person.display_name)
    .bind(&person.email)
    .bind(user.create_date)
    .bind(user.password_last_used)
    .bind(now)
    .execute(&mut *guard)
    .await
    .map_err(about(&user.user_name))?;
    put_tags(&mut guard, "user_tags", tenant, id, &user.tags).await?;
    if !user.providers.is_empty() {
        put_providers(&mut guard, tenant, id, &user.providers).await?;
    }
    guard.done().await?;
    Ok(Stored { id: Id::new(id), version: 1, enabled: true, person: person.clone(), updated_at: now, value: user })
}

pub async fn find(conn: &Conn, name: &str) -> Result<Option<Stored<User>>> {
    let tenant = conn.tenant();
    let mut guard = conn.read().await?;
    let row = USERS.one(&mut guard, tenant, "e.name_key", name_key(name)).await?;
    guard.done().await?;
    row.map(|row| user_of(&row, tenant)).transpose()
}

pub async fn update(conn: &Conn, user: &Stored<User>) -> Result<Stored<User>> {
    let (tenant, id) = (conn.tenant(), user.id.uuid());
    same_tenant(user.tenant_id, tenant)?;
    rules::user(user, &user.person)?;
    let mut guard = conn.write().await?;
    let boundary = boundary_id(&mut guard, tenant, user.permissions_boundary.as_deref()).await?;
    let done = query(
        "update users set user_name = $4, arn = $5, wami_arn = $6, path = $7, boundary_policy_id = $8, enabled = $9,
             display_name = $10, email = $11, password_last_used = $12, updated_at = $13, row_version = row_version + 1
         where tenant_id = $1 and id = $2 and row_version = $3",
    )
    .bind(tenant)
    .bind(id)
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
    .map_err(about(&user.user_name))?;
    if done.rows_affected() == 0 {
        return Err(absent_or_stale(&mut guard, "users", "user", tenant, id, &user.user_name).await);
    }
    put_providers(&mut guard, tenant, id, &user.providers).await?;
    let row = USERS.one(&mut guard, tenant, "e.id", id).await?;
    guard.done().await?;
    user_of(&row.ok_or_else(|| AmiError::not_found("user", &user.user_name))?, tenant)
}

pub async fn delete(conn: &Conn, name: &str) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    // The lock keeps anything from being hung on the user while we look.
    let id: Option<Uuid> = query_scalar("select id from users where tenant_id = $1 and name_key = $2 for update")
        .bind(tenant)
        .bind(name_key(name))
        .fetch_optional(&mut *guard)
        .await
        .map_err(about(name))?;
    let id = id.ok_or_else(|| AmiError::not_found("user", name))?;
    let blockers: Vec<(String, String)> = query_as(
        "select kind, name from (
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
         ) blockers order by place, name limit 100",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(&mut *guard)
    .await
    .map_err(about(name))?;
    refuse_blocked("user", name, blockers)?;
    forget(&mut guard, "users", tenant, id, name).await?;
    guard.done().await
}

pub async fn list(conn: &Conn, filter: &Filter, page: &PageRequest) -> Result<Page<Stored<User>>> {
    let (filter, conditions) = list::read(filter, listing::USERS)?;
    USERS
        .page(conn, ("users", conn.tenant()), (filter, &conditions), &[], page, |row| user_of(row, conn.tenant()))
        .await
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
    USERS
        .page(conn, (&operation, conn.tenant()), (&Filter::default(), &[]), &[members], page, |row| {
            user_of(row, conn.tenant())
        })
        .await
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
