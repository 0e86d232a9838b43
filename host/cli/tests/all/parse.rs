// SPDX-License-Identifier: Apache-2.0
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
    assert_eq!(
        members(event),
        ["about", "data", "deduplicationKey", "kind"]
    );
    assert_eq!(event["kind"], "upload-acknowledged");
    assert_eq!(event["about"], "REF-1");
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
fn an_answer_that_is_none_leaves_the_outcome_of_an_upload_unknown() {
    let project = Project::new();
    let cases = [
        ("<html>", "answer.not-xml at 1:7"),
        ("<a/>", "answer.not-soap at /a"),
        ("", "answer.not-xml at 1:1"),
    ];
    for (body, why) in cases {
        project.write("answer.xml", body);
        for status in [200, 202, 204, 301, 502] {
            let run = project.silta(&format!("{PARSE} --status {status} --json"));
            let outcome = run.exits(3).json();
            assert_eq!(outcome["class"], "unknown-outcome", "{status} {why}");
            assert_eq!(outcome["code"], format!("http-{status}"));
            let text = outcome["text"].as_str().unwrap();
            let advice =
                "is not known: send the very same bytes again, later, under the same reference";
            assert!(text.contains(why) && text.contains(advice), "{text}");
            let text = project.silta(&format!("{PARSE} --status {status}"));
            assert!(text.exits(3).out.contains(advice), "{}", text.out);
        }
    }
}

#[test]
fn sending_again_comes_to_an_end() {
    let project = Project::new();
    project.set("settings.resending.most-sendings", 3);
    project.write("answer.xml", "<html>");
    let parse = |sendings: u32| {
        let run = project.silta(&format!(
            "{PARSE} --status 200 --earlier-sendings {sendings} --json"
        ));
        run.exits(3).json()
    };
    assert_eq!(parse(1)["events"], serde_json::json!([]));
    let last = parse(2);
    assert_eq!(last["class"], "unknown-outcome");
    assert_eq!(last["events"][0]["kind"], "outcome-unresolved");
    assert_eq!(last["events"][0]["data"]["sendings"], 3);
    let text = last["text"].as_str().unwrap();
    for words in ["resending.most-sendings", "ask Customs by the reference"] {
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn an_answer_to_a_question_that_is_none_is_asked_for_again() {
    let project = Project::new();
    project.write("answer.xml", "<html>");
    let list = PARSE.replace("upload", "download-list");
    let run = project.silta(&format!("{list} --status 200 --json"));
    let outcome = run.exits(3).json();
    assert_eq!(outcome["class"], "retry-later-new-reference");
    assert_eq!(outcome["cursor"], serde_json::Value::Null);
    // A message of Customs that lacks what belongs there would come again.
    project.write(
        "answer.xml",
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><a/></e:Body></e:Envelope>",
    );
    let path = "/Envelope/Body/DownloadListResponse";
    let refusal = Refusal {
        exit: 6,
        code: "answer.incomplete",
        path,
        says: &["answer.xml at ", path, "set them in wire.names"],
    };
    project.refuses(&format!("{list} --status 200"), &refusal);
}

#[test]
fn a_list_beyond_its_limit_names_the_settings() {
    let project = Project::new();
    let entry = "<MessageInformation><MessageStorageId>S-1</MessageStorageId></MessageInformation>";
    let list = |entries: usize| {
        format!(
            "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><DownloadListResponse><ResponseHeader><ResponseCode>000</ResponseCode>\
             </ResponseHeader>{}</DownloadListResponse></e:Body></e:Envelope>",
            entry.repeat(entries)
        )
    };
    let parse = PARSE
        .replace("upload", "download-list")
        .replace("REF-1", "2026-11-30T06:00:00Z --status 200");
    project.set("settings.list.largest-list-bytes", 4096);
    project.write("answer.xml", list(100));
    let refusal = Refusal {
        exit: 6,
        code: "input.too-large",
        path: "",
        says: &[
            "`download-list`",
            "at most 4096 allowed",
            "list.largest-list-bytes",
            "list.longest-window-minutes",
        ],
    };
    project.refuses(&parse, &refusal);
    project.set("settings.list.largest-list-bytes", 65_536);
    let run = project.silta(&format!("{parse} --json"));
    let outcome = run.exits(0).json();
    assert_eq!(outcome["cursor"], "2026-11-30T06:00:00Z");
    assert_eq!(outcome["events"].as_array().unwrap().len(), 1);
}

#[test]
fn a_list_as_large_as_is_usual_is_read_within_the_limits() {
    let project = Project::new();
    let entry = |index: usize| {
        format!(
            "<MessageInformation><MessageStorageId>{{9fb38fad-0000-4000-8000-{index:012x}}}</MessageStorageId><DeclarantBusinessId>9000003-8</DeclarantBusinessId>\
             <MessageBuilderBusinessId>9000001-1</MessageBuilderBusinessId><Application>IMPORT</Application><Reference>R{index:012}</Reference>\
             <MessageStatus>NEW</MessageStatus><Timestamp>2026-11-28T10:00:00+02:00</Timestamp><ContentFormat>application/xml</ContentFormat></MessageInformation>"
        )
    };
    let entries: String = (0..4500).map(entry).collect();
    let answer = format!(
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><DownloadListResponse><ResponseHeader><ResponseCode>000</ResponseCode>\
         </ResponseHeader>{entries}</DownloadListResponse></e:Body></e:Envelope>"
    );
    assert!(answer.len() > 1_900_000, "{}", answer.len());
    project.write("answer.xml", answer);
    let run = project.silta(&format!(
        "{} --status 200 --json",
        PARSE.replace("upload", "download-list")
    ));
    let outcome = run.exits(0).json();
    assert_eq!(outcome["events"].as_array().unwrap().len(), 4500);
    assert_eq!(outcome["followUps"].as_array().unwrap().len(), 4500);
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
