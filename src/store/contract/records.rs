//! Audit events.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use serde_json::json;

use super::builders::{an_actor, an_event, day};
use super::lists::{but, only};
use super::{Harness, expect};
use crate::audit::{Event, EventTarget, Outcome};
use crate::store::ActorKey;
use crate::wire::{Filter, Id, PageRequest};

fn a_full_event(h: &Harness, actor: ActorKey) -> Event {
    Event {
        actor: Some(an_actor(actor, "ada")),
        acting_as: vec!["Administrator".into(), "own policies".into()],
        source_ip: Some("192.0.2.1".into()),
        request_id: "4711".into(),
        action: "iam:UpdateUser".into(),
        target: EventTarget {
            kind: "user".into(),
            id: Some(h.ids.uuid(h.now())),
            name: "bob".into(),
            arn: "arn:wami:iam::1:user/bob".into(),
        },
        outcome: Outcome::Refused,
        reason: Some("The policy says no.".into()),
        before: Some(json!({"path": "/", "tags": [{"key": "ä", "value": "<script>"}], "n": 1.5, "none": null})),
        after: Some(json!({"path": "/eng/"})),
        parts: vec![json!({"n": 1}), json!("two")],
        ..an_event(h.id(), h.now())
    }
}

pub async fn an_event_is_read_as_it_was_recorded(h: &Harness) {
    let acme = h.tenant("acme").await;
    let actor = ActorKey { tenant_id: acme.id, user_id: h.id() };
    let (full, bare) = (a_full_event(h, actor), an_event(h.id(), h.now()));
    let mut records = h.records(&acme);
    records.record(&full).await.unwrap();
    records.record(&bare).await.unwrap();
    assert_eq!(records.find_event(full.id).await.unwrap(), Some(full));
    assert_eq!(records.find_event(bare.id).await.unwrap(), Some(bare));
    assert_eq!(records.find_event(h.id()).await.unwrap(), None);
}

pub async fn an_event_is_recorded_once(h: &Harness) {
    let acme = h.tenant("acme").await;
    let event = an_event(h.id(), h.now());
    let mut records = h.records(&acme);
    records.record(&event).await.unwrap();
    let other = Event { action: "iam:DeleteUser".into(), ..event.clone() };
    expect::exists(records.record(&other).await, "id");
    assert_eq!(records.find_event(event.id).await.unwrap(), Some(event));
}

pub async fn whatever_was_tried_can_be_recorded(h: &Harness) {
    let acme = h.tenant("acme").await;
    let actor = ActorKey { tenant_id: acme.id, user_id: h.id() };
    let nul = "a\0b".to_owned();
    let mut event = a_full_event(h, actor);
    event.actor.as_mut().unwrap().name = nul.clone();
    event.acting_as = vec![nul.clone()];
    event.source_ip = Some(nul.clone());
    event.request_id = nul.clone();
    event.target.name = nul.clone();
    event.target.arn = nul.clone();
    event.reason = Some(nul.clone());
    event.before = Some(json!({ "a\0b": ["a\0b"] }));
    event.parts = vec![json!(nul)];
    let mut records = h.records(&acme);
    records.record(&event).await.unwrap();
    let kept = records.find_event(event.id).await.unwrap().unwrap();
    assert_eq!(kept.target.name, "a\u{fffd}b");
    assert_eq!(kept.before, Some(json!({ "a\u{fffd}b": ["a\u{fffd}b"] })));
    assert_eq!(kept.parts, [json!("a\u{fffd}b")]);
}

pub async fn an_event_outlives_what_it_tells_of(h: &Harness) {
    let acme = h.tenant("acme").await;
    let user = h.add_user(&acme, "ada").await;
    let mut event = an_event(h.id(), h.now());
    event.actor = Some(an_actor(ActorKey { tenant_id: acme.id, user_id: user.id }, "ada"));
    event.target.id = Some(user.id.uuid());
    let mut records = h.records(&acme);
    records.record(&event).await.unwrap();
    h.iam(&acme).delete_user("ada").await.unwrap();
    let told = records.list_events_of("user", user.id.uuid(), &PageRequest::default()).await.unwrap();
    assert_eq!(told.items, [event]);
}

