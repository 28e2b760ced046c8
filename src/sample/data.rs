//! The sample as data: one JSON file a tenant.
//!
//! Times are given as ages in days, so that the sample is never of the future. Documents are taken as they are written,
//! less the indentation of the file; `{{account}}` stands in them for the account id of the tenant, `{{account:PATH}}`
//! for that of another one of the sample.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::iam::Tag;
use crate::sso_admin::Reach;

/// The tenants, each after the one above it.
const FILES: [&str; 7] = [
    include_str!("data/saltmarsh.json"),
    include_str!("data/saltmarsh.ferries.json"),
    include_str!("data/saltmarsh.ferries.booking.json"),
    include_str!("data/saltmarsh.ferries.fleet.json"),
    include_str!("data/saltmarsh.harbours.json"),
    include_str!("data/saltmarsh.harbours.cargo.json"),
    include_str!("data/saltmarsh.labs.json"),
];

/// Reads the whole sample, each tenant after the one above it.
pub fn read() -> Vec<SampleTenant> {
    let each = |text: &&'static str| serde_json::from_str(text).expect("the files of the sample are read by a test");
    FILES.iter().map(each).collect()
}

/// Documents by name.
pub type Documents = BTreeMap<String, Document>;
/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// A tenant with all that it holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleTenant {
    /// Where it lies.
    pub path: String,
    /// Its name for people.
    pub name: String,
    /// What bounds it and everything below.
    pub guardrails: Documents,
    /// Managed policies.
    pub policies: Vec<SamplePolicy>,
    /// Groups.
    pub groups: Vec<SampleGroup>,
    /// People and programs.
    pub users: Vec<SampleUser>,
    /// Roles.
    pub roles: Vec<SampleRole>,
    /// Permission sets.
    pub sets: Vec<SampleSet>,
    /// Who may act here, as what.
    pub assignments: Vec<SampleAssignment>,
}

/// A managed policy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamplePolicy {
    /// Its name.
    pub name: String,
    /// What its writer meant it for.
    pub about: String,
    /// How many days ago it was made.
    pub days: i64,
    /// Its documents, the oldest first.
    pub versions: Vec<Document>,
    /// The number of the version in force; the last one when absent.
    pub in_force: Option<usize>,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
}

impl SamplePolicy {
    /// The document in force.
    pub fn document(&self) -> &Document {
        &self.versions[self.in_force.unwrap_or(self.versions.len()) - 1]
    }
}

/// A group.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleGroup {
    /// Its name.
    pub name: String,
    /// Its path; `/` when absent.
    #[serde(default = "slash")]
    pub path: String,
    /// How many days ago it was made.
    pub days: i64,
    /// Names of the managed policies attached to it.
    #[serde(default)]
    pub attached: Vec<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
}

/// A person, or a program where there is no name to display.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleUser {
    /// Its name.
    pub name: String,
    /// The name people know a person by.
    pub display: Option<String>,
    /// Its path; `/` when absent.
    #[serde(default = "slash")]
    pub path: String,
    /// How many days ago it was made.
    pub days: i64,
    /// It cannot sign in.
    #[serde(default)]
    pub disabled: bool,
    /// Names of its groups.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Names of the managed policies attached to it.
    #[serde(default)]
    pub attached: Vec<String>,
    /// Its inline policies.
    #[serde(default)]
    pub inline: Documents,
    /// Name of the managed policy that bounds it.
    pub boundary: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
}

impl SampleUser {
    /// The address of a person.
    pub fn email(&self) -> Option<String> {
        self.display.is_some().then(|| format!("{}@saltmarsh.example", self.name))
    }
}

/// A role.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleRole {
    /// Its name.
    pub name: String,
    /// What its maker meant it for.
    pub about: String,
    /// How many days ago it was made.
    pub days: i64,
    /// How many days ago it was last used; never when absent.
    pub used: Option<i64>,
    /// How long a session lasts; one hour when absent.
    pub hours: Option<i32>,
    /// Who may assume it.
    pub trust: Document,
    /// Names of the managed policies attached to it.
    #[serde(default)]
    pub attached: Vec<String>,
    /// Its inline policies.
    #[serde(default)]
    pub inline: Documents,
    /// Names of the instance profiles that hold it.
    #[serde(default)]
    pub instance_profiles: Vec<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
}

/// A permission set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleSet {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// How long a session lasts.
    pub hours: i32,
    /// It counts after a fresh factor only.
    #[serde(default)]
    pub elevation: bool,
    /// Names of the managed policies attached to it.
    #[serde(default)]
    pub attached: Vec<String>,
    /// Its inline policy.
    pub inline: Document,
    /// Name of the managed policy that bounds it.
    pub boundary: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
}

/// An assignment. Sets and principals are written `name@path`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleAssignment {
    /// The set.
    pub set: String,
    /// The user, if it is one.
    pub user: Option<String>,
    /// The group, if it is one.
    pub group: Option<String>,
    /// Here, or here and below.
    pub reach: Reach,
    /// In how many days it ends by itself.
    pub days: Option<i64>,
}

fn slash() -> String {
    "/".into()
}

/// Tags as entities carry them.
pub fn tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::new(key, value)).collect()
}

/// A policy document as it stands in its file.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Document(Box<RawValue>);

impl Document {
    /// The text for a tenant: without the indentation of the file, with account ids in place of what stands for them.
    ///
    /// `account` gives the account id of a path, the tenant's own for an empty one.
    pub fn text(&self, account: impl Fn(&str) -> String) -> String {
        let raw = self.0.get();
        let indentation = raw.rsplit('\n').next().map_or(0, |last| last.len() - last.trim_start_matches(' ').len());
        let lines: Vec<&str> = raw.split('\n').map(|line| outdented(line, indentation)).collect();
        let text = lines.join("\n");
        let mut pieces = text.split("{{account");
        let mut whole = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (path, rest) = piece.split_once("}}").expect("what stands for an account id is closed");
            whole.push_str(&account(path.trim_start_matches(':')));
            whole.push_str(rest);
        }
        whole
    }
}

/// A line without so many blanks, or all it has, at its beginning.
fn outdented(line: &str, blanks: usize) -> &str {
    let have = line.len() - line.trim_start_matches(' ').len();
    &line[have.min(blanks)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_loses_the_indentation_of_its_file_and_gains_accounts() {
        let file = "{\n    \"d\": {\n      \"a\": \"{{account}}\",\n      \"b\": [\n        \"x:{{account:up.here}}:y\"\n      ]\n    }\n}";
        let documents: Documents = serde_json::from_str(file).expect("a file");
        let text = documents["d"].text(|path| if path.is_empty() { "1".into() } else { format!("<{path}>") });
        assert_eq!(text, "{\n  \"a\": \"1\",\n  \"b\": [\n    \"x:<up.here>:y\"\n  ]\n}");
    }

    #[test]
    fn every_tenant_comes_after_the_one_above_it() {
        let paths: Vec<String> = read().into_iter().map(|tenant| tenant.path).collect();
        assert_eq!(paths[0], super::super::TOP);
        for (index, path) in paths.iter().enumerate().skip(1) {
            let parent = path.rsplit_once('.').expect("below the top").0;
            assert!(paths[..index].iter().any(|earlier| earlier == parent), "{path}");
        }
        assert_eq!(paths.iter().map(|path| path.split('.').count()).max(), Some(3), "three levels");
    }
}
