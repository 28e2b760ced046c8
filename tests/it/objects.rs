//! The life of objects, through the server functions and read back through pages.

use http::StatusCode;
use wami::wire::Code;

use crate::support::TestApp;

const READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:GetUser","Resource":"*"}]}"#;
const WRITE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#;

#[tokio::test]
async fn a_user_is_renamed_grouped_deleted_and_restored() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    ada.call("/api/users/create", &[("tenant", "root"), ("draft[user_name]", "bob")]).await.unwrap();
    let taken = ada.call("/api/users/create", &[("tenant", "root"), ("draft[user_name]", "BOB")]).await.unwrap_err();
    assert_eq!((taken.code, taken.of_field("draft[user_name]").is_some()), (Code::Exists, true));
    ada.call("/api/groups/create", &[("tenant", "root"), ("draft[group_name]", "crew")]).await.unwrap();
    ada.call("/api/groups/add-member", &[("tenant", "root"), ("name", "crew"), ("user_name", "bob")]).await.unwrap();
    let rename =
        [("tenant", "root"), ("name", "bob"), ("version", "1"), ("draft[user_name]", "robert"), ("draft[path]", "/x/")];
    ada.call("/api/users/update", &rename).await.unwrap();
    assert_eq!(ada.get("/t/root/users/bob").await.status, StatusCode::NOT_FOUND);
    assert!(ada.get("/t/root/users/robert/groups").await.text.contains("crew"), "a rename carries the memberships");

    let delete = |typed| [("tenant", "root"), ("name", "robert"), ("typed", typed)];
    assert!(ada.call("/api/users/delete", &delete("bob")).await.unwrap_err().of_field("typed").is_some());
    ada.call("/api/users/delete", &delete("robert")).await.unwrap();
    assert_eq!(ada.get("/t/root/users/robert").await.status, StatusCode::NOT_FOUND);
    let bin = ada.get("/t/root/recycle-bin").await.text;
    let item = bin.split("name=\"item\" value=\"").nth(1).unwrap()[..36].to_owned();
    ada.call("/api/bin/restore", &[("tenant", "root"), ("item", &item)]).await.unwrap();
    assert!(ada.get("/t/root/users/robert/groups").await.text.contains("crew"), "a restore recreates the memberships");
    let history = ada.get("/t/root/users/robert/history").await.text;
    assert!(
        history.contains("iam:CreateUser") && history.contains("iam:DeleteUser"),
        "the id is the same, so the history is"
    );
}

#[tokio::test]
async fn a_policy_has_versions_that_are_compared_and_put_back() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    ada.call("/api/policies/create", &[("tenant", "root"), ("draft[policy_name]", "P"), ("document", READ)])
        .await
        .unwrap();
    let broken = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    { \"Effect\": \"Allow\" \"Action\": \"*\" }\n  ]\n}";
    let save = |version, document| [("tenant", "root"), ("name", "P"), ("version", version), ("document", document)];
    let error = ada.call("/api/policies/save-version", &save("1", broken)).await.unwrap_err();
    assert!(error.of_field("document").unwrap().starts_with("Line 4, column "), "{error:?}");
    ada.call("/api/policies/save-version", &save("1", WRITE)).await.unwrap();
    assert_eq!(ada.call("/api/policies/save-version", &save("1", READ)).await.unwrap_err().code, Code::Stale);
    let compare = ada.get("/t/root/policies/P/compare?with=v1").await.text;
    assert!(compare.contains("iam:GetUser") && compare.contains("iam:*"));
    ada.call("/api/policies/set-default", &[("tenant", "root"), ("name", "P"), ("version_id", "v1")]).await.unwrap();
    let in_force = [("tenant", "root"), ("name", "P"), ("version_id", "v1")];
    assert_eq!(ada.call("/api/policies/delete-version", &in_force).await.unwrap_err().code, Code::Unmodifiable);
    ada.call("/api/policies/delete-version", &[("tenant", "root"), ("name", "P"), ("version_id", "v2")]).await.unwrap();
    let audit = ada.get("/t/root/audit?q=action:iam:SetDefaultPolicyVersion").await.text;
    assert!(audit.replace("<wbr>", "").replace("<!>", "").contains("iam:SetDefaultPolicyVersion"));
}

