//! Paging: every list, every order, both directions; cursors that go on where they were, whatever happens between.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use std::fmt::Debug;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::builders::{
    a_bin_item, a_group, a_policy, a_role, a_set, a_user, an_assignment, an_aws_policy, an_event, day,
};
use super::lists::{but, cursor, only, walk};
use super::{Harness, expect};
use crate::iam::{Group, Person, Policy, Role, RoleLastUsed, User};
use crate::sso_admin::PermissionSet;
use crate::store::traits::{BinItem, PolicyScope};
use crate::store::{ActorKey, Result};
use crate::tenant::TenantRef;
use crate::wire::page::Sort;
use crate::wire::{Cursor, Filter, Page, PageRequest, Total};

/// Limits that divide a list of nine rows evenly, unevenly, not at all.
const LIMITS: [u32; 5] = [1, 2, 3, 9, 10];

fn request(limit: u32, sort: Sort, descending: bool) -> PageRequest {
    PageRequest { limit, sort, descending, cursor: None }
}

/// A row's place in an order, as the promises have it: by key, then by id.
type Place<K> = (K, Uuid);

/// Walks a list in both directions with every limit, and compares with what sorting by `place` gives.
async fn check<T: Debug, K: Ord + Debug + Clone>(
    sort: Sort,
    id: impl Fn(&T) -> Uuid,
    mut places: Vec<Place<K>>,
    list: impl AsyncFn(&PageRequest) -> Result<Page<T>>,
) {
    places.sort();
    for descending in [false, true] {
        let expected: Vec<Uuid> = places.iter().map(|(_, id)| *id).collect();
        for limit in LIMITS {
            let rows = walk(&request(limit, sort, descending), &id, &list).await;
            let rows: Vec<Uuid> = rows.iter().map(&id).collect();
            assert_eq!(rows, expected, "{sort:?}, descending: {descending}, by {limit}");
        }
        places.reverse();
    }
}

/// Nine names whose order by bytes, by case and by length differ.
const NAMES: [&str; 9] = ["b", "A", "a1", "B2", "a-b", "Z", "a_b", "ab", "C@d"];

/// Creation days with ties.
fn created(at: usize) -> DateTime<Utc> {
    day([5, 3, 5, 1, 3, 5, 2, 9, 1][at])
}

/// Days of last use with ties and never.
fn used(at: usize) -> Option<DateTime<Utc>> {
    [None, Some(4), Some(2), None, Some(4), None, Some(7), Some(1), Some(2)][at].map(day)
}

/// The last sign-in as a key: never comes last.
fn use_key(used: Option<DateTime<Utc>>) -> (bool, Option<DateTime<Utc>>) {
    (used.is_none(), used)
}

pub async fn users_in_every_order(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let (mut by_name, mut by_created, mut by_used) = (vec![], vec![], vec![]);
    for (at, name) in NAMES.into_iter().enumerate() {
        let user = User { create_date: created(at), password_last_used: used(at), ..a_user(name) };
        let id = iam.insert_user(user, Person::default()).await.unwrap().id.uuid();
        by_name.push((name.to_ascii_lowercase(), id));
        by_created.push((created(at), id));
        by_used.push((use_key(used(at)), id));
    }
    let list = async |page: &PageRequest| iam.list_users(&Filter::default(), page).await;
    check(Sort::Name, |user| user.id.uuid(), by_name, list).await;
    check(Sort::Created, |user| user.id.uuid(), by_created, list).await;
    check(Sort::LastUsed, |user| user.id.uuid(), by_used, list).await;
}

pub async fn groups_in_every_order(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let (mut by_name, mut by_created) = (vec![], vec![]);
    for (at, name) in NAMES.into_iter().enumerate() {
        let id = iam.insert_group(Group { create_date: created(at), ..a_group(name) }).await.unwrap().id.uuid();
        by_name.push((name.to_ascii_lowercase(), id));
        by_created.push((created(at), id));
    }
    let list = async |page: &PageRequest| iam.list_groups(&Filter::default(), page).await;
    check(Sort::Name, |group| group.id.uuid(), by_name, list).await;
    check(Sort::Created, |group| group.id.uuid(), by_created, list).await;
    expect::invalid(list(&request(5, Sort::LastUsed, false)).await, "sort");
}

