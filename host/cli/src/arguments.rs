// SPDX-License-Identifier: Apache-2.0
//! The command line.

use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand};

use crate::{
    commands::{
        acts::ActsArguments, build::BuildArguments, check::CheckArguments,
        compile_worker::CompileWorkerArguments, completions::CompletionsArguments,
        component::ComponentArguments, dead_letters::DeadLettersArguments, demo::DemoArguments,
        describe::DescribeArguments, export::ExportArguments, inbox::InboxArguments,
        ingest::IngestArguments, init::InitArguments, man::ManArguments,
        operations::OperationsArguments, parse::ParseArguments, platform::PlatformArguments,
        record::RecordArguments, replay::ReplayArguments, send::SendArguments,
        serve::ServeArguments, sim::SimArguments, store::StoreArguments, submit::SubmitArguments,
        token::TokenArguments, validate::ValidateArguments, version::VersionArguments,
        wire::WireArguments, xml::XmlArguments,
    },
    compile_worker::COMMAND as COMPILE_WORKER,
    examples,
};

/// Talks to Finnish public agencies through sandboxed components, one per agency.
#[derive(Debug, Parser)]
#[command(name = "silta", version, after_long_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// Log more to standard error; twice for much more. The variable SILTA_LOG says it finer, such as `silta::component=debug`.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Keep the machine code of components in this folder, in place of silta in $XDG_CACHE_HOME or ~/.cache. It has to be this user's alone. Its files are mapped: remove or rename them as you
    /// like, but let nothing write to one while a program runs, which would crash.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Compile components each time, and keep nothing of it.
    #[arg(long, global = true, conflicts_with = "cache_dir")]
    pub(crate) no_cache: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a folder with a commented configuration, test certificates and example input.
    #[command(after_help = examples::INIT)]
    Init(InitArguments),
    /// Show what a component can do and what it asks for.
    #[command(after_help = examples::DESCRIBE)]
    Describe(DescribeArguments),
    /// Judge a whole configuration: files, components, settings, keys, anchors, secrets, the listener. Nothing is changed.
    #[command(after_help = examples::CHECK)]
    Check(CheckArguments),
    /// Build the request of an operation, signed and ready for sending. Nothing is sent.
    #[command(after_help = examples::BUILD)]
    Build(BuildArguments),
    /// Say what an agency's answer to a request means.
    #[command(after_help = examples::PARSE)]
    Parse(ParseArguments),
    /// Send the request of an operation and say what the answer means; nothing is retried.
    #[command(after_help = examples::SEND)]
    Send(SendArguments),
    /// Validate a recorded call of an agency, and show the reply. Nothing is stored.
    #[command(after_help = examples::VALIDATE)]
    Validate(ValidateArguments),
    /// Take in a mail from a file, as if it had come over the network.
    #[command(after_help = examples::INGEST)]
    Ingest(IngestArguments),
    /// Run the gateway: take calls of agencies, send what is queued, serve the platform's API.
    ///
    /// A call is answered once what it brings is on the disk, in the store that the configuration names ([store], by default the folder `store` beside
    /// it); `silta inbox` shows it. One process has a store at a time. Standard output gets one line, which says what is served and where: {"listening",
    /// "agencies", "stopped", "store", "operator", "mail", "platform", "sending", "webhooks"}, without those that are not configured. Ctrl-C and SIGTERM stop it once calls under way are answered, a second one at once. SIGHUP does not stop it.
    #[command(after_help = examples::SERVE)]
    Serve(ServeArguments),
    /// List the entries of the inbox, acknowledge them, write their documents to files. `silta serve` may run meanwhile.
    #[command(after_help = examples::INBOX)]
    Inbox(InboxArguments),
    /// Submit an operation to a running gateway, over the platform's API. The gateway sends it later.
    #[command(after_help = examples::SUBMIT)]
    Submit(SubmitArguments),
    /// List operations and their states; resume or cancel them. `silta serve` may run meanwhile.
    #[command(after_help = examples::OPERATIONS)]
    Operations(OperationsArguments),
    /// List operations that do not go on by themselves: held, refused, given up. Asks a running gateway.
    #[command(after_help = examples::DEAD_LETTERS)]
    DeadLetters(DeadLettersArguments),
    /// Repeat such operations: a held one is resumed, an ended one is submitted again. Asks a running gateway.
    #[command(after_help = examples::REPLAY)]
    Replay(ReplayArguments),
    /// Look into calls that were recorded, and do them again in the sandbox. Nothing is recorded unless the configuration has the table [record].
    #[command(after_help = examples::RECORD)]
    Record(RecordArguments),
    /// Show the decisions of operators, the latest first: resumed, cancelled, replayed, acknowledged by hand. `silta serve` may run meanwhile.
    ///
    /// That is not the audit trail of signatures: `audit` of the configuration names the file of that.
    #[command(after_help = examples::ACTS)]
    Acts(ActsArguments),
    /// Make tokens of the platform's API.
    #[command(after_help = examples::TOKEN)]
    Token(TokenArguments),
    /// Print the description of the platform's API.
    #[command(after_help = examples::PLATFORM)]
    Platform(PlatformArguments),
    /// Show, check, back up and prune the store.
    #[command(after_help = examples::STORE)]
    Store(StoreArguments),
    /// Write a component that comes with the program to a file, to deploy it elsewhere.
    #[command(after_help = examples::EXPORT)]
    Export(ExportArguments),
    /// Make components and test them; pack, sign, inspect and verify packages of them.
    #[command(after_help = examples::COMPONENT)]
    Component(ComponentArguments),
    /// Compare an agency's schema package (WSDL and XSD) with the settings of its component, and write the settings that follow.
    ///
    /// Nothing is fetched: what the package refers to is read in the package, or not at all. Each setting is shown with its default, with what the package has, where,
    /// and how sure that is. Exit code 3: something that is required is not settled, and nothing is written.
    #[command(after_help = examples::WIRE)]
    Wire(WireArguments),
    /// Look into XML from strangers: verify signatures, canonicalise.
    #[command(after_help = examples::XML)]
    Xml(XmlArguments),
    /// Run a simulated agency on this machine, to try clients against; it can misbehave on request.
    #[command(after_help = examples::SIM)]
    Sim(SimArguments),
    /// Send a declaration to a simulated Customs on this machine, twice, and explain what happens.
    #[command(after_help = examples::DEMO)]
    Demo(DemoArguments),
    /// Say what this program is made of: its version and commit, its components with their digests, the contract, the engine.
    #[command(after_help = examples::VERSION)]
    Version(VersionArguments),
    /// Write what makes a shell complete command lines of this program.
    #[command(after_help = examples::COMPLETIONS)]
    Completions(CompletionsArguments),
    /// Compile a component for `silta serve`, in a process of its own.
    #[command(name = COMPILE_WORKER, hide = true)]
    CompileWorker(CompileWorkerArguments),
    /// Write the manual, a page for each command.
    #[command(after_help = examples::MAN)]
    Man(ManArguments),
}

