// SPDX-License-Identifier: Apache-2.0
//! What attributes SOAP allows where, and what they may say.

use canonical_xml::ElementRef;

use crate::error::SoapErrorKind;
use crate::version::Version;

/// No encoding at all (SOAP 1.2 Part 1 §5.1.1).
const ENCODING_NONE: &str = "http://www.w3.org/2003/05/soap-envelope/encoding/none";

/// The encoding of SOAP 1.2 Part 2 §3. Without references, which nobody here would follow, simple values are written as without it.
const ENCODING_SOAP: &str = "http://www.w3.org/2003/05/soap-encoding";

/// Judges `Envelope`, `Header` or `Body` (SOAP 1.2 Part 1 §5.1 to §5.3, §5.1.1). SOAP 1.1 lets them have any attribute.
pub(crate) fn check_part(version: Version, part: ElementRef<'_>) -> Result<(), SoapErrorKind> {
    if version == Version::V11 {
        return Ok(());
    }
    if part
        .attribute(version.namespace(), "encodingStyle")
        .is_some()
    {
        return Err(SoapErrorKind::MisplacedEncodingStyle);
    }
    match part
        .attributes()
        .any(|attribute| attribute.namespace().is_empty())
    {
        true => Err(SoapErrorKind::UnqualifiedAttribute),
        false => Ok(()),
    }
}

/// Judges a header block, whomever it is for (SOAP 1.1 §4.2; SOAP 1.2 Part 1 §5.2).
pub(crate) fn check_block(version: Version, block: ElementRef<'_>) -> Result<(), SoapErrorKind> {
    // SOAP 1.1 §4.2 wants a namespace as well; who sends none there means no harm.
    if version == Version::V12 && block.namespace().is_empty() {
        return Err(SoapErrorKind::UnqualifiedBlock);
    }
    let booleans: &[&str] = match version {
        Version::V11 => &["mustUnderstand"],
        Version::V12 => &["mustUnderstand", "relay"],
    };
    for name in booleans {
        if !is_boolean_or_absent(version, block, name) {
            return Err(SoapErrorKind::NotABoolean);
        }
    }
    match is_uri(&attribute(version, block, version.role_attribute())) {
        true => Ok(()),
        false => Err(SoapErrorKind::RoleNotAUri),
    }
}

/// Judges what the body holds, and its encoding: a receiver that does not know it says so (SOAP 1.2 Part 1 §5.4.6, DataEncodingUnknown).
pub(crate) fn check_entry(version: Version, entry: ElementRef<'_>) -> Result<(), SoapErrorKind> {
    if version == Version::V11 {
        return Ok(());
    }
    let style = attribute(version, entry, "encodingStyle");
    match style.as_str() {
        "" | ENCODING_NONE | ENCODING_SOAP => Ok(()),
        _ => Err(SoapErrorKind::UnknownEncodingStyle),
    }
}

/// The value of an attribute of SOAP, without white space around it; empty without one.
pub(crate) fn attribute(version: Version, block: ElementRef<'_>, local: &str) -> String {
    let value = block.attribute(version.namespace(), local);
    value.unwrap_or_default().trim_matches(is_space).to_owned()
}

/// XML Schema Part 2 §3.2.2. SOAP 1.1 §4.2.3 knows 0 and 1 only, but its schema has a boolean, and senders write both.
fn is_boolean_or_absent(version: Version, block: ElementRef<'_>, local: &str) -> bool {
    let value = block.attribute(version.namespace(), local);
    value.is_none_or(|value| matches!(value.trim_matches(is_space), "0" | "1" | "false" | "true"))
}

/// Whether it can be an `xs:anyURI`, which is nearly anything: escapes are whole, there is one fragment at most, and no white space within.
fn is_uri(text: &str) -> bool {
    let is_escape = |rest: &str| {
        let mut digits = rest.bytes().take(2);
        rest.len() >= 2 && digits.all(|digit| digit.is_ascii_hexdigit())
    };
    text.split('%').skip(1).all(is_escape)
        && text.matches('#').count() <= 1
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_that_can_be_uris() {
        for uri in ["", "urn:a", "http://a/b?c#d", "next", "ä", "a%20b"] {
            assert!(is_uri(uri), "{uri}");
        }
        for other in ["a b", "a%", "a%2", "a%zz", "#a#b", "a\nb"] {
            assert!(!is_uri(other), "{other}");
        }
    }
}
