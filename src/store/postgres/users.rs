//! Users and login profiles.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::Row;
use uuid::Uuid;

use super::conn::{Conn, about};
use super::documents::{boundary, put_providers, put_tags, same_tenant};
use super::list::{Extra, List, time_key};
use crate::iam::{LoginProfile, Person, ProviderConfig, Stored, Tag, User};
use crate::store::error::Result;
use crate::store::{AmiError, listing, paging};
use crate::wire::error::Blocker;
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest, Secret};

pub(super) const LIST: List = List {
    table: "users",
    columns: COLUMNS,
    sorts: &[
        (Sort::Name, "name_key", "text"),
        (Sort::Created, "create_date", "timestamptz"),
        (Sort::LastUsed, "last_used_key", "timestamptz"),
    ],
    search: "wami_search_users",
    tags: Some("user_tags"),
    created: "create_date",
    equals: &[],
    counter: Some("users"),
};

const KEYS: &[&str] = &["path", "tag", "status", "group", "created"];

const COLUMNS: &str = "e.id, e.row_version, e.enabled, e.display_name, e.email, e.updated_at, e.user_name, e.user_id, e.arn, \
    e.wami_arn, e.path, e.create_date, e.password_last_used, \
    (select p.arn from policies p where p.tenant_id = e.tenant_id and p.id = e.boundary_policy_id) as boundary, \
    (select coalesce(jsonb_agg(jsonb_build_object('key', t.key, 'value', t.value) order by t.key_key), '[]') \
     from user_tags t where t.tenant_id = e.tenant_id and t.owner_id = e.id) as tags, \
    (select coalesce(jsonb_agg(jsonb_build_object('provider_name', r.provider_name, 'account_id', r.account_id, \
        'native_arn', r.native_arn, 'synced_at', r.synced_at, 'tenant_id', r.tenant_id)), '[]') \
     from resource_providers r where r.tenant_id = e.tenant_id and r.owner_id = e.id) as providers";

