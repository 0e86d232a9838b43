// SPDX-License-Identifier: Apache-2.0
//! `silta ingest`: hands over what came by another way than over the network.

mod envelope;

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    time::SystemTime,
};

use clap::{Args, Subcommand};
use silta::{
    Blob, Error,
    exchange::{Call, Fault, MailCall, MailConnection, Rejected, Verdict},
};
use silta_config::Config;
use silta_gateway::{MailLimits, arrival, smtp::Address};
use silta_store::{SqliteStore, Store, record::Arrival};

use super::{
    Completion, build,
    validate::{certificates, report},
};
use crate::{
    configuration_file::ConfigurationFile,
    examples,
    failure::{Failure, Places},
    files, host,
    output::{print_json, say},
    store,
};
use envelope::Envelope;

/// Arguments of `silta ingest`.
#[derive(Debug, Args)]
pub(crate) struct IngestArguments {
    /// What to hand over.
    #[command(subcommand)]
    what: What,
}

/// What can be handed over.
#[derive(Debug, Subcommand)]
enum What {
    /// Hand over a mail from a file, as if a relay had brought it.
    ///
    /// The agency's component judges it as it judges what relays deliver to `silta serve`, and what an accepted one brings is kept in the store: `silta inbox`
    /// shows it. `silta serve` must not have the store meanwhile. You vouch for the way that it came by: it counts as brought by an allowed relay, over TLS 1.3.
    #[command(after_help = examples::INGEST_MAIL)]
    Mail(MailArguments),
}

/// Arguments of `silta ingest mail`.
#[derive(Debug, Args)]
struct MailArguments {
    /// File of the mail, header and body (RFC 5322); `-` is standard input. Lines may end with LF alone.
    file: PathBuf,
    #[command(flatten)]
    config: ConfigurationFile,
    /// Agency to hand it to. Left out: each whose recipients (table [agencies.ID.mail]) are among those of the mail.
    #[arg(long, value_name = "ID")]
    agency: Option<String>,
    /// Reverse path of the envelope, empty for a delivery report. Left out: that of the field Return-Path.
    #[arg(long, value_name = "ADDRESS", value_parser = envelope::sender)]
    from: Option<String>,
    /// Recipient of the envelope. May be repeated. Left out: those of the fields Delivered-To and X-Original-To.
    #[arg(long, value_name = "ADDRESS", value_parser = envelope::recipient)]
    to: Vec<Address>,
    /// IP address of the relay.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    peer_address: IpAddr,
    /// Certificates that the relay showed, its own first: PEM, or one in DER. Trust in them is the component's judgement.
    #[arg(long, value_name = "FILE")]
    client_cert: Option<PathBuf>,
    /// Show verdict and reply as one JSON object for each agency.
    #[arg(long)]
    json: bool,
}

impl IngestArguments {
    pub(crate) fn json(&self) -> bool {
        let What::Mail(arguments) = &self.what;
        arguments.json
    }
}

/// Hands it over; not done if one of the agencies that it is for rejects it.
pub(crate) fn run(arguments: &IngestArguments) -> Result<Completion, Failure> {
    let What::Mail(arguments) = &arguments.what;
    let file = arguments.config.path()?;
    let config = Config::read(&file)?;
    let content = content(arguments, &config)?;
    let envelope = Envelope::read(&content, arguments)?;
    let agencies = envelope.by_agency(&config, arguments.agency.as_deref())?;
    let store = store::open(&file, &config)?;
    let mut completion = Completion::Done;
    for (agency, recipients) in agencies {
        let call = MailCall {
            sender: envelope.sender.clone(),
            recipients,
            content: content.clone(),
            connection: connection(arguments)?,
        };
        if !hand_over(arguments, (&file, &store), &agency, call)? {
            completion = Completion::NotDone;
        }
    }
    Ok(completion)
}

/// Has an agency judge a mail, and keeps what it brings if it is accepted. Whether it is.
fn hand_over(
    arguments: &MailArguments,
    (file, store): (&Path, &SqliteStore),
    agency: &str,
    call: MailCall,
) -> Result<bool, Failure> {
    let served = host::serve(file, agency)?;
    let at = SystemTime::now();
    let places = Places {
        answer: Some(&arguments.file),
        ..Places::of_configuration(file, agency)
    };
    let validation = served.agency.validate_with_generation(Call::Mail(call));
    let validation = validation.map_err(|error| places.explain(error))?;
    let verdict = validation.verdict.map_err(|error| places.explain(error))?;
    match &verdict {
        Verdict::Accepted(accepted) => {
            let arrival = arrival(agency, &validation.generation, at, accepted.clone());
            keep(store, &arrival)?;
        }
        // The mail may be right: to a relay it would be 451.
        Verdict::Rejected(Rejected { reason, .. })
            if matches!(reason.fault, Fault::Configuration | Fault::Internal) =>
        {
            return Err(places.explain(Error::Problem(reason.clone())));
        }
        Verdict::Rejected(_) => {}
    }
    match arguments.json {
        true => print_json(&report::as_json(&verdict))?,
        false => say(&report::as_text(&verdict)),
    }
    Ok(matches!(verdict, Verdict::Accepted(_)))
}

/// Keeps what an accepted mail brings. One that brings nothing is taken if the next one could be kept.
fn keep(store: &SqliteStore, arrival: &Arrival) -> Result<(), Failure> {
    let kept = match arrival.is_empty() {
        true => store.ready(),
        false => store.commit(arrival).map(drop),
    };
    kept.map_err(|error| store::failed(&error))
}

fn connection(arguments: &MailArguments) -> Result<MailConnection, Failure> {
    Ok(MailConnection {
        peer_address: arguments.peer_address.to_canonical().to_string(),
        tls: Some("TLSv1.3".to_owned()),
        peer_certificates: certificates(arguments.client_cert.as_deref())?,
        allowed: true,
    })
}

/// The mail, its lines ended as SMTP has them.
fn content(arguments: &MailArguments, config: &Config) -> Result<Blob, Failure> {
    let file = &arguments.file;
    let limits = config.mail_limits().copied();
    let limit = limits.unwrap_or_else(MailLimits::default).mail_bytes;
    let bytes = files::read_blob(file, limit.min(build::LARGEST_CONTENT))?.to_vec();
    if bytes.starts_with(b"From ") {
        let message = format!(
            "{}: begins with `From `, as the mailboxes of some programs do (mbox); write each mail of it to a file of its own, without that line",
            files::display(file)
        );
        return Err(Failure::caller(
            "mail.mailbox",
            file.display().to_string(),
            &message,
        ));
    }
    match envelope::in_lines_of_mail(&bytes) {
        Ok(content) => Ok(Blob::from(content)),
        Err(line) => {
            let message = format!(
                "{}: line {line} has a carriage return (CR) that ends no line; relays refuse such mails, and so does this command. Correct it",
                files::display(file)
            );
            Err(Failure::caller(
                "mail.bare-line-end",
                file.display().to_string(),
                &message,
            ))
        }
    }
}
