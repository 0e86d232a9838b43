// SPDX-License-Identifier: Apache-2.0
//! The gateway as `silta serve` runs it: agencies call, the platform calls, and what is queued is sent.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use serde_json::json;
use silta_gateway::{
    Listener, ListenerConfig, ListenerLimits, ListenerPair, ListenerSetup, PollSettings, Sending,
    SendingAgency, SendingSettings, SendingSetup, ServedAgency,
    platform::{
        NewToken, Permission, PlatformConfig, PlatformLimits, PlatformSetup, PlatformToken,
        TokenLimits,
    },
};
use silta_store::{SqliteSettings, SqliteStore};

use super::{POLL, journal::Seen, platform::Platform, unexpected};
use crate::{clients, failure::Failure, host::Served, project};

/// It serves until it is dropped.
pub(super) struct Gateway {
    _servers: silta_gateway::Gateway,
    listener: Listener,
    sending: Sending,
}

/// How often Suomi.fi is asked what is new.
const POLLED: Duration = Duration::from_secs(1);

/// Who watches need not wait between one attempt and the next.
fn sending_settings() -> SendingSettings {
    SendingSettings {
        look: Duration::from_millis(50),
        first_delay: Duration::from_millis(200),
        longest_delay: Duration::from_secs(1),
        longest_unsent_delay: Duration::from_secs(1),
        internal_faults: 1,
        rate_margin: Duration::from_millis(100),
        breaker_first: Duration::from_secs(1),
        breaker_longest: Duration::from_secs(1),
        stop_time: Duration::from_secs(1),
        ..SendingSettings::default()
    }
}

impl Gateway {
    /// Starts all of it on loopback, for all that serve, and gives it to the platform.
    pub(super) fn start(
        folder: &Path,
        serving: &[(&str, &Served)],
    ) -> Result<((Self, Platform), Seen), Failure> {
        let read = |path: &Path| fs::read(path).map_err(|error| Failure::unreadable(path, &error));
        let (certificates, private_key) = project::credential_files(folder, "gateway");
        let place = ListenerConfig {
            address: loopback(),
            private_key: read(&private_key)?,
            certificates: read(&certificates)?,
            also: Vec::new(),
            limits: ListenerLimits::default(),
        };
        let store = SqliteStore::open(&folder.join("store"), SqliteSettings::default());
        let store = Arc::new(store.map_err(|error| not_started(&error))?);
        let served: Vec<ServedAgency> = serving
            .iter()
            .map(|(id, served)| ServedAgency::new(*id, served.agency.clone(), super::CALLS))
            .collect();
        let mut listening = ListenerSetup::new(&place, store.clone());
        let routes = served.iter().map(|one| (one.id().to_owned(), one.clone()));
        listening.routes.extend(routes);
        let agencies = serving.iter().zip(&served);
        let agencies = agencies.map(|((id, of), served)| sent(id, of, served));
        let sending = SendingSetup {
            store: store.clone(),
            node: "demo".to_owned(),
            agencies: agencies.collect::<Result<_, _>>()?,
            settings: sending_settings(),
        };
        let token = NewToken::draw().map_err(|error| not_started(&error))?;
        let api = PlatformSetup {
            config: platform_config(&place, &token),
            agencies: served,
            store,
            pushed: Vec::new(),
            deployer: None,
        };
        let started = silta_gateway::Gateway::new().and_then(|servers| {
            let listener = servers.listen(listening)?;
            let api = servers.listen_for_platform(api)?;
            Ok((servers, listener, api.address()))
        });
        let (servers, listener, api) = started.map_err(|error| not_started(&error))?;
        let gateway = Self {
            sending: servers.send(sending),
            _servers: servers,
            listener,
        };
        let platform = Platform::new(folder, api.port(), &token)?;
        let (calls, api) = (gateway.url("", ""), platform.url().to_owned());
        let text = format!("agencies call {calls}, the platform {api}; what is queued is sent");
        let seen = Seen::new(&text, json!({"url": calls, "platform": api}));
        Ok(((gateway, platform), seen))
    }

    /// The URL that an agency is given for its calls.
    pub(super) fn url(&self, agency: &str, path: &str) -> String {
        let port = self.listener.address().port();
        let path = [agency, path].join("/");
        format!("https://localhost:{port}/{}", path.trim_start_matches('/'))
    }

    /// Goes on to send by the configuration that an agency is served with now.
    pub(super) fn renew(&self, id: &str, served: &Served) -> Result<(), Failure> {
        let (http, mail) = clients::of(&served.config, id)?;
        match self.sending.renew_clients(id, &http, mail.as_ref()) {
            true => Ok(()),
            false => Err(unexpected("an agency is not sent to")),
        }
    }
}

fn loopback() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

fn sent(id: &str, of: &Served, served: &ServedAgency) -> Result<SendingAgency, Failure> {
    let (http, mail) = clients::of(&of.config, id)?;
    let asked = PollSettings {
        interval: Some(POLLED),
        ..PollSettings::default()
    };
    // The others call when something waits.
    let description = of.agency.description()?;
    let others = description.operations.iter();
    let others = others.filter(|operation| operation.poll.is_some() && operation.name != POLL);
    let not_asked = PollSettings {
        enabled: false,
        ..PollSettings::default()
    };
    let mut polls: BTreeMap<String, PollSettings> = others
        .map(|operation| (operation.name.clone(), not_asked.clone()))
        .collect();
    polls.insert(POLL.to_owned(), asked);
    Ok(SendingAgency {
        served: served.clone(),
        http,
        mail,
        polls,
    })
}

fn platform_config(place: &ListenerConfig, token: &NewToken) -> PlatformConfig {
    let token = PlatformToken {
        id: "demo".to_owned(),
        sha256: token.sha256(),
        agencies: vec!["*".to_owned()],
        may: BTreeSet::from([
            Permission::Submit,
            Permission::Read,
            Permission::Inbox,
            Permission::Decide,
        ]),
        limits: TokenLimits::default(),
    };
    PlatformConfig {
        address: loopback(),
        identity: Some(ListenerPair {
            private_key: place.private_key.clone(),
            certificates: place.certificates.clone(),
        }),
        tokens: vec![token],
        limits: PlatformLimits::default(),
    }
}

fn not_started(error: &dyn fmt::Display) -> Failure {
    let message = format!("the gateway does not start: {error}");
    Failure::internal("demo.not-started", &message)
}
