//! Roles.

use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::Row;
use uuid::Uuid;

use super::conn::{Conn, Guard, about};
use super::documents::{boundary, put, put_providers, put_tags, same_tenant};
use super::list::{List, time_key};
use super::users::{absent_or_stale, name_key, refuse_blocked};
use crate::iam::{Person, ProviderConfig, Role, RoleLastUsed, Stored, Tag};
use crate::store::{AmiError, Result, listing, paging};
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest};

const LIST: List = List {
    table: "roles",
    columns: COLUMNS,
    sorts: &[
        (Sort::Name, "name_key", "text"),
        (Sort::Created, "create_date", "timestamptz"),
        (Sort::LastUsed, "last_used_key", "timestamptz"),
    ],
    search: "wami_search_roles",
    tags: Some("role_tags"),
    created: "create_date",
    equals: &[],
    counter: Some("roles"),
};

const KEYS: &[&str] = &["path", "tag", "created"];

const COLUMNS: &str = "e.id, e.row_version, e.updated_at, e.role_name, e.role_id, e.arn, e.wami_arn, e.path, e.create_date, \
    e.description, e.max_session_duration, e.last_used_date, e.last_used_region, e.instance_profiles, \
    (select d.text from wami_documents(array[e.trust_document_hash]) d) as trust, \
    (select p.arn from policies p where p.tenant_id = e.tenant_id and p.id = e.boundary_policy_id) as boundary, \
    (select coalesce(jsonb_agg(jsonb_build_object('key', t.key, 'value', t.value) order by t.key_key), '[]') \
     from role_tags t where t.tenant_id = e.tenant_id and t.owner_id = e.id) as tags, \
    (select coalesce(jsonb_agg(jsonb_build_object('provider_name', r.provider_name, 'account_id', r.account_id, \
        'native_arn', r.native_arn, 'synced_at', r.synced_at, 'tenant_id', r.tenant_id)), '[]') \
     from resource_providers r where r.tenant_id = e.tenant_id and r.owner_id = e.id) as providers";

fn role_of(row: &PgRow, tenant: Uuid) -> Result<Stored<Role>, sqlx::Error> {
    let region: Option<String> = row.try_get("last_used_region")?;
    let last_used: Option<chrono::DateTime<chrono::Utc>> = row.try_get("last_used_date")?;
    Ok(Stored {
        id: Id::new(row.try_get("id")?),
        version: row.try_get("row_version")?,
        enabled: true,
        person: Person::default(),
        updated_at: row.try_get("updated_at")?,
        value: Role {
            role_name: row.try_get("role_name")?,
            role_id: row.try_get("role_id")?,
            arn: row.try_get("arn")?,
            path: row.try_get("path")?,
            create_date: row.try_get("create_date")?,
            assume_role_policy_document: row.try_get("trust")?,
            description: row.try_get("description")?,
            max_session_duration: row.try_get("max_session_duration")?,
            permissions_boundary: row.try_get("boundary")?,
            role_last_used: last_used.map(|last_used_date| RoleLastUsed { last_used_date, region }),
            instance_profiles: row.try_get("instance_profiles")?,
            tags: row.try_get::<Json<Vec<Tag>>, _>("tags")?.0,
            wami_arn: row.try_get("wami_arn")?,
            providers: row.try_get::<Json<Vec<ProviderConfig>>, _>("providers")?.0,
            tenant_id: Some(Id::new(tenant)),
        },
    })
}

async fn by_id(guard: &mut Guard, tenant: Uuid, id: Uuid) -> Result<Stored<Role>> {
    let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new(format!("select {COLUMNS} from roles e where e.tenant_id = "));
    query.push_bind(tenant).push(" and e.id = ").push_bind(id);
    Ok(role_of(&query.build().fetch_one(&mut **guard).await.map_err(about(""))?, tenant)?)
}

fn check_duration(role: &Role) -> Result<()> {
    match role.max_session_duration {
        Some(seconds) if !(3600..=43200).contains(&seconds) => {
            Err(AmiError::invalid("max_session_duration", "A session of a role lasts 3600 to 43200 seconds."))
        }
        _ => Ok(()),
    }
}

