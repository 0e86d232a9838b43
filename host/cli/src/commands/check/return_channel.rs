// SPDX-License-Identifier: Apache-2.0
//! Calls of Suomi.fi, made by a schema package with made-up data, and what the component answers to them, judged by the package.

use serde_json::{Value, json};
use silta::{
    Agency, Blob, Deployment,
    exchange::{Call, HttpCall},
};
use silta_schemas::{Package, customs::Form, suomifi};

use super::{
    Context,
    findings::{Findings, Level},
};
use crate::commands::validate::report;

/// The agency whose packages these are.
pub(super) const SUOMIFI: &str = "suomifi-viestit";

/// Where calls come, unless the settings say otherwise.
const PATH: &str = "/suomifi-viestit/ViranomaisPaluukanava";

/// Makes a call of each operation, and tells what of call and answer is not valid. Who may call and who has to have signed is left out: made-up calls are nobody's.
pub(super) fn check(
    context: &Context<'_>,
    id: &str,
    (deployment, mut settings): (Deployment, Value),
    package: &Package,
    findings: &mut Findings,
) {
    let at = |message: String| context.config.wrong_setting(id, "", message);
    let path = settings.pointer("/notification/path");
    let path = path.and_then(Value::as_str).unwrap_or(PATH).to_owned();
    open(&mut settings);
    let deployment = deployment.with_settings(settings.to_string());
    // What is wrong with settings is told by whoever looks at those.
    let Ok(agency) = context.runtime.deploy(id, deployment) else {
        return;
    };
    let comparison = suomifi::compare(package);
    for row in comparison.unsettled() {
        let message = format!(
            "not settled by the schemas: {}",
            crate::commands::wire::told(row)
        );
        findings.add(Level::Error, "schemas.not-settled", at(message));
    }
    for form in &comparison.forms {
        match answered(&agency, package, (form, &path)) {
            Ok(told) => findings.ok(at(told)),
            Err(told) => findings.add(Level::Error, "schemas.invalid", at(told)),
        }
    }
}

/// Lets calls through that nobody has signed, of any authority.
fn open(settings: &mut Value) {
    let Some(settings) = settings.as_object_mut() else {
        return;
    };
    for of_callers in ["authority-ids", "service-ids", "certificate-names"] {
        settings.remove(of_callers);
    }
    settings.insert("signature".to_owned(), json!({"policy": "off"}));
    let notification = settings.get_mut("notification");
    if let Some(notification) = notification.and_then(Value::as_object_mut) {
        for of_callers in [
            "source-addresses",
            "client-certificate",
            "client-names",
            "return-channel-url",
        ] {
            notification.remove(of_callers);
        }
    }
}

/// A call, and the answer to it.
fn answered(
    agency: &Agency,
    package: &Package,
    (form, path): (&Form, &str),
) -> Result<String, String> {
    let name = form.element.local();
    let call = suomifi::sample(package, form)
        .map_err(|error| format!("no call {name} can be made by the schemas: {error}"))?;
    valid(package, &call).map_err(|told| {
        format!("the call {name} that was made is not valid by the schemas: {told}")
    })?;
    let body = format!("<e:Envelope xmlns:e=\"{SOAP}\"><e:Body>{call}</e:Body></e:Envelope>");
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let call = Call::Http(HttpCall {
        method: "POST".to_owned(),
        target: path.to_owned(),
        headers: vec![
            header("content-type", "text/xml; charset=utf-8"),
            header(
                "soapaction",
                &format!(
                    "\"{}/ViranomaisPaluukanava/{name}\"",
                    form.element.namespace()
                ),
            ),
        ],
        body: Blob::from(body.into_bytes()),
        peer_certificates: None,
        peer_address: "127.0.0.1".to_owned(),
    });
    let verdict = agency.validate(call);
    let verdict = verdict.map_err(|error| format!("{name} cannot be answered: {error}"))?;
    let verdict = silta_gateway::answered(verdict);
    let answer = report::reply(&verdict).body.to_vec();
    let answer = String::from_utf8_lossy(&answer);
    valid(package, &answer).map_err(|told| {
        format!(
            "what is answered to {name} is not valid by the schemas: {told}. `silta wire {SUOMIFI} --schemas PACKAGE` names the setting"
        )
    })?;
    match verdict {
        silta::exchange::Verdict::Accepted(_) => Ok(format!(
            "{name}, made by the schemas, is accepted, and what is answered is valid by them"
        )),
        silta::exchange::Verdict::Rejected(_) => Err(format!(
            "{name}, made by the schemas, is rejected, with an answer that is valid by them: its required fields or messages are not what the settings have. `silta wire {SUOMIFI} --schemas PACKAGE` compares them"
        )),
    }
}

/// SOAP 1.1.
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

fn valid(package: &Package, message: &str) -> Result<(), String> {
    let judged = package.judge(message.as_bytes());
    let judged = judged.map_err(|error| error.to_string())?;
    match judged.violations.is_empty() {
        true => Ok(()),
        false => Err(judged.violations.join("; ")),
    }
}
