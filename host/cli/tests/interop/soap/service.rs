// SPDX-License-Identifier: Apache-2.0
//! What the program builds, before a service of another's making, and what that answers, before the program.

use std::process::Command;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use xml_testkit::tools::succeeds;

use super::stacks::{
    DECLARANT, INTERMEDIARY, Project, Service, descriptions, is_valid, judge, zeep,
};
use crate::peers;

/// Storage id of the message that waits in the service.
pub(super) const WAITING: &str = "{6f1b0c9e-5a0d-4f8e-9d57-2f3f6f1e7a10}";

fn upload() -> Value {
    json!({ "declarant": DECLARANT, "application": "IMPORT" })
}

#[test]
fn the_descriptions_are_xml() {
    if !peers::are_prepared() {
        return;
    }
    let files = descriptions();
    assert_eq!(files.len(), 9, "{files:?}");
    succeeds(
        Command::new("xmllint")
            .args(["--noout", "--nonet"])
            .args(files)
            .output()
            .unwrap(),
    );
}

/// Neither stack is ours, so that what they agree on is in the description.
#[test]
fn two_stacks_agree_on_the_description() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    let mut service = Service::start(&[]);
    let sender = format!("intermediary={INTERMEDIARY}");
    let kept = project.path("answer.xml");
    let keep = format!("answer={kept}");
    let mut call = |operation: &str, options: &[&str]| {
        let fixed = [operation, &service.url, &sender, &keep];
        let said = zeep("client.py", &[&fixed, options].concat());
        is_valid(&kept);
        let record = service.record();
        let header = &record["request"]["RequestHeader"];
        assert_eq!(header["IntermediaryBusinessId"], INTERMEDIARY);
        assert_eq!(said["answer"]["ResponseHeader"]["ResponseCode"], "000");
        (said, record)
    };

    let (said, record) = call("check-connectivity", &["content=Päivää & <hei>"]);
    assert_eq!(record["request"]["EchoContent"], "Päivää & <hei>");
    assert_eq!(said["answer"]["EchoContent"], "Päivää & <hei>");

    let window = [
        "start=2026-01-31T12:00:00+02:00",
        "end=2026-01-31T13:00:00+02:00",
    ];
    let (said, record) = call("download-list", &window);
    let criteria = json!({ "StartTimestamp": &window[0][6..], "EndTimestamp": &window[1][4..] });
    let name = "DownloadMessageListFilteringCriteria";
    assert_eq!(
        (&record["request"][name], &said["answer"][name]),
        (&criteria, &criteria)
    );
    let messages = said["answer"]["MessageInformation"].as_array().unwrap();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0]["MessageStorageId"], WAITING);

    let (said, record) = call("download", &[&format!("storage-id={WAITING}")]);
    let criteria = &record["request"]["DownloadMessageFilteringCriteria"];
    assert_eq!(criteria["MessageStorageId"], WAITING);
    let blocks = said["applicationResponse"]["ApplicationContent"]
        .as_array()
        .unwrap();
    let formats = blocks.iter().map(|block| &block["ContentFormat"]);
    assert!(formats.eq(["application/xml", "application/pdf"]));
}

/// Code and text of a NotifyResponse, in the one place where that shape has them.
#[track_caller]
pub(super) fn is_acknowledged(answer: &Value, shape: &str) {
    let (with, without) = match shape {
        "in-header" => (&answer["ResponseHeader"], answer),
        _ => (answer, &answer["ResponseHeader"]),
    };
    assert_eq!(with["ResponseCode"], "000", "{shape}: {answer:#}");
    assert_eq!(with["ResponseText"], "OK", "{shape}: {answer:#}");
    assert!(without.get("ResponseCode").is_none(), "{shape}: {answer:#}");
}

#[test]
fn two_stacks_agree_on_notifications() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    let path = |name: &str| project.path(&format!("pki/{name}.pem"));
    let kept = project.path("answer.xml");
    let connection = [
        format!("ca={}", path("ca")),
        format!("certificate={}", path("intermediary")),
        format!("key={}", path("intermediary.key")),
        format!("answer={kept}"),
    ];
    let told = format!("storage-id={WAITING}");
    for shape in ["siblings", "in-header"] {
        for version in ["soap=1.2", "soap=1.1"] {
            let options = [version.to_owned(), format!("shape={shape}")];
            let mut service = Service::for_notifications(&project, &options);
            let fixed = ["notify", &service.url, &told, version];
            let connection: Vec<&str> = connection.iter().map(String::as_str).collect();
            let said = zeep("client.py", &[&fixed[..], &connection].concat());
            is_acknowledged(&said["answer"], shape);
            is_valid(&kept);
            let record = service.record();
            let information = &record["request"]["MessageInformation"];
            assert_eq!(information["MessageStorageId"], WAITING);
            assert_eq!(record["peer"]["serialNumber"], INTERMEDIARY);
        }
    }
}

