//! Native names as AWS writes them: ARNs, names, paths, ids.
//!
//! The rules are AWS's (AWS IAM API Reference, parameters of *CreateUser*, *CreateGroup*, *CreateRole*,
//! *CreatePolicy*), and where AWS's own dumps are looser, as loose as those.

use super::model::AWS;
use super::place::Kind;

/// The longest path, in characters.
const MAX_PATH: usize = 512;
/// The longest stable id, in characters.
const MAX_ID: usize = 128;

/// The parts of an IAM ARN: `arn:<partition>:iam::<account>:<kind><path><name>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NativeArn<'a> {
    /// Twelve digits, or [`AWS`] for a policy of AWS's.
    pub account: &'a str,
    pub path: &'a str,
    pub name: &'a str,
}

impl<'a> NativeArn<'a> {
    /// Takes an ARN of a `kind` apart.
    pub fn parse(arn: &'a str, kind: Kind) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let mut next = || parts.next();
        let (scheme, partition, service, region) = (next()?, next()?, next()?, next()?);
        let (account, resource) = (next()?, next()?);
        let partition_is_sound = (1..=32).contains(&partition.len())
            && partition.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let account_is_sound = is_account_id(account) || (kind == Kind::Policy && account == AWS);
        if scheme != "arn" || service != "iam" || !region.is_empty() || !partition_is_sound || !account_is_sound {
            return None;
        }
        let rest = resource.strip_prefix(kind.word())?;
        let (path, name) = rest.split_at(rest.rfind('/')? + 1);
        (is_path(path) && is_name(name, kind)).then_some(Self { account, path, name })
    }
}

/// Whether a policy ARN's account field says that AWS owns it.
pub(super) fn is_aws_managed(arn: &str) -> bool {
    arn.split(':').nth(4) == Some(AWS)
}

/// Twelve digits.
pub(super) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The longest name of a kind, in characters.
pub(super) const fn max_name(kind: Kind) -> usize {
    match kind {
        Kind::User | Kind::Role => 64,
        Kind::Group | Kind::Policy => 128,
    }
}

/// Letters and digits of ASCII and `_+=,.@-`, at least one, at most as many as the kind may have.
pub(super) fn is_name(text: &str, kind: Kind) -> bool {
    is_word(text, max_name(kind))
}

/// The same characters with another length: inline policies and instance profiles have up to 128.
pub(super) fn is_word(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte))
}

/// `/`, or visible ASCII that begins and ends with it.
pub(super) fn is_path(text: &str) -> bool {
    text.len() <= MAX_PATH
        && text.starts_with('/')
        && text.ends_with('/')
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Visible ASCII. AWS's own ids are `[A-Z2-7]{21}` today and were other things before.
pub(super) fn is_id(text: &str) -> bool {
    (1..=MAX_ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The number of a version id, `v<number>`; AWS allows a suffix, as in `v1.2-a`.
pub(super) fn version_number(id: &str) -> Option<u32> {
    let rest = id.strip_prefix('v')?;
    let (number, suffix) = rest.split_once('.').unwrap_or((rest, ""));
    let is_sound =
        !number.starts_with(['0', '+']) && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    number.parse().ok().filter(|_| is_sound && id.len() <= 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_comes_apart_into_account_path_and_name() {
        let cases = [
            (Kind::User, "arn:aws:iam::123456789012:user/ada", Some(("123456789012", "/", "ada"))),
            (Kind::Role, "arn:aws-cn:iam::123456789012:role/a/b/c", Some(("123456789012", "/a/b/", "c"))),
            (Kind::Policy, "arn:aws:iam::aws:policy/job-function/X", Some(("aws", "/job-function/", "X"))),
            (Kind::User, "arn:aws:iam::123456789012:user/x:y/ada", Some(("123456789012", "/x:y/", "ada"))),
            (Kind::User, "arn:aws:iam::aws:user/ada", None),
            (Kind::User, "arn:aws:iam::123456789012:role/ada", None),
            (Kind::User, "arn:aws:iam::123456789012:userada", None),
            (Kind::User, "arn:aws:iam::123456789012:user/", None),
            (Kind::User, "arn:aws:iam::123456789012:user", None),
            (Kind::User, "arn:aws:iam:us-east-1:123456789012:user/ada", None),
            (Kind::User, "arn:aws:s3::123456789012:user/ada", None),
            (Kind::User, "arn:aws:iam::12345678901:user/ada", None),
            (Kind::User, "arn::iam::123456789012:user/ada", None),
            (Kind::User, "ada", None),
            (Kind::User, "", None),
        ];
        for (kind, arn, parts) in cases {
            let parsed = NativeArn::parse(arn, kind).map(|arn| (arn.account, arn.path, arn.name));
            assert_eq!(parsed, parts, "{arn}");
        }
    }

    #[test]
    fn names_and_paths_follow_aws() {
        assert!(is_name("a_b+c=d,e.f@g-H9", Kind::User));
        assert!(is_name(&"n".repeat(64), Kind::User) && !is_name(&"n".repeat(65), Kind::User));
        assert!(is_name(&"n".repeat(128), Kind::Group) && !is_name(&"n".repeat(129), Kind::Group));
        for bad in ["", "a b", "é", "a/b", "a\0", "<script>"] {
            assert!(!is_name(bad, Kind::User), "{bad:?}");
        }
        assert!(is_path("/") && is_path("/a/b/") && is_path("/a//b/"));
        for bad in ["", "a", "/a", "a/", "/a b/", "/é/"] {
            assert!(!is_path(bad), "{bad:?}");
        }
    }

    #[test]
    fn version_ids_are_numbered() {
        assert_eq!(version_number("v1"), Some(1));
        assert_eq!(version_number("v12"), Some(12));
        assert_eq!(version_number("v1.2-a"), Some(1));
        for bad in ["", "v", "v0", "v01", "1", "v+1", "V1", "v1 ", "v1.é", "v99999999999"] {
            assert_eq!(version_number(bad), None, "{bad:?}");
        }
    }
}
