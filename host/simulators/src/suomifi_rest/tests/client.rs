// SPDX-License-Identifier: Apache-2.0
//! An organisation's client.

use std::io::Result;
use std::ops::Deref;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::{Received, SuomifiRestSetup, SuomifiRestSimulator};
use super::{RECIPIENT, SERVICE, world};
use crate::Simulator;
use crate::peers::client;

/// A client with a token, and the simulator that it calls.
pub(super) struct Client {
    suomifi: SuomifiRestSimulator,
    pub(super) token: String,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// In lower case.
    pub(super) head: String,
    pub(super) body: String,
}

impl Reply {
    #[track_caller]
    pub(super) fn json(&self) -> Value {
        assert!(
            self.head.contains("content-type: application/json"),
            "{self:?}"
        );
        serde_json::from_str(&self.body).unwrap()
    }

    /// The JSON of a 200.
    #[track_caller]
    pub(super) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()
    }

    /// The messageId of a 200.
    #[track_caller]
    pub(super) fn message_id(&self) -> i64 {
        let answer = self.ok();
        assert_eq!(answer.as_object().unwrap().len(), 1, "{answer}");
        answer["messageId"].as_i64().unwrap()
    }

    /// The reason of a refusal that has nothing else.
    #[track_caller]
    pub(super) fn refused(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        let answer = self.json();
        assert_eq!(answer.as_object().unwrap().len(), 1, "{answer}");
        answer["reason"].as_str().unwrap().to_owned()
    }

    /// The validation errors of a 400.
    #[track_caller]
    pub(super) fn validation_errors(&self) -> Vec<Value> {
        assert_eq!(self.status, 400, "{self:?}");
        let answer = self.json();
        assert!(answer["reason"].is_string(), "{answer}");
        answer["validationErrors"].as_array().unwrap().clone()
    }
}

impl Deref for Client {
    type Target = SuomifiRestSimulator;

    fn deref(&self) -> &SuomifiRestSimulator {
        &self.suomifi
    }
}

impl Client {
    /// What it asked for so far is forgotten.
    pub(super) fn new(suomifi: SuomifiRestSimulator) -> Self {
        let mut client = Self {
            suomifi,
            token: String::new(),
        };
        client.renew();
        client
    }

    /// Gets a token with the password of the setup, if it is accepted.
    pub(super) fn renew(&mut self) {
        let reply = self.ask_for_token(SuomifiRestSetup::USERNAME, SuomifiRestSetup::PASSWORD);
        if reply.status == 200 {
            self.token = reply.ok()["access_token"].as_str().unwrap().to_owned();
        }
        self.take_received(Duration::ZERO);
    }

    pub(super) fn ask_for_token(&self, username: &str, password: &str) -> Reply {
        self.post(
            "/v1/token",
            &json!({"username": username, "password": password}),
        )
    }

    pub(super) fn get(&self, path: &str) -> Reply {
        self.call("GET", path, "", "").unwrap()
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_text(path, &body.to_string())
    }

    pub(super) fn post_text(&self, path: &str, body: &str) -> Reply {
        let headers = "Content-Type: application/json\r\n";
        self.call("POST", path, headers, body).unwrap()
    }

    /// A file in a form of one part.
    pub(super) fn upload(&self, filename: &str, media_type: &str, content: &str) -> Reply {
        let part = format!(
            "Content-Disposition: form-data; name=\"file\"; filename=\"{filename}\"\r\n\
             Content-Type: {media_type}"
        );
        self.upload_part(&part, content)
    }

    pub(super) fn upload_part(&self, part: &str, content: &str) -> Reply {
        let body = format!("--limit\r\n{part}\r\n\r\n{content}\r\n--limit--\r\n");
        let headers = "Content-Type: multipart/form-data; boundary=limit\r\n";
        self.call("POST", "/v2/attachments", headers, &body)
            .unwrap()
    }

