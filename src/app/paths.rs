//! Every path of the console, in one place.

use crate::tenant::TenantPath;
use crate::wire::encode::segment;

/// The sign-in page.
pub const LOGIN: &str = "/login";
/// Password, sessions, access of the person who is signed in.
pub const ACCOUNT: &str = "/account";

/// Find a tenant by a part of its name.
pub const JUMP: &str = "/jump";

/// A path inside a tenant; `rest` begins with a slash or is empty.
pub fn tenant(path: &TenantPath, rest: &str) -> String {
    format!("/t/{path}{rest}")
}

/// The path of a named object: `section` as in `users`, and the name as one encoded segment.
pub fn object(path: &TenantPath, section: &str, name: &str) -> String {
    format!("/t/{path}/{section}/{}", segment(name))
}

/// A tab of a named object.
pub fn tab(path: &TenantPath, section: &str, name: &str, tab: &str) -> String {
    format!("/t/{path}/{section}/{}/{tab}", segment(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_one_segment() {
        let path: TenantPath = "acme.eng".parse().expect("valid");
        assert_eq!(object(&path, "users", "a+b@c"), "/t/acme.eng/users/a%2Bb@c");
        assert_eq!(tab(&path, "policies", "eng/core/P", "versions"), "/t/acme.eng/policies/eng%2Fcore%2FP/versions");
    }
}
