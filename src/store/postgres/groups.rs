//! Groups and memberships.

use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::Row;
use uuid::Uuid;

use super::conn::{Conn, Guard, about};
use super::documents::{put_providers, put_tags, same_tenant};
use super::list::{Extra, List, time_key};
use super::users::{self, absent_or_stale, name_key, refuse_blocked};
use crate::iam::{Group, Person, ProviderConfig, Stored, Tag, User};
use crate::store::{AmiError, Result, listing, paging};
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest};

/// The most groups of one user (AWS IAM User Guide, *IAM and AWS STS quotas*).
const MAX_GROUPS: u64 = 10;

const LIST: List = List {
    table: "groups",
    columns: COLUMNS,
    sorts: &[(Sort::Name, "name_key", "text"), (Sort::Created, "create_date", "timestamptz")],
    search: "wami_search_groups",
    tags: Some("group_tags"),
    created: "create_date",
    equals: &[],
    counter: Some("groups"),
};

const KEYS: &[&str] = &["path", "tag", "created"];

const COLUMNS: &str = "e.id, e.row_version, e.updated_at, e.group_name, e.group_id, e.arn, e.wami_arn, e.path, e.create_date, \
    (select coalesce(jsonb_agg(jsonb_build_object('key', t.key, 'value', t.value) order by t.key_key), '[]') \
     from group_tags t where t.tenant_id = e.tenant_id and t.owner_id = e.id) as tags, \
    (select coalesce(jsonb_agg(jsonb_build_object('provider_name', r.provider_name, 'account_id', r.account_id, \
        'native_arn', r.native_arn, 'synced_at', r.synced_at, 'tenant_id', r.tenant_id)), '[]') \
     from resource_providers r where r.tenant_id = e.tenant_id and r.owner_id = e.id) as providers";

fn group_of(row: &PgRow, tenant: Uuid) -> Result<Stored<Group>, sqlx::Error> {
    Ok(Stored {
        id: Id::new(row.try_get("id")?),
        version: row.try_get("row_version")?,
        enabled: true,
        person: Person::default(),
        updated_at: row.try_get("updated_at")?,
        value: Group {
            group_name: row.try_get("group_name")?,
            group_id: row.try_get("group_id")?,
            arn: row.try_get("arn")?,
            path: row.try_get("path")?,
            create_date: row.try_get("create_date")?,
            tags: row.try_get::<Json<Vec<Tag>>, _>("tags")?.0,
            wami_arn: row.try_get("wami_arn")?,
            providers: row.try_get::<Json<Vec<ProviderConfig>>, _>("providers")?.0,
            tenant_id: Some(Id::new(tenant)),
        },
    })
}

async fn by_id(guard: &mut Guard, tenant: Uuid, id: Uuid) -> Result<Stored<Group>> {
    let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new(format!("select {COLUMNS} from groups e where e.tenant_id = "));
    query.push_bind(tenant).push(" and e.id = ").push_bind(id);
    Ok(group_of(&query.build().fetch_one(&mut **guard).await.map_err(about(""))?, tenant)?)
}

