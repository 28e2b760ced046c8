//! The tree of tenants.

use std::collections::BTreeMap;

use super::Map;
use super::handle::{Reading, Writing};
use super::list::Asked;
use super::table::{Order, SortKey};
use crate::store::{AmiError, Result, rules};
use crate::tenant::path::MAX_DEPTH;
use crate::tenant::store::Counts;
use crate::tenant::{Tenant, TenantId, TenantPath, TenantRef, TenantStatus};
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest};

/// All tenants, with the indexes that the tree needs.
#[derive(Clone, Default)]
pub struct Tree {
    rows: Map<TenantId, Tenant>,
    paths: Map<String, TenantId>,
    accounts: Map<String, TenantId>,
    children: Map<TenantId, Children>,
    /// Paths that a tenant had before a move; they lead to it until another takes them.
    former: Map<String, TenantId>,
}

#[derive(Clone, Default)]
struct Children {
    by_slug: Order,
    by_created: Order,
}

impl Tree {
    /// The tenant of that id.
    pub fn get(&self, id: TenantId) -> Option<&Tenant> {
        self.rows.get(&id)
    }

    /// The tenant at that path.
    pub fn at(&self, path: &TenantPath) -> Option<&Tenant> {
        self.rows.get(self.paths.get(path.as_str())?)
    }

    /// The tenant at that path, or the one that had it.
    pub fn resolve(&self, path: &TenantPath) -> Option<&Tenant> {
        self.at(path).or_else(|| self.rows.get(self.former.get(path.as_str())?))
    }

    /// The root, every tenant on the way, and the tenant itself.
    pub fn lineage(&self, tenant: &Tenant) -> Vec<&Tenant> {
        tenant.path.lineage().iter().filter_map(|path| self.at(path)).collect()
    }

    /// Enough to name a tenant.
    pub fn reference(&self, tenant: &Tenant) -> TenantRef {
        TenantRef {
            id: tenant.id,
            path: tenant.path.clone(),
            account_id: tenant.account_id.clone(),
            display_name: tenant.display_name.clone(),
            suspended: self.lineage(tenant).iter().any(|above| above.status == TenantStatus::Suspended),
        }
    }

    /// Everything below a tenant, by path.
    pub fn below<'a>(&'a self, tenant: &Tenant) -> impl Iterator<Item = &'a Tenant> + use<'a> {
        use std::ops::Bound::{Excluded, Included, Unbounded};
        let (from, to) = (tenant.path.tree(), format!("{}/", tenant.path));
        let id = tenant.id;
        // '/' follows '.', and every path but its own lies below the root.
        let to = if tenant.path.is_root() { Unbounded } else { Excluded(to) };
        let ids = self.paths.range::<String, _>((Included(from), to)).map(|(_, id)| id);
        ids.filter(move |below| **below != id).filter_map(|id| self.rows.get(id))
    }

    /// Every tenant, by path.
    pub fn all(&self) -> impl Iterator<Item = &Tenant> {
        self.paths.values().filter_map(|id| self.rows.get(id))
    }

    /// Adds a tenant, or puts another in the place of the one with its id.
    pub fn put(&mut self, tenant: Tenant) -> Result<()> {
        let is_held = |id: Option<&TenantId>| id.is_some_and(|id| *id != tenant.id);
        if is_held(self.paths.get(tenant.path.as_str())) {
            return Err(AmiError::exists("tenant", tenant.path.as_str(), "slug"));
        }
        if is_held(self.accounts.get(&tenant.account_id)) {
            return Err(AmiError::exists("tenant", tenant.path.as_str(), "account_id"));
        }
        if let Some(before) = self.forget(tenant.id)
            && before.path != tenant.path
        {
            self.former.insert_mut(before.path.into(), tenant.id);
        }
        // A path that is taken leads nowhere else any more.
        self.former.remove_mut(tenant.path.as_str());
        self.paths.insert_mut(tenant.path.as_str().to_owned(), tenant.id);
        self.accounts.insert_mut(tenant.account_id.clone(), tenant.id);
        if let Some(parent) = tenant.parent_id {
            let mut children = self.children.get(&parent).cloned().unwrap_or_default();
            let (by_slug, by_created) = places(&tenant);
            children.by_slug.insert_mut(by_slug);
            children.by_created.insert_mut(by_created);
            self.children.insert_mut(parent, children);
        }
        self.rows.insert_mut(tenant.id, tenant);
        Ok(())
    }

    /// Takes a tenant out; its former paths still lead to it.
    fn forget(&mut self, id: TenantId) -> Option<Tenant> {
        let tenant = self.rows.get(&id)?.clone();
        self.paths.remove_mut(tenant.path.as_str());
        self.accounts.remove_mut(&tenant.account_id);
        if let Some(children) = tenant.parent_id.and_then(|parent| self.children.get_mut(&parent)) {
            let (by_slug, by_created) = places(&tenant);
            children.by_slug.remove_mut(&by_slug);
            children.by_created.remove_mut(&by_created);
        }
        self.rows.remove_mut(&id);
        Some(tenant)
    }

    fn remove(&mut self, id: TenantId) {
        self.forget(id);
        self.children.remove_mut(&id);
        let former: Vec<String> =
            self.former.iter().filter(|(_, to)| **to == id).map(|(path, _)| path.clone()).collect();
        for path in former {
            self.former.remove_mut(&path);
        }
    }

    fn child_count(&self, id: TenantId) -> usize {
        self.children.get(&id).map_or(0, |children| children.by_slug.size())
    }
}

