//! The sample organisation: it loads whole or not at all, once, and its faults are the ones it is said to have.

use std::collections::BTreeSet;

use wami::authn::setup;
use wami::iam::{Owner, Policy};
use wami::policy::{
    Action, Attached, Context, DocumentKind, GrantPath, Outcome, PolicySet, Principal, Request, Resource, Severity,
    SizeLimit, Source, accept, evaluate,
};
use wami::sample::{self, Loaded, SampleError, data};
use wami::store::traits::PolicyScope;
use wami::store::{Backend, IamStore, Parts, Scope};
use wami::tenant::TenantRef;
use wami::tenant::store::Counts;
use wami::wire::{Filter, PageRequest, Term};

use crate::support::{PASSWORD, TestApp, TestDatabase};

/// Everything of one page; the sample has fewer rows of anything.
fn all() -> PageRequest {
    PageRequest::first(1000)
}

async fn tenants(test: &TestApp) -> Vec<TenantRef> {
    let root = test.app.backend.ensure_root("Root").await.unwrap();
    let parts = test.app.backend.parts(&Scope::of_system(root.clone()));
    parts.tenants.get_descendants(root.id, 100).await.unwrap()
}

async fn tenant(test: &TestApp, path: &str) -> (TenantRef, Parts) {
    let tenant = test.app.backend.directory().resolve(&path.parse().unwrap()).await.unwrap().unwrap();
    let parts = test.app.backend.parts(&Scope::of_system(tenant.clone()));
    (tenant, parts)
}

async fn counts(test: &TestApp) -> Vec<(String, Counts)> {
    let tenants = tenants(test).await;
    let (_, root) = tenant(test, "root").await;
    let ids: Vec<_> = tenants.iter().map(|tenant| tenant.id).collect();
    let counts = root.tenants.counts(&ids).await.unwrap();
    tenants.into_iter().map(|tenant| tenant.path.to_string()).zip(counts).collect()
}

async fn it_loads_once(test: TestApp) {
    let loaded = sample::load(&test.app, "r1").await.unwrap();
    assert_eq!(loaded, Loaded::Created { tenants: 7, users: 54 });
    let first = counts(&test).await;
    for (expected, (path, counts)) in data::read().iter().zip(&first) {
        let of = |list: usize| list as u64;
        assert_eq!(&expected.path, path);
        assert_eq!(
            (counts.users, counts.groups, counts.roles, counts.policies, counts.permission_sets, counts.assignments),
            (
                of(expected.users.len()),
                of(expected.groups.len()),
                of(expected.roles.len()),
                of(expected.policies.len()),
                of(expected.sets.len()),
                of(expected.assignments.len())
            ),
            "{path}"
        );
    }
    assert_eq!(sample::load(&test.app, "r2").await.unwrap(), Loaded::Already);
    assert_eq!(counts(&test).await, first, "a second time changes nothing");

    let told =
        Filter { terms: vec![Term { negated: false, key: Some("action".into()), value: sample::ACTION.into() }] };
    for path in first.iter().map(|(path, _)| path.as_str()).chain(["root"]) {
        let (_, parts) = tenant(&test, path).await;
        let events = parts.records.list_events(&told, &all()).await.unwrap().items;
        assert_eq!(events.len(), 1, "{path}");
        assert_eq!(events[0].request_id, "r1");
        if path == "saltmarsh.labs" {
            let parts: Vec<&str> = events[0].parts.iter().map(|part| part["kind"].as_str().unwrap()).collect();
            assert_eq!(parts.iter().filter(|kind| **kind == "user").count(), 3);
        }
        for user in parts.iam.list_users(&Filter::default(), &all()).await.unwrap().items {
            assert!(
                parts.iam.get_login_profile(&user.user_name).await.unwrap().is_none(),
                "{} could sign in",
                user.arn
            );
        }
    }
    let (root, _) = tenant(&test, "root").await;
    let administrators =
        test.app.backend.directory().count_administrators(root.id, test.app.clock.now()).await.unwrap();
    assert_eq!(administrators, 0, "somebody has to be set up still");
}

