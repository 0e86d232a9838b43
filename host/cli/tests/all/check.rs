// SPDX-License-Identifier: Apache-2.0
//! `silta check`: mistakes that people make, each made in a fresh folder, and what has to be said of it.

mod mistakes;

use std::net::TcpListener;

use serde_json::Value;

use crate::{
    customs,
    project::{Project, Run, members},
};
use mistakes::{MISTAKES, Mistake};

/// A project with everything that can be configured: both agencies, the listener and the audit trail.
fn whole() -> Project {
    let project = Project::new();
    let text = project.text("silta.toml");
    let text = text.replace("#audit = \"audit.jsonl\"", "audit = \"audit.jsonl\"");
    project.write("silta.toml", format!("{text}\n{}", mistakes::MORE));
    project
}

/// Runs it, which may change nothing.
#[track_caller]
fn check(project: &Project, options: &str) -> Run {
    let before = project.files();
    let run = project.silta(&format!("check {options}"));
    assert_eq!(run.err, "");
    assert!(project.files() == before, "files have changed");
    run
}

fn findings(run: &Run) -> Vec<Value> {
    let findings = run.json()["findings"].as_array().unwrap().clone();
    for finding in &findings {
        let expected = [
            "code", "column", "field", "file", "level", "line", "message",
        ];
        assert_eq!(members(finding), expected);
    }
    findings
}

/// The finding of a mistake, if it is there once.
fn of<'a>(findings: &'a [Value], mistake: &Mistake) -> Option<&'a Value> {
    let is_it = |finding: &&Value| {
        finding["code"] == mistake.code
            && finding["field"] == mistake.field
            && finding["file"] == mistake.file
    };
    let found: Vec<&Value> = findings.iter().filter(is_it).collect();
    match found[..] {
        [finding] => Some(finding),
        _ => None,
    }
}

fn has_place(finding: &Value) -> bool {
    finding["line"].is_u64() && finding["column"].is_u64()
}

#[test]
fn a_fresh_project_is_in_order() {
    for project in [Project::new(), whole()] {
        let run = check(&project, "--json");
        run.exits(0);
        let all = run.json();
        assert_eq!(members(&all), ["errors", "findings", "ok", "warnings"]);
        assert_eq!((&all["errors"], &all["warnings"]), (&0.into(), &0.into()));
        let findings = findings(&run);
        assert_eq!(all["ok"], findings.len());
        for (field, says) in [
            ("agencies.tulli.component", "SHA-256"),
            ("agencies.tulli.component", "self-tests passed"),
            ("agencies.tulli.settings", "accepts"),
            ("agencies.tulli.keys.builder", "CN=Silta test builder"),
            ("agencies.tulli.anchors.customs", "can be used"),
        ] {
            let is_it = |finding: &Value| {
                let message = finding["message"].as_str().unwrap();
                finding["field"] == field && message.contains(says)
            };
            assert!(findings.iter().any(is_it), "{field}: {findings:#?}");
        }
    }
}

