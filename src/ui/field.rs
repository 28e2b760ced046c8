//! Fields of one line or many: label, hint, error and the kept value, wired for readers.

use leptos::prelude::*;

use super::{Glyph, Icon, Text, text::classes, words};

/// The id of the input called `name`: `draft[user_name]` gives `f-draft-user_name`. Error
/// summaries link to it.
pub fn field_id(name: &str) -> String {
    let mut id = String::from("f");
    for part in name.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|part| !part.is_empty()) {
        id.push('-');
        id.push_str(part);
    }
    id
}

/// The ids of a field and of what describes it.
pub(crate) struct Wiring {
    pub id: String,
    pub hint: Text,
    pub error: Text,
}

impl Wiring {
    pub fn new(name: &str, id: Text, hint: Text, error: Text) -> Self {
        Self { id: id.into_option().unwrap_or_else(|| field_id(name)), hint, error }
    }

    /// `aria-describedby`: the error first, since it is what matters now.
    pub fn described_by(&self) -> Option<String> {
        let error = self.error.is_some().then(|| format!("{}-error", self.id));
        let hint = self.hint.is_some().then(|| format!("{}-hint", self.id));
        match (error, hint) {
            (Some(error), Some(hint)) => Some(format!("{error} {hint}")),
            (one, other) => one.or(other),
        }
    }

    /// `aria-invalid`, absent when nothing is wrong.
    pub fn invalid(&self) -> Option<&'static str> {
        self.error.is_some().then_some("true")
    }

    /// What stands under the input.
    pub fn notes(self) -> impl IntoView {
        let Self { id, hint, error } = self;
        let error_id = format!("{id}-error");
        let hint_id = format!("{id}-hint");
        view! {
            {error.into_option().map(|error| view! {
                <p class="error" id=error_id>
                    <Icon glyph=Glyph::Warning/>
                    <span><span class="vh">{words::ERROR}" "</span>{error}</span>
                </p>
            })}
            {hint.into_option().map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
        }
    }
}

/// The words of a label with the mark of a field that must be filled.
pub(crate) fn label_face(label: String, required: bool, optional: bool) -> impl IntoView {
    view! {
        {label}
        {required.then(|| view! { <span class="required" aria-hidden="true">" *"</span> })}
        {optional.then(|| view! { <span class="optional">" ("{words::OPTIONAL}")"</span> })}
    }
}

/// What kind of line a [`TextField`] takes; browsers choose keyboard and checks by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextKind {
    #[default]
    Text,
    Email,
    Search,
    Url,
    Number,
    Date,
    DateTime,
    File,
}

impl TextKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Email => "email",
            Self::Search => "search",
            Self::Url => "url",
            Self::Number => "number",
            Self::Date => "date",
            Self::DateTime => "datetime-local",
            Self::File => "file",
        }
    }
}

/// A field of one line.
///
/// `value` is what was typed before, `error` what is wrong with it, `prefix` fixed text before
/// the input (a path), `mono` for names of actions, paths and ARNs, `optional` marks it in a form
/// whose other fields are required. `id` only where one page has two fields of one name.
#[component]
pub fn TextField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] value: Text,
    #[prop(optional, into)] hint: Text,
    #[prop(optional, into)] error: Text,
    #[prop(optional)] required: bool,
    #[prop(optional)] optional: bool,
    #[prop(optional)] kind: TextKind,
    #[prop(optional, into)] prefix: Text,
    #[prop(optional)] mono: bool,
    #[prop(optional, into)] id: Text,
    #[prop(optional, into)] placeholder: Text,
    #[prop(optional, into)] autocomplete: Text,
    #[prop(optional, into)] inputmode: Text,
    #[prop(optional, into)] pattern: Text,
    #[prop(optional)] maxlength: Option<u32>,
    #[prop(optional)] readonly: bool,
    #[prop(optional)] disabled: bool,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let wiring = Wiring::new(&name, id, hint, error);
    let input = view! {
        <input
            class=classes(&["input", if mono { "mono" } else { "" }])
            id=wiring.id.clone()
            type=kind.as_str()
            name=name
            value=value.into_option()
            required=required
            readonly=readonly
            disabled=disabled
            autofocus=autofocus
            placeholder=placeholder.into_option()
            autocomplete=autocomplete.into_option()
            inputmode=inputmode.into_option()
            pattern=pattern.into_option()
            maxlength=maxlength.map(|most| most.to_string())
            spellcheck=mono.then_some("false")
            autocapitalize=mono.then_some("none")
            aria-invalid=wiring.invalid()
            aria-describedby=wiring.described_by()
        />
    };
    view! {
        <div class="field">
            <label for=wiring.id.clone()>{label_face(label, required, optional)}</label>
            {match prefix.into_option() {
                Some(prefix) => view! { <div class="affix"><span>{prefix}</span>{input}</div> }.into_any(),
                None => input.into_any(),
            }}
            {wiring.notes()}
        </div>
    }
}

/// A field for a password. It takes no value: secrets are never put back into a page.
///
/// `fresh` is for choosing a new password, so that password managers offer one.
#[component]
pub fn PasswordField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Text,
    #[prop(optional, into)] error: Text,
    #[prop(optional)] required: bool,
    #[prop(optional)] fresh: bool,
    #[prop(optional, into)] id: Text,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let wiring = Wiring::new(&name, id, hint, error);
    view! {
        <div class="field">
            <label for=wiring.id.clone()>{label_face(label, required, false)}</label>
            <input
                class="input"
                id=wiring.id.clone()
                type="password"
                name=name
                required=required
                autofocus=autofocus
                autocomplete=if fresh { "new-password" } else { "current-password" }
                aria-invalid=wiring.invalid()
                aria-describedby=wiring.described_by()
            />
            {wiring.notes()}
        </div>
    }
}

