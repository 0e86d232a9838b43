//! `silta demo`: a declaration on its whole way, on this machine.
//!
//! Nothing here is staged: the folder is the one that `silta init` makes, the component runs in the sandbox, the connection is TLS with
//! certificates on both sides, and the simulated Customs reads and verifies by protocol code of its own.

mod connection;
mod journal;

use std::{fs, path::Path};

use clap::Args;
use serde_json::json;
use silta::{
    Blob, BuildInput,
    exchange::{Answer, Outcome, Request, Response, RetryClass, Sending},
};
use silta_simulators::customs::{CustomsSetup, CustomsSimulator, Finding, Received, Verdict};
use tempfile::TempDir;

use super::Completion;
use crate::{
    failure::Failure,
    files,
    host::{self, Served},
    output::{hexadecimal, print},
    project::{self, CONFIGURATION, DECLARATION, PARAMETERS},
};
use connection::Connection;
use journal::{Journal, Seen};

/// Arguments of `silta demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
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
    let played = play(&mut journal);
    // What has been seen is shown even if the next step failed.
    journal.finish()?;
    let checks = played?;
    if !arguments.json {
        print(&conclusion(&checks))?;
    }
    Ok(Completion::Done)
}

const AGENCY: &str = "tulli";
const OPERATION: &str = "upload";

/// Gives the names of what Customs checked.
fn play(journal: &mut Journal) -> Result<Vec<&'static str>, Failure> {
    let folder = journal.step("set up", set_up)?;
    let customs = journal.step("start Customs", || start_customs(folder.path()))?;
    let served = journal.step("deploy", || deploy(folder.path()))?;
    let request = journal.step("build", || build(folder.path(), &served))?;
    let connection = Connection::open(&served.config, AGENCY, &request)?;
    let answer = journal.step("send", || {
        let answer = connection.send(&request)?;
        accepted(folder.path(), &customs, answer)
    })?;
    journal.step("parse", || {
        let outcome = parse(&served, &request, (answer, 0))?;
        as_expected(&outcome, RetryClass::Done, "000")
    })?;
    let answer = journal.step("send again", || {
        let answer = connection.send(&request)?;
        refused_as_duplicate(&customs, answer)
    })?;
    journal.step("parse again", || {
        let outcome = parse(&served, &request, (answer, 1))?;
        as_expected(&outcome, RetryClass::AlreadyAccepted, "500")
    })?;
    let received = customs.received();
    let checks = received.first().into_iter().flat_map(|first| &first.checks);
    Ok(checks.map(|check| check.name).collect())
}

fn set_up() -> Result<(TempDir, Seen), Failure> {
    let folder = tempfile::Builder::new()
        .prefix("silta-demo-")
        .tempdir()
        .map_err(|error| Failure::unwritable(&std::env::temp_dir(), &error))?;
    project::write(folder.path(), project::EXAMPLE_URL)?;
    let seen = "configuration, keys and certificates, made new by `silta init`";
    Ok((folder, Seen::new(seen, json!({}))))
}

fn start_customs(folder: &Path) -> Result<(CustomsSimulator, Seen), Failure> {
    let read =
        |path: &Path| fs::read_to_string(path).map_err(|error| Failure::unreadable(path, &error));
    let (authority, _) = project::credential_files(folder, "ca");
    let (certificate, key) = project::credential_files(folder, "customs");
    let anchors = read(&authority)?;
    let setup = CustomsSetup::new(read(&certificate)?, read(&key)?, anchors.clone(), anchors);
    let customs = CustomsSimulator::start(setup).map_err(|error| {
        let message = format!("the simulated Customs does not start: {error}");
        Failure::internal("demo.not-started", &message)
    })?;
    project::write_configuration(folder, &customs.url())
        .map_err(|error| Failure::unwritable(folder, &error))?;
    let url = customs.url();
    let seen = Seen::new(
        &format!("a simulator answers at {url}"),
        json!({"url": url}),
    );
    Ok((customs, seen))
}

fn deploy(folder: &Path) -> Result<(Served, Seen), Failure> {
    let served = host::serve(&folder.join(CONFIGURATION), AGENCY)?;
    let info = served.agency.generation_info()?;
    let text = format!(
        "component `{AGENCY}` {}, compiled, inspected and self-tested",
        info.version
    );
    let facts = json!({"component": info.component, "version": info.version});
    Ok((served, Seen::new(&text, facts)))
}

