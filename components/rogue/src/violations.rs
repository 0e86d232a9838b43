// SPDX-License-Identifier: Apache-2.0
//! The violations by name.

mod broken_requests;
mod exhaustion;
mod secrets;
mod trespass;
mod trust;

use agency_guest::{
    Problem,
    exports::envelope::{HttpTarget, Request, Target},
    imports::{blobs, clock, ids, log},
    internal, read_settings,
};
use serde_json::json;

use crate::{
    host::blob_of,
    parameters::{Parameters, Settings},
};

/// What an operation does with its parameters and its payload.
pub(crate) type Violation = fn(&Parameters, Option<&blobs::Blob>) -> Result<Request, Problem>;

/// Name, summary and function of every outbound operation.
#[rustfmt::skip] // a table reads as one
pub(crate) const ALL: &[(&str, &str, Violation)] = &[
    ("behave", "Answers with the version of the settings.", behave),
    ("more", "Answers like `behave`, in a version that ends with 3; others do not have it.", behave),
    ("linger", "Reads the settings, logs a line, reads them again, answers with both versions.", linger),
    ("look-around", "Reads the clock twice and takes two identifiers of each kind.", look_around),
    // What the operator trusts.
    ("identify", "Shows whom the payload identifies by the anchor set `role`, `count` seconds after 1970.", trust::identify),
    ("pinned", "Shows what is pinned in the anchor set `role`.", trust::pinned),
    ("verify", "Verifies `text` (base64) as what `sign` makes with the key in the payload, by the algorithm `way`.", trust::verify),
    // Too much of something that is allowed.
    ("loop-forever", "Never returns.", exhaustion::loop_forever),
    ("allocate", "Allocates `bytes` in one step.", exhaustion::allocate),
    ("allocate-forever", "Allocates without end.", exhaustion::allocate_forever),
    ("recurse", "Recurses `count` times.", exhaustion::recurse),
    ("log", "Logs `count` lines, each `text` padded to `bytes`.", exhaustion::log_lines),
    ("log-forever", "Logs without end.", exhaustion::log_forever),
    ("write", "Writes a blob of `bytes` in pieces of a kilobyte.", exhaustion::write),
    ("write-forever", "Writes without end.", exhaustion::write_forever),
    ("hand-over", "Writes `bytes` in one call of the host.", exhaustion::hand_over),
    ("read", "Reads the first `bytes` of the payload in one call of the host.", exhaustion::read),
    ("inflate", "Doubles the payload `count` times by appending it to itself.", exhaustion::inflate),
    ("scatter", "Appends the payload to `count` writers and holds them all.", exhaustion::scatter),
    ("unpack", "Turns the payload into base64 and back `count` times.", exhaustion::unpack),
    ("hoard", "Holds `count` writers at once.", exhaustion::hoard),
    ("hoard-forever", "Holds ever more writers.", exhaustion::hoard_forever),
    ("ramble", "Returns a request with `count` header fields of `bytes` each.", exhaustion::ramble),
    // Something that is not allowed.
    ("reach-past", "Reads, slices or finds (`way`) past the end of a blob of 4 bytes.", trespass::reach_past),
    ("decode", "Decodes `text` as base64.", trespass::decode),
    ("write-on", "Uses a finished writer in a `way`.", trespass::write_on),
    ("sign", "Signs `count` times with the key of `role` by the algorithm `way`.", trespass::sign),
    ("show-key", "Asks for certificates or algorithms (`way`) of `role`.", trespass::show_key),
    ("guess", "Compares `text` with the secret of `role`.", trespass::guess),
    ("insert-secret", "Puts the secret of `role` into the body.", trespass::insert_secret),
    ("peek", "Looks into a blob that holds the secret of `role` in a `way`.", trespass::peek),
    ("crash", "Panics.", trespass::crash),
    ("sign-blob", "Signs the payload with the key of `role` by the algorithm `way`, `count` times or once.", trespass::sign_blob),
    ("sign-secret", "Signs a blob that holds the secret of `role`, with the key `signer` by the algorithm `way`.", trespass::sign_secret),
    ("authenticate", "Shows the HMAC of the payload with the secret of `role`; sealed in the `way` `sealed`.", secrets::authenticate),
    ("is-authentic", "Compares `text` (base64) with the HMAC of the payload with the secret of `role`; sealed in the `way` `sealed`.", secrets::is_authentic),
    ("insert-next-secret", "Puts the value that is to replace the secret of `role` into the body; looks into it in the `way` `read`.", secrets::insert_next),
    ("rotate", "The same, as the operation that the secret `rotating` is rotated by.", secrets::insert_next),
    ("obtain", "A request whose answer is to bring the secret `token`.", behave),
    ("use-token", "A request with the secret of `role`, or `token`, in a header field.", secrets::use_token),
    // A request that no honest component makes.
    ("break-request", "Returns a request that is wrong in a `way`.", broken_requests::broken),
    ("memo", "Returns a request with a memo of `bytes`.", broken_requests::memo),
];

/// Those for which an empty payload is as good as none.
pub(crate) const NEED_A_PAYLOAD: [&str; 2] = ["read", "scatter"];

/// The violation of that name.
pub(crate) fn named(operation: &str) -> Option<Violation> {
    ALL.iter()
        .find(|(name, _, _)| *name == operation)
        .map(|(_, _, violation)| *violation)
}

/// A request that is right in every way.
fn request(body: blobs::Blob) -> Request {
    Request {
        target: Target::Http(HttpTarget {
            method: "POST".into(),
            url: "https://rogue.example/".into(),
        }),
        headers: Vec::new(),
        secret_headers: Vec::new(),
        body,
        timeout_milliseconds: 1000,
        reference: ids::compact(),
        tls_role: None,
        keep_bytes: false,
        memo: String::new(),
    }
}

/// The test named a way that this component does not know.
fn unknown_way(way: &str) -> Problem {
    internal(&format!("there is no way `{way}`"))
}

/// `text` is kept beside the version, so that a test can tell its own answer from another's.
fn behave(parameters: &Parameters, _: Option<&blobs::Blob>) -> Result<Request, Problem> {
    let settings: Settings = read_settings()?;
    let body = json!({
        "version": settings.version,
        "padding": settings.padding.len(),
        "text": parameters.text,
    });
    Ok(request(blob_of(body.to_string().as_bytes())?))
}

fn linger(_: &Parameters, _: Option<&blobs::Blob>) -> Result<Request, Problem> {
    let version = || read_settings().map(|settings: Settings| settings.version);
    let first = version()?;
    log::write(log::Level::Info, &format!("lingering at {first}"));
    let second = version()?;
    let body = json!({ "first": first, "second": second });
    Ok(request(blob_of(body.to_string().as_bytes())?))
}

fn look_around(_: &Parameters, _: Option<&blobs::Blob>) -> Result<Request, Problem> {
    let moment = || {
        let now = clock::now();
        json!([now.seconds, now.nanoseconds])
    };
    let body = json!({
        "times": [moment(), moment()],
        "uuids": [ids::uuid(), ids::uuid()],
        "compact": [ids::compact(), ids::compact()],
    });
    Ok(request(blob_of(body.to_string().as_bytes())?))
}
