//! Fields that choose: one of a list, one of a few, yes or no.

use leptos::prelude::*;

use super::{
    Glyph, Icon, Text,
    field::{Wiring, label_face},
};

/// One of the things that may be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// What it means, shown by [`RadioGroup`] only.
    pub hint: Option<String>,
}

impl Choice {
    /// A choice that sends `value` and reads `label`.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: None }
    }

    /// The same with a line that says what it means.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// One of a list of choices.
#[component]
pub fn Select(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    choices: Vec<Choice>,
    #[prop(optional, into)] value: Text,
    #[prop(optional, into)] hint: Text,
    #[prop(optional, into)] error: Text,
    #[prop(optional)] required: bool,
    #[prop(optional)] disabled: bool,
    #[prop(optional, into)] id: Text,
) -> impl IntoView {
    let wiring = Wiring::new(&name, id, hint, error);
    let options = choices
        .into_iter()
        .map(|choice| {
            let selected = value.as_deref() == Some(choice.value.as_str());
            view! { <option value=choice.value selected=selected>{choice.label}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for=wiring.id.clone()>{label_face(label, required, false)}</label>
            <span class="select">
                <select
                    class="input"
                    id=wiring.id.clone()
                    name=name
                    required=required
                    disabled=disabled
                    aria-invalid=wiring.invalid()
                    aria-describedby=wiring.described_by()
                >
                    {options}
                </select>
                <Icon glyph=Glyph::ChevronDown/>
            </span>
            {wiring.notes()}
        </div>
    }
}

/// Yes or no. An unticked box sends nothing, as in HTML.
#[component]
pub fn Checkbox(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(default = "true".to_owned(), into)] value: String,
    #[prop(optional)] checked: bool,
    #[prop(optional, into)] hint: Text,
    #[prop(optional, into)] error: Text,
    #[prop(optional)] required: bool,
    #[prop(optional)] disabled: bool,
    #[prop(optional, into)] id: Text,
) -> impl IntoView {
    let wiring = Wiring::new(&name, id, hint, error);
    view! {
        <div class="choice">
            <input
                class="check"
                type="checkbox"
                id=wiring.id.clone()
                name=name
                value=value
                checked=checked
                required=required
                disabled=disabled
                aria-invalid=wiring.invalid()
                aria-describedby=wiring.described_by()
            />
            <label for=wiring.id.clone()>{label_face(label, required, false)}</label>
            {wiring.notes()}
        </div>
    }
}

/// One of a few choices, all of them in sight.
#[component]
pub fn RadioGroup(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    choices: Vec<Choice>,
    #[prop(optional, into)] value: Text,
    #[prop(optional, into)] hint: Text,
    #[prop(optional, into)] error: Text,
    #[prop(optional)] required: bool,
    #[prop(optional)] disabled: bool,
) -> impl IntoView {
    let wiring = Wiring::new(&name, Text::default(), hint, error);
    let radios = choices
        .into_iter()
        .enumerate()
        .map(|(index, choice)| {
            // The first has the field's own id, so that the error summary's link lands on it.
            let id = if index == 0 { wiring.id.clone() } else { format!("{}-{index}", wiring.id) };
            let hint_id = choice.hint.is_some().then(|| format!("{id}-about"));
            let checked = value.as_deref() == Some(choice.value.as_str());
            view! {
                <div class="choice">
                    <input
                        class="check"
                        type="radio"
                        id=id.clone()
                        name=name.clone()
                        value=choice.value
                        checked=checked
                        required=required
                        disabled=disabled
                        aria-describedby=hint_id.clone()
                    />
                    <label for=id>{choice.label}</label>
                    {choice.hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
                </div>
            }
        })
        .collect_view();
    let (invalid, described_by) = (wiring.invalid(), wiring.described_by());
    view! {
        <fieldset class="field" aria-invalid=invalid aria-describedby=described_by>
            <legend>{label_face(label, required, false)}</legend>
            {radios}
            {wiring.notes()}
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kept_choice_is_selected_and_no_other() {
        let choices = vec![Choice::new("a", "Alpha"), Choice::new("b", "<Beta>")];
        let html = view! { <Select name="s" label="S" choices value="b"/> }.to_html();
        assert_eq!(html.matches(" selected").count(), 1, "{html}");
        assert!(html.contains("&lt;Beta&gt;"), "{html}");
        let b = html.split("value=\"b\"").nth(1).unwrap();
        assert!(b.starts_with(" selected"), "{html}");
    }

    #[test]
    fn a_group_of_radios_is_described_by_its_error() {
        let choices =
            vec![Choice::new("tenant", "This tenant"), Choice::new("subtree", "And below").hint("Children too.")];
        let html = view! { <RadioGroup name="reach" label="Reach" choices error="Choose one."/> }.to_html();
        assert!(
            html.contains(r#"aria-describedby="f-reach-error""#) && html.contains(r#"id="f-reach-error""#),
            "{html}"
        );
        assert!(
            html.contains(r#"aria-describedby="f-reach-1-about""#) && html.contains(r#"id="f-reach-1-about""#),
            "{html}"
        );
        assert!(html.contains(r#"id="f-reach""#), "{html}");
    }

    #[test]
    fn a_checkbox_keeps_its_tick() {
        assert!(view! { <Checkbox name="c" label="C" checked=true/> }.to_html().contains(" checked"));
        assert!(!view! { <Checkbox name="c" label="C"/> }.to_html().contains(" checked"));
    }
}
