//! Filters: each list against a naive model of what its terms mean.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use std::collections::BTreeSet;

use chrono::NaiveTime;
use uuid::Uuid;

use super::builders::{a_group, a_policy, a_role, a_set, a_user, an_aws_policy, arn, day};
use super::lists::{but, only, term};
use super::{Harness, expect};
use crate::iam::{Group, Owner, Person, Policy, Role, Stored, Tag, User};
use crate::sso_admin::PermissionSet;
use crate::store::traits::PolicyScope;
use crate::wire::page::Sort;
use crate::wire::{Filter, PageRequest, Term, Total};

/// What the model knows of a row.
struct Row {
    id: Uuid,
    /// The texts that free text may be a part of.
    texts: Vec<String>,
    path: String,
    tags: Vec<Tag>,
    created: chrono::DateTime<chrono::Utc>,
    enabled: bool,
    groups: Vec<String>,
    attached: bool,
    aws: bool,
}

impl Row {
    fn matches(&self, filter: &Filter) -> bool {
        filter.terms.iter().all(|term| self.holds(term) != term.negated)
    }

    fn holds(&self, term: &Term) -> bool {
        let value = term.value.as_str();
        let midnight = || value[1..].parse::<chrono::NaiveDate>().unwrap().and_time(NaiveTime::MIN).and_utc();
        match term.key.as_deref() {
            None => self.texts.iter().any(|text| text.to_lowercase().contains(&value.to_lowercase())),
            Some("path") => self.path.starts_with(value),
            Some("tag") => match value.split_once('=') {
                Some((key, value)) => {
                    self.tags.iter().any(|tag| tag.key.to_lowercase() == key.to_lowercase() && tag.value == value)
                }
                None => self.tags.iter().any(|tag| tag.key.to_lowercase() == value.to_lowercase()),
            },
            Some("status") => self.enabled == (value == "enabled"),
            Some("group") => self.groups.iter().any(|group| group.eq_ignore_ascii_case(value)),
            Some("created") if value.starts_with('<') => self.created < midnight(),
            Some("created") => self.created >= midnight(),
            Some("attached") => self.attached == (value == "yes"),
            Some("source") => self.aws == (value == "aws"),
            Some(other) => panic!("the model knows no {other}"),
        }
    }
}

/// Draws from a few possibilities, the same ones each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        // A linear congruential generator (Knuth, MMIX) is random enough to vary a test.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
    fn one_of<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
    fn tags(&mut self) -> Vec<Tag> {
        let all = [Tag::new("Team", "core"), Tag::new("floor", "2"), Tag::new("Ä", "ö_x"), Tag::new("empty", "")];
        all.into_iter().filter(|_| self.below(3) == 0).collect()
    }
    fn filter(&mut self, terms: &[(&str, &str)]) -> Filter {
        let count = self.below(4);
        let terms = (0..count).map(|_| {
            let (key, value) = self.one_of(terms);
            Term { negated: self.below(3) == 0, ..term(key, value) }
        });
        Filter { terms: terms.collect() }
    }
}

const NAMES: [&str; 16] =
    ["ada", "Ada.L", "bob", "BOBBY", "a_b", "axb", "a-b", "c@d", "cxd", "x=y", "ops", "Ops-2", "web", "db", "z", "zz"];
const PATHS: [&str; 5] = ["/", "/eng/", "/eng/core/", "/Eng/", "/ops_1/"];
const TEXTS: [(&str, &str); 10] = [
    ("", "a"),
    ("", "ADA"),
    ("", "_"),
    ("", "a_b"),
    ("", "%"),
    ("", "@"),
    ("", "\\"),
    ("", "ör"),
    ("", "ÄRZTIN"),
    ("", "ob"),
];
const PATH_TERMS: [(&str, &str); 6] =
    [("path", "/"), ("path", "/eng"), ("path", "/eng/"), ("path", "/eng/core/"), ("path", "/ops_"), ("path", "/%")];
