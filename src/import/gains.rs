//! What an import gives to anybody or frees anybody from, with the place in the dump that does it first.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::aws_account::Place as At;
use super::grants::Actions;
use crate::authz::{Access, holds};
use crate::groups::service::documents_in;
use crate::iam::{Group, OwnerKind, User};
use crate::op::OpContext;
use crate::policy::{self, GrantPath};
use crate::store::{ActorKey, Parts};
use crate::wire::{ApiError, Id};

/// The most denials told apart; with more, everything counts as freed.
const MOST_LIFTED: usize = 10_000;
/// Of the uses of a policy, as many are looked at for a permission set.
const MOST_USES: u32 = 1000;

/// See the [module](self).
#[derive(Default)]
pub struct Gains {
    /// Console actions that somebody gets who may not have had them.
    given: HashMap<Actions, At>,
    /// Denials that are gone, as documents that allow.
    lifted: HashMap<String, At>,
    /// Policies that were here and give or free: by ARN the place and what they do.
    policies: BTreeMap<String, (At, Vec<String>)>,
    /// Groups that were here before and get members.
    joined: BTreeMap<Uuid, At>,
    /// Groups, by name, that somebody leaves.
    left: BTreeMap<String, At>,
    /// Users who get another name or path, with their former name.
    renamed: BTreeMap<Uuid, (At, String)>,
}

impl Gains {
    pub(super) fn give(&mut self, at: At, actions: Actions) {
        if !actions.is_empty() {
            self.given.entry(actions).or_insert(at);
        }
    }

    pub(super) fn lift(&mut self, at: At, denial: Option<String>) {
        let Some(denial) = denial else { return };
        let all = || holds::allowing_what_it_denied("", "").unwrap_or(denial.clone());
        let denial = if self.lifted.len() < MOST_LIFTED { denial } else { all() };
        self.lifted.entry(denial).or_insert(at);
    }

    pub(super) fn change(&mut self, at: At, arn: &str, documents: Vec<String>) {
        self.policies.insert(arn.to_owned(), (at, documents));
    }

    pub(super) fn join(&mut self, at: At, group: Uuid) {
        self.joined.entry(group).or_insert(at);
    }

    pub(super) fn leave(&mut self, at: At, group: &str) {
        self.left.entry(group.to_owned()).or_insert(at);
    }

    pub(super) fn rename(&mut self, at: At, user: Uuid, name: &str) {
        self.renamed.insert(user, (at, name.to_owned()));
    }

    /// Why the actor may not do all this, with the place in the dump, if it may not: it must hold what it gives, and
    /// what it frees from (security S21). `parts` are those of the import, or of the tenant as it is.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn beyond(&self, op: &OpContext, access: &Access, parts: &Parts) -> Result<Option<ApiError>, ApiError> {
        let fail = |error| op.fail(error);
        for (at, actions) in in_order(self.given.iter().map(|(actions, at)| (*at, *actions))) {
            let granted = granting(actions);
            if holds::beyond(access, &granted).is_some() {
                let first = policy::excess(access.policies(), &granted).into_iter().next();
                let first = first.map_or_else(String::new, |excess| excess.action);
                return Ok(Some(ApiError::forbidden(format!(
                    "{at}: this would give somebody {first} in {}, which you do not hold yourself.",
                    access.tenant.path
                ))));
            }
        }
        for (at, denial) in in_order(self.lifted.iter().map(|(denial, at)| (*at, denial))) {
            if let Some(error) = holds::beyond(access, &of_one("what was denied", denial)) {
                return Ok(placed(at, "somebody would no longer be denied something.", error));
            }
        }
        for (arn, (at, documents)) in &self.policies {
            let uses = parts.iam.list_entities_for_policy(arn, MOST_USES).await.map_err(fail)?;
            let is_in_set = uses.iter().any(|entity| entity.owner.kind == OwnerKind::PermissionSet)
                || uses.len() >= MOST_USES as usize;
            let beyond = |document: &String| holds::beyond_below(access, &of_one(arn, document));
            if let Some(error) = documents.iter().filter(|_| is_in_set).find_map(beyond) {
                return Ok(placed(*at, "a permission set uses this policy.", error));
            }
        }
        for (name, at) in &self.left {
            let Some(group) = parts.iam.find_group(name).await.map_err(fail)? else { continue };
            let documents = documents_in(op, parts, name).await?;
            let texts = documents.iter().map(|(name, text)| (name.as_str(), text.as_str()));
            let own = holds::beyond(access, &holds::lifted(texts));
            let error = match own {
                Some(error) => Some(error),
                None => holds::group_frees(op, access, group.id).await?,
            };
            if let Some(error) = error {
                return Ok(placed(*at, &format!("somebody would leave the group {name}."), error));
            }
        }
        for (group, at) in &self.joined {
            if let (_, Some(error)) = holds::group_gives(op, access, Id::<Group>::new(*group)).await? {
                return Ok(placed(*at, "somebody would join a group.", error));
            }
        }
        for (user, (at, name)) in &self.renamed {
            let key = ActorKey { tenant_id: access.tenant.id, user_id: Id::<User>::new(*user) };
            if let Some(error) = holds::out_of_reach(op, name, key).await? {
                return Ok(placed(*at, &format!("{name} would get another name or path."), error));
            }
        }
        Ok(None)
    }
}

fn placed(at: At, what: &str, error: ApiError) -> Option<ApiError> {
    Some(ApiError { message: format!("{at}: {what} {}", error.message), ..error })
}

fn in_order<T>(items: impl Iterator<Item = (At, T)>) -> Vec<(At, T)> {
    let mut items: Vec<_> = items.collect();
    items.sort_by_key(|(at, _)| *at);
    items
}

fn of_one(name: &str, document: &str) -> GrantPath {
    holds::granted([(name, document)])
}

/// A policy that allows actions on everything of the tenant.
fn granting(actions: Actions) -> GrantPath {
    let actions: Vec<&str> = actions.names().collect();
    let statement = serde_json::json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    let document = serde_json::json!({"Version": "2012-10-17", "Statement": statement});
    of_one("policies of the file", &document.to_string())
}
