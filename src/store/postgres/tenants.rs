//! The tree of tenants, and guardrails.

use async_trait::async_trait;
use sqlx::postgres::PgRow;
use sqlx::Row;
use uuid::Uuid;

use super::conn::{Conn, Guard, about};
use super::documents::put;
use super::list::time_key;
use super::users::refuse_blocked;
use crate::store::{AmiError, Result, TenantStore, paging};
use crate::tenant::path::MAX_DEPTH;
use crate::tenant::store::Counts;
use crate::tenant::{Guardrail, Tenant, TenantId, TenantPath, TenantRef, TenantStatus};
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest, Total};

/// The tree as seen from a tenant, on Postgres.
pub struct PostgresTenantStore(pub(super) Conn);

const COLUMNS: &str = "id, parent_id, path, display_name, account_id, status, allow_all_guardrail, created_at, updated_at, row_version";

fn tenant_of(row: &PgRow) -> Result<Tenant> {
    Ok(Tenant {
        id: Id::new(row.try_get("id")?),
        parent_id: row.try_get::<Option<Uuid>, _>("parent_id")?.map(Id::new),
        path: path_of(row.try_get("path")?)?,
        display_name: row.try_get("display_name")?,
        account_id: row.try_get("account_id")?,
        status: if row.try_get::<&str, _>("status")? == "suspended" { TenantStatus::Suspended } else { TenantStatus::Active },
        allow_all_guardrail: row.try_get("allow_all_guardrail")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
        version: row.try_get("row_version")?,
    })
}

fn path_of(text: &str) -> Result<TenantPath> {
    text.parse().map_err(|_| AmiError::InternalError { message: "a stored tenant path cannot be read".into() })
}

pub(super) fn ref_of(row: &PgRow) -> Result<TenantRef> {
    Ok(TenantRef {
        id: Id::new(row.try_get("id")?),
        path: path_of(row.try_get("path")?)?,
        account_id: row.try_get("account_id")?,
        display_name: row.try_get("display_name")?,
        suspended: row.try_get("suspended")?,
    })
}

impl PostgresTenantStore {
    async fn by_id(&self, guard: &mut Guard, id: Uuid) -> Result<Option<Tenant>> {
        // The range says again what row-level security says.
        let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new(format!(
            "select {COLUMNS} from tenants where tree >= current_setting('wami.tree_from') and tree < current_setting('wami.tree_to') and id = "
        ));
        query.push_bind(id);
        query.build().fetch_optional(&mut **guard).await.map_err(about("tenant"))?.map(|row| tenant_of(&row)).transpose()
    }

    /// One change of the tree's shape at a time.
    async fn lock_tree(guard: &mut Guard) -> Result<()> {
        sqlx::query("select pg_advisory_xact_lock(hashtext('wami.tree'))").execute(&mut **guard).await.map_err(about("tenant"))?;
        Ok(())
    }

    fn fixed(&self, tenant: &Tenant, what: &str) -> Result<()> {
        let reason = if tenant.path.is_root() {
            format!("The root tenant cannot be {what}.")
        } else if tenant.id == self.0.scope.tenant_id() {
            format!("A tenant is {what} from the tenant above it.")
        } else {
            return Ok(());
        };
        Err(AmiError::UnmodifiableEntity { resource: format!("tenant {}", tenant.path), reason })
    }

    async fn keeps_a_guardrail(&self, guard: &mut Guard) -> Result<()> {
        let left: i64 = sqlx::query_scalar(
            "select (select count(*) from guardrails g where g.tenant_id = $1)
                 + (select count(*) from tenants t where t.id = $1 and t.allow_all_guardrail)",
        )
        .bind(self.0.tenant())
        .fetch_one(&mut **guard)
        .await
        .map_err(about("guardrail"))?;
        if left < 1 {
            return Err(AmiError::UnmodifiableEntity {
                resource: "guardrail".into(),
                reason: "A tenant keeps at least one guardrail: without any, nothing would be allowed below it.".into(),
            });
        }
        Ok(())
    }
}

