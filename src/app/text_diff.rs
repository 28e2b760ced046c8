//! Line diffs: of documents, and of an event's before and after.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::ui::DiffLine;

/// Lines that stand between two changes without being shown.
const CONTEXT: usize = 3;

/// A line diff, with three lines of context around each change.
pub fn of_texts(old: &str, new: &str) -> Vec<DiffLine> {
    let diff = TextDiff::from_lines(old, new);
    let mut lines = Vec::new();
    for (at, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if at > 0 {
            lines.push(DiffLine::gap("…"));
        }
        for op in group {
            for change in diff.iter_changes(op) {
                let text = change.value().trim_end_matches(['\n', '\r']).to_owned();
                let (old, new) = (change.old_index().map_or(0, |n| n + 1), change.new_index().map_or(0, |n| n + 1));
                lines.push(match change.tag() {
                    ChangeTag::Equal => DiffLine::same(old, new, text),
                    ChangeTag::Delete => DiffLine::removed(old, text),
                    ChangeTag::Insert => DiffLine::added(new, text),
                });
            }
        }
    }
    lines
}

/// A diff of two objects by their pretty-printed JSON; what only counts changes is left out.
pub fn of_json(before: Option<&Value>, after: Option<&Value>) -> Vec<DiffLine> {
    let text = |value: Option<&Value>| value.map(|value| readable(value.clone())).unwrap_or_default();
    of_texts(&text(before), &text(after))
}

fn readable(mut value: Value) -> String {
    if let Value::Object(fields) = &mut value {
        fields.remove("version");
        fields.remove("updated_at");
        // The envelope says little: its value is what people know as the object.
        if let Some(Value::Object(inner)) = fields.remove("value") {
            fields.extend(inner);
        }
        for field in fields.values_mut() {
            // A policy document is easier to compare line by line than as one string.
            if let Value::String(text) = field
                && text.trim_start().starts_with('{')
                && let Ok(document) = serde_json::from_str(text)
            {
                *field = document;
            }
        }
    }
    serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::DiffKind;

    #[test]
    fn only_what_changed_is_marked() {
        let before = serde_json::json!({ "version": 1, "value": { "name": "a", "path": "/" } });
        let after = serde_json::json!({ "version": 2, "value": { "name": "b", "path": "/" } });
        let lines = of_json(Some(&before), Some(&after));
        let changed: Vec<&str> =
            lines.iter().filter(|line| line.kind != DiffKind::Same).map(|line| line.text.trim()).collect();
        assert_eq!(changed, ["\"name\": \"a\",", "\"name\": \"b\","]);
    }

    #[test]
    fn a_creation_is_all_additions() {
        let lines = of_json(None, Some(&serde_json::json!({ "name": "a" })));
        assert!(!lines.is_empty() && lines.iter().all(|line| line.kind == DiffKind::Added));
    }
}
