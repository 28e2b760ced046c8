//! Guardrails.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use super::builders::{a_guardrail, day, document_of};
use super::{Harness, expect};
use crate::tenant::Guardrail;

pub async fn a_new_tenant_has_the_built_in_one_alone(h: &Harness) {
    let acme = h.tenant("acme").await;
    assert!(h.tenants(&acme).list_guardrails().await.unwrap().is_empty());
    assert!(h.tenants(&acme).get_tenant(acme.id).await.unwrap().unwrap().allow_all_guardrail);
}

pub async fn they_are_read_as_given_by_name(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut tenants = h.tenants(&acme);
    for name in ["beta", "Alpha", "Ωmega und blanks"] {
        tenants.put_guardrail(&a_guardrail(name)).await.unwrap();
    }
    let expected = ["Alpha", "beta", "Ωmega und blanks"].map(a_guardrail);
    assert_eq!(tenants.list_guardrails().await.unwrap(), expected);
}

pub async fn a_second_of_one_name_replaces_the_first(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut tenants = h.tenants(&acme);
    tenants.put_guardrail(&a_guardrail("no-übung")).await.unwrap();
    let other = Guardrail { document: "{}".into(), ..a_guardrail("NO-ÜBUNG") };
    tenants.put_guardrail(&other).await.unwrap();
    assert_eq!(tenants.list_guardrails().await.unwrap(), [other], "names of any script compare without case");
}

pub async fn one_is_removed_by_name(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut tenants = h.tenants(&acme);
    tenants.put_guardrail(&a_guardrail("a")).await.unwrap();
    tenants.put_guardrail(&a_guardrail("b")).await.unwrap();
    tenants.delete_guardrail("A").await.unwrap();
    assert_eq!(tenants.list_guardrails().await.unwrap(), [a_guardrail("b")]);
    for absent in ["a", "", "b\0", "%"] {
        expect::absent(tenants.delete_guardrail(absent).await);
    }
}

pub async fn the_last_guardrail_of_any_kind_stays(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut tenants = h.tenants(&acme);
    expect::unmodifiable(tenants.set_allow_all_guardrail(false).await);
    assert!(tenants.get_tenant(acme.id).await.unwrap().unwrap().allow_all_guardrail);
    tenants.put_guardrail(&a_guardrail("own")).await.unwrap();
    tenants.set_allow_all_guardrail(false).await.unwrap();
    assert!(!tenants.get_tenant(acme.id).await.unwrap().unwrap().allow_all_guardrail);
    expect::unmodifiable(tenants.delete_guardrail("own").await);
    assert_eq!(tenants.list_guardrails().await.unwrap().len(), 1);
    tenants.put_guardrail(&a_guardrail("other")).await.unwrap();
    tenants.delete_guardrail("own").await.unwrap();
    tenants.set_allow_all_guardrail(true).await.unwrap();
    tenants.delete_guardrail("other").await.unwrap();
}

pub async fn the_switch_is_a_change_of_the_tenant(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut tenants = h.tenants(&acme);
    tenants.put_guardrail(&a_guardrail("own")).await.unwrap();
    let read = tenants.get_tenant(acme.id).await.unwrap().unwrap();
    assert_eq!(read.version, 1, "a guardrail of its own is none");
    h.tick();
    tenants.set_allow_all_guardrail(true).await.unwrap();
    assert_eq!(tenants.get_tenant(acme.id).await.unwrap(), Some(read.clone()), "it was on");
    tenants.set_allow_all_guardrail(false).await.unwrap();
    let changed = tenants.get_tenant(acme.id).await.unwrap().unwrap();
    assert_eq!((changed.version, changed.updated_at), (2, h.now()));
    expect::stale(tenants.update_tenant(&read).await);
}

pub async fn wrong_fields_are_named(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut tenants = h.tenants(&acme);
    for bad in ["", "a\0b", &"ä".repeat(129)] {
        expect::invalid(tenants.put_guardrail(&a_guardrail(bad)).await, "name");
    }
    let nul = Guardrail { document: "\0".into(), ..a_guardrail("a") };
    expect::invalid(tenants.put_guardrail(&nul).await, "document");
    tenants.put_guardrail(&Guardrail { document: document_of("x"), ..a_guardrail(&"ä".repeat(128)) }).await.unwrap();
}

pub async fn tenants_have_their_own(h: &Harness) {
    let acme = h.tenant("acme").await;
    let eng = h.tenant_below(&acme, "eng").await;
    h.tenants(&acme).put_guardrail(&a_guardrail("own")).await.unwrap();
    h.tenants(&acme).set_allow_all_guardrail(false).await.unwrap();
    assert!(h.tenants(&eng).list_guardrails().await.unwrap().is_empty());
    expect::absent(h.tenants(&eng).delete_guardrail("own").await);
    let other = Guardrail { created_at: day(9), ..a_guardrail("own") };
    h.tenants(&eng).put_guardrail(&other).await.unwrap();
    assert_eq!(h.tenants(&acme).list_guardrails().await.unwrap(), [a_guardrail("own")]);
    assert_eq!(h.tenants(&eng).list_guardrails().await.unwrap(), [other]);
}
