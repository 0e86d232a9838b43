// SPDX-License-Identifier: Apache-2.0
//! `silta sim suomifi-mail`: a simulated mail relay of Suomi.fi messages.

use std::{net::SocketAddr, path::PathBuf, sync::mpsc::channel, thread, time::Duration};

use clap::{Args, ValueEnum};
use silta_simulators::{
    Simulator,
    suomifi_mail::{
        CitizenMessage, ContentBreaches, DeliverySetup, MailCredential, MailRelaySetup,
        MailRelaySimulator, MailSecurity, Misbehaviour, ReceiptEvent, Rules, Script, Wording,
    },
};

use super::{super::Completion, Output, lines::Lines, pki::Pki, seconds, start, watch};
use crate::failure::Failure;

/// Arguments of `silta sim suomifi-mail`.
#[derive(Debug, Args)]
pub(super) struct SuomifiMailArguments {
    /// Folder with ca.pem and suomifi.pem, each with its private key NAME.key.pem: the folder pki/ that `silta init` makes. The relay shows
    /// suomifi.pem, which is for localhost.
    #[arg(long, value_name = "DIR")]
    pki: PathBuf,
    /// Address and port to listen at; port 0 is any that is free.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8587")]
    listen: SocketAddr,
    /// How connections to the relay are protected.
    #[arg(long, value_name = "WAY", default_value = "starttls")]
    security: Security,
    #[command(flatten)]
    rules: RuleArguments,
    #[command(flatten)]
    receipts: ReceiptArguments,
    #[command(flatten)]
    messages: MessageArguments,
    /// Mail server that receipts and messages are sent to.
    #[arg(long, value_name = "HOST:PORT", value_parser = host_and_port)]
    deliver_to: Option<(String, u16)>,
    /// How connections to that server are protected; its certificate has to lead to ca.pem.
    #[arg(
        long,
        value_name = "WAY",
        default_value = "starttls",
        requires = "deliver_to"
    )]
    deliver_security: Security,
    /// Folder to write receipts and messages into, as NUMBER-KIND.eml with a line each in mails.jsonl.
    #[arg(long, value_name = "DIR")]
    drop: Option<PathBuf>,
    /// Something to do wrong, once; may be given many times. The first that fits is played. See the list below (--help).
    #[arg(long, value_name = "NAME[=ARG]")]
    misbehave: Vec<Misbehaviour>,
    /// Do it wrong every time, not once.
    #[arg(long, requires = "misbehave")]
    always: bool,
    #[command(flatten)]
    pub(super) output: Output,
}

/// What mails are held to.
#[derive(Debug, Args)]
struct RuleArguments {
    /// Domain agreed with the authority, of the envelope's sender, From and Reply-To; domains below it count.
    #[arg(long, value_name = "DOMAIN", value_parser = domain, default_value = "kunta.example")]
    domain: String,
    /// Domains below the agreed one do not count.
    #[arg(long)]
    exact_domain: bool,
    /// Domain of the citizens' mailboxes.
    #[arg(long, value_name = "DOMAIN", value_parser = domain, default_value = "asiointitili.fi")]
    mailbox_domain: String,
    /// Largest mail.
    #[arg(long, value_name = "BYTES", default_value = "5000000")]
    largest_mail: usize,
    /// Most bytes of all attachments of a mail.
    #[arg(long, value_name = "BYTES", default_value = "3000000")]
    largest_attachments: usize,
    /// Extensions of attachments that are allowed, with commas, in place of the usual ones.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    extensions: Vec<String>,
    /// Identity code of somebody who does not use the service; may be given many times.
    #[arg(long, value_name = "CODE")]
    without_mailbox: Vec<String>,
    /// Have the relay refuse what is wrong with a mail's content; without it a receipt tells.
    #[arg(long)]
    refuse_content: bool,
}

