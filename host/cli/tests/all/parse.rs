use std::fs;

use crate::project::{Project, Refusal, members};

const PARSE: &str = "parse tulli upload --config silta.toml --body answer.xml --memo REF-1";

/// Customs' answer with a response code.
pub(crate) fn acknowledgement(code: &str) -> String {
    format!(
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><UploadResponse xmlns='http://tulli.fi/schema/corporateservice/v1'>\
         <ResponseHeader><ResponseCode>{code}</ResponseCode><ResponseText>Words for {code}</ResponseText></ResponseHeader>\
         </UploadResponse></e:Body></e:Envelope>"
    )
}

#[test]
fn an_outcome_is_told_in_json() {
    let project = Project::new();
    project.write("answer.xml", acknowledgement("000"));
    let outcome = project
        .silta(&format!(
            "{PARSE} --status 200 --header Content-Type:text/xml --json"
        ))
        .succeeds()
        .json();
    assert_eq!(
        members(&outcome),
        [
            "class",
            "code",
            "cursor",
            "documents",
            "events",
            "followUps",
            "reference",
            "text"
        ]
    );
    assert_eq!(
        (&outcome["class"], &outcome["code"]),
        (&"done".into(), &"000".into())
    );
    assert_eq!(
        (&outcome["text"], &outcome["reference"]),
        (&"Words for 000".into(), &"REF-1".into())
    );
    let event = &outcome["events"][0];
    assert_eq!(members(event), ["data", "deduplicationKey", "kind"]);
    assert_eq!(event["kind"], "upload-acknowledged");
    assert_eq!(event["data"]["reference"], "REF-1");
}

#[test]
fn an_outcome_is_told_to_people_with_what_to_do() {
    let project = Project::new();
    project.write("answer.xml", acknowledgement("490"));
    let run = project.silta(&format!("{PARSE} --status 200"));
    run.exits(3);
    for words in [
        "retry-later-new-reference: refused for now",
        "490",
        "Words for 490",
        "Events: none",
    ] {
        assert!(run.out.contains(words), "`{words}` is not in:\n{}", run.out);
    }
    assert_eq!(run.err, "");
}

#[test]
fn the_exit_code_tells_whether_the_operation_is_done() {
    let project = Project::new();
    for (code, more, class, exit) in [
        ("000", "", "done", 0),
        ("500", "--earlier-sendings 1", "already-accepted", 0),
        ("500", "", "fix-first", 3),
        ("450", "", "denied", 3),
        ("999", "", "unknown-outcome", 3),
    ] {
        project.write("answer.xml", acknowledgement(code));
        let run = project.silta(&format!("{PARSE} --status 200 --json {more}"));
        assert_eq!(run.exits(exit).json()["class"], class, "{code}");
        assert_eq!(run.err, "");
    }
    let run =
        project.silta("parse tulli upload --config silta.toml --no-answer --memo REF-1 --json");
    assert_eq!(run.exits(3).json()["class"], "unknown-outcome");
    assert_eq!(run.json()["reference"], "REF-1");
}

#[test]
fn an_answer_that_is_none_is_the_counterpartys_fault() {
    let project = Project::new();
    let cases = [
        ("<html>", "answer.not-xml", "1:7"),
        ("<a/>", "answer.not-soap", "/a"),
        ("", "answer.not-xml", "1:1"),
    ];
    for (body, code, path) in cases {
        project.write("answer.xml", body);
        let refusal = Refusal {
            exit: 6,
            code,
            path,
            says: &["answer.xml at ", path, "Customs' message is not"],
        };
        project.refuses(&format!("{PARSE} --status 200"), &refusal);
    }
    // What stands before Customs speaks otherwise, and that is understood.
    let run = project.silta(&format!("{PARSE} --status 503 --json"));
    assert_eq!(run.exits(3).json()["code"], "http-503");
}

#[test]
fn what_was_built_has_the_memo() {
    let project = Project::new();
    project.write("answer.xml", acknowledgement("000"));
    let parse = "parse tulli upload --config silta.toml --status 200 --body answer.xml --request-json examples/upload.json";
    let refusal = Refusal {
        exit: 4,
        code: "request.no-memo",
        path: "/memo",
        says: &["examples/upload.json at /memo", "silta build --json"],
    };
    project.refuses(parse, &refusal);
    let refusal = Refusal {
        exit: 8,
        code: "file.unreadable",
        path: "none.json",
        says: &["none.json: cannot be read", "check the path"],
    };
    project.refuses(
        &parse.replace("examples/upload.json", "none.json"),
        &refusal,
    );
    let refusal = Refusal {
        path: "none.xml",
        says: &["none.xml: cannot be read", "check the path"],
        ..refusal
    };
    project.refuses(
        &format!("{PARSE} --status 200").replace("answer.xml", "none.xml"),
        &refusal,
    );
}

#[test]
fn documents_are_left_alone_when_the_answer_has_none() {
    let project = Project::new();
    project.write("answer.xml", acknowledgement("000"));
    project.write("documents/precious.pdf", "precious");
    let before = project.files();
    let run = project.silta(&format!(
        "{PARSE} --status 200 --documents documents --json"
    ));
    assert_eq!(run.succeeds().json()["documents"], serde_json::json!([]));
    assert!(project.files() == before);
}

#[test]
fn documents_are_written_beside_those_there_are() {
    let project = Project::new();
    project.write("rogue.wasm", artifacts::ROGUE.bytes);
    project.write(
        "rogue.toml",
        "[agencies.rogue]\ncomponent = \"rogue.wasm\"\n[agencies.rogue.settings]\nversion = 1\n",
    );
    project.write("answer.txt", "the words");
    let parse = "parse rogue behave --config rogue.toml --status 200 --body answer.txt --json";
    let outcome = project.silta(parse).succeeds().json();
    assert_eq!(outcome["documents"][0]["file"], serde_json::Value::Null);
    for name in ["answer.txt", "answer-2.txt"] {
        let outcome = project
            .silta(&format!("{parse} --documents new/documents"))
            .succeeds()
            .json();
        let document = &outcome["documents"][0];
        assert_eq!(
            members(document),
            ["file", "mediaType", "name", "sha256", "size"]
        );
        assert_eq!(
            (&document["name"], &document["size"]),
            (&"answer.txt".into(), &9.into())
        );
        let file = format!("new/documents/{name}");
        assert_eq!(document["file"], file);
        assert_eq!(project.text(&file), "the words");
    }
    assert_eq!(
        fs::read_dir(project.path("new/documents")).unwrap().count(),
        2
    );
}