#[tokio::test]
async fn it_loads_once_in_memory() {
    it_loads_once(TestApp::empty_in_memory().await).await;
}

#[tokio::test]
async fn it_loads_once_on_postgres() {
    it_loads_once(TestApp::empty().await).await;
}

#[tokio::test]
async fn what_is_loaded_is_what_is_written() {
    let test = TestApp::empty_in_memory().await;
    sample::load(&test.app, "r").await.unwrap();
    let (booking, parts) = tenant(&test, "saltmarsh.ferries.booking").await;
    let (ferries, _) = tenant(&test, "saltmarsh.ferries").await;
    let role = parts.iam.find_role("ferries-support").await.unwrap().unwrap();
    let trusted = format!("\"arn:aws:iam::{}:root\"", ferries.account_id);
    assert!(role.assume_role_policy_document.contains(&trusted), "{}", role.assume_role_policy_document);
    assert!(role.assume_role_policy_document.ends_with("\n}"), "as if it stood at the margin");
    let fiona = parts.iam.find_user("fiona.baird").await.unwrap().unwrap();
    assert_eq!(fiona.permissions_boundary, Some(format!("arn:aws:iam::{}:policy/LogsOnly", booking.account_id)));
    assert_eq!(fiona.person.email.as_deref(), Some("fiona.baird@saltmarsh.example"));
    assert!(fiona.create_date < test.app.clock.now());

    let (_, parts) = tenant(&test, "saltmarsh").await;
    let desk = parts.iam.find_policy_by_name("ServiceDesk").await.unwrap().unwrap();
    assert_eq!(desk.default_version_id, "v1", "the older version is in force");
    assert_eq!(parts.iam.list_policy_versions(&desk.arn).await.unwrap().len(), 3);
    assert!(!parts.iam.find_user("magnus.tveit").await.unwrap().unwrap().enabled);
    let assigned = parts.sso.list_account_assignments(&Filter::default(), &all()).await.unwrap().items;
    let of_lubna = assigned.iter().find(|row| row.principal.name == "lubna.saad").unwrap();
    assert!(of_lubna.expires_at.is_some_and(|at| at > test.app.clock.now()));
    assert!(
        assigned
            .iter()
            .any(|row| row.permission_set.name == "Administrator" && row.principal.name == "platform-owners")
    );
}

