//! What is logged goes to standard error, so that results can be piped.

use std::{
    env,
    io::{self, IsTerminal},
};

use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::failure::Failure;

/// Says what is logged: a level, or levels by target, such as `warn,silta::component=debug`.
const VARIABLE: &str = "SILTA_LOG";

/// Starts logging as the variable says, or else as many times `-v` as were given.
pub(crate) fn start(verbose: u8) -> Result<(), Failure> {
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_filter(filter(verbose)?);
    tracing_subscriber::registry().with(lines).init();
    Ok(())
}

fn filter(verbose: u8) -> Result<Targets, Failure> {
    let Ok(wanted) = env::var(VARIABLE) else {
        return Ok(ours(match verbose {
            0 => LevelFilter::WARN,
            1 => LevelFilter::INFO,
            _ => LevelFilter::DEBUG,
        }));
    };
    if let Ok(level) = wanted.parse() {
        return Ok(ours(level));
    }
    wanted.parse().map_err(|error| {
        let remedy = "say a level (error, warn, info, debug, trace), or levels by target";
        Failure::command_line(&format!(
            "{VARIABLE}=`{wanted}` is not understood ({error}); {remedy}"
        ))
    })
}

/// The libraries below speak of their own inner workings; who wants that names them.
fn ours(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("silta", level)
}
