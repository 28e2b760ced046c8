//! The palette: a dialog over the page that finds tenants while one types.

use leptos::prelude::*;

use super::api::{Hit, search_tenants};

/// Opens on Ctrl-K (or the search button), asks the server while one types, and leads there on Enter.
#[island]
pub fn Palette() -> impl IntoView {
    let open = RwSignal::new(false);
    let text = RwSignal::new(String::new());
    let chosen = RwSignal::new(0_usize);
    let hits = LocalResource::new(move || {
        let asked = open.get().then(|| text.get());
        async move {
            match asked {
                Some(asked) => search_tenants(asked).await.unwrap_or_default(),
                None => vec![],
            }
        }
    });
    let found = move || hits.get().unwrap_or_default();
    let input = NodeRef::<leptos::html::Input>::new();
    #[cfg(feature = "hydrate")]
    {
        use std::cell::RefCell;
        use std::rc::Rc;

        use leptos::wasm_bindgen::JsCast;
        use web_sys::HtmlElement;

        // What had the focus before gets it back.
        let before: Rc<RefCell<Option<HtmlElement>>> = Rc::default();
        let opener = Rc::clone(&before);
        let show = move || {
            if !open.get_untracked() {
                let active = document().active_element().and_then(|active| active.dyn_into().ok());
                opener.replace(active);
                open.set(true);
            }
        };
        Effect::new(move |_| {
            if !open.get() {
                if let Some(element) = before.take() {
                    let _ = element.focus();
                }
            } else if let Some(input) = input.get() {
                let _ = input.focus();
            }
        });
        let show_by_key = show.clone();
        let _ = window_event_listener(leptos::ev::keydown, move |event| {
            if event.key() == "k" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                show_by_key();
            } else if event.key() == "Escape" {
                open.set(false);
            }
        });
        let _ = window_event_listener(leptos::ev::click, move |event| {
            let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            if target.is_some_and(|target| target.closest("[data-search]").ok().flatten().is_some()) {
                event.prevent_default();
                show();
            }
        });
    }
    let key = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "ArrowDown" => {
            event.prevent_default();
            let last = found().len().saturating_sub(1);
            chosen.update(|at| *at = (*at + 1).min(last));
        }
        "ArrowUp" => {
            event.prevent_default();
            chosen.update(|at| *at = at.saturating_sub(1));
        }
        // The page beneath is out of reach while the palette is open.
        "Tab" => event.prevent_default(),
        "Enter" => {
            if let Some(hit) = found().get(chosen.get()) {
                let _ = window().location().set_href(&address(hit));
            }
        }
        _ => {}
    };
    view! {
        <Show when=move || open.get()>
            <div class="palette-back" on:click=move |_| open.set(false)></div>
            <div class="palette" role="dialog" aria-modal="true" aria-label="Jump to a tenant">
                <input
                    class="input"
                    type="search"
                    node_ref=input
                    placeholder="Jump to a tenant by name or path"
                    aria-label="Jump to a tenant by name or path"
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="palette-hits"
                    autocomplete="off"
                    on:input=move |event| {
                        chosen.set(0);
                        text.set(event_target_value(&event));
                    }
                    on:keydown=key
                />
                <ul id="palette-hits" role="listbox" aria-label="Tenants">
                    <Suspense fallback=|| view! { <li class="muted">"Searching…"</li> }>
                        {move || {
                            let hits = found();
                            if hits.is_empty() {
                                return view! { <li class="muted">"No tenant of yours is called so."</li> }.into_any();
                            }
                            hits.into_iter()
                                .enumerate()
                                .map(|(at, hit)| {
                                    view! {
                                        <li role="option" aria-selected=move || (chosen.get() == at).to_string()>
                                            <a href=address(&hit) tabindex="-1">
                                                <strong>{hit.display_name.clone()}</strong>
                                                " "
                                                <span class="mono muted">{hit.path.to_string()}</span>
                                            </a>
                                        </li>
                                    }
                                })
                                .collect_view()
                                .into_any()
                        }}
                    </Suspense>
                </ul>
            </div>
        </Show>
    }
}

fn address(hit: &Hit) -> String {
    crate::app::paths::tenant(&hit.path, "")
}