pub(super) async fn insert(conn: &Conn, group: Group) -> Result<Stored<Group>> {
    let tenant = conn.tenant();
    same_tenant(group.tenant_id, tenant)?;
    let now = conn.shared.clock.now();
    let id = conn.shared.ids.uuid(now);
    let mut guard = conn.write().await?;
    sqlx::query(
        "insert into groups (tenant_id, id, group_name, group_id, arn, wami_arn, path, create_date, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(tenant)
    .bind(id)
    .bind(&group.group_name)
    .bind(&group.group_id)
    .bind(&group.arn)
    .bind(&group.wami_arn)
    .bind(&group.path)
    .bind(group.create_date)
    .bind(now)
    .execute(&mut *guard)
    .await
    .map_err(about(&group.group_name))?;
    put_tags(&mut guard, "group_tags", tenant, id, &group.tags).await?;
    if !group.providers.is_empty() {
        put_providers(&mut guard, tenant, id, &group.providers).await?;
    }
    let stored = by_id(&mut guard, tenant, id).await?;
    guard.done().await?;
    Ok(stored)
}

pub(super) async fn find(conn: &Conn, name: &str) -> Result<Option<Stored<Group>>> {
    let tenant = conn.tenant();
    let mut guard = conn.read().await?;
    let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new(format!("select {COLUMNS} from groups e where e.tenant_id = "));
    query.push_bind(tenant).push(" and e.name_key = ").push_bind(name_key(name));
    let row = query.build().fetch_optional(&mut *guard).await.map_err(about(name))?;
    let group = row.map(|row| group_of(&row, tenant)).transpose()?;
    guard.done().await?;
    Ok(group)
}

pub(super) async fn update(conn: &Conn, group: &Stored<Group>) -> Result<Stored<Group>> {
    let (tenant, id) = (conn.tenant(), group.id.uuid());
    let mut guard = conn.write().await?;
    let done = sqlx::query(
        "update groups set group_name = $4, arn = $5, wami_arn = $6, path = $7, updated_at = $8, row_version = row_version + 1
         where tenant_id = $1 and id = $2 and row_version = $3",
    )
    .bind(tenant)
    .bind(id)
    .bind(group.version)
    .bind(&group.group_name)
    .bind(&group.arn)
    .bind(&group.wami_arn)
    .bind(&group.path)
    .bind(conn.shared.clock.now())
    .execute(&mut *guard)
    .await
    .map_err(about(&group.group_name))?;
    if done.rows_affected() == 0 {
        return Err(absent_or_stale(&mut guard, "groups", "group", tenant, id, &group.group_name).await);
    }
    put_providers(&mut guard, tenant, id, &group.providers).await?;
    let stored = by_id(&mut guard, tenant, id).await?;
    guard.done().await?;
    Ok(stored)
}

pub(super) async fn delete(conn: &Conn, name: &str) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    let id = id_of(&mut guard, tenant, name, true).await?;
    let rows: Vec<(String, String)> = sqlx::query_as(
        "(select 'member', u.user_name from group_members m
             join users u on u.tenant_id = m.tenant_id and u.id = m.user_id where m.tenant_id = $1 and m.group_id = $2 limit 100)
         union all select 'attached policy', p.policy_name from group_policies a
             join policies p on p.tenant_id = a.tenant_id and p.id = a.policy_id where a.tenant_id = $1 and a.owner_id = $2
         union all select 'inline policy', policy_name from group_inline_policies where tenant_id = $1 and owner_id = $2
         limit 100",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(&mut *guard)
    .await
    .map_err(about(name))?;
    refuse_blocked("group", name, rows)?;
    put_providers(&mut guard, tenant, id, &[]).await?;
    sqlx::query("delete from groups where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .execute(&mut *guard)
        .await
        .map_err(about(name))?;
    guard.done().await
}

async fn id_of(guard: &mut Guard, tenant: Uuid, name: &str, lock: bool) -> Result<Uuid> {
    let text = if lock {
        "select id from groups where tenant_id = $1 and name_key = $2 for update"
    } else {
        "select id from groups where tenant_id = $1 and name_key = $2"
    };
    let id = sqlx::query_scalar(text).bind(tenant).bind(name_key(name)).fetch_optional(&mut **guard).await.map_err(about(name))?;
    id.ok_or_else(|| AmiError::not_found("group", name))
}

pub(super) async fn list(conn: &Conn, filter: &Filter, page: &PageRequest) -> Result<Page<Stored<Group>>> {
    let tenant = conn.tenant();
    let conditions = listing::interpret(filter, KEYS)?;
    let binding = paging::binding(conn.scope.tenant_id(), "groups", filter, page);
    paging::check(page, binding)?;
    let mut guard = conn.read().await?;
    let rows = LIST.query(tenant, &conditions, &[], page)?.build().fetch_all(&mut *guard).await.map_err(about(""))?;
    let total = LIST.total(&mut guard, tenant, &conditions, &[]).await?;
    guard.done().await?;
    let groups: Vec<Stored<Group>> = rows.iter().map(|row| group_of(row, tenant)).collect::<Result<_, sqlx::Error>>()?;
    Ok(paging::page_of(groups, page, binding, total, |group| {
        let key = match page.sort {
            Sort::Created => time_key(Some(group.create_date)),
            _ => group.group_name.to_ascii_lowercase(),
        };
        (key, group.id.uuid())
    }))
}

pub(super) async fn add_member(conn: &Conn, group_name: &str, user_name: &str) -> Result<bool> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    let group = id_of(&mut guard, tenant, group_name, false).await?;
    // The lock lets only one membership of a user be added at a time, so that the limit holds.
    let user: Option<Uuid> = sqlx::query_scalar("select id from users where tenant_id = $1 and name_key = $2 for no key update")
        .bind(tenant)
        .bind(name_key(user_name))
        .fetch_optional(&mut *guard)
        .await
        .map_err(about(user_name))?;
    let user = user.ok_or_else(|| AmiError::not_found("user", user_name))?;
    let done = sqlx::query(
        "insert into group_members (tenant_id, group_id, user_id, added_at) values ($1, $2, $3, $4) on conflict do nothing",
    )
    .bind(tenant)
    .bind(group)
    .bind(user)
    .bind(conn.shared.clock.now())
    .execute(&mut *guard)
    .await
    .map_err(about(user_name))?;
    let count: i64 = sqlx::query_scalar("select count(*) from group_members where tenant_id = $1 and user_id = $2")
        .bind(tenant)
        .bind(user)
        .fetch_one(&mut *guard)
        .await
        .map_err(about(user_name))?;
    if u64::try_from(count).unwrap_or(u64::MAX) > MAX_GROUPS {
        return Err(AmiError::ResourceLimitExceeded { resource_type: "groups of one user".into(), limit: MAX_GROUPS });
    }
    guard.done().await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn remove_member(conn: &Conn, group_name: &str, user_name: &str) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    let group = id_of(&mut guard, tenant, group_name, false).await?;
    let done = sqlx::query(
        "delete from group_members m using users u where u.tenant_id = $1 and u.name_key = $3
             and m.tenant_id = $1 and m.group_id = $2 and m.user_id = u.id",
    )
    .bind(tenant)
    .bind(group)
    .bind(name_key(user_name))
    .execute(&mut *guard)
    .await
    .map_err(about(user_name))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("member", user_name));
    }
    guard.done().await
}