pub async fn the_events_of_an_object_are_its_own(h: &Harness) {
    let acme = h.tenant("acme").await;
    let object = h.ids.uuid(h.now());
    let mut records = h.records(&acme);
    let mut expected = Vec::new();
    for (kind, id) in [("user", Some(object)), ("group", Some(object)), ("user", None), ("user", Some(object))] {
        h.tick();
        let mut event = an_event(h.id(), h.now());
        event.target.kind = kind.into();
        event.target.id = id;
        records.record(&event).await.unwrap();
        if (kind, id) == ("user", Some(object)) {
            expected.insert(0, event);
        }
    }
    let found = records.list_events_of("user", object, &PageRequest::default()).await.unwrap();
    assert_eq!(found.items, expected, "newest first");
    assert!(records.list_events_of("role", object, &PageRequest::default()).await.unwrap().items.is_empty());
    assert!(records.list_events_of("us\0er", object, &PageRequest::default()).await.unwrap().items.is_empty());
}

pub async fn events_are_narrowed_by_every_key(h: &Harness) {
    let acme = h.tenant("acme").await;
    let actor = ActorKey { tenant_id: acme.id, user_id: h.id() };
    let mut records = h.records(&acme);
    let mut ids: Vec<Id<Event>> = Vec::new();
    let variants: [&dyn Fn(&mut Event); 4] = [
        &|event| event.at = day(50),
        &|event| event.actor = Some(an_actor(actor, "Ada")),
        &|event| {
            event.action = "sso:CreateAccountAssignment".into();
            event.target.kind = "assignment".into();
            event.target.name = "Reader of ada".into();
        },
        &|event| {
            event.outcome = Outcome::Failed;
            event.request_id = "4711".into();
        },
    ];
    for vary in variants {
        h.tick();
        let mut event = an_event(h.id(), h.now());
        vary(&mut event);
        records.record(&event).await.unwrap();
        ids.push(event.id);
    }
    for (filter, expected) in [
        (Filter::default(), vec![3, 2, 1, 0]),
        (only("action", "iam:CreateUser"), vec![3, 1, 0]),
        (only("action", "iam:Create"), vec![]),
        (only("action", "iam:*"), vec![3, 1, 0]),
        (only("action", "sso:Create*"), vec![2]),
        (but("action", "sso:*"), vec![3, 1, 0]),
        (only("actor", "Ada"), vec![1]),
        (only("actor", "ada"), vec![]),
        (but("actor", "Ada"), vec![3, 2, 0]),
        (only("target", "somebody"), vec![3, 1, 0]),
        (only("kind", "assignment"), vec![2]),
        (but("kind", "assignment"), vec![3, 1, 0]),
        (only("outcome", "failed"), vec![3]),
        (but("outcome", "failed"), vec![2, 1, 0]),
        (only("request", "4711"), vec![3]),
        (only("created", "<2026-02-25"), vec![0]),
        (only("created", ">2026-02-25"), vec![3, 2, 1]),
        (only("", "ADA"), vec![2, 1]),
        (but("", "ada"), vec![3, 0]),
        (only("", "read"), vec![2]),
    ] {
        let found = records.list_events(&filter, &PageRequest::default()).await.unwrap();
        let found: Vec<_> = found.items.iter().map(|event| event.id).collect();
        let expected: Vec<_> = expected.into_iter().map(|at: usize| ids[at]).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

pub async fn what_was_recorded_is_found_unaltered(h: &Harness) {
    let acme = h.tenant("acme").await;
    let actor = ActorKey { tenant_id: acme.id, user_id: h.id() };
    let mut records = h.records(&acme);
    for event in [a_full_event(h, actor), an_event(h.id(), h.now())] {
        records.record(&event).await.unwrap();
    }
    // How many are sealed at once depends on what else is under way; none of them is ever at fault.
    for _ in 0..3 {
        h.backend.seal_audit().await.unwrap();
        let found = h.backend.verify_audit().await.unwrap();
        assert!(found.faults.is_empty(), "{found:?}");
    }
}
