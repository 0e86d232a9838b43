// SPDX-License-Identifier: Apache-2.0
//! `silta validate`: what the component makes of a call, as the listener of `silta serve` would hand it over.

pub(super) mod report;

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

use clap::Args;
use silta::{
    Blob,
    exchange::{Call, CertificateChain, Header, HttpCall, Verdict},
    pem,
};

use super::{Completion, build};
use crate::{
    configuration_file::ConfigurationFile,
    failure::{Failure, Places},
    files, header, host,
    output::{print_bytes, print_json, say},
};

/// Arguments of `silta validate`.
#[derive(Debug, Args)]
pub(crate) struct ValidateArguments {
    /// Agency that calls, such as `tulli`.
    agency: String,
    #[command(flatten)]
    config: ConfigurationFile,
    /// HTTP method of the call, such as POST.
    #[arg(long, value_name = "METHOD", value_parser = method)]
    method: String,
    /// Path of the call and its query, as in the request line: `/tulli/notify`.
    #[arg(long, value_name = "PATH", value_parser = target)]
    path: String,
    /// Header field of the call, `Name: value`; or `@FILE`, a file of such lines, or `Name=@FILE`, whose value is in a file. May be repeated.
    #[arg(long, value_name = "FIELD", value_parser = header::given)]
    header: Vec<header::Field>,
    /// Certificates that the caller showed, its own first: PEM, or one in DER. Trust in them is the component's judgement.
    #[arg(long, value_name = "FILE")]
    client_cert: Option<PathBuf>,
    /// IP address of the caller.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    peer_address: IpAddr,
    /// Body of the call. Left out: none.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// Show the verdict and the reply as one JSON object.
    #[arg(long)]
    json: bool,
}

impl ValidateArguments {
    pub(crate) fn json(&self) -> bool {
        self.json
    }
}

/// Judges the call, writes the reply's body to standard output and the rest to standard error, or everything as JSON.
pub(crate) fn run(arguments: &ValidateArguments) -> Result<Completion, Failure> {
    let call = call(arguments)?;
    let config = arguments.config.path()?;
    let served = host::serve(&config, &arguments.agency)?;
    if served.agency.inbound_limit()?.is_none() {
        let message = format!(
            "agency `{}` has no operation by which it calls; `silta describe` shows those it has",
            arguments.agency
        );
        return Err(Failure::caller("operation.not-inbound", "", &message));
    }
    let places = Places {
        answer: arguments.body.as_deref(),
        ..Places::of_configuration(&config, &arguments.agency)
    };
    let verdict = served
        .agency
        .validate(call)
        .map_err(|error| places.explain(error))?;
    let verdict = silta_gateway::answered(verdict);
    if arguments.json {
        print_json(&report::as_json(&verdict))?;
    } else {
        say(&report::as_text(&verdict));
        print_bytes(&report::reply(&verdict).body.to_vec())?;
    }
    Ok(match verdict {
        Verdict::Accepted(_) => Completion::Done,
        Verdict::Rejected(_) => Completion::NotDone,
    })
}

fn call(arguments: &ValidateArguments) -> Result<Call, Failure> {
    let body = arguments.body.as_deref();
    let body = body.map(|path| files::read_blob(path, build::LARGEST_CONTENT));
    let headers = header::read(&arguments.header)?;
    // The listener hands names over in lower case, whatever the caller wrote.
    let lower = |(name, value): Header| (name.to_ascii_lowercase(), value);
    Ok(Call::Http(HttpCall {
        method: arguments.method.clone(),
        target: arguments.path.clone(),
        headers: headers.into_iter().map(lower).collect(),
        body: body.transpose()?.unwrap_or_else(Blob::empty),
        peer_certificates: certificates(arguments.client_cert.as_deref())?,
        peer_address: arguments.peer_address.to_canonical().to_string(),
    }))
}

/// A chain of certificates has a few kilobytes.
const LARGEST_PEM: u64 = 1 << 20;

/// What a file has of the certificates that a caller showed.
pub(super) fn certificates(path: Option<&Path>) -> Result<Option<CertificateChain>, Failure> {
    let Some(path) = path else {
        return Ok(None);
    };
    let file = files::read_blob(path, LARGEST_PEM)?.to_vec();
    match pem::certificates(&file) {
        Ok(chain) => Ok(CertificateChain::new(chain)),
        Err(error) => {
            let message = format!("{}: {error}", path.display());
            Err(Failure::file("certificate.unreadable", path, &message))
        }
    }
}

/// A method of RFC 9110 §9.1: a token.
fn method(text: &str) -> Result<String, String> {
    if text.is_empty() || !text.bytes().all(header::is_token) {
        return Err("a method is one word, such as POST".to_owned());
    }
    Ok(text.to_owned())
}

/// The origin-form of RFC 9112 §3.2.1.
fn target(text: &str) -> Result<String, String> {
    let is_visible = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    if !text.starts_with('/') || !text.bytes().all(is_visible) {
        let rule = "a path begins with `/` and has neither blanks nor `#`; write others percent-encoded, as they come";
        return Err(rule.to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_and_targets_are_as_in_a_request_line() {
        for right in ["POST", "GET", "M-SEARCH"] {
            assert_eq!(method(right).as_deref(), Ok(right));
        }
        for wrong in ["", "PO ST", "P\r\n", "Ä"] {
            assert!(method(wrong).is_err(), "{wrong:?}");
        }
        for right in ["/", "/tulli/notify?a=%20b", "//x"] {
            assert_eq!(target(right).as_deref(), Ok(right));
        }
        for wrong in ["", "tulli", "https://a/", "/a b", "/a#b", "/ä", "/\n"] {
            assert!(target(wrong).is_err(), "{wrong:?}");
        }
    }
}
