//! Who may do what: every server function and every page, asked by everybody, against the tables in this folder.
//!
//! A cell says the status, the rows that changed (counted by triggers on all tables) and the audit's records. What is
//! registered and not asked fails. `WAMI_MATRIX=write` writes the tables anew: read the difference.

mod cases;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use http::{Method, StatusCode, header};
use wami::app_state::Settings;
use wami::authz::Judge;
use wami::clock::SystemClock;

use crate::support::ledger::{Changes, Ledger};
use crate::support::{Browser, TestApp, encode, request};
use cases::Case;
use world::{MARKER, ROLES, World};

/// What happened when somebody asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    /// The status; of a redirection also where to.
    status: String,
    changes: Changes,
}

impl Cell {
    fn is_refused(&self) -> bool {
        ["401", "403", "404", "303 /login"].contains(&self.status.as_str())
    }

    fn is_allowed(&self) -> bool {
        self.status.starts_with('2')
    }
}

/// Asks for everything as everybody.
async fn ask_all(world: &World, ledger: &mut Ledger, cases: &[Case]) -> Vec<Vec<Cell>> {
    let mut answers = Vec::new();
    for case in cases {
        let mut cells = Vec::new();
        for browser in &world.browsers {
            cells.push(ask(world, ledger, case, browser).await);
        }
        // A form is the same operation: seen on somebody who may look only, and on one who may do everything.
        for at in ROLES.iter().enumerate().filter(|(_, (role, _))| ["auditor", "root"].contains(role)).map(|(at, _)| at)
        {
            if case.is_post {
                as_a_form(world, ledger, case, &world.browsers[at], &cells[at]).await;
            }
        }
        answers.push(cells);
    }
    answers
}

/// Asks, looks at what it did, and takes it back.
async fn ask(world: &World, ledger: &mut Ledger, case: &Case, browser: &Browser) -> Cell {
    let path = world.fill(case.path);
    if !case.is_post {
        let page = browser.clone().get(&path).await;
        let changes = ledger.take().await;
        let location = page.location.map(|to| format!(" {}", to.split('?').next().unwrap_or_default()));
        let cell = Cell { status: format!("{}{}", page.status.as_u16(), location.unwrap_or_default()), changes };
        tells_nothing(case, &cell, &page.text);
        return cell;
    }
    let fields = filled(world, case);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let call = request(Method::POST, &path)
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin");
    let page = browser.clone().send(call, Body::from(encode(&fields))).await;
    let cell = Cell { status: page.status.as_u16().to_string(), changes: ledger.take().await };
    tells_nothing(case, &cell, &page.text);
    cell
}

fn filled(world: &World, case: &Case) -> Vec<(&'static str, String)> {
    case.fields.iter().map(|(name, value)| (*name, world.fill(value))).collect()
}

/// The same by a form; its outcome waits for the next page.
async fn as_a_form(world: &World, ledger: &mut Ledger, case: &Case, browser: &Browser, cell: &Cell) {
    let fields = filled(world, case);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let form = browser.clone().post(&world.fill(case.path), &fields).await;
    assert_eq!(form.status.as_u16(), 303, "{}", case.title());
    let mut by_form = ledger.take().await;
    by_form.rows = without_flash(&by_form.rows);
    assert_eq!(by_form, cell.changes, "{}: a form does something else than a call", case.title());
}

/// A refusal shows nothing of the tenant, and no answer speaks of what is inside the program (security S32).
fn tells_nothing(case: &Case, cell: &Cell, text: &str) {
    assert!(cell.is_allowed() || !text.contains(MARKER), "{}: the refusal tells a secret", case.title());
    for word in ["sqlx", "select *", " from users", "wami_app", "/src/", ".rs:", "panicked", "RUST_BACKTRACE"] {
        assert!(!text.contains(word), "{}: the answer speaks of {word}", case.title());
    }
}

fn without_flash(rows: &str) -> String {
    let others: Vec<&str> = rows.split(", ").filter(|part| !part.starts_with("console.flashes ")).collect();
    if others.is_empty() { "nothing".into() } else { others.join(", ") }
}

