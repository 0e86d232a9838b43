// SPDX-License-Identifier: Apache-2.0
//! The API of a gateway that serves, asked by the program.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use serde_json::Value;
use silta::pem;
use silta_gateway::{
    outbound::{Blocking, SecretText, ServerTrust},
    platform::{PlatformAnswer, PlatformClient, PlatformClientError, PlatformRequest},
};

use crate::{failure::Failure, files};

/// Where the API is, and who asks.
#[derive(Debug, Args)]
pub(crate) struct Api {
    /// The API of the gateway: https://HOST:PORT, or http://ADDRESS:PORT on this machine.
    #[arg(long, value_name = "URL")]
    url: String,
    /// File with a token of the API, see `silta token new`; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    /// File with the certificates that vouch for its server, PEM, in place of those of the system.
    #[arg(long, value_name = "FILE")]
    anchors: Option<PathBuf>,
}

/// A token has 49 characters.
const LARGEST_TOKEN: u64 = 4 << 10;

const LARGEST_ANCHORS: u64 = 4 << 20;

impl Api {
    /// Sends a request; what was answered with a status of success.
    ///
    /// # Errors
    /// No answer, or a problem.
    pub(crate) fn ask(&self, request: PlatformRequest) -> Result<PlatformAnswer, Failure> {
        self.ask_within(request, PlatformClient::TIMEOUT)
    }

    /// [`ask`](Self::ask) for what takes its time.
    ///
    /// # Errors
    /// No answer by then, or a problem.
    pub(crate) fn ask_within(
        &self,
        request: PlatformRequest,
        time: Duration,
    ) -> Result<PlatformAnswer, Failure> {
        let text = files::read_text(&self.token_file, LARGEST_TOKEN)?;
        let token = token(&text).ok_or_else(|| {
            let reason = "this is no token; it has to be the one line that `silta token new` prints, and nothing else";
            Failure::caller("token.unreadable", "", reason).in_file(&self.token_file)
        })?;
        let token = SecretText::new(format!("Bearer {token}"));
        let trust = self.anchors.as_ref().map(|path| self.trust(path));
        let client = PlatformClient::new(&self.url, trust.transpose()?, token);
        let client = client.map_err(|error| failed(&error))?;
        let threads = Blocking::new();
        let threads =
            threads.map_err(|error| Failure::internal("system.threads", &error.to_string()))?;
        let answer = threads.run(client.send_within(request, time));
        let answer = answer.map_err(|error| failed(&error))?;
        match answer.status {
            200..=299 => Ok(answer),
            status => Err(problem(status, &answer.body)),
        }
    }

    fn trust(&self, path: &std::path::Path) -> Result<ServerTrust, Failure> {
        let wrong = |reason: String| Failure::caller("anchors.unusable", "", &reason).in_file(path);
        let bytes = files::read_blob(path, LARGEST_ANCHORS)?.to_vec();
        let certificates = pem::certificates(&bytes).map_err(|error| wrong(error.to_string()))?;
        let anchors = certificates.iter().map(AsRef::as_ref);
        ServerTrust::anchors(anchors).map_err(|error| wrong(error.to_string()))
    }
}

/// The token of a file; what could stand in no header field is none.
fn token(text: &str) -> Option<&str> {
    let token = text.trim();
    let is_one = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    is_one.then_some(token)
}

fn failed(error: &PlatformClientError) -> Failure {
    let text = error.to_string();
    match error {
        PlatformClientError::Url => Failure::command_line(&format!("--url: {text}")),
        PlatformClientError::NotSent(_) => Failure::network("api.unreachable", &text),
        PlatformClientError::Unknown(_) => Failure::network("api.outcome-unknown", &text),
        _ => Failure::configuration("api.trust", &text),
    }
}

/// A text as a segment of a path or a value of a query (RFC 3986 §2.1, §2.3).
pub(crate) fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    bytes.collect()
}

/// A problem (RFC 9457) as the program tells it.
fn problem(status: u16, body: &[u8]) -> Failure {
    let told: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default();
    let (code, detail, remedy) = (text("code"), text("detail"), text("remedy"));
    if code.is_empty() {
        let message = format!("the API answered {status}, and not as a gateway does; check --url");
        return Failure::counterparty("api.other", &message);
    }
    let place = [text("pointer"), text("path")].concat();
    let shown = match place.is_empty() {
        true => String::new(),
        false => format!("{place}: "),
    };
    let message = format!("the API answered {status}: {shown}{detail}. {remedy}");
    match text("fault") {
        "caller" => Failure::caller(code, place, &message),
        "configuration" => Failure::configuration(code, &message),
        "counterparty" => Failure::counterparty(code, &message),
        _ => Failure::internal(code, &message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_word() {
        assert_eq!(token("silta_abc-1\n"), Some("silta_abc-1"));
        for other in [
            "",
            "\n",
            "silta_abc\n\nThis is the token.",
            "silta_ä",
            "a b",
        ] {
            assert_eq!(token(other), None, "{other}");
        }
    }
}
