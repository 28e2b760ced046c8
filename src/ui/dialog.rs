//! A dialog that opens without a script.

use leptos::prelude::*;

use super::{Glyph, Icon, Slot, words};

/// A dialog called `id`, opened by a [`Button`](super::Button) with `opens=id`.
///
/// It is a `<dialog>` shown as a popover: the button, Escape, the close button and a press beside
/// it work without a script. It is not modal, so nothing that must be answered belongs here; what
/// destroys has a page ([`Confirm`](super::Confirm)).
#[component]
pub fn Dialog(
    #[prop(into)] id: String,
    #[prop(into)] title: String,
    #[prop(optional, into)] actions: Slot,
    children: Children,
) -> impl IntoView {
    let title_id = format!("{id}-title");
    let (own_id, labelled_by) = (id.clone(), title_id.clone());
    view! {
        <dialog class="dialog" id=own_id popover="auto" aria-labelledby=labelled_by>
            <header>
                <h2 id=title_id>{title}</h2>
                <button class="btn quiet only-icon" type="button" popovertarget=id popovertargetaction="hide" title=words::CLOSE>
                    <Icon glyph=Glyph::Cross/>
                    <span class="vh">{words::CLOSE}</span>
                </button>
            </header>
            <div>{children()}</div>
            {actions.into_option().map(|actions| view! { <footer>{actions}</footer> })}
        </dialog>
    }
}
