// SPDX-License-Identifier: Apache-2.0
//! `silta sim suomifi`: Suomi.fi messages, calling a return channel.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::{Args, ValueEnum};
use serde_json::json;
use silta::pem;
use silta_schemas::{Package, suomifi};
use silta_simulators::{
    SimulatorError,
    suomifi::{
        Algorithms, AnswerShape, Credential, Delivery, Misbehaviour, ReturnChannelCaller, Signing,
        SuomifiSetup, Violations,
    },
};

use super::{
    super::{Completion, wire},
    lines::Lines,
    seconds,
};
use crate::{
    failure::Failure,
    files,
    output::{json_line, print, print_bytes},
};

/// Arguments of `silta sim suomifi`.
#[derive(Debug, Args)]
pub(super) struct SuomifiArguments {
    /// Return channel to call: an https URL.
    #[arg(long, value_name = "URL")]
    url: String,
    /// Certificates that the receiver's certificate is issued by, PEM.
    #[arg(long, value_name = "PEM")]
    ca: PathBuf,
    /// Certificate to show in the TLS handshake, PEM; none is shown without it.
    #[arg(long, value_name = "PEM", requires = "client_key")]
    client_cert: Option<PathBuf>,
    /// Private key of --client-cert, PEM.
    #[arg(long, value_name = "PEM", requires = "client_cert")]
    client_key: Option<PathBuf>,
    /// Certificate to sign calls with, PEM, with an RSA key; without it they are not signed.
    #[arg(long, value_name = "PEM", requires = "signer_key")]
    signer_cert: Option<PathBuf>,
    /// Private key of --signer-cert, PEM.
    #[arg(long, value_name = "PEM", requires = "signer_cert")]
    signer_key: Option<PathBuf>,
    /// Algorithms of the signature: sha1 as in the only profile that is published, or sha256.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "sha1",
        requires = "signer_key"
    )]
    algorithms: AlgorithmsName,
    /// ViranomaisTunnus, the authority's id.
    #[arg(long, value_name = "ID", default_value = "silta_viranomainen")]
    authority_id: String,
    /// PalveluTunnus, the service's id.
    #[arg(long, value_name = "ID", default_value = "silta_palvelu")]
    service_id: String,
    /// How many messages to bring, in one call.
    #[arg(long, value_name = "N", default_value = "3")]
    messages: usize,
    /// How many states of messages to bring, in one call after that: delivered, opened, acknowledged in turn.
    #[arg(long, value_name = "N", default_value = "3")]
    statuses: usize,
    /// ViranomaisTunniste of a message that states are brought of; may be given many times. Without it, they are of messages that were taken.
    #[arg(long, value_name = "ID")]
    reference: Vec<String>,
    /// Size of each attachment.
    #[arg(long, value_name = "BYTES", default_value = "20000")]
    attachment_size: usize,
    /// Shape that answers have to be in: wsdl, or document, that of document V1.1. Left out, it is that of the schema package, or else wsdl.
    #[arg(long, value_name = "NAME")]
    answer_shape: Option<ShapeName>,
    /// Schema package to judge calls and answers by, a ZIP or a folder. A call that is not valid by it is not made.
    #[arg(long, value_name = "PACKAGE")]
    schemas: Option<PathBuf>,
    /// How often a call is made in all while it is not answered.
    #[arg(long, value_name = "N", default_value = "3", value_parser = clap::value_parser!(u32).range(1..=100))]
    attempts: u32,
    /// Time between two attempts.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "5")]
    pause: Duration,
    /// How long a call may take.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "30")]
    time_limit: Duration,
    /// Bring the same messages with the same ids as any time before that this number was given.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Something to do wrong, in a call of its own after the others; may be given many times. See the list below (--help).
    #[arg(long, value_name = "NAME[=ARG]")]
    misbehave: Vec<Misbehaviour>,
    /// Show what happens as lines of JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum AlgorithmsName {
    Sha1,
    Sha256,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ShapeName {
    Wsdl,
    Document,
}