const TAG_TERMS: [(&str, &str); 9] = [
    ("tag", "team"),
    ("tag", "TEAM=core"),
    ("tag", "team=Core"),
    ("tag", "floor=2"),
    ("tag", "ä"),
    ("tag", "ä=ö_x"),
    ("tag", "empty="),
    ("tag", "empty"),
    ("tag", "none"),
];
const CREATED_TERMS: [(&str, &str); 5] = [
    ("created", "<2026-01-03"),
    ("created", ">2026-01-03"),
    ("created", "<2026-01-06"),
    ("created", ">2026-01-09"),
    ("created", "<1999-12-31"),
];

/// Compares what a list gives with the model, for many filters and in every order that the list has.
async fn check<T>(
    rows: &[Row],
    mut draw: Draw,
    terms: &[(&str, &str)],
    sorts: &[Sort],
    id: impl Fn(&T) -> Uuid,
    list: impl AsyncFn(&Filter, &PageRequest) -> crate::store::Result<crate::wire::Page<T>>,
) {
    let singles = terms.iter().flat_map(|(key, value)| [only(key, value), but(key, value)]);
    let filters: Vec<Filter> = singles.chain((0..60).map(|_| draw.filter(terms))).collect();
    let mut hits = 0;
    for filter in filters {
        let expected: BTreeSet<Uuid> = rows.iter().filter(|row| row.matches(&filter)).map(|row| row.id).collect();
        let sort = draw.one_of(sorts);
        let page = PageRequest { limit: 1000, sort, descending: draw.below(2) == 0, cursor: None };
        let found = list(&filter, &page).await.unwrap();
        assert_eq!(found.total, Total::Exact(expected.len() as u64), "{filter:?}");
        assert_eq!(found.items.len(), expected.len(), "{filter:?}");
        assert_eq!(found.items.iter().map(&id).collect::<BTreeSet<_>>(), expected, "{filter:?}");
        hits += expected.len();
    }
    assert!(hits > rows.len(), "the filters found too little to prove anything");
}

fn all<'a>(parts: &[&[(&'a str, &'a str)]]) -> Vec<(&'a str, &'a str)> {
    parts.concat()
}

pub async fn users_are_narrowed_as_the_model_has_it(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut draw = Draw(1);
    let mut unit = h.unit(&acme).await;
    for name in ["staff", "Admins"] {
        unit.iam.insert_group(a_group(name)).await.unwrap();
    }
    let mut rows = Vec::new();
    for (at, name) in NAMES.into_iter().enumerate() {
        let user = User {
            path: draw.one_of(&PATHS).into(),
            tags: draw.tags(),
            create_date: day(i64::try_from(draw.below(12)).unwrap()),
            ..a_user(name)
        };
        let display_name =
            draw.one_of(&[None, Some("Ärztin Örtlich"), Some("100%"), Some("back\\slash")]).map(str::to_owned);
        let email = draw.one_of(&[None, Some(format!("u{at}@example.org"))]);
        let person = Person { display_name, email };
        let mut made = unit.iam.insert_user(user, person.clone()).await.unwrap();
        if draw.below(3) == 0 {
            made.enabled = false;
            made = unit.iam.update_user(&made).await.unwrap();
        }
        let groups: Vec<String> =
            ["staff", "Admins"].into_iter().filter(|_| draw.below(2) == 0).map(str::to_owned).collect();
        for group in &groups {
            unit.iam.add_user_to_group(group, name).await.unwrap();
        }
        let texts = [Some(name.to_owned()), person.display_name, person.email].into_iter().flatten().collect();
        rows.push(Row {
            texts,
            groups,
            enabled: made.enabled,
            ..row(made.id.uuid(), &made.path, &made.tags, made.create_date)
        });
    }
    unit.commit().await.unwrap();
    let iam = h.iam(&acme);
    let own = [
        ("status", "enabled"),
        ("status", "disabled"),
        ("group", "STAFF"),
        ("group", "admins"),
        ("group", "none"),
        ("", "example.org"),
        ("", "u1@"),
    ];
    let terms = all(&[&TEXTS, &PATH_TERMS, &TAG_TERMS, &CREATED_TERMS, &own]);
    let list = async |filter: &Filter, page: &PageRequest| iam.list_users(filter, page).await;
    check(
        &rows,
        Draw(2),
        &terms,
        &[Sort::Name, Sort::Created, Sort::LastUsed],
        |user: &Stored<User>| user.id.uuid(),
        list,
    )
    .await;
}

