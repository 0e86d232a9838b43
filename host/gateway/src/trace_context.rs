// SPDX-License-Identifier: Apache-2.0
//! Which trace something belongs to (W3C Trace Context, level 1): taken over from the platform, handed on to what follows, and made where there is none.

use silta::observe::hexadecimal;

/// Name of the header field.
pub(crate) const TRACEPARENT: &str = "traceparent";

/// Digits of the id of a trace, and of that of a step in it (§3.2.2.3, §3.2.2.4).
const TRACE_DIGITS: usize = 32;
const PARENT_DIGITS: usize = 16;

/// A `traceparent`, where a text is one. Of a version that is not known, what version 00 has is taken (§3.2.4).
pub(crate) fn accepted(text: &str) -> Option<String> {
    let text = text.trim();
    let mut parts = text.split('-');
    let (version, trace, parent, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |part: &str, digits: usize| {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        part.len() == digits && part.bytes().all(is_digit)
    };
    let is_zero = |part: &str| part.bytes().all(|byte| byte == b'0');
    let is_whole = is_hex(version, 2)
        && version != "ff"
        && is_hex(trace, TRACE_DIGITS)
        && !is_zero(trace)
        && is_hex(parent, PARENT_DIGITS)
        && !is_zero(parent)
        && is_hex(flags, 2);
    let has_no_more = version != "00" || parts.next().is_none();
    (is_whole && has_no_more).then(|| format!("00-{trace}-{parent}-{flags}"))
}

/// The beginning of a trace. `None` where the system has no random numbers.
pub(crate) fn begun() -> Option<String> {
    let (trace, parent) = (random::<16>()?, random::<8>()?);
    Some(format!(
        "00-{}-{}-01",
        hexadecimal(&trace),
        hexadecimal(&parent)
    ))
}

/// Another step of the same trace.
pub(crate) fn step(of: &str) -> Option<String> {
    let mut parts = of.split('-');
    let (version, trace, _, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let parent = new_step()?;
    Some(format!("{version}-{trace}-{parent}-{flags}"))
}

/// The id of another step.
pub(crate) fn new_step() -> Option<String> {
    Some(hexadecimal(&random::<8>()?))
}

/// What a `traceparent` names.
pub(crate) struct Parts<'a> {
    pub(crate) trace: &'a str,
    pub(crate) step: &'a str,
}

impl<'a> Parts<'a> {
    /// Those of one whose trace is to be recorded (§3.2.2.5: the flag "sampled"). Whoever began it decides that.
    pub(crate) fn sampled(text: &'a str) -> Option<Self> {
        let mut parts = text.split('-');
        let (_, trace, step, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
        is_sampled.then_some(Self { trace, step })
    }
}

/// The id of the trace alone: for lines of the log.
pub(crate) fn id(of: Option<&str>) -> &str {
    of.and_then(|of| of.split('-').nth(1)).unwrap_or_default()
}

fn random<const BYTES: usize>() -> Option<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    aws_lc_rs::rand::fill(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn what_is_no_traceparent_is_not_taken_over() {
        assert_eq!(accepted(GIVEN), Some(GIVEN.to_owned()));
        assert_eq!(accepted(&format!(" {GIVEN} ")), Some(GIVEN.to_owned()));
        // A later version, with more behind it.
        let later = GIVEN.replacen("00", "01", 1) + "-more";
        assert_eq!(accepted(&later), Some(GIVEN.to_owned()));
        for wrong in [
            "",
            "00",
            &GIVEN.to_uppercase(),
            &GIVEN.replacen("00", "ff", 1),
            &format!("{GIVEN}-more"),
            &GIVEN.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)),
            &GIVEN.replace("b7ad6b7169203331", &"0".repeat(16)),
            &GIVEN.replace("b7ad6b7169203331", "b7ad6b716920333"),
            &GIVEN.replace("-01", "-0g"),
        ] {
            assert_eq!(accepted(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_begun_is_one_and_a_step_stays_in_its_trace() {
        let begun = begun().unwrap();
        assert_eq!(accepted(&begun).as_deref(), Some(begun.as_str()));
        let next = step(&begun).unwrap();
        assert_eq!(accepted(&next).as_deref(), Some(next.as_str()));
        assert_ne!(begun, next);
        assert_eq!(id(Some(&begun)), id(Some(&next)));
        assert_eq!(id(None), "");
    }
}
