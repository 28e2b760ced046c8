//! The part for imports in memory: marks and provider accounts here, whole entities in a file of their own.

use async_trait::async_trait;

use super::entity::Kept;
use super::handle::{Handle, Reading, Writing};
use super::whole;
use crate::store::provider::NativeKind;
use crate::store::traits::{Held, ImportMark, ImportStore, PutWhole, VisitMark, WholeKey};
use crate::store::{Result, rules};

/// Imports of a tenant, in memory.
#[derive(Clone)]
pub struct MemoryImportStore(pub(super) Handle);

#[async_trait]
impl ImportStore for MemoryImportStore {
    async fn find_whole(&self, kind: NativeKind, keys: &[WholeKey], _lock: bool) -> Result<Vec<Held>> {
        // A unit of work keeps other writers out by itself.
        self.0.read(|tx| Ok(whole::find(tx, kind, keys)))
    }
    async fn put_whole(&mut self, items: &[PutWhole]) -> Result<()> {
        self.0.write(|tx| whole::put(tx, items)).await
    }
    async fn find_marks(&self, arns: &[String]) -> Result<Vec<ImportMark>> {
        self.0.read(|tx| Ok(find(tx, arns)))
    }
    async fn each_mark(&self, account_id: &str, visit: VisitMark<'_>) -> Result<()> {
        self.0.read(|tx| {
            each(tx, account_id, visit);
            Ok(())
        })
    }
    async fn put_marks(&mut self, marks: &[ImportMark]) -> Result<()> {
        let put = |tx: &mut Writing<'_>| {
            put(tx, marks);
            Ok(())
        };
        self.0.write(put).await
    }
    async fn remove_marks(&mut self, arns: &[String]) -> Result<()> {
        let remove = |tx: &mut Writing<'_>| {
            remove(tx, arns);
            Ok(())
        };
        self.0.write(remove).await
    }
    async fn list_provider_accounts(&self) -> Result<Vec<(String, String)>> {
        self.0.read(|tx| Ok(tx.room().provider_accounts.iter().cloned().collect()))
    }
    async fn add_provider_account(&mut self, provider: &str, account_id: &str) -> Result<()> {
        let add = |tx: &mut Writing<'_>| {
            rules::provider_account(provider, account_id)?;
            tx.room_mut().provider_accounts.insert_mut((provider.to_owned(), account_id.to_owned()));
            Ok(())
        };
        self.0.write(add).await
    }
}

fn find(tx: Reading<'_>, arns: &[String]) -> Vec<ImportMark> {
    let arns: std::collections::BTreeSet<&String> = arns.iter().collect();
    arns.into_iter().filter_map(|arn| tx.room().import_marks.get(arn)).cloned().collect()
}

fn each(tx: Reading<'_>, account_id: &str, visit: VisitMark<'_>) {
    let room = tx.room();
    for mark in room.import_marks.values().filter(|mark| mark.account_id == account_id) {
        let held = match mark.kind {
            NativeKind::User => room.users.identified("arn", &mark.arn).map(Kept::id),
            NativeKind::Group => room.groups.identified("arn", &mark.arn).map(Kept::id),
            NativeKind::Role => room.roles.identified("arn", &mark.arn).map(Kept::id),
            NativeKind::Policy => room.policies.identified("arn", &mark.arn).map(Kept::id),
        };
        if let Some(id) = held {
            visit(mark.clone(), id);
        }
    }
}

fn put(tx: &mut Writing<'_>, marks: &[ImportMark]) {
    for mark in marks {
        tx.room_mut().import_marks.insert_mut(mark.arn.clone(), mark.clone());
    }
}

fn remove(tx: &mut Writing<'_>, arns: &[String]) {
    for arn in arns {
        tx.room_mut().import_marks.remove_mut(arn);
    }
}
