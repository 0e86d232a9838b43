// SPDX-License-Identifier: Apache-2.0
//! Suomi.fi messages: a citizen writes and Suomi.fi calls us by SOAP; the component is swapped for the REST interface; a citizen writes again and we ask. What the
//! platform gets has the same form. Then it writes to a citizen itself.

use std::{fs, path::Path};

use serde_json::{Value, json};
use silta_simulators::{
    Simulator,
    suomifi::{ReturnChannelCaller, Signing, SuomifiSetup},
    suomifi_rest::{CitizenMessage, Party, SuomifiRestSetup, SuomifiRestSimulator},
};

use super::{gateway::Gateway, journal::Seen, platform::Platform, unexpected};
use crate::{
    failure::Failure,
    host::{self, Served},
    project,
};

pub(super) const AGENCY: &str = "suomifi";
/// What serves it at first.
pub(super) const COMPONENT: &str = "suomifi-viestit";
const CONFIGURATION: &str = "suomifi.toml";
const SOAP: &str = include_str!("../../../templates/suomifi-soap.toml");
const REST: &str = include_str!("../../../templates/suomifi-rest.toml");
const KIND: &str = "citizen-message";
const SERVICE: &str = "silta_palvelu";

/// Puts the component of the return channel into service: SOAP, Suomi.fi calls.
pub(super) fn deploy(folder: &Path) -> Result<Served, Failure> {
    write(folder, CONFIGURATION, SOAP)?;
    host::serve_many(&folder.join(CONFIGURATION), AGENCY, super::CALLS)
}

/// A citizen writes, and Suomi.fi calls with the message, signed.
pub(super) fn called(
    folder: &Path,
    gateway: &Gateway,
    platform: &Platform,
) -> Result<((), Seen), Failure> {
    let read = |name: &str| read(&folder.join("pki").join(name));
    let mut setup = SuomifiSetup::new(read("ca.pem")?);
    setup.service_id = SERVICE.to_owned();
    setup.signing = Some(Signing::new(read("suomifi.pem")?, read("suomifi.key.pem")?));
    let url = gateway.url(AGENCY, "ViranomaisPaluukanava");
    let caller = ReturnChannelCaller::start(&url, setup).map_err(|error| not_started(&error))?;
    let delivery = caller.deliver(&caller.generate(1));
    if !delivery.is_right() {
        return Err(unexpected("Suomi.fi's call was not answered right"));
    }
    let (_, event) = platform.take(KIND, |kind, _| kind == KIND)?;
    Ok(((), line(&event)?))
}

/// The simulated REST interface.
pub(super) struct Rest(SuomifiRestSimulator);

impl Rest {
    /// Starts it, and swaps the component of the return channel for the one that asks there. What listens goes on listening, and what sends goes on sending.
    pub(super) fn swap(
        folder: &Path,
        served: &mut Served,
        gateway: &Gateway,
    ) -> Result<(Self, Seen), Failure> {
        let (certificates, key) = project::credential_files(folder, "suomifi");
        let mut setup = SuomifiRestSetup::new(read(&certificates)?, read(&key)?);
        setup.password = read(&folder.join(project::SUOMIFI_PASSWORD))?;
        let simulator = SuomifiRestSimulator::start(setup).map_err(|error| not_started(&error))?;
        // The notation of TOML, so that no URL can break out of its quotes.
        let url = toml::Value::from(simulator.url()).to_string();
        write(folder, CONFIGURATION, &REST.replace("{{url}}", &url))?;
        served.swap(&folder.join(CONFIGURATION), AGENCY)?;
        gateway.renew(AGENCY, served)?;
        let info = served.agency.generation_info()?;
        let text = format!(
            "SOAP swapped for REST: generation {} is `suomifi-rest` {}, we ask; the platform notices nothing",
            info.number, info.version
        );
        let facts = json!({"generation": info.number, "component": info.component});
        Ok((Self(simulator), Seen::new(&text, facts)))
    }

    /// A citizen writes, and the gateway asks what is new: a token, the events, the message.
    pub(super) fn polled(&self, platform: &Platform) -> Result<((), Seen), Failure> {
        let citizen = Party::new("010190-900P", "Aino Esimerkki");
        let message = CitizenMessage::new(SERVICE, citizen, "Kysymys", "Milloin aukeatte?");
        let deposited = self.0.deposit(message);
        deposited.map_err(|error| unexpected(&error.to_string()))?;
        let (_, event) = platform.take(KIND, |kind, _| kind == KIND)?;
        Ok(((), line(&event)?))
    }

    /// The platform writes to a citizen.
    pub(super) fn sent(&self, platform: &Platform) -> Result<(String, Seen), Failure> {
        let parameters = json!({
            "recipient": "010190-900P",
            "title": "Päätös hakemukseenne",
            "body": "Hyvä asiakas,\n\npäätös on tehty.\n",
        });
        let id = platform.submit((AGENCY, "send-electronic"), &parameters, None)?;
        platform.ended(id)?;
        let (_, event) = platform.take("message-sent", |kind, _| kind == "message-sent")?;
        let taken = self.0.sent();
        let named = text_of(&event, "/data/messageId").unwrap_or_default();
        match &taken[..] {
            [one] if one.message_id.to_string() == named => {}
            _ => return Err(unexpected("Suomi.fi has not taken one message of this id")),
        }
        let text = format!("submitted, sent, taken by Suomi.fi as message {named}, once");
        let seen = Seen::new(&text, json!({"messageId": named}));
        Ok((named.to_owned(), seen))
    }

    /// Its state is asked for.
    pub(super) fn opened(&self, id: &str, platform: &Platform) -> Result<((), Seen), Failure> {
        platform.take("the status `opened`", |kind, event| {
            let of_it = text_of(event, "/data/messageId") == Some(id);
            kind == "delivery-status" && of_it && text_of(event, "/data/status") == Some("opened")
        })?;
        let text = format!("polled: message {id} has been opened");
        Ok(((), Seen::new(&text, json!({"status": "opened"}))))
    }
}

fn text_of<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}

/// What the platform gets, in a form that is the same whatever brought it. Of what citizens wrote the demonstration shows sizes only.
fn line(event: &Value) -> Result<Seen, Failure> {
    let (Some(id), Some(interface)) = (
        text_of(event, "/data/messageId"),
        text_of(event, "/data/transport/interface"),
    ) else {
        return Err(unexpected("an event has no id, or names no interface"));
    };
    let length = text_of(event, "/data/body").map_or(0, |body| body.chars().count());
    let files = event.pointer("/data/attachments").and_then(Value::as_array);
    let files = files.map_or(0, Vec::len);
    let text = format!(
        "inbox: {KIND} {id}, from a {}, {length} characters, {files} attachments, by {interface}",
        text_of(event, "/data/sender/id/type").unwrap_or("sender unknown"),
    );
    let facts = json!({
        "kind": KIND,
        "messageId": id,
        "interface": interface,
        "attachments": files,
    });
    Ok(Seen::new(&text, facts))
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    fs::write(folder.join(name), text).map_err(|error| Failure::unwritable(folder, &error))
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::unreadable(path, &error))
}

fn not_started(error: &dyn std::fmt::Display) -> Failure {
    let message = format!("the simulated Suomi.fi does not start: {error}");
    Failure::internal("demo.not-started", &message)
}
