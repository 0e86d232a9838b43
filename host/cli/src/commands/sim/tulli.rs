// SPDX-License-Identifier: Apache-2.0
//! `silta sim tulli`: a simulated Customs.

mod dialect;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;
use silta_simulators::customs::{
    CustomsSetup, CustomsSimulator, Misbehaviour, NotifySetup, Script, SigningIdentity,
};

use super::{super::Completion, Output, pki::Pki, seconds, start, watch};
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
    /// Schema package to speak and judge by, a ZIP or a folder: what `silta wire` finds in it is what is spoken.
    #[arg(long, value_name = "PACKAGE")]
    schemas: Option<PathBuf>,
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
    #[command(flatten)]
    pub(super) output: Output,
}

/// Runs, and shows every request as it is answered.
pub(super) fn run(arguments: &TulliArguments) -> Result<Completion, Failure> {
    let pki = Pki {
        folder: &arguments.pki,
        fields: FIELDS,
    };
    let customs: CustomsSimulator = start(&pki, setup(arguments, &pki)?)?;
    watch(&customs, arguments.output, None)
}

/// What can be asked for, for the long help.
pub(super) fn misbehaviours() -> String {
    super::misbehaviours::<Misbehaviour>(
        "What can go wrong (--misbehave). Kept means that the request is handled all the same: an upload is stored, its reference used up.",
    )
}

fn setup(arguments: &TulliArguments, pki: &Pki<'_>) -> Result<CustomsSetup, Failure> {
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
    if let Some(schemas) = &arguments.schemas {
        let dialect = dialect::read(schemas)?;
        setup.wire.signature_form = dialect.signature_form;
        setup.dialect = Some(dialect);
    }
    setup.script = script(&arguments.misbehave, arguments.always);
    Ok(setup)
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

/// Where each field of the setup comes from.
const FIELDS: &[(&str, &str)] = &[
    ("server_certificates_pem", SERVER),
    ("server_key_pem", SERVER_KEY),
    ("client_anchors_pem", AUTHORITY),
    ("builder_anchors_pem", AUTHORITY),
    ("reply_signing.certificates_pem", SIGNER),
    ("reply_signing.key_pem", SIGNER_KEY),
    ("notify.url", "--notify"),
    ("notify.receiver_anchors_pem", AUTHORITY),
    ("notify.client_certificates_pem", SIGNER),
    ("notify.client_key_pem", SIGNER_KEY),
];
