//! Managed policies and their versions.

use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::Row;
use uuid::Uuid;

use super::conn::{Conn, Guard, about};
use super::documents::{put, put_providers, put_tags, same_tenant};
use super::list::{List, time_key};
use super::users::{absent_or_stale, name_key, refuse_blocked};
use crate::iam::{Owner, OwnerKind, Person, Policy, PolicyEntity, PolicyVersion, ProviderConfig, Stored, Tag};
use crate::store::traits::PolicyScope;
use crate::store::{AmiError, Result, listing, paging};
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest};

/// The most versions of a policy (AWS IAM User Guide, *IAM and AWS STS quotas*).
const MAX_VERSIONS: u64 = 5;

const LIST: List = List {
    table: "policies",
    columns: COLUMNS,
    sorts: &[(Sort::Name, "name_key", "text"), (Sort::Created, "create_date", "timestamptz")],
    search: "wami_search_policies",
    tags: Some("policy_tags"),
    created: "create_date",
    equals: &[],
    counter: Some("policies"),
};

const KEYS: &[&str] = &["path", "tag", "created", "attached", "source"];

const COLUMNS: &str = "e.id, e.row_version, e.updated_at, e.policy_name, e.policy_id, e.arn, e.wami_arn, e.path, e.description, \
    e.is_attachable, e.default_version_no, e.create_date, e.update_date, \
    (select d.text from policy_versions v, wami_documents(array[v.document_hash]) d \
     where v.tenant_id = e.tenant_id and v.policy_id = e.id and v.version_no = e.default_version_no) as document, \
    (select count(*) from user_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id) \
    + (select count(*) from group_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id) \
    + (select count(*) from role_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id) \
    + (select count(*) from permission_set_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id) as attachments, \
    (select count(*) from users b where b.tenant_id = e.tenant_id and b.boundary_policy_id = e.id) \
    + (select count(*) from roles b where b.tenant_id = e.tenant_id and b.boundary_policy_id = e.id) as boundaries, \
    (select coalesce(jsonb_agg(jsonb_build_object('key', t.key, 'value', t.value) order by t.key_key), '[]') \
     from policy_tags t where t.tenant_id = e.tenant_id and t.owner_id = e.id) as tags, \
    (select coalesce(jsonb_agg(jsonb_build_object('provider_name', r.provider_name, 'account_id', r.account_id, \
        'native_arn', r.native_arn, 'synced_at', r.synced_at, 'tenant_id', r.tenant_id)), '[]') \
     from resource_providers r where r.tenant_id = e.tenant_id and r.owner_id = e.id) as providers";

fn policy_of(row: &PgRow, tenant: Uuid) -> Result<Stored<Policy>, sqlx::Error> {
    let default: Option<i32> = row.try_get("default_version_no")?;
    Ok(Stored {
        id: Id::new(row.try_get("id")?),
        version: row.try_get("row_version")?,
        enabled: true,
        person: Person::default(),
        updated_at: row.try_get("updated_at")?,
        value: Policy {
            policy_name: row.try_get("policy_name")?,
            policy_id: row.try_get("policy_id")?,
            arn: row.try_get("arn")?,
            path: row.try_get("path")?,
            default_version_id: default.map(|number| format!("v{number}")).unwrap_or_default(),
            policy_document: row.try_get::<Option<String>, _>("document")?.unwrap_or_default(),
            attachment_count: row.try_get("attachments")?,
            permissions_boundary_usage_count: row.try_get("boundaries")?,
            is_attachable: row.try_get("is_attachable")?,
            description: row.try_get("description")?,
            create_date: row.try_get("create_date")?,
            update_date: row.try_get("update_date")?,
            tags: row.try_get::<Json<Vec<Tag>>, _>("tags")?.0,
            wami_arn: row.try_get("wami_arn")?,
            providers: row.try_get::<Json<Vec<ProviderConfig>>, _>("providers")?.0,
            tenant_id: Some(Id::new(tenant)),
        },
    })
}

