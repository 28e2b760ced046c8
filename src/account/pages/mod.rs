//! Pages before and around sign-in, and the account page.

mod account;
mod sign_in;

pub use account::account;
pub use sign_in::{login, setup, welcome};

use leptos::prelude::*;

use crate::app::page::plain_page;
use crate::ui::StyleGuide;
use crate::wire::ApiError;

/// `/styleguide`: every part in every state, in development only.
pub fn styleguide() -> impl IntoView {
    plain_page(|cx| async move {
        if !cx.op.app().settings.is_development {
            return Err(ApiError::not_found());
        }
        Ok(("Style guide".into(), view! { <StyleGuide/> }.into_any()))
    })
}