pub(super) fn user_of(row: &PgRow, tenant: Uuid) -> Result<Stored<User>, sqlx::Error> {
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

pub(super) async fn insert(conn: &Conn, user: User, person: Person) -> Result<Stored<User>> {
    let tenant = conn.tenant();
    same_tenant(user.tenant_id, tenant)?;
    let now = conn.shared.clock.now();
    let id = conn.shared.ids.uuid(now);
    let mut guard = conn.write().await?;
    let boundary = boundary(&mut guard, tenant, user.permissions_boundary.as_deref()).await?;
    sqlx::query(
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
    let stored = by_id(&mut guard, tenant, id).await?;
    guard.done().await?;
    Ok(stored)
}

async fn by_id(guard: &mut super::conn::Guard, tenant: Uuid, id: Uuid) -> Result<Stored<User>> {
    let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new(format!("select {COLUMNS} from users e where e.tenant_id = "));
    query.push_bind(tenant).push(" and e.id = ").push_bind(id);
    let row = query.build().fetch_one(&mut **guard).await.map_err(about(""))?;
    Ok(user_of(&row, tenant)?)
}

pub(super) async fn find(conn: &Conn, name: &str) -> Result<Option<Stored<User>>> {
    let tenant = conn.tenant();
    let mut guard = conn.read().await?;
    let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new(format!("select {COLUMNS} from users e where e.tenant_id = "));
    query.push_bind(tenant).push(" and e.name_key = ").push_bind(name_key(name));
    let row = query.build().fetch_optional(&mut *guard).await.map_err(about(name))?;
    let user = row.map(|row| user_of(&row, tenant)).transpose()?;
    guard.done().await?;
    Ok(user)
}

/// A name as its key; what could be no name matches nothing.
pub(super) fn name_key(name: &str) -> String {
    name.replace('\0', "").to_ascii_lowercase()
}

pub(super) async fn update(conn: &Conn, user: &Stored<User>) -> Result<Stored<User>> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    let boundary = boundary(&mut guard, tenant, user.permissions_boundary.as_deref()).await?;
    let done = sqlx::query(
        "update users set user_name = $4, arn = $5, wami_arn = $6, path = $7, boundary_policy_id = $8, enabled = $9,
             display_name = $10, email = $11, password_last_used = $12, updated_at = $13, row_version = row_version + 1
         where tenant_id = $1 and id = $2 and row_version = $3",
    )
    .bind(tenant)
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
    .map_err(about(&user.user_name))?;
    if done.rows_affected() == 0 {
        return Err(absent_or_stale(&mut guard, "users", "user", tenant, user.id.uuid(), &user.user_name).await);
    }
    put_providers(&mut guard, tenant, user.id.uuid(), &user.providers).await?;
    let stored = by_id(&mut guard, tenant, user.id.uuid()).await?;
    guard.done().await?;
    Ok(stored)
}

/// Why an update met no row.
pub(super) async fn absent_or_stale(
    guard: &mut super::conn::Guard,
    table: &'static str,
    kind: &str,
    tenant: Uuid,
    id: Uuid,
    name: &str,
) -> AmiError {
    let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new(format!("select 1 from {table} where tenant_id = "));
    query.push_bind(tenant).push(" and id = ").push_bind(id);
    match query.build().fetch_optional(&mut **guard).await {
        Ok(Some(_)) => AmiError::stale(kind, name),
        Ok(None) => AmiError::not_found(kind, name),
        Err(failed) => about(name)(failed),
    }
}

pub(super) async fn delete(conn: &Conn, name: &str) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    let id: Option<Uuid> = sqlx::query_scalar("select id from users where tenant_id = $1 and name_key = $2 for update")
        .bind(tenant)
        .bind(name_key(name))
        .fetch_optional(&mut *guard)
        .await
        .map_err(about(name))?;
    let id = id.ok_or_else(|| AmiError::not_found("user", name))?;
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select 'login profile', '' from login_profiles where tenant_id = $1 and user_id = $2
         union all select 'membership', g.group_name from group_members m
             join groups g on g.tenant_id = m.tenant_id and g.id = m.group_id where m.tenant_id = $1 and m.user_id = $2
         union all select 'attached policy', p.policy_name from user_policies a
             join policies p on p.tenant_id = a.tenant_id and p.id = a.policy_id where a.tenant_id = $1 and a.owner_id = $2
         union all select 'inline policy', policy_name from user_inline_policies where tenant_id = $1 and owner_id = $2
         limit 100",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(&mut *guard)
    .await
    .map_err(about(name))?;
    refuse_blocked("user", name, rows)?;
    put_providers(&mut guard, tenant, id, &[]).await?;
    sqlx::query("delete from users where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .execute(&mut *guard)
        .await
        .map_err(about(name))?;
    guard.done().await
}

/// `DeleteConflict` when something is in the way.
pub(super) fn refuse_blocked(kind: &str, name: &str, rows: Vec<(String, String)>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let blockers = rows.into_iter().map(|(kind, name)| Blocker { kind, name }).collect();
    Err(AmiError::DeleteConflict { resource: format!("{kind} {name}"), blockers })
}

pub(super) async fn list(conn: &Conn, filter: &Filter, page: &PageRequest) -> Result<Page<Stored<User>>> {
    list_with(conn, "users", filter, &[], page).await
}

/// Users, narrowed by conditions of the program's own as well.
pub(super) async fn list_with(
    conn: &Conn,
    operation: &str,
    filter: &Filter,
    extra: &[Extra],
    page: &PageRequest,
) -> Result<Page<Stored<User>>> {
    let tenant = conn.tenant();
    let conditions = listing::interpret(filter, KEYS)?;
    let binding = paging::binding(conn.scope.tenant_id(), operation, filter, page);
    paging::check(page, binding)?;
    let mut guard = conn.read().await?;
    let rows = LIST.query(tenant, &conditions, extra, page)?.build().fetch_all(&mut *guard).await.map_err(about(""))?;
    let total = LIST.total(&mut guard, tenant, &conditions, extra).await?;
    guard.done().await?;
    let users: Vec<Stored<User>> = rows.iter().map(|row| user_of(row, tenant)).collect::<Result<_, sqlx::Error>>()?;
    Ok(paging::page_of(users, page, binding, total, |user| {
        let key = match page.sort {
            Sort::Name => user.user_name.to_ascii_lowercase(),
            Sort::Created => time_key(Some(user.create_date)),
            Sort::LastUsed => time_key(user.password_last_used),
        };
        (key, user.id.uuid())
    }))
}

pub(super) async fn create_login_profile(conn: &Conn, profile: LoginProfile) -> Result<()> {
    let mut guard = conn.write().await?;
    let done = sqlx::query(
        "insert into login_profiles (tenant_id, user_id, password_hash, password_reset_required, create_date, changed_at)
         select tenant_id, id, $3, $4, $5, $6 from users where tenant_id = $1 and name_key = $2",
    )
    .bind(conn.tenant())
    .bind(name_key(&profile.user_name))
    .bind(profile.password_hash.expose())
    .bind(profile.password_reset_required)
    .bind(profile.create_date)
    .bind(profile.changed_at)
    .execute(&mut *guard)
    .await
    .map_err(about(&profile.user_name))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("user", &profile.user_name));
    }
    guard.done().await
}

