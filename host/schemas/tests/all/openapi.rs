// SPDX-License-Identifier: Apache-2.0
//! The OpenAPI file of Suomi.fi's REST interface: our own description is what is compared with, and one change of it at a time is told.

use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use silta_schemas::{
    customs::{Certainty, Comparison},
    openapi::{OpenApiError, compare},
};

fn usual() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/openapi/messages.json");
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

fn compared(api: &Value) -> Comparison {
    compare(api.to_string().as_bytes()).unwrap()
}

#[test]
fn the_usual_interface_has_nothing_that_differs() {
    let comparison = compared(&usual());
    assert_eq!(comparison.rows.len(), 11);
    let is_same = comparison
        .rows
        .iter()
        .all(|row| row.certainty == Certainty::Sure && row.theirs.as_ref() == Some(&row.ours));
    assert!(is_same, "{:#?}", comparison.rows);
    assert_eq!(comparison.unknown, [""; 0]);
}

/// As tools of .NET write it.
#[test]
fn a_byte_order_mark_is_passed_over() {
    let marked = format!("\u{feff}{}", usual());
    assert_eq!(compare(marked.as_bytes()).unwrap().rows.len(), 11);
}

/// Each change, with the row that tells of it and whether somebody has to settle it.
#[test]
fn what_is_changed_is_told() {
    type Change = fn(&mut Value);
    let cases: [(Change, &str, bool); 9] = [
        (
            |api| {
                let paths = api["paths"].as_object_mut().unwrap();
                let events = paths.remove("/v2/events").unwrap();
                paths.insert("/v3/events".to_owned(), events);
            },
            "GET /v2/events",
            true,
        ),
        (
            |api| {
                let paths = api["paths"].as_object_mut().unwrap();
                paths.remove("/v1/change-password");
            },
            "POST /v1/change-password",
            false,
        ),
        (
            |api| {
                let electronic = &mut api["components"]["schemas"]["Electronic"];
                electronic["properties"]["caseId"] = json!({"type": "string"});
                electronic["required"]
                    .as_array_mut()
                    .unwrap()
                    .push(json!("caseId"));
            },
            "POST /v2/messages/electronic request caseId",
            true,
        ),
        (
            |api| {
                let schemas = &mut api["components"]["schemas"];
                let properties = schemas["ElectronicPart"]["properties"]
                    .as_object_mut()
                    .unwrap();
                let title = properties.remove("title").unwrap();
                properties.insert("subject".to_owned(), title);
            },
            "POST /v2/messages/electronic request electronic/title",
            true,
        ),
        (
            |api| {
                api["components"]["schemas"]["ElectronicPart"]["properties"]["title"]["maxLength"] =
                    json!(100);
            },
            "POST /v2/messages request electronic/title",
            false,
        ),
        (
            |api| {
                api["components"]["schemas"]["ElectronicPart"]["properties"]["bodyFormat"]["enum"] =
                    json!(["Text", "HTML"]);
            },
            "POST /v2/messages/electronic request electronic/bodyFormat",
            false,
        ),
        (
            |api| {
                api["components"]["schemas"]["MessageId"] = json!({"type": "string"});
            },
            "GET /v2/messages/{} answer 200 messageId",
            true,
        ),
        (
            |api| {
                let post = &mut api["paths"]["/v2/messages/electronic"]["post"]["responses"];
                let responses = post.as_object_mut().unwrap();
                let sent = responses.remove("200").unwrap();
                responses.insert("202".to_owned(), sent);
            },
            "POST /v2/messages/electronic answer 200",
            true,
        ),
        (
            |api| {
                let events = &mut api["paths"]["/v2/events"]["get"]["parameters"];
                events.as_array_mut().unwrap().push(
                    json!({"name": "serviceId", "in": "query", "required": true, "schema": {"type": "string"}}),
                );
            },
            "GET /v2/events parameter serviceId",
            true,
        ),
    ];
    for (change, setting, is_open) in cases {
        let mut api = usual();
        change(&mut api);
        let comparison = compared(&api);
        let mut rows = comparison.rows.iter();
        let row = rows.find(|row| row.setting == setting && row.certainty != Certainty::Sure);
        assert!(row.is_some(), "{setting}: {comparison:#?}");
        let is_unsettled = comparison.unsettled().any(|row| row.setting == setting);
        assert_eq!(is_unsettled, is_open, "{setting}");
    }
}

