//! What runs in the browser besides the islands: small comforts on the pages as they were sent. Each only adds to what
//! works without a script.

mod comforts;

use wasm_bindgen::prelude::wasm_bindgen;

/// The entry: wakes the islands and the comforts.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
    comforts::start();
}
