//! The identity model: users, groups, roles, policies and what hangs on them, as the store architecture names them.
//!
//! These are the types a store takes and gives. The seed's types (`User`, `Group`, `Role`, `Policy`) keep exactly its
//! fields; what the console needs besides travels around them in [`Stored`]. Rules of names, paths and tags live in
//! [`validate`]. No I/O here, and nothing that only one side of the wire could compile.

pub mod group;
pub mod login_profile;
pub mod policy;
pub mod role;
pub mod stored;
pub mod tag;
pub mod user;
pub mod validate;

pub use group::Group;
pub use login_profile::LoginProfile;
pub use policy::{AttachedPolicy, InlinePolicy, OwnPolicies, Policy, PolicyEntity, PolicyVersion};
pub use role::{Role, RoleLastUsed};
pub use stored::{Owner, OwnerKind, Person, Stored};
pub use tag::Tag;
pub use user::{ProviderConfig, User};
