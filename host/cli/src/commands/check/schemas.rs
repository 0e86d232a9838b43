// SPDX-License-Identifier: Apache-2.0
//! Requests built with made-up data, judged by a schema package, and answers made by the package, read by the component.

use serde_json::{Value, json};
use silta::{
    Agency, Blob, BuildInput, Deployment, Error, Keyring,
    describe::Description,
    exchange::{Answer, Request, Response, RetryClass, Sending},
    observe::listed,
};
use silta_schemas::{
    Judgement, Package,
    customs::{self, Comparison, Sample},
};

use super::{
    Context,
    findings::{Findings, Level},
    stand_ins::StandIns,
};

/// The agency whose packages are known.
pub(super) const CUSTOMS: &str = "tulli";

/// The agencies whose messages are judged by packages.
pub(super) const JUDGED: [&str; 2] = [CUSTOMS, super::return_channel::SUOMIFI];

/// Tells that nobody is configured who has messages that a package could judge.
pub(super) fn check_for_agencies(context: &Context<'_>, findings: &mut Findings) {
    let Some(package) = context.schemas else {
        return;
    };
    if JUDGED.iter().any(|agency| context.has(agency)) {
        return;
    }
    let mut names = package.service().operations.iter().map(|one| &*one.name);
    let names: Vec<&str> = names.by_ref().take(10).collect();
    let reason = format!(
        "nothing is judged by the schemas, which have the operations {}: their agency is neither {} in this file",
        listed(&names),
        JUDGED.join(" nor ")
    );
    let at = context.config.wrong("agencies", reason);
    findings.add(Level::Error, "schemas.not-judged", at);
}

/// Each operation with parameters for it.
const CALLS: [(&str, &str); 4] = [
    (
        "upload",
        r#"{"declarant": "1234567-1", "application": "INTRASTAT"}"#,
    ),
    ("download-list", "{}"),
    (
        "download",
        r#"{"storageId": "{9fb38fad-1c2d-4e5f-8a9b-0c1d2e3f4a5b}"}"#,
    ),
    ("check-connectivity", "{}"),
];

/// Builds every request, and tells what of it is not valid. Nothing is signed with the keys of the configuration: the signature's algorithm is that of a key made
/// for this, which no schema minds.
pub(super) fn check(
    context: &Context<'_>,
    id: &str,
    subject: (Deployment, &Description, Value),
    package: &Package,
    findings: &mut Findings,
) {
    let at = |message: String| context.config.wrong_setting(id, "/wire", message);
    let agency = match deployed(context, id, subject) {
        Some(Ok(agency)) => agency,
        // What is wrong with settings is told by whoever looks at those.
        Some(Err(_)) => return,
        None => {
            let message =
                "requests are not judged by the schemas: no key can be made on this machine";
            findings.add(Level::Warning, "schemas.not-judged", at(message.to_owned()));
            return;
        }
    };
    let comparison = customs::compare(package);
    for (operation, parameters) in CALLS {
        let judged = match judged(&agency, package, (operation, parameters)) {
            Ok((request, judged)) => {
                let answered = (package, &comparison, operation);
                match answer(&agency, answered, &request) {
                    Ok(told) => findings.ok(at(told)),
                    Err(told) => findings.add(Level::Error, "schemas.answer", at(told)),
                }
                judged
            }
            Err(reason) => {
                let message = format!("{operation} cannot be judged by the schemas: {reason}");
                findings.add(Level::Error, "schemas.not-judged", at(message));
                continue;
            }
        };
        if let Some(why) = unjudged(operation, &judged) {
            let message = format!("{operation} cannot be judged by the schemas: {why}");
            findings.add(Level::Error, "schemas.not-judged", at(message));
        } else if judged.violations.is_empty() {
            let names = judged.judged.join(", ");
            let message = format!("{operation} is valid by the schemas: {names}");
            findings.ok(at(message));
        }
        for violation in judged.violations {
            let message = format!(
                "{operation} is not valid by the schemas: {violation}. `silta wire {CUSTOMS} --schemas PACKAGE` compares them with the settings"
            );
            findings.add(Level::Error, "schemas.invalid", at(message));
        }
    }
}

