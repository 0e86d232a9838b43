// SPDX-License-Identifier: Apache-2.0
//! One push as it goes on the wire, right or as wrong as it was asked for.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request};
use serde_json::Value;

use super::misbehaviour::Misbehaviour;
use super::notification::{ENVIRONMENT, KEY, Notification, SUBSCRIPTION};
use super::target::Target;

/// What is shown in the handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// The pusher's own certificate.
    Own,
    /// One of another authority.
    Foreign,
    /// One of the right authority whose time is over.
    Expired,
    Nothing,
}

pub(super) fn shown(misbehaviour: Option<Misbehaviour>) -> Shown {
    match misbehaviour {
        Some(Misbehaviour::WrongCa) => Shown::Foreign,
        Some(Misbehaviour::ExpiredCertificate) => Shown::Expired,
        Some(Misbehaviour::NoCertificate) => Shown::Nothing,
        _ => Shown::Own,
    }
}

/// The request; a failure can only come from a header that cannot be, which the parts of a [`Target`] do not have.
pub(super) fn request(
    target: &Target,
    notification: &Notification,
    misbehaviour: Option<Misbehaviour>,
) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
    let method = match misbehaviour {
        Some(Misbehaviour::Get) => Method::GET,
        _ => Method::POST,
    };
    let media_type = match misbehaviour {
        Some(Misbehaviour::WrongContentType) => "text/plain",
        _ => "application/json",
    };
    let mut request = Request::builder()
        .method(method)
        .uri(path(target, misbehaviour))
        .header(HOST, target.endpoint.authority.as_str())
        .header(CONTENT_TYPE, media_type);
    if let Some(secret) = secret(target, misbehaviour) {
        request = request.header("vero-callback-secret", secret);
    }
    request.body(Full::from(body(notification, misbehaviour)))
}

/// How long to rest between two bytes of this request.
pub(super) fn rest(body: usize, misbehaviour: Option<Misbehaviour>) -> Duration {
    let Some(Misbehaviour::SlowLoris(time)) = misbehaviour else {
        return Duration::ZERO;
    };
    let bytes = u32::try_from(body.saturating_add(TYPICAL_HEAD)).unwrap_or(u32::MAX);
    time / bytes
}

/// Bytes in the head of a request, about.
const TYPICAL_HEAD: usize = 180;

fn path(target: &Target, misbehaviour: Option<Misbehaviour>) -> String {
    match misbehaviour {
        Some(Misbehaviour::WrongPath) => match target.endpoint.path.split_once('?') {
            Some((path, query)) => format!("{path}/other?{query}"),
            None => format!("{}/other", target.endpoint.path),
        },
        _ => target.endpoint.path.clone(),
    }
}

fn secret(target: &Target, misbehaviour: Option<Misbehaviour>) -> Option<HeaderValue> {
    match misbehaviour {
        Some(Misbehaviour::NoSecret) => None,
        Some(Misbehaviour::WrongSecret) => target.secret.off_by_one_character().header(),
        _ => target.secret.header(),
    }
}

fn body(notification: &Notification, misbehaviour: Option<Misbehaviour>) -> Vec<u8> {
    let mut properties = notification.properties();
    match misbehaviour {
        Some(Misbehaviour::Get) => return Vec::new(),
        Some(Misbehaviour::OtherEnvironment) => {
            let other = notification.environment.other().code();
            properties.insert(ENVIRONMENT.to_owned(), other.into());
        }
        Some(Misbehaviour::ExtraProperty) => {
            properties.insert("Extra".to_owned(), "unknown".into());
        }
        Some(Misbehaviour::MissingProperty) => {
            properties.remove(SUBSCRIPTION);
        }
        Some(Misbehaviour::StringForNumber) => {
            properties.insert(KEY.to_owned(), notification.key.to_string().into());
        }
        _ => {}
    }
    let mut body = Value::from(properties).to_string().into_bytes();
    match misbehaviour {
        Some(Misbehaviour::NotJson) => {
            body.pop();
        }
        Some(Misbehaviour::HugeBody(bytes)) => body.resize(body.len().max(bytes), b' '),
        _ => {}
    }
    body
}
