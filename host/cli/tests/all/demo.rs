use crate::project::{Project, members};

#[test]
fn the_demo_goes_its_whole_way_and_leaves_nothing_behind() {
    let project = Project::new();
    let before = project.files();
    let run = project.silta_with(
        "demo",
        &[("TMPDIR", project.path("").to_str().unwrap())],
        "",
    );
    run.succeeds();
    for words in [
        "start Customs",
        "done (000",
        "already-accepted (500",
        "Customs checked",
        "silta init",
    ] {
        assert!(run.out.contains(words), "`{words}` is not in:\n{}", run.out);
    }
    assert!(project.files() == before);
}

#[test]
fn the_demo_tells_its_steps_in_json() {
    let steps = Project::new().silta("demo --json").succeeds().json();
    let steps = steps.as_array().unwrap();
    let names: Vec<&str> = steps
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "set-up",
            "start-customs",
            "deploy",
            "build",
            "send",
            "parse",
            "send-again",
            "parse-again"
        ]
    );
    for step in steps {
        assert_eq!(members(step), ["facts", "milliseconds", "result", "step"]);
        assert!(step["milliseconds"].is_number());
    }
    let facts = |name: &str| &steps[names.iter().position(|step| *step == name).unwrap()]["facts"];
    assert_eq!(
        (&facts("send")["status"], &facts("send")["code"]),
        (&200.into(), &"000".into())
    );
    let checks = facts("send")["checksPassed"].as_array().unwrap();
    for check in [
        "tls-client-certificate",
        "signature-value",
        "signer-identity",
        "not-a-duplicate",
    ] {
        assert!(checks.contains(&check.into()), "{check}");
    }
    assert_eq!(facts("parse")["class"], "done");
    assert_eq!(facts("send-again")["code"], "500");
    assert_eq!(facts("parse-again")["class"], "already-accepted");
}
