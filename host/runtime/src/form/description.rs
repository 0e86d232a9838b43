// SPDX-License-Identifier: Apache-2.0
//! What a component says of itself.

use serde_json::{Value, json};

use super::{bytes, case, headers};
use crate::describe::{
    Description, Exercise, Expectation, Operation, OperationLimits, SecretRole, SecretSource,
    SelfTest,
};

pub(crate) fn description(description: &Description) -> Value {
    let titles = description.titles.iter();
    let titles: Value = titles
        .map(|(language, text)| json!({"language": language, "text": text}))
        .collect();
    json!({
        "agency": description.agency,
        "titles": titles,
        "version": description.version,
        "documents": description.documents,
        "operations": description.operations.iter().map(operation).collect::<Value>(),
        "events": description.events,
        "keyRoles": description.key_roles,
        "anchorSets": description.anchor_sets,
        "secretRoles": description.secret_roles.iter().map(secret_role).collect::<Value>(),
        "settingsSchema": description.settings_schema,
        "selfTests": description.self_tests.iter().map(self_test).collect::<Value>(),
    })
}

fn operation(operation: &Operation) -> Value {
    json!({
        "name": operation.name,
        "summary": operation.summary,
        "direction": operation.direction,
        "parameters": operation.parameters,
        "transport": operation.transport,
        "idempotency": operation.idempotency,
        "emptyPayload": operation.empty_payload,
        "poll": operation.poll,
        "credentials": operation.credentials,
        "limits": limits(&operation.limits),
    })
}

/// Their fields are those of the contract.
pub(super) fn limits(limits: &OperationLimits) -> Value {
    json!(limits)
}

fn secret_role(role: &SecretRole) -> Value {
    let source = match &role.source {
        SecretSource::Configured => case("configured", None),
        SecretSource::Obtained { operation } => case("obtained", Some(json!(operation))),
        SecretSource::Rotated(rotation) => case("rotated", Some(json!(rotation))),
    };
    json!({
        "name": role.requirement.name,
        "purpose": role.requirement.purpose,
        "required": role.requirement.required,
        "form": role.form,
        "source": source,
    })
}

fn self_test(test: &SelfTest) -> Value {
    let exercise = match &test.exercise {
        Exercise::Build {
            operation,
            parameters,
            payload,
        } => {
            let build = json!({"operation": operation, "parameters": parameters, "payload": bytes(payload)});
            case("build", Some(build))
        }
        Exercise::Parse {
            operation,
            status,
            headers: fields,
            body,
        } => {
            let (fields, body) = (headers(fields), bytes(body));
            let parse =
                json!({"operation": operation, "status": status, "headers": fields, "body": body});
            case("parse", Some(parse))
        }
        Exercise::Validate {
            method,
            target,
            headers: fields,
            body,
        } => {
            let (fields, body) = (headers(fields), bytes(body));
            let validate =
                json!({"method": method, "target": target, "headers": fields, "body": body});
            case("validate", Some(validate))
        }
    };
    let expectation = match &test.expectation {
        Expectation::Request(digest) => case("request", Some(bytes(digest))),
        Expectation::Outcome(code) => case("outcome", Some(json!(code))),
        Expectation::Problem(code) => case("problem", Some(json!(code))),
        Expectation::Accepted(operation) => case("accepted", Some(json!(operation))),
    };
    json!({
        "name": test.name,
        "settings": test.settings,
        "exercise": exercise,
        "expectation": expectation,
    })
}