pub async fn members_by_name(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    h.add_group(&acme, "staff").await;
    h.add_user(&acme, "outsider").await;
    let mut by_name = vec![];
    for name in NAMES {
        let id = h.add_user(&acme, name).await.id.uuid();
        iam.add_user_to_group("staff", name).await.unwrap();
        by_name.push((name.to_ascii_lowercase(), id));
    }
    let list = async |page: &PageRequest| iam.list_group_members("STAFF", page).await;
    check(Sort::Name, |user| user.id.uuid(), by_name, list).await;
    assert_eq!(list(&PageRequest::first(2)).await.unwrap().total, Total::Exact(9));
    for sort in [Sort::Created, Sort::LastUsed] {
        expect::invalid(list(&request(5, sort, false)).await, "sort");
    }
}

pub async fn roles_in_every_order(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let (mut by_name, mut by_created, mut by_used) = (vec![], vec![], vec![]);
    for (at, name) in NAMES.into_iter().enumerate() {
        let role_last_used = used(at).map(|last_used_date| RoleLastUsed { last_used_date, region: None });
        let role = Role { create_date: created(at), role_last_used, ..a_role(name) };
        let id = iam.insert_role(role).await.unwrap().id.uuid();
        by_name.push((name.to_ascii_lowercase(), id));
        by_created.push((created(at), id));
        by_used.push((use_key(used(at)), id));
    }
    let list = async |page: &PageRequest| iam.list_roles(&Filter::default(), page).await;
    check(Sort::Name, |role| role.id.uuid(), by_name, list).await;
    check(Sort::Created, |role| role.id.uuid(), by_created, list).await;
    check(Sort::LastUsed, |role| role.id.uuid(), by_used, list).await;
}

pub async fn policies_in_every_order(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let (mut by_name, mut by_created) = (vec![], vec![]);
    // AWS's may share the names of the tenant's own.
    let own = NAMES[..5].iter().map(|name| a_policy(name));
    let aws = NAMES[1..5].iter().map(|name| an_aws_policy(name));
    for (at, policy) in own.chain(aws).enumerate() {
        let name = policy.policy_name.to_ascii_lowercase();
        let id = iam.insert_policy(Policy { create_date: created(at), ..policy }).await.unwrap().id.uuid();
        by_name.push((name, id));
        by_created.push((created(at), id));
    }
    let list = async |page: &PageRequest| iam.list_policies(PolicyScope::All, &Filter::default(), page).await;
    check(Sort::Name, |policy| policy.id.uuid(), by_name, list).await;
    check(Sort::Created, |policy| policy.id.uuid(), by_created, list).await;
    expect::invalid(list(&request(5, Sort::LastUsed, false)).await, "sort");
}

pub async fn permission_sets_in_every_order(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut sso = h.sso(&acme);
    let (mut by_name, mut by_created) = (vec![], vec![]);
    for (at, name) in NAMES.into_iter().enumerate() {
        let set = PermissionSet { created_date: created(at), ..a_set(name) };
        let id = sso.insert_permission_set(set).await.unwrap().id.uuid();
        by_name.push((name.to_ascii_lowercase(), id));
        by_created.push((created(at), id));
    }
    let list = async |page: &PageRequest| sso.list_permission_sets(&Filter::default(), page).await;
    check(Sort::Name, |set| set.id.uuid(), by_name, list).await;
    check(Sort::Created, |set| set.id.uuid(), by_created, list).await;
    expect::invalid(list(&request(5, Sort::LastUsed, false)).await, "sort");
}

pub async fn child_tenants_in_every_order(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let (mut by_slug, mut by_created) = (vec![], vec![]);
    for (at, slug) in ["b", "a", "a1", "b2", "a-b", "z", "1", "ab", "c"].into_iter().enumerate() {
        if at % 3 == 0 {
            h.tick();
        }
        let child = h.tenant_below(&acme, slug).await;
        h.tenant_below(&child, "below").await;
        by_slug.push((slug, child.id.uuid()));
        by_created.push((h.now(), child.id.uuid()));
    }
    for from in [&root, &acme] {
        let tenants = h.tenants(from);
        let list = async |page: &PageRequest| tenants.list_child_tenants(acme.id, page).await;
        check(Sort::Name, |tenant| tenant.id.uuid(), by_slug.clone(), list).await;
        check(Sort::Created, |tenant| tenant.id.uuid(), by_created.clone(), list).await;
        expect::invalid(list(&request(5, Sort::LastUsed, false)).await, "sort");
        assert_eq!(list(&PageRequest::first(2)).await.unwrap().total, Total::Exact(9));
    }
}