/// A row with nothing of its own.
fn row(id: Uuid, path: &str, tags: &[Tag], created: chrono::DateTime<chrono::Utc>) -> Row {
    Row {
        id,
        texts: vec![],
        path: path.into(),
        tags: tags.to_vec(),
        created,
        enabled: true,
        groups: vec![],
        attached: false,
        aws: false,
    }
}

pub async fn groups_are_narrowed_as_the_model_has_it(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut draw = Draw(3);
    let mut rows = Vec::new();
    let mut unit = h.unit(&acme).await;
    for name in NAMES {
        let group = Group {
            path: draw.one_of(&PATHS).into(),
            tags: draw.tags(),
            create_date: day(i64::try_from(draw.below(12)).unwrap()),
            ..a_group(name)
        };
        let made = unit.iam.insert_group(group).await.unwrap();
        let texts = vec![name.to_owned()];
        rows.push(Row { texts, ..row(made.id.uuid(), &made.path, &made.tags, made.create_date) });
    }
    unit.commit().await.unwrap();
    let iam = h.iam(&acme);
    let terms = all(&[&TEXTS, &PATH_TERMS, &TAG_TERMS, &CREATED_TERMS]);
    let list = async |filter: &Filter, page: &PageRequest| iam.list_groups(filter, page).await;
    check(&rows, Draw(4), &terms, &[Sort::Name, Sort::Created], |group: &Stored<Group>| group.id.uuid(), list).await;
}

pub async fn roles_are_narrowed_as_the_model_has_it(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut draw = Draw(5);
    let mut rows = Vec::new();
    let mut unit = h.unit(&acme).await;
    for name in NAMES {
        let description = draw.one_of(&[None, Some("Für Ärztin & Co."), Some("100%")]).map(str::to_owned);
        let role = Role {
            path: draw.one_of(&PATHS).into(),
            tags: draw.tags(),
            create_date: day(i64::try_from(draw.below(12)).unwrap()),
            description: description.clone(),
            ..a_role(name)
        };
        let made = unit.iam.insert_role(role).await.unwrap();
        let texts = [Some(name.to_owned()), description].into_iter().flatten().collect();
        rows.push(Row { texts, ..row(made.id.uuid(), &made.path, &made.tags, made.create_date) });
    }
    unit.commit().await.unwrap();
    let iam = h.iam(&acme);
    let terms = all(&[&TEXTS, &PATH_TERMS, &TAG_TERMS, &CREATED_TERMS]);
    let list = async |filter: &Filter, page: &PageRequest| iam.list_roles(filter, page).await;
    check(
        &rows,
        Draw(6),
        &terms,
        &[Sort::Name, Sort::Created, Sort::LastUsed],
        |role: &Stored<Role>| role.id.uuid(),
        list,
    )
    .await;
}

