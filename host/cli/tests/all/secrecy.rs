// SPDX-License-Identifier: Apache-2.0
//! What is personal or secret is in no output, however much is logged and whatever goes wrong.

use crate::project::{BODY, BUILD, Project, Run};

/// An artificial personal identity code: individual numbers of 900 and more are given to nobody.
const PERSON: &str = "131052-900W";

/// A run that tells as much as there is to tell.
fn talkative(project: &Project, command: &str) -> Run {
    project.silta_with(&format!("{command} -vv"), &[("SILTA_LOG", "trace")], "")
}

#[track_caller]
fn says_nothing_of(run: &Run, secret: &str) {
    assert!(!run.out.contains(secret), "{}", run.out);
    assert!(!run.err.contains(secret), "{}", run.err);
}

/// A folder whose declaration is about a person.
fn about_a_person() -> Project {
    let project = Project::new();
    project.write(
        "examples/declaration.xml",
        format!("<Person>{PERSON}</Person>"),
    );
    project
}

#[test]
fn payloads_are_in_no_output() {
    let build = format!("{BUILD} --out {BODY}");
    let project = about_a_person();
    let run = talkative(&project, &build);
    run.exits(0);
    assert!(run.err.contains("silta::call"), "{}", run.err);
    says_nothing_of(&run, PERSON);
    for (setting, value, exit) in [
        ("settings.largest-payload-bytes", 10, 4),
        ("limits.blob-bytes", 6000, 7),
        ("settings.timeout-seconds", 1, 5),
    ] {
        let project = about_a_person();
        project.set(setting, value);
        for command in [build.clone(), format!("{build} --json")] {
            let run = talkative(&project, &command);
            run.exits(exit);
            says_nothing_of(&run, PERSON);
        }
    }
    let run = talkative(&project, &format!("{BUILD} --out none/{BODY}"));
    run.exits(8);
    says_nothing_of(&run, PERSON);
}

#[test]
fn values_of_parameters_are_in_no_output() {
    let project = Project::new();
    let build = format!("{BUILD} --out {BODY}");
    #[rustfmt::skip]
    let rows = [
        (format!("{{\"declarant\": \"{PERSON}\", \"application\": \"A\"}}"), 4),
        (format!("{{\"declarant\": \"9000003-8\", \"application\": \"{PERSON}\\n\"}}"), 4),
        (format!("{{\"declarant\": \"9000003-8\", \"application\": [\"{PERSON}\"]}}"), 4),
        (format!("{{\"declarant\": \"9000003-8\", \"reference\": \"{PERSON}{PERSON}{PERSON}{PERSON}\", \"application\": \"A\"}}"), 4),
        (format!("{{\"declarant\": {PERSON}}}"), 4),
        (format!("declarant,application\n{PERSON},A\n"), 4),
        (format!("{{\"declarant\": \"9000003-8\", \"application\": \"{PERSON}\"}}"), 0),
    ];
    for (parameters, exit) in rows {
        project.write("examples/upload.json", &parameters);
        let run = talkative(&project, &build);
        run.exits(exit);
        says_nothing_of(&run, PERSON);
    }
}

#[test]
fn answers_that_cannot_be_read_are_in_no_output() {
    let project = Project::new();
    #[rustfmt::skip]
    let rows = [
        (format!("<html>{PERSON}"), 200, 3),
        (format!("<a b='{PERSON}'/>"), 200, 3),
        (format!("{PERSON} is not here"), 200, 3),
        (format!("<!DOCTYPE a [<!ENTITY b '{PERSON}'>]><a>&b;</a>"), 200, 3),
        (format!("<a>{PERSON}</a>"), 500, 3),
    ];
    for (body, status, exit) in rows {
        project.write("answer.xml", &body);
        let run = talkative(
            &project,
            &format!("parse tulli upload --config silta.toml --status {status} --body answer.xml"),
        );
        run.exits(exit);
        says_nothing_of(&run, PERSON);
    }
}

#[test]
fn private_keys_are_in_no_output() {
    let build = format!("{BUILD} --out {BODY}");
    let project = Project::new();
    let keys: Vec<String> = ["builder", "intermediary", "ca", "customs"]
        .iter()
        .map(|name| project.text(&format!("pki/{name}.key.pem")))
        .collect();
    // The first lines of two keys are alike: they say only what kind of key it is.
    let lines = || {
        keys.iter()
            .flat_map(|key| key.lines().skip(2))
            .filter(|line| !line.starts_with('-'))
    };
    let keeps_keys = |run: &Run| lines().for_each(|line| says_nothing_of(run, line));
    assert!(lines().count() > 60);
    keeps_keys(talkative(&project, &build).exits(0));
    keeps_keys(talkative(&project, "init other").exits(0));
    keeps_keys(talkative(&project, "demo").exits(0));
    let damaged = |from: &str, to: &str| {
        let project = Project::new();
        project.write("pki/builder.key.pem", keys[0].replacen(from, to, 1));
        keeps_keys(talkative(&project, &build).exits(5));
    };
    damaged("END PRIVATE KEY", "END");
    damaged("BEGIN PRIVATE KEY", "BEGIN RSA PRIVATE KEY");
    damaged("A", "!");
    damaged("A", "B");
    #[rustfmt::skip]
    let rows = [
        ("private-key = \"pki/builder.key.pem\"", "private-key = \"pki/intermediary.key.pem\"".to_owned()),
        ("certificates = \"pki/builder.pem\"", "certificates = \"pki/builder.key.pem\"".to_owned()),
        ("private-key = \"pki/builder.key.pem\"", format!("private-kye = \"\"\"{}\"\"\"", keys[0])),
        ("private-key = \"pki/builder.key.pem\"", format!("private-key = [\"\"\"{}\"\"\"]", keys[0])),
        ("private-key = \"pki/builder.key.pem\"", format!("private-key = \"{}\"", keys[0])),
        ("component = \"builtin\"", "component = \"pki/builder.key.pem\"".to_owned()),
    ];
    for (from, to) in rows {
        let project = Project::new();
        project.edit(from, &to);
        keeps_keys(talkative(&project, &build).exits(5));
    }
    for file in ["examples/upload.json", "silta.toml"] {
        let run = talkative(&project, &build.replace(file, "pki/builder.key.pem"));
        keeps_keys(&run);
        assert_ne!(run.exit, 0);
    }
}

#[test]
fn a_key_pasted_into_the_configuration_is_in_no_output() {
    let project = Project::new();
    let key = project.text("pki/builder.key.pem");
    project.edit("\"pki/builder.key.pem\"", &format!("\"\"\"{key}\"\"\""));
    let run = talkative(&project, &format!("{BUILD} --out {BODY}"));
    run.exits(5);
    key.lines()
        .skip(2)
        .for_each(|line| says_nothing_of(&run, line));
}

#[test]
fn a_text_in_the_place_of_parameters_is_in_no_output() {
    let project = Project::new();
    project.write("examples/upload.json", format!("\"{PERSON}\""));
    let run = talkative(&project, &format!("{BUILD} --out {BODY}"));
    run.exits(4);
    says_nothing_of(&run, PERSON);
}
