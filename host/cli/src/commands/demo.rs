// SPDX-License-Identifier: Apache-2.0
//! `silta demo`: the gateway between a platform that calls its API and the simulated agencies, on this machine. A declaration on its whole way, Customs' reply on its way back, an
//! acknowledgement that is lost, Customs' interface that changes under traffic, the Tax Administration's notifications, citizens' messages before and after a swap of the interface that brings them, and a message to a citizen.
//!
//! Nothing here is staged: the folder is the one that `silta init` makes, what is submitted and taken is in the store on a disk, components run in the sandbox, connections are TLS, and
//! the agencies read, verify and sign by protocol code of their own.

mod customs;
mod gateway;
mod journal;
mod platform;
mod suomifi;
mod vero;
mod wire;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use silta::Blob;
use tempfile::TempDir;

use super::Completion;
use crate::{
    failure::Failure,
    files,
    host::{self, Served},
    output::print,
    project::{self, CONFIGURATION, Contents, DECLARATION, PARAMETERS},
};
use customs::Customs;
use gateway::Gateway;
use journal::{Journal, Party, Seen, Way};
use platform::Platform;
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

/// What asks Suomi.fi what is new.
const POLL: &str = "poll-events";

/// One for what is sent, one for what comes in meanwhile, and as many for a component and the one it is swapped for.
const CALLS: u32 = 4;

const US: Way = (Party::Gateway, Party::Gateway);

/// Gives the names of what Customs checked.
fn play(journal: &mut Journal, documents: Option<&Path>) -> Result<Vec<&'static str>, Failure> {
    let (folder, [mut served, mut tax, mut messages]) = journal.step("set up", US, set_up)?;
    let (gateway, platform) = journal.step("serve", US, || {
        let serving = [
            (AGENCY, &served),
            (vero::AGENCY, &tax),
            (suomifi::AGENCY, &messages),
        ];
        Gateway::start(folder.path(), &serving)
    })?;
    let customs = (Party::Customs, Party::Customs);
    let customs = journal.step("start", customs, || Customs::start(folder.path(), &gateway))?;
    journal.step("swap", US, || swap(folder.path(), &mut served, &customs))?;
    of_customs(journal, (folder.path(), documents), (&customs, &platform))?;
    let changed = (folder.path(), &mut served);
    wire::changes(journal, changed, (&customs, &platform))?;

    let taxes = (Party::TaxAdministration, Party::TaxAdministration);
    let vero = journal.step("start", taxes, || Vero::start_for(folder.path(), &mut tax))?;
    let way = (Party::Gateway, Party::TaxAdministration);
    journal.step("register", way, || vero.register(&gateway, &platform))?;
    let way = (Party::TaxAdministration, Party::Platform);
    journal.step("pushed", way, || vero.push(&platform))?;
    let way = (Party::TaxAdministration, Party::Gateway);
    journal.step("rejected", way, || vero.push_with_wrong_secret())?;

    let way = (Party::Suomifi, Party::Platform);
    journal.step("SOAP message", way, || {
        suomifi::called(folder.path(), &gateway, &platform)
    })?;
    let rest = journal.step("swap", US, || {
        Rest::swap(folder.path(), &mut messages, &gateway)
    })?;
    journal.step("REST message", way, || rest.polled(&platform))?;
    let out = (Party::Platform, Party::Suomifi);
    let id = journal.step("sent", out, || rest.sent(&platform))?;
    journal.step("status", way, || rest.opened(&id, &platform))?;
    let all = (Party::Platform, Party::Platform);
    journal.step("all done", all, || platform.all_is_done())?;
    // Before the agencies that it polls.
    drop(gateway);
    Ok(customs.checks_of_first())
}

/// A declaration on its whole way and the reply on its way back; and one whose acknowledgement is lost.
fn of_customs(
    journal: &mut Journal,
    (folder, documents): (&Path, Option<&Path>),
    (customs, platform): (&Customs, &Platform),
) -> Result<(), Failure> {
    let way = (Party::Platform, Party::Gateway);
    let id = journal.step("submit", way, || {
        let id = platform.submit(
            (AGENCY, UPLOAD),
            &parameters(folder)?,
            Some(declaration(folder)?),
        )?;
        let text = format!(
            "declaration queued as operation {id}; the same under the same key is the same"
        );
        Ok((id, Seen::new(&text, json!({"operation": id}))))
    })?;
    let way = (Party::Gateway, Party::Customs);
    journal.step("send", way, || {
        let code = platform.ended(id)?;
        let seen = customs.accepted(&declaration(folder)?)?;
        match code.as_str() {
            "000" => Ok(((), seen)),
            _ => Err(unexpected(&format!(
                "the upload ended with the code {code}"
            ))),
        }
    })?;
    let way = (Party::Customs, Party::Gateway);
    journal.step("notified", way, || customs.has_notified())?;
    let way = (Party::Customs, Party::Platform);
    journal.step("reply", way, || reply(platform, documents))?;
    let way = (Party::Gateway, Party::Customs);
    journal.step("again", way, || {
        customs.lose_the_next_answer();
        let parameters = customs::unanswered(parameters(folder)?);
        let payload = Some(declaration(folder)?);
        let id = platform.submit((AGENCY, UPLOAD), &parameters, payload)?;
        let code = platform.ended(id)?;
        Ok(((), customs.known_again(&code)?))
    })
}

