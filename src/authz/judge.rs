//! Who decides: the policy engine, always. Tests of the second wall take the first one away.

/// Who decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Judge {
    /// The policy engine, by what the actor holds.
    #[default]
    Engine,
    /// Nobody: whoever is signed in may do everything. With it a test shows that the database alone keeps tenants
    /// apart. No optimised build and no build without the contract suite has this variant.
    #[cfg(all(feature = "contract", debug_assertions))]
    AllowEverything,
}

impl Judge {
    /// Whether nothing is refused.
    pub(super) const fn allows_everything(self) -> bool {
        !matches!(self, Self::Engine)
    }
}
