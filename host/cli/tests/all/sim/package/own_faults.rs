// SPDX-License-Identifier: Apache-2.0
//! What the simulator cannot say by a package is not said in another way: its own fault, in its log and its exit code.

use serde_json::{Value, json};

use super::{Simulator, UPLOAD, available, send};
use crate::{project::Project, wire::with_package};

/// A project that has the usual package with one text of a file replaced, settings that fit, and a simulator that speaks by it.
fn changed<'p>(
    project: &'p Project,
    file: &str,
    (from, to): (&str, &str),
    more: &str,
) -> Simulator<'p> {
    with_package(project);
    let file = format!("package/{file}");
    let text = project.text(&file);
    assert!(text.contains(from), "{from}");
    project.write(&file, text.replace(from, to));
    project
        .silta("wire tulli --schemas package --config silta.toml --write")
        .succeeds();
    let customs = Simulator::start(project, &format!("--json --schemas package {more}"));
    project.set("settings.url", customs.url.as_str());
    customs
}

fn upload(project: &Project, customs: &mut Simulator<'_>) {
    let uploaded = send(project, "upload", &serde_json::from_str(UPLOAD).unwrap());
    assert_eq!(uploaded["code"], "000", "{uploaded:#}");
    assert_eq!(customs.json()["verdict"], "accepted");
}

/// The line of a request that the simulator could not answer, and why.
fn own_fault(outcome: &Value, customs: &mut Simulator<'_>) -> String {
    assert_eq!(outcome["code"], "999", "{outcome:#}");
    let line = customs.json();
    assert_eq!(line["verdict"], "own-fault", "{line}");
    line["reason"].as_str().unwrap().to_owned()
}

const ENTRY: &str = "<xs:element name=\"MessageInformation\" type=\"MessageInformationType\" minOccurs=\"0\" maxOccurs=\"unbounded\"/>";

/// A list with room for one message is refused before anything listens.
#[test]
fn a_list_that_has_room_for_one_is_not_spoken() {
    let project = Project::new();
    with_package(&project);
    let types = project.text("package/WsdlTypes.xsd");
    assert!(types.contains(ENTRY));
    let one = ENTRY.replace("unbounded", "1");
    project.write("package/WsdlTypes.xsd", types.replace(ENTRY, &one));
    let run = project
        .silta("sim tulli --pki pki --listen 127.0.0.1:0 --until-stdin-closes --schemas package");
    let told = &run.exits(4).err;
    assert!(
        told.contains("names.message-information: nothing in the package is like it"),
        "{told}"
    );
}

/// Entries by a group that is repeated are all there.
#[test]
fn a_list_by_repeated_groups_is_whole() {
    let project = Project::new();
    let one = ENTRY.replace(" minOccurs=\"0\" maxOccurs=\"unbounded\"", "");
    let group = format!("<xs:sequence minOccurs=\"0\" maxOccurs=\"unbounded\">{one}</xs:sequence>");
    let mut customs = changed(
        &project,
        "WsdlTypes.xsd",
        (ENTRY, &group),
        "--list-interval 0",
    );
    for _ in 0..2 {
        upload(&project, &mut customs);
    }
    for _ in 0..100 {
        let listed = send(&project, "download-list", &json!({}));
        let count = listed["events"].as_array().unwrap().len();
        let line = customs.json();
        assert_eq!(line["verdict"], "accepted", "{line}");
        assert_eq!(line["listed"], count, "{listed:#}");
        if count == 2 {
            customs.ends();
            return;
        }
    }
    panic!("the replies are never listed");
}

