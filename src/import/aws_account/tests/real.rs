//! The dump of a real account, published as test data.

use super::*;

const REAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/gaad/example.json");

fn real() -> Vec<u8> {
    std::fs::read(REAL).expect("the example dump")
}

#[test]
fn a_real_account_is_read_whole() {
    let mut dump = open_with(real(), None).expect("a valid dump");
    let summary = dump.summary().clone();
    assert_eq!(
        summary.counts,
        Counts {
            users: 44,
            groups: 5,
            roles: 78,
            policies: 84,
            aws_managed_policies: 38,
            policy_versions: 85,
            memberships: 6,
            attachments: 106,
            inline_policies: 39,
            boundaries: 0,
            tags: 48,
        }
    );
    assert_eq!(summary.accounts, ["012345678901", "200611803367"]);
    assert_eq!((summary.warnings, summary.unknown_policies), (vec![], vec![]));
    assert_eq!(summary.size_bytes, std::fs::metadata(REAL).unwrap().len());

    let mut counts = Counts::default();
    for found in dump.entries(&Kind::ALL).unwrap() {
        counts.add(&found.unwrap().1);
    }
    assert_eq!(counts, summary.counts, "reading gives what checking counted");
}

#[test]
fn documents_and_arns_are_kept_byte_for_byte() {
    let file = String::from_utf8(real()).unwrap();
    let mut dump = open_with(file.clone(), None).expect("a valid dump");
    let mut documents = 0;
    for found in dump.entries(&Kind::ALL).unwrap() {
        let entry = found.unwrap().1;
        let mut texts = vec![entry.identity().arn.clone(), entry.identity().id.clone()];
        texts
            .extend(entry.grants().into_iter().flat_map(|grants| &grants.inline).map(|policy| policy.document.clone()));
        match entry {
            Entry::Policy(policy) => texts.extend(policy.versions.into_iter().map(|version| version.document)),
            Entry::Role(role) => texts.push(role.trust_policy),
            Entry::User(_) | Entry::Group(_) => {}
        }
        documents += texts.len() - 2;
        for text in texts {
            assert!(file.contains(&text), "not in the file: {text}");
        }
    }
    assert_eq!(documents, 85 + 78 + 39);
}

#[test]
fn one_of_its_accounts_is_read_alone() {
    let dump = open_with(real(), Some("012345678901")).expect("a valid dump");
    let Summary { counts, accounts, skipped, .. } = dump.summary();
    assert_eq!((counts.users, counts.groups, counts.roles, counts.policies), (3, 2, 3, 40));
    assert_eq!(counts.aws_managed_policies, 38, "AWS's own policies belong to every account");
    assert_eq!((accounts.as_slice(), *skipped), (["012345678901".to_owned()].as_slice(), 41 + 3 + 75 + 44));
}

#[test]
fn cut_anywhere_it_is_one_error() {
    let file = real();
    let end = file.trim_ascii_end().len();
    // A prime step, so that the cuts fall on every kind of place.
    for cut in (0..end).step_by(39_937) {
        assert_cut_is_one_error(&file, cut);
    }
    assert_cut_is_one_error(&file, end - 1);
}

#[test]
fn a_small_dump_cut_at_every_byte_is_one_error() {
    let file = serde_json::to_string_pretty(&small()).unwrap().into_bytes();
    for cut in 0..file.len() {
        assert_cut_is_one_error(&file, cut);
    }
}

fn assert_cut_is_one_error(file: &[u8], cut: usize) {
    let rejection = open_with(&file[..cut], None).expect_err("half a dump");
    let [error] = rejection.errors.as_slice() else { panic!("cut at {cut}: {rejection:?}") };
    assert_eq!(error.code, ErrorCode::MalformedJson, "cut at {cut}: {error}");
    let last_line = 1 + file[..cut].iter().filter(|&&byte| byte == b'\n').count();
    assert!(error.message.contains(&format!("line {last_line}, ")), "cut at {cut}, line {last_line}: {error}");
}