/// Where a tenant stands among the children of its parent.
fn places(tenant: &Tenant) -> ((SortKey, uuid::Uuid), (SortKey, uuid::Uuid)) {
    let id = tenant.id.uuid();
    ((SortKey::name(tenant.path.slug()), id), (SortKey::At(tenant.created_at), id))
}

fn absent(id: TenantId) -> AmiError {
    AmiError::not_found("tenant", &id.to_string())
}

/// A tenant that is seen, or not found.
fn seen<'a>(tx: Reading<'a>, id: TenantId) -> Result<&'a Tenant> {
    get(tx, id).ok_or_else(|| absent(id))
}

/// A tenant that is seen.
pub fn get<'a>(tx: Reading<'a>, id: TenantId) -> Option<&'a Tenant> {
    tx.state.tree.get(id).filter(|tenant| tx.reaches(&tenant.path))
}

/// The tenant at that path, if it is seen.
pub fn find<'a>(tx: Reading<'a>, path: &TenantPath) -> Option<&'a Tenant> {
    tx.state.tree.at(path).filter(|tenant| tx.reaches(&tenant.path))
}

/// Neither the root nor the tenant of the handle is moved or deleted.
fn refuse_fixed(tx: &Writing<'_>, tenant: &Tenant, what: &str) -> Result<()> {
    let reason = if tenant.path.is_root() {
        format!("The root tenant cannot be {what}.")
    } else if tenant.id == tx.tenant() {
        format!("A tenant is {what} from the tenant above it.")
    } else {
        return Ok(());
    };
    Err(AmiError::UnmodifiableEntity { resource: format!("tenant {}", tenant.path), reason })
}

fn child_path(parent: &Tenant, slug: &str) -> Result<TenantPath> {
    parent.path.child(slug).map_err(|error| AmiError::invalid("slug", error.0))
}