/// A list that has one order, newest first, whatever is asked for.
async fn check_newest_first<T: Debug>(
    id: impl Fn(&T) -> Uuid,
    oldest_first: &[Uuid],
    list: impl AsyncFn(&PageRequest) -> Result<Page<T>>,
) {
    let expected: Vec<Uuid> = oldest_first.iter().rev().copied().collect();
    for limit in LIMITS {
        for (sort, descending) in [(Sort::Name, false), (Sort::Created, false), (Sort::LastUsed, true)] {
            let rows = walk(&request(limit, sort, descending), &id, &list).await;
            assert_eq!(rows.iter().map(&id).collect::<Vec<_>>(), expected, "by {limit}");
        }
    }
}

pub async fn assignments_newest_first(h: &Harness) {
    let acme = h.tenant("acme").await;
    let set = h.add_set(&acme, "Reader").await;
    let mut ids = vec![];
    for name in NAMES {
        h.tick();
        let actor = ActorKey { tenant_id: acme.id, user_id: h.add_user(&acme, name).await.id };
        let made = h.sso(&acme).create_account_assignment(an_assignment(&acme, set.id, actor).new).await.unwrap();
        ids.push(made.id.uuid());
    }
    let sso = h.sso(&acme);
    let list = async |page: &PageRequest| sso.list_account_assignments(&Filter::default(), page).await;
    check_newest_first(|assignment| assignment.id.uuid(), &ids, list).await;
    assert_eq!(list(&PageRequest::first(2)).await.unwrap().total, Total::Exact(9));
}

pub async fn events_newest_first(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut records = h.records(&acme);
    let object = h.ids.uuid(h.now());
    let (mut all, mut of_object) = (vec![], vec![]);
    for at in 0..18 {
        h.tick();
        let mut event = an_event(h.id(), h.now());
        if at % 2 == 0 {
            event.target.id = Some(object);
            of_object.push(event.id.uuid());
        }
        all.push(event.id.uuid());
        records.record(&event).await.unwrap();
    }
    let list = async |page: &PageRequest| records.list_events(&Filter::default(), page).await;
    check_newest_first(|event| event.id.uuid(), &all, list).await;
    let list = async |page: &PageRequest| records.list_events_of("user", object, page).await;
    check_newest_first(|event| event.id.uuid(), &of_object, list).await;
}

pub async fn bin_items_latest_first(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut records = h.records(&acme);
    let mut ids = vec![];
    for at in 0..9 {
        let deleted_at = day(10) + TimeDelta::microseconds(at);
        let item = BinItem { deleted_at, ..a_bin_item(h.id(), h.ids.uuid(h.now()), "x") };
        records.put_bin_item(&item).await.unwrap();
        ids.push(item.id.uuid());
    }
    let list = async |page: &PageRequest| records.list_bin_items(&Filter::default(), page).await;
    check_newest_first(|item| item.id.uuid(), &ids, list).await;
}

async fn add_users(h: &Harness, tenant: &TenantRef, names: &[&str]) {
    for name in names {
        h.add_user(tenant, name).await;
    }
}

fn names(page: &Page<crate::iam::Stored<User>>) -> Vec<&str> {
    page.items.iter().map(|user| user.user_name.as_str()).collect()
}

pub async fn an_empty_list_is_one_empty_page(h: &Harness) {
    let acme = h.tenant("acme").await;
    let page = h.iam(&acme).list_users(&Filter::default(), &PageRequest::first(1)).await.unwrap();
    assert_eq!(page, Page { items: vec![], next: None, previous: None, total: Total::Exact(0) });
    let page = h.records(&acme).list_events(&only("", "x"), &PageRequest::default()).await.unwrap();
    assert_eq!(page, Page { items: vec![], next: None, previous: None, total: Total::Exact(0) });
}

