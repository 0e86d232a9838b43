// SPDX-License-Identifier: Apache-2.0
//! The operations that fetch: what the program asks, before a service of another's making, and what it makes of the answers.

use std::fs;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    service::WAITING,
    stacks::{Answer, INTERMEDIARY, Project, Service, is_valid, zeep},
};
use crate::peers;

/// Storage id of the other message in the list, of which nothing else is told.
const BARE: &str = "{a2d3e6f4-0d0c-4a77-8b0f-0c5f3f1f9b02}";

/// Builds, has the schemas judge both ways, posts: what the service read, and its answer.
fn exchange(
    project: &Project,
    service: &mut Service,
    operation: &str,
    parameters: &Value,
) -> (Value, Answer) {
    let built = project.build(operation, parameters);
    is_valid(&built.body);
    let answer = built.post(&service.url);
    let record = service.record();
    let header = &record["request"]["RequestHeader"];
    assert_eq!(header["IntermediaryBusinessId"], INTERMEDIARY);
    assert_eq!(record["soapAction"], "\"\"");
    if answer.status == 200 {
        is_valid(&project.write("judged.xml", &answer.body));
    }
    (record, answer)
}

#[test]
fn a_foreign_service_echoes() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    let mut service = Service::start(&[]);
    let content = "Päivää & <hei> ]]>";
    let parameters = json!({ "content": content });
    let (record, answer) = exchange(&project, &mut service, "check-connectivity", &parameters);
    assert_eq!(record["operation"], "CheckConnectivity");
    assert_eq!(record["request"]["EchoContent"], content);
    let (exit, outcome) = project.parse("check-connectivity", &answer);
    assert_eq!((exit, &outcome["class"]), (0, &json!("done")));
}

#[test]
fn a_foreign_services_list_becomes_messages_to_fetch() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    let mut service = Service::start(&[]);
    #[rustfmt::skip]
    let rows = [
        (json!({ "startTimestamp": "2026-01-31T12:00:00+02:00", "endTimestamp": "2026-01-31T13:00:00+02:00" }), ["StartTimestamp", "EndTimestamp"]),
        (json!({ "startDate": "2026-01-30", "endDate": "2026-01-31" }), ["StartDate", "EndDate"]),
        (json!({}), ["StartTimestamp", "EndTimestamp"]),
    ];
    for (parameters, names) in rows {
        let (record, answer) = exchange(&project, &mut service, "download-list", &parameters);
        assert_eq!(record["operation"], "DownloadList");
        let criteria = &record["request"]["DownloadMessageListFilteringCriteria"];
        let asked = criteria.as_object().unwrap();
        assert!(asked.len() == 2 && names.iter().all(|name| asked.contains_key(*name)));
        if let Some(start) = parameters.get("startDate") {
            assert_eq!(&criteria["StartDate"], start);
        }

        let (exit, outcome) = project.parse("download-list", &answer);
        assert_eq!((exit, &outcome["class"]), (0, &json!("done")));
        // A window that was given is a look aside, from which nothing goes on.
        let goes_on = outcome["cursor"].is_string();
        assert_eq!(goes_on, parameters == json!({}), "{outcome:#}");
        let events = outcome["events"].as_array().unwrap();
        let follow_ups = outcome["followUps"].as_array().unwrap();
        assert_eq!((events.len(), follow_ups.len()), (2, 2), "{outcome:#}");
        for ((event, follow_up), id) in events.iter().zip(follow_ups).zip([WAITING, BARE]) {
            assert_eq!(event["kind"], "message-available");
            assert_eq!(event["data"]["storageId"], id);
            assert_eq!(event["deduplicationKey"], format!("message-available/{id}"));
            assert_eq!(follow_up["operation"], "download");
            assert_eq!(follow_up["parameters"], json!({ "storageId": id }));
        }
        let noted = &events[0]["data"]["messageInformation"];
        assert_eq!(noted["Timestamp"], "2026-01-31T12:00:00+02:00");
        assert_eq!(events[0]["data"]["reference"], "WAITING-1");
    }
}

