//! The document around every page.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};

use crate::server::assets::Assets;

/// The whole document. `theme` and `density` come from cookies, so that nothing flashes.
pub fn shell(assets: &Assets, theme: &str, density: &str, body: AnyView) -> impl IntoView + use<> {
    provide_meta_context();
    let nonce = use_nonce();
    let file = |name: &str| format!("/pkg/{name}");
    let theme = ["light", "dark", "contrast"].into_iter().find(|known| *known == theme).unwrap_or("auto");
    let density = if density == "compact" { "compact" } else { "comfortable" };
    let (js, wasm, boot) = (file(&assets.js), file(&assets.wasm), file(&assets.boot));
    let islands = (!assets.boot.is_empty()).then(|| {
        view! {
            <link rel="modulepreload" href=js.clone() nonce=nonce.clone()/>
            <link rel="preload" href=wasm.clone() r#as="fetch" type="application/wasm" crossorigin="anonymous"/>
            <script type="module" src=boot nonce=nonce data-js=js data-wasm=wasm></script>
        }
    });
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme data-density=density>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/pkg/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=file(&assets.css)/>
                {islands}
                <MetaTags/>
            </head>
            <body>
                {body}
            </body>
        </html>
    }
}
