// SPDX-License-Identifier: Apache-2.0
//! What the agencies ask, and what they are answered.

use std::{fs, sync::Arc, time::Duration};

use silta_simulators::{
    suomifi::{Algorithms, Message, ReturnChannelCaller, Signing, SuomifiSetup},
    vero::{CallbackSecret, Credential, Environment, Notification, PushSetup, VeroPusher},
};
use ureq::{
    Agent,
    tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, TlsProvider},
};

use crate::program::Program;

/// How long anybody waits for an answer.
const TIME_LIMIT: Duration = Duration::from_secs(10);

pub(crate) const VERO_PATH: &str = "vero/Notify/v1";
pub(crate) const TULLI_PATH: &str = "tulli/notify";
pub(crate) const SUOMIFI_PATH: &str = "suomifi-viestit/ViranomaisPaluukanava";

/// About the size of what is attached to messages.
pub(crate) const ATTACHMENT_BYTES: usize = 20_000;

/// Something that an agency brings.
#[derive(Clone)]
pub(crate) enum Call {
    /// The Tax Administration's notification of this key.
    Vero(u64),
    /// A citizen's message.
    Suomifi(Box<Message>),
    /// Customs' notification of this message.
    Tulli(u64),
}

impl Call {
    /// Agency, and what its event is known by in the inbox.
    pub(crate) fn key(&self) -> (&'static str, String) {
        match self {
            Self::Vero(number) => ("vero", number.to_string()),
            Self::Tulli(number) => ("tulli", number.to_string()),
            Self::Suomifi(message) => ("suomifi-viestit", message.account_id.clone()),
        }
    }
}

/// Whether an agency was told that it need not call again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    /// 503: call again.
    Unavailable,
    /// There was no answer.
    None,
}

/// All of them.
pub(crate) struct Agencies {
    vero: Arc<VeroPusher>,
    suomifi: Arc<ReturnChannelCaller>,
    tulli: Agent,
    url: String,
    intermediary: String,
}

impl Agencies {
    /// Suomi.fi signs as its published policy says.
    pub(crate) fn new(program: &Program, attachment_bytes: usize) -> Self {
        Self::signing(program, attachment_bytes, Algorithms::Sha1)
    }

    /// Suomi.fi signs by these. A signature with SHA-1 takes the simulator ten times as long, since no library makes it any more.
    pub(crate) fn signing(
        program: &Program,
        attachment_bytes: usize,
        algorithms: Algorithms,
    ) -> Self {
        let url = program.url(SUOMIFI_PATH);
        let setup = suomifi_setup(program, attachment_bytes, algorithms);
        Self {
            vero: Arc::new(vero_at(program, &program.url(VERO_PATH))),
            suomifi: Arc::new(ReturnChannelCaller::start(&url, setup).unwrap()),
            tulli: customs(program),
            url: program.url(TULLI_PATH),
            intermediary: program.intermediary(),
        }
    }

    /// One who calls; its numbers are its own.
    pub(crate) fn caller(&self, number: u64) -> Caller {
        Caller {
            vero: Arc::clone(&self.vero),
            suomifi: Arc::clone(&self.suomifi),
            tulli: self.tulli.clone(),
            url: self.url.clone(),
            intermediary: self.intermediary.clone(),
            first: (number + 1) * 10_000_000,
            kinds: 3,
        }
    }
}

pub(crate) struct Caller {
    vero: Arc<VeroPusher>,
    suomifi: Arc<ReturnChannelCaller>,
    tulli: Agent,
    url: String,
    intermediary: String,
    first: u64,
    /// Of how many agencies it brings something, in the order of [`Call`].
    kinds: u64,
}

impl Caller {
    /// Brings nothing of Customs: its notifications are of messages that can be fetched, where somebody else deposits those.
    pub(crate) fn without_customs(self) -> Self {
        Self { kinds: 2, ..self }
    }

    /// Something that has not been asked before, if no other has this number.
    pub(crate) fn new_call(&self, number: u64) -> Call {
        let key = self.first + number;
        match number % self.kinds {
            0 => Call::Vero(key),
            1 => Call::Suomifi(Box::new(self.suomifi.generate(1).remove(0))),
            _ => Call::Tulli(key),
        }
    }