pub fn create(
    tx: &mut Writing<'_>,
    parent: TenantId,
    slug: &str,
    display_name: &str,
    account_id: &str,
) -> Result<Tenant> {
    rules::tenant_name(display_name)?;
    rules::account_id(account_id)?;
    let path = child_path(seen(tx.reading(), parent)?, slug)?;
    if !tx.reading().reaches(&path) {
        return Err(AmiError::AccessDenied { message: "What lies below the tenant is not open to this actor.".into() });
    }
    let tenant = Tenant {
        id: Id::new(tx.id()),
        parent_id: Some(parent),
        path,
        display_name: display_name.to_owned(),
        account_id: account_id.to_owned(),
        status: TenantStatus::Active,
        allow_all_guardrail: true,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    tx.state.tree.put(tenant.clone())?;
    tx.state.open_room(tenant.id);
    Ok(tenant)
}

pub fn update(tx: &mut Writing<'_>, tenant: &Tenant) -> Result<Tenant> {
    rules::tenant_name(&tenant.display_name)?;
    let name = tenant.path.as_str();
    let present = get(tx.reading(), tenant.id).ok_or_else(|| AmiError::not_found("tenant", name))?;
    if present.version != tenant.version {
        return Err(AmiError::stale("tenant", name));
    }
    let changed = Tenant {
        display_name: tenant.display_name.clone(),
        status: tenant.status,
        updated_at: tx.now,
        version: present.version + 1,
        ..present.clone()
    };
    tx.state.tree.put(changed.clone())?;
    Ok(changed)
}

pub fn relocate(tx: &mut Writing<'_>, id: TenantId, parent: TenantId, slug: &str) -> Result<Tenant> {
    let tenant = seen(tx.reading(), id)?.clone();
    let above = seen(tx.reading(), parent)?.clone();
    refuse_fixed(tx, &tenant, "moved")?;
    if tenant.path.covers(&above.path) {
        return Err(AmiError::invalid("parent", "A tenant cannot lie below itself."));
    }
    let path = child_path(&above, slug)?;
    let below: Vec<Tenant> = tx.state.tree.below(&tenant).cloned().collect();
    let deepest = below.iter().map(|below| below.path.depth()).max().unwrap_or(0);
    if deepest + path.depth() > MAX_DEPTH + tenant.path.depth() {
        return Err(AmiError::invalid(
            "parent",
            format!("Something below it would lie deeper than {MAX_DEPTH} levels."),
        ));
    }
    let moved = |from: &Tenant, to: TenantPath| Tenant {
        path: to,
        updated_at: tx.now,
        version: from.version + 1,
        ..from.clone()
    };
    let mut all = vec![Tenant { parent_id: Some(parent), ..moved(&tenant, path.clone()) }];
    for from in &below {
        let rest = &from.path.as_str()[tenant.path.as_str().len()..];
        let to = format!("{path}{rest}")
            .parse()
            .map_err(|error: crate::tenant::PathError| AmiError::invalid("slug", error.0))?;
        all.push(moved(from, to));
    }
    // A subtree may take the place of what it leaves: everything goes first.
    let tree = &mut tx.state.tree;
    let before: Vec<Tenant> = all.iter().filter_map(|tenant| tree.forget(tenant.id)).collect();
    for tenant in &before {
        tree.former.insert_mut(tenant.path.as_str().to_owned(), tenant.id);
    }
    for tenant in &all {
        tree.put(tenant.clone())?;
    }
    Ok(all.swap_remove(0))
}

pub fn delete(tx: &mut Writing<'_>, id: TenantId) -> Result<()> {
    let tenant = seen(tx.reading(), id)?.clone();
    refuse_fixed(tx, &tenant, "deleted")?;
    let counts = counts_of(tx.reading(), id);
    let held = [
        ("children", counts.children),
        ("users", counts.users),
        ("groups", counts.groups),
        ("roles", counts.roles),
        ("policies", counts.policies),
        ("permission sets", counts.permission_sets),
        ("assignments", counts.assignments),
    ];
    let held = held.into_iter().filter(|(_, count)| *count > 0);
    rules::refuse_blocked(
        "tenant",
        tenant.path.as_str(),
        held.map(|(kind, count)| (kind.to_owned(), count.to_string())).collect(),
    )?;
    tx.state.tree.remove(id);
    tx.state.close_room(id);
    Ok(())
}

pub fn list_children(tx: Reading<'_>, parent: TenantId, page: &PageRequest) -> Result<Page<Tenant>> {
    let asked = Asked::new(tx.tenant(), &format!("children of {parent}"), &Filter::default(), page)?;
    let children = tx.state.tree.children.get(&parent).cloned().unwrap_or_default();
    let order = match page.sort {
        Sort::Name => &children.by_slug,
        Sort::Created => &children.by_created,
        Sort::LastUsed => return Err(AmiError::invalid("sort", "This list has no such order.")),
    };
    let tenant = |id| tx.state.tree.get(Id::new(id)).expect("children are in the tree");
    if get(tx, parent).is_some_and(|parent| tx.reaches_below(&parent.path)) {
        return asked.whole(order, |id| tenant(id).clone());
    }
    asked.matching(order, |id| tx.reaches(&tenant(id).path), |id| tenant(id).clone())
}

pub fn first_children(tx: Reading<'_>, parents: &[TenantPath], each: u32) -> Vec<Tenant> {
    let tree = &tx.state.tree;
    let parents: BTreeMap<_, _> = parents.iter().filter_map(|path| Some((path, find(tx, path)?.id))).collect();
    let children = parents.into_values().filter_map(|parent| tree.children.get(&parent)).flat_map(|children| {
        let seen = children
            .by_slug
            .iter()
            .filter_map(|(_, id)| tree.get(Id::new(*id)))
            .filter(|child| tx.reaches(&child.path));
        seen.take(each as usize)
    });
    children.cloned().collect()
}

pub fn ancestors(tx: Reading<'_>, id: TenantId) -> Result<Vec<TenantRef>> {
    let tree = &tx.state.tree;
    let lineage = tree.lineage(seen(tx, id)?);
    Ok(lineage.into_iter().map(|above| tree.reference(above)).collect())
}

pub fn descendants(tx: Reading<'_>, id: TenantId, limit: u32) -> Vec<TenantRef> {
    let Some(tenant) = get(tx, id) else { return vec![] };
    let below = tx.state.tree.below(tenant).filter(|below| tx.reaches(&below.path));
    below.take(limit as usize).map(|below| tx.state.tree.reference(below)).collect()
}

pub fn counts(tx: Reading<'_>, ids: &[TenantId]) -> Vec<Counts> {
    ids.iter().map(|id| get(tx, *id).map(|_| counts_of(tx, *id)).unwrap_or_default()).collect()
}

fn counts_of(tx: Reading<'_>, id: TenantId) -> Counts {
    let room = tx.state.room(id);
    Counts {
        users: room.users.len() as u64,
        groups: room.groups.len() as u64,
        roles: room.roles.len() as u64,
        policies: room.policies.len() as u64,
        permission_sets: room.sets.len() as u64,
        assignments: room.assignments.size() as u64,
        children: tx.state.tree.child_count(id) as u64,
    }
}
