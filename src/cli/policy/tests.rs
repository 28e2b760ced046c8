use super::*;

fn run_lines(explain: bool, lines: &str) -> Vec<serde_json::Value> {
    let mut output = Vec::new();
    let command = PolicyCommand::Evaluate(EvaluateArgs { explain });
    run(&command, &mut lines.as_bytes(), &mut output).unwrap();
    let text = String::from_utf8(output).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const REQUEST: &str = r#""request":{"principal":"arn:aws:iam::123456789012:user/ada","action":"s3:GetObject","resource":"arn:aws:s3:::b/k","resource_account":"123456789012","context":{"aws:SourceIp":["10.0.0.1"],"aws:MultiFactorAuthPresent":["true"]}}"#;
const ALLOW: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}"#;
const DENY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#;

fn line(id: &str, policies: &str) -> String {
    format!("{{\"id\":{id},{REQUEST},\"policies\":{policies}}}\n")
}

#[test]
fn each_line_gets_its_answer_and_a_bad_one_its_error() {
    let lines = [
        line("\"1\"", &format!(r#"{{"identity":[{{"name":"a","document":{ALLOW}}}]}}"#)),
        "nonsense\n".into(),
        line(
            "2",
            &format!(
                r#"{{"identity":[{{"name":"a","document":{ALLOW}}}],"guardrails":[[{{"document":{ALLOW}}}],[{{"document":{DENY}}}]]}}"#
            ),
        ),
        "\n".into(),
        line("null", "{}"),
        line("3", &format!(r#"{{"identity":[{{"name":"a","document":{ALLOW}}}],"boundary":[]}}"#)),
        line("4", &format!(r#"{{"identity":[{{"name":"a","document":{ALLOW}}}],"scp":[]}}"#)),
        line(
            "5",
            r#"{"identity":[{"name":"a","document":{"Version":"2012-10-17","Statement":[{"Effect":"Permit","Action":"*","Resource":"*"}]}}]}"#,
        ),
        line(
            "6",
            r#"{"resource":{"name":"r","document":{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}}}"#,
        ),
        line("7", r#"{"resource":{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}}"#),
        line("8", r#"{"identity":[{"name":"a","document":{"Statement":[]}}]}"#),
    ];
    let answers = run_lines(false, &lines.concat());
    let short: Vec<String> = answers
        .iter()
        .map(|answer| match answer["decision"].as_str() {
            Some(decision) => format!("{} {decision}", answer["id"]),
            None => format!(
                "{} {} {}",
                answer["id"],
                answer["error"]["code"].as_str().unwrap(),
                answer["error"]["pointer"].as_str().unwrap()
            ),
        })
        .collect();
    assert_eq!(
        short,
        [
            "\"1\" allow",
            "null syntax ",
            "2 explicit_deny",
            "null implicit_deny",
            "3 implicit_deny",
            "4 unknown_element /policies/scp",
            "5 malformed /policies/identity/0/document/Statement/0/Effect",
            "6 allow",
            "7 allow",
            "8 unreadable /policies/identity/0/document/Statement",
        ]
    );
}

#[test]
fn bad_requests_point_at_what_is_bad() {
    let error = |line: &str| {
        let answers = run_lines(false, line);
        let error = &answers[0]["error"];
        (error["code"].as_str().unwrap().to_string(), error["pointer"].as_str().unwrap().to_string())
    };
    let with = |from: &str, to: &str| error(&line("1", "{}").replace(from, to));
    assert_eq!(with("\"s3:GetObject\"", "\"s3\""), ("bad_request".into(), "/request/action".into()));
    assert_eq!(with("user/ada", "group/g"), ("bad_request".into(), "/request/principal".into()));
    assert_eq!(with("[\"10.0.0.1\"]", "[null]"), ("wrong_type".into(), "/request/context/aws:SourceIp".into()));
    assert_eq!(with("\"resource_account\":", "\"account\":"), ("unknown_element".into(), "/request/account".into()));
    assert_eq!(error("{\"id\":1}"), ("missing_element".into(), String::new()));
    assert_eq!(error("[]"), ("wrong_type".into(), String::new()));
}

#[test]
fn an_explanation_comes_with_the_answer() {
    let answers = run_lines(true, &line("1", &format!(r#"{{"identity":[{{"name":"a","document":{ALLOW}}}]}}"#)));
    assert_eq!(answers[0]["decision"], "allow");
    let policy = &answers[0]["tree"]["layers"][0]["policies"][0];
    assert_eq!((policy["name"].as_str(), policy["statements"][0]["applies"].as_str()), (Some("a"), Some("yes")));
    let undecidable = run_lines(
        true,
        &line("1", r#"{"identity":[{"document":{"Statement":[{"Effect":"Permit","Action":"*","Resource":"*"}]}}]}"#),
    );
    assert_eq!(undecidable[0]["error"]["pointer"], "/policies/identity/0/document/Statement/0/Effect");
}

#[test]
fn a_line_that_is_too_long_is_refused_and_the_next_one_answered() {
    let long = format!("\"{}\"\n", "x".repeat(3 * policy::json::MAX_BYTES));
    let answers = run_lines(false, &format!("{long}{}", line("2", "{}")));
    assert_eq!(answers.len(), 2);
    assert_eq!(
        (answers[0]["error"]["code"].as_str(), answers[1]["decision"].as_str()),
        (Some("syntax"), Some("implicit_deny"))
    );
}

#[test]
fn bytes_that_are_not_text_are_an_error_of_their_line() {
    let mut output = Vec::new();
    let command = PolicyCommand::Evaluate(EvaluateArgs { explain: false });
    let input = [b"\xff\xfe\n".as_slice(), line("2", "{}").as_bytes()].concat();
    run(&command, &mut &*input, &mut output).unwrap();
    assert_eq!(String::from_utf8(output).unwrap().lines().count(), 2);
}

fn files(texts: &[&str]) -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let path = folder.path().join(format!("{index}.json"));
            std::fs::write(&path, text).unwrap();
            path
        })
        .collect();
    (folder, paths)
}

fn output_of(command: &PolicyCommand) -> (ExitCode, Vec<serde_json::Value>) {
    let mut output = Vec::new();
    let code = run(command, &mut io::empty(), &mut output).unwrap();
    let text = String::from_utf8(output).unwrap();
    (code, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn lint_reports_each_file_and_fails_on_errors() {
    let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}}"#;
    let (folder, mut paths) = files(&[ALLOW, "{\n  \"Statement\": [,]\n}", trust]);
    paths.push(folder.path().join("absent.json"));
    let (code, lines) = output_of(&PolicyCommand::Lint(LintArgs { files: paths, kind: None }));
    assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::FAILURE));
    assert_eq!(lines[0]["findings"].as_array().unwrap().len(), 0);
    assert_eq!(
        (&lines[1]["findings"][0]["code"], &lines[1]["findings"][0]["location"]["line"]),
        (&"syntax".into(), &2.into())
    );
    assert_eq!(lines[2]["findings"].as_array().unwrap().len(), 0);
    assert_eq!(lines[3]["error"]["code"], "unreadable_file");
}

#[test]
fn diff_lists_gains_and_losses() {
    let wider = ALLOW.replace("\"s3:*\"", "[\"s3:*\",\"ec2:*\"]");
    let (_folder, paths) = files(&[ALLOW, &wider, "{"]);
    let compare = |old: usize, new: usize| {
        output_of(&PolicyCommand::Diff(DiffArgs { old: paths[old].clone(), new: paths[new].clone(), kind: None }))
    };
    assert_eq!(compare(0, 0).1.len(), 0);
    let (code, lines) = compare(0, 1);
    assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::SUCCESS));
    assert_eq!((lines.len(), &lines[0]["direction"], &lines[0]["actions"][0]), (1, &"gained".into(), &"ec2:*".into()));
    assert_eq!(compare(1, 0).1[0]["direction"], "lost");
    assert_eq!(compare(0, 2).1[0]["error"]["code"], "syntax");
}
