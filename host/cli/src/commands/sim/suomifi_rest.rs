// SPDX-License-Identifier: Apache-2.0
//! `silta sim suomifi-rest`: a simulated Suomi.fi Messages, its REST API.

mod citizen;

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, ValueEnum};
use silta_simulators::suomifi_rest::{
    MailboxState, Misbehaviour, PostiOutcome, Script, SuomifiRestSetup, SuomifiRestSimulator,
    Visibility,
};

use super::{super::Completion, Output, pki::Pki, seconds, start, watch};
use crate::{
    failure::Failure,
    files::{self, Unread},
};

/// Arguments of `silta sim suomifi-rest`.
#[derive(Debug, Args)]
pub(super) struct SuomifiRestArguments {
    /// Folder with suomifi.pem and its private key suomifi.key.pem, a certificate for localhost: the folder pki/ that `silta init` makes.
    #[arg(long, value_name = "DIR")]
    pki: PathBuf,
    /// Address and port to listen at; port 0 is any that is free.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8446")]
    listen: SocketAddr,
    /// User name of the system that calls.
    #[arg(long, value_name = "NAME", default_value = SuomifiRestSetup::USERNAME)]
    user: String,
    /// File with its password, until it is changed by /v1/change-password; the file stays as it is. Left out, the password is
    /// Example-password-of-the-simulator-1.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Address that may call; may be given many times. Left out, everybody may; others are answered with 403.
    #[arg(long, value_name = "IP")]
    allow: Vec<IpAddr>,
    /// Lifetime of access tokens.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "3600")]
    token_lifetime: Duration,
    /// What becomes of the property visibility, which the service required once and then took away.
    #[arg(long, value_name = "MODE", default_value = "refused")]
    visibility: VisibilityMode,
    /// File with a recipient and the state of the mailbox in each line, such as `010190-900P not-in-use`: active, not-in-use or deleted.
    #[arg(long, value_name = "FILE")]
    mailboxes: Option<PathBuf>,
    /// State of all other mailboxes.
    #[arg(long, value_name = "STATE", default_value = "active")]
    other_mailboxes: MailboxState,
    /// Service that is not active; may be given many times.
    #[arg(long, value_name = "ID")]
    inactive_service: Vec<String>,
    /// File with a citizen's message in JSON, written at once, or, where it has a replyTo, as soon as that has been sent; may be given
    /// many times. See the README of the program for what it holds.
    #[arg(long, value_name = "FILE")]
    deposit: Vec<PathBuf>,
    /// Time until a message is in the mailbox, or routed to paper.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "0")]
    created_after: Duration,
    /// Time from then until a message is read, or `never`.
    #[arg(long, value_name = "SECONDS", value_parser = delay, default_value = "0")]
    read_after: Delay,
    /// Time from then until a verifiable message is confirmed, or `never`.
    #[arg(long, value_name = "SECONDS", value_parser = delay, default_value = "0")]
    confirmed_after: Delay,
    /// Time from then until paper goes to printing, or `never`.
    #[arg(long, value_name = "SECONDS", value_parser = delay, default_value = "0")]
    printed_after: Delay,
    /// Time from then until Posti tells how verifiable paper ended, or `never`.
    #[arg(long, value_name = "SECONDS", value_parser = delay, default_value = "0")]
    posti_after: Delay,
    /// How verifiable paper ends.
    #[arg(long, value_name = "OUTCOME", default_value = "confirmed")]
    posti: Posti,
    /// Events in a page at most.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_000), default_value = "1000")]
    page_size: u16,
    /// The first messageId; each further one is greater by one.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..), default_value = "1")]
    first_message_id: i64,
    /// How far the clock is ahead.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "0")]
    clock_ahead: Duration,
    /// Something to do wrong, once; may be given many times. The first that fits a request is played. See the list below (--help).
    #[arg(long, value_name = "NAME[=ARG]")]
    misbehave: Vec<Misbehaviour>,
    /// Do it wrong every time, not once.
    #[arg(long, requires = "misbehave")]
    always: bool,
    #[command(flatten)]
    pub(super) output: Output,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum VisibilityMode {
    /// Refused as a property that is not known
    Refused,
    /// It may be there, or not
    Accepted,
    /// It has to be there
    Required,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Posti {
    /// Handed over and signed for
    Confirmed,
    /// Returned to the sender
    Returned,
    /// Not known when Posti stopped looking
    Unresolved,
}

/// A time, or never.
#[derive(Debug, Clone, Copy)]
struct Delay(Option<Duration>);

fn delay(text: &str) -> Result<Delay, String> {
    match text {
        "never" => Ok(Delay(None)),
        text => seconds(text)
            .map(|time| Delay(Some(time)))
            .map_err(|error| format!("{error}, nor `never`")),
    }
}

/// Runs, and shows every request as it is answered.
pub(super) fn run(arguments: &SuomifiRestArguments) -> Result<Completion, Failure> {
    let pki = Pki {
        folder: &arguments.pki,
        fields: FIELDS,
    };
    let suomifi: SuomifiRestSimulator = start(&pki, setup(arguments, &pki)?)?;
    watch(&suomifi, arguments.output, None)
}

/// What can be asked for, for the long help.
pub(super) fn misbehaviours() -> String {
    super::misbehaviours::<Misbehaviour>(
        "What can go wrong (--misbehave). Kept means that the request is handled all the same: a message is sent, its externalId used up.",
    )
}

const SERVER: &str = "suomifi.pem";
const SERVER_KEY: &str = "suomifi.key.pem";

/// Where each field of the setup comes from.
const FIELDS: &[(&str, &str)] = &[
    ("server_certificates_pem", SERVER),
    ("server_key_pem", SERVER_KEY),
];

fn setup(arguments: &SuomifiRestArguments, pki: &Pki<'_>) -> Result<SuomifiRestSetup, Failure> {
    let mut setup = SuomifiRestSetup::new(pki.read(SERVER)?, pki.read(SERVER_KEY)?);
    setup.address = arguments.listen;
    setup.username.clone_from(&arguments.user);
    if let Some(file) = &arguments.password_file {
        setup.password = password(file)?;
    }
    setup.allowed_addresses.clone_from(&arguments.allow);
    setup.token_lifetime = arguments.token_lifetime;
    setup.visibility = match arguments.visibility {
        VisibilityMode::Refused => Visibility::Refused,
        VisibilityMode::Accepted => Visibility::Accepted,
        VisibilityMode::Required => Visibility::Required,
    };
    if let Some(file) = &arguments.mailboxes {
        setup.mailboxes = mailboxes(file)?;
    }
    setup.other_mailboxes = arguments.other_mailboxes;
    setup
        .inactive_services
        .clone_from(&arguments.inactive_service);
    let deposits = arguments.deposit.iter().map(|file| citizen::read(file));
    setup.citizens = deposits.collect::<Result<_, _>>()?;
    events(arguments, &mut setup);
    setup.page_size = usize::from(arguments.page_size);
    setup.first_message_id = arguments.first_message_id;
    setup.clock_ahead = arguments.clock_ahead;
    setup.script = script(&arguments.misbehave, arguments.always);
    Ok(setup)
}

fn events(arguments: &SuomifiRestArguments, setup: &mut SuomifiRestSetup) {
    let events = &mut setup.events;
    events.created = arguments.created_after;
    events.read = arguments.read_after.0;
    events.receipt = arguments.confirmed_after.0;
    events.printing = arguments.printed_after.0;
    events.posti = arguments.posti_after.0;
    events.posti_outcome = match arguments.posti {
        Posti::Confirmed => PostiOutcome::Confirmed,
        Posti::Returned => PostiOutcome::Returned,
        Posti::Unresolved => PostiOutcome::Unresolved,
    };
}

fn script(misbehaviours: &[Misbehaviour], always: bool) -> Script {
    let mut script = Script::new();
    for misbehaviour in misbehaviours {
        script = match always {
            true => script.always(misbehaviour.clone()),
            false => script.once(misbehaviour.clone()),
        };
    }
    script
}

/// A password has a few dozen characters.
const LARGEST_PASSWORD: u64 = 64 << 10;

/// A line end after it, which editors leave, is not part of it, nor a byte order mark before it. What was named and cannot be read is not
/// repeated: it may be the password itself.
fn password(file: &Path) -> Result<String, Failure> {
    let wrong = |what: &str| {
        let message = format!("{}: {what}", file.display());
        Failure::caller("sim.password", file.display().to_string(), &message)
    };
    let read = files::read_unlabelled(file, LARGEST_PASSWORD);
    let bytes = read.map_err(|unread| match unread {
        Unread::Unreadable(error) => Failure::unreadable("--password-file".as_ref(), &error),
        Unread::TooLarge(_) => wrong("the file is far too large for a password; name another one"),
    })?;
    let text = String::from_utf8(bytes.to_vec());
    let text = text.map_err(|_| wrong("the file is not text; write the password into it"))?;
    match text.trim_start_matches('\u{feff}').trim_end() {
        "" => Err(wrong("the file is empty; write the password into it")),
        password => Ok(password.to_owned()),
    }
}

/// A line has a few dozen characters; this is a mailbox for everybody in Finland.
const LARGEST_MAILBOXES: u64 = 256 << 20;

/// Lines are told by their numbers: what stands in them is personal.
fn mailboxes(file: &Path) -> Result<Vec<(String, MailboxState)>, Failure> {
    let text = files::read_text(file, LARGEST_MAILBOXES)?;
    let lines = (1_u32..).zip(text.lines());
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let read = lines.map(|(number, line)| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let state = match words.as_slice() {
            [id, state] => state.parse().ok().map(|state| ((*id).to_owned(), state)),
            _ => None,
        };
        state.ok_or_else(|| {
            let path = file.display().to_string();
            let message = format!(
                "{path}:{number}: is not a recipient and one of active, not-in-use, deleted"
            );
            Failure::caller("sim.mailboxes", path, &message)
        })
    });
    read.collect()
}
