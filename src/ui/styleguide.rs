//! Every part in every state.

use leptos::prelude::*;

/// The page that shows all parts.
#[component]
pub fn StyleGuide() -> impl IntoView {
    view! { <h1>"Style guide"</h1> }
}