#[test]
fn each_mistake_is_found_with_file_field_and_remedy() {
    assert!(MISTAKES.len() >= 20);
    let wrong: Vec<String> = MISTAKES.iter().filter_map(missed).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with the judgement of a project that has one mistake.
fn missed(mistake: &Mistake) -> Option<String> {
    let project = whole();
    (mistake.make)(&project);
    let run = check(&project, &format!("--json {}", mistake.options));
    let findings = findings(&run);
    let complaint = |what: &str| Some(format!("{}: {what}: {findings:#?}", mistake.name));
    let exit = if mistake.level == "error" { 5 } else { 0 };
    if run.exit != exit {
        return complaint("exit code");
    }
    let Some(finding) = of(&findings, mistake) else {
        return complaint("not found once");
    };
    let message = finding["message"].as_str().unwrap();
    if !mistake.says.iter().all(|piece| message.contains(piece)) {
        return complaint("not said");
    }
    if finding["level"] != mistake.level || mistake.file == "silta.toml" && !has_place(finding) {
        return complaint("level or place");
    }
    // Nothing else is said to be wrong because of it.
    let others = findings.iter().filter(|other| other["level"] != "ok");
    let others = others.filter(|other| *other != finding);
    let codes: Vec<_> = others.map(|other| &other["code"]).collect();
    (codes != mistake.besides).then(|| complaint("something else"))?
}

#[test]
fn people_read_a_line_for_each() {
    let project = whole();
    project.edit("pki/builder.key.pem", "pki/intermediary.key.pem");
    let run = check(&project, "");
    run.exits(5);
    let lines: Vec<&str> = run.out.lines().collect();
    let error = lines.iter().find(|line| line.starts_with("error    "));
    let error = error.unwrap();
    for piece in [
        "pki/builder.pem: agencies.tulli.keys.builder.certificates: ",
        "CN=Silta test builder",
        "check that both files",
        "[configuration.file]",
    ] {
        assert!(error.contains(piece), "{error}");
    }
    assert!(lines[0].starts_with("ok       silta.toml"), "{}", lines[0]);
    let last = lines.last().unwrap();
    assert!(last.ends_with("in order, warnings: 0, errors: 1"), "{last}");
}

#[test]
fn several_mistakes_are_told_at_once() {
    let project = whole();
    let together = [
        "an unknown field",
        "a field of the wrong type",
        "a setting that cannot work",
        "a setting that is unknown",
        "the key of another certificate",
        "an anchor that is no issuer",
        "a secret that is too short",
        "an address that is none",
        "an audit file in a folder that is not there",
        "the wrong key of the listener",
        "a limit of the listener out of its range",
    ];
    let made = |mistake: &&Mistake| together.contains(&mistake.name);
    let made: Vec<&Mistake> = MISTAKES.iter().filter(made).collect();
    assert_eq!(made.len(), together.len());
    made.iter().for_each(|mistake| (mistake.make)(&project));
    let run = check(&project, "--json");
    run.exits(5);
    let findings = findings(&run);
    for mistake in &made {
        let found = of(&findings, mistake);
        assert!(found.is_some(), "{}: {findings:#?}", mistake.name);
    }
    assert_eq!(run.json()["errors"], made.len());
}

#[test]
fn no_value_is_repeated_that_may_be_a_secret() {
    let project = whole();
    project.edit(
        "files = [\"pki/vero-callback\"]",
        "files = [\"hush-hush-hush\"]\nHushHush = \"hush-hush-hush\"",
    );
    project.set("keys.builder.private-key", "hush-hush-hush");
    for options in ["", "--json"] {
        let run = check(&project, options);
        run.exits(5);
        assert!(!run.out.to_lowercase().contains("hush"), "{}", run.out);
    }
}

#[test]
fn an_address_in_use_is_a_warning() {
    let project = whole();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    project.edit("\"127.0.0.1:0\"", &format!("\"{address}\""));
    let run = check(&project, "--json");
    run.exits(0);
    let findings = findings(&run);
    let is_it = |finding: &&Value| finding["code"] == "listener.in-use";
    let finding = findings.iter().find(is_it).unwrap();
    assert_eq!(finding["field"], "listener.address");
    assert_eq!(finding["level"], "warning");
}

#[test]
fn servers_are_reached_only_when_asked() {
    let project = Project::new();
    let _customs = customs::start(&project);
    let told = |options: &str| {
        let run = check(&project, options);
        run.out.contains("is reached by TLS")
    };
    assert!(!told("--json"));
    assert!(told("--json --online"));
}

#[test]
fn a_configuration_that_is_not_there_is_an_error() {
    let project = Project::new();
    let run = check(&project, "--config none.toml --json");
    let findings = findings(run.exits(5));
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0]["file"], "none.toml");
    let message = findings[0]["message"].as_str().unwrap();
    assert!(message.contains("check the path"), "{message}");
}