    /// The attachmentId of a PDF.
    #[track_caller]
    pub(super) fn pdf(&self) -> String {
        let reply = self.upload("Päätös.pdf", "application/pdf", "%PDF-1.7");
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.json()["attachmentId"].as_str().unwrap().to_owned()
    }

    /// With the token; fails where there is no answer.
    pub(super) fn call(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> Result<Reply> {
        let token = match self.token.is_empty() {
            true => String::new(),
            false => format!("Authorization: Bearer {}\r\n", self.token),
        };
        self.send(method, path, &format!("{token}{headers}"), body)
    }

    /// With these headers alone.
    pub(super) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> Result<Reply> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let (authority, _) = world();
        let connection = client::connect(self.suomifi.address(), &authority.pem(), None)?;
        let client::Reply { status, head, body } = client::exchange(connection, &request)?;
        Ok(Reply { status, head, body })
    }

    /// The record of the last request.
    pub(super) fn last(&self) -> Received {
        self.received().pop().unwrap()
    }

    /// All events from a place on, page by page.
    pub(super) fn events(&self, token: Option<&str>) -> (Vec<Value>, String) {
        let mut token = token.map(str::to_owned);
        let mut events = Vec::new();
        loop {
            let page = self.page(token.as_deref()).ok();
            let next = page["continuationToken"].as_str().unwrap().to_owned();
            let list = page["events"].as_array().unwrap();
            if list.is_empty() {
                return (events, next);
            }
            events.extend(list.iter().cloned());
            token = Some(next);
        }
    }

    pub(super) fn page(&self, token: Option<&str>) -> Reply {
        let query = token.map(|token| format!("?continuationToken={}", encoded(token)));
        self.get(&format!("/v2/events{}", query.unwrap_or_default()))
    }

    /// Types of all events.
    pub(super) fn event_types(&self) -> Vec<String> {
        let types = self.events(None).0;
        types
            .iter()
            .map(|event| event["type"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// Percent-encoded, all but letters and digits.
pub(super) fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// A right message for the mailbox.
pub(super) fn electronic(external_id: &str) -> Value {
    json!({
        "externalId": external_id,
        "recipient": {"id": RECIPIENT},
        "sender": {"serviceId": SERVICE},
        "electronic": {
            "title": "Päätös",
            "body": "Hyvä vastaanottaja,\n\nhakemuksenne on käsitelty.",
            "bodyFormat": "Text",
            "messageServiceType": "Normal",
            "replyAllowedBy": "Anyone",
            "attachments": [],
            "notifications": {
                "senderDetailsInNotifications": "Organisation and service name",
                "unreadMessageNotification": {"reminder": "Default reminder"},
            },
        },
    })
}

/// A right message for either way.
pub(super) fn multichannel(external_id: &str, attachment_id: &str) -> Value {
    let mut message = electronic(external_id);
    message["paperMail"] = paper_part(attachment_id);
    message["electronic"]["attachments"] = json!([{"attachmentId": attachment_id}]);
    message
}

/// A right message for paper alone.
pub(super) fn paper(external_id: &str, attachment_id: &str) -> Value {
    json!({
        "externalId": external_id,
        "sender": {"serviceId": SERVICE},
        "paperMail": paper_part(attachment_id),
    })
}

fn paper_part(attachment_id: &str) -> Value {
    let address = |name: &str| {
        json!({"address": {
            "name": name,
            "streetAddress": "Mannerheimintie 1 A 2",
            "zipCode": "00100",
            "city": "Helsinki",
            "countryCode": "FI",
        }})
    };
    json!({
        "attachments": [{"attachmentId": attachment_id}],
        "colorPrinting": true,
        "twoSidedPrinting": true,
        "rotateLandscapePages": false,
        "createAddressPage": true,
        "messageServiceType": "Normal",
        "printingAndEnvelopingService": {
            "postiMessaging": {
                "username": "posti1",
                "password": "1234",
                "contactDetails": {"email": "posti@example.fi"},
            },
            "costPool": "KP1",
        },
        "recipient": address("Aino Esimerkki"),
        "sender": address("Esimerkkivirasto"),
    })
}