/// The component with these settings, and keys that are made for this; `None` where none can be made.
fn deployed(
    context: &Context<'_>,
    id: &str,
    (deployment, description, mut settings): (Deployment, &Description, Value),
) -> Option<Result<Agency, Error>> {
    let stand_ins = StandIns::make()?;
    let mut keyring = Keyring::new();
    for role in &description.key_roles {
        keyring = keyring.with(role.name.as_str(), stand_ins.key()?);
    }
    if let Some(settings) = settings.as_object_mut() {
        let wire = settings.entry("wire").or_insert_with(|| json!({}));
        if let Some(wire) = wire.as_object_mut() {
            let method = json!("ecdsa-p256-sha256");
            wire.insert("signature-algorithm".to_owned(), method);
        }
    }
    let deployment = deployment
        .with_keyring(keyring)
        .with_settings(settings.to_string());
    Some(context.runtime.deploy(id, deployment))
}

/// What the package says of a request.
fn judged(
    agency: &Agency,
    package: &Package,
    (operation, parameters): (&str, &str),
) -> Result<(Request, Judgement), String> {
    let payload = (operation == "upload").then(|| Blob::from(b"<declaration/>".to_vec()));
    let input = BuildInput {
        operation: operation.to_owned(),
        parameters: parameters.to_owned(),
        payload,
        ..BuildInput::default()
    };
    let request = agency.build(input).map_err(|error| error.to_string())?;
    let judged = package.judge(&request.body.to_vec());
    let judged = judged.map_err(|error| error.to_string())?;
    Ok((request, judged))
}

/// Whether an answer can be made by the package, is valid by it, and is read by the component as done. `silta sim tulli --schemas` answers like this.
fn answer(
    agency: &Agency,
    (package, comparison, operation): (&Package, &Comparison, &str),
    request: &Request,
) -> Result<String, String> {
    let name = format!("{operation}-response");
    let samples = customs::samples(package, comparison, &request.memo);
    let sample = samples.into_iter().find(|sample| sample.name == name);
    let Some(Sample {
        written,
        violations,
        ..
    }) = sample
    else {
        return Err(format!("the answer to {operation} is not in the package"));
    };
    let written = written
        .map_err(|why| format!("no answer to {operation} can be made by the schemas: {why}"))?;
    if !violations.is_empty() {
        let told = violations.join("; ");
        return Err(format!(
            "the answer that was made to {operation} is not valid by the schemas: {told}"
        ));
    }
    let body = format!("<e:Envelope xmlns:e=\"{SOAP}\"><e:Body>{written}</e:Body></e:Envelope>");
    let answer = Answer {
        status: 200,
        headers: vec![(
            "Content-Type".to_owned(),
            "text/xml; charset=utf-8".to_owned(),
        )],
        body: Blob::from(body.into_bytes()),
    };
    let sending = Sending {
        memo: request.memo.clone(),
        ..Sending::default()
    };
    match agency.parse(operation, Response::Answered(answer), sending) {
        Ok(outcome) if outcome.class == RetryClass::Done => Ok(format!(
            "an answer to {operation} made by the schemas is valid by them, and read"
        )),
        Ok(outcome) => Err(format!(
            "an answer to {operation} made by the schemas, with the code 000, is read as the code {}. `silta wire {CUSTOMS} --schemas PACKAGE` compares them with the settings",
            outcome.code
        )),
        Err(error) => Err(format!(
            "an answer to {operation} made by the schemas is not read: {error}. `silta wire {CUSTOMS} --schemas PACKAGE` compares them with the settings"
        )),
    }
}

/// SOAP 1.1.
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// Why the application request within an upload was not judged; `None` where it was, or there is none.
fn unjudged(operation: &str, judged: &Judgement) -> Option<String> {
    if operation != "upload" || judged.documents > 0 {
        return None;
    }
    let why = match judged.not_judged.as_slice() {
        [] => "no document in base64 is in it".to_owned(),
        documents => documents.join("; "),
    };
    Some(format!("the application request was not judged: {why}"))
}
