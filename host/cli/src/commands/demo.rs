// SPDX-License-Identifier: Apache-2.0
//! `silta demo`: a declaration on its whole way, Customs' reply on its way back, the Tax Administration's notifications, and citizens' messages before and after a swap of
//! the interface that brings them, on this machine.
//!
//! Nothing here is staged: the folder is the one that `silta init` makes, the component runs in the sandbox, connections are TLS with
//! certificates on both sides, and the simulated Customs reads, verifies and signs by protocol code of its own.

mod connection;
mod customs;
mod journal;
mod reply;
mod suomifi;
mod vero;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use silta::{
    Blob, BuildInput,
    exchange::{Answer, Outcome, Request, Response, RetryClass, Sending},
    observe::hexadecimal,
};
use tempfile::TempDir;

use super::Completion;
use crate::{
    failure::Failure,
    files,
    host::{self, Served},
    output::print,
    project::{self, CONFIGURATION, Contents, DECLARATION, PARAMETERS},
};
use connection::Connection;
use customs::Customs;
use journal::{Journal, Seen};
use reply::Gateway;
use suomifi::Rest;
use vero::Vero;

/// Arguments of `silta demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Folder to save Customs' reply into. Nothing in it is overwritten. Left out, a new one among the temporary files, which stays.
    #[arg(long, value_name = "DIR")]
    documents: Option<PathBuf>,
    /// Show the steps as a JSON array.
    #[arg(long)]
    json: bool,
}

impl DemoArguments {
    pub(crate) fn json(&self) -> bool {
        self.json
    }
}

/// Plays the demonstration; succeeds only when everything was as it must be.
pub(crate) fn run(arguments: &DemoArguments) -> Result<Completion, Failure> {
    let mut journal = Journal::new(arguments.json);
    let played = play(&mut journal, arguments.documents.as_deref());
    // What has been seen is shown even if the next step failed.
    journal.finish()?;
    let checks = played?;
    if !arguments.json {
        print(&conclusion(&checks))?;
    }
    Ok(Completion::Done)
}

const AGENCY: &str = "tulli";
const UPLOAD: &str = "upload";
const DOWNLOAD: &str = "download";

/// One for what is sent, one for what comes in meanwhile, and as many for a component and the one it is swapped for.
const CALLS: u32 = 4;

/// Gives the names of what Customs checked.
fn play(journal: &mut Journal, documents: Option<&Path>) -> Result<Vec<&'static str>, Failure> {
    let folder = journal.step("set up", set_up)?;
    let mut served = journal.step("deploy", || deploy(folder.path()))?;
    let mut tax = journal.step("deploy", || vero::deploy(folder.path()))?;
    let mut messages = journal.step("deploy", || suomifi::deploy(folder.path()))?;
    let gateway = journal.step("listen", || {
        let serving = [
            (AGENCY, &served),
            (vero::AGENCY, &tax),
            (suomifi::AGENCY, &messages),
        ];
        Gateway::start(folder.path(), &serving)
    })?;
    let customs = journal.step("start Customs", || Customs::start(folder.path(), &gateway))?;
    journal.step("swap", || swap(folder.path(), &mut served, &customs))?;

    let request = journal.step("build", || build(folder.path(), &served))?;
    let connection = Connection::open(&served, AGENCY)?;
    let answer = journal.step("send", || {
        let answer = connection.send(&request)?;
        let declaration = declaration(folder.path())?;
        customs.accepted(&declaration, answer)
    })?;
    journal.step("parse", || {
        let outcome = parse(
            &served,
            UPLOAD,
            AnswerOf {
                request: &request,
                answer,
                earlier_sendings: 0,
            },
        )?;
        as_expected(&outcome, RetryClass::Done, "000")
    })?;

    let follow_up = journal.step("notified", || gateway.wait_for_notification(&customs))?;
    let fetching = journal.step("build", || reply::build(&served, &follow_up))?;
    let answer = journal.step("fetch", || reply::fetch(&connection, &fetching))?;
    journal.step("save", || {
        let outcome = parse(
            &served,
            DOWNLOAD,
            AnswerOf {
                request: &fetching,
                answer,
                earlier_sendings: 0,
            },
        )?;
        as_expected(&outcome, RetryClass::Done, "000")?;
        reply::save(&outcome, documents)
    })?;

    let answer = journal.step("send again", || {
        let answer = connection.send(&request)?;
        customs.refused_as_duplicate(answer)
    })?;
    journal.step("parse again", || {
        let outcome = parse(
            &served,
            UPLOAD,
            AnswerOf {
                request: &request,
                answer,
                earlier_sendings: 1,
            },
        )?;
        as_expected(&outcome, RetryClass::AlreadyAccepted, "500")
    })?;

    let vero = journal.step("register", || {
        Vero::register(folder.path(), &mut tax, &gateway)
    })?;
    journal.step("pushed", || vero.push(&gateway))?;
    journal.step("pushed badly", || vero.push_with_wrong_secret(&gateway))?;

    journal.step("SOAP message", || suomifi::called(folder.path(), &gateway))?;
    let rest = journal.step("swap", || Rest::swap(folder.path(), &mut messages))?;
    journal.step("REST message", || rest.polled(&messages))?;
    Ok(customs.checks_of_first())
}

