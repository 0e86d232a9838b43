// SPDX-License-Identifier: Apache-2.0
//! The platform's API of `silta serve`, and the commands that speak it.

use serde_json::{Value, json};

use crate::{
    project::{Project, members},
    serve::{self, Serving},
};

/// A folder whose gateway has an API, and a token for everything in the file `token`.
pub(crate) fn project_for(may: &str) -> Project {
    let project = serve::project();
    let made = project.silta(&format!("token new --id erp --may {may} --json"));
    made.exits(0);
    let made: Value = serde_json::from_str(&made.out).unwrap();
    assert_eq!(
        members(&made),
        ["agencies", "id", "may", "sha256", "table", "token"]
    );
    project.write("token", made["token"].as_str().unwrap());
    let table = made["table"].as_str().unwrap();
    let platform = format!(
        "\n[platform]\naddress = \"127.0.0.1:0\"\ncertificates = \"pki/gateway.pem\"\nprivate-key = \"pki/gateway.key.pem\"\n\n{table}"
    );
    project.write("rogue.toml", project.text("rogue.toml") + &platform);
    project
}

/// The program, serving, and the options by which its API is asked.
pub(crate) fn serving(project: &Project) -> (Serving, String) {
    let (serving, first) = Serving::launch(project, "serve --config rogue.toml");
    assert_eq!(
        members(&first),
        ["agencies", "listening", "platform", "store"]
    );
    let address = first["platform"].as_str().unwrap();
    let port = address.strip_prefix("127.0.0.1:").unwrap();
    let options = format!("--url https://localhost:{port} --token-file token --anchors pki/ca.pem");
    (serving, options)
}

#[cfg(unix)]
#[test]
fn what_is_submitted_is_listed_shown_and_decided_on() {
    let project = project_for("submit,read,inbox,decide");
    let (serving, api) = serving(&project);
    project.write("parameters.json", "{}");
    project.write("payload.txt", "hello");
    let submit = format!(
        "submit rogue behave --params parameters.json --payload payload.txt --idempotency-key k --conversation c {api}"
    );
    let first = project.silta(&format!("{submit} --json"));
    first.exits(0);
    let first: Value = serde_json::from_str(&first.out).unwrap();
    let id = first["id"].as_u64().unwrap();
    let again = project.silta(&submit);
    again.exits(0);
    assert!(
        again.out.contains(&format!("operation {id}")),
        "{}",
        again.out
    );
    let other = submit.replace("--conversation c", "--conversation d");
    let other = project.silta(&format!("{other} --json"));
    other.exits(4);
    assert_eq!(other.error()["code"], "idempotency-key.other-request");
    let listed = project.silta("operations list --config rogue.toml --state queued --json");
    listed.exits(0);
    let listed: Value = serde_json::from_str(&listed.out).unwrap();
    assert_eq!(listed["operations"].as_array().unwrap().len(), 1);
    assert_eq!(listed["operations"][0]["conversation"], "c");
    let table = project.silta("operations list --config rogue.toml");
    assert!(
        table.out.contains("behave") && table.out.contains("queued"),
        "{}",
        table.out
    );
    let cancelled = project.silta(&format!("operations cancel {id} {api}"));
    cancelled.exits(0);
    let over = project.silta(&format!("operations resume {id} {api} --json"));
    over.exits(4);
    assert_eq!(over.error()["code"], "operation.over");
    let shown = project.silta(&format!("operations show {id} --config rogue.toml --json"));
    shown.exits(0);
    let shown: Value = serde_json::from_str(&shown.out).unwrap();
    assert_eq!(
        (&shown["state"], &shown["ended"]["end"]),
        (&json!("ended"), &json!("givenUp"))
    );
    let text = project.silta(&format!("operations show {id} --config rogue.toml"));
    assert!(text.out.contains("givenUp"), "{}", text.out);
    project
        .silta("operations show 999 --config rogue.toml")
        .exits(4);
    // Neither output has the token.
    let token = project.text("token");
    let (out, err) = serving.stop("-TERM");
    assert!(!out.contains(&token) && !err.contains(&token));
}

#[test]
fn what_the_api_refuses_is_told_with_its_code() {
    let project = project_for("read");
    let (_serving, api) = serving(&project);
    let refused = project.silta(&format!("submit rogue behave {api} --json"));
    refused.exits(4);
    assert_eq!(refused.error()["code"], "token.not-allowed");
    project.write("token", "silta_other");
    let unknown = project.silta(&format!("submit rogue behave {api} --json"));
    unknown.exits(4);
    assert_eq!(unknown.error()["code"], "token.unknown");
    assert!(!unknown.err.contains("silta_other"));
    let untrusted = api.replace("--anchors pki/ca.pem", "--anchors pki/gateway.key.pem");
    assert_ne!(
        project
            .silta(&format!("submit rogue behave {untrusted}"))
            .exit,
        0
    );
    for (url, code) in [("http://192.0.2.7:1", 2), ("http://127.0.0.1:1", 9)] {
        let run = project.silta(&format!(
            "submit rogue behave --url {url} --token-file token"
        ));
        run.exits(code);
    }
}

