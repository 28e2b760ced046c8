//! The tree below a tenant, as far as it is unfolded.

use std::collections::HashMap;

use super::service::{SORTS, target};
use crate::authz::Action;
use crate::authz::access::SharedAccess;
use crate::op::OpContext;
use crate::tenant::store::Counts;
use crate::tenant::{Tenant, TenantId, TenantPath};
use crate::wire::{ApiError, ListQuery, Page};

/// The most children of one tenant that are shown in the tree; its own page has them all.
pub const MOST_CHILDREN: u32 = 50;
/// The most tenants that are unfolded at a time: one more folds the first.
const MOST_UNFOLDED: usize = 20;

/// Which tenants are unfolded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfolded(Vec<TenantPath>);

impl Unfolded {
    /// Reads it from an address, where the paths are joined by commas. What is no tenant below `above` is left out.
    pub fn read(text: &str, above: &TenantPath) -> Self {
        let mut unfolded = Self(vec![]);
        for path in text.split(',').filter_map(|path| path.parse().ok()) {
            if above.covers(&path) && path != *above && !unfolded.holds(&path) {
                unfolded.0.push(path);
            }
        }
        unfolded.0.drain(..unfolded.0.len().saturating_sub(MOST_UNFOLDED));
        unfolded
    }

    /// Whether it is.
    pub fn holds(&self, path: &TenantPath) -> bool {
        self.0.contains(path)
    }

    /// For an address: with `path` unfolded if it is not, and folded, with all below it, if it is.
    pub fn toggled(&self, path: &TenantPath) -> String {
        let is_open = self.holds(path);
        let kept = self.0.iter().filter(|other| !(is_open && path.covers(other)));
        let all: Vec<&str> = kept.chain((!is_open).then_some(path)).map(TenantPath::as_str).collect();
        all.join(",")
    }
}

/// A tenant in the tree.
pub struct Branch {
    /// The tenant.
    pub tenant: Tenant,
    /// How many of each kind it has.
    pub counts: Counts,
    /// How deep it lies below the page's tenant, from 0.
    pub level: usize,
    /// Whether its first children follow.
    pub is_unfolded: bool,
}

/// A page of the children of a tenant, each followed by what is below it as far as it is unfolded and the actor's scope
/// reaches: below a tenant of which one acts in this tenant alone, nothing is seen.
///
/// # Errors
/// On the fields `sort` and `cursor`; refusals.
pub async fn tree(
    op: &OpContext,
    path: &TenantPath,
    query: &ListQuery,
    unfolded: &Unfolded,
) -> Result<(SharedAccess, Page<Branch>), ApiError> {
    let access = op.enter(path).await?;
    op.authorize(&access, Action::ListTenants, &target(&access.tenant)).await?;
    let page = query.page(SORTS)?;
    let parts = op.reads(&access).await;
    let fail = |error| op.fail(error);
    let page = parts.tenants.list_child_tenants(access.tenant.id, &page).await.map_err(fail)?;
    let below = match unfolded.0.as_slice() {
        [] => vec![],
        parents => parts.tenants.list_first_children(parents, MOST_CHILDREN).await.map_err(fail)?,
    };
    let ids: Vec<TenantId> = page.items.iter().chain(&below).map(|tenant| tenant.id).collect();
    let counts = parts.tenants.counts(&ids).await.map_err(fail)?;
    let mut branches =
        Branches { unfolded, counts: ids.into_iter().zip(counts).collect(), below: HashMap::new(), shown: vec![] };
    for tenant in below {
        branches.below.entry(tenant.parent_id).or_default().push(tenant);
    }
    let Page { items, next, previous, total } = page;
    for tenant in items {
        branches.show(tenant, 0);
    }
    let items = branches.shown;
    Ok((access, Page { items, next, previous, total }))
}

struct Branches<'a> {
    unfolded: &'a Unfolded,
    counts: HashMap<TenantId, Counts>,
    below: HashMap<Option<TenantId>, Vec<Tenant>>,
    shown: Vec<Branch>,
}

impl Branches<'_> {
    fn show(&mut self, tenant: Tenant, level: usize) {
        let below = self.below.remove(&Some(tenant.id)).unwrap_or_default();
        let is_unfolded = self.unfolded.holds(&tenant.path);
        let counts = self.counts.remove(&tenant.id).unwrap_or_default();
        self.shown.push(Branch { tenant, counts, level, is_unfolded });
        for child in below {
            self.show(child, level + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> TenantPath {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_no_tenant_below_is_not_unfolded() {
        let read = |text: &str| Unfolded::read(text, &path("acme")).0;
        assert_eq!(read("acme.eng,acme.eng.web,acme.eng"), [path("acme.eng"), path("acme.eng.web")]);
        assert!(read("acme,globex,root,,Not a path,acme-2").is_empty());
        let many: Vec<String> = (0..30).map(|n| format!("acme.t{n}")).collect();
        let read = read(&many.join(","));
        assert_eq!((read.len(), read[0].as_str()), (MOST_UNFOLDED, "acme.t10"));
    }

    #[test]
    fn a_branch_folds_with_all_below_it() {
        let unfolded = Unfolded::read("acme.eng,acme.eng.web,acme.ops", &path("acme"));
        assert_eq!(unfolded.toggled(&path("acme.eng")), "acme.ops");
        assert_eq!(unfolded.toggled(&path("acme.it")), "acme.eng,acme.eng.web,acme.ops,acme.it");
        assert!(Unfolded::read(&unfolded.toggled(&path("acme.it")), &path("acme")).holds(&path("acme.it")));
    }
}
