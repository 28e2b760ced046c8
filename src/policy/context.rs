//! The request context: what is known about a request besides who, what and on what.

use std::hash::{Hash, Hasher};

/// What a context says about one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence<'a> {
    /// The key has these values; never none.
    Known(&'a [Box<str>]),
    /// The key is not in the request.
    Absent,
    /// The key may be in the request or not, with whatever value: nobody knows yet.
    Unknown,
}

/// The keys of a request and their values.
///
/// Key names compare without case, tag keys included (AWS IAM User Guide, *IAM JSON policy elements: Condition*). A key with
/// no values is the same as an absent key. Keys that were never set are absent, unless the context is made by
/// [`Context::open`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    /// Sorted by key.
    entries: Vec<(ContextKey, Entry)>,
    others_unknown: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Entry {
    Known(Box<[Box<str>]>),
    Absent,
    Unknown,
}

impl Context {
    /// A context in which every key is absent that is not set.
    pub fn new() -> Context {
        Context::default()
    }

    /// A context in which every key is unknown that is not set: for analyses.
    pub fn open() -> Context {
        Context { entries: Vec::new(), others_unknown: true }
    }

    /// Sets a key with one value.
    pub fn set(&mut self, key: &str, value: impl Into<Box<str>>) -> &mut Context {
        self.set_all(key, [value.into()])
    }

    /// Sets a key with any number of values; with none it becomes absent.
    pub fn set_all(&mut self, key: &str, values: impl IntoIterator<Item = impl Into<Box<str>>>) -> &mut Context {
        let values: Box<[Box<str>]> = values.into_iter().map(Into::into).collect();
        let entry = if values.is_empty() { Entry::Absent } else { Entry::Known(values) };
        self.put(key, entry)
    }

    /// Says that a key is not in the request.
    pub fn set_absent(&mut self, key: &str) -> &mut Context {
        self.put(key, Entry::Absent)
    }

    /// Says that nothing is known about a key.
    pub fn set_unknown(&mut self, key: &str) -> &mut Context {
        self.put(key, Entry::Unknown)
    }

    /// What is known about a key.
    pub fn get(&self, key: &str) -> Presence<'_> {
        self.look_up(&ContextKey::new(key))
    }

    /// The keys that have values, in lower case, with them; sorted by an inner order.
    pub fn known(&self) -> impl Iterator<Item = (&str, &[Box<str>])> {
        self.entries.iter().filter_map(|(key, entry)| match entry {
            Entry::Known(values) => Some((&*key.name, &**values)),
            _ => None,
        })
    }

    pub(crate) fn look_up(&self, key: &ContextKey) -> Presence<'_> {
        match self.entries.binary_search_by(|(other, _)| other.cmp(key)) {
            Ok(at) => match &self.entries[at].1 {
                Entry::Known(values) => Presence::Known(values),
                Entry::Absent => Presence::Absent,
                Entry::Unknown => Presence::Unknown,
            },
            Err(_) if self.others_unknown => Presence::Unknown,
            Err(_) => Presence::Absent,
        }
    }

    fn put(&mut self, key: &str, entry: Entry) -> &mut Context {
        let key = ContextKey::new(key);
        match self.entries.binary_search_by(|(other, _)| other.cmp(&key)) {
            Ok(at) => self.entries[at].1 = entry,
            Err(at) => self.entries.insert(at, (key, entry)),
        }
        self
    }
}

/// A key name in lower case, with a hash before it so that comparing two names is nearly always comparing two numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ContextKey {
    hash: u64,
    pub(crate) name: Box<str>,
}

impl ContextKey {
    pub(crate) fn new(name: &str) -> ContextKey {
        let name: Box<str> = name.to_lowercase().into();
        let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
        name.hash(&mut hasher);
        ContextKey { hash: hasher.finish(), name }
    }
}

/// Fowler, Noll and Vo's hash 1a: the same on every machine, which the standard library's does not promise.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_compare_without_case_and_the_last_word_counts() {
        let mut context = Context::new();
        context
            .set("aws:PrincipalTag/Team", "a")
            .set("AWS:principaltag/team", "b")
            .set_all("aws:TagKeys", Vec::<&str>::new());
        assert_eq!(context.get("aws:principaltag/TEAM"), Presence::Known(&["b".into()]));
        assert_eq!(context.get("aws:TagKeys"), Presence::Absent);
        assert_eq!(context.get("aws:username"), Presence::Absent);
    }

    #[test]
    fn an_open_context_does_not_know_what_was_not_set() {
        let mut context = Context::open();
        context.set_absent("aws:username");
        assert_eq!(context.get("aws:UserName"), Presence::Absent);
        assert_eq!(context.get("aws:SourceIp"), Presence::Unknown);
    }
}