#[test]
fn check_judges_the_table() {
    let project = project_for("read");
    let check = || project.silta("check --config rogue.toml --json");
    let fine = check();
    assert!(fine.out.contains("tokens: 1"), "{}", fine.out);
    let text = project.text("rogue.toml");
    project.write("rogue.toml", text.replace("id = \"erp\"", "id = \"E\""));
    let wrong = check();
    wrong.exits(5);
    assert!(wrong.out.contains("platform.tokens[1].id"), "{}", wrong.out);
    let open = text
        .replace(
            "certificates = \"pki/gateway.pem\"\nprivate-key = \"pki/gateway.key.pem\"\n\n[[",
            "[[",
        )
        .replace(
            "[platform]\naddress = \"127.0.0.1:0\"",
            "[platform]\naddress = \"0.0.0.0:0\"",
        );
    project.write("rogue.toml", open);
    let open = check();
    open.exits(5);
    assert!(open.out.contains("without TLS"), "{}", open.out);
}

#[test]
fn the_description_of_the_api_is_printed() {
    let project = Project::new();
    let printed = project.silta("platform openapi");
    printed.exits(0);
    let printed: Value = serde_json::from_str(&printed.out).unwrap();
    assert!(printed["paths"]["/v1/inbox"].is_object());
    let token = project.silta("token new --id erp --agencies tulli,vero");
    token.exits(0);
    assert!(
        token.out.starts_with("silta_") && token.out.contains("[[platform.tokens]]"),
        "{}",
        token.out
    );
    project.silta("token new --id E").exits(2);
}

#[cfg(unix)]
#[test]
fn what_does_not_go_on_is_listed_and_replayed() {
    let project = project_for("submit,read,decide");
    let (_serving, api) = serving(&project);
    project.write("parameters.json", "{}");
    let mut ids = Vec::new();
    for _ in 0..2 {
        let submitted = project.silta(&format!(
            "submit rogue behave --params parameters.json --json {api}"
        ));
        submitted.exits(0);
        let submitted: Value = serde_json::from_str(&submitted.out).unwrap();
        ids.push(submitted["id"].as_u64().unwrap());
    }
    let list = || {
        let listed = project.silta(&format!("dead-letters list --agency rogue --json {api}"));
        listed.exits(0);
        let listed: Value = serde_json::from_str(&listed.out).unwrap();
        let operations = listed["operations"].as_array().unwrap().clone();
        let ids = operations.iter().map(|one| one["id"].as_u64().unwrap());
        ids.collect::<Vec<_>>()
    };
    assert!(list().is_empty(), "they are queued");
    let old = ids[0];
    project
        .silta(&format!("operations cancel {old} {api}"))
        .exits(0);
    assert_eq!(list(), [old]);
    let table = project.silta(&format!("dead-letters list {api}"));
    assert!(
        table.out.contains("givenUp") && table.out.contains("cancelled"),
        "{}",
        table.out
    );
    let shown = project.silta(&format!("dead-letters show {old} {api}"));
    assert!(
        shown.out.contains(&format!("silta replay {old}")),
        "{}",
        shown.out
    );
    // Nobody is there to be asked.
    let unasked = project.silta(&format!("replay {old} {api}"));
    unasked.exits(2);
    assert!(unasked.err.contains("--yes"), "{}", unasked.err);
    let replayed = project.silta(&format!("replay {old} --yes --json {api}"));
    replayed.exits(0);
    let replayed: Value = serde_json::from_str(&replayed.out).unwrap();
    assert_eq!(replayed["operations"][0]["replayOf"], old);
    let again = project.silta(&format!("replay {old} --yes {api}"));
    let new = replayed["operations"][0]["id"].as_u64().unwrap();
    assert!(
        again.out.contains(&format!("operation {new}")),
        "{}",
        again.out
    );
    let queued = project.silta(&format!("replay {} --yes --json {api}", ids[1]));
    queued.exits(4);
    assert_eq!(queued.error()["code"], "operation.not-held");
    // Who did that is kept, and what was refused is not.
    let audit = project.silta("audit --config rogue.toml --json");
    audit.exits(0);
    let audit: Value = serde_json::from_str(&audit.out).unwrap();
    let told = audit["acts"].as_array().unwrap().iter();
    let told = told.map(|act| {
        json!([
            act["by"]["way"],
            act["by"]["name"],
            act["deed"],
            act["subject"],
            act["new"]
        ])
    });
    let told: Vec<_> = told.collect();
    let expected = [
        json!(["token", "erp", "cancel", {"operation": old}, null]),
        json!(["token", "erp", "replay", {"operation": old}, new]),
    ];
    assert_eq!(told, expected);
    let shown = project.silta(&format!("operations show {new} --config rogue.toml --json"));
    let shown = shown.succeeds().json();
    assert_eq!(shown["submittedBy"], json!({"way": "token", "name": "erp"}));
    assert_eq!(shown["replayOf"], old);
    let table = project.silta(&format!(
        "audit --config rogue.toml --operation {old} --after 1"
    ));
    table.exits(0);
    assert!(
        table.out.contains("token erp") && !table.out.contains("cancel"),
        "{}",
        table.out
    );
}
