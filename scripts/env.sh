# Sourced by the scripts and by the Makefile's recipes: where tools are found, and which compiler builds the browser bundle.
# It installs nothing and is quick; `scripts/setup` does the installing.
# shellcheck shell=bash

WAMI_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export WAMI_ROOT

# The versions everything here was tried with. The wasm-bindgen command must equal the crate's version in Cargo.toml.
export TRUNK_VERSION=0.21.14
export WASM_BINDGEN_VERSION=0.2.126
export NEXTEST_VERSION=0.9.143
export RUST_MINIMUM=1.95

export PATH="$WAMI_ROOT/.tools/bin:$WAMI_ROOT/end2end/node_modules/.bin:$PATH"
# A new Trunk or Playwright must not be looked for, nor a browser fetched: the set-up pins what is used.
export TRUNK_SKIP_VERSION_CHECK=true PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1

# Whether the compiler whose libraries live in the folder $1 can build for the browser.
has_wasm_std() {
    compgen -G "$1/lib/rustlib/wasm32-unknown-unknown/lib/libstd-*.rlib" >/dev/null
}

# Makes cargo build for the browser: with the ordinary toolchain if it has the target, else with the distribution's, as
# `scripts/setup` laid it. Only the browser build needs this; the server stays on the ordinary toolchain.
use_browser_toolchain() {
    local sysroot
    sysroot=$(rustc --print sysroot) || return
    if [ "${WAMI_WASM_TOOLCHAIN:-}" != debian ] && has_wasm_std "$sysroot"; then
        return
    fi
    if ! has_wasm_std /usr; then
        echo "No compiler for wasm32-unknown-unknown: run scripts/setup." >&2
        return 1
    fi
    # The distribution's compiler comes without rust-lld; the ordinary toolchain's links for it.
    PATH="$PATH:$sysroot/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin"
    export PATH RUSTUP_TOOLCHAIN=debian
}