/// Most Kohde of a call, since all are made in memory.
const MOST: usize = 100_000;

/// Largest attachment, in bytes, as that of the misbehaviour `huge-attachment`.
const LARGEST_ATTACHMENT: usize = 1 << 30;

/// Calls until everything is done, and shows every answer.
pub(super) fn run(arguments: &SuomifiArguments) -> Result<Completion, Failure> {
    check(arguments)?;
    let suomifi = start(arguments)?;
    let mut shown = Shown {
        lines: Lines {
            json: arguments.json,
        },
        right: 0,
        wrong: 0,
    };
    if arguments.messages > 0 {
        shown.add(&suomifi.deliver(&suomifi.generate(arguments.messages)))?;
    }
    if arguments.statuses > 0 {
        let reports = suomifi.generate_reports(arguments.statuses, &arguments.reference);
        shown.add(&suomifi.report(&reports))?;
    }
    for misbehaviour in &arguments.misbehave {
        shown.add(&suomifi.play(*misbehaviour))?;
    }
    shown.end()
}

/// What can be asked for, for the long help.
pub(super) fn misbehaviours() -> String {
    super::misbehaviours::<Misbehaviour>(
        "What can be wrong with a call (--misbehave), and what a right receiver answers: KohteenTila of the message\n\
         concerned, or TilaKoodi of the call. Whatever is not taken is brought once more as it should be.",
    )
}

/// What has been seen so far.
struct Shown {
    lines: Lines,
    right: usize,
    wrong: usize,
}

impl Shown {
    fn add(&mut self, delivery: &Delivery) -> Result<(), Failure> {
        match delivery.is_right() {
            true => self.right += 1,
            false => self.wrong += 1,
        }
        self.lines.show(&delivery.events())
    }

    fn end(&self) -> Result<Completion, Failure> {
        let Self { right, wrong, .. } = self;
        match self.lines.json {
            true => print_bytes(json_line(&json!({"right": right, "wrong": wrong})).as_bytes())?,
            false => print(&format!("{right} right, {wrong} wrong\n"))?,
        }
        Ok(match wrong {
            0 => Completion::Done,
            _ => Completion::NotDone,
        })
    }
}

/// What options forbid each other, beyond what is said with them.
fn check(arguments: &SuomifiArguments) -> Result<(), Failure> {
    let unsigned = arguments.signer_key.is_none();
    let mut misbehaviours = arguments.misbehave.iter();
    if unsigned && misbehaviours.any(|misbehaviour| misbehaviour.needs_signing()) {
        return Err(Failure::command_line(
            "--misbehave: what is wrong with a signature needs one; add --signer-cert and --signer-key",
        ));
    }
    if arguments.messages.max(arguments.statuses) > MOST {
        let message = format!("--messages, --statuses: at most {MOST}; name a smaller number");
        return Err(Failure::command_line(&message));
    }
    if arguments.attachment_size > LARGEST_ATTACHMENT {
        let message =
            format!("--attachment-size: at most {LARGEST_ATTACHMENT}; name a smaller number");
        return Err(Failure::command_line(&message));
    }
    if arguments.messages == 0 && arguments.statuses == 0 && arguments.misbehave.is_empty() {
        return Err(Failure::command_line(
            "--messages, --statuses: nothing to bring; name a number, or a misbehaviour",
        ));
    }
    Ok(())
}

