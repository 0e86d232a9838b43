// SPDX-License-Identifier: Apache-2.0
//! Requests that no honest component makes. The host has to check them against the contract before anybody sends them.

use agency_guest::{
    Problem,
    exports::envelope::{HttpTarget, Request, SecretHeader, SmtpTarget, Target},
    imports::{blobs, types},
};

use super::{request, unknown_way};
use crate::host::blob_of;
use crate::parameters::Parameters;

type Done = Result<Request, Problem>;

pub(super) fn memo(parameters: &Parameters, _: Option<&blobs::Blob>) -> Done {
    Ok(Request {
        memo: "m".repeat(parameters.bytes as usize),
        ..request(blob_of(b"")?)
    })
}

pub(super) fn broken(parameters: &Parameters, _: Option<&blobs::Blob>) -> Done {
    let request = request(blob_of(b"")?);
    let header = |name: &str, value: &str| {
        vec![types::Header {
            name: name.into(),
            value: value.into(),
        }]
    };
    Ok(match parameters.way.as_str() {
        "plain-http" => with_url(request, "http://rogue.example/"),
        "other-scheme" => with_url(request, "file:///etc/passwd"),
        "url-line-break" => with_url(request, "https://rogue.example/ HTTP/1.1\r\nX-Smuggled: 1"),
        "method-line-break" => with_method(request, "POST / HTTP/1.1\r\nX-Smuggled: 1\r\n"),
        "header-name-line-break" => Request {
            headers: header("X-Good: 1\r\nX-Smuggled", "1"),
            ..request
        },
        "header-value-line-break" => Request {
            headers: header("X-Good", "1\r\nX-Smuggled: 1"),
            ..request
        },
        "reference-line-break" => Request {
            reference: "R\nR".into(),
            ..request
        },
        "no-recipient" => with_mail(request, "a@rogue.example", &[]),
        "sender-line-break" => with_mail(
            request,
            "a@rogue.example>\r\nRCPT TO:<b@rogue.example",
            &["c@rogue.example"],
        ),
        "recipient-line-break" => with_mail(
            request,
            "a@rogue.example",
            &["b@rogue.example>\r\nDATA\r\n"],
        ),
        "mail-with-secret" => Request {
            secret_headers: vec![SecretHeader {
                name: "Authorization".into(),
                prefix: String::new(),
                role: "password".into(),
            }],
            ..with_mail(request, "a@rogue.example", &["b@rogue.example"])
        },
        "mail" => with_mail(request, "a@rogue.example", &["b@rogue.example"]),
        way => return Err(unknown_way(way)),
    })
}

fn with_url(request: Request, url: &str) -> Request {
    let target = Target::Http(HttpTarget {
        method: "POST".into(),
        url: url.into(),
    });
    Request { target, ..request }
}

fn with_method(request: Request, method: &str) -> Request {
    let target = Target::Http(HttpTarget {
        method: method.into(),
        url: "https://rogue.example/".into(),
    });
    Request { target, ..request }
}

fn with_mail(request: Request, sender: &str, recipients: &[&str]) -> Request {
    let target = Target::Smtp(SmtpTarget {
        sender: sender.into(),
        recipients: recipients.iter().map(|&name| name.into()).collect(),
    });
    Request { target, ..request }
}