/// What is in lists, what a part of a whole demands, and what a path says of all its operations.
#[test]
fn what_is_said_elsewhere_counts() {
    type Change = fn(&mut Value);
    let cases: [(Change, &str, bool); 9] = [
        (
            |api| {
                let attachment = &mut api["components"]["schemas"]["Attachment"];
                attachment["properties"]["name"] = json!({"type": "string"});
                attachment["required"] = json!(["attachmentId", "name"]);
            },
            "POST /v2/messages/electronic request electronic/attachments[]/name",
            true,
        ),
        (
            |api| {
                let body = &mut api["paths"]["/v1/mailboxes/active"]["post"]["requestBody"];
                let schema = &mut body["content"]["application/json"]["schema"];
                schema["properties"]["endUsers"]["items"] = json!({"type": "integer"});
            },
            "POST /v1/mailboxes/active request endUsers[]",
            true,
        ),
        (
            |api| {
                let schemas = &mut api["components"]["schemas"];
                let base = schemas["Electronic"].take();
                schemas["Electronic"] = json!({"allOf": [base, {"required": ["caseId"]}, {"properties": {"caseId": {"type": "string"}}}]});
            },
            "POST /v2/messages/electronic request caseId",
            true,
        ),
        (
            |api| {
                let events = &mut api["paths"]["/v2/events"];
                events["parameters"] =
                    json!([{"name": "serviceId", "in": "query", "required": true}]);
            },
            "GET /v2/events parameter serviceId",
            true,
        ),
        (
            |api| {
                let parameter = &mut api["paths"]["/v1/messages/id"]["get"]["parameters"][0];
                parameter["in"] = json!("header");
            },
            "GET /v1/messages/id header parameter externalId",
            true,
        ),
        (
            |api| {
                let parameter = &mut api["paths"]["/v1/messages/id"]["get"]["parameters"][0];
                parameter["in"] = json!("header");
            },
            "GET /v1/messages/id parameter externalId",
            true,
        ),
        (
            |api| {
                let event = &mut api["components"]["schemas"]["StatusEvent"]["properties"]["type"];
                event["enum"]
                    .as_array_mut()
                    .unwrap()
                    .push(json!("Message lost"));
            },
            "GET /v2/events answer 200 events[]/type",
            false,
        ),
        (
            |api| {
                api["components"]["schemas"]["Events"]["required"] = json!(["events"]);
            },
            "GET /v2/events answer 200 continuationToken",
            false,
        ),
        (
            |api| {
                let electronic = &mut api["components"]["schemas"]["ElectronicPart"];
                electronic["properties"]["attachments"]["items"] = json!({"type": "string"});
            },
            "POST /v2/messages/electronic request electronic/attachments[]",
            true,
        ),
    ];
    for (change, setting, is_open) in cases {
        let mut api = usual();
        change(&mut api);
        let comparison = compared(&api);
        let mut rows = comparison.rows.iter();
        let row = rows.find(|row| row.setting == setting && row.certainty != Certainty::Sure);
        assert!(row.is_some(), "{setting}: {comparison:#?}");
        let is_unsettled = comparison.unsettled().any(|row| row.setting == setting);
        assert_eq!(is_unsettled, is_open, "{setting}");
    }
    // A parameter of ours that is said of the path is there.
    let mut api = usual();
    let id = &mut api["paths"]["/v1/messages/id"];
    id["parameters"] = id["get"]["parameters"].take();
    assert_eq!(compared(&api).unsettled().count(), 0);
}

/// New operations, optional fields and codes are named, and nobody has to settle them.
#[test]
fn what_is_new_is_named() {
    let mut api = usual();
    api["paths"]["/v2/drafts"] = json!({"post": {"responses": {}}});
    api["components"]["schemas"]["Electronic"]["properties"]["tags"] =
        json!({"type": "array", "items": {"type": "string"}});
    api["paths"]["/v2/events"]["get"]["responses"]["429"] = json!({"description": "slow down"});
    let comparison = compared(&api);
    assert_eq!(comparison.unsettled().count(), 0);
    let told = comparison.unknown.join("\n");
    for named in ["operation POST /v2/drafts", "request tags", "answers 429"] {
        assert!(told.contains(named), "{named}: {told}");
    }
}

#[test]
fn what_is_no_openapi_is_refused() {
    for (file, says) in [
        ("openapi: 3.0.3\npaths: {}\n", "yq -o json"),
        ("{}", "no OpenAPI file of version 3"),
        (
            "{\"swagger\": \"2.0\", \"paths\": {}}",
            "no OpenAPI file of version 3",
        ),
    ] {
        let error = compare(file.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
    assert_eq!(
        compare(&vec![b' '; (4 << 20) + 1]).unwrap_err(),
        OpenApiError::TooLarge
    );
    // A schema within itself, and one that grows without end.
    let mut api = usual();
    api["components"]["schemas"]["Recipient"]["properties"]["id"] =
        json!({"$ref": "#/components/schemas/Recipient"});
    compared(&api);
    let mut deep = json!({"type": "string"});
    for _ in 0..20 {
        deep = json!({"type": "object", "properties": {"one": deep}});
    }
    api["components"]["schemas"]["Recipient"] = deep;
    assert_eq!(
        compare(api.to_string().as_bytes()).unwrap_err(),
        OpenApiError::TooMany
    );
    let wide: serde_json::Map<String, Value> =
        (0..3000).map(|n| (format!("f{n}"), json!({}))).collect();
    api["components"]["schemas"]["Recipient"] = json!({"type": "object", "properties": wide});
    assert_eq!(
        compare(api.to_string().as_bytes()).unwrap_err(),
        OpenApiError::TooMany
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is put in the place of something is told or refused, and read in the end.
    #[test]
    fn changed_files_are_compared_or_refused(number in 0_usize..400, with in prop::sample::select(vec![
        json!(null), json!(1), json!([]), json!({}), json!("x"), json!({"$ref": "#"}), json!({"$ref": "http://localhost/x"}),
    ])) {
        let mut api = usual();
        let mut at = 0;
        replace(&mut api, &mut at, number, &with);
        let _ = compare(api.to_string().as_bytes());
    }
}

/// Puts another value in the place of one.
fn replace(value: &mut Value, at: &mut usize, number: usize, with: &Value) {
    if *at == number {
        *value = with.clone();
    }
    *at += 1;
    match value {
        Value::Object(members) => members
            .values_mut()
            .for_each(|one| replace(one, at, number, with)),
        Value::Array(items) => items
            .iter_mut()
            .for_each(|one| replace(one, at, number, with)),
        _ => {}
    }
}
