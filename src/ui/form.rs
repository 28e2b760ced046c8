//! Forms: one way for every change, with or without a script.

use leptos::prelude::*;

use super::{Glyph, Icon, Text, field_id, text::classes, words};

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The name of the input.
    pub name: String,
    /// What the field is called on the page.
    pub label: String,
    /// What is wrong and what to do, a sentence.
    pub message: String,
}

impl FieldError {
    /// `message` about the input `name`, called `label` on the page.
    pub fn new(name: impl Into<String>, label: impl Into<String>, message: impl Into<String>) -> Self {
        Self { name: name.into(), label: label.into(), message: message.into() }
    }
}

/// What came back from the last attempt to send a form; empty at first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormErrors {
    /// What is wrong with the whole, a sentence.
    pub message: Option<String>,
    /// What is wrong with its fields, in the order of the form.
    pub fields: Vec<FieldError>,
}

impl FormErrors {
    /// What is wrong with the input `name`: the `error` of its field.
    pub fn of(&self, name: &str) -> Text {
        self.fields.iter().find(|field| field.name == name).map(|field| field.message.clone()).into()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.message.is_none() && self.fields.is_empty()
    }
}

/// How a form is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// It changes something.
    #[default]
    Post,
    /// It asks something; the answer has an address.
    Get,
}

/// A form. `hidden` are fields nobody sees; `errors` are shown above with links to the fields
/// they belong to; `multipart` is for files; `wide` lifts the limit on its width.
#[component]
pub fn Form(
    #[prop(into)] action: String,
    #[prop(optional)] method: Method,
    #[prop(optional)] hidden: Vec<(String, String)>,
    #[prop(optional)] errors: FormErrors,
    #[prop(optional)] multipart: bool,
    #[prop(optional)] wide: bool,
    #[prop(optional, into)] id: Text,
    #[prop(optional, into)] label: Text,
    children: Children,
) -> impl IntoView {
    view! {
        <form
            class=classes(&["form", if wide { "wide" } else { "" }])
            action=action
            method=match method { Method::Post => "post", Method::Get => "get" }
            enctype=multipart.then_some("multipart/form-data")
            id=id.into_option()
            aria-label=label.into_option()
        >
            {hidden_fields(hidden)}
            <ErrorSummary errors/>
            {children()}
        </form>
    }
}

/// Hidden inputs for `fields`, name and value.
pub(crate) fn hidden_fields(fields: Vec<(String, String)>) -> impl IntoView {
    fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()
}

/// What is wrong with a form, each with a link to its field. It takes the focus when the page
/// arrives, so that keyboard and reader start there. Nothing if nothing is wrong.
#[component]
pub fn ErrorSummary(errors: FormErrors) -> impl IntoView {
    if errors.is_empty() {
        return None;
    }
    let heading = errors.message.unwrap_or_else(|| words::problems(errors.fields.len()));
    let fields = (!errors.fields.is_empty()).then(|| {
        let items = errors
            .fields
            .into_iter()
            .map(|field| {
                let href = format!("#{}", field_id(&field.name));
                view! { <li><a href=href>{field.label}</a>": "{field.message}</li> }
            })
            .collect_view();
        view! { <ul>{items}</ul> }
    });
    Some(view! {
        <div class="notice danger" role="alert" tabindex="-1" autofocus=true>
            <Icon glyph=Glyph::Warning/>
            <div><strong>{heading}</strong>{fields}</div>
        </div>
    })
}

/// The buttons at the end of a form, the main one first.
#[component]
pub fn FormActions(children: Children) -> impl IntoView {
    view! { <div class="form-actions">{children()}</div> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::TextField;

    fn broken() -> FormErrors {
        FormErrors {
            message: None,
            fields: vec![
                FieldError::new("draft[name]", "User name", "Another user has this name."),
                FieldError::new("draft[path]", "Path", "A path starts and ends with “/”."),
            ],
        }
    }

    #[test]
    fn the_summary_links_to_the_fields() {
        let errors = broken();
        let name_error = errors.of("draft[name]");
        let html = view! {
            <Form action="/api/users/create" errors hidden=vec![("tenant".into(), "a\"b".into())]>
                <TextField name="draft[name]" label="User name" error=name_error/>
            </Form>
        }
        .to_html();
        assert!(html.contains("There are 2 problems") && html.contains(r#"role="alert""#), "{html}");
        assert!(html.contains(r##"href="#f-draft-name""##) && html.contains(r#"id="f-draft-name""#), "{html}");
        assert!(html.contains(r#"method="post""#) && html.contains("a&quot;b"), "{html}");
        assert!(errors_are_silent_when_absent(), "an empty summary was rendered");
    }

    fn errors_are_silent_when_absent() -> bool {
        !view! { <Form action="/x">"x"</Form> }.to_html().contains("alert")
    }

    #[test]
    fn an_error_belongs_to_its_field_only() {
        assert_eq!(broken().of("draft[path]").as_deref(), Some("A path starts and ends with “/”."));
        assert_eq!(broken().of("path"), Text::default());
    }
}
