//! The audit's chain of hashes: what was changed, removed, moved or put in afterwards is found (security S28).

use std::time::Duration;

use sqlx::PgPool;
use wami::audit::chain::{Chains, FaultKind};

use crate::support::TestApp;

/// Some records in two tenants, all sealed. Other tests write to the same cluster meanwhile, for which the sealer waits.
async fn sealed() -> (TestApp, PgPool) {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    let mut ada = test.signed_in("ada").await;
    for name in ["a", "b", "c", "d", "e"] {
        ada.call("/api/groups/create", &[("tenant", "acme"), ("draft[group_name]", name)]).await.unwrap();
    }
    let owner = PgPool::connect_with(test.database().owner.clone()).await.unwrap();
    seal(&test).await;
    (test, owner)
}

async fn seal(test: &TestApp) {
    let sealing = async {
        while test.app.backend.seal_audit().await.unwrap() > 0
            || test.app.backend.verify_audit().await.unwrap().unsealed > 0
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), sealing).await.expect("everything is sealed");
}

async fn verify(test: &TestApp) -> Chains {
    test.app.backend.verify_audit().await.unwrap()
}

async fn run(owner: &PgPool, sql: &'static str) {
    let done = sqlx::raw_sql(sql).execute(owner).await.unwrap();
    assert!(done.rows_affected() > 0, "{sql}");
}

/// The places at fault, with what is wrong.
fn faults(chains: &Chains) -> Vec<(Option<i64>, FaultKind)> {
    assert!(chains.faults.iter().all(|fault| fault.tenant == "acme"), "{chains:?}");
    chains.faults.iter().map(|fault| (fault.place, fault.kind)).collect()
}

#[tokio::test]
async fn what_was_written_is_found_as_it_was_written() {
    let (test, owner) = sealed().await;
    let chains = verify(&test).await;
    assert_eq!((chains.faults.len(), chains.unsealed), (0, 0), "{chains:?}");
    let records: Vec<(&str, u64)> = chains.chains.iter().map(|chain| (chain.tenant.as_str(), chain.records)).collect();
    assert_eq!(records[0], ("acme", 5));
    let all: i64 = sqlx::query_scalar("select count(*) from audit_events").fetch_one(&owner).await.unwrap();
    assert_eq!(records.iter().map(|(_, n)| *n).sum::<u64>(), u64::try_from(all).unwrap());
    assert_eq!(test.app.backend.seal_audit().await.unwrap(), 0, "a record is sealed once");

    // More records lengthen the chain; its former head is in it.
    let mut ada = test.signed_in("ada").await;
    ada.call("/api/groups/delete", &[("tenant", "acme"), ("name", "a"), ("typed", "a")]).await.unwrap();
    assert!(verify(&test).await.unsealed > 0, "the tail is told");
    seal(&test).await;
    let longer = verify(&test).await;
    assert_eq!((longer.chains[0].records, longer.faults.len()), (6, 0));
    assert_ne!(longer.chains[0].head, chains.chains[0].head);
}