pub async fn policies_are_narrowed_as_the_model_has_it(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut draw = Draw(7);
    let mut rows = Vec::new();
    let mut unit = h.unit(&acme).await;
    unit.iam.insert_user(a_user("ada"), Person::default()).await.unwrap();
    unit.iam.insert_group(a_group("staff")).await.unwrap();
    unit.iam.insert_role(a_role("builder")).await.unwrap();
    unit.sso.insert_permission_set(a_set("Reader")).await.unwrap();
    let owners = [Owner::user("ada"), Owner::group("staff"), Owner::role("builder"), Owner::permission_set("Reader")];
    for name in NAMES {
        let aws = draw.below(3) == 0;
        let description = draw.one_of(&[None, Some("Für Ärztin & Co.")]).map(str::to_owned);
        let policy = Policy {
            path: draw.one_of(&PATHS).into(),
            tags: draw.tags(),
            create_date: day(i64::try_from(draw.below(12)).unwrap()),
            description: description.clone(),
            ..if aws { an_aws_policy(name) } else { a_policy(name) }
        };
        let made = unit.iam.insert_policy(policy).await.unwrap();
        let attached = draw.below(2) == 0;
        if attached {
            unit.iam.attach_policy(&draw.one_of(&owners), &made.arn).await.unwrap();
        }
        let texts = [Some(name.to_owned()), description].into_iter().flatten().collect();
        rows.push(Row { texts, attached, aws, ..row(made.id.uuid(), &made.path, &made.tags, made.create_date) });
    }
    unit.commit().await.unwrap();
    let iam = h.iam(&acme);
    let own = [("attached", "yes"), ("attached", "no"), ("source", "aws"), ("source", "local")];
    let terms = all(&[&TEXTS, &PATH_TERMS, &TAG_TERMS, &CREATED_TERMS, &own]);
    let id = |policy: &Stored<Policy>| policy.id.uuid();
    let list = async |filter: &Filter, page: &PageRequest| iam.list_policies(PolicyScope::All, filter, page).await;
    check(&rows, Draw(8), &terms, &[Sort::Name, Sort::Created], id, list).await;
    for (scope, aws) in [(PolicyScope::Aws, true), (PolicyScope::Local, false)] {
        let rows: Vec<Row> = rows
            .iter()
            .filter(|row| row.aws == aws)
            .map(|row| Row {
                texts: row.texts.clone(),
                path: row.path.clone(),
                tags: row.tags.clone(),
                groups: vec![],
                ..*row
            })
            .collect();
        let list = async |filter: &Filter, page: &PageRequest| iam.list_policies(scope, filter, page).await;
        check(&rows, Draw(9), &terms, &[Sort::Name, Sort::Created], id, list).await;
    }
}

pub async fn permission_sets_are_narrowed_as_the_model_has_it(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut draw = Draw(10);
    let mut rows = Vec::new();
    let mut unit = h.unit(&acme).await;
    for name in NAMES {
        let description = draw.one_of(&[None, Some("Für Ärztin & Co."), Some("100%")]).map(str::to_owned);
        let set = PermissionSet {
            tags: draw.tags(),
            created_date: day(i64::try_from(draw.below(12)).unwrap()),
            description: description.clone(),
            ..a_set(name)
        };
        let made = unit.sso.insert_permission_set(set).await.unwrap();
        let texts = [Some(name.to_owned()), description].into_iter().flatten().collect();
        rows.push(Row { texts, ..row(made.id.uuid(), "/", &made.tags, made.created_date) });
    }
    unit.commit().await.unwrap();
    let sso = h.sso(&acme);
    let terms = all(&[&TEXTS, &TAG_TERMS, &CREATED_TERMS]);
    let list = async |filter: &Filter, page: &PageRequest| sso.list_permission_sets(filter, page).await;
    check(&rows, Draw(11), &terms, &[Sort::Name, Sort::Created], |set: &Stored<PermissionSet>| set.id.uuid(), list)
        .await;
}

pub async fn a_filter_follows_changes(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_policy(&acme, "read").await;
    h.add_group(&acme, "staff").await;
    let mut user = h.add_user(&acme, "ada").await;
    let mut iam = h.iam(&acme);
    iam.add_user_to_group("staff", "ada").await.unwrap();
    iam.attach_policy(&Owner::user("ada"), &arn("policy", "read")).await.unwrap();
    let page = PageRequest::default();
    let in_group = only("group", "staff");
    let attached = only("attached", "yes");
    assert_eq!(iam.list_users(&in_group, &page).await.unwrap().items.len(), 1);
    assert_eq!(iam.list_policies(PolicyScope::All, &attached, &page).await.unwrap().items.len(), 1);
    iam.remove_user_from_group("staff", "ada").await.unwrap();
    iam.detach_policy(&Owner::user("ada"), &arn("policy", "read")).await.unwrap();
    assert!(iam.list_users(&in_group, &page).await.unwrap().items.is_empty());
    assert!(iam.list_policies(PolicyScope::All, &attached, &page).await.unwrap().items.is_empty());
    user.person.display_name = Some("Countess".into());
    user.value.path = "/eng/".into();
    iam.update_user(&user).await.unwrap();
    assert_eq!(iam.list_users(&only("", "count"), &page).await.unwrap().items.len(), 1);
    assert_eq!(iam.list_users(&only("path", "/eng/"), &page).await.unwrap().items.len(), 1);
}

