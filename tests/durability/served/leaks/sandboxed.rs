// SPDX-License-Identifier: Apache-2.0
//! Messages through the sandbox alone, good ones and bad ones: everything but the messages themselves that comes of it.

use std::{
    collections::BTreeMap,
    error::Error,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::{Value, json};
use silta::{
    Agency, Blob, BuildInput, Runtime,
    exchange::{Answer, Call, HttpCall, MailCall, MailConnection, Response, Sending},
};
use silta_config::Config;
use tracing::level_filters::LevelFilter;

use super::scanner::{BORN, MARKER};
use crate::{program::Program, random::Random};

/// Everything that is about a person, of a message.
pub(crate) struct Canary {
    pub(crate) person: String,
    pub(crate) text: String,
}

impl Canary {
    pub(crate) fn new(number: u64, random: &mut Random) -> Self {
        Self {
            person: person(random.below(100), random.below(13)),
            text: format!("{MARKER}ä & <{number}> \"teksti\""),
        }
    }
}

/// An artificial identity code.
fn person(number: u64, sign: u64) -> String {
    let digits: u64 = format!("{BORN}9{number:02}").parse().unwrap();
    let check = b"0123456789ABCDEFHJKLMNPRSTUVWXY"[(digits % 31) as usize];
    let sign = b"-+ABCDEFUVWXY"[sign as usize];
    format!(
        "{BORN}{}9{number:02}{}",
        char::from(sign),
        char::from(check)
    )
}

/// Agencies in service in this process.
pub(crate) struct Sandboxed {
    agencies: BTreeMap<&'static str, Agency>,
    log: Log,
    _runtime: Runtime,
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) const AGENCIES: [&str; 5] = [
    "tulli",
    "vero",
    "suomifi-rest",
    "suomifi-viestit",
    "suomifi-mail",
];

impl Sandboxed {
    pub(crate) fn start(program: &Program) -> Self {
        let config = Config::read(program.path("silta.toml")).unwrap();
        let compiled = concat!(env!("CARGO_TARGET_TMPDIR"), "/silta");
        let runtime = Runtime::builder()
            .concurrent_calls(2)
            .keep_compiled_in(compiled)
            .build()
            .unwrap();
        let agencies = AGENCIES.map(|id| {
            let component = artifacts::agency(id).unwrap().bytes;
            let deployment = config.deployment(id, component).unwrap();
            (id, runtime.deploy(id, deployment).unwrap())
        });
        Self {
            agencies: BTreeMap::from(agencies),
            log: Log::default(),
            _runtime: runtime,
        }
    }

    /// One message, and everything that was logged, told and shown of it.
    pub(crate) fn play(&self, canary: &Canary, random: &mut Random) -> Vec<u8> {
        let log = self.log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(move || log.clone())
            .finish();
        let mut shown = tracing::subscriber::with_default(subscriber, || match random.below(3) {
            0 => self.build(canary, random),
            1 => self.parse(canary, random),
            _ => self.validate(canary, random),
        });
        let mut log = self.log.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = std::mem::take(&mut *log);
        all.push(b'\n');
        all.append(&mut shown);
        all
    }

    fn build(&self, canary: &Canary, random: &mut Random) -> Vec<u8> {
        let Canary { person, text } = canary;
        #[rustfmt::skip]
        let right = [
            ("tulli", "upload", json!({"declarant": "9000001-1", "application": "INTRASTAT", "contentFormat": "application/xml"})),
            ("suomifi-rest", "send-electronic", json!({"recipient": person, "title": "Otsikko", "body": text})),
            ("suomifi-mail", "send-message", json!({"recipient": person, "title": "Otsikko", "body": text})),
            ("vero", "register-push", json!({"callbackUrl": "https://localhost:8444/vero/Notify/v1"})),
        ];
        let [agency, operation, parameters] =
            pick(&right, random, |(agency, operation, parameters)| {
                [
                    (*agency).to_owned(),
                    (*operation).to_owned(),
                    parameters.to_string(),
                ]
            });
        let mut parameters: Value = serde_json::from_str(&parameters).unwrap();
        let fields = parameters.as_object_mut().unwrap();
        let names: Vec<String> = fields.keys().cloned().collect();
        let name = names[random.below(names.len() as u64) as usize].clone();
        // A value where it does not belong, of a kind that it must not have, or under a name that nobody knows.
        match random.below(8) {
            0 => drop(fields.insert(name, person.as_str().into())),
            1 => drop(fields.insert(name, text.as_str().into())),
            2 => drop(fields.insert(name, json!([person, text]))),
            3 => drop(fields.insert(person.clone(), text.as_str().into())),
            4 => drop(fields.insert("reference".to_owned(), format!("{person}{text}").into())),
            5 => drop(fields.remove(&name)),
            _ => {}
        }
        let mut parameters = parameters.to_string();
        if random.below(20) == 0 {
            parameters.truncate(parameters.len() - 1);
        }
        let payload = (agency == "tulli" || random.below(10) == 0)
            .then(|| Blob::from(format!("<d>{person} {text}</d>").into_bytes()));
        let input = BuildInput {
            operation: operation.clone(),
            parameters,
            payload,
            ..BuildInput::default()
        };
        let shown = format!("{input:?}\n");
        shown_of(shown, self.agencies[agency.as_str()].build(input))
    }

    fn parse(&self, canary: &Canary, random: &mut Random) -> Vec<u8> {
        let Canary { person, text } = canary;
        let soap = |inner: String| {
            format!(
                "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>{inner}</e:Body></e:Envelope>"
            )
        };
        let code = ["000", "474", "500", "999", "612"][random.below(5) as usize];
        let answers = [
            ("tulli", "upload", soap(format!("<UploadResponse xmlns=\"http://tulli.fi/schema/corporateservice/v1\"><ResponseHeader><ResponseCode>{code}</ResponseCode><ResponseText>{person}</ResponseText></ResponseHeader></UploadResponse>"))),
            ("tulli", "upload", soap(format!("<e:Fault><faultcode>e:Server</faultcode><faultstring>{person} {MARKER}</faultstring></e:Fault>"))),
            ("tulli", "download", soap(format!("<{MARKER}>{person}</{MARKER}>"))),
            ("suomifi-rest", "send-electronic", json!({"reason": text, "validationErrors": [{"message": format!("{person} {text}")}]}).to_string()),
            ("suomifi-rest", "poll-events", json!({"continuationToken": "t", "events": [{"type": person, "eventTime": text, "metadata": {"messageId": person}}]}).to_string()),
            ("suomifi-rest", "fetch-message", json!({"messageId": 5, "sender": {"endUserId": person}, "title": text, "body": text}).to_string()),
            ("vero", "register-push", json!({"error": text, "who": person}).to_string()),
            ("tulli", "upload", format!("{person} {text}")),
            ("suomifi-rest", "send-electronic", format!("<html>{person} {text}")),
        ];
        let [agency, operation, mut body] = pick(&answers, random, |(agency, operation, body)| {
            [(*agency).to_owned(), (*operation).to_owned(), body.clone()]
        });
        if random.below(5) == 0 {
            let half = body.len() / 2;
            let half = (0..=half).rev().find(|at| body.is_char_boundary(*at));
            body.truncate(half.unwrap_or_default());
        }
        let status = [200, 200, 200, 400, 401, 404, 500, 503][random.below(8) as usize];
        let answer = Response::Answered(Answer {
            status,
            headers: vec![
                ("content-type".into(), "application/json".into()),
                ("x-about".into(), format!("{person} {MARKER}")),
            ],
            body: body.into_bytes().into(),
        });
        let sending = Sending {
            memo: "{}".into(),
            earlier_sendings: random.below(3) as u32,
            step: None,
        };
        let shown = format!("{answer:?}\n");
        let parsed = self.agencies[agency.as_str()].parse(&operation, answer, sending);
        // What the agency says is in `text`, for whoever decides; what is shown is what logs have.
        shown_of(shown, parsed)
    }

    fn validate(&self, canary: &Canary, random: &mut Random) -> Vec<u8> {
        let Canary { person, text } = canary;
        let calls = [
            ("vero", "/vero/Notify/v1", json!({"Environment": "FIS", "NotificationKey": 1, "NotificationType": person, "SubscriptionId": 1, "Timestamp": text}).to_string()),
            ("tulli", "/tulli/notify", format!("<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"><e:Body><{MARKER}>{person}</{MARKER}></e:Body></e:Envelope>")),
            ("suomifi-viestit", "/suomifi-viestit/ViranomaisPaluukanava", format!("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><Viesti>{person} {MARKER}</Viesti></s:Body></s:Envelope>")),
            ("tulli", "/tulli/notify", format!("{person} {text}")),
            ("suomifi-mail", "", format!("From: {person}@asiointitili.fi\r\nSubject: {MARKER} {person}\r\nMessage-ID: <{MARKER}@x>\r\n\r\n{text}\r\n")),
        ];
        let [agency, path, body] = pick(&calls, random, |(agency, path, body)| {
            [(*agency).to_owned(), (*path).to_owned(), body.clone()]
        });
        let call = match agency == "suomifi-mail" {
            true => Call::Mail(MailCall {
                sender: format!("{person}@asiointitili.fi"),
                recipients: vec![
                    "kirjaamo@kunta.example".into(),
                    format!("{person}@kunta.example"),
                ],
                content: body.into_bytes().into(),
                connection: MailConnection {
                    peer_address: "192.0.2.7".into(),
                    tls: Some("TLSv1.3".into()),
                    peer_certificates: None,
                    allowed: true,
                },
            }),
            false => Call::Http(HttpCall {
                method: "POST".into(),
                target: match random.below(4) {
                    0 => format!("{path}?about={person}&text={MARKER}"),
                    _ => path,
                },
                headers: vec![
                    ("content-type".into(), "application/json".into()),
                    ("vero-callback-secret".into(), format!("{person}{MARKER}")),
                ],
                body: body.into_bytes().into(),
                peer_certificates: None,
                peer_address: "192.0.2.7".into(),
            }),
        };
        let shown = format!("{call:?}\n");
        shown_of(shown, self.agencies[agency.as_str()].validate(call))
    }
}

fn pick<T>(choices: &[T], random: &mut Random, of: impl Fn(&T) -> [String; 3]) -> [String; 3] {
    of(&choices[random.below(choices.len() as u64) as usize])
}

fn shown_of<T: std::fmt::Debug>(mut shown: String, result: Result<T, silta::Error>) -> Vec<u8> {
    match result {
        Ok(result) => shown += &format!("{result:?}"),
        Err(error) => {
            shown += &format!("{error}\n{error:?}");
            let mut cause = error.source();
            while let Some(error) = cause {
                shown += &format!("\n{error}\n{error:?}");
                cause = error.source();
            }
        }
    }
    shown.into_bytes()
}