#[tokio::test]
async fn policies_tags_and_inline_documents_hang_on_every_kind_of_owner() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    ada.call("/api/policies/create", &[("tenant", "root"), ("draft[policy_name]", "P"), ("document", READ)])
        .await
        .unwrap();
    ada.call("/api/users/create", &[("tenant", "root"), ("draft[user_name]", "bob")]).await.unwrap();
    ada.call("/api/groups/create", &[("tenant", "root"), ("draft[group_name]", "crew")]).await.unwrap();
    ada.call("/api/roles/create", &[("tenant", "root"), ("draft[role_name]", "pilot"), ("trust", trust)])
        .await
        .unwrap();
    ada.call("/api/sso/create-set", &[("tenant", "root"), ("name", "Readers"), ("session_hours", "8")]).await.unwrap();
    let page = ada.get("/t/root/policies/P").await.text;
    let arn = page.split("data-copy=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    for (kind, section, name) in [
        ("user", "users", "bob"),
        ("group", "groups", "crew"),
        ("role", "roles", "pilot"),
        ("permission-set", "permission-sets", "Readers"),
    ] {
        let owner = [("tenant", "root"), ("kind", kind), ("name", name)];
        let with = |more: &[(&'static str, &str)]| {
            let mut fields: Vec<(&str, String)> =
                owner.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
            fields.extend(more.iter().map(|(key, value)| (*key, (*value).to_owned())));
            fields
        };
        for (path, fields) in [
            ("/api/owners/attach", with(&[("policy_arn", &arn)])),
            ("/api/owners/put-inline", with(&[("policy_name", "own"), ("document", READ)])),
            ("/api/owners/put-tag", with(&[("key", "team"), ("value", "core")])),
        ] {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
            ada.call(path, &fields).await.unwrap_or_else(|error| panic!("{kind} {path}: {error:?}"));
        }
        let shown = ada.get(&format!("/t/root/{section}/{name}/permissions")).await.text;
        assert!(shown.contains("attached here") && shown.contains("own"), "{kind}");
        assert!(ada.get(&format!("/t/root/{section}/{name}/tags")).await.text.contains("core"), "{kind}");
    }
    let uses = ada.get("/t/root/policies/P/attachments").await.text;
    for name in ["bob", "crew", "pilot", "Readers"] {
        assert!(uses.contains(name), "{name}");
    }
    let list = ada.get("/t/root/users?q=tag:team=core").await.text;
    assert!(list.contains("/t/root/users/bob") && !list.contains("/t/root/users/ada\""), "a filter narrows in SQL");
}

