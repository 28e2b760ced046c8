//! The contract of stores, on every store; and what the contract itself must be.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use wami::store::MemoryBackend;
use wami::store::contract::Harness;

use crate::support::TestDatabase;

async fn open_memory() -> Harness {
    let (clock, ids) = (Harness::clock(), Harness::ids());
    let backend = MemoryBackend::new(clock.clone(), ids.clone());
    Harness::new(Arc::new(backend), clock, ids)
}

async fn open_postgres() -> Harness {
    let (clock, ids) = (Harness::clock(), Harness::ids());
    let database = TestDatabase::create().await;
    let backend = database.backend_at(clock.clone(), ids.clone()).await;
    Harness::new(Arc::new(backend), clock, ids).keeping(database)
}

mod memory {
    wami::contract_cases!(crate::contract::open_memory);
}

mod postgres {
    wami::contract_cases!(crate::contract::open_postgres);
}

/// The sources of the contract, by area.
fn areas() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/contract");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|path| {
            let area = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (area, std::fs::read_to_string(&path).unwrap())
        })
        .collect()
}

/// The name of the function that a line begins, if it begins one so.
fn name_after<'a>(line: &'a str, begin: &str) -> Option<&'a str> {
    line.trim_start().strip_prefix(begin)?.split(['(', '<']).next()
}

#[test]
fn every_case_is_listed() {
    let areas = areas();
    let list = &areas.iter().find(|(area, _)| area == "cases").unwrap().1;
    let mut listed = BTreeSet::new();
    let mut area = "";
    for line in list.lines() {
        match line.trim() {
            text if text.ends_with(" {") && line.starts_with("            ") => area = text.trim_end_matches(" {"),
            text if line.starts_with("                ") && !text.contains(['$', ')', '#', '}', ' ']) => {
                listed.insert(format!("{area}::{text}"));
            }
            _ => {}
        }
    }
    let written: BTreeSet<String> = areas
        .iter()
        .flat_map(|(area, text)| {
            let cases = text.lines().filter(|line| line.contains("(h: &Harness) {"));
            cases.filter_map(move |line| Some(format!("{area}::{}", name_after(line, "pub async fn ")?)))
        })
        .collect();
    assert!(written.len() > 250, "{}", written.len());
    assert_eq!(written, listed);
}

#[test]
fn every_method_of_the_traits_has_a_case() {
    let cases: String = areas().into_iter().map(|(_, text)| text).collect();
    let traits = [
        "src/store/traits/iam.rs",
        "src/store/traits/sts.rs",
        "src/store/traits/sso_admin.rs",
        "src/store/traits/records.rs",
        "src/store/traits/import.rs",
        "src/store/traits/directory.rs",
        "src/tenant/store/mod.rs",
        "src/store/backend.rs",
    ];
    let mut methods = 0;
    for file in traits {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let of_traits = text.split("\npub trait ").skip(1).map(|rest| rest.split("\n}").next().unwrap());
        for line in of_traits.flat_map(str::lines) {
            let Some(method) = name_after(line, "async fn ").or_else(|| name_after(line, "fn ")) else { continue };
            methods += 1;
            assert!(cases.contains(&format!(".{method}(")), "{file}: no case calls {method}");
        }
    }
    assert!(methods > 80, "{methods}");
}