/// Options that have the service sign with that key of the folder.
fn signed_by(project: &Project, name: &str) -> [String; 2] {
    [
        format!(
            "signing-key={}",
            project.path(&format!("pki/{name}.key.pem"))
        ),
        format!(
            "signing-certificate={}",
            project.path(&format!("pki/{name}.pem"))
        ),
    ]
}

/// What zeep finds in the same answer: format and bytes of each block.
fn blocks(project: &Project, service: &Service) -> Vec<(String, Vec<u8>)> {
    let sender = format!("intermediary={INTERMEDIARY}");
    let id = format!("storage-id={WAITING}");
    let said = zeep("client.py", &["download", &service.url, &sender, &id]);
    let document = &said["applicationResponse"];
    project.write("typed.json", document.to_string());
    let blocks = document["ApplicationContent"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    blocks
        .map(|block| {
            let content = text(&block["Content"]["_value_1"]);
            let content = STANDARD.decode(content).unwrap();
            (text(&block["ContentFormat"]), content)
        })
        .collect()
}

#[test]
fn what_a_foreign_service_hands_over_is_what_others_read_in_it() {
    if !peers::are_prepared() {
        return;
    }
    for is_signed in [false, true] {
        let project = Project::new();
        let signing = signed_by(&project, "customs-signing");
        let mut service = Service::start(if is_signed { &signing } else { &[] });
        let parameters = json!({ "storageId": WAITING });
        let (record, answer) = exchange(&project, &mut service, "download", &parameters);
        assert_eq!(record["operation"], "Download");
        let criteria = &record["request"]["DownloadMessageFilteringCriteria"];
        assert_eq!(criteria["MessageStorageId"], WAITING);

        let (exit, outcome) = project.parse("download", &answer);
        assert_eq!(
            (exit, &outcome["class"]),
            (0, &json!("done")),
            "{outcome:#}"
        );
        let event = &outcome["events"][0];
        assert_eq!(event["kind"], "message-downloaded");
        assert_eq!(
            event["deduplicationKey"],
            format!("message-downloaded/{WAITING}")
        );
        let documents = outcome["documents"].as_array().unwrap().iter();
        let ours: Vec<(String, Vec<u8>)> = documents
            .map(|document| {
                let kind = document["mediaType"].as_str().unwrap().to_owned();
                (kind, fs::read(document["file"].as_str().unwrap()).unwrap())
            })
            .collect();
        let theirs = blocks(&project, &service);
        assert_eq!(theirs.len(), 2);
        assert!(ours == theirs, "{outcome:#}");
    }
}

/// The signature holds, and still vouches for nothing: the builder is not Customs.
#[test]
fn what_somebody_else_than_customs_signed_is_not_taken() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    let mut service = Service::start(&signed_by(&project, "builder"));
    let parameters = json!({ "storageId": WAITING });
    let (_, answer) = exchange(&project, &mut service, "download", &parameters);
    project.does_not_take("download", &answer);
}

#[test]
fn a_foreign_services_faults_leave_fetching_for_later() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    let id = json!({ "storageId": WAITING });
    let operations = [
        ("check-connectivity", json!({})),
        ("download-list", json!({})),
        ("download", id),
    ];
    for option in ["fault=999", "fault=bare", "refusal=474"] {
        let mut service = Service::start(&[option.to_owned()]);
        for (operation, parameters) in &operations {
            let (_, answer) = exchange(&project, &mut service, operation, parameters);
            let (exit, outcome) = project.parse(operation, &answer);
            let class = &outcome["class"];
            assert_eq!(
                (exit, class),
                (3, &json!("retry-later-new-reference")),
                "{option}: {operation}"
            );
            assert_eq!(outcome["events"], json!([]), "{option}: {operation}");
        }
    }
}
