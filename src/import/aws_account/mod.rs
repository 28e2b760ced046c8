//! Reads the dump of an AWS account: the output of `aws iam get-account-authorization-details`.
//!
//! A dump is read twice. [`Dump::open`] checks all of it and keeps only a small index, so that everything wrong is
//! known, with its place, before anything is applied; [`Dump::entries`] then gives the entries one by one. Neither
//! holds more than one entry at a time, so the size of the file does not matter; its order does not either. A file that
//! changed in between is noticed at its end, so what was read before then must not have been committed.
//!
//! Accepted is what AWS writes (AWS IAM API Reference, *GetAccountAuthorizationDetails*) through any of its tools:
//! documents as objects, URL-encoded or plain strings; times in several forms; fields that are absent or null where
//! they are empty; lists in any order, some of them missing. Names, ARNs, ids and documents are kept byte for byte.
//! Whether a policy document can be read is the policy engine's to say and is passed in as a function.
//!
//! Deliberately absent: stores, clocks, the network, the merge with what a tenant holds. Start at [`Dump`].

mod arn;
mod document;
mod entry;
mod error;
mod fields;
mod frame;
mod index;
mod model;
mod parts;
mod place;
mod policy;
mod scan;
mod summary;
mod time;

#[cfg(test)]
mod tests;

use std::io::{Read, Seek};

pub use document::{MAX_DOCUMENT_BYTES, PolicyCheck, PolicyFault, PolicyUse};
pub use error::{DumpError, DumpWarning, ErrorCode, MAX_LISTED, Rejection, WarningCode};
pub use frame::MAX_DEPTH;
pub use model::{
    AWS, Attachment, Entry, Grants, Group, Identity, InlinePolicy, ManagedPolicy, PolicyVersion, Role, RoleLastUsed,
    Tag, User,
};
pub use place::{Kind, Place};
pub use scan::MAX_ENTRY_BYTES;
pub use summary::{Counts, Summary, UnknownPolicy};

use entry::{Parsed, parse};
use error::Report;
use index::Index;
use scan::{Item, Scanner};

/// How to read a dump.
#[derive(Clone, Copy)]
pub struct Options<'c> {
    /// Read this account's entries, and AWS-managed policies, only: twelve digits. Entries of other accounts are passed
    /// over unread but for their ARN.
    pub account: Option<&'c str>,
    /// Says whether the policy engine can read a document.
    pub check_policy: PolicyCheck<'c>,
}

/// A dump that was found valid, ready to be read.
#[derive(Debug)]
pub struct Dump<R> {
    reader: R,
    account: Option<String>,
    summary: Summary,
    hash: [u8; 32],
}

impl<R: Read + Seek> Dump<R> {
    /// Checks a dump from its first byte to its last.
    ///
    /// # Errors
    /// Everything that is wrong with it, up to [`MAX_LISTED`] errors; what is not JSON ends the search.
    pub fn open(mut reader: R, options: &Options<'_>) -> Result<Self, Rejection> {
        let mut report = Report::new(Some(options.check_policy));
        let mut index = Index::new();
        let mut counts = Counts::default();
        let mut skipped = 0;

        let mut scanner = rewound(&mut reader).map_err(Rejection::one)?;
        while let Some(item) = next(&mut scanner, &mut report)? {
            match item {
                Item::Fault(fault) => report.add(|| fault),
                Item::Incomplete => {
                    let message = "The dump says that it is one page of several.";
                    report.warn("/IsTruncated", WarningCode::IncompleteDump, message);
                }
                Item::Entry(place, raw) => match parse(place, raw, options.account, &mut report) {
                    None => skipped += 1,
                    Some(Parsed { identity, references, entry }) => {
                        index.add(place, identity.as_ref(), references, &mut report);
                        entry.iter().for_each(|entry| counts.add(entry));
                    }
                },
            }
        }
        let (size_bytes, hash) = scanner.fingerprint();
        if index.has_unresolved() {
            let scanner = rewound(&mut reader).map_err(Rejection::one)?;
            locate_unresolved(scanner, &index, options.account, &mut report)?;
        }
        let (accounts, unknown_policies) = index.finish();
        let absent = options.account.filter(|wanted| !accounts.iter().any(|id| id == wanted));
        if let Some(wanted) = absent.filter(|_| report.errors.is_empty()) {
            report.add(|| {
                let message = format!("The dump holds nothing of the account {}.", error::excerpt(wanted));
                DumpError::of_file(ErrorCode::UnknownAccount, message)
            });
        }
        if !report.errors.is_empty() {
            return Err(rejection(report));
        }
        for policy in &unknown_policies {
            let message = format!(
                "The dump does not hold the AWS-managed policy {}. Decisions that need it say so and deny.",
                policy.arn
            );
            report.warn(&policy.pointer, WarningCode::DocumentUnknown, message);
        }
        let summary = Summary {
            counts,
            accounts,
            skipped,
            unknown_policies,
            warnings: report.warnings,
            warnings_omitted: report.warnings_omitted,
            size_bytes,
            sha256: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        Ok(Self { reader, account: options.account.map(str::to_owned), summary, hash })
    }

    /// What the dump holds.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The entries of the given kinds, in the order of the file, from its beginning. Others are passed over quickly, so
    /// what needs policies before users reads the dump once for each.
    ///
    /// # Errors
    /// [`ErrorCode::Unreadable`] if the file cannot be read again.
    pub fn entries<'d>(&'d mut self, kinds: &'d [Kind]) -> Result<Entries<'d, &'d mut R>, DumpError> {
        let scanner = rewound(&mut self.reader)?;
        Ok(Entries { scanner, account: self.account.as_deref(), kinds, hash: self.hash, is_over: false })
    }
}

