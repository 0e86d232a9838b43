// SPDX-License-Identifier: Apache-2.0
//! The Tax Administration beside Customs: another protocol, in another component, behind the same listener.

use std::{fs, path::Path, time::Duration};

use serde_json::{Value, json};
use silta_simulators::{
    Simulator,
    vero::{
        Credential, Environment, Misbehaviour, Notification, PushSetup, VeroSetup, VeroSimulator,
    },
};

use super::{gateway::Gateway, journal::Seen, platform::Platform, unexpected};
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
pub(super) fn deploy(folder: &Path) -> Result<Served, Failure> {
    configure(folder, project::EXAMPLE_URL)?;
    host::serve_many(&folder.join(CONFIGURATION), AGENCY, super::CALLS)
}

fn configure(folder: &Path, url: &str) -> Result<(), Failure> {
    // The notation of TOML, so that no URL can break out of its quotes.
    let text = TEMPLATE.replace("{{url}}", &toml::Value::from(url).to_string());
    fs::write(folder.join(CONFIGURATION), text).map_err(|error| Failure::unwritable(folder, &error))
}

impl Vero {
    /// Starts the simulated Tax Administration, and has the component registered with it.
    pub(super) fn start_for(folder: &Path, served: &mut Served) -> Result<(Self, Seen), Failure> {
        let vero = Self::start(folder)?;
        let url = vero.0.url();
        configure(folder, &url)?;
        served.swap(&folder.join(CONFIGURATION), AGENCY)?;
        let text = format!("the Tax Administration answers at {url}; component `vero` swapped");
        Ok((vero, Seen::new(&text, json!({"url": url}))))
    }

    /// The platform has it registered, and the gateway is called for a health check meanwhile.
    pub(super) fn register(
        &self,
        gateway: &Gateway,
        platform: &Platform,
    ) -> Result<((), Seen), Failure> {
        let parameters = json!({"callbackUrl": gateway.url(AGENCY, "Notify/v1")});
        let id = platform.submit((AGENCY, REGISTER), &parameters, None)?;
        platform.ended(id)?;
        let kind = "push-registered";
        platform.take(kind, |found, _| found == kind)?;
        let checked = self.0.deliveries().len();
        if checked != 1 {
            return Err(unexpected(&format!(
                "{checked} health checks were made, and there must be one"
            )));
        }
        let text = "registered with a secret that the component has not seen; health check answered meanwhile";
        Ok(((), Seen::new(text, json!({"event": kind}))))
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

    /// Pushes a notification, which must be committed and acknowledged, and come to the platform.
    pub(super) fn push(&self, platform: &Platform) -> Result<((), Seen), Failure> {
        let notification = Notification::new(Environment::Test, 17, "TAX_CARD", 1);
        let delivery = self.0.push(notification);
        if !delivery.is_acknowledged() {
            return Err(unexpected("the push was not acknowledged"));
        }
        let key = "notification/FIS/1/17/TAX_CARD";
        platform.take(key, |_, event| {
            event.get("deduplicationKey").and_then(Value::as_str) == Some(key)
        })?;
        let text =
            format!("pushed; accepted by certificate and secret, committed, answered 200: {key}");
        Ok(((), Seen::new(&text, json!({"event": key}))))
    }

    /// The same with a wrong secret, which must be rejected.
    pub(super) fn push_with_wrong_secret(&self) -> Result<((), Seen), Failure> {
        self.0.misbehave([Misbehaviour::WrongSecret]);
        let notification = Notification::new(Environment::Test, 18, "TAX_CARD", 1);
        let delivery = self.0.push(notification);
        let first = delivery.attempts.first();
        let status = first.and_then(|attempt| attempt.http_status);
        if (status, delivery.attempts.len()) != (Some(401), 3) {
            return Err(unexpected("a push with a wrong secret was not rejected"));
        }
        let facts: Value = json!({"status": status, "attempts": delivery.attempts.len()});
        Ok((
            (),
            Seen::new(
                "pushed with a wrong secret: HTTP 401 three times, nothing stored",
                facts,
            ),
        ))
    }
}