#[tokio::test]
async fn a_record_that_was_changed_removed_or_moved_is_named() {
    let (test, owner) = sealed().await;
    run(&owner, "create table kept as table audit_events; create table kept_seals as table audit_seals").await;
    let third =
        "select s.event_id from audit_seals s join tenants t on t.id = s.tenant_id where t.path = 'acme' and s.seq = 3";
    let put_back = "delete from audit_seals; delete from audit_events;
        insert into audit_events (tenant_id, id, at, actor_tenant_id, actor_tenant_path, actor_id, actor_name, acting_as, source_ip,
            request_id, action, target_kind, target_id, target_name, target_arn, outcome, reason, before, after, parts, committed_by)
        select tenant_id, id, at, actor_tenant_id, actor_tenant_path, actor_id, actor_name, acting_as, source_ip, request_id,
            action, target_kind, target_id, target_name, target_arn, outcome, reason, before, after, parts, committed_by from kept;
        insert into audit_seals select * from kept_seals";
    let of_acme = |set: &str| {
        let sql = format!("update audit_events set {set} where id = ({third})");
        sqlx::AssertSqlSafe(sql)
    };
    for set in [
        "action = 'iam:GetUser'",
        "actor_name = 'eve'",
        "outcome = 'failed'",
        "at = at + interval '1 microsecond'",
        "after = '{}'",
        "reason = ''",
        "source_ip = null",
        "target_name = target_name || ' '",
        "acting_as = '{}'",
    ] {
        let done = sqlx::query(of_acme(set)).execute(&owner).await.unwrap();
        // Some of it may have been so before.
        if done.rows_affected() > 0 && set != "source_ip = null" {
            assert_eq!(faults(&verify(&test).await), [(Some(3), FaultKind::Changed)], "{set}");
        }
        run(&owner, put_back).await;
    }
    assert!(verify(&test).await.faults.is_empty(), "what is put back is well again");

    let gone = format!("delete from audit_events where id = ({third})");
    sqlx::query(sqlx::AssertSqlSafe(gone)).execute(&owner).await.unwrap();
    assert_eq!(faults(&verify(&test).await), [(Some(3), FaultKind::Removed)]);
    run(&owner, put_back).await;

    // With its seal: the next one does not follow the one before.
    let gone = format!(
        "delete from audit_events where id = ({third}); delete from audit_seals where event_id = (select id from kept where id not in (select id from audit_events))"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(gone)).execute(&owner).await.unwrap();
    assert_eq!(faults(&verify(&test).await), [(Some(4), FaultKind::Broken)]);
    run(&owner, put_back).await;

    // The first of all.
    run(&owner, "delete from audit_seals where seq = 1 and tenant_id = (select id from tenants where path = 'acme')")
        .await;
    let found = faults(&verify(&test).await);
    assert!(found.contains(&(Some(2), FaultKind::Broken)) && found.contains(&(None, FaultKind::Unsealed)), "{found:?}");
    run(&owner, put_back).await;

    // Two that changed places.
    run(
        &owner,
        "alter table audit_seals drop constraint audit_seals_event_id_key;
         update audit_seals s set event_id = k.event_id, digest = k.digest from kept_seals k, tenants t
         where t.path = 'acme' and s.tenant_id = t.id and k.tenant_id = t.id and s.seq in (2, 3) and k.seq = 5 - s.seq",
    )
    .await;
    let found = faults(&verify(&test).await);
    assert!(found.contains(&(Some(2), FaultKind::Broken)), "{found:?}");
    run(&owner, put_back).await;

    // One put in behind.
    run(
        &owner,
        "insert into audit_events (tenant_id, id, at, acting_as, request_id, action, target_kind, target_name, target_arn, outcome, committed_by)
         select id, gen_random_uuid(), now(), '{}', 'x', 'iam:CreateUser', 'user', 'x', '', 'success', '1' from tenants where path = 'acme'",
    )
    .await;
    assert_eq!(test.app.backend.seal_audit().await.unwrap(), 0);
    assert_eq!(faults(&verify(&test).await), [(None, FaultKind::Unsealed)]);
}

#[tokio::test]
async fn a_record_is_sealed_after_every_transaction_that_came_before_it() {
    let (test, owner) = sealed().await;
    // A change that began earlier and is not over.
    let mut slow = owner.begin().await.unwrap();
    sqlx::query(
        "insert into audit_events (tenant_id, id, at, acting_as, request_id, action, target_kind, target_name, target_arn, outcome)
         select id, gen_random_uuid(), now(), '{}', 'x', 'iam:CreateUser', 'user', 'slow', '', 'success' from tenants where path = 'acme'",
    )
    .execute(&mut *slow)
    .await
    .unwrap();
    let mut ada = test.signed_in("ada").await;
    ada.call("/api/groups/create", &[("tenant", "acme"), ("draft[group_name]", "quick")]).await.unwrap();
    test.app.backend.seal_audit().await.unwrap();
    assert_eq!(verify(&test).await.chains[0].records, 5, "the quick one waits for the slow one");
    slow.commit().await.unwrap();
    seal(&test).await;
    let order: Vec<String> = sqlx::query_scalar(
        "select e.target_name from audit_seals s join audit_events e on e.tenant_id = s.tenant_id and e.id = s.event_id
         join tenants t on t.id = s.tenant_id where t.path = 'acme' and s.seq > 5 order by s.seq",
    )
    .fetch_all(&owner)
    .await
    .unwrap();
    assert_eq!(order, ["slow", "quick"]);
    assert!(verify(&test).await.faults.is_empty());
}

#[tokio::test]
async fn the_roles_of_requests_have_no_right_on_seals() {
    let test = TestApp::start().await;
    let backend = test.database().backend().await;
    for sql in [
        "select 1 from audit_seals",
        "select 1 from audit_sealer",
        "select wami_seal()",
        "select * from wami_verify_audit()",
    ] {
        for pool in [backend.app_pool(), backend.session_pool()] {
            let refused = sqlx::query(sql).fetch_all(pool).await.unwrap_err();
            assert_eq!(refused.as_database_error().and_then(|error| error.code()).as_deref(), Some("42501"), "{sql}");
        }
    }
}