/// What is said of mails afterwards.
#[derive(Debug, Args)]
struct ReceiptArguments {
    /// Receipts of a mail that keeps the rules, with commas: relayed, not-relayed, readable, read, acknowledged, virus-found,
    /// attachment-refused, or all, or none.
    #[arg(long, value_name = "EVENTS", value_parser = events, default_value = "relayed,readable")]
    receipts: Events,
    /// Wordings of receipts, in turn, with commas: fi-1, fi-2, fi-3, sv, or all.
    #[arg(long, value_name = "NAMES", value_parser = wordings, default_value = "fi-1")]
    wordings: Wordings,
    /// Time before each receipt.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "0")]
    receipt_delay: Duration,
    /// Address that receipts come from.
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "noreply@asiointitili.fi"
    )]
    receipt_sender: String,
    /// Reply to every mail that keeps the rules, as its citizen would.
    #[arg(long)]
    reply: bool,
}

/// What citizens write.
#[derive(Debug, Args)]
struct MessageArguments {
    /// How many messages of citizens to send: in Finnish and Swedish, several character sets and encodings, some with attachments, some by
    /// an agent.
    #[arg(
        long,
        value_name = "N",
        default_value = "0",
        requires = "service_address"
    )]
    messages: usize,
    /// Address of the authority's service, which they go to.
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    service_address: Option<String>,
    /// Time between two messages.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "0")]
    interval: Duration,
}

/// How connections are protected.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Security {
    /// By STARTTLS.
    Starttls,
    /// By TLS from the start.
    Implicit,
    /// Not at all.
    None,
}

impl From<Security> for MailSecurity {
    fn from(security: Security) -> Self {
        match security {
            Security::Starttls => Self::StartTls,
            Security::Implicit => Self::Implicit,
            Security::None => Self::None,
        }
    }
}

/// Runs, and shows every mail that comes and goes.
pub(super) fn run(arguments: &SuomifiMailArguments) -> Result<Completion, Failure> {
    let pki = Pki {
        folder: &arguments.pki,
        fields: FIELDS,
    };
    let relay: MailRelaySimulator = start(&pki, setup(arguments, &pki)?)?;
    let lines = Lines {
        json: arguments.output.json,
    };
    thread::scope(|scope| {
        let (sender, beside) = channel();
        let written = scope.spawn(|| {
            // Records tell the outcome of each; the channel, that there are more.
            let sender = sender;
            let messages = &arguments.messages;
            for number in 0..messages.messages {
                if number > 0 {
                    thread::sleep(messages.interval);
                }
                let to = messages.service_address.as_deref().unwrap_or_default();
                relay.write(CitizenMessage::sample(number), to)?;
                if sender.send(Vec::new()).is_err() {
                    break;
                }
            }
            Ok(())
        });
        let completion = watch(&relay, arguments.output, Some(beside))?;
        if let Ok(written) = written.join() {
            written.map_err(|error| pki.explain(&error))?;
        }
        // Of mails that came at the last moment.
        relay.wait_until_idle(LONGEST_WAIT);
        lines.show(&relay.take_events(Duration::ZERO))?;
        Ok(completion)
    })
}

/// Longest time that receipts of the last mails are waited for: as long as the longest delay that can be set, for each of the seven.
const LONGEST_WAIT: Duration = Duration::from_secs(7 * 86_400);

/// What can be asked for, for the long help.
pub(super) fn misbehaviours() -> String {
    super::misbehaviours::<Misbehaviour>(
        "What can go wrong (--misbehave). Kept means that the relay has the mail, and its receipts follow.",
    )
}

fn setup(arguments: &SuomifiMailArguments, pki: &Pki<'_>) -> Result<MailRelaySetup, Failure> {
    let anchors = pki.read(AUTHORITY)?;
    let issuer = MailCredential {
        certificates_pem: anchors.clone(),
        key_pem: pki.read(AUTHORITY_KEY)?,
    };
    let (certificates, key) = (pki.read(RELAY)?, pki.read(RELAY_KEY)?);
    let mut setup = MailRelaySetup::new(certificates, key, &arguments.rules.domain);
    setup.address = arguments.listen;
    setup.security = arguments.security.into();
    setup.issuer = Some(issuer);
    rules(&arguments.rules, &mut setup.rules);
    setup
        .receipts
        .events
        .clone_from(&arguments.receipts.receipts.0);
    setup
        .receipts
        .wordings
        .clone_from(&arguments.receipts.wordings.0);
    setup.receipts.delay = arguments.receipts.receipt_delay;
    setup
        .receipts
        .sender
        .clone_from(&arguments.receipts.receipt_sender);
    setup.replies_to_mails = arguments.receipts.reply;
    setup.deliver_to = arguments.deliver_to.as_ref().map(|(host, port)| {
        let mut delivery = DeliverySetup::new(host, *port, anchors.clone());
        delivery.security = arguments.deliver_security.into();
        delivery
    });
    setup.client_anchors_pem = Some(anchors);
    setup.drop.clone_from(&arguments.drop);
    let mut script = Script::new();
    for misbehaviour in &arguments.misbehave {
        script = match arguments.always {
            true => script.always(*misbehaviour),
            false => script.once(*misbehaviour),
        };
    }
    setup.script = script;
    Ok(setup)
}

