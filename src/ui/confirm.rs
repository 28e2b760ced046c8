//! The question before something destructive.

use leptos::prelude::*;

use super::{
    Button, Card, CardBody, Form, FormActions, FormErrors, Kind, LinkButton, Sign, Text, TextField, Tone, words,
};

/// Something that will happen, or stands in the way.
#[derive(Clone, Debug)]
pub struct Consequence {
    /// How bad it is.
    pub tone: Tone,
    /// What happens, a sentence.
    pub text: String,
    /// Where to see it.
    pub href: Option<String>,
}

impl Consequence {
    /// `text`, as bad as `tone`.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into(), href: None }
    }

    /// The same, leading to `href`.
    pub fn link(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    fn view(self) -> impl IntoView {
        let text = match self.href {
            Some(href) => view! { <a href=href>{self.text}</a> }.into_any(),
            None => self.text.into_any(),
        };
        view! { <li class="reason"><Sign tone=self.tone/><div>{text}</div></li> }
    }
}

/// Names the thing, lists what will happen, and asks for its name where `type_name` is given. It goes below the
/// header of the object (or of a page of its own), which holds the heading of the page.
///
/// `title` asks (“Delete the user b.okafor?”), `verb` is what the button says. The field is sent
/// as `typed`, and `typed` is what was entered there before; the browser's pattern is a comfort, the service has the last word.
/// `blocked` takes the button away and says why.
#[component]
pub fn Confirm(
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(into)] action: String,
    #[prop(into)] verb: String,
    #[prop(into)] cancel_href: String,
    #[prop(optional)] consequences: Vec<Consequence>,
    #[prop(optional, into)] type_name: Text,
    #[prop(optional, into)] typed: Text,
    #[prop(optional)] hidden: Vec<(String, String)>,
    #[prop(optional)] errors: FormErrors,
    #[prop(optional, into)] blocked: Text,
) -> impl IntoView {
    let field_error = errors.of("typed");
    let field = type_name.into_option().map(|name| {
        view! {
            <TextField
                name="typed" value=typed label=words::type_to_confirm(&name) pattern=literal_pattern(&name)
                error=field_error autocomplete="off" required=true mono=true
            />
        }
    });
    let consequences = consequences.into_iter().map(Consequence::view).collect_view();
    view! {
        <Form action hidden errors>
            <Card title>
                <CardBody><p>{text}</p><ul class="tree">{consequences}</ul></CardBody>
                <CardBody>
                    {field}
                    <FormActions>
                        <Button label=verb kind=Kind::Destroy disabled_reason=blocked.into_option()/>
                        <LinkButton label=words::CANCEL href=cancel_href/>
                    </FormActions>
                </CardBody>
            </Card>
        </Form>
    }
}

/// `name` as a regular expression that matches nothing else. The `pattern` attribute is compiled
/// with the `v` flag (HTML Standard), which reserves more signs than the others.
fn literal_pattern(name: &str) -> String {
    let mut pattern = String::with_capacity(name.len() * 2);
    for c in name.chars() {
        if r"^$\.*+?()[]{}|/-&!#%,:;<=>@`~".contains(c) {
            // As a number: the `v` flag refuses needless escapes of signs outside a class.
            pattern.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        } else {
            pattern.push(c);
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_takes_the_name_literally() {
        assert_eq!(literal_pattern("b.okafor"), r"b\u{2e}okafor");
        assert_eq!(literal_pattern("a+b@c"), r"a\u{2b}b\u{40}c");
    }

    #[test]
    fn a_blocked_deletion_has_no_submit_button() {
        let html = view! {
            <Confirm title="Delete?" text="x" action="/d" verb="Delete user" cancel_href="/u" blocked="It is the last administrator."/>
        }
        .to_html();
        assert!(!html.contains(r#"type="submit""#) && html.contains("It is the last administrator."), "{html}");
    }

    #[test]
    fn the_name_is_asked_for_by_name() {
        let html = view! {
            <Confirm title="Delete?" text="x" action="/d" verb="Delete user" cancel_href="/u" type_name="ada"/>
        }
        .to_html();
        assert!(html.contains("Type ada to confirm") && html.contains(r#"name="typed""#), "{html}");
    }
}
