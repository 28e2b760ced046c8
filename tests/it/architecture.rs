//! Directions of use, as drawn in `docs/ARCHITECTURE.md`: what a room must never import.

use std::path::{Path, PathBuf};

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new("src").join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "no sources in {folder}");
    found
}

fn never(room: &str, words: &[&str]) {
    for (path, text) in sources(room) {
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for word in words {
                assert!(!line.contains(word), "{}:{}: {room} must not use {word}: {line}", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn pure_rooms_know_nothing_above_them() {
    let above = [
        "crate::store",
        "crate::op",
        "crate::server",
        "crate::app::",
        "crate::authz",
        "crate::ui",
        "sqlx",
        "axum",
        "tokio",
    ];
    for room in ["wire", "policy", "iam", "import/aws_account", "synth", "tenant/model.rs"]
        .iter()
        .filter(|room| !room.ends_with(".rs"))
    {
        never(room, &above);
    }
}

#[test]
fn the_design_system_knows_no_domain() {
    never(
        "ui",
        &[
            "crate::store",
            "crate::op",
            "crate::server",
            "crate::app",
            "crate::authz",
            "crate::users",
            "leptos_router",
            "#[server",
            "sqlx",
        ],
    );
}

#[test]
fn domains_know_neither_sql_nor_http() {
    for room in [
        "users",
        "groups",
        "roles",
        "policies",
        "sso",
        "tenants",
        "owners",
        "recycle_bin",
        "audit",
        "account",
        "authz",
        "sample",
    ] {
        never(room, &["sqlx", "axum", "redis", "http::", "crate::server::router"]);
    }
}

#[test]
fn only_the_postgres_room_knows_sql() {
    for (path, text) in sources("") {
        let allowed = ["src/store/", "src/local_postgres/", "src/cli/open.rs"]
            .iter()
            .any(|room| path.starts_with(room) || path == Path::new(room));
        assert!(allowed || !text.contains("sqlx::"), "{} uses sqlx", path.display());
    }
}

/// The browser tests read the pages they must visit from this source; it must tell them what the router serves.
#[test]
fn the_routes_are_read_from_their_source() {
    let source = std::fs::read_to_string("src/app/routes.rs").unwrap();
    let mut written: Vec<String> = source
        .split("path!(\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .map(|path| {
            path.split('/').map(|part| part.strip_prefix(':').map_or(part.into(), |name| format!("{{{name}}}")))
        })
        .map(|parts| parts.collect::<Vec<_>>().join("/"))
        .collect();
    let mut served = wami::server::router::page_paths();
    written.sort();
    served.sort();
    assert_eq!(written, served);
}
