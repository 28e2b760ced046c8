//! Writing entities with everything that hangs on them: a few statements for any number of them.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::common::{exact_key, hash, known_providers, micros, name_key};
use super::conn::{Conn, Guard, about};
use super::fresh_plan::{query, query_as};
use super::owners::tables;
use super::whole_find::{owner_kind, table};
use crate::iam::{Group, Policy, PolicyVersion, ProviderConfig, Role, Tag, User};
use crate::store::provider::NativeKind;
use crate::store::traits::{Body, PutWhole};
use crate::store::{AmiError, Result, rules};

/// What all statements of one call share.
struct Put<'a> {
    tenant: Uuid,
    now: DateTime<Utc>,
    /// Of each item, known or drawn.
    ids: Vec<Uuid>,
    items: &'a [PutWhole],
    /// Internal ids of the policies and groups that are referred to.
    policies: HashMap<String, Uuid>,
    groups: HashMap<String, Uuid>,
}

pub async fn put(conn: &Conn, items: &[PutWhole]) -> Result<()> {
    let Some(kind) = items.first().map(|item| item.whole.body.kind()) else { return Ok(()) };
    if items.iter().any(|item| item.whole.body.kind() != kind) {
        return Err(AmiError::invalid("kind", "Entities of one kind are written at a time."));
    }
    items.iter().try_for_each(|item| rules::whole(&item.whole))?;
    let now = conn.shared.clock.now();
    let ids = items.iter().map(|item| item.replaces.map_or_else(|| conn.shared.ids.uuid(now), |(id, _)| id)).collect();
    let mut guard = conn.write().await?;
    let mut put =
        Put { tenant: conn.tenant(), now, ids, items, policies: HashMap::default(), groups: HashMap::default() };
    put.check_versions(&mut guard, kind).await?;
    put.policies = put.policy_ids(&mut guard).await?;
    put.groups = put.group_ids(&mut guard).await?;
    put.documents(&mut guard).await?;
    match kind {
        NativeKind::User => put.users(&mut guard).await?,
        NativeKind::Group => put.group_rows(&mut guard).await?,
        NativeKind::Role => put.roles(&mut guard).await?,
        NativeKind::Policy => put.policy_rows(&mut guard).await?,
    }
    put.tags(&mut guard, kind).await?;
    put.providers(&mut guard).await?;
    if owner_kind(kind).is_some() {
        put.attachments(&mut guard, kind).await?;
        put.inline(&mut guard, kind).await?;
    }
    if kind == NativeKind::User {
        put.memberships(&mut guard).await?;
    }
    guard.done().await
}

/// One column of what hangs on the items, flattened: the owner's id and the value.
type Rows<T> = Vec<(Uuid, T)>;

