//! The last administrator stays (security S22): a change must leave somebody who administers the tenant.
//!
//! An administrator holds the built-in set for good, can sign in, and is denied by nothing to make another one: that is
//! what gets a tenant back whatever else was lost. The engine decides on what the unit of work leaves behind.
//!
//! Guardrails are left out but where one of them is what changes: they are mended from the tenant above, and those of the
//! root bind the root not at all.

use super::access::{RequestFacts, keys};
use super::documents::Documents;
use super::{Access, Action, Target};
use crate::op::Actor;
use crate::store::provider::NativeKind;
use crate::store::traits::{AuthoritySource, SsoAdminStore};
use crate::store::{Parts, Result};
use crate::tenant::TenantRef;

/// What counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// What bears on people, guardrails aside.
    Policies,
    /// Guardrails as well.
    Guardrails,
}

/// Whether somebody administers the tenant of the unit of work, as it stands: two queries as a rule.
///
/// # Errors
/// As the store.
pub async fn is_there_one(
    unit: &Parts,
    documents: &Documents,
    tenant: &TenantRef,
    facts: &RequestFacts,
    counting: Counting,
) -> Result<bool> {
    let sso: &dyn SsoAdminStore = &*unit.sso;
    let mut after = None;
    loop {
        let mut administrators = sso.list_administrators(after).await?;
        let Some(last) = administrators.last() else { return Ok(false) };
        after = Some(last.entry.user_id);
        if counting == Counting::Policies {
            for administrator in &mut administrators {
                administrator.rows.retain(|row| !matches!(row.source, AuthoritySource::Guardrail { .. }));
            }
        }
        let all: Vec<_> = administrators.iter().flat_map(|administrator| keys(&administrator.rows)).collect();
        let mut bodies = documents.compiled_in(sso, &all).await?.into_iter();
        for administrator in administrators {
            let actor = Actor::absent(administrator.entry, facts.now);
            let access = Access::of(administrator.rows, &mut bodies, &actor, tenant.clone(), facts);
            if makes_another(&access) {
                return Ok(true);
            }
        }
    }
}

/// Whether somebody may make an administrator.
fn makes_another(access: &Access) -> bool {
    let account = &access.tenant.account_id;
    let user = Target::named(NativeKind::User, account, "/", "administrator");
    let assignment = Target::assignment(account, crate::authn::setup::ADMINISTRATOR);
    [(Action::CreateUser, &user), (Action::CreateLoginProfile, &user), (Action::CreateAccountAssignment, &assignment)]
        .into_iter()
        .all(|(action, target)| access.decide(action, target).is_ok_and(crate::policy::Outcome::is_allow))
}
