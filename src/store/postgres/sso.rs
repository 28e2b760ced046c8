//! Permission sets and assignments.

use async_trait::async_trait;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::Row;
use uuid::Uuid;

use super::conn::{Conn, Guard, about};
use super::documents::{boundary, put_tags, same_tenant};
use super::error::foreign_key;
use super::list::{List, time_key};
use super::users::{absent_or_stale, name_key};
use crate::iam::{Person, Stored, Tag};
use crate::sso_admin::{AccountAssignment, PermissionSet, PermissionSetRef, PrincipalKind, PrincipalRef, Reach};
use crate::store::traits::{NewAssignment, SsoAdminStore};
use crate::store::{AmiError, Result, listing, paging};
use crate::tenant::{TenantId, TenantPath};
use crate::wire::error::Blocker;
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest};

/// Permission sets and assignments of a tenant, on Postgres.
pub struct PostgresSsoAdminStore(pub(super) Conn);

const SETS: List = List {
    table: "permission_sets",
    columns: SET_COLUMNS,
    sorts: &[(Sort::Name, "name_key", "text"), (Sort::Created, "create_date", "timestamptz")],
    search: "wami_search_permission_sets",
    tags: Some("permission_set_tags"),
    created: "create_date",
    equals: &[],
    counter: Some("permission_sets"),
};

const SET_COLUMNS: &str = "e.id, e.row_version, e.updated_at, e.name, e.arn, e.wami_arn, e.description, e.session_seconds, \
    e.relay_state, e.requires_elevation, e.is_builtin, e.create_date, \
    (select p.arn from policies p where p.tenant_id = e.tenant_id and p.id = e.boundary_policy_id) as boundary, \
    (select coalesce(jsonb_agg(jsonb_build_object('key', t.key, 'value', t.value) order by t.key_key), '[]') \
     from permission_set_tags t where t.tenant_id = e.tenant_id and t.owner_id = e.id) as tags";

const ASSIGNMENTS: List = List {
    table: "assignments",
    columns: "e.id, e.tenant_id, e.set_tenant_id, e.set_id, e.principal_tenant_id, e.user_id, e.group_id, e.reach, e.expires_at, \
        e.create_date, e.created_by",
    sorts: &[(Sort::Created, "create_date", "timestamptz")],
    search: "wami_search_assignments",
    tags: None,
    created: "create_date",
    equals: &[
        ("reach", "e.reach"),
        ("kind", "case when e.user_id is null then 'group' else 'user' end"),
        ("set_name", "(select lower(n.set_name) from wami_assignment_names(array[e.id]) n)"),
        ("principal_name", "(select lower(n.principal_name) from wami_assignment_names(array[e.id]) n)"),
    ],
    counter: Some("assignments"),
};

fn set_of(row: &PgRow, tenant: Uuid) -> Result<Stored<PermissionSet>, sqlx::Error> {
    Ok(Stored {
        id: Id::new(row.try_get("id")?),
        version: row.try_get("row_version")?,
        enabled: true,
        person: Person::default(),
        updated_at: row.try_get("updated_at")?,
        value: PermissionSet {
            name: row.try_get("name")?,
            permission_set_arn: row.try_get("arn")?,
            description: row.try_get("description")?,
            session_seconds: row.try_get("session_seconds")?,
            relay_state: row.try_get("relay_state")?,
            requires_elevation: row.try_get("requires_elevation")?,
            is_builtin: row.try_get("is_builtin")?,
            permissions_boundary: row.try_get("boundary")?,
            created_date: row.try_get("create_date")?,
            tags: row.try_get::<Json<Vec<Tag>>, _>("tags")?.0,
            wami_arn: row.try_get("wami_arn")?,
            providers: vec![],
            tenant_id: Some(Id::new(tenant)),
        },
    })
}