impl<'a> Put<'a> {
    /// What is replaced must be as it was read, and stays so until the end.
    async fn check_versions(&self, guard: &mut Guard, kind: NativeKind) -> Result<()> {
        let replaced: Vec<(Uuid, i64, &str)> = self
            .items
            .iter()
            .filter_map(|item| item.replaces.map(|(id, version)| (id, version, item.whole.body.name())))
            .collect();
        if replaced.is_empty() {
            return Ok(());
        }
        let table = table(kind);
        let present: Vec<(Uuid, i64)> = query_as(AssertSqlSafe(format!(
            "select e.id, e.row_version from (select id from unnest($2::uuid[]) k (id) order by id) k cross join lateral (
                 select id, row_version from {table} where tenant_id = $1 and id = k.id limit 1 for no key update) e"
        )))
        .bind(self.tenant)
        .bind(replaced.iter().map(|(id, ..)| *id).collect::<Vec<_>>())
        .fetch_all(&mut **guard)
        .await
        .map_err(about(table))?;
        let present: HashMap<Uuid, i64> = present.into_iter().collect();
        replaced.into_iter().try_for_each(|(id, version, name)| match present.get(&id) {
            Some(stored) if *stored == version => Ok(()),
            Some(_) => Err(AmiError::stale(kind.as_str(), name)),
            None => Err(AmiError::not_found(kind.as_str(), name)),
        })
    }

    async fn policy_ids(&self, guard: &mut Guard) -> Result<HashMap<String, Uuid>> {
        let wanted: BTreeSet<&str> = self
            .items
            .iter()
            .flat_map(|item| {
                item.whole.attached.iter().map(String::as_str).chain(item.whole.body.permissions_boundary())
            })
            .collect();
        let found = self.resolve(
            guard,
            "select k.key, p.id from unnest($2::text[]) k (key)
             cross join lateral (select id from policies where tenant_id = $1 and arn = k.key limit 1) p",
            &wanted,
        );
        let found = found.await?;
        match wanted.iter().find(|arn| !found.contains_key(**arn)) {
            Some(arn) => Err(AmiError::not_found("policy", arn)),
            None => Ok(found),
        }
    }

    async fn group_ids(&self, guard: &mut Guard) -> Result<HashMap<String, Uuid>> {
        let wanted: BTreeSet<String> =
            self.items.iter().flat_map(|item| item.whole.groups.iter().map(|name| name_key(name))).collect();
        let wanted: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
        let sql = "select k.key, g.id from unnest($2::text[]) k (key)
             cross join lateral (select id from groups where tenant_id = $1 and name_key = k.key limit 1) g";
        let found = self.resolve(guard, sql, &wanted).await?;
        match wanted.iter().find(|key| !found.contains_key(**key)) {
            Some(key) => Err(AmiError::not_found("group", key)),
            None => Ok(found),
        }
    }

    async fn resolve(
        &self,
        guard: &mut Guard,
        sql: &'static str,
        wanted: &BTreeSet<&str>,
    ) -> Result<HashMap<String, Uuid>> {
        if wanted.is_empty() {
            return Ok(HashMap::default());
        }
        let rows: Vec<(String, Uuid)> = query_as(sql)
            .bind(self.tenant)
            .bind(wanted.iter().map(|text| exact_key(text)).collect::<Vec<_>>())
            .fetch_all(&mut **guard)
            .await
            .map_err(about("reference"))?;
        Ok(rows.into_iter().collect())
    }

    /// Keeps the texts of all documents, in an order that two imports at a time share.
    async fn documents(&self, guard: &mut Guard) -> Result<()> {
        let mut texts: BTreeSet<&str> = BTreeSet::new();
        for item in self.items {
            texts.extend(item.whole.inline.iter().map(|policy| policy.policy_document.as_str()));
            match &item.whole.body {
                Body::Role(role) => texts.extend([role.assume_role_policy_document.as_str()]),
                Body::Policy(_, versions) => texts.extend(versions.iter().map(|version| version.document.as_str())),
                Body::User(_) | Body::Group(_) => {}
            }
        }
        if texts.is_empty() {
            return Ok(());
        }
        let texts: Vec<&str> = texts.into_iter().collect();
        query("select wami_put_documents($1)").bind(texts).execute(&mut **guard).await.map_err(about("document"))?;
        Ok(())
    }

    fn bodies<T>(&self, body: impl Fn(&'a Body) -> Option<&'a T>) -> Vec<&'a T> {
        self.items.iter().filter_map(|item| body(&item.whole.body)).collect()
    }

    async fn users(&self, guard: &mut Guard) -> Result<()> {
        let users: Vec<&User> = self.bodies(|body| if let Body::User(user) = body { Some(user) } else { None });
        query(
            "insert into users (tenant_id, id, user_name, user_id, arn, wami_arn, path, boundary_policy_id, create_date,
                 password_last_used, updated_at)
             select $1, *, $11 from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[],
                 $9::timestamptz[], $10::timestamptz[])
             on conflict (id, tenant_id) do update set user_name = excluded.user_name, user_id = excluded.user_id,
                 arn = excluded.arn, wami_arn = excluded.wami_arn, path = excluded.path,
                 boundary_policy_id = excluded.boundary_policy_id, create_date = excluded.create_date,
                 password_last_used = excluded.password_last_used, updated_at = excluded.updated_at,
                 row_version = users.row_version + 1",
        )
        .bind(self.tenant)
        .bind(&self.ids)
        .bind(column(&users, |user| user.user_name.as_str()))
        .bind(column(&users, |user| user.user_id.as_str()))
        .bind(column(&users, |user| user.arn.as_str()))
        .bind(column(&users, |user| user.wami_arn.as_str()))
        .bind(column(&users, |user| user.path.as_str()))
        .bind(self.boundaries())
        .bind(column(&users, |user| micros(user.create_date)))
        .bind(column(&users, |user| user.password_last_used.map(micros)))
        .bind(self.now)
        .execute(&mut **guard)
        .await
        .map_err(about("user"))?;
        Ok(())
    }

    async fn group_rows(&self, guard: &mut Guard) -> Result<()> {
        let groups: Vec<&Group> = self.bodies(|body| if let Body::Group(group) = body { Some(group) } else { None });
        query(
            "insert into groups (tenant_id, id, group_name, group_id, arn, wami_arn, path, create_date, updated_at)
             select $1, *, $9 from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                 $8::timestamptz[])
             on conflict (id, tenant_id) do update set group_name = excluded.group_name, group_id = excluded.group_id,
                 arn = excluded.arn, wami_arn = excluded.wami_arn, path = excluded.path,
                 create_date = excluded.create_date, updated_at = excluded.updated_at,
                 row_version = groups.row_version + 1",
        )
        .bind(self.tenant)
        .bind(&self.ids)
        .bind(column(&groups, |group| group.group_name.as_str()))
        .bind(column(&groups, |group| group.group_id.as_str()))
        .bind(column(&groups, |group| group.arn.as_str()))
        .bind(column(&groups, |group| group.wami_arn.as_str()))
        .bind(column(&groups, |group| group.path.as_str()))
        .bind(column(&groups, |group| micros(group.create_date)))
        .bind(self.now)
        .execute(&mut **guard)
        .await
        .map_err(about("group"))?;
        Ok(())
    }

    async fn roles(&self, guard: &mut Guard) -> Result<()> {
        let roles: Vec<&Role> = self.bodies(|body| if let Body::Role(role) = body { Some(role) } else { None });
        query(
            "insert into roles (tenant_id, id, role_name, role_id, arn, wami_arn, path, description, trust_document_hash,
                 max_session_duration, boundary_policy_id, last_used_date, last_used_region, instance_profiles, create_date,
                 updated_at)
             select $1, g.id, g.name, g.role_id, g.arn, g.wami_arn, g.path, g.description, g.trust, g.seconds, g.boundary,
                 g.used, g.region, array(select jsonb_array_elements_text(g.profiles)), g.created, $16
             from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[],
                 $10::int4[], $11::uuid[], $12::timestamptz[], $13::text[], $14::jsonb[], $15::timestamptz[])
                 as g (id, name, role_id, arn, wami_arn, path, description, trust, seconds, boundary, used, region, profiles, created)
             on conflict (id, tenant_id) do update set role_name = excluded.role_name, role_id = excluded.role_id,
                 arn = excluded.arn, wami_arn = excluded.wami_arn, path = excluded.path, description = excluded.description,
                 trust_document_hash = excluded.trust_document_hash, max_session_duration = excluded.max_session_duration,
                 boundary_policy_id = excluded.boundary_policy_id, last_used_date = excluded.last_used_date,
                 last_used_region = excluded.last_used_region, instance_profiles = excluded.instance_profiles,
                 create_date = excluded.create_date, updated_at = excluded.updated_at, row_version = roles.row_version + 1",
        )
        .bind(self.tenant)
        .bind(&self.ids)
        .bind(column(&roles, |role| role.role_name.as_str()))
        .bind(column(&roles, |role| role.role_id.as_str()))
        .bind(column(&roles, |role| role.arn.as_str()))
        .bind(column(&roles, |role| role.wami_arn.as_str()))
        .bind(column(&roles, |role| role.path.as_str()))
        .bind(column(&roles, |role| role.description.as_deref()))
        .bind(column(&roles, |role| hash(&role.assume_role_policy_document).to_vec()))
        .bind(column(&roles, |role| role.max_session_duration))
        .bind(self.boundaries())
        .bind(column(&roles, |role| role.role_last_used.as_ref().map(|used| micros(used.last_used_date))))
        .bind(column(&roles, |role| role.role_last_used.as_ref().and_then(|used| used.region.as_deref())))
        .bind(column(&roles, |role| serde_json::json!(role.instance_profiles)))
        .bind(column(&roles, |role| micros(role.create_date)))
        .bind(self.now)
        .execute(&mut **guard)
        .await
        .map_err(about("role"))?;
        Ok(())
    }

    async fn policy_rows(&self, guard: &mut Guard) -> Result<()> {
        let policies: Vec<(&Policy, &Vec<PolicyVersion>)> = self
            .items
            .iter()
            .filter_map(|item| match &item.whole.body {
                Body::Policy(policy, versions) => Some((policy, versions)),
                _ => None,
            })
            .collect();
        let number = |id: &str| PolicyVersion::number(id);
        // The versions refer to the policies, and these to their default version: that is looked at when all is over.
        query(
            "insert into policies (tenant_id, id, policy_name, policy_id, arn, wami_arn, path, description, is_attachable,
                 default_version_no, next_version_no, create_date, update_date, updated_at)
             select $1, *, $14 from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                 $9::bool[], $10::int4[], $11::int4[], $12::timestamptz[], $13::timestamptz[])
             on conflict (id, tenant_id) do update set policy_name = excluded.policy_name, policy_id = excluded.policy_id,
                 arn = excluded.arn, wami_arn = excluded.wami_arn, path = excluded.path, description = excluded.description,
                 is_attachable = excluded.is_attachable, default_version_no = excluded.default_version_no,
                 next_version_no = greatest(policies.next_version_no, excluded.next_version_no),
                 create_date = excluded.create_date, update_date = excluded.update_date, updated_at = excluded.updated_at,
                 row_version = policies.row_version + 1",
        )
        .bind(self.tenant)
        .bind(&self.ids)
        .bind(column(&policies, |(policy, _)| policy.policy_name.as_str()))
        .bind(column(&policies, |(policy, _)| policy.policy_id.as_str()))
        .bind(column(&policies, |(policy, _)| policy.arn.as_str()))
        .bind(column(&policies, |(policy, _)| policy.wami_arn.as_str()))
        .bind(column(&policies, |(policy, _)| policy.path.as_str()))
        .bind(column(&policies, |(policy, _)| policy.description.as_deref()))
        .bind(column(&policies, |(policy, _)| policy.is_attachable))
        .bind(column(&policies, |(policy, _)| number(&policy.default_version_id)))
        .bind(column(&policies, |(_, versions)| {
            versions.iter().filter_map(|version| number(&version.version_id)).max().unwrap_or(0) + 1
        }))
        .bind(column(&policies, |(policy, _)| micros(policy.create_date)))
        .bind(column(&policies, |(policy, _)| micros(policy.update_date)))
        .bind(self.now)
        .execute(&mut **guard)
        .await
        .map_err(about("policy"))?;
        let rows = self.rows(|body| match body {
            Body::Policy(_, versions) => versions.iter().collect(),
            _ => vec![],
        });
        query(
            "with given as (
                 select * from unnest($3::uuid[], $4::int4[], $5::bytea[], $6::timestamptz[]) as g (id, number, hash, created)),
             gone as (
                 delete from policy_versions v where cardinality($2) > 0 and v.tenant_id = $1 and v.policy_id = any($2)
                     and not exists (select from given g where g.id = v.policy_id and g.number = v.version_no))
             insert into policy_versions (tenant_id, policy_id, version_no, document_hash, create_date)
             select $1, id, number, hash, created from given
             on conflict (tenant_id, policy_id, version_no) do update
                 set document_hash = excluded.document_hash, create_date = excluded.create_date",
        )
        .bind(self.tenant)
        .bind(self.replaced())
        .bind(owners(&rows))
        .bind(column(&rows, |(_, version)| number(&version.version_id)))
        .bind(column(&rows, |(_, version)| hash(&version.document).to_vec()))
        .bind(column(&rows, |(_, version)| micros(version.create_date)))
        .execute(&mut **guard)
        .await
        .map_err(about("policy version"))?;
        Ok(())
    }

    async fn tags(&self, guard: &mut Guard, kind: NativeKind) -> Result<()> {
        let table = format!("{}_tags", kind.as_str());
        let rows = self.rows(|body| tags(body).iter().collect());
        query(AssertSqlSafe(format!(
            "with given as (
                 select * from unnest($3::uuid[], $4::text[], $5::text[], $6::text[]) as g (id, key_key, key, value)),
             gone as (
                 delete from {table} t where cardinality($2) > 0 and t.tenant_id = $1 and t.owner_id = any($2)
                     and not exists (select from given g where g.id = t.owner_id and g.key_key = t.key_key))
             insert into {table} (tenant_id, owner_id, key_key, key, value) select $1, id, key_key, key, value from given
             on conflict (tenant_id, owner_id, key_key) do update set key = excluded.key, value = excluded.value"
        )))
        .bind(self.tenant)
        .bind(self.replaced())
        .bind(owners(&rows))
        .bind(column(&rows, |(_, tag)| tag.key.to_lowercase()))
        .bind(column(&rows, |(_, tag)| tag.key.as_str()))
        .bind(column(&rows, |(_, tag)| tag.value.as_str()))
        .execute(&mut **guard)
        .await
        .map_err(about("tag"))?;
        Ok(())
    }

    async fn providers(&self, guard: &mut Guard) -> Result<()> {
        let rows: Rows<ProviderConfig> = self
            .items
            .iter()
            .zip(&self.ids)
            .flat_map(|(item, id)| {
                known_providers(item.whole.body.providers(), self.tenant).into_iter().map(|provider| (*id, provider))
            })
            .collect();
        query(
            "with given as (
                 select * from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
                     as g (id, provider, account, arn, synced)),
             gone as (
                 delete from resource_providers r where cardinality($2) > 0 and r.tenant_id = $1 and r.owner_id = any($2) and not exists (
                     select from given g where g.id = r.owner_id and g.provider = r.provider_name and g.account = r.account_id))
             insert into resource_providers (tenant_id, owner_id, provider_name, account_id, native_arn, synced_at)
             select $1, id, provider, account, arn, synced from given
             on conflict (tenant_id, owner_id, provider_name, account_id)
                 do update set native_arn = excluded.native_arn, synced_at = excluded.synced_at",
        )
        .bind(self.tenant)
        .bind(self.replaced())
        .bind(owners(&rows))
        .bind(column(&rows, |(_, provider)| provider.provider_name.as_str()))
        .bind(column(&rows, |(_, provider)| provider.account_id.as_str()))
        .bind(column(&rows, |(_, provider)| provider.native_arn.as_str()))
        .bind(column(&rows, |(_, provider)| provider.synced_at))
        .execute(&mut **guard)
        .await
        .map_err(about("provider"))?;
        Ok(())
    }

    async fn attachments(&self, guard: &mut Guard, kind: NativeKind) -> Result<()> {
        let rows: Rows<Uuid> =
            self.relations(|item| item.whole.attached.iter().map(|arn| self.policies[arn]).collect());
        let table = owner_kind(kind).map(|kind| tables(kind).policies).unwrap_or_default();
        self.replace_pairs(guard, table, ("owner_id", "policy_id", "attached_at"), &rows).await
    }

    async fn memberships(&self, guard: &mut Guard) -> Result<()> {
        let groups = |item: &PutWhole| item.whole.groups.iter().map(|name| self.groups[&name_key(name)]).collect();
        let rows: Rows<Uuid> = self.relations(groups);
        self.replace_pairs(guard, "group_members", ("user_id", "group_id", "added_at"), &rows).await
    }

    /// Makes these the only pairs of the items in a table of pairs; those that are there stay as they are.
    async fn replace_pairs(
        &self,
        guard: &mut Guard,
        table: &'static str,
        (owner, other, at): (&'static str, &'static str, &'static str),
        rows: &Rows<Uuid>,
    ) -> Result<()> {
        query(AssertSqlSafe(format!(
            "with given as (select * from unnest($3::uuid[], $4::uuid[]) as g (id, other)),
             gone as (
                 delete from {table} t where cardinality($2) > 0 and t.tenant_id = $1 and t.{owner} = any($2)
                     and not exists (select from given g where g.id = t.{owner} and g.other = t.{other}))
             insert into {table} (tenant_id, {owner}, {other}, {at}) select $1, id, other, $5 from given
             on conflict do nothing"
        )))
        .bind(self.tenant)
        .bind(self.replaced())
        .bind(owners(rows))
        .bind(column(rows, |(_, other)| *other))
        .bind(self.now)
        .execute(&mut **guard)
        .await
        .map_err(about(table))?;
        Ok(())
    }

    async fn inline(&self, guard: &mut Guard, kind: NativeKind) -> Result<()> {
        let rows = self.relations(|item| item.whole.inline.iter().collect());
        let table = owner_kind(kind).map(|kind| tables(kind).inline).unwrap_or_default();
        query(AssertSqlSafe(format!(
            "with given as (select * from unnest($3::uuid[], $4::text[], $5::bytea[]) as g (id, name, hash)),
             gone as (
                 delete from {table} t where cardinality($2) > 0 and t.tenant_id = $1 and t.owner_id = any($2)
                     and not exists (select from given g where g.id = t.owner_id and g.name = t.policy_name))
             insert into {table} (tenant_id, owner_id, policy_name, document_hash) select $1, id, name, hash from given
             on conflict (tenant_id, owner_id, policy_name) do update set document_hash = excluded.document_hash"
        )))
        .bind(self.tenant)
        .bind(self.replaced())
        .bind(owners(&rows))
        .bind(column(&rows, |(_, policy)| policy.policy_name.as_str()))
        .bind(column(&rows, |(_, policy)| hash(&policy.policy_document).to_vec()))
        .execute(&mut **guard)
        .await
        .map_err(about("inline policy"))?;
        Ok(())
    }

    /// The ids of those that had something before. Statements ask `cardinality($2) > 0` first: it is looked at once, and
    /// where nothing is replaced no table is read for what is gone.
    fn replaced(&self) -> Vec<Uuid> {
        self.items.iter().filter_map(|item| item.replaces.map(|(id, _)| id)).collect()
    }

    fn boundaries(&self) -> Vec<Option<Uuid>> {
        self.items
            .iter()
            .map(|item| item.whole.body.permissions_boundary().and_then(|arn| self.policies.get(arn)).copied())
            .collect()
    }

    fn rows<T>(&self, each: impl Fn(&'a Body) -> Vec<T>) -> Rows<T> {
        self.relations(|item| each(&item.whole.body))
    }

    fn relations<T>(&self, each: impl Fn(&'a PutWhole) -> Vec<T>) -> Rows<T> {
        let items = self.items.iter().zip(&self.ids);
        items.flat_map(|(item, id)| each(item).into_iter().map(|value| (*id, value))).collect()
    }
}

fn column<'r, R, T>(rows: &'r [R], value: impl Fn(&'r R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

fn owners<T>(rows: &Rows<T>) -> Vec<Uuid> {
    column(rows, |(id, _)| *id)
}

fn tags(body: &Body) -> &[Tag] {
    match body {
        Body::User(user) => &user.tags,
        Body::Group(group) => &group.tags,
        Body::Role(role) => &role.tags,
        Body::Policy(policy, _) => &policy.tags,
    }
}
