// SPDX-License-Identifier: Apache-2.0
//! Panics, which are defects: told in one line, without what the panic says, since that may be content.

use std::{env, panic};

use crate::failure::Failure;

/// Has a panic told as any other error is. Whoever set RUST_BACKTRACE gets everything.
pub(crate) fn tell_of_panics() {
    let everything = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        // It is caught, and the component is refused for it.
        if silta_contract::is_guarded() {
            return;
        }
        let place = panic.location().map(ToString::to_string);
        let place = place.unwrap_or_else(|| "an unknown place".to_owned());
        let message = format!("the program has a defect at {place}; report it to its maker");
        let json = env::args_os().any(|argument| argument == "--json");
        // The exit code follows from where the panic ends, not from here.
        let _ = Failure::internal("program.defect", &message).report(json);
        if env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
            everything(panic);
        }
    }));
}
