// SPDX-License-Identifier: Apache-2.0
//! The platform's API over HTTPS, as a client of other hands has it.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig, TlsProvider},
};

use crate::program::Program;

/// How long anybody waits for an answer. What waits for entries waits for less.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The outcome of a request.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It was answered with this status and this JSON; null where there is none.
    Came(u16, Value),
    /// Its outcome is unknown.
    None,
}

/// Something to be done at an agency.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) agency: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) key: String,
    pub(crate) conversation: Option<String>,
    pub(crate) parameters: Value,
    pub(crate) payload: Option<String>,
}

/// A client with a token.
#[derive(Clone)]
pub(crate) struct Platform {
    agent: Agent,
    url: String,
    token: String,
}

impl Platform {
    pub(crate) fn new(program: &Program, token: &str) -> Self {
        let anchor = Certificate::from_pem(program.pem("ca").as_bytes()).unwrap();
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(provider))
            .root_certs(RootCerts::from([anchor]))
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .timeout_global(Some(TIME_LIMIT))
            .proxy(None)
            .build();
        Self {
            agent: agent.into(),
            url: format!("https://localhost:{}", program.platform().port()),
            token: format!("Bearer {token}"),
        }
    }

    /// The same client with a token that nobody knows.
    pub(crate) fn stranger(&self) -> Self {
        Self {
            token: format!("Bearer silta_{}", "A".repeat(43)),
            ..self.clone()
        }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        let request = self.agent.get(format!("{}{path}", self.url));
        came(request.header("Authorization", &self.token).call())
    }

    /// The bytes of a document.
    pub(crate) fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        let request = self.agent.get(format!("{}{path}", self.url));
        let answer = request.header("Authorization", &self.token).call();
        let mut answer = answer.ok().filter(|answer| answer.status() == 200)?;
        answer.body_mut().read_to_vec().ok()
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.agent.post(format!("{}{path}", self.url));
        let request = request
            .header("Authorization", &self.token)
            .header("Content-Type", "application/json");
        came(request.send(body.to_string()))
    }

    pub(crate) fn submit(&self, wish: &Wish) -> Answer {
        let path = format!("/v1/agencies/{}/operations/{}", wish.agency, wish.operation);
        let request = self.agent.post(format!("{}{path}", self.url));
        let request = request
            .header("Authorization", &self.token)
            .header("Idempotency-Key", format!("\"{}\"", wish.key));
        let Some(payload) = &wish.payload else {
            let mut body = json!({"parameters": wish.parameters});
            if let Some(conversation) = &wish.conversation {
                body["conversation"] = conversation.as_str().into();
            }
            let request = request.header("Content-Type", "application/json");
            return came(request.send(body.to_string()));
        };
        let request = request.header("Content-Type", "multipart/form-data; boundary=silta-part");
        let mut form = part(
            "parameters",
            "application/json",
            &wish.parameters.to_string(),
        );
        if let Some(conversation) = &wish.conversation {
            form += &part("conversation", "text/plain", conversation);
        }
        form += &part("payload", "application/xml", payload);
        came(request.send(form + "--silta-part--\r\n"))
    }
}

fn part(name: &str, media_type: &str, content: &str) -> String {
    format!(
        "--silta-part\r\nContent-Disposition: form-data; name=\"{name}\"\r\nContent-Type: {media_type}\r\n\r\n{content}\r\n"
    )
}

fn came(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let Ok(mut answer) = answer else {
        return Answer::None;
    };
    let status = answer.status().as_u16();
    match answer.body_mut().read_to_string() {
        Ok(text) if text.is_empty() => Answer::Came(status, Value::Null),
        // What was cut off is no answer.
        Ok(text) => match serde_json::from_str(&text) {
            Ok(json) => Answer::Came(status, json),
            Err(_) => Answer::None,
        },
        Err(_) => Answer::None,
    }
}