/// A reply that the package has no words for stays where it was.
#[test]
fn a_reply_that_cannot_be_made_is_kept() {
    let project = Project::new();
    let from =
        "<xs:element name=\"ContentFormat\" type=\"xs:string\"/><xs:element name=\"Content\"";
    let to = from.replace(
        " type=\"xs:string\"/>",
        "><xs:simpleType><xs:restriction base=\"xs:string\"><xs:enumeration value=\"application/xml\"/></xs:restriction></xs:simpleType></xs:element>",
    );
    let mut customs = changed(
        &project,
        "ApplicationResponse.xsd",
        (from, &to),
        "--list-interval 0",
    );
    upload(&project, &mut customs);
    let id = available(&project, &mut customs)["data"]["storageId"].clone();
    for _ in 0..2 {
        let fetched = send(&project, "download", &json!({ "storageId": id }));
        let reason = own_fault(&fetched, &mut customs);
        assert!(
            reason.starts_with("the reply cannot be made: ") && reason.contains("content-format"),
            "{reason}"
        );
    }
    customs.ends_with(3);
}

/// Replies that cannot be signed are told, and so is misbehaviour that comes to nothing.
#[test]
fn a_reply_without_a_signature_is_told() {
    let project = Project::new();
    let from = "<xs:element ref=\"ds:Signature\" minOccurs=\"0\"/>";
    let mut customs = changed(
        &project,
        "ApplicationResponse.xsd",
        (from, ""),
        "--list-interval 0 --misbehave wrong-signer",
    );
    upload(&project, &mut customs);
    let id = available(&project, &mut customs)["data"]["storageId"].clone();
    for told in [", so that no signature of it is wrong", ""] {
        send(&project, "download", &json!({ "storageId": id }));
        let line = customs.json();
        let expected = format!("the package has no place for a signature in a reply{told}");
        assert_eq!(line["reason"], expected, "{line}");
    }
    customs.ends();
}

/// One that the package demands is the signer's, and nothing is made up in its place.
#[test]
fn a_reply_with_a_demanded_signature_is_signed() {
    let project = Project::new();
    let from = "<xs:element ref=\"ds:Signature\" minOccurs=\"0\"/>";
    let mut customs = changed(
        &project,
        "ApplicationResponse.xsd",
        (from, "<xs:element ref=\"ds:Signature\"/>"),
        "--list-interval 0",
    );
    upload(&project, &mut customs);
    let id = available(&project, &mut customs)["data"]["storageId"].clone();
    let fetched = send(&project, "download", &json!({ "storageId": id }));
    let line = customs.json();
    assert_eq!(line["verdict"], "accepted", "{line}");
    assert_eq!(fetched["class"], "done", "{fetched:#}");
    customs.ends();
}

/// What the simulator would say and the package does not take is not sent: its own fault, in its log and its exit code.
#[test]
fn an_answer_that_is_not_valid_is_not_sent() {
    let project = Project::new();
    with_package(&project);
    let service = project.text("package/WsdlTypes.xsd");
    let narrow = "<xs:element name=\"ResponseText\"><xs:simpleType><xs:restriction base=\"xs:string\"><xs:enumeration value=\"OK\"/></xs:restriction></xs:simpleType></xs:element>";
    let wide = "<xs:element name=\"ResponseText\" type=\"xs:string\"/>";
    assert!(service.contains(wide));
    project.write("package/WsdlTypes.xsd", service.replace(wide, narrow));
    project
        .silta("wire tulli --schemas package --config silta.toml --write")
        .succeeds();
    let mut customs = Simulator::start(&project, "--json --schemas package");
    project.set("settings.url", customs.url.as_str());
    let listed = send(&project, "download-list", &json!({}));
    assert_eq!(listed["code"], "000", "{listed:#}");
    assert_eq!(customs.json()["verdict"], "accepted");
    // Too soon, which only other words than OK can say.
    let refused = send(&project, "download-list", &json!({}));
    assert_eq!(refused["code"], "999", "{refused:#}");
    let line = customs.json();
    assert_eq!(
        (&line["verdict"], &line["httpStatus"]),
        (&json!("own-fault"), &json!(500))
    );
    let reason = line["reason"].as_str().unwrap();
    assert!(
        reason.starts_with(
            "the answer of the simulator: ResponseHeader/ResponseText (WsdlTypes.xsd:15)"
        ),
        "{reason}"
    );
    customs.ends_with(3);
}
