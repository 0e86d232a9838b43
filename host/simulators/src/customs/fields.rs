// SPDX-License-Identifier: Apache-2.0
//! Values of elements, as Customs checks them.

use jiff::civil::DateTime;
use roxmltree::Node;

use crate::business_id::BusinessId;
use crate::finland;
use crate::xml::{ShapeError, plain_text};

/// Why a field is refused. The value is left out: it may be personal data.
#[derive(Debug, thiserror::Error)]
pub(super) enum FieldError {
    #[error(transparent)]
    Shape(#[from] ShapeError),
    #[error("{0} is not a Business ID of the form 1234567-8 with a right check digit")]
    BusinessId(String),
    #[error("{0} is not a time with seconds, such as 2026-01-31T12:00:00+02:00")]
    Timestamp(String),
    #[error("{0} is not a day of the form 2026-01-31")]
    Date(String),
    #[error("{0} does not have an accepted value")]
    Value(String),
}

pub(super) fn business_id(field: Node<'_, '_>) -> Result<BusinessId, FieldError> {
    BusinessId::parse(plain_text(field)?).ok_or_else(|| FieldError::BusinessId(name(field)))
}

/// Text with something in it, without white space around it.
pub(super) fn filled<'a>(field: Node<'a, '_>) -> Result<&'a str, FieldError> {
    let text = plain_text(field)?;
    if text.is_empty() || text != text.trim() {
        return Err(FieldError::Value(name(field)));
    }
    Ok(text)
}

pub(super) fn one_of(field: Node<'_, '_>, accepted: &[&str]) -> Result<(), FieldError> {
    let text = plain_text(field)?;
    accepted
        .contains(&text)
        .then_some(())
        .ok_or_else(|| FieldError::Value(name(field)))
}

/// `xs:dateTime`. A time without an offset is Finnish time (Customs' guides for Intrastat and warehousing).
pub(super) fn timestamp(field: Node<'_, '_>) -> Result<jiff::Timestamp, FieldError> {
    let text = plain_text(field)?;
    let time = has_timestamp_shape(text).then(|| read_time(text));
    time.flatten()
        .ok_or_else(|| FieldError::Timestamp(name(field)))
}

fn read_time(text: &str) -> Option<jiff::Timestamp> {
    text.parse().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        Some(local.to_zoned(finland::time_zone()).ok()?.timestamp())
    })
}

fn name(field: Node<'_, '_>) -> String {
    field.tag_name().name().to_owned()
}

/// `2026-01-31T12:00:00`, perhaps a fraction, then `Z`, `+02:00` or nothing. The parser behind takes more
/// forms than the service may send, so the shape is checked by itself.
fn has_timestamp_shape(text: &str) -> bool {
    let Some((date_time, rest)) = text.split_at_checked(19) else {
        return false;
    };
    let offset = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|digit: char| digit.is_ascii_digit()),
        None => rest,
    };
    let has_empty_fraction = rest
        .strip_prefix('.')
        .is_some_and(|fraction| fraction.len() == offset.len());
    matches_pattern(date_time, "0000-00-00T00:00:00")
        && !has_empty_fraction
        && (matches!(offset, "" | "Z")
            || matches_pattern(offset, "+00:00")
            || matches_pattern(offset, "-00:00"))
}

/// Digits where the pattern has `0`, equal characters elsewhere.
pub(super) fn matches_pattern(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text
            .bytes()
            .zip(pattern.bytes())
            .all(|(found, wanted)| match wanted {
                b'0' => found.is_ascii_digit(),
                other => found == other,
            })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_carry_an_offset_or_are_finnish() {
        let read = |text: &str| {
            let source = format!("<t>{text}</t>");
            let document = roxmltree::Document::parse(&source).unwrap();
            let time = timestamp(document.root_element()).ok()?;
            Some(time.to_string())
        };
        let is_accepted = |text: &str| read(text).is_some();
        for (right, time) in [
            ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
            ("2026-01-31T12:00:00.123456Z", "2026-01-31T12:00:00.123456Z"),
            ("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00Z"),
            ("2024-02-29T23:59:59.9-11:30", "2024-03-01T11:29:59.9Z"),
            ("2026-01-31T12:00:00", "2026-01-31T10:00:00Z"),
            ("2026-07-31T12:00:00.5", "2026-07-31T09:00:00.5Z"),
        ] {
            assert_eq!(read(right).as_deref(), Some(time), "{right}");
        }
        for wrong in [
            "",
            "2026-01-31",
            "2026-01-31 12:00:00Z",
            "2026-01-31T12:00Z",
            "2026-01-31T12:00:00.Z",
            "2026-01-31T12:00:00+0200",
            "2026-02-29T12:00:00Z",
            "2026-01-31T25:00:00Z",
            "2026-01-31T12:00:00z",
            "2026-01-31T12:00:00Z[Europe/Helsinki]",
            " 2026-01-31T12:00:00Z",
        ] {
            assert!(!is_accepted(wrong), "{wrong}");
        }
    }
}