pub async fn rows_that_come_and_go_between_neither_repeat_nor_skip(h: &Harness) {
    let acme = h.tenant("acme").await;
    add_users(h, &acme, &["b", "d", "f", "h", "j"]).await;
    let mut iam = h.iam(&acme);
    let first = PageRequest::first(2);
    let page = iam.list_users(&Filter::default(), &first).await.unwrap();
    assert_eq!(names(&page), ["b", "d"]);
    // Before the cursor, at it, after it; and the row of the cursor goes.
    add_users(h, &acme, &["a", "c", "e", "k"]).await;
    iam.delete_user("d").await.unwrap();
    iam.delete_user("h").await.unwrap();
    let second = first.clone().at(cursor(page.next.as_ref()));
    let page = iam.list_users(&Filter::default(), &second).await.unwrap();
    assert_eq!(names(&page), ["e", "f"]);
    let third = first.clone().at(cursor(page.next.as_ref()));
    let last = iam.list_users(&Filter::default(), &third).await.unwrap();
    assert_eq!((names(&last), &last.next), (vec!["j", "k"], &None));
    let back = first.clone().at(cursor(page.previous.as_ref()));
    let before = iam.list_users(&Filter::default(), &back).await.unwrap();
    assert_eq!(names(&before), ["b", "c"], "backwards, what has come meanwhile is there");
    let back = first.at(cursor(before.previous.as_ref()));
    assert_eq!(names(&iam.list_users(&Filter::default(), &back).await.unwrap()), ["a"]);
}

pub async fn a_last_page_whose_rows_are_gone_is_empty(h: &Harness) {
    let acme = h.tenant("acme").await;
    add_users(h, &acme, &["a", "b", "c"]).await;
    let mut iam = h.iam(&acme);
    let first = PageRequest::first(2);
    let page = iam.list_users(&Filter::default(), &first).await.unwrap();
    iam.delete_user("c").await.unwrap();
    let rest = iam.list_users(&Filter::default(), &first.at(cursor(page.next.as_ref()))).await.unwrap();
    assert_eq!((names(&rest), rest.next.clone(), rest.total), (vec![], None, Total::Exact(2)));
}

pub async fn a_filter_holds_on_every_page(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    for at in 0..20 {
        let path = if at % 3 == 0 { "/eng/" } else { "/ops/" };
        let user = User { path: path.into(), create_date: day(at % 4), ..a_user(&format!("user{at:02}")) };
        iam.insert_user(user, Person::default()).await.unwrap();
    }
    for (filter, count) in
        [(only("path", "/eng/"), 7), (but("path", "/eng/"), 13), (only("", "USER1"), 10), (but("", "user1"), 10)]
    {
        for sort in [Sort::Name, Sort::Created, Sort::LastUsed] {
            for descending in [false, true] {
                let list = async |page: &PageRequest| iam.list_users(&filter, page).await;
                let rows = walk(&request(3, sort, descending), |user| user.id.uuid(), list).await;
                assert_eq!(rows.len(), count, "{filter:?} by {sort:?}");
            }
        }
        let page = iam.list_users(&filter, &PageRequest::first(1)).await.unwrap();
        assert_eq!(page.total, Total::Exact(count as u64));
    }
}

pub async fn a_cursor_belongs_to_its_list(h: &Harness) {
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    for tenant in [&acme, &globex] {
        add_users(h, tenant, &["a", "b", "c"]).await;
        for name in ["a", "b", "c"] {
            h.add_group(tenant, name).await;
            h.add_policy(tenant, name).await;
        }
        for name in ["a", "b"] {
            h.iam(tenant).add_user_to_group("a", name).await.unwrap();
            h.iam(tenant).add_user_to_group("b", name).await.unwrap();
        }
    }
    let iam = h.iam(&acme);
    let first = PageRequest::first(1);
    let everything = Filter::default();
    let at = |page: &Option<String>| first.clone().at(cursor(page.as_ref()));
    let users = at(&iam.list_users(&everything, &first).await.unwrap().next);
    assert!(iam.list_users(&everything, &users).await.is_ok());
    assert!(
        iam.list_users(&everything, &PageRequest { limit: 2, ..users.clone() }).await.is_ok(),
        "the size may change"
    );
    expect::invalid(h.iam(&globex).list_users(&everything, &users).await, "cursor");
    expect::invalid(iam.list_groups(&everything, &users).await, "cursor");
    expect::invalid(iam.list_users(&only("", "a"), &users).await, "cursor");
    expect::invalid(iam.list_users(&everything, &PageRequest { descending: true, ..users.clone() }).await, "cursor");
    expect::invalid(iam.list_users(&everything, &PageRequest { sort: Sort::Created, ..users.clone() }).await, "cursor");
    let filtered = at(&iam.list_users(&but("", "x"), &first).await.unwrap().next);
    expect::invalid(iam.list_users(&only("", "x"), &filtered).await, "cursor");
    expect::invalid(iam.list_users(&everything, &filtered).await, "cursor");
    let members = at(&iam.list_group_members("a", &first).await.unwrap().next);
    expect::invalid(iam.list_group_members("b", &members).await, "cursor");
    expect::invalid(iam.list_users(&everything, &members).await, "cursor");
    let policies = at(&iam.list_policies(PolicyScope::All, &everything, &first).await.unwrap().next);
    expect::invalid(iam.list_policies(PolicyScope::Local, &everything, &policies).await, "cursor");
}