#[tokio::test]
async fn tenants_are_made_moved_suspended_and_deleted() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    test.tenant("acme", "eng").await;
    test.tenant("root", "globex").await;
    test.person("acme.eng", "bob").await;
    let mut ada = test.signed_in("ada").await;
    let into_itself = [("tenant", "acme"), ("parent", "acme.eng"), ("slug", "acme")];
    let refused = ada.call("/api/tenants/move", &into_itself).await.unwrap_err();
    assert!(refused.of_field("parent").is_some(), "{refused:?}");
    ada.call("/api/tenants/move", &[("tenant", "acme.eng"), ("parent", "globex"), ("slug", "research")]).await.unwrap();
    let former = ada.get("/t/acme.eng/users").await;
    assert_eq!(former.location.as_deref(), Some("/t/globex.research/users"), "a former address leads on");
    let mut bob = test.signed_in("bob@globex.research").await;
    let settings = ada.get("/t/globex/settings").await.text;
    let version = settings.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    ada.call("/api/tenants/suspend", &[("tenant", "globex"), ("version", &version)]).await.unwrap();
    assert_eq!(bob.get("/account").await.status, StatusCode::SEE_OTHER, "people of a suspended tenant are out at once");
    assert_eq!(ada.get("/t/globex.research/users").await.status, StatusCode::OK, "administrators above may read");
    let create = [("tenant", "globex.research"), ("draft[user_name]", "eve")];
    assert_eq!(ada.call("/api/users/create", &create).await.unwrap_err().code, Code::TenantNotActive);
    let delete = [("tenant", "globex.research"), ("typed", "globex.research")];
    let refused = ada.call("/api/tenants/delete", &delete).await.unwrap_err();
    assert!(matches!(refused.code, Code::InUse | Code::TenantNotActive), "{refused:?}");
    ada.call("/api/tenants/delete", &[("tenant", "acme"), ("typed", "acme")]).await.unwrap();
    assert_eq!(ada.get("/t/acme").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_tree_of_tenants_is_unfolded_as_its_address_says() {
    let test = TestApp::start().await;
    for (parent, slug) in [("root", "acme"), ("acme", "eng"), ("acme.eng", "web"), ("acme", "ops"), ("root", "globex")]
    {
        test.tenant(parent, slug).await;
    }
    test.administrator("acme", "eve").await;
    let shown = |page: &str| -> Vec<(String, usize)> {
        let rows = page.split("<span id=\"").skip(1);
        let row = |row: &str| {
            (row.split('"').next().unwrap().to_owned(), row.split("</a>").next().unwrap().matches("<i>").count())
        };
        rows.map(row).collect()
    };
    let toggle = |page: &str, name: &str| {
        let label = format!("aria-label=\"Expand {name}\"");
        let link = page.split("<a ").find(|link| link.contains(&label)).unwrap();
        link.split("href=\"").nth(1).unwrap().split(['"', '#']).next().unwrap().replace("&amp;", "&")
    };
    let row = |path: &str, level: usize| (path.to_owned(), level);

    let mut ada = test.signed_in("ada").await;
    let folded = ada.get("/t/root/tenants").await.text;
    assert_eq!(shown(&folded), [row("acme", 0), row("globex", 0)]);
    assert!(!folded.contains("Expand globex"), "what has no children is not unfolded");
    let acme = ada.get(&toggle(&folded, "acme")).await.text;
    assert_eq!(shown(&acme), [row("acme", 0), row("acme.eng", 1), row("acme.ops", 1), row("globex", 0)]);
    let eng = ada.get(&toggle(&acme, "eng")).await.text;
    assert_eq!(shown(&eng)[..3], [row("acme", 0), row("acme.eng", 1), row("acme.eng.web", 2)]);
    let ordered = ada.get("/t/root/tenants?dir=desc&open=acme").await.text;
    assert_eq!(shown(&ordered)[..2], [row("globex", 0), row("acme", 0)]);

    let mut eve = test.signed_in("eve@acme").await;
    let own = eve.get("/t/acme/tenants?open=acme.eng,globex,root").await.text;
    assert_eq!(shown(&own), [row("acme.eng", 0), row("acme.eng.web", 1), row("acme.ops", 0)]);
}

#[tokio::test]
async fn lists_are_paged_both_ways_without_repeats() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    for n in 0..120 {
        let name = format!("user-{n:03}");
        ada.call("/api/users/create", &[("tenant", "root"), ("draft[user_name]", &name)]).await.unwrap();
    }
    let names = |text: &str| -> Vec<String> {
        text.split("/t/root/users/user-").skip(1).map(|rest| rest[..3].to_owned()).collect()
    };
    let link = |text: &str, rel: &str| {
        let at = text.split("<a ").find(|part| part.contains(&format!("rel=\"{rel}\"")))?;
        Some(at.split("href=\"").nth(1)?.split('"').next()?.replace("&amp;", "&"))
    };
    let mut page = ada.get("/t/root/users?q=user").await.text;
    let mut seen = names(&page);
    let mut pages = vec![seen.clone()];
    while let Some(next) = link(&page, "next") {
        page = ada.get(&next).await.text;
        pages.push(names(&page));
        seen.extend(names(&page));
    }
    let expected: Vec<String> = (0..120).map(|n| format!("{n:03}")).collect();
    assert_eq!(seen, expected);
    for earlier in pages.iter().rev().skip(1) {
        let previous = link(&page, "prev").unwrap();
        page = ada.get(&previous).await.text;
        assert_eq!(names(&page), *earlier);
    }
    let other = link(&page, "next").unwrap().replace("q=user", "q=use");
    assert_eq!(ada.get(&other).await.status, StatusCode::UNPROCESSABLE_ENTITY, "a cursor belongs to its filter");
}