async fn by_id(guard: &mut Guard, tenant: Uuid, id: Uuid) -> Result<Stored<Policy>> {
    let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new(format!("select {COLUMNS} from policies e where e.tenant_id = "));
    query.push_bind(tenant).push(" and e.id = ").push_bind(id);
    Ok(policy_of(&query.build().fetch_one(&mut **guard).await.map_err(about(""))?, tenant)?)
}

fn number_of(version_id: &str) -> Result<i32> {
    PolicyVersion::number(version_id).ok_or_else(|| AmiError::not_found("policy version", version_id))
}

pub(super) async fn insert(conn: &Conn, policy: Policy) -> Result<Stored<Policy>> {
    let tenant = conn.tenant();
    same_tenant(policy.tenant_id, tenant)?;
    let now = conn.shared.clock.now();
    let id = conn.shared.ids.uuid(now);
    let first = match policy.default_version_id.as_str() {
        "" => None,
        text => Some(PolicyVersion::number(text).ok_or_else(|| AmiError::invalid("default_version_id", "A version is called v1, v2, ….")) ?),
    };
    let mut guard = conn.write().await?;
    sqlx::query(
        "insert into policies (tenant_id, id, policy_name, policy_id, arn, wami_arn, path, description, is_attachable,
             default_version_no, next_version_no, create_date, update_date, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(tenant)
    .bind(id)
    .bind(&policy.policy_name)
    .bind(&policy.policy_id)
    .bind(&policy.arn)
    .bind(&policy.wami_arn)
    .bind(&policy.path)
    .bind(&policy.description)
    .bind(policy.is_attachable)
    .bind(first)
    .bind(first.unwrap_or(0) + 1)
    .bind(policy.create_date)
    .bind(policy.update_date)
    .bind(now)
    .execute(&mut *guard)
    .await
    .map_err(about(&policy.policy_name))?;
    if let Some(number) = first {
        insert_version(&mut guard, tenant, id, number, &policy.policy_document, policy.update_date).await?;
    }
    put_tags(&mut guard, "policy_tags", tenant, id, &policy.tags).await?;
    if !policy.providers.is_empty() {
        put_providers(&mut guard, tenant, id, &policy.providers).await?;
    }
    let stored = by_id(&mut guard, tenant, id).await?;
    guard.done().await?;
    Ok(stored)
}

async fn insert_version(
    guard: &mut Guard,
    tenant: Uuid,
    policy: Uuid,
    number: i32,
    document: &str,
    at: chrono::DateTime<chrono::Utc>,
) -> Result<()> {
    let hash = put(guard, document).await?;
    sqlx::query(
        "insert into policy_versions (tenant_id, policy_id, version_no, document_hash, create_date) values ($1, $2, $3, $4, $5)",
    )
    .bind(tenant)
    .bind(policy)
    .bind(number)
    .bind(hash)
    .bind(at)
    .execute(&mut **guard)
    .await
    .map_err(about(&format!("v{number}")))?;
    Ok(())
}

pub(super) async fn find(conn: &Conn, arn: &str) -> Result<Option<Stored<Policy>>> {
    find_where(conn, " and e.arn = ", arn.replace('\0', "")).await
}

pub(super) async fn find_by_name(conn: &Conn, name: &str) -> Result<Option<Stored<Policy>>> {
    find_where(conn, " and not e.is_aws_managed and e.name_key = ", name_key(name)).await
}

async fn find_where(conn: &Conn, condition: &'static str, value: String) -> Result<Option<Stored<Policy>>> {
    let tenant = conn.tenant();
    let mut guard = conn.read().await?;
    let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new(format!("select {COLUMNS} from policies e where e.tenant_id = "));
    query.push_bind(tenant).push(condition).push_bind(value);
    let row = query.build().fetch_optional(&mut *guard).await.map_err(about(""))?;
    let policy = row.map(|row| policy_of(&row, tenant)).transpose()?;
    guard.done().await?;
    Ok(policy)
}

pub(super) async fn update(conn: &Conn, policy: &Stored<Policy>) -> Result<Stored<Policy>> {
    let (tenant, id) = (conn.tenant(), policy.id.uuid());
    let mut guard = conn.write().await?;
    let done = sqlx::query(
        "update policies set policy_name = $4, arn = $5, wami_arn = $6, path = $7, description = $8, updated_at = $9,
             is_attachable = $10, row_version = row_version + 1
         where tenant_id = $1 and id = $2 and row_version = $3",
    )
    .bind(tenant)
    .bind(id)
    .bind(policy.version)
    .bind(&policy.policy_name)
    .bind(&policy.arn)
    .bind(&policy.wami_arn)
    .bind(&policy.path)
    .bind(&policy.description)
    .bind(conn.shared.clock.now())
    .bind(policy.is_attachable)
    .execute(&mut *guard)
    .await
    .map_err(about(&policy.policy_name))?;
    if done.rows_affected() == 0 {
        return Err(absent_or_stale(&mut guard, "policies", "policy", tenant, id, &policy.policy_name).await);
    }
    put_providers(&mut guard, tenant, id, &policy.providers).await?;
    let stored = by_id(&mut guard, tenant, id).await?;
    guard.done().await?;
    Ok(stored)
}

/// The policy of an ARN, locked against other changes of its versions: id, default version, next number.
async fn locked(guard: &mut Guard, tenant: Uuid, arn: &str) -> Result<(Uuid, Option<i32>, i32)> {
    let row = sqlx::query_as("select id, default_version_no, next_version_no from policies where tenant_id = $1 and arn = $2 for update")
        .bind(tenant)
        .bind(arn)
        .fetch_optional(&mut **guard)
        .await
        .map_err(about(arn))?;
    row.ok_or_else(|| AmiError::not_found("policy", arn))
}

pub(super) async fn delete(conn: &Conn, arn: &str) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    let (id, _, _) = locked(&mut guard, tenant, arn).await?;
    let mut rows: Vec<(String, String)> = entities(&mut guard, tenant, id, 100)
        .await?
        .into_iter()
        .map(|entity| {
            let how = if entity.as_boundary { "boundary of" } else { "attached to" };
            (format!("{how} {}", entity.owner.kind.noun()), entity.owner.name)
        })
        .collect();
    let versions: Vec<i32> = sqlx::query_scalar(
        "select v.version_no from policy_versions v join policies p on p.tenant_id = v.tenant_id and p.id = v.policy_id
         where v.tenant_id = $1 and v.policy_id = $2 and v.version_no <> p.default_version_no order by 1",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(&mut *guard)
    .await
    .map_err(about(arn))?;
    rows.extend(versions.into_iter().map(|number| ("version".to_owned(), format!("v{number}"))));
    rows.truncate(100);
    refuse_blocked("policy", arn, rows)?;
    put_providers(&mut guard, tenant, id, &[]).await?;
    sqlx::query("delete from policies where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .execute(&mut *guard)
        .await
        .map_err(about(arn))?;
    guard.done().await
}

pub(super) async fn list(conn: &Conn, scope: PolicyScope, filter: &Filter, page: &PageRequest) -> Result<Page<Stored<Policy>>> {
    let tenant = conn.tenant();
    let mut conditions = listing::interpret(filter, KEYS)?;
    let operation = match scope {
        PolicyScope::All => "policies",
        PolicyScope::Aws => "policies of AWS",
        PolicyScope::Local => "policies of the tenant",
    };
    if scope != PolicyScope::All {
        conditions.push((true, listing::Condition::AwsManaged(scope == PolicyScope::Aws)));
    }
    let binding = paging::binding(conn.scope.tenant_id(), operation, filter, page);
    paging::check(page, binding)?;
    let mut guard = conn.read().await?;
    let rows = LIST.query(tenant, &conditions, &[], page)?.build().fetch_all(&mut *guard).await.map_err(about(""))?;
    let total = LIST.total(&mut guard, tenant, &conditions, &[]).await?;
    guard.done().await?;
    let policies: Vec<Stored<Policy>> = rows.iter().map(|row| policy_of(row, tenant)).collect::<Result<_, sqlx::Error>>()?;
    Ok(paging::page_of(policies, page, binding, total, |policy| {
        let key = match page.sort {
            Sort::Created => time_key(Some(policy.create_date)),
            _ => policy.policy_name.to_ascii_lowercase(),
        };
        (key, policy.id.uuid())
    }))
}

pub(super) async fn create_version(
    conn: &Conn,
    arn: &str,
    document: &str,
    set_as_default: bool,
    number: Option<i32>,
) -> Result<PolicyVersion> {
    let (tenant, now) = (conn.tenant(), conn.shared.clock.now());
    let mut guard = conn.write().await?;
    let (id, default, next) = locked(&mut guard, tenant, arn).await?;
    let number = number.unwrap_or(next);
    if number < 1 {
        return Err(AmiError::invalid("version_id", "Versions are counted from 1."));
    }
    insert_version(&mut guard, tenant, id, number, document, now).await?;
    let count: i64 = sqlx::query_scalar("select count(*) from policy_versions where tenant_id = $1 and policy_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_one(&mut *guard)
        .await
        .map_err(about(arn))?;
    if u64::try_from(count).unwrap_or(u64::MAX) > MAX_VERSIONS {
        return Err(AmiError::ResourceLimitExceeded { resource_type: "versions of one policy".into(), limit: MAX_VERSIONS });
    }
    let is_default = set_as_default || default.is_none();
    sqlx::query(
        "update policies set next_version_no = greatest(next_version_no, $3 + 1), updated_at = $5, row_version = row_version + 1,
             default_version_no = case when $4 then $3 else default_version_no end,
             update_date = case when $4 then $5 else update_date end
         where tenant_id = $1 and id = $2",
    )
    .bind(tenant)
    .bind(id)
    .bind(number)
    .bind(is_default)
    .bind(now)
    .execute(&mut *guard)
    .await
    .map_err(about(arn))?;
    guard.done().await?;
    Ok(PolicyVersion { version_id: format!("v{number}"), document: document.to_owned(), is_default_version: is_default, create_date: now })
}

pub(super) async fn versions(conn: &Conn, arn: &str) -> Result<Vec<PolicyVersion>> {
    let tenant = conn.tenant();
    let mut guard = conn.read().await?;
    let exists: Option<i32> = sqlx::query_scalar("select 1 from policies where tenant_id = $1 and arn = $2")
        .bind(tenant)
        .bind(arn)
        .fetch_optional(&mut *guard)
        .await
        .map_err(about(arn))?;
    if exists.is_none() {
        return Err(AmiError::not_found("policy", arn));
    }
    let rows = sqlx::query(
        "select v.version_no, d.text, v.create_date, v.version_no = p.default_version_no as is_default from policies p
         join policy_versions v on v.tenant_id = p.tenant_id and v.policy_id = p.id,
         wami_documents(array[v.document_hash]) d
         where p.tenant_id = $1 and p.arn = $2 order by v.version_no desc",
    )
    .bind(tenant)
    .bind(arn)
    .fetch_all(&mut *guard)
    .await
    .map_err(about(arn))?;
    guard.done().await?;
    let version = |row: PgRow| {
        Ok::<_, sqlx::Error>(PolicyVersion {
            version_id: format!("v{}", row.try_get::<i32, _>("version_no")?),
            document: row.try_get("text")?,
            is_default_version: row.try_get::<Option<bool>, _>("is_default")?.unwrap_or(false),
            create_date: row.try_get("create_date")?,
        })
    };
    Ok(rows.into_iter().map(version).collect::<Result<_, _>>()?)
}

pub(super) async fn delete_version(conn: &Conn, arn: &str, version_id: &str) -> Result<()> {
    let tenant = conn.tenant();
    let number = number_of(version_id)?;
    let mut guard = conn.write().await?;
    let (id, default, _) = locked(&mut guard, tenant, arn).await?;
    if default == Some(number) {
        return Err(AmiError::UnmodifiableEntity {
            resource: format!("policy version {version_id}"),
            reason: "This is the default version. Make another one the default first.".into(),
        });
    }
    let done = sqlx::query("delete from policy_versions where tenant_id = $1 and policy_id = $2 and version_no = $3")
        .bind(tenant)
        .bind(id)
        .bind(number)
        .execute(&mut *guard)
        .await
        .map_err(about(version_id))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("policy version", version_id));
    }
    guard.done().await
}

pub(super) async fn set_default(conn: &Conn, arn: &str, version_id: &str) -> Result<()> {
    let tenant = conn.tenant();
    let number = number_of(version_id)?;
    let mut guard = conn.write().await?;
    let (id, _, _) = locked(&mut guard, tenant, arn).await?;
    let done = sqlx::query(
        "update policies p set default_version_no = $3, update_date = $4, updated_at = $4, row_version = row_version + 1
         where p.tenant_id = $1 and p.id = $2
           and exists (select from policy_versions v where v.tenant_id = $1 and v.policy_id = $2 and v.version_no = $3)",
    )
    .bind(tenant)
    .bind(id)
    .bind(number)
    .bind(conn.shared.clock.now())
    .execute(&mut *guard)
    .await
    .map_err(about(version_id))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("policy version", version_id));
    }
    guard.done().await
}