fn build(folder: &Path, served: &Served) -> Result<(Request, Seen), Failure> {
    let declaration = folder.join(DECLARATION);
    let input = BuildInput {
        operation: OPERATION.to_owned(),
        parameters: files::read_text(&folder.join(PARAMETERS), super::build::LARGEST_PARAMETERS)?,
        payload: Some(files::read_blob(
            &declaration,
            super::build::LARGEST_CONTENT,
        )?),
        ..BuildInput::default()
    };
    let request = served.agency.build(&input)?;
    let (size, reference) = (request.body.size(), &request.reference);
    let text = format!("in the sandbox: {size} bytes, signed, under the reference {reference}");
    let facts = json!({
        "reference": reference,
        "size": size,
        "sha256": hexadecimal(&request.body.sha256()),
    });
    Ok((request, Seen::new(&text, facts)))
}

fn accepted(
    folder: &Path,
    customs: &CustomsSimulator,
    answer: Answer,
) -> Result<(Answer, Seen), Failure> {
    let received = last_received(customs)?;
    let sent = files::read_blob(&folder.join(DECLARATION), super::build::LARGEST_CONTENT)?;
    let payload = received
        .payload
        .as_ref()
        .map(|payload| Blob::from(payload.bytes()));
    expect(received.verdict == Verdict::Accepted, &received)?;
    expect(payload == Some(sent), &received)?;
    let text = format!(
        "HTTP {}: Customs made {} checks and has the very declaration",
        answer.status,
        received.checks.len()
    );
    let seen = Seen::new(&text, exchange_facts(&answer, &received));
    Ok((answer, seen))
}

fn refused_as_duplicate(
    customs: &CustomsSimulator,
    answer: Answer,
) -> Result<(Answer, Seen), Failure> {
    let received = last_received(customs)?;
    let first = customs.received().into_iter().next();
    let same_bytes = first.is_some_and(|first| {
        first.application_request_sha256 == received.application_request_sha256
    });
    expect(
        received.verdict == Verdict::Refused(Finding::Duplicate),
        &received,
    )?;
    expect(same_bytes, &received)?;
    let text = format!(
        "HTTP {}: the very same bytes, refused as a duplicate",
        answer.status
    );
    let seen = Seen::new(&text, exchange_facts(&answer, &received));
    Ok((answer, seen))
}

fn exchange_facts(answer: &Answer, received: &Received) -> serde_json::Value {
    let checks: Vec<&str> = received.checks.iter().map(|check| check.name).collect();
    json!({"status": answer.status, "code": received.code, "checksPassed": checks})
}

fn last_received(customs: &CustomsSimulator) -> Result<Received, Failure> {
    customs.received().pop().ok_or_else(|| {
        Failure::internal("demo.unexpected", "the simulated Customs received nothing")
    })
}

fn expect(holds: bool, received: &Received) -> Result<(), Failure> {
    if holds {
        return Ok(());
    }
    let message = format!(
        "the simulated Customs judged otherwise than it must: {:?}, code {}, {}; the last check passed is {}",
        received.verdict,
        received.code.as_deref().unwrap_or("none"),
        received.reason.as_deref().unwrap_or("no reason"),
        received.checks.last().map_or("none", |check| check.name)
    );
    Err(Failure::internal("demo.unexpected", &message))
}

/// An answer and how often the same bytes had been sent before it.
fn parse(served: &Served, request: &Request, sent: (Answer, u32)) -> Result<Outcome, Failure> {
    let (answer, earlier_sendings) = sent;
    let sending = Sending {
        memo: request.memo.clone(),
        earlier_sendings,
    };
    Ok(served
        .agency
        .parse(OPERATION, &Response::Answered(answer), &sending)?)
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
        return Err(Failure::internal("demo.unexpected", &message));
    }
    let text = match class {
        RetryClass::AlreadyAccepted => format!("{found}: nothing is left to be done"),
        _ => found,
    };
    let facts = json!({"class": outcome.class, "code": outcome.code, "text": outcome.text});
    Ok(((), Seen::new(&text, facts)))
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
a client certificate, and sending the same bytes again did no harm. To try it with input of your own:

  silta init my-customs     a folder with configuration, test certificates and examples
  silta describe tulli      what can be done with Customs, with every parameter and setting
"
}
