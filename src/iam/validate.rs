//! Grammar of names, paths, tags and the like (AWS IAM User Guide, *IAM and AWS STS quotas*; API Reference, patterns).
//!
//! Each function gives a whole sentence that can stand under a field.

use std::collections::BTreeSet;

use super::{Tag, tag};

/// The most tags on one entity.
pub const MAX_TAGS: usize = 50;

/// A name as of [`name_form`]. `root`, in any case, is reserved.
pub fn name(text: &str, max: usize) -> Result<(), String> {
    name_form(text, max)?;
    if text.eq_ignore_ascii_case("root") {
        return Err("The name “root” is reserved.".into());
    }
    Ok(())
}

/// A name of 1 to `max` characters of `A-Z a-z 0-9 _ + = , . @ -`, the reserved one included: what a provider has named.
pub fn name_form(text: &str, max: usize) -> Result<(), String> {
    if text.is_empty() {
        return Err("Enter a name.".into());
    }
    if let Some(bad) = text.chars().find(|c| !(c.is_ascii_alphanumeric() || "_+=,.@-".contains(*c))) {
        return Err(format!("{} cannot be part of a name. Use letters A–Z, digits and _ + = , . @ -.", describe(bad)));
    }
    if text.len() > max {
        return Err(format!("A name may have {max} characters at most; this one has {}.", text.len()));
    }
    Ok(())
}

/// A path: `/`, or `/…/` of the characters `!` to `~`, without `//`, 512 at most.
pub fn path(text: &str) -> Result<(), String> {
    if !text.starts_with('/') || !text.ends_with('/') {
        return Err("A path begins and ends with “/”, as in /engineering/.".into());
    }
    if text.len() > 512 {
        return Err(format!("A path may have 512 characters at most; this one has {}.", text.len()));
    }
    if text.contains("//") {
        return Err("A path cannot hold an empty part (“//”).".into());
    }
    match text.chars().find(|c| !('!'..='~').contains(c)) {
        Some(bad) => Err(format!("{} cannot be part of a path.", describe(bad))),
        None => Ok(()),
    }
}

/// Free text of at most `max` characters, without control characters other than line breaks and tabs.
pub fn text(text: &str, max: usize) -> Result<(), String> {
    let length = text.chars().count();
    if length > max {
        return Err(format!("At most {max} characters fit here; this has {length}."));
    }
    match text.chars().find(|c| c.is_control() && !"\n\r\t".contains(*c)) {
        Some(bad) => Err(format!("{} cannot be stored here.", describe(bad))),
        None => Ok(()),
    }
}

/// An e-mail address, loosely: one `@` with something on both sides and no blanks; 254 characters at most.
pub fn email(address: &str) -> Result<(), String> {
    text(address, 254)?;
    let parts: Vec<&str> = address.split('@').collect();
    let fits = parts.len() == 2 && parts.iter().all(|part| !part.is_empty()) && !address.contains(char::is_whitespace);
    if fits { Ok(()) } else { Err("An e-mail address looks like name@example.org.".into()) }
}

/// The tags of one entity after merging: at most [`MAX_TAGS`], keys unique without case, allowed characters.
pub fn tags(tags: &[Tag]) -> Result<(), String> {
    tag_count(tags.len())?;
    let mut keys = BTreeSet::new();
    for tag in tags {
        tag_key(&tag.key)?;
        if tag.value.chars().count() > 256 {
            return Err(format!("The value of the tag “{}” is longer than 256 characters.", tag.key));
        }
        tag_characters(&tag.value)?;
        if !keys.insert(tag.key.to_lowercase()) {
            return Err(format!("The tag key “{}” is there twice.", tag.key));
        }
    }
    Ok(())
}

/// How many tags one entity may have: at most [`MAX_TAGS`].
pub fn tag_count(count: usize) -> Result<(), String> {
    if count > MAX_TAGS {
        return Err(format!("At most {MAX_TAGS} tags fit on one entity; these would be {count}."));
    }
    Ok(())
}

fn tag_key(key: &str) -> Result<(), String> {
    match key.chars().count() {
        0 => return Err("A tag needs a key.".into()),
        1..=128 => {}
        n => return Err(format!("A tag key may have 128 characters at most; this one has {n}.")),
    }
    if tag::is_reserved(key) {
        return Err("Tag keys that begin with “aws:” are reserved.".into());
    }
    tag_characters(key)
}

fn tag_characters(text: &str) -> Result<(), String> {
    match text
        .chars()
        .find(|c| !(c.is_alphanumeric() || c.is_whitespace() && !c.is_control() || "_.:/=+-@".contains(*c)))
    {
        Some(bad) => {
            Err(format!("{} cannot be part of a tag. Letters, digits, blanks and _ . : / = + - @ can.", describe(bad)))
        }
        None => Ok(()),
    }
}

/// A character as a person can recognise it, even an invisible one.
fn describe(c: char) -> String {
    match c {
        ' ' => "A blank".into(),
        '/' => "“/”".into(),
        c if c.is_control() || c.is_whitespace() || !c.is_ascii() && !c.is_alphabetic() => {
            format!("The character U+{:04X}", c as u32)
        }
        c => format!("“{c}”"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_grammar() {
        assert!(name("a.b+c=d,e@f_g-h", 64).is_ok());
        for bad in ["", "a b", "ä", "a/b", "a\0", "ROOT", &"x".repeat(65)] {
            assert!(name(bad, 64).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn paths_follow_the_grammar() {
        for good in ["/", "/eng/", "/eng/core/"] {
            assert!(path(good).is_ok(), "{good}");
        }
        for bad in ["", "eng/", "/eng", "//", "/a//b/", "/ä/", "/a b/"] {
            assert!(path(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn tags_are_counted_in_characters_and_compared_without_case() {
        assert!(tags(&[Tag::new("ä".repeat(128), "ü".repeat(256))]).is_ok());
        assert!(tags(&[Tag::new("ä".repeat(129), "")]).is_err());
        assert!(tags(&[Tag::new("Team", "a"), Tag::new("team", "b")]).is_err());
        assert!(tags(&[Tag::new("AWS:x", "a")]).is_err());
        assert!(tags(&[Tag::new("k", "<script>")]).is_err());
        assert!(tags(&(0..51).map(|n| Tag::new(format!("k{n}"), "")).collect::<Vec<_>>()).is_err());
    }
}
