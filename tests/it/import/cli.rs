//! The command.

use std::path::Path;
use std::process::{Command, Output};

use super::*;

fn command(database: &TestDatabase, data: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wami-console"))
        .args(["import", "aws-account"])
        .args(args)
        .env("DATABASE_URL", database.url())
        .env("WAMI_DATA_DIR", data)
        .env("WAMI_KEY", "07".repeat(32))
        .output()
        .unwrap()
}

fn printed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
        panic!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    })
}

#[tokio::test]
async fn it_prints_what_came_and_what_is_wrong_as_json() {
    let test = TestApp::empty().await;
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| command(test.database.as_ref().unwrap(), folder.path(), args);

    let dry = run(&[REAL, "--tenant", "acme/eng", "--dry-run", "--json"]);
    assert!(dry.status.success());
    assert_eq!(printed(&dry)["users"]["created"], 44);
    assert!(test.app.backend.directory().resolve(&"acme".parse().unwrap()).await.unwrap().is_none());

    let first = run(&[REAL, "--tenant", "acme/eng", "--json"]);
    assert!(first.status.success());
    let all =
        |created: u64, unchanged: u64| json!({"created": created, "updated": 0, "unchanged": unchanged, "failed": 0});
    assert_eq!(
        printed(&first),
        json!({
            "users": all(44, 0), "groups": all(5, 0), "roles": all(78, 0), "policies": all(84, 0),
            "policy_versions": all(85, 0), "memberships": all(6, 0), "attachments": all(106, 0),
            "inline_policies": all(39, 0)
        })
    );
    let again = run(&[REAL, "--tenant", "acme.eng", "--json"]);
    assert_eq!(printed(&again)["users"], all(0, 44));
    assert_eq!(printed(&again)["policy_versions"], all(0, 85));

    let before = rows(&test.database).await;
    let half = folder.path().join("half.json");
    let text = std::fs::read(REAL).unwrap();
    std::fs::write(&half, &text[..text.len() / 2]).unwrap();
    for args in [vec![half.to_str().unwrap()], vec!["/nowhere/at/all.json"]] {
        let refused = run(&[&args[..], &["--tenant", "globex", "--json"]].concat());
        assert_eq!(refused.status.code(), Some(1));
        let printed = printed(&refused);
        let error = &printed["errors"][0];
        assert!(error["pointer"].is_string() && error["code"].is_string() && error["message"].is_string(), "{printed}");
    }
    assert_eq!(rows(&test.database).await, before);

    let person = run(&[REAL, "--tenant", "acme.eng"]);
    let text = String::from_utf8(person.stdout).unwrap();
    assert!(text.contains("Users") && text.contains("Who may act in the console"), "{text}");
}