async fn set_by_id(guard: &mut Guard, tenant: Uuid, id: Uuid) -> Result<Stored<PermissionSet>> {
    let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new(format!("select {SET_COLUMNS} from permission_sets e where e.tenant_id = "));
    query.push_bind(tenant).push(" and e.id = ").push_bind(id);
    Ok(set_of(&query.build().fetch_one(&mut **guard).await.map_err(about(""))?, tenant)?)
}

fn path_of(text: &str) -> Result<TenantPath> {
    text.parse().map_err(|_| AmiError::InternalError { message: "a stored tenant path cannot be read".into() })
}

/// Rows of assignments with the names behind them, in the order of the rows.
async fn with_names(guard: &mut Guard, rows: Vec<PgRow>) -> Result<Vec<AccountAssignment>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.try_get("id")).collect::<Result<_, sqlx::Error>>()?;
    let names = sqlx::query("select * from wami_assignment_names($1)").bind(&ids).fetch_all(&mut **guard).await.map_err(about(""))?;
    let mut by_id = std::collections::HashMap::new();
    for row in names {
        by_id.insert(row.try_get::<Uuid, _>("id").map_err(about(""))?, row);
    }
    rows.iter()
        .map(|row| {
            let id: Uuid = row.try_get("id")?;
            let names = by_id.get(&id).ok_or_else(|| AmiError::not_found("assignment", &id.to_string()))?;
            let user: Option<Uuid> = row.try_get("user_id")?;
            let group: Option<Uuid> = row.try_get("group_id")?;
            Ok(AccountAssignment {
                id: Id::new(id),
                tenant_id: Id::new(row.try_get("tenant_id")?),
                permission_set: PermissionSetRef {
                    tenant_id: Id::new(row.try_get("set_tenant_id")?),
                    tenant_path: path_of(names.try_get("set_tenant_path")?)?,
                    id: Id::new(row.try_get("set_id")?),
                    name: names.try_get("set_name")?,
                    description: names.try_get("set_description")?,
                },
                principal: PrincipalRef {
                    kind: if user.is_some() { PrincipalKind::User } else { PrincipalKind::Group },
                    tenant_id: Id::new(row.try_get("principal_tenant_id")?),
                    tenant_path: path_of(names.try_get("principal_tenant_path")?)?,
                    id: user.or(group).unwrap_or_default(),
                    name: names.try_get("principal_name")?,
                },
                reach: if row.try_get::<&str, _>("reach")? == "subtree" { Reach::Subtree } else { Reach::Tenant },
                expires_at: row.try_get("expires_at")?,
                created_date: row.try_get("create_date")?,
                created_by: row.try_get::<Option<Uuid>, _>("created_by")?.map(Id::new),
            })
        })
        .collect()
}

