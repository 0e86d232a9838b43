// SPDX-License-Identifier: Apache-2.0
//! The Tax Administration beside Customs: another protocol, in another component, behind the same listener.

use std::{fs, path::Path, time::Duration};

use serde_json::{Value, json};
use silta::{BuildInput, exchange::RetryClass};
use silta_simulators::{
    Simulator,
    vero::{
        Credential, Environment, Misbehaviour, Notification, PushSetup, VeroSetup, VeroSimulator,
    },
};

use super::{AnswerOf, connection::Connection, journal::Seen, parse, reply::Gateway, unexpected};
use crate::{
    failure::Failure,
    host::{self, Served},
    project,
};

pub(super) const AGENCY: &str = "vero";
const REGISTER: &str = "register-push";
const CONFIGURATION: &str = "vero.toml";
const TEMPLATE: &str = include_str!("../../../templates/vero.toml");

/// The simulated Tax Administration.
pub(super) struct Vero(VeroSimulator);

/// Puts the component into service. Where its agency answers is known later.
pub(super) fn deploy(folder: &Path) -> Result<(Served, Seen), Failure> {
    configure(folder, project::EXAMPLE_URL)?;
    let served = host::serve_many(&folder.join(CONFIGURATION), AGENCY, super::CALLS)?;
    let info = served.agency.generation_info()?;
    let text = format!(
        "component `{AGENCY}` {}: JSON and a shared secret, no XML and no signature",
        info.version
    );
    let facts = json!({"component": info.component, "version": info.version});
    Ok((served, Seen::new(&text, facts)))
}

fn configure(folder: &Path, url: &str) -> Result<(), Failure> {
    // The notation of TOML, so that no URL can break out of its quotes.
    let text = TEMPLATE.replace("{{url}}", &toml::Value::from(url).to_string());
    fs::write(folder.join(CONFIGURATION), text).map_err(|error| Failure::unwritable(folder, &error))
}

impl Vero {
    /// Starts the simulated Tax Administration, registers at it by the component, and is called for a health check meanwhile.
    pub(super) fn register(
        folder: &Path,
        served: &mut Served,
        gateway: &Gateway,
    ) -> Result<(Self, Seen), Failure> {
        let vero = Self::start(folder)?;
        configure(folder, &vero.0.url())?;
        served.swap(&folder.join(CONFIGURATION), AGENCY)?;
        let request = served.agency.build(BuildInput {
            operation: REGISTER.to_owned(),
            parameters: json!({"callbackUrl": gateway.url(AGENCY, "Notify/v1")}).to_string(),
            ..BuildInput::default()
        })?;
        let answer = Connection::open(served, AGENCY)?.send(&request)?;
        let status = answer.status;
        let sent = AnswerOf {
            request: &request,
            answer,
            earlier_sendings: 0,
        };
        let outcome = parse(served, REGISTER, sent)?;
        let kind = outcome.events.first().map(|event| event.kind.as_str());
        let checked = vero.0.deliveries().len();
        if (outcome.class, kind, checked) != (RetryClass::Done, Some("push-registered"), 1) {
            return Err(unexpected(&format!(
                "the registration came to {} after {checked} health checks, and must be done after one",
                outcome.class.name()
            )));
        }
        let text = format!(
            "HTTP {status}: registered with a secret that the component has not seen; health check answered meanwhile"
        );
        Ok((
            vero,
            Seen::new(&text, json!({"status": status, "event": kind})),
        ))
    }

    fn start(folder: &Path) -> Result<Self, Failure> {
        let read = |path: &Path| {
            fs::read_to_string(path).map_err(|error| Failure::unreadable(path, &error))
        };
        let credential = |name| {
            let (certificate, key) = project::credential_files(folder, name);
            Ok::<_, Failure>((read(&certificate)?, read(&key)?))
        };
        let (anchors, _) = credential("ca")?;
        let (certificates_pem, key_pem) = credential("vero")?;
        let mut push = PushSetup::new(anchors.clone(), certificates_pem.clone(), key_pem.clone());
        // Who watches need not wait between one attempt and the next.
        push.pause = Duration::from_millis(50);
        let server = Credential {
            certificates_pem,
            key_pem,
        };
        let simulator = VeroSimulator::start(VeroSetup::new(server, anchors, push));
        let simulator = simulator.map_err(|error| {
            let message = format!("the simulated Tax Administration does not start: {error}");
            Failure::internal("demo.not-started", &message)
        })?;
        Ok(Self(simulator))
    }

    /// Pushes a notification, which must be committed and acknowledged.
    pub(super) fn push(&self, gateway: &Gateway) -> Result<((), Seen), Failure> {
        let notification = Notification::new(Environment::Test, 17, "TAX_CARD", 1);
        let delivery = self.0.push(notification);
        let arrivals = gateway.take()?;
        let events = arrivals.iter().flat_map(|arrival| &arrival.events);
        let keys: Vec<&str> = events
            .map(|event| event.deduplication_key.as_str())
            .collect();
        let [key] = keys[..] else {
            return Err(unexpected("the push did not come to one event"));
        };
        if !delivery.is_acknowledged() {
            return Err(unexpected("the push was not acknowledged"));
        }
        let text = format!("accepted by certificate and secret, committed, answered 200: {key}");
        Ok(((), Seen::new(&text, json!({"event": key}))))
    }

    /// The same with a wrong secret, which must be rejected.
    pub(super) fn push_with_wrong_secret(&self, gateway: &Gateway) -> Result<((), Seen), Failure> {
        self.0.misbehave([Misbehaviour::WrongSecret]);
        let notification = Notification::new(Environment::Test, 18, "TAX_CARD", 1);
        let delivery = self.0.push(notification);
        let first = delivery.attempts.first();
        let status = first.and_then(|attempt| attempt.http_status);
        if (status, delivery.attempts.len()) != (Some(401), 3) || !gateway.take()?.is_empty() {
            return Err(unexpected("a push with a wrong secret was not rejected"));
        }
        let facts: Value = json!({"status": status, "attempts": delivery.attempts.len()});
        Ok((
            (),
            Seen::new(
                "with a wrong secret: HTTP 401 three times, nothing stored",
                facts,
            ),
        ))
    }
}
