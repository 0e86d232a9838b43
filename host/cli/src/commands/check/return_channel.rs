// SPDX-License-Identifier: Apache-2.0
//! Calls of Suomi.fi, made by a schema package with made-up data, and what the component answers to them, judged by the package.

use serde_json::{Value, json};
use silta::{
    Agency, Blob, Deployment,
    exchange::{Call, HttpCall},
};
use silta_schemas::{ComposeError, Package, customs::Form, suomifi};

use super::{
    Context,
    findings::{Findings, Level},
};
use crate::commands::validate::report;

/// The agency whose packages these are.
pub(super) const SUOMIFI: &str = "suomifi-viestit";

/// What is said of a call that has no more than it must.
const BARE: &str = "with nothing that the schemas do not demand";

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
    let as_they_stand = settings.to_string();
    open(&mut settings);
    let opened = deployment.clone().with_settings(settings.to_string());
    let agency = match context.runtime.deploy(id, opened) {
        Ok(agency) => agency,
        Err(error) => {
            // What is wrong with settings as they stand is told by whoever looks at those.
            let deployment = deployment.with_settings(as_they_stand);
            if context.runtime.deploy(id, deployment).is_ok() {
                let message = format!(
                    "calls are not judged by the schemas: settings by which anybody may call are refused: {error}"
                );
                findings.add(Level::Error, "schemas.not-judged", at(message));
            }
            return;
        }
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
        let made = suomifi::sample(package, form);
        let bare = suomifi::bare_sample(package, form);
        for (call, what) in [(made, "made by the schemas"), (bare, BARE)] {
            match answered(&agency, package, (form, call, what, &path)) {
                Ok(told) => findings.ok(at(told)),
                Err(told) => findings.add(Level::Error, "schemas.invalid", at(told)),
            }
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

/// What is answered to a call.
fn answered(
    agency: &Agency,
    package: &Package,
    (form, call, what, path): (&Form, Result<String, ComposeError>, &str, &str),
) -> Result<String, String> {
    let name = form.element.local();
    let call =
        call.map_err(|error| format!("no call {name} can be made by the schemas: {error}"))?;
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
            header("soapaction", &format!("\"{}\"", form.soap_action)),
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
            "what is answered to {name}, {what}, is not valid by the schemas: {told}. `silta wire {SUOMIFI} --schemas PACKAGE` names the setting"
        )
    })?;
    match verdict {
        silta::exchange::Verdict::Accepted(_) => Ok(format!(
            "{name}, {what}, is accepted, and what is answered is valid by them"
        )),
        // What has to be there besides is for the settings to say.
        silta::exchange::Verdict::Rejected(_) if what == BARE => Ok(format!(
            "{name}, {what}, is rejected, with an answer that is valid by them"
        )),
        silta::exchange::Verdict::Rejected(_) => Err(format!(
            "{name}, {what}, is rejected, with an answer that is valid by them: its required fields or messages are not what the settings have. `silta wire {SUOMIFI} --schemas PACKAGE` compares them"
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
