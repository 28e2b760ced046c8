//! The four store traits of the architecture, and the three that the console adds: records (audit and bin), imports and directory.
//!
//! A *part* implements one trait and is bound to one tenant and, inside a unit of work, to its transaction. Reads take
//! `&self`, writes `&mut self`. Conventions for every part: a create never overwrites; a get of an absent key is
//! `None`; a change of an absent key is [`ResourceNotFound`](crate::AmiError::ResourceNotFound); names compare without
//! case; lists are paged and ordered; whatever checks a limit does so in the same transaction as the write.

pub mod directory;
pub mod iam;
pub mod import;
pub mod records;
pub mod sso_admin;
pub mod sts;

pub use crate::tenant::store::TenantStore;
pub use directory::{
    AccessEntry, Administrator, AuthorityRow, AuthoritySource, Directory, GroupGrant, SignInEntry, TenantHit,
};
pub use iam::{IamStore, ListFilter, PolicyScope, Taggable};
pub use import::{Body, Held, ImportMark, ImportStore, PutWhole, VisitMark, Whole, WholeKey};
pub use records::{BinItem, BinRelations, RecordStore};
pub use sso_admin::{NewAssignment, SsoAdminStore};
pub use sts::StsStore;
