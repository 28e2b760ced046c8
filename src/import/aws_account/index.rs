//! What a dump holds, in a few bytes per entry: enough to find duplicates and to resolve references.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::BuildHasher;

use super::arn::is_aws_managed;
use super::error::{DumpError, ErrorCode, Report, excerpt};
use super::model::{AWS, Identity};
use super::parts::{Reference, Target};
use super::place::{Kind, Place, Pointer};
use super::summary::UnknownPolicy;

/// The most accounts in one dump.
const MAX_ACCOUNTS: usize = 1000;
/// The most AWS-managed policies that may be referred to without being in the dump. AWS has some 1500.
const MAX_UNKNOWN: usize = 10_000;

/// Who holds a name: the entry's number in its list and the account's in [`Index::accounts`].
#[derive(Clone, Copy)]
struct Holder {
    entry: u32,
    account: u16,
}

/// The index. Names are kept as keyed 64-bit hashes only (some 50 bytes per entry in all); at a million names the
/// chance that two of them meet is below one in ten million, and a file cannot be made to provoke it.
pub(super) struct Index {
    hasher: RandomState,
    names: HashMap<u64, Holder>,
    arns: HashSet<u64>,
    ids: HashSet<u64>,
    /// Of the entries kept, in the order met.
    accounts: Vec<String>,
    /// Distinct references only: many entries refer to few targets.
    groups_wanted: HashSet<(u64, u16)>,
    policies_wanted: HashSet<u64>,
    /// AWS-managed policies referred to before they were met, by ARN.
    aws_wanted: BTreeMap<String, UnknownPolicy>,
    /// Groups or policies were met whose names cannot be read: whether a reference is to one of them cannot be told.
    has_nameless_group: bool,
    has_nameless_policy: bool,
}