#[async_trait]
impl SsoAdminStore for PostgresSsoAdminStore {
    async fn insert_permission_set(&mut self, set: PermissionSet) -> Result<Stored<PermissionSet>> {
        let (conn, tenant) = (&self.0, self.0.tenant());
        same_tenant(set.tenant_id, tenant)?;
        let now = conn.shared.clock.now();
        let id = conn.shared.ids.uuid(now);
        let mut guard = conn.write().await?;
        let boundary = boundary(&mut guard, tenant, set.permissions_boundary.as_deref()).await?;
        sqlx::query(
            "insert into permission_sets (tenant_id, id, name, arn, wami_arn, description, session_seconds, relay_state,
                 requires_elevation, is_builtin, boundary_policy_id, create_date, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(tenant)
        .bind(id)
        .bind(&set.name)
        .bind(&set.permission_set_arn)
        .bind(&set.wami_arn)
        .bind(&set.description)
        .bind(set.session_seconds)
        .bind(&set.relay_state)
        .bind(set.requires_elevation)
        .bind(set.is_builtin)
        .bind(boundary)
        .bind(set.created_date)
        .bind(now)
        .execute(&mut *guard)
        .await
        .map_err(about(&set.name))?;
        put_tags(&mut guard, "permission_set_tags", tenant, id, &set.tags).await?;
        let stored = set_by_id(&mut guard, tenant, id).await?;
        guard.done().await?;
        Ok(stored)
    }

    async fn find_permission_set(&self, name: &str) -> Result<Option<Stored<PermissionSet>>> {
        let tenant = self.0.tenant();
        let mut guard = self.0.read().await?;
        let mut query =
            sqlx::QueryBuilder::<sqlx::Postgres>::new(format!("select {SET_COLUMNS} from permission_sets e where e.tenant_id = "));
        query.push_bind(tenant).push(" and e.name_key = ").push_bind(name_key(name));
        let row = query.build().fetch_optional(&mut *guard).await.map_err(about(name))?;
        guard.done().await?;
        Ok(row.map(|row| set_of(&row, tenant)).transpose()?)
    }

    async fn update_permission_set(&mut self, set: &Stored<PermissionSet>) -> Result<Stored<PermissionSet>> {
        let (tenant, id) = (self.0.tenant(), set.id.uuid());
        let mut guard = self.0.write().await?;
        let boundary = boundary(&mut guard, tenant, set.permissions_boundary.as_deref()).await?;
        let done = sqlx::query(
            "update permission_sets set name = $4, wami_arn = $5, description = $6, session_seconds = $7, relay_state = $8,
                 requires_elevation = $9, boundary_policy_id = $10, updated_at = $11, row_version = row_version + 1
             where tenant_id = $1 and id = $2 and row_version = $3",
        )
        .bind(tenant)
        .bind(id)
        .bind(set.version)
        .bind(&set.name)
        .bind(&set.wami_arn)
        .bind(&set.description)
        .bind(set.session_seconds)
        .bind(&set.relay_state)
        .bind(set.requires_elevation)
        .bind(boundary)
        .bind(self.0.shared.clock.now())
        .execute(&mut *guard)
        .await
        .map_err(about(&set.name))?;
        if done.rows_affected() == 0 {
            return Err(absent_or_stale(&mut guard, "permission_sets", "permission set", tenant, id, &set.name).await);
        }
        let stored = set_by_id(&mut guard, tenant, id).await?;
        guard.done().await?;
        Ok(stored)
    }

    async fn delete_permission_set(&mut self, name: &str) -> Result<()> {
        let tenant = self.0.tenant();
        let mut guard = self.0.write().await?;
        let id: Option<Uuid> = sqlx::query_scalar("select id from permission_sets where tenant_id = $1 and name_key = $2 for update")
            .bind(tenant)
            .bind(name_key(name))
            .fetch_optional(&mut *guard)
            .await
            .map_err(about(name))?;
        let id = id.ok_or_else(|| AmiError::not_found("permission set", name))?;
        for table in ["permission_set_policies", "permission_set_inline_policies"] {
            let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new(format!("delete from {table} where tenant_id = "));
            query.push_bind(tenant).push(" and owner_id = ").push_bind(id);
            query.build().execute(&mut *guard).await.map_err(about(name))?;
        }
        let done = sqlx::query("delete from permission_sets where tenant_id = $1 and id = $2")
            .bind(tenant)
            .bind(id)
            .execute(&mut *guard)
            .await;
        match done {
            Ok(_) => guard.done().await,
            // Assignments may lie in tenants that this one does not see: the database knows, and tells no more.
            Err(failed) if foreign_key(&failed).is_some() => Err(AmiError::DeleteConflict {
                resource: format!("permission set {name}"),
                blockers: vec![Blocker { kind: "assignments of".into(), name: name.to_owned() }],
            }),
            Err(failed) => Err(about(name)(failed)),
        }
    }

    async fn list_permission_sets(&self, filter: &Filter, page: &PageRequest) -> Result<Page<Stored<PermissionSet>>> {
        let tenant = self.0.tenant();
        let conditions = listing::interpret(filter, &["tag", "created"])?;
        let binding = paging::binding(self.0.scope.tenant_id(), "permission sets", filter, page);
        paging::check(page, binding)?;
        let mut guard = self.0.read().await?;
        let rows = SETS.query(tenant, &conditions, &[], page)?.build().fetch_all(&mut *guard).await.map_err(about(""))?;
        let total = SETS.total(&mut guard, tenant, &conditions, &[]).await?;
        guard.done().await?;
        let sets: Vec<Stored<PermissionSet>> = rows.iter().map(|row| set_of(row, tenant)).collect::<Result<_, sqlx::Error>>()?;
        Ok(paging::page_of(sets, page, binding, total, |set| {
            let key = match page.sort {
                Sort::Created => time_key(Some(set.created_date)),
                _ => set.name.to_ascii_lowercase(),
            };
            (key, set.id.uuid())
        }))
    }

    async fn list_usable_permission_sets(&self) -> Result<Vec<PermissionSetRef>> {
        let mut guard = self.0.read().await?;
        let rows = sqlx::query("select tenant_id, tenant_path, id, name, description from wami_usable_permission_sets()")
            .fetch_all(&mut *guard)
            .await
            .map_err(about(""))?;
        guard.done().await?;
        rows.iter()
            .map(|row| {
                Ok(PermissionSetRef {
                    tenant_id: Id::new(row.try_get("tenant_id")?),
                    tenant_path: path_of(row.try_get("tenant_path")?)?,
                    id: Id::new(row.try_get("id")?),
                    name: row.try_get("name")?,
                    description: row.try_get("description")?,
                })
            })
            .collect()
    }

    async fn list_permission_set_documents(&self, set_tenant: TenantId, set: Id<PermissionSet>) -> Result<Vec<(String, String)>> {
        let mut guard = self.0.read().await?;
        let rows: Vec<(Option<String>, Option<String>)> =
            sqlx::query_as("select s.policy_name, d.text from wami_permission_set_documents($1, $2) s left join lateral wami_documents(array[s.document_hash]) d on true")
                .bind(set_tenant.uuid())
                .bind(set.uuid())
                .fetch_all(&mut *guard)
                .await
                .map_err(about("permission set"))?;
        guard.done().await?;
        if rows.is_empty() {
            return Err(AmiError::not_found("permission set", &set.to_string()));
        }
        // A set without any policy is one row without a name.
        Ok(rows.into_iter().filter_map(|(name, text)| Some((name?, text.unwrap_or_default()))).collect())
    }

    async fn count_administrators(&self) -> Result<u64> {
        let mut guard = self.0.read().await?;
        let count: i64 = sqlx::query_scalar("select wami_count_administrators($1, $2)")
            .bind(self.0.tenant())
            .bind(self.0.shared.clock.now())
            .fetch_one(&mut *guard)
            .await
            .map_err(about("administrators"))?;
        guard.done().await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    async fn find_principal(&self, tenant: &TenantPath, kind: PrincipalKind, name: &str) -> Result<Option<PrincipalRef>> {
        let mut guard = self.0.read().await?;
        let row: Option<(Uuid, Uuid, String)> = sqlx::query_as("select tenant_id, id, name from wami_find_principal($1, $2, $3)")
            .bind(tenant.as_str())
            .bind(kind.as_str())
            .bind(name_key(name))
            .fetch_optional(&mut *guard)
            .await
            .map_err(about(name))?;
        guard.done().await?;
        Ok(row.map(|(tenant_id, id, name)| PrincipalRef { kind, tenant_id: Id::new(tenant_id), tenant_path: tenant.clone(), id, name }))
    }

    async fn create_account_assignment(&mut self, new: NewAssignment) -> Result<AccountAssignment> {
        let conn = &self.0;
        let now = conn.shared.clock.now();
        let id = conn.shared.ids.uuid(now);
        let mut guard = conn.write().await?;
        // Set and principal must belong to this tenant or to an ancestor.
        let in_lineage: bool = sqlx::query_scalar(
            "select bool_and(t.id is not null) from unnest($1::uuid[]) wanted (id)
             left join wami_lineage_ids($2) t on t.id = wanted.id",
        )
        .bind(vec![new.set_tenant_id.uuid(), new.principal_tenant_id.uuid()])
        .bind(conn.tenant())
        .fetch_one(&mut *guard)
        .await
        .map_err(about(""))?;
        if !in_lineage {
            return Err(AmiError::not_found("permission set or principal", "in this tenant or above"));
        }
        let user = (new.principal_kind == PrincipalKind::User).then_some(new.principal_id);
        let group = (new.principal_kind == PrincipalKind::Group).then_some(new.principal_id);
        let done = sqlx::query(
            "insert into assignments (tenant_id, id, set_tenant_id, set_id, principal_tenant_id, user_id, group_id, reach,
                 expires_at, create_date, created_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             returning id, tenant_id, set_tenant_id, set_id, principal_tenant_id, user_id, group_id, reach, expires_at,
                 create_date, created_by",
        )
        .bind(conn.tenant())
        .bind(id)
        .bind(new.set_tenant_id.uuid())
        .bind(new.set_id.uuid())
        .bind(new.principal_tenant_id.uuid())
        .bind(user)
        .bind(group)
        .bind(new.reach.as_str())
        .bind(new.expires_at)
        .bind(now)
        .bind(new.created_by.map(Id::uuid))
        .fetch_one(&mut *guard)
        .await;
        let row = match done {
            Ok(row) => row,
            Err(failed) if foreign_key(&failed).is_some() => {
                return Err(AmiError::not_found("permission set or principal", &new.principal_id.to_string()));
            }
            Err(failed) => return Err(about("of this principal and set")(failed)),
        };
        let mut made = with_names(&mut guard, vec![row]).await?;
        guard.done().await?;
        made.pop().ok_or_else(|| AmiError::InternalError { message: "the assignment just made is not there".into() })
    }

    async fn get_account_assignment(&self, id: Id<AccountAssignment>) -> Result<Option<AccountAssignment>> {
        let mut guard = self.0.read().await?;
        let mut query =
            sqlx::QueryBuilder::<sqlx::Postgres>::new(format!("select {} from assignments e where e.tenant_id = ", ASSIGNMENTS.columns));
        query.push_bind(self.0.tenant()).push(" and e.id = ").push_bind(id.uuid());
        let rows = query.build().fetch_all(&mut *guard).await.map_err(about(""))?;
        let found = with_names(&mut guard, rows).await?.pop();
        guard.done().await?;
        Ok(found)
    }

    async fn delete_account_assignment(&mut self, id: Id<AccountAssignment>) -> Result<()> {
        let mut guard = self.0.write().await?;
        let done = sqlx::query("delete from assignments where tenant_id = $1 and id = $2")
            .bind(self.0.tenant())
            .bind(id.uuid())
            .execute(&mut *guard)
            .await
            .map_err(about(""))?;
        if done.rows_affected() == 0 {
            return Err(AmiError::not_found("assignment", &id.to_string()));
        }
        guard.done().await
    }

    async fn list_account_assignments(&self, filter: &Filter, page: &PageRequest) -> Result<Page<AccountAssignment>> {
        let tenant = self.0.tenant();
        let conditions = listing::interpret(filter, &["set", "principal", "kind", "reach", "created"])?;
        let page = &PageRequest { sort: Sort::Created, ..page.clone() };
        let binding = paging::binding(self.0.scope.tenant_id(), "assignments", filter, page);
        paging::check(page, binding)?;
        let mut guard = self.0.read().await?;
        let rows = ASSIGNMENTS.query(tenant, &conditions, &[], page)?.build().fetch_all(&mut *guard).await.map_err(about(""))?;
        let total = ASSIGNMENTS.total(&mut guard, tenant, &conditions, &[]).await?;
        let assignments = with_names(&mut guard, rows).await?;
        guard.done().await?;
        Ok(paging::page_of(assignments, page, binding, total, |assignment| {
            (time_key(Some(assignment.created_date)), assignment.id.uuid())
        }))
    }
}
