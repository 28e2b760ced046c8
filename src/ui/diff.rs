//! Two texts, line by line.

use leptos::prelude::*;

use super::words;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffKind {
    /// It is in both.
    Same,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Lines left out here; the text says how many.
    Gap,
}

/// A line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// What became of it.
    pub kind: DiffKind,
    /// Its number before, from 1.
    pub old: Option<usize>,
    /// Its number after, from 1.
    pub new: Option<usize>,
    /// Its text without the line end.
    pub text: String,
}

impl DiffLine {
    /// In both, `old` and `new` its numbers.
    pub fn same(old: usize, new: usize, text: impl Into<String>) -> Self {
        Self { kind: DiffKind::Same, old: Some(old), new: Some(new), text: text.into() }
    }

    /// Added as line `new`.
    pub fn added(new: usize, text: impl Into<String>) -> Self {
        Self { kind: DiffKind::Added, old: None, new: Some(new), text: text.into() }
    }

    /// Removed, line `old` of before.
    pub fn removed(old: usize, text: impl Into<String>) -> Self {
        Self { kind: DiffKind::Removed, old: Some(old), new: None, text: text.into() }
    }

    /// `text` in place of lines left out.
    pub fn gap(text: impl Into<String>) -> Self {
        Self { kind: DiffKind::Gap, old: None, new: None, text: text.into() }
    }

    fn row(self) -> AnyView {
        let (class, sign, word) = match self.kind {
            DiffKind::Gap => return view! { <tr class="gap"><td colspan="4">{self.text}</td></tr> }.into_any(),
            DiffKind::Same => (None, "", None),
            DiffKind::Added => (Some("added"), "+", Some(words::ADDED)),
            DiffKind::Removed => (Some("removed"), "−", Some(words::REMOVED)),
        };
        let text = match self.kind {
            DiffKind::Added => view! { <ins>{self.text}</ins> }.into_any(),
            DiffKind::Removed => view! { <del>{self.text}</del> }.into_any(),
            _ => self.text.into_any(),
        };
        let sign = word.map(|word| view! { <span aria-hidden="true">{sign}</span><span class="vh">{word}</span> });
        view! {
            <tr class=class>
                <td class="no">{self.old}</td>
                <td class="no">{self.new}</td>
                <td class="sign-cell">{sign}</td>
                <td class="text">{text}</td>
            </tr>
        }
        .into_any()
    }
}

/// Lines before and after, with signs as well as colours. `label` is what readers hear it called.
#[component]
pub fn Diff(#[prop(into)] label: String, lines: Vec<DiffLine>) -> impl IntoView {
    let rows = lines.into_iter().map(DiffLine::row).collect_view();
    view! { <table class="diff"><caption class="vh">{label}</caption><tbody>{rows}</tbody></table> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_a_word_and_a_sign() {
        let lines = vec![DiffLine::same(1, 1, "{"), DiffLine::removed(2, "<a>"), DiffLine::added(2, "b")];
        let html = view! { <Diff label="Versions" lines/> }.to_html();
        assert!(html.contains("<del>&lt;a&gt;</del>") && html.contains("removed") && html.contains("−"), "{html}");
        assert!(html.contains("<ins>b</ins>") && html.contains("added"), "{html}");
    }
}