pub(super) async fn of_user(conn: &Conn, user_name: &str) -> Result<Vec<Stored<Group>>> {
    let tenant = conn.tenant();
    let mut guard = conn.read().await?;
    let user: Option<Uuid> = sqlx::query_scalar("select id from users where tenant_id = $1 and name_key = $2")
        .bind(tenant)
        .bind(name_key(user_name))
        .fetch_optional(&mut *guard)
        .await
        .map_err(about(user_name))?;
    let user = user.ok_or_else(|| AmiError::not_found("user", user_name))?;
    let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new(format!(
        "select {COLUMNS} from group_members m join groups e on e.tenant_id = m.tenant_id and e.id = m.group_id where m.tenant_id = "
    ));
    query.push_bind(tenant).push(" and m.user_id = ").push_bind(user).push(" order by e.name_key");
    let rows = query.build().fetch_all(&mut *guard).await.map_err(about(user_name))?;
    guard.done().await?;
    Ok(rows.iter().map(|row| group_of(row, tenant)).collect::<Result<_, sqlx::Error>>()?)
}

pub(super) async fn members(conn: &Conn, group_name: &str, page: &PageRequest) -> Result<Page<Stored<User>>> {
    let mut guard = conn.read().await?;
    let group = id_of(&mut guard, conn.tenant(), group_name, false).await?;
    guard.done().await?;
    let members = Extra {
        sql: "exists (select from group_members m where m.tenant_id = e.tenant_id and m.user_id = e.id and m.group_id = ",
        id: group,
        tail: ")",
    };
    users::list_with(conn, &format!("members of {group}"), &Filter::default(), &[members], page).await
}