pub(super) async fn get_login_profile(conn: &Conn, name: &str) -> Result<Option<LoginProfile>> {
    let mut guard = conn.read().await?;
    let row = sqlx::query(
        "select u.user_name, l.password_hash, l.password_reset_required, l.create_date, l.changed_at from users u
         join login_profiles l on l.tenant_id = u.tenant_id and l.user_id = u.id
         where u.tenant_id = $1 and u.name_key = $2",
    )
    .bind(conn.tenant())
    .bind(name_key(name))
    .fetch_optional(&mut *guard)
    .await
    .map_err(about(name))?;
    guard.done().await?;
    let profile = |row: PgRow| {
        Ok::<_, sqlx::Error>(LoginProfile {
            user_name: row.try_get("user_name")?,
            create_date: row.try_get("create_date")?,
            password_reset_required: row.try_get("password_reset_required")?,
            changed_at: row.try_get("changed_at")?,
            password_hash: Secret::new(row.try_get("password_hash")?),
        })
    };
    Ok(row.map(profile).transpose()?)
}

pub(super) async fn update_login_profile(conn: &Conn, profile: LoginProfile) -> Result<()> {
    let mut guard = conn.write().await?;
    let done = sqlx::query(
        "update login_profiles l set password_hash = $3, password_reset_required = $4, changed_at = $5
         from users u where u.tenant_id = $1 and u.name_key = $2 and l.tenant_id = u.tenant_id and l.user_id = u.id",
    )
    .bind(conn.tenant())
    .bind(name_key(&profile.user_name))
    .bind(profile.password_hash.expose())
    .bind(profile.password_reset_required)
    .bind(profile.changed_at)
    .execute(&mut *guard)
    .await
    .map_err(about(&profile.user_name))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("login profile", &profile.user_name));
    }
    guard.done().await
}

pub(super) async fn delete_login_profile(conn: &Conn, name: &str) -> Result<()> {
    let mut guard = conn.write().await?;
    let done = sqlx::query(
        "delete from login_profiles l using users u
         where u.tenant_id = $1 and u.name_key = $2 and l.tenant_id = u.tenant_id and l.user_id = u.id",
    )
    .bind(conn.tenant())
    .bind(name_key(name))
    .execute(&mut *guard)
    .await
    .map_err(about(name))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("login profile", name));
    }
    guard.done().await
}

pub(super) async fn record_password_use(conn: &Conn, name: &str, at: DateTime<Utc>) -> Result<()> {
    let mut guard = conn.write().await?;
    let done = sqlx::query("update users set password_last_used = $3 where tenant_id = $1 and name_key = $2")
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
