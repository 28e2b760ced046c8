//! Policy documents: from the forms a dump has them in to exact text.

use serde_json::value::RawValue;

use super::error::{ErrorCode, Report, excerpt};
use super::place::Pointer;

/// The longest document accepted, as text. AWS's own managed policies reach some 100 KB; indented by a tool, several
/// times that.
pub const MAX_DOCUMENT_BYTES: usize = 1 << 20;

/// What a document is for, which decides what it must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyUse {
    /// A version of a managed policy.
    Managed,
    /// Embedded in a user, group or role.
    Inline,
    /// A role's trust policy: it names principals and no resources.
    Trust,
}

/// Why the policy engine cannot read a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFault {
    /// JSON pointer within the document, `""` for the whole.
    pub pointer: String,
    /// A sentence for people.
    pub message: String,
}

/// The policy engine's word on whether it can *read* a document: it is decided on if so, acceptable by the console's
/// own rules or not.
pub type PolicyCheck<'c> = &'c dyn Fn(&str, PolicyUse) -> Result<(), PolicyFault>;

/// The exact text of the document at `at`, once the policy engine has found it readable.
///
/// A dump has a document as a JSON object (AWS CLI, most tools: kept byte for byte, white space included), as a
/// URL-encoded string (raw API; AWS IAM API Reference, *GetAccountAuthorizationDetails*: encoded by RFC 3986, so `+` is
/// itself) or as a plain string.
pub(super) fn document(raw: &RawValue, at: &Pointer<'_>, usage: PolicyUse, report: &mut Report<'_>) -> Option<String> {
    let is_object = raw.get().starts_with('{');
    let text = if is_object {
        raw.get().to_owned()
    } else {
        let Ok(text) = serde_json::from_str::<String>(raw.get()) else {
            report.error(at, ErrorCode::WrongType, "A policy document is an object, or its text as a string.");
            return None;
        };
        from_string(text, at, report)?
    };
    if text.len() > MAX_DOCUMENT_BYTES {
        report.error(
            at,
            ErrorCode::Oversized,
            format!("The policy document is larger than {} KB.", MAX_DOCUMENT_BYTES >> 10),
        );
        return None;
    }
    if let Err(fault) = report.check_policy(&text, usage) {
        report.add(|| {
            let whole = at.to_string();
            let (pointer, message) = match (is_object, fault.pointer.as_str()) {
                (true, within) => (format!("{whole}{within}"), fault.message),
                // Nothing within a string has a pointer of its own in the file.
                (false, "") => (whole, fault.message),
                (false, within) => (whole, format!("At {within} in the document: {}", fault.message)),
            };
            super::error::DumpError { pointer, code: ErrorCode::InvalidPolicy, message }
        });
        return None;
    }
    Some(text)
}

fn from_string(text: String, at: &Pointer<'_>, report: &mut Report<'_>) -> Option<String> {
    // Encoded text cannot begin with a brace: RFC 3986 has no unreserved one.
    let text = if text.trim_start().starts_with('{') {
        text
    } else {
        match percent_decoded(&text) {
            Some(decoded) => decoded,
            None => {
                let message = format!("The policy document is neither JSON nor URL-encoded JSON: {}.", excerpt(&text));
                report.error(at, ErrorCode::InvalidPolicy, message);
                return None;
            }
        }
    };
    if text.contains('\0') {
        report.error(at, ErrorCode::NulCharacter, "The policy document holds a NUL character.");
        return None;
    }
    match serde_json::from_str::<&RawValue>(&text) {
        Ok(value) if value.get().starts_with('{') => Some(text),
        Ok(_) => {
            report.error(at, ErrorCode::InvalidPolicy, "The policy document is not a JSON object.");
            None
        }
        Err(error) => {
            report.error(
                at,
                ErrorCode::InvalidPolicy,
                format!("The policy document is not well-formed JSON: {error}."),
            );
            None
        }
    }
}

/// Undoes URL encoding; `None` if a `%` is not followed by two hexadecimal digits or the result is not UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(if byte == b'%' { hex(bytes.next()?)? << 4 | hex(bytes.next()?)? } else { byte });
    }
    String::from_utf8(decoded).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_decoding_is_strict_and_leaves_plus_alone() {
        assert_eq!(percent_decoded("%7B%22a%22%3A%20%22b+c%22%7d").as_deref(), Some(r#"{"a": "b+c"}"#));
        assert_eq!(percent_decoded("%C3%A9").as_deref(), Some("é"));
        for broken in ["%", "%7", "%zz", "%+1", "%C3", "%é"] {
            assert_eq!(percent_decoded(broken), None, "{broken}");
        }
    }
}
