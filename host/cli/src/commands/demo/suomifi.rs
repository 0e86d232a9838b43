// SPDX-License-Identifier: Apache-2.0
//! Suomi.fi messages: a citizen writes and Suomi.fi calls us by SOAP; the component is swapped for the REST interface; a citizen writes again and we ask. What the
//! platform gets has the same form.

use std::{fs, path::Path};

use serde_json::{Value, json};
use silta::exchange::{FollowUp, Outcome, RetryClass};
use silta_gateway::{
    operation::{Content, KeepNothing, Progress, Sender, Stopped},
    outbound::Blocking,
};
use silta_simulators::{
    Simulator,
    suomifi::{ReturnChannelCaller, Signing, SuomifiSetup},
    suomifi_rest::{CitizenMessage, Party, SuomifiRestSetup, SuomifiRestSimulator},
};

use super::{journal::Seen, reply::Gateway, unexpected};
use crate::{
    commands::send,
    failure::Failure,
    host::{self, Served},
    project,
};

pub(super) const AGENCY: &str = "suomifi";
const CONFIGURATION: &str = "suomifi.toml";
const SOAP: &str = include_str!("../../../templates/suomifi-soap.toml");
const REST: &str = include_str!("../../../templates/suomifi-rest.toml");
const KIND: &str = "citizen-message";
const SERVICE: &str = "silta_palvelu";

/// Puts the component of the return channel into service.
pub(super) fn deploy(folder: &Path) -> Result<(Served, Seen), Failure> {
    write(folder, CONFIGURATION, SOAP)?;
    let served = host::serve_many(&folder.join(CONFIGURATION), AGENCY, super::CALLS)?;
    let info = served.agency.generation_info()?;
    let text = format!(
        "component `suomifi-viestit` {}: SOAP, Suomi.fi calls",
        info.version
    );
    let facts = json!({"component": info.component, "version": info.version});
    Ok((served, Seen::new(&text, facts)))
}

/// A citizen writes, and Suomi.fi calls with the message, signed.
pub(super) fn called(folder: &Path, gateway: &Gateway) -> Result<((), Seen), Failure> {
    let read = |name: &str| read(&folder.join("pki").join(name));
    let mut setup = SuomifiSetup::new(read("ca.pem")?);
    setup.service_id = SERVICE.to_owned();
    setup.signing = Some(Signing::new(read("suomifi.pem")?, read("suomifi.key.pem")?));
    let url = gateway.url(AGENCY, "ViranomaisPaluukanava");
    let caller = ReturnChannelCaller::start(&url, setup).map_err(|error| not_started(&error))?;
    let delivery = caller.deliver(&caller.generate(1));
    let arrivals = gateway.take()?;
    let mut events = arrivals.into_iter().flat_map(|arrival| arrival.events);
    match (delivery.is_right(), events.next(), events.next()) {
        (true, Some(event), None) => Ok(((), line(&event.kind, &event.data)?)),
        _ => Err(unexpected(
            "Suomi.fi's call did not come to one event and the right answer",
        )),
    }
}

/// The simulated REST interface.
pub(super) struct Rest(SuomifiRestSimulator);

impl Rest {
    /// Starts it, and swaps the component of the return channel for the one that asks there. What listens goes on listening.
    pub(super) fn swap(folder: &Path, served: &mut Served) -> Result<(Self, Seen), Failure> {
        let (certificates, key) = project::credential_files(folder, "suomifi");
        let mut setup = SuomifiRestSetup::new(read(&certificates)?, read(&key)?);
        setup.password = read(&folder.join(project::SUOMIFI_PASSWORD))?;
        let simulator = SuomifiRestSimulator::start(setup).map_err(|error| not_started(&error))?;
        // The notation of TOML, so that no URL can break out of its quotes.
        let url = toml::Value::from(simulator.url()).to_string();
        write(folder, CONFIGURATION, &REST.replace("{{url}}", &url))?;
        served.swap(&folder.join(CONFIGURATION), AGENCY)?;
        let info = served.agency.generation_info()?;
        let text = format!(
            "generation {} is the component `suomifi-rest` {}: JSON, we ask; the platform notices nothing",
            info.number, info.version
        );
        let facts = json!({"generation": info.number, "component": info.component});
        Ok((Self(simulator), Seen::new(&text, facts)))
    }

    /// A citizen writes, and we ask what is new: a token, the events, the message.
    pub(super) fn polled(&self, served: &Served) -> Result<((), Seen), Failure> {
        let citizen = Party::new("010190-900P", "Aino Esimerkki");
        let message = CitizenMessage::new(SERVICE, citizen, "Kysymys", "Milloin aukeatte?");
        let deposited = self.0.deposit(message);
        deposited.map_err(|error| unexpected(&error.to_string()))?;
        let asking = Asking {
            sender: send::sender(served, AGENCY)?,
            threads: Blocking::new()
                .map_err(|error| Failure::internal("system.threads", &error.to_string()))?,
        };
        let polled = asking.run("poll-events", "{}".to_owned())?;
        let fetching = polled.follow_ups.into_iter().next();
        let FollowUp {
            operation,
            parameters,
            ..
        } = fetching.ok_or_else(|| unexpected("the events named no message to be fetched"))?;
        let fetched = asking.run(&operation, parameters)?;
        let event = fetched.events.into_iter().next();
        let event = event.ok_or_else(|| unexpected("no message was fetched"))?;
        Ok(((), line(&event.kind, &event.data)?))
    }
}

/// What carries operations out.
struct Asking {
    sender: Sender,
    threads: Blocking,
}

impl Asking {
    fn run(&self, operation: &str, parameters: String) -> Result<Outcome, Failure> {
        let content = Content::default();
        let mut progress = Progress::new(AGENCY, operation, parameters, &content);
        let mut keep = KeepNothing;
        let run = self.sender.run(&mut progress, &content, &mut keep);
        match self.threads.run(run) {
            Ok(Stopped::Outcome(outcome, _)) if outcome.class == RetryClass::Done => Ok(*outcome),
            Ok(Stopped::Outcome(outcome, _)) => Err(unexpected(&format!(
                "`{operation}` came to {} ({} {})",
                outcome.class.name(),
                outcome.code,
                outcome.text
            ))),
            Ok(_) => Err(unexpected(&format!("`{operation}` got no answer"))),
            Err(error) => Err(unexpected(&format!(
                "`{operation}` was not carried out: {error}"
            ))),
        }
    }
}

/// What the platform gets, in a form that is the same whatever brought it. Of what citizens wrote the demonstration shows sizes only.
fn line(kind: &str, data: &str) -> Result<Seen, Failure> {
    let data: Value =
        serde_json::from_str(data).map_err(|_| unexpected("the data of an event are not JSON"))?;
    let text_of = |pointer: &str| data.pointer(pointer).and_then(Value::as_str);
    let (Some(id), Some(interface)) = (text_of("/messageId"), text_of("/transport/interface"))
    else {
        return Err(unexpected("an event has no id, or names no interface"));
    };
    if kind != KIND {
        return Err(unexpected("what came is no message of a citizen"));
    }
    let length = text_of("/body").map_or(0, |body| body.chars().count());
    let files = data.pointer("/attachments").and_then(Value::as_array);
    let files = files.map_or(0, Vec::len);
    let text = format!(
        "inbox: {KIND} {id}, from a {}, {length} characters, {files} attachments, by {interface}",
        text_of("/sender/id/type").unwrap_or("sender unknown"),
    );
    let facts = json!({
        "kind": kind,
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
