// SPDX-License-Identifier: Apache-2.0
//! Where a command line ends.

/// Why there is no command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineFlaw {
    /// A carriage return without a line feed after it, or a line feed without a carriage return before it.
    BareLineEnd,
    /// It has more bytes than are read.
    TooLong,
}

/// Length of the first line in what was received, without the CRLF that ends it; `None` while its end has not come. `limit` counts the CRLF.
///
/// # Errors
/// The line is none, and where the next one begins cannot be told.
pub fn end_of_line(received: &[u8], limit: usize) -> Result<Option<usize>, LineFlaw> {
    let within = received.get(..limit).unwrap_or(received);
    let mut bytes = within.iter();
    let end = bytes.position(|byte| matches!(byte, b'\r' | b'\n'));
    match (end, bytes.as_slice().first()) {
        (Some(end), Some(b'\n')) if within.get(end) == Some(&b'\r') => Ok(Some(end)),
        (Some(end), None) if within.get(end) == Some(&b'\r') => unfinished(received, limit),
        (Some(_), _) => Err(LineFlaw::BareLineEnd),
        (None, _) => unfinished(received, limit),
    }
}

fn unfinished(received: &[u8], limit: usize) -> Result<Option<usize>, LineFlaw> {
    if received.len() >= limit {
        return Err(LineFlaw::TooLong);
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_crlf_ends_a_line() {
        for (received, expected) in [
            ("", Ok(None)),
            ("NOOP", Ok(None)),
            ("NOOP\r", Ok(None)),
            ("NOOP\r\n", Ok(Some(4))),
            ("\r\n", Ok(Some(0))),
            ("NOOP\r\nQUIT\n", Ok(Some(4))),
            ("NOOP\n", Err(LineFlaw::BareLineEnd)),
            ("\nNOOP\r\n", Err(LineFlaw::BareLineEnd)),
            ("NO\rOP\r\n", Err(LineFlaw::BareLineEnd)),
            ("NOOP\r\r\n", Err(LineFlaw::BareLineEnd)),
        ] {
            assert_eq!(
                end_of_line(received.as_bytes(), 100),
                expected,
                "{received:?}"
            );
        }
    }

    #[test]
    fn a_line_of_just_the_limit_is_read() {
        assert_eq!(end_of_line(b"NOOP\r\n", 6), Ok(Some(4)));
        for received in ["NOOP\r\n", "NOOP\r", "NOOPS"] {
            assert_eq!(end_of_line(received.as_bytes(), 5), Err(LineFlaw::TooLong));
        }
    }
}