fn set_up() -> Result<(TempDir, Seen), Failure> {
    let folder = tempfile::Builder::new()
        .prefix("silta-demo-")
        .tempdir()
        .map_err(|error| Failure::unwritable(&std::env::temp_dir(), &error))?;
    project::write(folder.path(), project::EXAMPLE_URL, &Contents::usual())?;
    let seen = "configuration, keys and certificates, made new by `silta init`";
    Ok((folder, Seen::new(seen, json!({}))))
}

fn deploy(folder: &Path) -> Result<(Served, Seen), Failure> {
    let served = host::serve_many(&folder.join(CONFIGURATION), AGENCY, CALLS)?;
    let info = served.agency.generation_info()?;
    let text = format!(
        "component `{AGENCY}` {}, compiled, inspected and self-tested",
        info.version
    );
    let facts = json!({"component": info.component, "version": info.version});
    Ok((served, Seen::new(&text, facts)))
}

/// The address of Customs is known only now. What listens goes on listening.
fn swap(folder: &Path, served: &mut Served, customs: &Customs) -> Result<((), Seen), Failure> {
    project::write_configuration(folder, &customs.url(), &Contents::usual())
        .map_err(|error| Failure::unwritable(folder, &error))?;
    served.swap(&folder.join(CONFIGURATION), AGENCY)?;
    let generation = served.agency.generation_info()?.number;
    let text =
        format!("generation {generation} has Customs' address; whoever listens noticed nothing");
    Ok(((), Seen::new(&text, json!({"generation": generation}))))
}

fn declaration(folder: &Path) -> Result<Blob, Failure> {
    files::read_blob(&folder.join(DECLARATION), super::build::LARGEST_CONTENT)
}

fn build(folder: &Path, served: &Served) -> Result<(Request, Seen), Failure> {
    let parameters = folder.join(PARAMETERS);
    let input = BuildInput {
        operation: UPLOAD.to_owned(),
        parameters: files::read_text(&parameters, super::build::LARGEST_PARAMETERS)?,
        payload: Some(declaration(folder)?),
        ..BuildInput::default()
    };
    let request = served.agency.build(input)?;
    let (size, reference) = (request.body.size(), &request.reference);
    let text = format!("in the sandbox: {size} bytes, signed, under the reference {reference}");
    let facts = json!({
        "reference": reference,
        "size": size,
        "sha256": hexadecimal(&request.body.sha256()),
    });
    Ok((request, Seen::new(&text, facts)))
}

/// An answer, the request it is to, and how often the same bytes had been sent before.
struct AnswerOf<'a> {
    request: &'a Request,
    answer: Answer,
    earlier_sendings: u32,
}

fn parse(served: &Served, operation: &str, sent: AnswerOf<'_>) -> Result<Outcome, Failure> {
    let sending = Sending {
        memo: sent.request.memo.clone(),
        earlier_sendings: sent.earlier_sendings,
        step: None,
    };
    let response = Response::Answered(sent.answer);
    Ok(served.agency.parse(operation, response, sending)?)
}

fn as_expected(outcome: &Outcome, class: RetryClass, code: &str) -> Result<((), Seen), Failure> {
    let found = format!(
        "{} ({} {})",
        outcome.class.name(),
        outcome.code,
        outcome.text
    );
    if outcome.class != class || outcome.code != code {
        let message = format!(
            "the answer was understood as {found}, and must be {} ({code})",
            class.name()
        );
        return Err(unexpected(&message));
    }
    let text = match class {
        RetryClass::AlreadyAccepted => format!("{found}: nothing is left to be done"),
        _ => found,
    };
    let facts = json!({"class": outcome.class, "code": outcome.code, "text": outcome.text});
    Ok(((), Seen::new(&text, facts)))
}

/// Something was otherwise than it must be, which is a defect of ours.
fn unexpected(message: &str) -> Failure {
    Failure::internal("demo.unexpected", message)
}

fn conclusion(checks: &[&str]) -> String {
    let mut text = String::from("\nCustoms checked, by protocol code of its own:\n");
    for names in checks.chunks(4) {
        let cells: String = names.iter().map(|name| format!("{name:<28}")).collect();
        text += &format!("  {}\n", cells.trim_end());
    }
    if cfg!(debug_assertions) {
        text += "\nThis program was built without optimisation; its times say little.\n";
    }
    text + "
A component without access to files, network or keys built a signed declaration, the host sent it with
a client certificate, Customs called to say that a reply waits, and the reply was fetched and its signature
verified. Sending the same bytes again did no harm. Beside it another component took the Tax Administration's
notifications behind the same listener; a third took a citizen's message from Suomi.fi by SOAP, was swapped for
the one that asks by REST, and the next message came in the same form. To try it with input of your own:

  silta init my-customs     a folder with configuration, test certificates and examples
  silta describe tulli      what can be done with Customs, with every parameter and setting
  silta sim tulli --help    the same simulated Customs for your own client, with all its bad manners
"
}