async fn it_loads_once_for_many(test: TestApp) {
    let tasks: Vec<_> = (0..4)
        .map(|number| {
            let app = test.app.clone();
            tokio::spawn(async move { sample::load(&app, &format!("r{number}")).await })
        })
        .collect();
    let mut created = 0;
    for task in tasks {
        created += usize::from(task.await.unwrap().unwrap() != Loaded::Already);
    }
    assert_eq!((created, counts(&test).await.len()), (1, 7));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_loads_once_for_many_in_memory() {
    it_loads_once_for_many(TestApp::empty_in_memory().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_loads_once_for_many_on_postgres() {
    it_loads_once_for_many(TestApp::empty().await).await;
}

async fn it_goes_into_nothing_else(test: TestApp) {
    test.administrator("root", "ada").await;
    let mut ada = test.signed_in("ada").await;
    ada.call("/api/groups/create", &[("tenant", "root"), ("draft[group_name]", "crew")]).await.unwrap();
    let refused = sample::load(&test.app, "r").await.unwrap_err();
    assert!(matches!(&refused, SampleError::NotEmpty(what) if what == "groups (1)"), "{refused}");
    assert!(tenants(&test).await.is_empty());
    ada.call("/api/groups/delete", &[("tenant", "root"), ("name", "crew"), ("typed", "crew")]).await.unwrap();
    assert!(matches!(sample::load(&test.app, "r").await.unwrap(), Loaded::Created { .. }), "people do no harm");
}

#[tokio::test]
async fn it_goes_into_nothing_else_in_memory() {
    it_goes_into_nothing_else(TestApp::empty_in_memory().await).await;
}

#[tokio::test]
async fn it_goes_into_nothing_else_on_postgres() {
    it_goes_into_nothing_else(TestApp::empty().await).await;
}

#[tokio::test]
async fn the_set_up_page_loads_it() {
    let test = TestApp::empty().await;
    let link = setup::link(&test.app).await.unwrap().unwrap();
    let token = link.expose().rsplit('/').next().unwrap();
    let mut browser = test.browser();
    let page = format!("/setup/{token}");
    assert!(browser.get(&page).await.text.contains("name=\"sample\""));
    let (_, mut root) = tenant(&test, "root").await;
    let in_the_way = Policy { policy_name: "P".into(), ..a_policy() };
    let in_the_way = root.iam.insert_policy(in_the_way).await.unwrap();
    let fields = [
        ("token", token),
        ("user_name", "ada"),
        ("display_name", "Ada"),
        ("email", ""),
        ("password", PASSWORD),
        ("repeated", PASSWORD),
        ("sample", "true"),
    ];
    let shown = browser.post_from("/api/account/setup", &fields, &page).await;
    assert_eq!(shown.location.as_deref(), Some(page.as_str()));
    let shown = browser.get(&page).await.text;
    assert!(shown.contains("policies (1)"), "it says what is in the way");
    assert!(shown.contains("checked"), "the box is still ticked");

    root.iam.delete_policy(&in_the_way.arn).await.unwrap();
    let done = browser.post_from("/api/account/setup", &fields, &page).await;
    assert_eq!(done.location.as_deref(), Some("/login"), "the link was still good");
    let mut ada = test.signed_in("ada").await;
    assert!(ada.get("/t/saltmarsh.ferries/users?q=runa").await.text.contains("Runa Eide"));
    assert!(ada.get("/t/saltmarsh/audit").await.text.contains(sample::ACTION));
}

#[tokio::test]
async fn the_command_loads_it() {
    let database = TestDatabase::create().await;
    let backend = database.backend().await;
    let root = backend.ensure_root("Root").await.unwrap();
    let mut iam = backend.parts(&Scope::of_system(root)).iam;
    let in_the_way = Policy { policy_name: "P".into(), ..a_policy() };
    let in_the_way = iam.insert_policy(in_the_way).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let load = async || {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_wami-console"));
        command.args(["sample", "--database-url", &database.url(), "--key", &"07".repeat(32), "--data-dir"]);
        let done = command.arg(folder.path()).output().await.unwrap();
        let said = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
        (done.status.success(), said)
    };
    let (done, said) = load().await;
    assert!(!done && said.contains("policies (1)"), "{said}");
    iam.delete_policy(&in_the_way.arn).await.unwrap();
    let (done, said) = load().await;
    assert!(done && said.contains("54 users in 7 tenants"), "{said}");
    let (done, said) = load().await;
    assert!(done && said.contains("already"), "{said}");
}

fn a_policy() -> Policy {
    let now = chrono::DateTime::UNIX_EPOCH;
    Policy {
        policy_name: String::new(),
        policy_id: "ANPA1".into(),
        arn: "arn:aws:iam::1:policy/P".into(),
        path: "/".into(),
        default_version_id: "v1".into(),
        policy_document: "{}".into(),
        attachment_count: 0,
        permissions_boundary_usage_count: 0,
        is_attachable: true,
        description: None,
        create_date: now,
        update_date: now,
        tags: vec![],
        wami_arn: "arn:wami:iam::1:policy/P".into(),
        providers: vec![],
        tenant_id: None,
    }
}

#[test]
fn every_document_is_acceptable_and_the_linter_finds_what_is_hidden() {
    use DocumentKind::{Guardrail, Identity, Trust};
    let mut found = BTreeSet::new();
    for tenant in data::read() {
        let mut look = |what: String, document: &data::Document, kind, limit| {
            let text = document.text(|_| "123456789012".to_owned());
            let accepted = accept(&text, kind, Some(limit)).unwrap_or_else(|findings| panic!("{what}: {findings:?}"));
            for finding in accepted.advice {
                let severity = if finding.severity == Severity::SecurityWarning { "security " } else { "" };
                found.insert(format!("{what}: {severity}{}", finding.code));
            }
        };
        let path = &tenant.path;
        for (name, document) in &tenant.guardrails {
            look(format!("{path} guardrail {name}"), document, Guardrail, SizeLimit::GUARDRAIL);
        }
        for policy in &tenant.policies {
            for document in &policy.versions {
                look(format!("{path} policy {}", policy.name), document, Identity, SizeLimit::MANAGED);
            }
        }
        for user in &tenant.users {
            for document in user.inline.values() {
                look(format!("{path} user {}", user.name), document, Identity, SizeLimit::USER_INLINE);
            }
        }
        for role in &tenant.roles {
            look(format!("{path} role {}", role.name), &role.trust, Trust, SizeLimit::TRUST);
            for document in role.inline.values() {
                look(format!("{path} role {}", role.name), document, Identity, SizeLimit::ROLE_INLINE);
            }
        }
        for set in &tenant.sets {
            look(format!("{path} set {}", set.name), &set.inline, Identity, SizeLimit::PERMISSION_SET);
        }
    }
    let expected = [
        "saltmarsh policy HomeFolders: old_version",
        "saltmarsh policy MailRelay: redundant_action",
        "saltmarsh.ferries policy OperationsBase: security allow_with_not_action",
        "saltmarsh.ferries policy TimetablePublisher: unknown_key",
        "saltmarsh.ferries role pier-display: security allow_everyone",
        "saltmarsh.ferries.booking policy AllButPayments: security allow_with_not_resource",
        "saltmarsh.ferries.booking policy DeployServices: security pass_role_on_everything",
        "saltmarsh.ferries.booking policy TagYourOwn: security for_all_values_without_null",
        "saltmarsh.ferries.booking role ci-runner: security open_federation",
        "saltmarsh.ferries.fleet policy EverythingCalledFleet: wildcard_service",
        "saltmarsh.ferries.fleet policy SensorFirmware: security set_operator_not_needed",
        "saltmarsh.harbours policy Cameras: short_arn",
        "saltmarsh.harbours.cargo policy NightShift: key_without_prefix",
    ];
    assert_eq!(found, expected.map(str::to_owned).into());
}

/// Whether a user may do something, by all that bears on it.
async fn decide(test: &TestApp, user: &str, at: &str, action: &str, resource: &str, keys: &[(&str, &str)]) -> Outcome {
    let (home, parts) = tenant(test, at).await;
    let user = parts.iam.find_user(user).await.unwrap().unwrap();
    let mut identity = policies_of(parts.iam.as_ref(), &Owner::user(&user.user_name)).await;
    for group in parts.iam.list_groups_for_user(&user.user_name).await.unwrap() {
        identity.extend(policies_of(parts.iam.as_ref(), &Owner::group(&group.group_name)).await);
    }
    let boundary = match &user.permissions_boundary {
        Some(arn) => {
            let policy = parts.iam.find_policy(arn).await.unwrap().unwrap();
            Some(vec![Attached::read(Source::Boundary, policy.policy_name.as_str(), &policy.policy_document)])
        }
        None => None,
    };
    let mut context = Context::new();
    context.set("aws:CurrentTime", "2025-06-01T12:00:00Z").set("aws:username", user.user_name.as_str());
    for tag in &user.tags {
        context.set(&format!("aws:PrincipalTag/{}", tag.key), tag.value.as_str());
    }
    for (key, value) in keys {
        context.set(key, *value);
    }
    // A role has its trust policy to say as well.
    let resource_policy = match resource.split_once(":role/").filter(|_| action == "sts:AssumeRole") {
        Some((_, name)) => {
            let role = parts.iam.find_role(name).await.unwrap().unwrap();
            Some(Attached::read(Source::Trust, name, &role.assume_role_policy_document))
        }
        None => None,
    };
    let paths = vec![GrantPath { identity, boundary, session: None }];
    let set = PolicySet { paths, resource: resource_policy, ..PolicySet::default() };
    let request = Request {
        principal: &Principal::parse(&user.arn).unwrap(),
        action: &Action::new(action).unwrap(),
        resource: &Resource::new(resource.replace("{account}", &home.account_id)),
        context: &context,
    };
    evaluate(&request, &set).unwrap().outcome
}

async fn policies_of(iam: &dyn IamStore, owner: &Owner) -> Vec<Attached> {
    let mut policies = Vec::new();
    for inline in iam.list_inline_policies(owner).await.unwrap() {
        policies.push(Attached::read(Source::Identity, inline.policy_name.as_str(), &inline.policy_document));
    }
    for attached in iam.list_attached_policies(owner).await.unwrap() {
        let policy = iam.find_policy(&attached.policy_arn).await.unwrap().unwrap();
        policies.push(Attached::read(Source::Identity, attached.policy_name.as_str(), &policy.policy_document));
    }
    policies
}

#[tokio::test]
async fn what_only_a_decision_shows_is_there() {
    use Outcome::{Allow, ExplicitDeny, ImplicitDeny};
    let test = TestApp::empty_in_memory().await;
    sample::load(&test.app, "r").await.unwrap();
    let ask =
        async |user, at, action, resource, keys: &[(&str, &str)]| decide(&test, user, at, action, resource, keys).await;

    // A freeze of two winters ago still stops the administrators of ferries.
    let (ferries, someone) = ("saltmarsh.ferries", "arn:aws:iam::{account}:user/someone");
    assert_eq!(ask("nils.aakre", ferries, "iam:CreateUser", someone, &[]).await, ExplicitDeny);
    assert_eq!(ask("nils.aakre", ferries, "iam:GetUser", someone, &[]).await, Allow);
    // "All but identities" covers this very console's permission sets.
    assert_eq!(ask("ximena.robles", ferries, "sso:CreateAccountAssignment", "*", &[]).await, Allow);
    assert_eq!(ask("ximena.robles", ferries, "iam:GetUser", someone, &[]).await, ImplicitDeny);
    // Nobody publishes timetables: the key is misspelt.
    let timetable = "arn:aws:s3:::saltmarsh-timetables/summer.json";
    assert_eq!(ask("vera.zaleska", ferries, "s3:PutObject", timetable, &[]).await, ImplicitDeny);
    // A master without the tag has no vessel, those with it have their own.
    let log = "arn:aws:s3:::saltmarsh-vessel-logs/oyster/0601";
    assert_eq!(ask("runa.eide", ferries, "s3:PutObject", log, &[]).await, Allow);
    assert_eq!(ask("tove.lind", ferries, "s3:PutObject", log, &[]).await, ImplicitDeny);
    assert_eq!(ask("ugo.ferrante", ferries, "s3:PutObject", log, &[]).await, ImplicitDeny);

    // The dates of the close contradict each other; the ledger is read from the office alone.
    let (top, ledger) = ("saltmarsh", "arn:aws:s3:::saltmarsh-ledger/2024.csv");
    for moment in ["2024-01-05T00:00:00Z", "2024-01-20T00:00:00Z", "2024-02-05T00:00:00Z"] {
        let at = [("aws:CurrentTime", moment)];
        assert_eq!(ask("ingrid.brekke", top, "s3:PutObject", ledger, &at).await, ImplicitDeny, "{moment}");
    }
    let (office, elsewhere) = ([("aws:SourceIp", "192.0.2.7")], [("aws:SourceIp", "192.0.2.200")]);
    assert_eq!(ask("ingrid.brekke", top, "s3:GetObject", ledger, &office).await, Allow);
    assert_eq!(ask("ingrid.brekke", top, "s3:GetObject", ledger, &elsewhere).await, ImplicitDeny);
    // The version in force lets the desk reset the owners' passwords.
    let owner = "arn:aws:iam::{account}:user/owners/astrid.hovland";
    assert_eq!(ask("farid.nazari", top, "iam:UpdateLoginProfile", owner, &[]).await, Allow);
    // Under the outdated version the variable is plain text.
    let home = "arn:aws:s3:::saltmarsh-home/greta.solheim/notes";
    assert_eq!(ask("greta.solheim", top, "s3:GetObject", home, &[]).await, ImplicitDeny);
    // What is attached to the auditor from outside would be everything, but for the boundary.
    assert_eq!(ask("lubna.saad", top, "iam:CreateUser", someone, &[]).await, ImplicitDeny);
    assert_eq!(ask("lubna.saad", top, "iam:GetUser", someone, &[]).await, Allow);

    // The boundary of contractors cuts all they have.
    let (booking, table) = ("saltmarsh.ferries.booking", "arn:aws:dynamodb:eu-north-1:{account}:table/bookings");
    assert_eq!(ask("fiona.baird", booking, "dynamodb:GetItem", table, &[]).await, ImplicitDeny);
    assert_eq!(ask("bianca.rusu", booking, "dynamodb:GetItem", table, &[]).await, Allow);
    // Ways up: a version of one's own policies, a policy of one's own, any role handed to a function.
    let gardener = "arn:aws:iam::{account}:policy/PolicyGardener";
    assert_eq!(ask("zofia.kulik", booking, "iam:CreatePolicyVersion", gardener, &[]).await, Allow);
    let pipeline = "arn:aws:iam::{account}:user/programs/pipeline";
    assert_eq!(ask("pipeline", booking, "iam:PutUserPolicy", pipeline, &[]).await, Allow);
    let admin = "arn:aws:iam::{account}:role/booking-admin";
    assert_eq!(ask("yusuf.demir", booking, "iam:PassRole", admin, &[]).await, Allow);
    // From the lab into a notebook, which alone is let into everything.
    let (labs, notebook) = ("saltmarsh.labs", "arn:aws:iam::{account}:role/lab-notebook");
    assert_eq!(ask("yara.haddad", labs, "sts:AssumeRole", notebook, &[]).await, Allow);
    let owner = "arn:aws:iam::{account}:role/lab-owner";
    assert_eq!(ask("yara.haddad", labs, "sts:AssumeRole", owner, &[]).await, ImplicitDeny);

    // A Deny of the same group makes the fuel gate nobody's.
    let gate = "arn:aws:iot:eu-north-1:{account}:topic/gates/fuel/1";
    assert_eq!(ask("liv.rognes", "saltmarsh.harbours", "iot:Publish", gate, &[]).await, ExplicitDeny);
    // The clerks of the cargo desk read the ledger.
    assert_eq!(ask("viktor.ost", "saltmarsh.harbours.cargo", "s3:GetObject", ledger, &[]).await, Allow);
}

#[tokio::test]
async fn what_lies_about_unused_is_there() {
    let test = TestApp::empty_in_memory().await;
    sample::load(&test.app, "r").await.unwrap();
    let (_, parts) = tenant(&test, "saltmarsh").await;
    let old = parts.iam.find_role("intranet-2017").await.unwrap().unwrap();
    assert!(old.role_last_used.is_none() && old.assume_role_policy_document.contains("user/intranet\""));
    assert!(parts.iam.find_user("intranet").await.unwrap().is_none(), "whom the role trusts has gone");
    assert!(parts.iam.list_group_members("intranet-editors", &all()).await.unwrap().items.is_empty());
    let (_, parts) = tenant(&test, "saltmarsh.ferries.booking").await;
    let policies = parts.iam.list_policies(PolicyScope::Local, &Filter::default(), &all()).await.unwrap().items;
    assert!(policies.iter().all(|policy| policy.attachment_count + policy.permissions_boundary_usage_count > 0));
}

#[tokio::test]
async fn its_guardrails_leave_the_console_to_its_administrators() {
    let test = TestApp::empty_in_memory().await;
    sample::load(&test.app, "r").await.unwrap();
    test.administrator("root", "ada").await;
    let mut ada = test.signed_in("ada").await;
    for (path, _) in counts(&test).await {
        for section in ["", "/users", "/groups", "/roles", "/policies", "/assignments", "/audit", "/settings"] {
            let page = ada.get(&format!("/t/{path}{section}")).await;
            assert_eq!(page.status, http::StatusCode::OK, "{path}{section}");
        }
    }
    let create = |tenant| [("tenant", tenant), ("draft[user_name]", "new.person")];
    ada.call("/api/users/create", &create("saltmarsh.harbours")).await.unwrap();
    let refused = ada.call("/api/users/create", &create("saltmarsh.labs")).await.unwrap_err();
    assert_eq!(refused.code, wami::wire::Code::Forbidden, "the sandbox is closed: {refused:?}");
}