impl Command {
    /// Whether results and errors are to be JSON.
    pub(crate) fn wants_json(&self) -> bool {
        match self {
            Self::Init(_)
            | Self::Export(_)
            | Self::Serve(_)
            | Self::Platform(_)
            | Self::CompileWorker(_)
            | Self::Completions(_)
            | Self::Man(_) => false,
            Self::Inbox(arguments) => arguments.json(),
            Self::Submit(arguments) => arguments.json(),
            Self::Operations(arguments) => arguments.json(),
            Self::Component(arguments) => arguments.json(),
            Self::DeadLetters(arguments) => arguments.json(),
            Self::Replay(arguments) => arguments.json(),
            Self::Record(arguments) => arguments.json(),
            Self::Acts(arguments) => arguments.json(),
            Self::Token(arguments) => arguments.json(),
            Self::Store(arguments) => arguments.json(),
            Self::Version(arguments) => arguments.json(),
            Self::Describe(arguments) => arguments.json(),
            Self::Check(arguments) => arguments.json(),
            Self::Build(arguments) => arguments.json(),
            Self::Parse(arguments) => arguments.json(),
            Self::Send(arguments) => arguments.json(),
            Self::Validate(arguments) => arguments.json(),
            Self::Ingest(arguments) => arguments.json(),
            Self::Wire(arguments) => arguments.json(),
            Self::Xml(arguments) => arguments.json(),
            Self::Sim(arguments) => arguments.json(),
            Self::Demo(arguments) => arguments.json(),
        }
    }
}

/// Kept in step with `failure` and `commands::Completion`.
const EXIT_CODES: &str = "\
Exit codes:
  0  success
  2  the command line is wrong
  3  parse, send: the agency's answer means that the operation is not done
     (any class but done and already-accepted);
     validate, ingest: the call is rejected;
     sim suomifi: an answer was not right;
     xml verify: the signature does not count, or does not cover what it has to;
     component test: a case came out otherwise than it should;
     component diff: the two differ;
     record replay: not the same bytes came out;
     wire: something that is required is not settled
  4  the caller's input is wrong: parameters, payload, an unknown agency or operation
  5  the configuration is wrong: its file, keys, certificates, settings, or a rejected component;
     check: at least one error was found
  6  the counterparty sent something that cannot be understood
  7  internal: a limit was met, a component crashed, a defect
  8  a file named on the command line, or standard output, could not be read or written
  9  send: nothing was sent, because the agency could not be reached; later it may;
     submit, operations: the API of the gateway could not be reached, or did not answer;
     component push, pull, deploy: the same of the registry or the gateway
  130, 143  serve: ended at once by a second SIGINT or SIGTERM

With --json, results are JSON on standard output, and an error is one JSON object on standard error:
{\"code\", \"fault\", \"path\", \"message\"}.";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