pub(super) async fn list_entities(conn: &Conn, arn: &str, limit: u32) -> Result<Vec<PolicyEntity>> {
    let tenant = conn.tenant();
    let mut guard = conn.read().await?;
    let id: Option<Uuid> = sqlx::query_scalar("select id from policies where tenant_id = $1 and arn = $2")
        .bind(tenant)
        .bind(arn)
        .fetch_optional(&mut *guard)
        .await
        .map_err(about(arn))?;
    let id = id.ok_or_else(|| AmiError::not_found("policy", arn))?;
    let found = entities(&mut guard, tenant, id, limit).await?;
    guard.done().await?;
    Ok(found)
}

async fn entities(guard: &mut Guard, tenant: Uuid, policy: Uuid, limit: u32) -> Result<Vec<PolicyEntity>> {
    let rows: Vec<(bool, i32, String)> = sqlx::query_as(
        "select false, 0, o.user_name from user_policies a join users o on o.tenant_id = a.tenant_id and o.id = a.owner_id
             where a.tenant_id = $1 and a.policy_id = $2
         union all select false, 1, o.group_name from group_policies a join groups o on o.tenant_id = a.tenant_id and o.id = a.owner_id
             where a.tenant_id = $1 and a.policy_id = $2
         union all select false, 2, o.role_name from role_policies a join roles o on o.tenant_id = a.tenant_id and o.id = a.owner_id
             where a.tenant_id = $1 and a.policy_id = $2
         union all select false, 3, o.name from permission_set_policies a
             join permission_sets o on o.tenant_id = a.tenant_id and o.id = a.owner_id where a.tenant_id = $1 and a.policy_id = $2
         union all select true, 0, user_name from users where tenant_id = $1 and boundary_policy_id = $2
         union all select true, 2, role_name from roles where tenant_id = $1 and boundary_policy_id = $2
         union all select true, 3, name from permission_sets where tenant_id = $1 and boundary_policy_id = $2
         order by 1, 2, 3 limit $3",
    )
    .bind(tenant)
    .bind(policy)
    .bind(i64::from(limit))
    .fetch_all(&mut **guard)
    .await
    .map_err(about(""))?;
    let entity = |(as_boundary, kind, name): (bool, i32, String)| PolicyEntity {
        owner: Owner { kind: OwnerKind::ALL[usize::try_from(kind).unwrap_or(0).min(3)], name },
        as_boundary,
    };
    Ok(rows.into_iter().map(entity).collect())
}
