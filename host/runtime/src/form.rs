// SPDX-License-Identifier: Apache-2.0
//! The contract's values as JSON (`wit/README.md`, "As JSON"), for who records calls. The names are those that jco gives in JavaScript.

mod calls;
mod description;
mod imports;
mod reading;
pub(crate) mod sizes;

use std::time::SystemTime;

use serde_json::{Value, json};

use crate::{blob::Blob, error::Error, exchange::Header, time};

pub(crate) use calls::{
    adjusted, arguments_of_build, arguments_of_parse, arguments_of_validate, outcome, peer,
    problem, request, verdict,
};
pub(crate) use description::description;
pub(crate) use imports::{
    algorithms, identify_error, identity, instant, key_error, purpose, secret_error, verify_error,
};
pub(crate) use reading::{
    read_algorithms, read_bytes, read_identify_error, read_identity, read_instant, read_key_error,
    read_pieces, read_result, read_secret_error, read_text, read_verify_error,
};

/// Bytes: as text where they are UTF-8, in base64 otherwise.
pub(crate) fn bytes(bytes: &[u8]) -> Value {
    #[cfg(test)]
    tests::count(bytes);
    match str::from_utf8(bytes) {
        Ok(text) => json!({ "text": text }),
        Err(_) => json!({ "base64": base64_simd::STANDARD.encode_to_string(bytes) }),
    }
}

/// Several pieces of bytes.
pub(crate) fn pieces<B: AsRef<[u8]>>(pieces: &[B]) -> Value {
    pieces.iter().map(|piece| bytes(piece.as_ref())).collect()
}

/// A blob: its bytes.
pub(crate) fn blob(blob: &Blob) -> Value {
    bytes(&blob.to_vec())
}

/// What a call came to that did not return: the problem that it told, or the code of the error that it was stopped with.
pub(crate) fn ended(error: &Error) -> Value {
    match error {
        Error::Problem(told) => case("err", Some(problem(told))),
        error => case("stopped", Some(error.code().into())),
    }
}

/// A result, of what is in it in its form.
pub(crate) fn result<T, E>(
    result: &Result<T, E>,
    ok: impl FnOnce(&T) -> Value,
    error: impl FnOnce(&E) -> Value,
) -> Value {
    match result {
        Ok(value) => case("ok", Some(ok(value))),
        Err(reason) => case("err", Some(error(reason))),
    }
}

/// A case of a variant; of a result `ok` or `err`.
pub(crate) fn case(tag: &str, payload: Option<Value>) -> Value {
    match payload {
        Some(payload) => json!({"tag": tag, "val": payload}),
        None => json!({ "tag": tag }),
    }
}

/// A moment.
pub(crate) fn moment(at: SystemTime) -> Value {
    let (seconds, nanoseconds) = time::to_parts(at);
    json!({"seconds": seconds, "nanoseconds": nanoseconds})
}

/// Header fields.
fn headers(headers: &[Header]) -> Value {
    let headers = headers.iter();
    headers
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    thread_local! {
        static FORMED: Cell<u64> = const { Cell::new(0) };
    }

    /// Notes that bytes are put into their form, which copies them.
    pub(super) fn count(bytes: &[u8]) {
        FORMED.set(FORMED.get() + bytes.len() as u64);
    }

    /// Bytes that were put into their form on this thread meanwhile.
    pub(crate) fn formed(run: impl FnOnce()) -> u64 {
        let before = FORMED.get();
        run();
        FORMED.get() - before
    }
}
