// SPDX-License-Identifier: Apache-2.0
//! The description of the API, and the file that has it for whoever reads the repository.

use std::{env, fs};

use serde_json::Value;
use silta_gateway::platform::openapi;

use super::scene::{Request, Scene};
use crate::support::workspace;

#[test]
fn the_file_says_what_is_served() {
    let scene = Scene::new();
    let served = scene.ask(&Request::new("GET", "/v1/openapi.json").by(""));
    assert_eq!(
        (served.status, served.header("content-type")),
        (200, Some("application/json"))
    );
    assert_eq!(served.json(), openapi());
    let file = workspace().join("host/gateway/openapi.json");
    let text = serde_json::to_string_pretty(&openapi()).unwrap() + "\n";
    if env::var_os("SILTA_RENEW").is_some() {
        fs::write(&file, &text).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == text,
        "host/gateway/openapi.json is not what the program serves; renew it by running this test with SILTA_RENEW=1, and look at what has changed"
    );
}

#[test]
fn everything_in_it_is_documented() {
    let document = openapi();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations += 1;
            let place = format!("{method} {path}");
            for member in ["operationId", "summary"] {
                assert!(operation[member].is_string(), "{place}: {member}");
            }
            assert_eq!(
                operation["tags"].as_array().map(Vec::len),
                Some(1),
                "{place}"
            );
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(parameter["description"].is_string(), "{place}: {parameter}");
            }
            let responses = operation["responses"].as_object().unwrap();
            for (status, response) in responses {
                assert!(response["description"].is_string(), "{place}: {status}");
                let is_problem = response["content"]["application/problem+json"].is_object();
                assert_eq!(
                    is_problem,
                    status.starts_with(['4', '5']),
                    "{place}: {status}"
                );
            }
        }
    }
    assert_eq!(operations, 21);
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        assert!(schema["description"].is_string(), "{name}");
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            let is_told = property["description"].is_string() || is_reference(property);
            assert!(is_told, "{name}.{field}: {property}");
        }
    }
}

/// What it refers to is described there.
fn is_reference(property: &Value) -> bool {
    property["$ref"].is_string() || property["oneOf"].is_array()
}
