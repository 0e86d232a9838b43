// SPDX-License-Identifier: Apache-2.0
use std::fs;

use crate::project::{Project, members};

#[test]
fn the_demo_goes_its_whole_way_and_leaves_the_reply_alone_behind() {
    let project = Project::new();
    let before = project.files();
    let run = project.silta_with(
        "demo --documents saved",
        &[("TMPDIR", project.path("").to_str().unwrap())],
        "",
    );
    run.succeeds();
    let saved = fs::read_dir(project.path("saved")).unwrap();
    let saved: Vec<_> = saved.map(|file| file.unwrap().path()).collect();
    let contents = saved.iter().map(|file| fs::read(file).unwrap());
    let is_pdf = |content: &Vec<u8>| content.starts_with(b"%PDF-");
    assert_eq!((saved.len(), contents.filter(is_pdf).count()), (2, 1));
    fs::remove_dir_all(project.path("saved")).unwrap();
    for words in [
        "platform → gateway",
        "declaration queued as operation",
        "gateway → Customs",
        "already-accepted (500)",
        "Customs → gateway",
        "signature of Customs verified",
        "each taken once, 0 lost",
        "Suomi.fi → platform",
        "operations, all done",
        "each acknowledged, none left",
        "Customs checked",
        "silta init",
    ] {
        assert!(run.out.contains(words), "`{words}` is not in:\n{}", run.out);
    }
    // A screen, as terminals have had it for long, and the conclusion below it.
    let timeline = run.out.lines().take_while(|line| !line.is_empty());
    assert!(timeline.count() <= 24, "{}", run.out);
    assert!(project.files() == before);
}

#[test]
fn the_demo_tells_its_steps_in_json() {
    let project = Project::new();
    let steps = project.silta("demo --json --documents saved");
    let steps = steps.succeeds().json();
    let steps = steps.as_array().unwrap();
    let names: Vec<&str> = steps
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "set-up",
            "serve",
            "start",
            "swap",
            "submit",
            "send",
            "notified",
            "reply",
            "again",
            "new-wire",
            "swap",
            "roll-back",
            "forward",
            "none-lost",
            "start",
            "register",
            "pushed",
            "rejected",
            "soap-message",
            "swap",
            "rest-message",
            "sent",
            "status",
            "all-done"
        ]
    );
    // The same form, whatever interface brought it.
    let inbox = |name: &str| {
        let step = steps.iter().find(|step| step["step"] == name).unwrap();
        let line = step["result"].as_str().unwrap();
        assert!(line.starts_with("inbox: citizen-message "), "{line}");
        (members(&step["facts"]), step["facts"]["interface"].clone())
    };
    let (by_soap, by_rest) = (inbox("soap-message"), inbox("rest-message"));
    assert_eq!(by_soap.0, by_rest.0);
    assert_eq!(
        (by_soap.1, by_rest.1),
        ("return-channel".into(), "rest".into())
    );
    let mut last = 0.0;
    for step in steps {
        assert_eq!(
            members(step),
            [
                "at",
                "facts",
                "from",
                "milliseconds",
                "result",
                "step",
                "to"
            ]
        );
        assert!(step["milliseconds"].is_number());
        let at = step["at"].as_f64().unwrap();
        assert!(at >= last, "the timeline goes on");
        last = at;
    }
    let step = |name: &str| &steps[names.iter().position(|step| *step == name).unwrap()];
    let facts = |name: &str| &step(name)["facts"];
    assert_eq!(
        (&step("send")["from"], &step("send")["to"]),
        (&"gateway".into(), &"Customs".into())
    );
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
    assert_eq!(facts("notified")["code"], "000");
    assert_eq!(facts("reply")["signature"], "verified");
    assert_eq!(facts("reply")["files"].as_array().unwrap().len(), 2);
    assert_eq!(facts("again")["code"], "500");
    // Refused, swapped for, rolled back and forward; nothing lost.
    let number = |name: &str, fact: &str| facts(name)[fact].as_u64().unwrap();
    assert!(number("new-wire", "refused") > 0 && number("roll-back", "refused") > 0);
    assert!(number("roll-back", "generation") < number("forward", "generation"));
    let submitted = number("none-lost", "submitted");
    assert!(submitted > number("none-lost", "doneOnceMore"));
    assert_eq!(number("none-lost", "taken"), submitted);
    assert_eq!(facts("register")["event"], "push-registered");
    assert_eq!(facts("pushed")["event"], "notification/FIS/1/17/TAX_CARD");
    assert_eq!(facts("rejected")["status"], 401);
    assert_eq!(facts("status")["status"], "opened");
    // Two declarations and a download, a registration, what the citizen wrote, and what the platform did; and the declarations under a changing wire.
    assert_eq!(number("all-done", "operations"), 6 + submitted);
    let again = number("none-lost", "doneOnceMore");
    assert_eq!(number("all-done", "refusedBefore"), again);
    assert!(facts("all-done")["polls"].as_u64().unwrap() > 0);
    assert!(facts("all-done")["entries"].as_u64().unwrap() >= 10);
}