pub(super) async fn insert(conn: &Conn, role: Role) -> Result<Stored<Role>> {
    let tenant = conn.tenant();
    same_tenant(role.tenant_id, tenant)?;
    check_duration(&role)?;
    let now = conn.shared.clock.now();
    let id = conn.shared.ids.uuid(now);
    let mut guard = conn.write().await?;
    let boundary = boundary(&mut guard, tenant, role.permissions_boundary.as_deref()).await?;
    let trust = put(&mut guard, &role.assume_role_policy_document).await?;
    sqlx::query(
        "insert into roles (tenant_id, id, role_name, role_id, arn, wami_arn, path, description, trust_document_hash,
             max_session_duration, boundary_policy_id, last_used_date, last_used_region, instance_profiles, create_date, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(tenant)
    .bind(id)
    .bind(&role.role_name)
    .bind(&role.role_id)
    .bind(&role.arn)
    .bind(&role.wami_arn)
    .bind(&role.path)
    .bind(&role.description)
    .bind(trust)
    .bind(role.max_session_duration)
    .bind(boundary)
    .bind(role.role_last_used.as_ref().map(|used| used.last_used_date))
    .bind(role.role_last_used.as_ref().and_then(|used| used.region.clone()))
    .bind(&role.instance_profiles)
    .bind(role.create_date)
    .bind(now)
    .execute(&mut *guard)
    .await
    .map_err(about(&role.role_name))?;
    put_tags(&mut guard, "role_tags", tenant, id, &role.tags).await?;
    if !role.providers.is_empty() {
        put_providers(&mut guard, tenant, id, &role.providers).await?;
    }
    let stored = by_id(&mut guard, tenant, id).await?;
    guard.done().await?;
    Ok(stored)
}

pub(super) async fn find(conn: &Conn, name: &str) -> Result<Option<Stored<Role>>> {
    let tenant = conn.tenant();
    let mut guard = conn.read().await?;
    let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new(format!("select {COLUMNS} from roles e where e.tenant_id = "));
    query.push_bind(tenant).push(" and e.name_key = ").push_bind(name_key(name));
    let row = query.build().fetch_optional(&mut *guard).await.map_err(about(name))?;
    let role = row.map(|row| role_of(&row, tenant)).transpose()?;
    guard.done().await?;
    Ok(role)
}

pub(super) async fn update(conn: &Conn, role: &Stored<Role>) -> Result<Stored<Role>> {
    let (tenant, id) = (conn.tenant(), role.id.uuid());
    check_duration(role)?;
    let mut guard = conn.write().await?;
    let boundary = boundary(&mut guard, tenant, role.permissions_boundary.as_deref()).await?;
    let trust = put(&mut guard, &role.assume_role_policy_document).await?;
    let done = sqlx::query(
        "update roles set role_name = $4, arn = $5, wami_arn = $6, path = $7, description = $8, trust_document_hash = $9,
             max_session_duration = $10, boundary_policy_id = $11, last_used_date = $12, last_used_region = $13,
             instance_profiles = $14, updated_at = $15, row_version = row_version + 1
         where tenant_id = $1 and id = $2 and row_version = $3",
    )
    .bind(tenant)
    .bind(id)
    .bind(role.version)
    .bind(&role.role_name)
    .bind(&role.arn)
    .bind(&role.wami_arn)
    .bind(&role.path)
    .bind(&role.description)
    .bind(trust)
    .bind(role.max_session_duration)
    .bind(boundary)
    .bind(role.role_last_used.as_ref().map(|used| used.last_used_date))
    .bind(role.role_last_used.as_ref().and_then(|used| used.region.clone()))
    .bind(&role.instance_profiles)
    .bind(conn.shared.clock.now())
    .execute(&mut *guard)
    .await
    .map_err(about(&role.role_name))?;
    if done.rows_affected() == 0 {
        return Err(absent_or_stale(&mut guard, "roles", "role", tenant, id, &role.role_name).await);
    }
    put_providers(&mut guard, tenant, id, &role.providers).await?;
    let stored = by_id(&mut guard, tenant, id).await?;
    guard.done().await?;
    Ok(stored)
}

pub(super) async fn delete(conn: &Conn, name: &str) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    let row: Option<(Uuid, String)> = sqlx::query_as("select id, path from roles where tenant_id = $1 and name_key = $2 for update")
        .bind(tenant)
        .bind(name_key(name))
        .fetch_optional(&mut *guard)
        .await
        .map_err(about(name))?;
    let (id, path) = row.ok_or_else(|| AmiError::not_found("role", name))?;
    if path.starts_with("/aws-service-role/") {
        return Err(AmiError::UnmodifiableEntity {
            resource: format!("role {name}"),
            reason: "A service-linked role is deleted by its service only.".into(),
        });
    }
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select 'attached policy', p.policy_name from role_policies a
             join policies p on p.tenant_id = a.tenant_id and p.id = a.policy_id where a.tenant_id = $1 and a.owner_id = $2
         union all select 'inline policy', policy_name from role_inline_policies where tenant_id = $1 and owner_id = $2
         union all select 'instance profile', unnest(instance_profiles) from roles where tenant_id = $1 and id = $2
         limit 100",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(&mut *guard)
    .await
    .map_err(about(name))?;
    refuse_blocked("role", name, rows)?;
    put_providers(&mut guard, tenant, id, &[]).await?;
    sqlx::query("delete from roles where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .execute(&mut *guard)
        .await
        .map_err(about(name))?;
    guard.done().await
}

pub(super) async fn list(conn: &Conn, filter: &Filter, page: &PageRequest) -> Result<Page<Stored<Role>>> {
    let tenant = conn.tenant();
    let conditions = listing::interpret(filter, KEYS)?;
    let binding = paging::binding(conn.scope.tenant_id(), "roles", filter, page);
    paging::check(page, binding)?;
    let mut guard = conn.read().await?;
    let rows = LIST.query(tenant, &conditions, &[], page)?.build().fetch_all(&mut *guard).await.map_err(about(""))?;
    let total = LIST.total(&mut guard, tenant, &conditions, &[]).await?;
    guard.done().await?;
    let roles: Vec<Stored<Role>> = rows.iter().map(|row| role_of(row, tenant)).collect::<Result<_, sqlx::Error>>()?;
    Ok(paging::page_of(roles, page, binding, total, |role| {
        let key = match page.sort {
            Sort::Name => role.role_name.to_ascii_lowercase(),
            Sort::Created => time_key(Some(role.create_date)),
            Sort::LastUsed => time_key(role.role_last_used.as_ref().map(|used| used.last_used_date)),
        };
        (key, role.id.uuid())
    }))
}