/// `value` as the content of a `<textarea>`.
///
/// tachys 0.2.19 writes children of `<textarea>` as they are, so a stored `</textarea><script>`
/// would leave it; we escape. The parser drops one newline after the start tag (HTML Standard,
/// *The textarea element*), so we give it one to drop.
fn textarea_content(value: &str) -> String {
    let mut content = String::with_capacity(value.len() + 16);
    content.push('\n');
    for c in value.chars() {
        match c {
            '&' => content.push_str("&amp;"),
            '<' => content.push_str("&lt;"),
            '>' => content.push_str("&gt;"),
            c => content.push(c),
        }
    }
    content
}

/// A field of many lines, the only one in the product that may use `<textarea>`.
///
/// `rows` is its least height in lines; it grows with its content where the browser can.
#[component]
pub fn TextArea(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] value: Text,
    #[prop(optional, into)] hint: Text,
    #[prop(optional, into)] error: Text,
    #[prop(optional)] required: bool,
    #[prop(optional)] optional: bool,
    #[prop(optional)] mono: bool,
    #[prop(default = 5)] rows: u32,
    #[prop(optional, into)] id: Text,
    #[prop(optional, into)] placeholder: Text,
    #[prop(optional)] maxlength: Option<u32>,
    #[prop(optional)] readonly: bool,
) -> impl IntoView {
    let wiring = Wiring::new(&name, id, hint, error);
    let value = value.into_option().unwrap_or_default();
    let numbers = mono.then(|| line_numbers(&value));
    let input = view! {
        <textarea
            // Browsers that size it by its content do not look at `rows`.
            class=classes(&["input", if mono { "mono" } else { "" }, if rows > 9 { "tall" } else { "" }])
            id=wiring.id.clone()
            name=name
            rows=rows.to_string()
            required=required
            readonly=readonly
            placeholder=placeholder.into_option()
            maxlength=maxlength.map(|most| most.to_string())
            spellcheck=mono.then_some("false")
            autocapitalize=mono.then_some("none")
            aria-invalid=wiring.invalid()
            aria-describedby=wiring.described_by()
        >
            {textarea_content(&value)}
        </textarea>
    };
    view! {
        <div class="field">
            <label for=wiring.id.clone()>{label_face(label, required, optional)}</label>
            {match numbers {
                Some(numbers) => view! { <div class="numbered"><span aria-hidden="true">{numbers}</span>{input}</div> }.into_any(),
                None => input.into_any(),
            }}
            {wiring.notes()}
        </div>
    }
}

/// The numbers beside the lines of a text, and beside those that may be added: they are there without a script.
fn line_numbers(text: &str) -> String {
    const SPARE: usize = 100;
    (1..=text.lines().count() + SPARE).map(|number| format!("{number}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_from_names() {
        assert_eq!(field_id("name"), "f-name");
        assert_eq!(field_id("draft[user_name]"), "f-draft-user_name");
        assert_eq!(field_id("groups[]"), "f-groups");
    }

    #[test]
    fn a_field_with_an_error_is_wired_to_it() {
        let html = view! {
            <TextField name="draft[name]" label="User name" value="ada" hint="Letters." error="Taken." required=true/>
        }
        .to_html();
        assert!(html.contains(r#"<label for="f-draft-name">"#), "{html}");
        assert!(html.contains(r#"aria-invalid="true""#), "{html}");
        assert!(html.contains(r#"aria-describedby="f-draft-name-error f-draft-name-hint""#), "{html}");
        assert!(html.contains(r#"id="f-draft-name-error""#) && html.contains(r#"id="f-draft-name-hint""#), "{html}");
        assert!(html.contains(r#"value="ada""#) && html.contains(" required"), "{html}");
    }

    #[test]
    fn a_field_without_an_error_claims_none() {
        let html = view! { <TextField name="name" label="Name" error={None::<String>}/> }.to_html();
        assert!(
            !html.contains("aria-invalid") && !html.contains("aria-describedby") && !html.contains("class=\"error\""),
            "{html}"
        );
    }

    #[test]
    fn a_value_cannot_leave_its_attribute() {
        let html = view! { <TextField name="n" label="N" value="\"><script>alert(1)</script>"/> }.to_html();
        assert!(!html.contains("\"><script>"), "{html}");
        assert!(html.contains("&quot;&gt;&lt;script&gt;") || html.contains("&quot;><script>"), "{html}");
    }

    /// Regression: stored text must not leave the `<textarea>` (tachys 0.2.19 does not escape it).
    #[test]
    fn text_cannot_leave_a_textarea() {
        let hostile = "</textarea><script>alert(1)</script> &amp; <!-- \u{1F980}";
        let html = view! { <TextArea name="document" label="Document" value=hostile/> }.to_html();
        assert_eq!(html.matches("</textarea>").count(), 1, "{html}");
        assert!(!html.contains("<script"), "{html}");
        assert!(
            html.contains(
                "&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp; &lt;!-- \u{1F980}</textarea>"
            ),
            "{html}"
        );
    }

    #[test]
    fn a_textarea_keeps_its_first_line_empty() {
        let html = view! { <TextArea name="t" label="T" value="\nsecond"/> }.to_html();
        assert!(html.contains(">\n\nsecond</textarea>"), "{html}");
        let empty = view! { <TextArea name="t" label="T"/> }.to_html();
        assert!(empty.contains(">\n</textarea>"), "{empty}");
    }

    #[test]
    fn a_password_is_never_put_back() {
        let html = view! { <PasswordField name="password" label="Password" fresh=true/> }.to_html();
        assert!(!html.contains("value="), "{html}");
        assert!(html.contains(r#"autocomplete="new-password""#), "{html}");
    }
}
