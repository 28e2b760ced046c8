//! A made-up AWS account of any size, as the dump that the import reads.
//!
//! The dump is written entry by entry, in AWS's order of lists (users before the groups and policies that they refer
//! to), so memory does not grow with it. Around the users stand groups, roles and policies in proportion: 100 000 users
//! come with 500 groups, 1000 roles and 1000 customer policies, some 150 000 memberships and 30 000 attachments.

use std::fmt;
use std::io::{self, BufWriter, Write};

use chrono::DateTime;

use super::random::{Random, mixed};

/// What to make up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SynthOptions {
    /// Equal seeds and sizes give equal bytes.
    pub seed: u64,
    /// Number of users.
    pub users: u32,
}

const FIRST: [&str; 40] = [
    "ada", "aiko", "amara", "anders", "bela", "carmen", "chidi", "dana", "dmitri", "elif", "emeka", "farah", "finn",
    "goran", "hana", "ines", "ivo", "jamal", "jana", "kaito", "kofi", "lena", "liang", "maja", "mateo", "mira",
    "nadia", "nils", "olga", "priya", "quentin", "rosa", "samir", "sofia", "tariq", "uma", "viktor", "wanda", "yara",
    "zoran",
];
const LAST: [&str; 40] = [
    "abe", "adeyemi", "almeida", "bauer", "bianchi", "castro", "chen", "dahl", "diallo", "eriksen", "farkas",
    "fischer", "garcia", "haddad", "horvat", "ito", "jansen", "kaur", "keller", "kovacs", "larsen", "lopez", "mbeki",
    "moreau", "nguyen", "novak", "okafor", "olsen", "patel", "petrov", "quispe", "rossi", "sato", "silva", "tanaka",
    "uddin", "varga", "weber", "yilmaz", "zhang",
];
const TEAMS: [&str; 12] = [
    "billing", "catalog", "checkout", "data", "design", "finance", "identity", "mobile", "platform", "search",
    "security", "support",
];
const DUTIES: [&str; 6] = ["admins", "analysts", "auditors", "developers", "operators", "readers"];
/// Name, path and the actions allowed, for policies that belong to AWS in the made-up account.
const AWS_MANAGED: [(&str, &str, &str); 4] = [
    ("AdministratorAccess", "/", r#""*""#),
    ("ReadOnlyAccess", "/", r#"["iam:Get*","iam:List*","s3:Get*","s3:List*","ec2:Describe*"]"#),
    ("SecurityAudit", "/", r#"["iam:Get*","iam:List*","cloudtrail:Describe*","config:Describe*"]"#),
    ("Billing", "/job-function/", r#"["aws-portal:*Billing","budgets:*"]"#),
];
/// Actions that a made-up policy allows on its team's buckets and tables.
const ACTIONS: [&str; 8] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:PutItem",
    "sqs:SendMessage",
    "kms:Decrypt",
];

/// Writes a dump with the given number of users to `out`, and flushes it.
///
/// # Errors
/// What `out` says.
///
/// # Examples
/// ```
/// use wami::synth::dump::{SynthOptions, write_dump};
///
/// let mut dump = Vec::new();
/// write_dump(&mut dump, SynthOptions { seed: 1, users: 10 })?;
/// assert!(dump.starts_with(br#"{"UserDetailList": ["#));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_dump(out: &mut impl Write, options: SynthOptions) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(64 << 10, out);
    let account = Account::new(options);
    write!(out, r#"{{"UserDetailList": ["#)?;
    each(&mut out, options.users, |out, index| account.user(out, index))?;
    write!(out, r#"],"GroupDetailList": ["#)?;
    each(&mut out, account.groups, |out, index| account.group(out, index))?;
    write!(out, r#"],"RoleDetailList": ["#)?;
    each(&mut out, account.roles, |out, index| account.role(out, index))?;
    write!(out, r#"],"Policies": ["#)?;
    each(&mut out, account.policies, |out, index| account.policy(out, index))?;
    for index in 0..u32::try_from(AWS_MANAGED.len()).expect("a short list") {
        out.write_all(b",\n")?;
        account.aws_policy(&mut out, index)?;
    }
    writeln!(out, r#"],"IsTruncated": false}}"#)?;
    out.flush()
}

fn each<W: Write>(out: &mut W, count: u32, mut write: impl FnMut(&mut W, u32) -> io::Result<()>) -> io::Result<()> {
    for index in 0..count {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        write(out, index)?;
    }
    Ok(())
}

/// The account being made up. Every entry has a sequence of random numbers of its own, so that any of them can be made
/// without those before it, and names follow from the entry's number alone, so that anything can refer to anything.
struct Account {
    seed: u64,
    /// Twelve digits.
    id: String,
    groups: u32,
    roles: u32,
    policies: u32,
}

/// What an entry is; the number keeps their sequences apart.
#[derive(Clone, Copy)]
enum Kind {
    User = 1,
    Group = 2,
    Role = 3,
    Policy = 4,
    AwsPolicy = 5,
}

impl Account {
    fn new(SynthOptions { seed, users }: SynthOptions) -> Self {
        let id = format!("{:012}", 100_000_000_000 + mixed(seed) % 900_000_000_000);
        Self { seed, id, groups: (users / 200).max(4), roles: (users / 100).max(4), policies: (users / 100).max(8) }
    }

    fn random(&self, kind: Kind, index: u32) -> Random {
        Random::new(mixed(self.seed ^ (kind as u64) << 40 ^ u64::from(index)))
    }

    fn user(&self, out: &mut impl Write, index: u32) -> io::Result<()> {
        let mut random = self.random(Kind::User, index);
        let path = if random.one_in(10) { "/contractors/" } else { "/" };
        let created = date(&mut random);
        self.identity(out, Kind::User, index, path, &UserName(index), &created)?;
        if random.one_in(20) {
            let team = random.pick(&TEAMS);
            out.write_all(br#","UserPolicyList": [{"PolicyName": "own-bucket","PolicyDocument": "#)?;
            out.write_all(br#"{"Version": "2012-10-17","Statement": [{"Sid": "","Effect": "Allow","Action": "s3:*","#)?;
            write!(out, r#""Resource": "arn:aws:s3:::{team}-${{aws:username}}/*"}}]}}}}]"#)?;
        }
        let first = random.below(self.groups);
        write!(out, r#","GroupList": ["{}""#, GroupName(first))?;
        if random.one_in(2) {
            write!(out, r#","{}""#, GroupName((first + 1) % self.groups))?;
        }
        out.write_all(b"]")?;
        self.attachments(out, &mut random, [5, 10])?;
        if random.one_in(20) {
            let arn = self.policy_arn(random.below(self.policies));
            out.write_all(br#","PermissionsBoundary": {"PermissionsBoundaryType": "Policy","#)?;
            write!(out, r#""PermissionsBoundaryArn": "{arn}"}}"#)?;
        }
        let (team, cost_centre) = (random.pick(&TEAMS), 1000 + random.below(400));
        write!(out, r#","Tags": [{{"Key": "team","Value": "{team}"}},"#)?;
        write!(out, r#"{{"Key": "cost-centre","Value": "{cost_centre}"}}]}}"#)
    }

    fn group(&self, out: &mut impl Write, index: u32) -> io::Result<()> {
        let mut random = self.random(Kind::Group, index);
        let created = date(&mut random);
        self.identity(out, Kind::Group, index, "/", &GroupName(index), &created)?;
        out.write_all(br#","GroupPolicyList": []"#)?;
        self.attachments(out, &mut random, [1, 2])?;
        out.write_all(b"}")
    }

    fn role(&self, out: &mut impl Write, index: u32) -> io::Result<()> {
        let mut random = self.random(Kind::Role, index);
        let name = format!("{}-service-{index}", TEAMS[index as usize % TEAMS.len()]);
        let (created, last_used) = (date(&mut random), date(&mut random));
        let service = random.pick(&["ec2", "lambda", "ecs-tasks"]);
        self.identity(out, Kind::Role, index, "/service/", &name, &created)?;
        out.write_all(br#","AssumeRolePolicyDocument": {"Version": "2012-10-17","Statement": [{"Effect": "Allow","#)?;
        write!(out, r#""Principal": {{"Service": "{service}.amazonaws.com"}},"Action": "sts:AssumeRole"}}]}}"#)?;
        out.write_all(br#","InstanceProfileList": [],"RolePolicyList": []"#)?;
        self.attachments(out, &mut random, [1, 2])?;
        write!(out, r#","Tags": [],"RoleLastUsed": {{"LastUsedDate": "{last_used}","Region": "eu-central-1"}}}}"#)
    }

    fn policy(&self, out: &mut impl Write, index: u32) -> io::Result<()> {
        let mut random = self.random(Kind::Policy, index);
        let team = TEAMS[index as usize % TEAMS.len()];
        let versions = 1 + random.below(3);
        let created = date(&mut random);
        self.identity(out, Kind::Policy, index, "/", &PolicyName(index), &created)?;
        write!(out, r#","DefaultVersionId": "v{versions}","IsAttachable": true,"UpdateDate": "{created}""#)?;
        out.write_all(br#","PolicyVersionList": ["#)?;
        // AWS lists the newest version first.
        for version in (1..=versions).rev() {
            let (is_default, separator) = if version == versions { (true, "") } else { (false, ",") };
            let (first, second) = (random.pick(&ACTIONS), random.pick(&ACTIONS));
            write!(out, r#"{separator}{{"VersionId": "v{version}","IsDefaultVersion": {is_default},"#)?;
            write!(out, r#""CreateDate": "{created}","Document": {{"Version": "2012-10-17","Statement": ["#)?;
            write!(out, r#"{{"Sid": "Use{version}","Effect": "Allow","Action": ["{first}","{second}"],"#)?;
            write!(out, r#""Resource": ["arn:aws:s3:::{team}-*","arn:aws:dynamodb:*:*:table/{team}-*"]}},"#)?;
            out.write_all(br#"{"Effect": "Deny","Action": "*","Resource": "*","#)?;
            out.write_all(br#""Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}}"#)?;
        }
        out.write_all(b"]}")
    }

    fn aws_policy(&self, out: &mut impl Write, index: u32) -> io::Result<()> {
        const CREATED: &str = "2015-02-06T18:39:46Z";
        let (name, path, actions) = AWS_MANAGED[index as usize];
        self.identity(out, Kind::AwsPolicy, index, path, &name, &CREATED)?;
        out.write_all(br#","DefaultVersionId": "v1","IsAttachable": true,"#)?;
        out.write_all(br#""PolicyVersionList": [{"VersionId": "v1","IsDefaultVersion": true,"#)?;
        write!(out, r#""CreateDate": "{CREATED}","Document": {{"Version": "2012-10-17","Statement": ["#)?;
        write!(out, r#"{{"Effect": "Allow","Action": {actions},"Resource": "*"}}]}}}}]}}"#)
    }

    /// Opens an entry with what every kind has.
    fn identity(
        &self,
        out: &mut impl Write,
        kind: Kind,
        index: u32,
        path: &str,
        name: &dyn fmt::Display,
        created: &dyn fmt::Display,
    ) -> io::Result<()> {
        let (key, word, prefix) = match kind {
            Kind::User => ("User", "user", "AIDA"),
            Kind::Group => ("Group", "group", "AGPA"),
            Kind::Role => ("Role", "role", "AROA"),
            Kind::Policy | Kind::AwsPolicy => ("Policy", "policy", "ANPA"),
        };
        let account = if matches!(kind, Kind::AwsPolicy) { "aws" } else { &self.id };
        let id = Id(prefix, self.seed, kind, index);
        write!(out, r#"{{"Path": "{path}","{key}Name": "{name}","{key}Id": "{id}","#)?;
        write!(out, r#""Arn": "arn:aws:iam::{account}:{word}{path}{name}","CreateDate": "{created}""#)
    }

    /// Attaches a customer policy and one of AWS's, each once in so many times.
    fn attachments(&self, out: &mut impl Write, random: &mut Random, odds: [u32; 2]) -> io::Result<()> {
        let [customer, aws] = odds;
        let mut separator = "";
        out.write_all(br#","AttachedManagedPolicies": ["#)?;
        if random.one_in(customer) {
            let index = random.below(self.policies);
            let (name, arn) = (PolicyName(index), self.policy_arn(index));
            write!(out, r#"{{"PolicyName": "{name}","PolicyArn": "{arn}"}}"#)?;
            separator = ",";
        }
        if random.one_in(aws) {
            let (name, path, _) = random.pick(&AWS_MANAGED);
            write!(out, r#"{separator}{{"PolicyName": "{name}","PolicyArn": "arn:aws:iam::aws:policy{path}{name}"}}"#)?;
        }
        out.write_all(b"]")
    }

    fn policy_arn(&self, index: u32) -> String {
        format!("arn:aws:iam::{}:policy/{}", self.id, PolicyName(index))
    }
}

/// `ada.okafor`, and from the 1600th on `ada.okafor2`, …
struct UserName(u32);

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index = self.0 as usize;
        let round = index / (FIRST.len() * LAST.len());
        write!(f, "{}.{}", FIRST[index % FIRST.len()], LAST[index / FIRST.len() % LAST.len()])?;
        if round > 0 { write!(f, "{}", round + 1) } else { Ok(()) }
    }
}

/// `billing-admins-0`, …
struct GroupName(u32);

impl fmt::Display for GroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index = self.0 as usize;
        write!(f, "{}-{}-{index}", TEAMS[index % TEAMS.len()], DUTIES[index / TEAMS.len() % DUTIES.len()])
    }
}

/// `billing-data-0`, …
struct PolicyName(u32);

impl fmt::Display for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-data-{}", TEAMS[self.0 as usize % TEAMS.len()], self.0)
    }
}

/// A stable id: prefix and 17 characters of `A-Z2-7`. No two entries of one account have the same, since the first 13
/// characters spell a number that no other entry has.
struct Id(&'static str, u64, Kind, u32);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let Self(prefix, seed, kind, index) = self;
        let unique = mixed(mixed(*seed) ^ (*kind as u64) << 40 ^ u64::from(*index));
        let bits = u128::from(unique) << 21 | u128::from(mixed(unique) >> 43);
        f.write_str(prefix)?;
        (0..17).rev().try_for_each(|at| {
            let digit = usize::try_from(bits >> (at * 5) & 31).expect("five bits");
            fmt::Write::write_char(f, char::from(ALPHABET[digit]))
        })
    }
}

/// A time within five years from the beginning of 2019, as AWS writes it.
fn date(random: &mut Random) -> impl fmt::Display + use<> {
    const START: i64 = 1_546_300_800;
    const FIVE_YEARS: u32 = 5 * 365 * 24 * 3600;
    let time = DateTime::from_timestamp(START + i64::from(random.below(FIVE_YEARS)), 0);
    time.expect("a time of this century").format("%Y-%m-%dT%H:%M:%SZ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dump(seed: u64, users: u32) -> String {
        let mut out = Vec::new();
        write_dump(&mut out, SynthOptions { seed, users }).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_gives_others() {
        assert_eq!(dump(7, 50), dump(7, 50));
        assert_ne!(dump(7, 50), dump(8, 50));
    }

    #[test]
    fn names_do_not_repeat() {
        let names: std::collections::HashSet<String> = (0..20_000).map(|index| UserName(index).to_string()).collect();
        assert_eq!(names.len(), 20_000);
    }

    #[test]
    fn an_account_without_users_is_one_too() {
        let dump: serde_json::Value = serde_json::from_str(&dump(1, 0)).unwrap();
        assert_eq!(dump["UserDetailList"], serde_json::json!([]));
        assert_eq!(dump["GroupDetailList"].as_array().unwrap().len(), 4);
    }
}