fn start(arguments: &SuomifiArguments) -> Result<ReturnChannelCaller, Failure> {
    let mut setup = SuomifiSetup::new(certificates(&arguments.ca)?);
    setup.client = credential(&arguments.client_cert, &arguments.client_key)?;
    let signer = credential(&arguments.signer_cert, &arguments.signer_key)?;
    setup.signing = signer.map(|signer| {
        let mut signing = Signing::new(signer.certificates_pem, signer.key_pem);
        signing.algorithms = match arguments.algorithms {
            AlgorithmsName::Sha1 => Algorithms::Sha1,
            AlgorithmsName::Sha256 => Algorithms::Sha256,
        };
        signing
    });
    setup.authority_id.clone_from(&arguments.authority_id);
    setup.service_id.clone_from(&arguments.service_id);
    setup.attachment_size = arguments.attachment_size;
    let package = arguments.schemas.as_deref().map(wire::open).transpose()?;
    setup.answer_shape = match (arguments.answer_shape, &package) {
        (Some(ShapeName::Wsdl), _) | (None, None) => AnswerShape::Wsdl,
        (Some(ShapeName::Document), _) => AnswerShape::DocumentV11,
        (None, Some(package)) => shape(package),
    };
    setup.schemas = package.map(violations);
    setup.redelivery.attempts = arguments.attempts;
    setup.redelivery.pause = arguments.pause;
    setup.time_limit = arguments.time_limit;
    setup.seed = arguments.seed;
    let started = ReturnChannelCaller::start(&arguments.url, setup);
    started.map_err(|error| explain(arguments, &error))
}

/// The shape of answers that is valid by a package.
fn shape(package: &Package) -> AnswerShape {
    match suomifi::answer_shape(package) {
        Some(suomifi::Shape::Document) => AnswerShape::DocumentV11,
        Some(suomifi::Shape::Wsdl) | None => AnswerShape::Wsdl,
    }
}

fn violations(package: Package) -> Violations {
    Arc::new(move |message: &[u8]| match package.judge(message) {
        Ok(judged) => judged.violations,
        Err(unjudged) => vec![unjudged.to_string()],
    })
}

/// A key, or a chain of certificates, has a few kilobytes.
const LARGEST_PEM: u64 = 1 << 20;

fn credential(
    certificates_file: &Option<PathBuf>,
    key_file: &Option<PathBuf>,
) -> Result<Option<Credential>, Failure> {
    let (Some(certificates_file), Some(key_file)) = (certificates_file, key_file) else {
        return Ok(None);
    };
    let key_pem = files::read_text(key_file, LARGEST_PEM)?;
    let read = pem::private_key(key_pem.as_bytes());
    read.map_err(|error| wrong(key_file, &error.to_string()))?;
    Ok(Some(Credential {
        certificates_pem: certificates(certificates_file)?,
        key_pem,
    }))
}

fn certificates(file: &Path) -> Result<String, Failure> {
    let text = files::read_text(file, LARGEST_PEM)?;
    let read = pem::certificates(text.as_bytes());
    read.map_err(|error| wrong(file, &error.to_string()))?;
    Ok(text)
}

/// Why the caller does not start, by the names that the user knows.
fn explain(arguments: &SuomifiArguments, error: &SimulatorError) -> Failure {
    let file = |field: &str| {
        let named = match field {
            "receiver_anchors_pem" => Some(&arguments.ca),
            "client.certificates_pem" => arguments.client_cert.as_ref(),
            "client.key_pem" => arguments.client_key.as_ref(),
            "signing.credential.key_pem" => arguments.signer_key.as_ref(),
            _ => arguments.signer_cert.as_ref(),
        };
        named.unwrap_or(&arguments.ca)
    };
    match error {
        SimulatorError::Url(_) => {
            Failure::command_line("--url: is not an https URL with a host; correct it")
        }
        SimulatorError::Pem(field) => wrong(file(field), "holds no usable PEM"),
        SimulatorError::Credential { field, reason } => {
            let what = format!("does not work together with its private key: {reason}");
            wrong(file(field), &what)
        }
        SimulatorError::Anchors { field, .. } => wrong(file(field), "cannot verify anybody"),
        other => {
            let message = format!("the simulator does not start: {other}");
            Failure::internal("sim.not-started", &message)
        }
    }
}

fn wrong(file: &Path, what: &str) -> Failure {
    let path = file.display().to_string();
    let message = format!("{path}: {what}; name another file");
    Failure::caller("sim.certificates", path, &message)
}