pub async fn a_cursor_of_children_belongs_to_their_parent(h: &Harness) {
    let root = h.root().await;
    for slug in ["a", "b"] {
        let tenant = h.tenant(slug).await;
        h.tenant_below(&tenant, "x").await;
        h.tenant_below(&tenant, "y").await;
    }
    let tenants = h.tenants(&root);
    let [a, b] = ["a", "b"].map(|slug| slug.parse().unwrap());
    let a = tenants.find_tenant(&a).await.unwrap().unwrap();
    let b = tenants.find_tenant(&b).await.unwrap().unwrap();
    let first = PageRequest::first(1);
    let page = tenants.list_child_tenants(a.id, &first).await.unwrap();
    let second = first.at(cursor(page.next.as_ref()));
    assert_eq!(tenants.list_child_tenants(a.id, &second).await.unwrap().items[0].path.slug(), "y");
    expect::invalid(tenants.list_child_tenants(b.id, &second).await, "cursor");
}

pub async fn a_page_has_one_to_a_thousand_rows(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "ada").await;
    let (iam, everything) = (h.iam(&acme), Filter::default());
    for bad in [0, 1001, u32::MAX] {
        let page = PageRequest::first(bad);
        expect::invalid(iam.list_users(&everything, &page).await, "limit");
        expect::invalid(iam.list_groups(&everything, &page).await, "limit");
        expect::invalid(iam.list_roles(&everything, &page).await, "limit");
        expect::invalid(iam.list_policies(PolicyScope::All, &everything, &page).await, "limit");
        expect::invalid(h.sso(&acme).list_permission_sets(&everything, &page).await, "limit");
        expect::invalid(h.sso(&acme).list_account_assignments(&everything, &page).await, "limit");
        expect::invalid(h.records(&acme).list_events(&everything, &page).await, "limit");
        expect::invalid(h.records(&acme).list_events_of("user", Uuid::nil(), &page).await, "limit");
        expect::invalid(h.records(&acme).list_bin_items(&everything, &page).await, "limit");
        expect::invalid(h.tenants(&acme).list_child_tenants(acme.id, &page).await, "limit");
    }
    assert_eq!(iam.list_users(&everything, &PageRequest::first(1000)).await.unwrap().items.len(), 1);
}

pub async fn a_spoilt_cursor_is_refused(h: &Harness) {
    let acme = h.tenant("acme").await;
    add_users(h, &acme, &["a", "b"]).await;
    let iam = h.iam(&acme);
    for sort in [Sort::Created, Sort::LastUsed] {
        let first = request(1, sort, false);
        let page = iam.list_users(&Filter::default(), &first).await.unwrap();
        let good = cursor(page.next.as_ref()).unwrap();
        for key in ["", "soon", "9223372036854775807", "1.5"] {
            let spoilt = Cursor { key: key.into(), ..good.clone() };
            expect::invalid(iam.list_users(&Filter::default(), &first.clone().at(Some(spoilt))).await, "cursor");
        }
    }
}

pub async fn rows_of_one_time_are_told_apart_to_the_microsecond(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let mut places = vec![];
    for (at, name) in NAMES.into_iter().enumerate() {
        let create_date = day(1) + TimeDelta::microseconds([3, 1, 2, 3, 1, 2, 0, 4, 0][at]);
        let made = iam.insert_user(User { create_date, ..a_user(name) }, Person::default()).await.unwrap();
        places.push((create_date, made.id.uuid()));
    }
    let list = async |page: &PageRequest| iam.list_users(&Filter::default(), page).await;
    check(Sort::Created, |user| user.id.uuid(), places, list).await;
}

pub async fn a_list_of_a_unit_goes_on_in_it(h: &Harness) {
    let acme = h.tenant("acme").await;
    add_users(h, &acme, &["a", "c"]).await;
    let mut unit = h.unit(&acme).await;
    unit.iam.insert_user(a_user("b"), Person::default()).await.unwrap();
    let list = async |page: &PageRequest| unit.iam.list_users(&Filter::default(), page).await;
    let rows = walk(&PageRequest::first(1), |user| user.id.uuid(), list).await;
    assert_eq!(rows.len(), 3);
}
