//! Login profiles.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use super::builders::{a_login_profile, day};
use super::{Harness, expect};
use crate::iam::LoginProfile;

pub async fn a_password_is_read_as_it_was_given(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "Ada").await;
    let mut iam = h.iam(&acme);
    let given = LoginProfile { password_reset_required: true, ..a_login_profile("ada") };
    iam.create_login_profile(given).await.unwrap();
    let read = iam.get_login_profile("ADA").await.unwrap().unwrap();
    assert_eq!(read.user_name, "Ada", "as the user is called");
    assert_eq!(read.password_hash.expose(), "$argon2id$of-ada");
    assert_eq!((read.create_date, read.changed_at, read.password_reset_required), (day(2), day(2), true));
}

pub async fn a_user_has_one_password_at_most(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_person(&acme, "ada").await;
    let mut iam = h.iam(&acme);
    let other = LoginProfile { password_hash: Harness::hash("other"), ..a_login_profile("ADA") };
    expect::exists(iam.create_login_profile(other).await, "user_name");
    assert_eq!(iam.get_login_profile("ada").await.unwrap().unwrap().password_hash.expose(), "$argon2id$of-ada");
}

pub async fn without_user_there_is_no_password(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    expect::absent(iam.create_login_profile(a_login_profile("ada")).await);
    expect::absent(iam.update_login_profile(a_login_profile("ada")).await);
    expect::absent(iam.delete_login_profile("ada").await);
    assert!(iam.get_login_profile("ada").await.unwrap().is_none());
}

pub async fn a_user_without_password_has_none_to_change(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "ada").await;
    let mut iam = h.iam(&acme);
    assert!(iam.get_login_profile("ada").await.unwrap().is_none());
    expect::absent(iam.update_login_profile(a_login_profile("ada")).await);
    expect::absent(iam.delete_login_profile("ada").await);
}

pub async fn a_change_replaces_hash_flag_and_time(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_person(&acme, "ada").await;
    h.add_person(&acme, "bob").await;
    let mut iam = h.iam(&acme);
    let changed = LoginProfile {
        create_date: day(20),
        password_reset_required: true,
        changed_at: day(20),
        password_hash: Harness::hash("other"),
        ..a_login_profile("ada")
    };
    iam.update_login_profile(changed).await.unwrap();
    let read = iam.get_login_profile("ada").await.unwrap().unwrap();
    assert_eq!((read.password_hash.expose().as_str(), read.password_reset_required), ("other", true));
    assert_eq!((read.create_date, read.changed_at), (day(2), day(20)), "made when it was made");
    assert_eq!(iam.get_login_profile("bob").await.unwrap().unwrap().password_hash.expose(), "$argon2id$of-bob");
}

pub async fn a_deleted_password_is_gone(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_person(&acme, "ada").await;
    h.add_person(&acme, "bob").await;
    let mut iam = h.iam(&acme);
    iam.delete_login_profile("Ada").await.unwrap();
    assert!(iam.get_login_profile("ada").await.unwrap().is_none());
    assert!(iam.get_login_profile("bob").await.unwrap().is_some());
    expect::absent(iam.delete_login_profile("ada").await);
    iam.create_login_profile(a_login_profile("ada")).await.unwrap();
}

pub async fn a_hash_must_be_something(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "ada").await;
    for bad in ["", "a\0b"] {
        let profile = LoginProfile { password_hash: Harness::hash(bad), ..a_login_profile("ada") };
        expect::invalid(h.iam(&acme).create_login_profile(profile).await, "password_hash");
    }
}

pub async fn a_password_is_no_change_of_its_user(h: &Harness) {
    let acme = h.tenant("acme").await;
    let user = h.add_user(&acme, "ada").await;
    let mut iam = h.iam(&acme);
    iam.create_login_profile(a_login_profile("ada")).await.unwrap();
    iam.update_login_profile(a_login_profile("ada")).await.unwrap();
    iam.delete_login_profile("ada").await.unwrap();
    assert_eq!(iam.find_user("ada").await.unwrap(), Some(user));
}
