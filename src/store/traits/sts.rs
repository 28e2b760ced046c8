//! The part of a store for temporary credentials.

/// Temporary credentials of one tenant. Its operations come with the sessions they serve; today it names its account.
pub trait StsStore: Send + Sync {
    /// The 12-digit account id of the tenant.
    fn account_id(&self) -> &str;
}