#[test]
fn the_folder_of_the_store_is_looked_at() {
    let project = whole();
    let run = check(&project, "--json");
    let found = findings(run.exits(0));
    assert!(found.iter().any(|one| one["field"] == "store.folder"));
    project.write("file", "no folder");
    let text = project.text("silta.toml");
    for (table, code) in [
        ("folder = \"file/deep\"", "file.unwritable"),
        ("folder = \"file\"", "file.unwritable"),
        ("arrivals-per-write = 0", "configuration.file"),
        ("retention.look-minutes = 0", "configuration.file"),
        ("retention.kept-days = 1", "configuration.file"),
    ] {
        project.write("silta.toml", format!("{text}\n[store]\n{table}\n"));
        let found = findings(check(&project, "--json").exits(5));
        let wrong = found.iter().filter(|one| one["level"] == "error");
        let codes: Vec<&Value> = wrong.map(|one| &one["code"]).collect();
        assert_eq!(codes, [code], "{table}");
    }
}

/// A kind that is written wrongly is waited for in vain; one that the gateway tells of itself is not.
#[test]
fn kinds_that_a_webhook_never_gets_are_told() {
    let project = whole();
    project.write(
        "pki/webhook.secret",
        "c2VjcmV0IG9mIHRoZSB3ZWJob29rLCAzMiBieXRlcyBsb25n",
    );
    let plain = project.text("silta.toml");
    let table = |name: &str, filter: &str| {
        format!(
            "[webhooks.{name}]\nurl = \"http://127.0.0.1:9\"\nsecrets = [\"pki/webhook.secret\"]\n{filter}\n"
        )
    };
    let described = project.silta("describe tulli --json").succeeds().json();
    let kind = described["events"][0]["kind"].as_str().unwrap();
    let of_vero = project.silta("describe vero --json").succeeds().json();
    let of_vero = of_vero["events"][0]["kind"].as_str().unwrap();
    let filters = [
        format!("kinds = [\"{kind}\", \"{kind}s\", \"silta.operation-held\", \"{of_vero}\"]"),
        format!("agencies = [\"tulli\"]\nkinds = [\"silta.certificate-ends\", \"{of_vero}\"]"),
        "agencies = [\"silta\"]\nkinds = [\"silta.certificate-ends\", \"silta.unreadable\"]"
            .to_owned(),
        "agencies = [\"vero\"]".to_owned(),
    ];
    let tables = ["a", "b", "c", "d"].iter().zip(&filters);
    let tables: String = tables.map(|(name, filter)| table(name, filter)).collect();
    project.write("silta.toml", format!("{plain}\n{tables}"));
    let run = check(&project, "--json");
    run.exits(0);
    let never: Vec<_> = findings(&run)
        .into_iter()
        .filter(|finding| finding["code"] == "webhook.kind-never")
        .collect();
    let fields: Vec<_> = never
        .iter()
        .map(|finding| finding["field"].as_str().unwrap())
        .collect();
    let expected = [
        "webhooks.a.kinds[2]",
        "webhooks.b.kinds[2]",
        "webhooks.c.kinds[2]",
    ];
    assert_eq!(fields, expected);
    for finding in &never {
        assert_eq!(finding["level"], "warning");
        assert!(finding["line"].as_u64().is_some(), "{finding}");
    }
    let told = never[1]["message"].as_str().unwrap();
    assert!(told.contains(kind) && !told.contains(of_vero), "{told}");
    // Nothing is said where a component cannot be asked.
    let broken = project.text("silta.toml").replacen(
        "component = \"builtin\"",
        "component = \"none.wasm\"",
        1,
    );
    project.write("silta.toml", broken);
    let run = check(&project, "--json");
    run.exits(5);
    let told = findings(&run);
    let is_told = |field: &str| {
        let mut told = told.iter();
        told.any(|finding| finding["code"] == "webhook.kind-never" && finding["field"] == field)
    };
    assert!(
        !is_told("webhooks.a.kinds[2]") && is_told("webhooks.c.kinds[2]"),
        "{told:?}"
    );
}