#[async_trait]
impl TenantStore for PostgresTenantStore {
    fn tenant_id(&self) -> TenantId {
        self.0.scope.tenant_id()
    }

    async fn create_tenant(&mut self, parent: TenantId, slug: &str, display_name: &str, account_id: &str) -> Result<Tenant> {
        let mut guard = self.0.write().await?;
        let above = self.by_id(&mut guard, parent.uuid()).await?.ok_or_else(|| AmiError::not_found("tenant", &parent.to_string()))?;
        let path = above.path.child(slug).map_err(|error| AmiError::invalid("slug", error.0))?;
        let now = self.0.shared.clock.now();
        let id = self.0.shared.ids.uuid(now);
        sqlx::query(
            "insert into tenants (id, parent_id, path, slug, depth, display_name, account_id, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        )
        .bind(id)
        .bind(parent.uuid())
        .bind(path.as_str())
        .bind(slug)
        .bind(i32::try_from(path.depth()).unwrap_or(i32::MAX))
        .bind(display_name)
        .bind(account_id)
        .bind(now)
        .execute(&mut *guard)
        .await
        .map_err(about(path.as_str()))?;
        // The new tenant takes the path over from one that was called so once.
        sqlx::query("delete from tenant_former_paths where path = $1").bind(path.as_str()).execute(&mut *guard).await.map_err(about(""))?;
        let made = self.by_id(&mut guard, id).await?;
        guard.done().await?;
        made.ok_or_else(|| AmiError::InternalError { message: "the tenant just made is not there".into() })
    }

    async fn get_tenant(&self, id: TenantId) -> Result<Option<Tenant>> {
        let mut guard = self.0.read().await?;
        let found = self.by_id(&mut guard, id.uuid()).await?;
        guard.done().await?;
        Ok(found)
    }

    async fn find_tenant(&self, path: &TenantPath) -> Result<Option<Tenant>> {
        let mut guard = self.0.read().await?;
        let id: Option<Uuid> = sqlx::query_scalar("select id from tenants where path = $1")
            .bind(path.as_str())
            .fetch_optional(&mut *guard)
            .await
            .map_err(about(path.as_str()))?;
        let found = match id {
            Some(id) => self.by_id(&mut guard, id).await?,
            None => None,
        };
        guard.done().await?;
        Ok(found)
    }

    async fn update_tenant(&mut self, tenant: &Tenant) -> Result<Tenant> {
        let mut guard = self.0.write().await?;
        let name = tenant.path.to_string();
        let present = self.by_id(&mut guard, tenant.id.uuid()).await?.ok_or_else(|| AmiError::not_found("tenant", &name))?;
        let done = sqlx::query(
            "update tenants set display_name = $3, status = $4, updated_at = $5, row_version = row_version + 1
             where id = $1 and row_version = $2",
        )
        .bind(present.id.uuid())
        .bind(tenant.version)
        .bind(&tenant.display_name)
        .bind(tenant.status.as_str())
        .bind(self.0.shared.clock.now())
        .execute(&mut *guard)
        .await
        .map_err(about(&name))?;
        if done.rows_affected() == 0 {
            return Err(AmiError::stale("tenant", &name));
        }
        let changed = self.by_id(&mut guard, tenant.id.uuid()).await?;
        guard.done().await?;
        changed.ok_or_else(|| AmiError::not_found("tenant", &name))
    }

    async fn move_tenant(&mut self, id: TenantId, parent: TenantId, slug: &str) -> Result<Tenant> {
        let mut guard = self.0.write().await?;
        Self::lock_tree(&mut guard).await?;
        let tenant = self.by_id(&mut guard, id.uuid()).await?.ok_or_else(|| AmiError::not_found("tenant", &id.to_string()))?;
        let above = self.by_id(&mut guard, parent.uuid()).await?.ok_or_else(|| AmiError::not_found("tenant", &parent.to_string()))?;
        self.fixed(&tenant, "moved")?;
        if tenant.path.covers(&above.path) {
            return Err(AmiError::invalid("parent", "A tenant cannot lie below itself."));
        }
        let path = above.path.child(slug).map_err(|error| AmiError::invalid("slug", error.0))?;
        let deepest: i32 = sqlx::query_scalar("select max(depth) from tenants where tree >= $1 and tree < $2")
            .bind(tenant.path.tree())
            .bind(format!("{}/", tenant.path))
            .fetch_one(&mut *guard)
            .await
            .map_err(about(path.as_str()))?;
        let height = usize::try_from(deepest).unwrap_or(0).saturating_sub(tenant.path.depth());
        if path.depth() + height > MAX_DEPTH {
            return Err(AmiError::invalid("parent", format!("Something below it would lie deeper than {MAX_DEPTH} levels.")));
        }
        let now = self.0.shared.clock.now();
        sqlx::query(
            "insert into tenant_former_paths (path, tenant_id, since)
             select path, id, $3 from tenants where tree >= $1 and tree < $2
             on conflict (path) do update set tenant_id = excluded.tenant_id, since = excluded.since",
        )
        .bind(tenant.path.tree())
        .bind(format!("{}/", tenant.path))
        .bind(now)
        .execute(&mut *guard)
        .await
        .map_err(about(path.as_str()))?;
        sqlx::query(
            "update tenants set path = $3 || substr(path, length($4) + 1), depth = depth + $5, updated_at = $6,
                 row_version = row_version + 1,
                 parent_id = case when id = $7 then $8 else parent_id end,
                 slug = case when id = $7 then $9 else slug end
             where tree >= $1 and tree < $2",
        )
        .bind(tenant.path.tree())
        .bind(format!("{}/", tenant.path))
        .bind(path.as_str())
        .bind(tenant.path.as_str())
        .bind(i32::try_from(path.depth()).unwrap_or(0) - i32::try_from(tenant.path.depth()).unwrap_or(0))
        .bind(now)
        .bind(id.uuid())
        .bind(parent.uuid())
        .bind(slug)
        .execute(&mut *guard)
        .await
        .map_err(about(path.as_str()))?;
        sqlx::query("delete from tenant_former_paths f using tenants t where t.path = f.path and f.tenant_id = t.id")
            .execute(&mut *guard)
            .await
            .map_err(about(path.as_str()))?;
        let moved = self.by_id(&mut guard, id.uuid()).await?;
        guard.done().await?;
        moved.ok_or_else(|| AmiError::not_found("tenant", path.as_str()))
    }

    async fn delete_tenant(&mut self, id: TenantId) -> Result<()> {
        let mut guard = self.0.write().await?;
        Self::lock_tree(&mut guard).await?;
        let tenant = self.by_id(&mut guard, id.uuid()).await?.ok_or_else(|| AmiError::not_found("tenant", &id.to_string()))?;
        self.fixed(&tenant, "deleted")?;
        let counts = counts_of(&mut guard, &[id.uuid()]).await?.pop().unwrap_or_default();
        let rows = [
            ("children", counts.children),
            ("users", counts.users),
            ("groups", counts.groups),
            ("roles", counts.roles),
            ("policies", counts.policies),
            ("permission sets", counts.permission_sets),
            ("assignments", counts.assignments),
        ];
        let rows = rows.into_iter().filter(|(_, count)| *count > 0).map(|(kind, count)| (kind.to_owned(), count.to_string())).collect();
        refuse_blocked("tenant", tenant.path.as_str(), rows)?;
        sqlx::query("select wami_forget_tenant($1)").bind(id.uuid()).execute(&mut *guard).await.map_err(about(tenant.path.as_str()))?;
        guard.done().await
    }

    async fn list_child_tenants(&self, parent: TenantId, page: &PageRequest) -> Result<Page<Tenant>> {
        let binding = paging::binding(self.0.scope.tenant_id(), &format!("children of {parent}"), &Filter::default(), page);
        let cursor = paging::check(page, binding)?;
        let (column, kind) = match page.sort {
            Sort::Name => ("slug", "text"),
            Sort::Created => ("created_at", "timestamptz"),
            Sort::LastUsed => return Err(AmiError::invalid("sort", "This list has no such order.")),
        };
        if kind == "timestamptz" && cursor.is_some_and(|cursor| cursor.key.parse::<chrono::DateTime<chrono::Utc>>().is_err()) {
            return Err(AmiError::invalid("cursor", "This page belongs to another list. Begin again at the first page."));
        }
        let descending = page.descending != cursor.is_some_and(|cursor| cursor.backwards);
        let (sign, direction) = if descending { ("<", "desc") } else { (">", "asc") };
        let mut guard = self.0.read().await?;
        let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new(format!(
            "select {COLUMNS} from tenants where tree >= current_setting('wami.tree_from') and tree < current_setting('wami.tree_to') and parent_id = "
        ));
        query.push_bind(parent.uuid());
        if let Some(cursor) = cursor {
            query.push(format!(" and {column} {sign}= ")).push_bind(cursor.key.clone()).push(format!("::{kind} and ({column} {sign} "));
            query.push_bind(cursor.key.clone()).push(format!("::{kind} or id {sign} ")).push_bind(cursor.id).push(")");
        }
        query.push(format!(" order by {column} {direction}, id {direction} limit ")).push_bind(i64::from(page.limit) + 1);
        let rows = query.build().fetch_all(&mut *guard).await.map_err(about("tenant"))?;
        let total: i64 = sqlx::query_scalar("select count(*) from (select 1 from tenants where parent_id = $1 limit 10001) counted")
            .bind(parent.uuid())
            .fetch_one(&mut *guard)
            .await
            .map_err(about("tenant"))?;
        guard.done().await?;
        let total = match u64::try_from(total).unwrap_or(0) {
            10_001.. => Total::AtLeast(10_000),
            count => Total::Exact(count),
        };
        let tenants: Vec<Tenant> = rows.iter().map(tenant_of).collect::<Result<_>>()?;
        Ok(paging::page_of(tenants, page, binding, total, |tenant| {
            let key = if page.sort == Sort::Created { time_key(Some(tenant.created_at)) } else { tenant.path.slug().to_owned() };
            (key, tenant.id.uuid())
        }))
    }

    async fn get_ancestors(&self, id: TenantId) -> Result<Vec<TenantRef>> {
        let mut guard = self.0.read().await?;
        if self.by_id(&mut guard, id.uuid()).await?.is_none() {
            return Err(AmiError::not_found("tenant", &id.to_string()));
        }
        let rows = sqlx::query(
            "select r.* from wami_tenant_refs(array(select i.id from wami_lineage_ids($1) i)) r order by length(r.path) - length(replace(r.path, '.', '')), r.path <> 'root'",
        )
        .bind(id.uuid())
        .fetch_all(&mut *guard)
        .await
        .map_err(about("tenant"))?;
        guard.done().await?;
        rows.iter().map(ref_of).collect()
    }

    async fn get_descendants(&self, id: TenantId, limit: u32) -> Result<Vec<TenantRef>> {
        let mut guard = self.0.read().await?;
        let Some(tenant) = self.by_id(&mut guard, id.uuid()).await? else { return Ok(vec![]) };
        let end = if tenant.path.is_root() { "~".to_owned() } else { format!("{}/", tenant.path) };
        let rows = sqlx::query(
            "select r.* from wami_tenant_refs(array(
                 select id from tenants where tree > $1 and tree < $2
                     and tree >= current_setting('wami.tree_from') and tree < current_setting('wami.tree_to')
                 order by tree limit $3)) r order by r.path",
        )
        .bind(tenant.path.tree())
        .bind(end)
        .bind(i64::from(limit))
        .fetch_all(&mut *guard)
        .await
        .map_err(about("tenant"))?;
        guard.done().await?;
        rows.iter().map(ref_of).collect()
    }

    async fn counts(&self, ids: &[TenantId]) -> Result<Vec<Counts>> {
        let mut guard = self.0.read().await?;
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let counts = counts_of(&mut guard, &ids).await?;
        guard.done().await?;
        Ok(counts)
    }

    async fn list_guardrails(&self) -> Result<Vec<Guardrail>> {
        let mut guard = self.0.read().await?;
        let rows = sqlx::query(
            "select g.name, d.text, g.created_at from guardrails g, wami_documents(array[g.document_hash]) d
             where g.tenant_id = $1 order by g.name_key",
        )
        .bind(self.0.tenant())
        .fetch_all(&mut *guard)
        .await
        .map_err(about("guardrail"))?;
        guard.done().await?;
        let guardrail = |row: PgRow| {
            Ok::<_, sqlx::Error>(Guardrail {
                name: row.try_get("name")?,
                document: row.try_get("text")?,
                created_at: row.try_get("created_at")?,
            })
        };
        Ok(rows.into_iter().map(guardrail).collect::<Result<_, _>>()?)
    }

    async fn put_guardrail(&mut self, guardrail: &Guardrail) -> Result<()> {
        let mut guard = self.0.write().await?;
        let hash = put(&mut guard, &guardrail.document).await?;
        sqlx::query(
            "insert into guardrails (tenant_id, name, document_hash, created_at) values ($1, $2, $3, $4)
             on conflict (tenant_id, name_key) do update set name = excluded.name, document_hash = excluded.document_hash",
        )
        .bind(self.0.tenant())
        .bind(&guardrail.name)
        .bind(hash)
        .bind(guardrail.created_at)
        .execute(&mut *guard)
        .await
        .map_err(about(&guardrail.name))?;
        guard.done().await
    }

    async fn delete_guardrail(&mut self, name: &str) -> Result<()> {
        let mut guard = self.0.write().await?;
        let done = sqlx::query("delete from guardrails where tenant_id = $1 and name_key = lower($2)")
            .bind(self.0.tenant())
            .bind(name)
            .execute(&mut *guard)
            .await
            .map_err(about(name))?;
        if done.rows_affected() == 0 {
            return Err(AmiError::not_found("guardrail", name));
        }
        self.keeps_a_guardrail(&mut guard).await?;
        guard.done().await
    }

    async fn set_allow_all_guardrail(&mut self, on: bool) -> Result<()> {
        let mut guard = self.0.write().await?;
        sqlx::query("update tenants set allow_all_guardrail = $2, row_version = row_version + 1, updated_at = $3 where id = $1")
            .bind(self.0.tenant())
            .bind(on)
            .bind(self.0.shared.clock.now())
            .execute(&mut *guard)
            .await
            .map_err(about("guardrail"))?;
        self.keeps_a_guardrail(&mut guard).await?;
        guard.done().await
    }
}

/// Counts of tenants that the transaction sees, in the order asked; zeros for others.
async fn counts_of(guard: &mut Guard, ids: &[Uuid]) -> Result<Vec<Counts>> {
    let rows = sqlx::query("select * from wami_tenant_counts($1)").bind(ids).fetch_all(&mut **guard).await.map_err(about("tenant"))?;
    let mut by_id = std::collections::HashMap::new();
    for row in rows {
        let count = |name: &str| Ok::<u64, sqlx::Error>(u64::try_from(row.try_get::<i64, _>(name)?).unwrap_or(0));
        let counts = Counts {
            users: count("users")?,
            groups: count("groups")?,
            roles: count("roles")?,
            policies: count("policies")?,
            permission_sets: count("permission_sets")?,
            assignments: count("assignments")?,
            children: count("children")?,
        };
        by_id.insert(row.try_get::<Uuid, _>("id")?, counts);
    }
    Ok(ids.iter().map(|id| by_id.get(id).copied().unwrap_or_default()).collect())
}
