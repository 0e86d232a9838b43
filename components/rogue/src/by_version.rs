// SPDX-License-Identifier: Apache-2.0
//! What depends on the component's own version: a test that puts another version into its bytes gets a component that is the same but for this.

use std::hint::black_box;

use agency_guest::{
    exports::notification::{Acceptance, Rejection},
    imports::ids,
};

use crate::{calls, parameters::Parameters, violations};

/// The version that the component gives itself. It stands in its bytes once, as text.
#[inline(never)]
pub(crate) fn version() -> &'static str {
    black_box(env!("CARGO_PKG_VERSION"))
}

/// The last number of the version says what is done: 6 crashes, 7 never returns, 8 refuses, 9 makes an event more, 5 asks for an identifier; all others accept.
pub(crate) fn judge(text: &str) -> Result<Acceptance, Rejection> {
    let violate = |name: &str| {
        let violation = violations::named(name).map(|act| act(&Parameters::default(), None));
        drop(violation);
        Ok(calls::acceptance(text))
    };
    match version().rsplit('.').next() {
        Some("5") => {
            ids::uuid();
            Ok(calls::acceptance(text))
        }
        Some("6") => violate("crash"),
        Some("7") => violate("loop-forever"),
        Some("8") => Err(calls::rejection(
            403,
            "call.refused",
            "the version asks for it",
        )),
        Some("9") => Ok(calls::acceptance(&format!("{text}\nand one more"))),
        _ => Ok(calls::acceptance(text)),
    }
}
