// SPDX-License-Identifier: Apache-2.0
//! `silta xml verify`: signatures, judged.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::Args;
use serde_json::{Value, json};
use silta::{
    AnchorSet, Keyring, TrustStore,
    exchange::Outcome,
    time::{FixedClock, Moment},
    trust::TrustError,
};

use super::{Inspection, LARGEST_DOCUMENT, inspect, report, with_given};
use crate::{
    commands::Completion,
    failure::Failure,
    files::{self, Output},
    output::{pretty_json, print_bytes, printable},
};

/// Arguments of `silta xml verify`.
#[derive(Debug, Args)]
pub(super) struct VerifyArguments {
    /// The document.
    file: PathBuf,
    /// Trust this signer: certificates or public keys in PEM, or one in DER. It counts whatever its dates. May be repeated.
    #[arg(long, value_name = "PEM")]
    cert: Vec<PathBuf>,
    /// Trust signers whose certificates lead to one of these issuers, and are valid.
    #[arg(long, value_name = "PEM")]
    anchors: Vec<PathBuf>,
    /// Revocation lists of those issuers. With them, a certificate whose status none of them tells is refused.
    #[arg(long, value_name = "PEM", requires = "anchors")]
    revocation_lists: Vec<PathBuf>,
    /// Largest file of revocation lists.
    #[arg(long, value_name = "BYTES", default_value_t = LARGEST_LISTS)]
    revocation_list_bytes: u64,
    /// Certificates of those who sign these lists with another key than they issue certificates with.
    #[arg(long, value_name = "PEM", requires = "revocation_lists")]
    list_signers: Vec<PathBuf>,
    /// Verify this signature only: its number in the document, from 1, or its path, such as `/Envelope/Header/Security/Signature`. Default: all
    /// there are; then each has to count, and together they have to cover what is required.
    #[arg(long, value_name = "PATH|N")]
    signature: Option<String>,
    /// The signature has to cover the elements at this path, such as `/Envelope/Body`; may be repeated. Default: the root.
    #[arg(long, value_name = "PATH")]
    require: Vec<String>,
    /// Accept SHA-1, for which collisions can be made.
    #[arg(long)]
    allow_sha1: bool,
    /// Accept RSA keys of 1024 bits and more rather than 2048, with PKCS#1 v1.5 and SHA-1, SHA-256 or SHA-512. With SHA-384 and
    /// with RSASSA-PSS, and in the issuers of --anchors, 2048 bits are needed in any case.
    #[arg(long)]
    allow_short_rsa: bool,
    /// Judge certificates as of this time, such as `2026-01-31T12:00:00Z`, rather than now.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    at: Option<SystemTime>,
    /// Show the octets that were signed and digested, and both digests of each reference.
    #[arg(long)]
    explain: bool,
    /// Decode the base64 text of this element into the file of --out. It has to be covered, with its element or by a reference that decodes it.
    #[arg(long, value_name = "PATH", requires = "out")]
    payload: Option<String>,
    /// File for the payload; an existing one is replaced. Nothing is written unless the signature counts.
    #[arg(long, value_name = "FILE", requires = "payload")]
    out: Option<PathBuf>,
    /// Show the result as JSON.
    #[arg(long)]
    json: bool,
}

impl VerifyArguments {
    pub(super) fn json(&self) -> bool {
        self.json
    }
}

/// Verifies, writes the payload, shows the rest.
pub(super) fn run(arguments: &VerifyArguments) -> Result<Completion, Failure> {
    let document = files::read_blob(&arguments.file, LARGEST_DOCUMENT)?;
    let trust = TrustStore::new()
        .with("signers", signers(arguments)?)
        .with_sha1(arguments.allow_sha1)
        .with_short_rsa(arguments.allow_short_rsa);
    let inspection = Inspection {
        settings: settings(arguments),
        trust,
        keyring: Keyring::new(),
        clock: arguments.at.map(FixedClock),
        file: &arguments.file,
        document,
    };
    let outcome = inspect("verify", inspection)?;
    let report = report::Report::of(&outcome)?;
    let payload = match &arguments.out {
        Some(out) if report.is_valid() => payload(&outcome, out)?,
        _ => None,
    };
    let report = match arguments.json {
        true => pretty_json(&report.into_json())?,
        false => printable(&report.to_text(&arguments.file)),
    };
    match payload {
        Some(payload) => payload.finish_told(&report)?,
        None => print_bytes(report.as_bytes())?,
    }
    Ok(completion(&outcome))
}

fn settings(arguments: &VerifyArguments) -> Value {
    let settings = json!({
        "required": arguments.require,
        "allow-sha1": arguments.allow_sha1,
        "explain": arguments.explain,
    });
    let given = [
        ("payload", &arguments.payload),
        ("signature", &arguments.signature),
    ];
    with_given(settings, given)
}

fn signers(arguments: &VerifyArguments) -> Result<AnchorSet, Failure> {
    type Add = fn(AnchorSet, &[u8]) -> Result<AnchorSet, TrustError>;
    let groups: [(&[PathBuf], u64, Add); 4] = [
        (&arguments.anchors, LARGEST_PEM, |set, file| {
            set.with_anchors_pem(file)
        }),
        (&arguments.cert, LARGEST_PEM, |set, file| {
            set.with_pins_pem(file)
        }),
        (
            &arguments.revocation_lists,
            arguments.revocation_list_bytes,
            |set, file| set.with_revocation_lists(file),
        ),
        (&arguments.list_signers, LARGEST_PEM, |set, file| {
            set.with_list_signers_pem(file)
        }),
    ];
    let mut set = AnchorSet::new();
    for (paths, limit, add) in groups {
        for path in paths {
            let read = files::read_blob(path, limit).map_err(|failure| {
                if failure.code() == "input.too-large" && limit != LARGEST_PEM {
                    failure.with_remedy("If it is, raise --revocation-list-bytes")
                } else {
                    failure
                }
            });
            let pem = read?.to_vec();
            set = add(set, &pem).map_err(|error| {
                let message = format!("{}: {error}", path.display());
                Failure::file("trust.unreadable", path, &message)
            })?;
        }
    }
    Ok(set)
}

/// Bundles of all authorities there are have a few hundred kilobytes.
const LARGEST_PEM: u64 = 16 << 20;

/// Revocation lists grow as long as their issuer lives.
const LARGEST_LISTS: u64 = 32 << 20;

fn payload<'a>(outcome: &'a Outcome, out: &'a Path) -> Result<Option<Output<'a>>, Failure> {
    let mut documents = outcome.documents.iter();
    let payload = documents.find(|document| document.name == "payload");
    payload
        .map(|payload| Output::prepare(out, &payload.content))
        .transpose()
}

pub(super) fn parse_time(text: &str) -> Result<SystemTime, String> {
    let parsed: Result<Moment, _> = text.parse();
    let moment = parsed.map_err(|error| {
        format!("this has to be a time such as 2026-01-31T12:00:00Z (RFC 3339): {error}")
    })?;
    moment
        .to_system_time()
        .ok_or_else(|| "this machine's clock cannot show that time".to_owned())
}

fn completion(outcome: &Outcome) -> Completion {
    match outcome.class {
        silta::exchange::RetryClass::Done => Completion::Done,
        _ => Completion::NotDone,
    }
}
