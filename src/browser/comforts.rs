//! Copy buttons, “select all”, the key that leads to the filter, and the guard of unsaved forms.

use std::cell::Cell;
use std::rc::Rc;

use leptos::ev;
use leptos::prelude::{document, window, window_event_listener};
use leptos::wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

/// Starts all of them; they listen on the window, so that whatever an island shows later has them too.
pub fn start() {
    copy();
    select_all();
    keys();
    guard();
}

fn closest(event: &web_sys::Event, selector: &str) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(selector).ok().flatten()
}

/// `data-copy="text"` copies the text and says so for two seconds.
fn copy() {
    let _ = window_event_listener(ev::click, |event| {
        let Some(button) = closest(&event, "[data-copy]") else { return };
        let Some(text) = button.get_attribute("data-copy") else { return };
        // The promise's failure shows in that nothing is said.
        let _ = window().navigator().clipboard().write_text(&text);
        let _ = button.set_attribute("data-copied", "");
        leptos::prelude::set_timeout(
            move || {
                let _ = button.remove_attribute("data-copied");
            },
            std::time::Duration::from_secs(2),
        );
    });
}

/// `data-select-all` ticks every row of its table.
fn select_all() {
    let _ = window_event_listener(ev::change, |event| {
        let Some(head) = closest(&event, "[data-select-all]").and_then(|head| head.dyn_into::<HtmlInputElement>().ok())
        else {
            return;
        };
        let Ok(Some(table)) = head.closest("table") else { return };
        let Ok(boxes) = table.query_selector_all("tbody input[name=selected]") else { return };
        for at in 0..boxes.length() {
            if let Some(Ok(tick)) = boxes.item(at).map(|node| node.dyn_into::<HtmlInputElement>()) {
                tick.set_checked(head.checked());
            }
        }
    });
}

/// `/` leads to the filter, unless one is typing.
fn keys() {
    let _ = window_event_listener(ev::keydown, |event| {
        let is_typing = closest(&event, "input, textarea, select, [contenteditable]").is_some();
        if event.key() != "/" || is_typing || event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        if let Ok(Some(filter)) = document().query_selector("[data-filter]")
            && let Ok(filter) = filter.dyn_into::<HtmlElement>()
        {
            event.prevent_default();
            let _ = filter.focus();
        }
    });
}

/// Leaving a page with a changed post form asks first.
fn guard() {
    let is_dirty = Rc::new(Cell::new(false));
    let dirty = Rc::clone(&is_dirty);
    let _ = window_event_listener(ev::input, move |event| {
        if closest(&event, "form[method=post]").is_some() {
            dirty.set(true);
        }
    });
    let sent = Rc::clone(&is_dirty);
    let _ = window_event_listener(ev::submit, move |_| sent.set(false));
    let _ = window_event_listener(ev::beforeunload, move |event| {
        if is_dirty.get() {
            event.prevent_default();
        }
    });
}