pub async fn unknown_keys_are_refused(h: &Harness) {
    let acme = h.tenant("acme").await;
    let parts = h.parts(&acme);
    let page = PageRequest::default();
    for key in ["nonsense", "set", "outcome", "PATH"] {
        expect::invalid(parts.iam.list_users(&only(key, "user"), &page).await, "filter");
        expect::invalid(parts.iam.list_groups(&but(key, "user"), &page).await, "filter");
        expect::invalid(parts.iam.list_roles(&only(key, "user"), &page).await, "filter");
        expect::invalid(parts.iam.list_policies(PolicyScope::All, &only(key, "user"), &page).await, "filter");
        expect::invalid(parts.sso.list_permission_sets(&only(key, "user"), &page).await, "filter");
    }
    for key in ["nonsense", "path", "status"] {
        expect::invalid(parts.sso.list_account_assignments(&only(key, "/"), &page).await, "filter");
        expect::invalid(parts.records.list_events(&only(key, "/"), &page).await, "filter");
        expect::invalid(parts.records.list_bin_items(&only(key, "/"), &page).await, "filter");
    }
    expect::invalid(parts.iam.list_groups(&only("status", "enabled"), &page).await, "filter");
    expect::invalid(parts.iam.list_users(&only("attached", "yes"), &page).await, "filter");
    expect::invalid(parts.sso.list_permission_sets(&only("path", "/"), &page).await, "filter");
}

pub async fn values_that_cannot_be_meant_are_refused(h: &Harness) {
    let acme = h.tenant("acme").await;
    let parts = h.parts(&acme);
    let page = PageRequest::default();
    for (key, value) in [
        ("path", "eng"),
        ("status", "maybe"),
        ("status", "Enabled"),
        ("created", "2026-01-01"),
        ("created", "<2026-13-01"),
        ("created", "<"),
        ("created", ">soon"),
    ] {
        expect::invalid(parts.iam.list_users(&only(key, value), &page).await, "filter");
    }
    for (key, value) in [("attached", "perhaps"), ("source", "gcp")] {
        expect::invalid(parts.iam.list_policies(PolicyScope::All, &only(key, value), &page).await, "filter");
    }
    for (key, value) in [("kind", "role"), ("reach", "far")] {
        expect::invalid(parts.sso.list_account_assignments(&only(key, value), &page).await, "filter");
    }
    expect::invalid(parts.records.list_events(&only("outcome", "good"), &page).await, "filter");
    expect::invalid(parts.records.list_bin_items(&only("kind", "tenant"), &page).await, "filter");
}

pub async fn odd_text_finds_nothing_and_harms_nothing(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "ada").await;
    let parts = h.parts(&acme);
    let page = PageRequest::default();
    for odd in ["a\0", "'; drop table users; --", "%", "_", "\\", "a%a", "a.a", "[a]", "\u{10ffff}", &"x".repeat(500)] {
        for key in ["", "tag", "group"] {
            let found = parts.iam.list_users(&only(key, odd), &page).await.unwrap();
            assert!(found.items.is_empty(), "{key}:{odd:?}");
            let others = parts.iam.list_users(&but(key, odd), &page).await.unwrap();
            assert_eq!(others.items.len(), 1, "-{key}:{odd:?}");
        }
        let path = format!("/{odd}");
        assert!(parts.iam.list_users(&only("path", &path), &page).await.unwrap().items.is_empty(), "{path:?}");
        for key in ["action", "actor", "target", "kind", "request", ""] {
            assert!(parts.records.list_events(&only(key, odd), &page).await.unwrap().items.is_empty(), "{key}:{odd:?}");
        }
        for key in ["set", "principal", ""] {
            let found = parts.sso.list_account_assignments(&only(key, odd), &page).await.unwrap();
            assert!(found.items.is_empty(), "{key}:{odd:?}");
        }
    }
    assert_eq!(h.user_names(&acme).await, ["ada"]);
}