/// The table: under each request a line for each thing that happened, with those to whom it did.
fn table(cases: &[Case], answers: &[Vec<Cell>], roles: &[&str]) -> String {
    let mut text = String::new();
    for (case, cells) in cases.iter().zip(answers) {
        writeln!(text, "{}", case.title()).unwrap();
        let mut outcomes: BTreeMap<&Cell, Vec<&str>> = BTreeMap::new();
        for (cell, role) in cells.iter().zip(roles) {
            outcomes.entry(cell).or_default().push(role);
        }
        for (Cell { status, changes: Changes { rows, audit } }, who) in outcomes {
            writeln!(text, "    {status} | {rows} | {audit} | {}", who.join(" ")).unwrap();
        }
    }
    text
}

/// Compares with the table that is checked in, or writes it.
#[expect(
    clippy::disallowed_methods,
    reason = "not a setting: whoever runs the test says that the table is to be written"
)]
fn compare(name: &str, table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/matrix").join(name);
    if std::env::var("WAMI_MATRIX").is_ok_and(|what| what == "write") {
        std::fs::write(&path, table).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    let mut title = "";
    for (line, (is, should)) in table.lines().zip(expected.lines()).enumerate() {
        title = if should.starts_with(' ') { title } else { should };
        assert_eq!(is, should, "{name}, line {}, under {title}", line + 1);
    }
    assert_eq!(table.lines().count(), expected.lines().count(), "{name} has another length");
}

/// Every operation is allowed to somebody and refused to somebody.
fn both_ways(cases: &[Case], answers: &[Vec<Cell>]) {
    let mut seen: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
    for (case, cells) in cases.iter().zip(answers) {
        let path = case.path.split('?').next().unwrap_or_default();
        let (allowed, refused) = seen.entry(path).or_default();
        for cell in cells {
            *allowed |= cell.is_allowed() && (!case.is_post || !cell.changes.is_nothing());
            *refused |= cell.is_refused();
            let is_kept = cell.changes.is_nothing() || cell.is_allowed() || path == "/api/account/sign-in";
            assert!(is_kept, "{}: refused, and yet it changed {}", case.title(), cell.changes.rows);
            assert!(
                case.is_post || cell.changes.is_nothing(),
                "{}: a page changed {}",
                case.title(),
                cell.changes.rows
            );
        }
    }
    for (path, (allowed, refused)) in seen {
        let is_known = cases::OPEN.contains(&path) || path.contains("no-such") || path.contains("nobody-of");
        let is_half = path.starts_with("/t/globex/") || path.starts_with("/welcome/");
        assert!(is_known || is_half || (allowed && refused), "{path}: allowed {allowed}, refused {refused}");
    }
}

#[tokio::test]
async fn every_function_does_for_everybody_what_the_table_says() {
    let world = World::build(TestApp::start().await).await;
    let mut ledger = Ledger::open(&world.test.database().owner).await;
    let cases = cases::functions();
    let answers = ask_all(&world, &mut ledger, &cases).await;
    compare("functions.txt", &table(&cases, &answers, &ROLES.map(|(role, _)| role)));
    both_ways(&cases, &answers);
}

#[tokio::test]
async fn every_page_is_for_everybody_what_the_table_says() {
    let world = World::build(TestApp::start().await).await;
    let mut ledger = Ledger::open(&world.test.database().owner).await;
    let cases = cases::pages();
    let answers = ask_all(&world, &mut ledger, &cases).await;
    compare("pages.txt", &table(&cases, &answers, &ROLES.map(|(role, _)| role)));
    both_ways(&cases, &answers);
}

/// Row-level security is the second wall: here it stands alone.
#[tokio::test]
async fn where_everything_is_allowed_the_database_keeps_tenants_apart() {
    let settings = Settings { judge: Judge::AllowEverything, ..Settings::default() };
    let world = World::build(TestApp::start_with(settings, Arc::new(SystemClock)).await).await;
    let mut ledger = Ledger::open(&world.test.database().owner).await;
    let browser = |role: &str| &world.browsers[ROLES.iter().position(|(name, _)| *name == role).unwrap()];
    // The first wall is gone indeed: who holds nothing does everything at home.
    let create = Case {
        is_post: true,
        path: "/api/users/create",
        fields: vec![("tenant", "acme"), ("draft[user_name]", "eve")],
    };
    assert!(ask(&world, &mut ledger, &create, browser("none")).await.is_allowed());

    let mut asked = 0;
    for case in cases::functions().iter().chain(&cases::pages()) {
        let tenant = match case.path.strip_prefix("/t/") {
            Some(rest) => rest.split(['/', '?']).next(),
            None => case.fields.iter().find(|(name, _)| *name == "tenant").map(|(_, tenant)| *tenant),
        };
        let strangers: &[&str] = match tenant {
            Some("acme" | "acme.lab") => &["outsider", "below"],
            Some("globex") => &["admin", "below", "outsider"],
            Some(other) => panic!("nobody is a stranger to {other}"),
            None => continue,
        };
        for role in strangers {
            let cell = ask(&world, &mut ledger, case, browser(role)).await;
            let is_home = tenant == Some("globex") && *role == "outsider";
            assert!(cell.changes.is_nothing(), "{} as {role}: {cell:?}", case.title());
            // At home, what it names of acme is not there.
            assert!(cell.status == "404" || (is_home && cell.status == "422"), "{} as {role}: {cell:?}", case.title());
            asked += 1;
        }
        // Nor does anybody get from a tenant to what is above it.
        if let Some(rest) = case.path.strip_prefix("/t/acme") {
            let above = world.fill(&format!("/t/root{rest}"));
            let page = browser("admin").clone().get(&above).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{above}");
        }
    }
    assert!(asked > 200, "{asked}");
}

/// Nobody can run a console whose first wall is gone.
#[test]
fn what_is_shipped_is_built_optimised_and_without_the_contract_suite() {
    for file in ["deploy/Dockerfile", "Makefile"] {
        let text = std::fs::read_to_string(file).unwrap();
        let builds: Vec<&str> =
            text.lines().filter(|line| line.contains("cargo build") && line.contains("--release")).collect();
        assert!(!builds.is_empty(), "{file}");
        for build in builds {
            assert!(!build.contains("contract") && !build.contains("TESTED"), "{file}: {build}");
        }
    }
    let manifest = std::fs::read_to_string("Cargo.toml").unwrap();
    let release = manifest.split("[profile.release]").nth(1).unwrap().split("\n[").next().unwrap();
    assert!(!release.contains("debug-assertions"), "{release}");
}

#[test]
fn every_server_function_is_asked_and_none_by_get() {
    let asked: BTreeSet<&str> = cases::functions().iter().map(|case| case.path).collect();
    let mut registered = BTreeSet::new();
    for (path, method) in leptos::server_fn::axum::server_fn_paths() {
        assert_eq!(method, Method::POST, "{path} could be called by a link");
        registered.insert(path);
    }
    assert_eq!(asked, registered);
}

#[test]
fn every_page_and_every_other_route_is_asked() {
    let asked: Vec<&str> = cases::pages().iter().map(|case| case.path.split('?').next().unwrap_or_default()).collect();
    let mut routes = wami::server::router::page_paths();
    for file in sources(Path::new("src")) {
        let text = std::fs::read_to_string(file).unwrap();
        for call in [".route(\"", ".nest_service(\"", ".nest(\""] {
            routes.extend(text.split(call).skip(1).map(|rest| rest.split('"').next().unwrap_or_default().to_owned()));
        }
    }
    for route in routes.iter().filter(|route| !route.starts_with("/api/")) {
        assert!(asked.iter().any(|path| leads_to(path, route)), "nobody asks for {route}");
    }
}

fn sources(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// Whether a route answers a path.
fn leads_to(path: &str, route: &str) -> bool {
    if route == "/pkg" || route == "/speculation.json" {
        return path.starts_with("/pkg/");
    }
    let (path, route): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), route.split('/').collect());
    path.len() == route.len() && path.iter().zip(route).all(|(is, should)| should.starts_with('{') || *is == should)
}