#[test]
fn the_schemas_refuse_what_is_not_in_them() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    let built = project.build("upload", &upload());
    is_valid(&built.body);
    let sound = String::from_utf8(project.read("request.xml")).unwrap();
    let message = between(
        &sound,
        "<ApplicationRequestMessage>",
        "</ApplicationRequestMessage>",
    );
    let inside = String::from_utf8(STANDARD.decode(message).unwrap()).unwrap();
    let refused = |changed: String, valid: &[bool]| {
        let judgement = judge(&project.write("changed.xml", changed));
        let inside = &judgement["inside"]["valid"];
        assert_eq!(judgement["valid"], false, "{judgement:#}");
        assert_eq!(inside.as_bool().as_slice(), valid, "{judgement:#}");
    };
    for (from, to, valid) in [
        ("<Language>FI</Language>", "<Language>EE</Language>", true),
        ("<Language>FI</Language>", "<Unknown>FI</Unknown>", true),
        (INTERMEDIARY, "90000011", true),
    ] {
        refused(replaced(&sound, from, to), &[valid]);
    }
    for (from, to) in [
        ("<Environment>TEST</Environment>", ""),
        (
            "<ContentFormat>application/xml<",
            "<ContentFormat>a format<",
        ),
        ("<Content Id=", "<Content Name="),
        ("</ds:SignedInfo>", "</ds:SignedInfo><ds:SignedInfo/>"),
    ] {
        let changed = replaced(&inside, from, to);
        refused(
            replaced(&sound, message, &STANDARD.encode(changed)),
            &[false],
        );
    }
    refused(replaced(&sound, message, "no base64!"), &[false]);
    let envelope = "http://schemas.xmlsoap.org/soap/envelope/";
    refused(sound.replace(envelope, "urn:envelope"), &[]);
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    text.split_once(begin).unwrap().1.split_once(end).unwrap().0
}

/// The text with what it has in exactly one place replaced.
#[track_caller]
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from} in {text}");
    text.replace(from, to)
}

#[test]
fn a_foreign_service_understands_uploads_in_every_signature_form() {
    if !peers::are_prepared() {
        return;
    }
    let mut service = Service::start(&[]);
    for form in ["content-by-id", "enveloped-root", "enveloped-by-id"] {
        let project = Project::new();
        project.set("wire.signature-form", form);
        let built = project.build("upload", &upload());
        is_valid(&built.body);
        let answer = built.post(&service.url);
        let record = service.record();
        assert_eq!(record["operation"], "Upload");
        assert_eq!(record["signature"], "holds", "{form}");
        assert_eq!(record["soapAction"], "\"\"");
        let header = &record["request"]["RequestHeader"];
        assert_eq!(header["IntermediaryBusinessId"], INTERMEDIARY);
        assert_eq!(header["Language"], "FI");
        let inside = &record["applicationRequest"];
        let reference = &built.request["reference"];
        assert_eq!(&inside["Reference"], reference);
        assert_eq!(inside["DeclarantBusinessId"], DECLARANT);
        assert_eq!(inside["MessageBuilderBusinessId"], INTERMEDIARY);
        assert_eq!(inside["Application"], "IMPORT");
        assert_eq!(inside["ContentFormat"], "application/xml");
        let content = STANDARD.decode(record["content"].as_str().unwrap());
        assert!(content.unwrap() == project.read("examples/declaration.xml"));

        let (exit, outcome) = project.parse("upload", &answer);
        is_valid(&project.path("answer.xml"));
        assert_eq!((exit, &outcome["class"]), (0, &json!("done")), "{form}");
        assert_eq!(&outcome["reference"], reference);
        let noted = &outcome["events"][0]["data"]["messageInformation"];
        assert_eq!(noted["MessageStorageId"], WAITING);
        assert_eq!(noted["MessageStatus"], "RECEIVED");
    }
}

#[test]
fn refusals_of_a_foreign_service_are_understood() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    for (option, class, code) in [
        ("refusal=474", "retry-later-new-reference", "474"),
        ("refusal=451", "fix-first", "451"),
        ("refusal=500", "fix-first", "500"),
        ("fault=999", "unknown-outcome", "999"),
        ("fault=bare", "unknown-outcome", "Server"),
    ] {
        let service = Service::start(&[option.to_owned()]);
        let built = project.build("upload", &upload());
        let answer = built.post(&service.url);
        let is_fault = option.starts_with("fault");
        assert_eq!(answer.status, if is_fault { 500 } else { 200 }, "{option}");
        let (exit, outcome) = project.parse("upload", &answer);
        assert_eq!(exit, 3, "{option}");
        assert_eq!(outcome["class"], class, "{option}: {outcome:#}");
        assert_eq!(outcome["code"], code, "{option}");
        assert_eq!(outcome["events"], json!([]), "{option}");
    }
}