/// What Customs replied, fetched by the gateway, and saved by the platform.
fn reply(platform: &Platform, folder: Option<&Path>) -> Result<((), Seen), Failure> {
    let kind = "message-downloaded";
    let (entry, event) = platform.take(kind, |found, _| found == kind)?;
    let state = event.pointer("/data/signature/state");
    if state != Some(&"verified".into()) {
        return Err(unexpected(
            "Customs' reply has no signature that was verified",
        ));
    }
    let folder = match folder {
        Some(folder) => folder.to_owned(),
        None => tempfile::Builder::new()
            .prefix("silta-demo-documents-")
            .tempdir()
            .map_err(|error| Failure::unwritable(&std::env::temp_dir(), &error))?
            .keep(),
    };
    let files = platform.save(&entry, &folder)?;
    let text = format!(
        "fetched, signature of Customs verified, taken out of the inbox; {} files saved in {}",
        files.len(),
        folder.display()
    );
    Ok((
        (),
        Seen::new(&text, json!({"signature": state, "files": files})),
    ))
}

fn parameters(folder: &Path) -> Result<Value, Failure> {
    let text = files::read_text(&folder.join(PARAMETERS), super::build::LARGEST_PARAMETERS)?;
    serde_json::from_str(&text).map_err(|_| unexpected("the example's parameters are not JSON"))
}

/// A folder with a configuration, and three agencies, each by a component of its own.
fn set_up() -> Result<((TempDir, [Served; 3]), Seen), Failure> {
    let folder = tempfile::Builder::new()
        .prefix("silta-demo-")
        .tempdir()
        .map_err(|error| Failure::unwritable(&std::env::temp_dir(), &error))?;
    project::write(folder.path(), project::EXAMPLE_URL, &Contents::usual())?;
    let customs = host::serve_many(&folder.path().join(CONFIGURATION), AGENCY, CALLS)?;
    let all = [
        customs,
        vero::deploy(folder.path())?,
        suomifi::deploy(folder.path())?,
    ];
    let mut names = Vec::new();
    let mut components = Vec::new();
    for (name, served) in [AGENCY, vero::AGENCY, suomifi::COMPONENT].iter().zip(&all) {
        let info = served.agency.generation_info()?;
        names.push(format!("`{name}` {}", info.version));
        components.push(json!({"component": info.component, "version": info.version}));
    }
    let text = format!(
        "configuration, keys and certificates by `silta init`; components {} compiled, inspected, self-tested",
        names.join(", ")
    );
    let seen = Seen::new(&text, json!({ "components": components }));
    Ok(((folder, all), seen))
}

/// The address of Customs is known only now. What listens goes on listening.
fn swap(folder: &Path, served: &mut Served, customs: &Customs) -> Result<((), Seen), Failure> {
    project::write_configuration(folder, &customs.url(), &Contents::usual())
        .map_err(|error| Failure::unwritable(folder, &error))?;
    wire::hurry(folder)?;
    served.swap(&folder.join(CONFIGURATION), AGENCY)?;
    let generation = served.agency.generation_info()?.number;
    let text =
        format!("generation {generation} has Customs' address; whoever listens noticed nothing");
    Ok(((), Seen::new(&text, json!({"generation": generation}))))
}

fn declaration(folder: &Path) -> Result<Blob, Failure> {
    files::read_blob(&folder.join(DECLARATION), super::build::LARGEST_CONTENT)
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
A platform submitted a declaration over HTTPS; a component without access to files, network or keys built and
signed it, and the gateway sent it until Customs had accepted it: one answer was lost on the way.
Customs called to say that a reply waits, and it was fetched, verified and taken out of the inbox. Then Customs
changed its interface while declarations went there; the agency was swapped, rolled back and swapped again, and
nothing was lost. Beside it the Tax Administration pushed, and Suomi.fi brought a message by SOAP; swapped for the
component that asks by REST, the next one came in the same form, and the platform wrote back. With your own input:

  silta init my-customs     a folder with configuration, test certificates and examples
  silta describe tulli      what can be done with Customs, with every parameter and setting
  silta sim tulli --help    the same simulated Customs for your own client, with all its bad manners
"
}