#[tokio::test]
async fn a_boundary_is_set_shown_and_removed() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    ada.call("/api/users/create", &[("tenant", "root"), ("draft[user_name]", "bob")]).await.unwrap();
    ada.call("/api/policies/create", &[("tenant", "root"), ("draft[policy_name]", "Most"), ("document", READ)])
        .await
        .unwrap();
    let page = ada.get("/t/root/policies/Most").await.text;
    let arn = page.split("data-copy=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let of = |arn: &'static str| [("tenant", "root"), ("kind", "user"), ("name", "bob"), ("boundary_arn", arn)];
    let unknown = ada.call("/api/owners/put-boundary", &of("arn:aws:iam::1:policy/Nothing")).await.unwrap_err();
    assert!(unknown.of_field("boundary_arn").is_some(), "{unknown:?}");
    let set = [("tenant", "root"), ("kind", "user"), ("name", "bob"), ("boundary_arn", arn.as_str())];
    ada.call("/api/owners/put-boundary", &set).await.unwrap();
    assert!(ada.get("/t/root/users/bob/permissions").await.text.contains("/t/root/policies/Most"));
    assert!(ada.get("/t/root/policies/Most/attachments").await.text.contains("as boundary"));
    let bare = [("tenant", "root"), ("kind", "user"), ("name", "bob")];
    ada.call("/api/owners/remove-boundary", &bare).await.unwrap();
    assert_eq!(ada.call("/api/owners/remove-boundary", &bare).await.unwrap_err().code, Code::NotFound);
    let group = [("tenant", "root"), ("kind", "group"), ("name", "crew"), ("boundary_arn", arn.as_str())];
    assert_eq!(ada.call("/api/owners/put-boundary", &group).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn a_boundary_is_not_lifted_by_who_does_not_hold_what_it_holds_back() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    for name in ["bob", "ivy"] {
        test.person("acme", name).await;
    }
    test.assign("acme", "ivy", "IAM administrator", "tenant").await;
    let mut ada = test.signed_in("ada").await;
    let everything = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let most = [("tenant", "acme"), ("draft[policy_name]", "Most"), ("document", READ)];
    ada.call("/api/policies/create", &most).await.unwrap();
    let page = ada.get("/t/acme/policies/Most").await.text;
    let arn = page.split("data-copy=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let set = [("tenant", "acme"), ("kind", "user"), ("name", "bob"), ("boundary_arn", arn.as_str())];
    ada.call("/api/owners/put-boundary", &set).await.unwrap();
    let own = [("tenant", "acme"), ("kind", "user"), ("name", "bob"), ("policy_name", "own"), ("document", everything)];
    ada.call("/api/owners/put-inline", &own).await.unwrap();
    let mut ivy = test.signed_in("ivy@acme").await;
    let bare = [("tenant", "acme"), ("kind", "user"), ("name", "bob")];
    assert_eq!(ivy.call("/api/owners/remove-boundary", &bare).await.unwrap_err().code, Code::Forbidden);
    ada.call("/api/owners/remove-boundary", &bare).await.unwrap();
}

#[tokio::test]
async fn guardrails_bind_who_cannot_change_them() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    test.administrator("acme", "gus").await;
    let mut ada = test.signed_in("ada").await;
    let mut gus = test.signed_in("gus@acme").await;
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:CreateGroup","Resource":"*"}]}"#;
    let add = [("tenant", "acme"), ("name", "NoGroups"), ("document", deny)];
    assert_eq!(gus.call("/api/guardrails/create", &add).await.unwrap_err().code, Code::Forbidden);
    ada.call("/api/guardrails/create", &add).await.unwrap();
    assert!(ada.call("/api/guardrails/create", &add).await.unwrap_err().of_field("name").is_some());
    let group = [("tenant", "acme"), ("draft[group_name]", "crew")];
    assert_eq!(gus.call("/api/groups/create", &group).await.unwrap_err().code, Code::Forbidden);
    assert!(gus.get("/t/acme/guardrails").await.text.contains("NoGroups"), "who is bound may read it");

    // One that forbids all but making administrators does not keep those above from mending it.
    let all = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotAction":["iam:CreateUser","iam:CreateLoginProfile","sso:CreateAccountAssignment"],"Resource":"*"}]}"#;
    let seen = |page: &str| page.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let mark = seen(&ada.get("/t/acme/guardrails/NoGroups").await.text);
    let update = [("tenant", "acme"), ("name", "NoGroups"), ("seen", mark.as_str()), ("document", all)];
    ada.call("/api/guardrails/update", &update).await.unwrap();
    assert_eq!(ada.call("/api/guardrails/update", &update).await.unwrap_err().code, Code::Stale);
    assert_eq!(ada.get("/t/acme/guardrails/NoGroups").await.status, StatusCode::OK);
    let last = [("tenant", "acme"), ("on", "false")];
    let typed = |typed| [("tenant", "acme"), ("name", "NoGroups"), ("typed", typed)];
    assert!(ada.call("/api/guardrails/delete", &typed("x")).await.unwrap_err().of_field("typed").is_some());
    ada.call("/api/guardrails/delete", &typed("NoGroups")).await.unwrap();
    assert_eq!(ada.call("/api/guardrails/set-allow-all", &last).await.unwrap_err().code, Code::Unmodifiable);
    gus.call("/api/groups/create", &group).await.unwrap();
}

#[tokio::test]
async fn a_users_page_says_where_each_permission_comes_from() {
    let test = TestApp::start().await;
    test.person("root", "bob").await;
    test.assign("root", "bob", "Security auditor", "subtree").await;
    let mut ada = test.signed_in("ada").await;
    ada.call("/api/groups/create", &[("tenant", "root"), ("draft[group_name]", "crew")]).await.unwrap();
    ada.call("/api/groups/add-member", &[("tenant", "root"), ("name", "crew"), ("user_name", "bob")]).await.unwrap();
    let inline =
        [("tenant", "root"), ("kind", "group"), ("name", "crew"), ("policy_name", "of-crew"), ("document", READ)];
    ada.call("/api/owners/put-inline", &inline).await.unwrap();
    let page = ada.get("/t/root/users/bob/permissions").await.text;
    for text in ["of-crew", "group crew", "Security auditor", "assignment in root and below"] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[tokio::test]
async fn a_filter_that_cannot_be_read_is_marked_where_it_was_typed() {
    let test = TestApp::start().await;
    let page = test.signed_in("ada").await.get("/t/root/users?q=ada%20colour:red").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("<mark>colour:red</mark>"), "{}", page.text);
    assert!(page.text.contains("value=\"ada colour:red\""), "what was typed is kept: {}", page.text);
}

#[tokio::test]
async fn a_deletion_is_confirmed_by_the_form_of_its_page() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    ada.call("/api/users/create", &[("tenant", "root"), ("draft[user_name]", "bob")]).await.unwrap();
    let page = ada.get("/t/root/users/bob/delete").await.text;
    assert!(page.contains("name=\"typed\""), "the field is called as the server function wants it: {page}");
}
