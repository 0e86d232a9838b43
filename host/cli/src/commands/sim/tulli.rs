//! `silta sim tulli`: a simulated Customs.

use std::{
    fmt::Write as _, net::SocketAddr, path::PathBuf, sync::atomic::Ordering, time::Duration,
};

use clap::Args;
use silta_simulators::customs::{
    CustomsSetup, CustomsSimulator, Misbehaviour, NotifySetup, Script, SigningIdentity,
    SimulatorError,
};

use super::{super::Completion, LONGEST_WAIT, end_of_input, lines::Lines, pki::Pki, seconds};
use crate::failure::Failure;

/// Arguments of `silta sim tulli`.
#[derive(Debug, Args)]
pub(super) struct TulliArguments {
    /// Folder with ca.pem, customs.pem and customs-signing.pem, each but the first with its private key NAME.key.pem: the folder pki/
    /// that `silta init` makes.
    #[arg(long, value_name = "DIR")]
    pki: PathBuf,
    /// Address and port to listen at; port 0 is any that is free. Left out, it is where the configuration of `silta init` looks for
    /// Customs.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// Notification service to tell of every reply, once each, in SOAP 1.2: an https URL, its certificate issued by ca.pem.
    #[arg(long, value_name = "URL")]
    notify: Option<String>,
    /// Something to do wrong, once; may be given many times. The first that fits a request is played. See the list below (--help).
    #[arg(long, value_name = "NAME[=ARG]")]
    misbehave: Vec<Misbehaviour>,
    /// Do it wrong every time, not once.
    #[arg(long, requires = "misbehave")]
    always: bool,
    /// Shortest time between two lists for one customer; Customs' own is 300. Earlier ones are refused with 474.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "300")]
    list_interval: Duration,
    /// Time between an accepted upload and its reply.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "0")]
    reply_delay: Duration,
    /// Show what happens as lines of JSON.
    #[arg(long)]
    json: bool,
    /// Stop when standard input ends, and not only by Ctrl-C.
    #[arg(long)]
    until_stdin_closes: bool,
}

impl TulliArguments {
    pub(super) fn json(&self) -> bool {
        self.json
    }
}

/// Runs, and shows every request as it is answered.
pub(super) fn run(arguments: &TulliArguments) -> Result<Completion, Failure> {
    let customs = start(arguments)?;
    let lines = Lines {
        json: arguments.json,
    };
    lines.started(&customs.url())?;
    let stop = end_of_input(arguments.until_stdin_closes);
    loop {
        // Asked first, so that what came before the end is shown.
        let is_last = stop.load(Ordering::SeqCst);
        for received in customs.take_received(LONGEST_WAIT) {
            lines.received(&received)?;
        }
        for refused in customs.take_refused_handshakes() {
            lines.refused_handshake(&refused)?;
        }
        for notification in customs.take_notifications() {
            lines.notified(&notification)?;
        }
        if is_last {
            return Ok(Completion::Done);
        }
    }
}

/// What can be asked for, for the long help.
pub(super) fn misbehaviours() -> String {
    let mut text = String::from(
        "What can go wrong (--misbehave). Kept means that the request is handled all the same: an upload is stored, its reference used up.\n",
    );
    for entry in Misbehaviour::CATALOGUE {
        let default = match entry.argument {
            Some((_, default)) => format!(" [default: {default}]"),
            None => String::new(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {:26}{}{default}", entry.to_string(), entry.effect);
    }
    text
}

fn start(arguments: &TulliArguments) -> Result<CustomsSimulator, Failure> {
    let pki = Pki {
        folder: &arguments.pki,
    };
    let (anchors, certificates, key) = (
        pki.read(AUTHORITY)?,
        pki.read(SERVER)?,
        pki.read(SERVER_KEY)?,
    );
    let signing = SigningIdentity {
        certificates_pem: pki.read(SIGNER)?,
        key_pem: pki.read(SIGNER_KEY)?,
    };
    let mut setup = CustomsSetup::new(certificates, key, anchors.clone(), anchors.clone());
    setup.address = arguments.listen;
    setup.list_interval = arguments.list_interval;
    setup.replies.delay = arguments.reply_delay;
    setup.notify = arguments.notify.as_ref().map(|url| {
        let SigningIdentity {
            certificates_pem,
            key_pem,
        } = signing.clone();
        NotifySetup::new(url, anchors, certificates_pem, key_pem)
    });
    setup.reply_signing = Some(signing);
    setup.script = script(&arguments.misbehave, arguments.always);
    CustomsSimulator::start(setup).map_err(|error| explain(&pki, &error))
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

const AUTHORITY: &str = "ca.pem";
const SERVER: &str = "customs.pem";
const SERVER_KEY: &str = "customs.key.pem";
const SIGNER: &str = "customs-signing.pem";
const SIGNER_KEY: &str = "customs-signing.key.pem";

/// Why the simulator does not start, by the names that the user knows.
fn explain(pki: &Pki<'_>, error: &SimulatorError) -> Failure {
    match error {
        SimulatorError::Pem(field) => pki.wrong(file_of(field), "holds no usable PEM"),
        SimulatorError::Tls(_) => pki.wrong(SERVER, "does not work together with its private key"),
        SimulatorError::ReplySigning => {
            pki.wrong(SIGNER, "does not work together with its private key")
        }
        SimulatorError::ClientVerifier(_) => pki.wrong(AUTHORITY, "cannot verify clients"),
        SimulatorError::NotifyUrl => {
            Failure::command_line("--notify: is not an https URL with a host; correct it")
        }
        SimulatorError::Listen(error) => {
            let message =
                format!("--listen: nobody can listen there ({error}); name another address");
            Failure::caller("sim.not-listening", "--listen", &message)
        }
        other => {
            let message = format!("the simulated Customs does not start: {other}");
            Failure::internal("sim.not-started", &message)
        }
    }
}

/// The file that a field of the setup was read from.
fn file_of(field: &str) -> &'static str {
    match field {
        "server_certificates_pem" => SERVER,
        "server_key_pem" => SERVER_KEY,
        "reply_signing.certificates_pem" | "notify.client_certificates_pem" => SIGNER,
        "reply_signing.key_pem" | "notify.client_key_pem" => SIGNER_KEY,
        _ => AUTHORITY,
    }
}