    pub(crate) fn ask(&self, call: &Call) -> Answer {
        let (is_positive, status) = match call {
            Call::Vero(key) => {
                let key = i64::try_from(*key).unwrap();
                let notification = Notification::new(Environment::Test, key, "TAX_CARD", 1);
                let delivery = self.vero.push(&notification);
                let attempt = delivery.attempts.last().unwrap();
                (attempt.is_acknowledged(), attempt.http_status)
            }
            Call::Suomifi(message) => {
                let delivery = self.suomifi.deliver(std::slice::from_ref(message));
                let call = delivery.calls.last().unwrap();
                (call.is_right() && call.code() == Some(0), call.http_status)
            }
            Call::Tulli(number) => self.notify(*number),
        };
        match (is_positive, status) {
            (true, _) => Answer::Yes,
            (false, Some(503)) => Answer::Unavailable,
            (false, None) => Answer::None,
            // An answer that was cut off has a status, too.
            (false, Some(200)) => Answer::None,
            (false, Some(other)) => panic!("answered with {other}"),
        }
    }

    fn notify(&self, number: u64) -> (bool, Option<u16>) {
        let body = notify_request(&self.intermediary, number);
        let soap = "application/soap+xml; charset=utf-8";
        let sent = self.tulli.post(&self.url).header("Content-Type", soap);
        let Ok(mut answer) = sent.send(body) else {
            return (false, None);
        };
        let status = answer.status().as_u16();
        let text = answer.body_mut().read_to_string().unwrap_or_default();
        (status == 200 && text.contains("000"), Some(status))
    }
}

/// What Customs posts about a message.
pub(crate) fn notify_request(intermediary: &str, number: u64) -> String {
    format!(
        "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"><e:Body>\
         <NotifyRequest xmlns=\"http://tulli.fi/schema/notificationservice/v1\"><RequestHeader>\
         <IntermediaryBusinessId>{intermediary}</IntermediaryBusinessId><Timestamp>2026-07-01T03:00:00+03:00</Timestamp></RequestHeader>\
         <MessageInformation><MessageStorageId>{number}</MessageStorageId><Reference>DECLARATION-1</Reference></MessageInformation>\
         </NotifyRequest></e:Body></e:Envelope>"
    )
}

/// The Tax Administration, pushing somewhere.
pub(crate) fn vero_at(program: &Program, url: &str) -> VeroPusher {
    let mut setup = PushSetup::new(
        program.pem("ca"),
        program.pem("vero"),
        program.pem("vero.key"),
    );
    setup.issuer = Some(Credential {
        certificates_pem: program.pem("vero-ca"),
        key_pem: program.pem("vero-ca.key"),
    });
    setup.attempts = 1;
    setup.time_limit = TIME_LIMIT;
    let secret = fs::read_to_string(program.path("pki/vero-callback")).unwrap();
    let secret = CallbackSecret::new(secret.trim_end()).unwrap();
    VeroPusher::start(url, secret, setup).unwrap()
}

/// Suomi.fi, bringing messages somewhere.
pub(crate) fn suomifi_at(
    program: &Program,
    url: &str,
    attachment_bytes: usize,
) -> ReturnChannelCaller {
    let setup = suomifi_setup(program, attachment_bytes, Algorithms::Sha1);
    ReturnChannelCaller::start(url, setup).unwrap()
}

fn suomifi_setup(
    program: &Program,
    attachment_bytes: usize,
    algorithms: Algorithms,
) -> SuomifiSetup {
    let mut setup = SuomifiSetup::new(program.pem("ca"));
    let mut signing = Signing::new(program.pem("suomifi"), program.pem("suomifi.key"));
    signing.algorithms = algorithms;
    setup.signing = Some(signing);
    setup.redelivery.attempts = 1;
    setup.time_limit = TIME_LIMIT;
    setup.attachment_size = attachment_bytes;
    setup
}

fn customs(program: &Program) -> Agent {
    let pem = |name: &str| Certificate::from_pem(program.pem(name).as_bytes()).unwrap();
    let key = PrivateKey::from_pem(program.pem("customs-signing.key").as_bytes()).unwrap();
    let own = ClientCert::new_with_certs(&[pem("customs-signing")], key);
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(provider))
        .root_certs(RootCerts::from([pem("ca")]))
        .client_cert(Some(own))
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .timeout_global(Some(TIME_LIMIT))
        .proxy(None)
        .build()
        .into()
}