/// Reads a dump entry by entry; see [`Dump::entries`].
///
/// An error is the last item: the file became unreadable, or is not the one that was checked. What came before it is
/// then not to be trusted.
pub struct Entries<'d, R> {
    scanner: Scanner<R>,
    account: Option<&'d str>,
    kinds: &'d [Kind],
    hash: [u8; 32],
    is_over: bool,
}

impl<R: Read> Iterator for Entries<'_, R> {
    type Item = Result<(Place, Entry), DumpError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let found = self.read().transpose();
        self.is_over = !matches!(found, Some(Ok(_)));
        found
    }
}

impl<R: Read> Entries<'_, R> {
    fn read(&mut self) -> Result<Option<(Place, Entry)>, DumpError> {
        while let Some(item) = self.scanner.item().map_err(unless_unreadable)? {
            match item {
                Item::Entry(place, raw) if self.kinds.contains(&place.kind) => {
                    match parse(place, raw, self.account, &mut Report::new(None)) {
                        None => {}
                        Some(Parsed { entry: Some(entry), .. }) => return Ok(Some((place, entry))),
                        Some(Parsed { entry: None, .. }) => return Err(changed()),
                    }
                }
                Item::Entry(..) | Item::Incomplete => {}
                Item::Fault(_) => return Err(changed()),
            }
        }
        if self.scanner.fingerprint().1 == self.hash { Ok(None) } else { Err(changed()) }
    }
}

/// The check found nothing wrong with the file that it read, so a fault is a change.
fn unless_unreadable(error: DumpError) -> DumpError {
    if error.code == ErrorCode::Unreadable { error } else { changed() }
}

fn changed() -> DumpError {
    DumpError::of_file(ErrorCode::Changed, "The file changed after it was checked. Check it again.")
}

fn rewound<R: Read + Seek>(reader: &mut R) -> Result<Scanner<&mut R>, DumpError> {
    reader.rewind().map_err(|error| {
        DumpError::of_file(ErrorCode::Unreadable, format!("The file cannot be read from its beginning: {error}."))
    })?;
    Ok(Scanner::new(reader))
}

/// The next item of a dump being checked. What ends the reading early comes with all that was found before.
fn next<'s, R: Read>(scanner: &'s mut Scanner<R>, report: &mut Report<'_>) -> Result<Option<Item<'s>>, Rejection> {
    if report.is_full() {
        return Err(rejection(std::mem::replace(report, Report::new(None))));
    }
    scanner.item().map_err(|fault| {
        report.add(|| fault);
        rejection(std::mem::replace(report, Report::new(None)))
    })
}

fn rejection(report: Report<'_>) -> Rejection {
    Rejection { more: report.is_full(), errors: report.errors }
}

/// Reads the dump once more for the places of references that lead nowhere. The index knows only that there are some:
/// keeping every reference's place would cost more than all else.
fn locate_unresolved<R: Read>(
    mut scanner: Scanner<R>,
    index: &Index,
    account: Option<&str>,
    report: &mut Report<'_>,
) -> Result<(), Rejection> {
    while let Some(item) = next(&mut scanner, report)? {
        let Item::Entry(place, raw) = item else { continue };
        let parsed = parse(place, raw, account, &mut Report::new(None));
        let Some(Parsed { identity: Some(identity), references, .. }) = parsed else { continue };
        for fault in references.iter().filter_map(|reference| index.fault(place, &identity.account, reference)) {
            report.add(|| fault);
        }
    }
    Ok(())
}
