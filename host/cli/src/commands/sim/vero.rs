// SPDX-License-Identifier: Apache-2.0
//! `silta sim vero`: a simulated Vero API.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::mpsc::channel,
    thread,
    time::Duration,
};

use clap::Args;
use silta_simulators::vero::{
    CallbackSecret, Credential, Environment, Misbehaviour, Notification, PushSetup, VeroPusher,
    VeroSetup, VeroSimulator,
};

use super::{super::Completion, Beside, Output, pki::Pki, seconds, watch};
use crate::{
    failure::Failure,
    files::{self, Unread},
};

/// Arguments of `silta sim vero`.
#[derive(Debug, Args)]
pub(super) struct VeroArguments {
    /// Folder with ca.pem, and with vero.pem and vero-ca.pem, each with its private key NAME.key.pem: the folder pki/ that `silta init`
    /// makes.
    #[arg(long, value_name = "DIR")]
    pki: PathBuf,
    /// Address and port to listen at; port 0 is any that is free.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8445")]
    listen: SocketAddr,
    /// Receiver to push to, first a HEALTHCHECK, without its registering: an https URL that ends with /Notify/v1, its certificate issued
    /// by ca.pem. It has to trust vero-ca.pem.
    #[arg(long, value_name = "URL", requires = "secret_file")]
    push_to: Option<String>,
    /// File with the secret that the receiver expects, base64 of at least 32 characters.
    #[arg(long, value_name = "FILE", requires = "push_to")]
    secret_file: Option<PathBuf>,
    /// Environment that notifications tell: FIS, test, or FIP, production.
    #[arg(long, value_name = "NAME", default_value = "FIS")]
    environment: Environment,
    /// How many notifications to push after the HEALTHCHECK; it is one for each --misbehave at least.
    #[arg(long, value_name = "N", default_value = "1", requires = "push_to")]
    push: u32,
    /// Time between two notifications.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "1", requires = "push_to")]
    interval: Duration,
    /// Time between two attempts at one notification; there are three at most.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "5")]
    pause: Duration,
    /// Something to do wrong at one notification; may be given many times, for one notification each. See the list below (--help).
    #[arg(long, value_name = "NAME[=ARG]", requires = "push_to")]
    misbehave: Vec<Misbehaviour>,
    #[command(flatten)]
    pub(super) output: Output,
}

/// Runs, and shows every request and every push.
pub(super) fn run(arguments: &VeroArguments) -> Result<Completion, Failure> {
    let pki = Pki {
        folder: &arguments.pki,
        fields: FIELDS,
    };
    let (vero, pusher) = start(arguments, &pki)?;
    let pushes = pusher.map(|pusher| push(pusher, plan(arguments), arguments.interval));
    watch(&vero, arguments.output, pushes)
}

/// What can be asked for, for the long help.
pub(super) fn misbehaviours() -> String {
    super::misbehaviours::<Misbehaviour>(
        "What can be wrong with a notification (--misbehave), at each of its attempts.",
    )
}

/// A notification, and what is to be wrong with it.
type Push = (Notification, Option<Misbehaviour>);

/// NotificationType of what is pushed; the real ones are not published.
const TYPE: &str = "SIMULATED";

/// The health check, then the notifications, with keys from 1 on.
fn plan(arguments: &VeroArguments) -> Vec<Push> {
    let environment = arguments.environment;
    let misbehaviours = &arguments.misbehave;
    let number = usize::try_from(arguments.push).unwrap_or(usize::MAX);
    let number = number.max(misbehaviours.len());
    let mut misbehaviours = misbehaviours.iter().copied();
    let notifications = (1_i64..).take(number).map(|key| {
        let notification = Notification::new(environment, key, TYPE, 1);
        (notification, misbehaviours.next())
    });
    let mut pushes = vec![(Notification::health_check(environment), None)];
    pushes.extend(notifications);
    pushes
}

/// Pushes on a thread of its own, one after the other.
fn push(pusher: VeroPusher, plan: Vec<Push>, interval: Duration) -> Beside {
    let (sender, events) = channel();
    thread::spawn(move || {
        for (number, (notification, misbehaviour)) in plan.into_iter().enumerate() {
            // The health check is none of them.
            if number > 1 {
                thread::sleep(interval);
            }
            let delivery = match misbehaviour {
                Some(misbehaviour) => pusher.push_badly(&notification, misbehaviour),
                None => pusher.push(&notification),
            };
            if sender.send(delivery.events()).is_err() {
                return;
            }
        }
    });
    events
}

const AUTHORITY: &str = "ca.pem";
const ISSUER: &str = "vero-ca.pem";
const ISSUER_KEY: &str = "vero-ca.key.pem";
const VERO: &str = "vero.pem";
const VERO_KEY: &str = "vero.key.pem";

/// Where each field of the setup comes from.
const FIELDS: &[(&str, &str)] = &[
    ("server.certificates_pem", VERO),
    ("server.key_pem", VERO_KEY),
    ("client_anchors_pem", AUTHORITY),
    ("push.receiver_anchors_pem", AUTHORITY),
    ("push.client.certificates_pem", VERO),
    ("push.client.key_pem", VERO_KEY),
    ("push.issuer", ISSUER),
    ("url", "--push-to"),
];

fn start(
    arguments: &VeroArguments,
    pki: &Pki<'_>,
) -> Result<(VeroSimulator, Option<VeroPusher>), Failure> {
    let anchors = pki.read(AUTHORITY)?;
    let vero = Credential {
        certificates_pem: pki.read(VERO)?,
        key_pem: pki.read(VERO_KEY)?,
    };
    let mut push = PushSetup::new(
        anchors.clone(),
        vero.certificates_pem.clone(),
        vero.key_pem.clone(),
    );
    push.issuer = Some(Credential {
        certificates_pem: pki.read(ISSUER)?,
        key_pem: pki.read(ISSUER_KEY)?,
    });
    push.pause = arguments.pause;
    let pusher = match (&arguments.push_to, &arguments.secret_file) {
        (Some(url), Some(file)) => {
            let pusher = VeroPusher::start(url, secret(file)?, push.clone());
            Some(pusher.map_err(|error| pki.explain(&error))?)
        }
        _ => None,
    };
    let mut setup = VeroSetup::new(vero, anchors, push);
    setup.address = arguments.listen;
    setup.environment = arguments.environment;
    Ok((super::start(pki, setup)?, pusher))
}

/// A secret has a few dozen characters.
const LARGEST_SECRET: u64 = 64 << 10;

/// A line end after it, which editors leave, is not part of it, nor a byte order mark before it. What was named and cannot be read is not
/// repeated: it may be the secret itself.
fn secret(file: &Path) -> Result<CallbackSecret, Failure> {
    let wrong = |what: &str| {
        let message = format!("{}: {what}", file.display());
        Failure::caller("sim.secret", file.display().to_string(), &message)
    };
    let read = files::read_unlabelled(file, LARGEST_SECRET);
    let bytes = read.map_err(|unread| match unread {
        Unread::Unreadable(error) => Failure::unreadable("--secret-file".as_ref(), &error),
        Unread::TooLarge(_) => wrong("the file is far too large for a secret; name another one"),
    })?;
    let remedy = "make a new one, such as by `openssl rand -base64 32`";
    let text = String::from_utf8(bytes.to_vec());
    let text = text.map_err(|_| wrong(&format!("the file is not text; {remedy}")))?;
    let text = text.trim_start_matches('\u{feff}').trim_end();
    CallbackSecret::new(text)
        .map_err(|error| wrong(&format!("the file holds no secret, for {error}; {remedy}")))
}
