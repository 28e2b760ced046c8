//! Groups and memberships.

use sqlx::postgres::PgRow;
use sqlx::{Row, query, query_as};
use uuid::Uuid;

use super::common::{hanging_on, id_of, name_key};
use super::conn::{Conn, Guard, about};
use super::entity::{self, Kind, providers_in, stored_of, tags_in};
use super::list::{List, providers_of, tags_of};
use super::users;
use crate::iam::{Group, Person, Stored, User};
use crate::store::entity::Entity;
use crate::store::{AmiError, Result, rules};
use crate::tenant::TenantId;
use crate::wire::{Page, PageRequest};

macro_rules! columns {
    () => {
        concat!(
            "e.id, e.row_version, e.updated_at, e.group_name, e.group_id, e.arn, e.wami_arn, e.path, e.create_date, ",
            tags_of!("group_tags"),
            ", ",
            providers_of!()
        )
    };
}

impl Kind for Group {
    const LIST: &'static List = &List::of_entities("groups", columns!(), "group_tags");

    fn of(row: &PgRow, tenant: TenantId) -> Result<Self> {
        Ok(Self {
            group_name: row.try_get("group_name")?,
            group_id: row.try_get("group_id")?,
            arn: row.try_get("arn")?,
            path: row.try_get("path")?,
            create_date: row.try_get("create_date")?,
            tags: tags_in(row)?,
            wami_arn: row.try_get("wami_arn")?,
            providers: providers_in(row)?,
            tenant_id: Some(tenant),
        })
    }
}

pub async fn insert(conn: &Conn, group: &Group) -> Result<Stored<Group>> {
    let new = entity::admit(conn, group, &Person::default())?;
    let mut guard = conn.write().await?;
    query(
        "insert into groups (tenant_id, id, group_name, group_id, arn, wami_arn, path, create_date, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(conn.tenant())
    .bind(new.id.uuid())
    .bind(&new.group_name)
    .bind(&new.group_id)
    .bind(&new.arn)
    .bind(&new.wami_arn)
    .bind(&new.path)
    .bind(new.create_date)
    .bind(new.updated_at)
    .execute(&mut *guard)
    .await
    .map_err(about(new.name()))?;
    entity::inserted(conn, guard, new).await
}

pub async fn update(conn: &Conn, group: &Stored<Group>) -> Result<Stored<Group>> {
    entity::check(conn, group)?;
    let mut guard = conn.write().await?;
    let done = query(
        "update groups set group_name = $4, arn = $5, wami_arn = $6, path = $7, updated_at = $8, row_version = row_version + 1
         where tenant_id = $1 and id = $2 and row_version = $3",
    )
    .bind(conn.tenant())
    .bind(group.id.uuid())
    .bind(group.version)
    .bind(&group.group_name)
    .bind(&group.arn)
    .bind(&group.wami_arn)
    .bind(&group.path)
    .bind(conn.shared.clock.now())
    .execute(&mut *guard)
    .await
    .map_err(about(group.name()))?;
    entity::updated(conn, guard, group, &done).await
}

/// What keeps a group from being deleted.
const BLOCKERS: &str = "select kind, name from (
         select 1 as place, 'member' as kind, u.user_name as name from group_members m
             join users u on u.tenant_id = m.tenant_id and u.id = m.user_id where m.tenant_id = $1 and m.group_id = $2
         union all
         select 2, 'attached policy', p.policy_name from group_policies a
             join policies p on p.tenant_id = a.tenant_id and p.id = a.policy_id where a.tenant_id = $1 and a.owner_id = $2
         union all
         select 3, 'inline policy', i.policy_name from group_inline_policies i where i.tenant_id = $1 and i.owner_id = $2
     ) blockers order by place, name limit 100";

pub async fn delete(conn: &Conn, name: &str) -> Result<()> {
    entity::delete::<Group>(conn, name, BLOCKERS).await
}

async fn group_id(guard: &mut Guard, tenant: Uuid, name: &str) -> Result<Uuid> {
    id_of(guard, (Group::LIST.table, Group::NOUN), tenant, name, "").await
}

pub async fn add_member(conn: &Conn, group_name: &str, user_name: &str) -> Result<bool> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    // The lock lets only one membership of a user be added at a time, so that the limit holds.
    let (group, user): (Option<Uuid>, Option<Uuid>) = query_as(
        "select (select id from groups where tenant_id = $1 and name_key = $2),
             (select id from users where tenant_id = $1 and name_key = $3 for no key update)",
    )
    .bind(tenant)
    .bind(name_key(group_name))
    .bind(name_key(user_name))
    .fetch_one(&mut *guard)
    .await
    .map_err(about(user_name))?;
    let group = group.ok_or_else(|| AmiError::not_found("group", group_name))?;
    let user = user.ok_or_else(|| AmiError::not_found("user", user_name))?;
    let (is_member, count): (bool, i64) = query_as(
        "with present as (
             select coalesce(bool_or(group_id = $2), false) as is_member, count(*) as number
             from group_members where tenant_id = $1 and user_id = $3),
         added as (
             insert into group_members (tenant_id, group_id, user_id, added_at)
             select $1, $2, $3, $4 from present where not is_member and number < $5)
         select is_member, number from present",
    )
    .bind(tenant)
    .bind(group)
    .bind(user)
    .bind(conn.shared.clock.now())
    .bind(rules::MAX_GROUPS as i64)
    .fetch_one(&mut *guard)
    .await
    .map_err(about(group_name))?;
    if !is_member && count >= rules::MAX_GROUPS as i64 {
        return Err(rules::limit_exceeded("groups of one user", rules::MAX_GROUPS));
    }
    guard.done().await?;
    Ok(!is_member)
}

pub async fn remove_member(conn: &Conn, group_name: &str, user_name: &str) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    let group = group_id(&mut guard, tenant, group_name).await?;
    let done = query(
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

pub async fn of_user(conn: &Conn, user_name: &str) -> Result<Vec<Stored<Group>>> {
    let tenant = conn.tenant();
    let mut guard = conn.read().await?;
    // The user's row comes without a group when it has none.
    const STATEMENT: &str = concat!(
        "select ",
        columns!(),
        ", e.id is null as is_alone from users u \
         left join (group_members m join groups e on e.tenant_id = m.tenant_id and e.id = m.group_id) \
             on m.tenant_id = u.tenant_id and m.user_id = u.id \
         where u.tenant_id = $1 and u.name_key = $2 order by e.name_key"
    );
    let rows = query(STATEMENT)
        .bind(tenant)
        .bind(name_key(user_name))
        .fetch_all(&mut *guard)
        .await
        .map_err(about(user_name))?;
    guard.done().await?;
    hanging_on(rows, "user", user_name)?.iter().map(|row| stored_of(row, tenant)).collect()
}

pub async fn members(conn: &Conn, group_name: &str, page: &PageRequest) -> Result<Page<Stored<User>>> {
    let mut guard = conn.read().await?;
    let group = group_id(&mut guard, conn.tenant(), group_name).await?;
    guard.done().await?;
    users::list_members(conn, group, page).await
}
