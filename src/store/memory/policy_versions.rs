//! Versions of managed policies.

use super::entity::Kept;
use super::handle::{Reading, Writing};
use super::rows::{VersionRow, Versions};
use super::state::State;
use crate::iam::{Policy, PolicyVersion};
use crate::store::{AmiError, Result, rules};

pub fn version_of(state: &State, versions: &Versions, number: i32, version: &VersionRow) -> PolicyVersion {
    PolicyVersion {
        version_id: format!("v{number}"),
        document: state.text(&version.document),
        is_default_version: versions.default == Some(number),
        create_date: version.create_date,
    }
}

/// The number of a version that is there.
fn present(policy: &Kept<Policy>, version_id: &str) -> Result<i32> {
    let number = PolicyVersion::number(version_id).filter(|number| policy.beside.all.contains_key(number));
    number.ok_or_else(|| AmiError::not_found("policy version", version_id))
}

pub fn create(
    tx: &mut Writing<'_>,
    arn: &str,
    document: &str,
    set_as_default: bool,
    number: Option<i32>,
) -> Result<PolicyVersion> {
    rules::document("policy_document", document)?;
    let mut row = tx.room().policy(arn)?.clone();
    let number = number.unwrap_or(row.beside.next);
    rules::version_number(number)?;
    if row.beside.all.contains_key(&number) {
        return Err(AmiError::exists("policy version", &format!("v{number}"), "version_id"));
    }
    if row.beside.all.len() >= rules::MAX_VERSIONS {
        return Err(rules::limit_exceeded("versions of one policy", rules::MAX_VERSIONS));
    }
    let version = VersionRow { document: tx.state.put_document(document), create_date: tx.now };
    row.beside.all.insert(number, version);
    row.beside.next = row.beside.next.max(number + 1);
    // The first document of a policy that was known by name only is in force at once.
    if set_as_default || row.beside.default.is_none() {
        row.beside.default = Some(number);
        row.stored.value.update_date = tx.now;
    }
    row.stored.version += 1;
    row.stored.updated_at = tx.now;
    let saved = version_of(tx.state, &row.beside, number, &version);
    tx.room_mut().policies.put(row)?;
    Ok(saved)
}

pub fn get(tx: Reading<'_>, arn: &str, version_id: &str) -> Option<PolicyVersion> {
    let policy = tx.room().policies.identified("arn", arn)?;
    let number = PolicyVersion::number(version_id)?;
    policy.beside.all.get(&number).map(|version| version_of(tx.state, &policy.beside, number, version))
}

pub fn list(tx: Reading<'_>, arn: &str) -> Result<Vec<PolicyVersion>> {
    let policy = tx.room().policy(arn)?;
    let newest_first = policy.beside.all.iter().rev();
    Ok(newest_first.map(|(number, version)| version_of(tx.state, &policy.beside, *number, version)).collect())
}

pub fn delete(tx: &mut Writing<'_>, arn: &str, version_id: &str) -> Result<()> {
    let room = tx.room_mut();
    let policy = room.policy(arn)?;
    let number = present(policy, version_id)?;
    if policy.beside.default == Some(number) {
        return Err(AmiError::UnmodifiableEntity {
            resource: format!("policy version {version_id}"),
            reason: "This is the default version. Make another one the default first.".into(),
        });
    }
    let id = policy.id();
    room.policies.change(id, |policy| {
        policy.beside.all.remove(&number);
    });
    Ok(())
}

pub fn set_default(tx: &mut Writing<'_>, arn: &str, version_id: &str) -> Result<()> {
    let now = tx.now;
    let room = tx.room_mut();
    let policy = room.policy(arn)?;
    let (id, number) = (policy.id(), present(policy, version_id)?);
    room.policies.change(id, |policy| {
        policy.beside.default = Some(number);
        policy.stored.value.update_date = now;
        policy.stored.version += 1;
        policy.stored.updated_at = now;
    });
    Ok(())
}
