//! Reading one object of a dump, field by field, with every fault reported at its pointer.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::arn::NativeArn;
use super::error::{ErrorCode, Report, excerpt};
use super::place::{Kind, Pointer};
use super::time::timestamp;

/// The most fields that an object of the dump's own may have; AWS's have up to a dozen. Keeps the search for keys
/// short.
const MAX_FIELDS: usize = 100;

/// The fields of one object, their values still unread. `null` counts as absent: tools write it where AWS writes
/// nothing.
pub(super) struct Fields<'a, 'p> {
    pub at: Pointer<'p>,
    fields: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a, 'p> Fields<'a, 'p> {
    /// Opens `raw`, which must be an object without a key that comes twice.
    pub fn read(raw: &'a RawValue, at: Pointer<'p>, report: &mut Report<'_>) -> Option<Self> {
        if !raw.get().starts_with('{') {
            report.error(&at, ErrorCode::WrongType, "This must be an object.");
            return None;
        }
        let Object(fields) = match serde_json::from_str(raw.get()) {
            Ok(object) => object,
            Err(error) => {
                report.error(&at, ErrorCode::MalformedJson, format!("A key of this object cannot be read: {error}."));
                return None;
            }
        };
        if fields.len() > MAX_FIELDS {
            report.error(&at, ErrorCode::LimitExceeded, format!("This object has more than {MAX_FIELDS} fields."));
            return None;
        }
        for (index, (key, _)) in fields.iter().enumerate() {
            if fields[..index].iter().any(|(earlier, _)| earlier == key) {
                let message = format!("The key {} is here twice.", excerpt(key));
                report.error(&Pointer::Key(&at, key), ErrorCode::DuplicateKey, message);
                return None;
            }
        }
        Some(Self { at, fields })
    }

    /// The value of `key`, unless absent or null.
    pub fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.fields.iter().find(|(name, _)| name == key).map(|(_, value)| *value).filter(|value| value.get() != "null")
    }

    /// The value of `key`, which must be there.
    pub fn required(&self, key: &str, report: &mut Report<'_>) -> Option<&'a RawValue> {
        let value = self.get(key);
        if value.is_none() {
            report.error(&Pointer::Key(&self.at, key), ErrorCode::MissingField, format!("`{key}` is missing."));
        }
        value
    }

    pub fn text(&self, key: &str, report: &mut Report<'_>) -> Option<String> {
        self.required(key, report).and_then(|raw| text(raw, &Pointer::Key(&self.at, key), report))
    }

    pub fn optional_text(&self, key: &str, report: &mut Report<'_>) -> Option<String> {
        self.get(key).and_then(|raw| text(raw, &Pointer::Key(&self.at, key), report))
    }

    /// A text with at most `longest` characters.
    pub fn optional_short_text(&self, key: &str, longest: usize, report: &mut Report<'_>) -> Option<String> {
        let text = self.optional_text(key, report)?;
        if text.chars().count() > longest {
            let message = format!("`{key}` has more than {longest} characters.");
            report.error(&Pointer::Key(&self.at, key), ErrorCode::LimitExceeded, message);
            return None;
        }
        Some(text)
    }

    pub fn time(&self, key: &str, report: &mut Report<'_>) -> Option<DateTime<Utc>> {
        self.required(key, report)?;
        self.optional_time(key, report)
    }

    pub fn optional_time(&self, key: &str, report: &mut Report<'_>) -> Option<DateTime<Utc>> {
        let raw = self.get(key)?;
        let time = timestamp(raw);
        if time.is_none() {
            let message = format!("`{key}` is not a time with an offset from UTC: {}.", excerpt(raw.get()));
            report.error(&Pointer::Key(&self.at, key), ErrorCode::InvalidTimestamp, message);
        }
        time
    }

    /// A value of a type that serde reads; `what` completes "must be …".
    pub fn optional<T: Deserialize<'a>>(&self, key: &str, what: &str, report: &mut Report<'_>) -> Option<T> {
        let raw = self.get(key)?;
        let value = serde_json::from_str(raw.get()).ok();
        if value.is_none() {
            report.error(&Pointer::Key(&self.at, key), ErrorCode::WrongType, format!("`{key}` must be {what}."));
        }
        value
    }

    /// The elements of a list; none if it is absent.
    pub fn list(&self, key: &str, report: &mut Report<'_>) -> Vec<&'a RawValue> {
        self.optional(key, "a list", report).unwrap_or_default()
    }

    /// The ARN of a managed policy.
    pub fn policy_arn(&self, key: &str, report: &mut Report<'_>) -> Option<String> {
        let arn = self.text(key, report)?;
        if NativeArn::parse(&arn, Kind::Policy).is_none() {
            let message = format!("{} is not the ARN of a managed policy.", excerpt(&arn));
            report.error(&Pointer::Key(&self.at, key), ErrorCode::InvalidArn, message);
            return None;
        }
        Some(arn)
    }
}

/// A string without NUL.
pub(super) fn text(raw: &RawValue, at: &Pointer<'_>, report: &mut Report<'_>) -> Option<String> {
    if !raw.get().starts_with('"') {
        report.error(at, ErrorCode::WrongType, "This must be a string.");
        return None;
    }
    match serde_json::from_str::<String>(raw.get()) {
        Ok(text) if text.contains('\0') => {
            report.error(at, ErrorCode::NulCharacter, "This text holds a NUL character.");
            None
        }
        Ok(text) => Some(text),
        // Well-formed by the scanner's standard: only an unpaired surrogate is left.
        Err(error) => {
            report.error(at, ErrorCode::MalformedJson, format!("This string cannot be read: {error}."));
            None
        }
    }
}

/// An object's keys and values in their order, so that a key that comes twice is seen.
struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;

        impl<'de> Visitor<'de> for Keys {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::with_capacity(12);
                while let Some(Key(key)) = map.next_key()? {
                    fields.push((key, map.next_value()?));
                }
                Ok(Object(fields))
            }
        }

        deserializer.deserialize_map(Keys)
    }
}

/// A key, borrowed from the file's text unless it has escapes.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