fn rules(arguments: &RuleArguments, rules: &mut Rules) {
    rules.with_subdomains = !arguments.exact_domain;
    rules.mailbox_domain.clone_from(&arguments.mailbox_domain);
    rules.largest_mail = arguments.largest_mail;
    rules.largest_attachments = arguments.largest_attachments;
    if !arguments.extensions.is_empty() {
        let extensions = arguments.extensions.iter();
        rules.extensions = extensions.map(|name| name.to_lowercase()).collect();
    }
    rules.without_mailbox.clone_from(&arguments.without_mailbox);
    if arguments.refuse_content {
        rules.content_breaches = ContentBreaches::ByReply;
    }
}

const AUTHORITY: &str = "ca.pem";
const AUTHORITY_KEY: &str = "ca.key.pem";
const RELAY: &str = "suomifi.pem";
const RELAY_KEY: &str = "suomifi.key.pem";

/// Where each field of the setup comes from.
const FIELDS: &[(&str, &str)] = &[
    ("server.certificates_pem", RELAY),
    ("server.key_pem", RELAY_KEY),
    ("client_anchors_pem", AUTHORITY),
    ("issuer", AUTHORITY),
    ("deliver_to.anchors_pem", AUTHORITY),
    ("deliver_to.host", "--deliver-to"),
    ("receipts.sender", "--receipt-sender"),
    ("to", "--service-address"),
];

fn domain(text: &str) -> Result<String, String> {
    let is_label = |label: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty() && label.chars().all(is_plain)
    };
    match text.split('.').all(is_label) {
        true => Ok(text.to_owned()),
        false => Err("not a domain such as kunta.example".to_owned()),
    }
}

/// The simulator is stricter; this is for whoever gives something else by mistake.
fn address(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_graphic() && !"<>,;".contains(c);
    let parts = text.rsplit_once('@');
    match parts.is_some_and(|(local, host)| !local.is_empty() && domain(host).is_ok()) {
        true if text.chars().all(is_plain) => Ok(text.to_owned()),
        _ => Err("not a mail address".to_owned()),
    }
}

fn host_and_port(text: &str) -> Result<(String, u16), String> {
    let parts = text.rsplit_once(':');
    let host = |host: &str| host.trim_matches(['[', ']']).to_owned();
    let read = parts.and_then(|(name, port)| Some((host(name), port.parse().ok()?)));
    read.filter(|(host, _)| !host.is_empty())
        .ok_or_else(|| "not a name or address, a colon and a port".to_owned())
}

/// Receipts, by their names.
#[derive(Debug, Clone)]
struct Events(Vec<ReceiptEvent>);

fn events(text: &str) -> Result<Events, String> {
    match text {
        "all" => Ok(Events(ReceiptEvent::ALL.to_vec())),
        "none" => Ok(Events(Vec::new())),
        text => named(text, ReceiptEvent::named).map(Events),
    }
}

/// Wordings, by their names.
#[derive(Debug, Clone)]
struct Wordings(Vec<Wording>);

fn wordings(text: &str) -> Result<Wordings, String> {
    match text {
        "all" => Ok(Wordings(Wording::ALL.to_vec())),
        text => named(text, Wording::named).map(Wordings),
    }
}

/// Each of the names between commas.
fn named<T>(text: &str, find: fn(&str) -> Option<T>) -> Result<Vec<T>, String> {
    let find = |name: &str| find(name).ok_or_else(|| format!("there is no {name}"));
    text.split(',').map(find).collect()
}