impl Index {
    pub fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            names: HashMap::new(),
            arns: HashSet::new(),
            ids: HashSet::new(),
            accounts: Vec::new(),
            groups_wanted: HashSet::new(),
            policies_wanted: HashSet::new(),
            aws_wanted: BTreeMap::new(),
            has_nameless_group: false,
            has_nameless_policy: false,
        }
    }

    /// Notes an entry and what it refers to, and reports what is not unique about it: at most one error per entry.
    pub fn add(
        &mut self,
        place: Place,
        identity: Option<&Identity>,
        references: Vec<Reference>,
        report: &mut Report<'_>,
    ) {
        let Some(identity) = identity else {
            self.has_nameless_group |= place.kind == Kind::Group;
            self.has_nameless_policy |= place.kind == Kind::Policy;
            return;
        };
        let Some(account) = self.account(&identity.account, report) else { return };
        self.note_names(place, identity, account, report);
        for reference in references {
            self.note_reference(place, account, reference, report);
        }
    }

    /// The number of an account; `None` if there are too many.
    fn account(&mut self, id: &str, report: &mut Report<'_>) -> Option<u16> {
        let found = self.accounts.iter().position(|known| known == id);
        let number = found.unwrap_or(self.accounts.len());
        if number == MAX_ACCOUNTS {
            report.add(|| {
                let message = format!("The dump holds more than {MAX_ACCOUNTS} accounts.");
                DumpError::of_file(ErrorCode::LimitExceeded, message)
            });
            return None;
        }
        if found.is_none() {
            self.accounts.push(id.to_owned());
        }
        u16::try_from(number).ok()
    }

    fn note_names(&mut self, place: Place, identity: &Identity, account: u16, report: &mut Report<'_>) {
        let arn_is_new = self.arns.insert(self.hasher.hash_one(&identity.arn));
        // An id that could not be read is empty, and reported already.
        let id_is_new = identity.id.is_empty() || self.ids.insert(self.hasher.hash_one(&identity.id));
        // AWS's own policies have names of their own: an account may have one of the same name.
        let other = if identity.account == AWS {
            None
        } else {
            let holder = Holder { entry: u32::try_from(place.index).unwrap_or(u32::MAX), account };
            let key = self.name_key(place.kind, &identity.name);
            let earlier = self.names.get(&key).copied();
            self.names.entry(key).or_insert(holder);
            earlier
        };
        let (what, name) = (place.kind.word(), excerpt(&identity.name));
        let message = match other {
            Some(other) if other.account == account => {
                let first = Place { kind: place.kind, index: other.entry as usize };
                format!("There is another {what} of the name {name} at {first}. Names are compared without case.")
            }
            Some(other) => {
                let first = Place { kind: place.kind, index: other.entry as usize };
                let accounts = (&self.accounts[usize::from(other.account)], &identity.account);
                format!(
                    "The accounts {} and {} both have a {what} of the name {name} (the first at {first}). \
                     Import one account at a time.",
                    accounts.0, accounts.1
                )
            }
            None if !arn_is_new => format!("The ARN {} is taken by another entry.", excerpt(&identity.arn)),
            None if !id_is_new => format!("The id {} is taken by another entry.", excerpt(&identity.id)),
            None => return,
        };
        report.error(&Pointer::Entry(place), ErrorCode::Duplicate, message);
    }

    fn note_reference(&mut self, place: Place, account: u16, reference: Reference, report: &mut Report<'_>) {
        match &reference.target {
            Target::Group(name) => {
                let key = self.name_key(Kind::Group, name);
                self.groups_wanted.insert((key, account));
            }
            Target::Policy(arn) if !is_aws_managed(arn) => {
                self.policies_wanted.insert(self.hasher.hash_one(arn));
            }
            Target::Policy(arn) => {
                if let Some(known) = self.aws_wanted.get_mut(arn) {
                    known.uses += 1;
                } else if self.aws_wanted.len() < MAX_UNKNOWN {
                    let unknown = UnknownPolicy { arn: arn.clone(), pointer: reference.pointer(place), uses: 1 };
                    self.aws_wanted.insert(arn.clone(), unknown);
                } else {
                    report.add(|| DumpError {
                        pointer: reference.pointer(place),
                        code: ErrorCode::LimitExceeded,
                        message: format!("The dump refers to more than {MAX_UNKNOWN} AWS-managed policies."),
                    });
                }
            }
        }
    }

    /// Whether any reference but those to AWS-managed policies leads nowhere. To be asked when everything was added.
    pub fn has_unresolved(&self) -> bool {
        self.groups_wanted.iter().any(|&(key, account)| !self.holds_group(key, account))
            || self.policies_wanted.iter().any(|&key| !self.holds_policy(key))
    }

    /// Why `reference`, of the entry at `place` of `account`, leads nowhere; `None` if it leads somewhere.
    pub fn fault(&self, place: Place, account: &str, reference: &Reference) -> Option<DumpError> {
        let (code, message) = match &reference.target {
            Target::Group(name) => {
                let number = self.accounts.iter().position(|known| known == account)?;
                if self.holds_group(self.name_key(Kind::Group, name), u16::try_from(number).ok()?) {
                    return None;
                }
                (ErrorCode::UnknownGroup, format!("The account {account} has no group {} in the dump.", excerpt(name)))
            }
            Target::Policy(arn) => {
                if is_aws_managed(arn) || self.holds_policy(self.hasher.hash_one(arn)) {
                    return None;
                }
                (ErrorCode::UnknownPolicy, format!("The dump has no policy {}.", excerpt(arn)))
            }
        };
        Some(DumpError { pointer: reference.pointer(place), code, message })
    }

    /// Ends the indexing: the accounts other than [`AWS`], sorted, and the AWS-managed policies that are referred to
    /// and not there, by ARN.
    pub fn finish(mut self) -> (Vec<String>, Vec<UnknownPolicy>) {
        self.accounts.retain(|id| id != AWS);
        self.accounts.sort();
        let (hasher, arns) = (self.hasher, self.arns);
        let unknown = self.aws_wanted.into_values().filter(|policy| !arns.contains(&hasher.hash_one(&policy.arn)));
        (self.accounts, unknown.collect())
    }

    fn name_key(&self, kind: Kind, name: &str) -> u64 {
        self.hasher.hash_one((kind, name.to_ascii_lowercase()))
    }

    fn holds_group(&self, key: u64, account: u16) -> bool {
        self.has_nameless_group || self.names.get(&key).is_some_and(|holder| holder.account == account)
    }

    fn holds_policy(&self, key: u64) -> bool {
        self.has_nameless_policy || self.arns.contains(&key)
    }
}
