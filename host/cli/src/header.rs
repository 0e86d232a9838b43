//! Header fields on the command line.

use silta::exchange::Header;

/// Reads a header field as it stands in HTTP (RFC 9110 §5): a token, a colon, a value with white space around it that does not count.
pub(crate) fn parse(field: &str) -> Result<Header, String> {
    let Some((name, value)) = field.split_once(':') else {
        return Err("a header field is `Name: value`".to_owned());
    };
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err("the name before the colon has to be letters, digits and hyphens".to_owned());
    }
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err("the value has to be one line".to_owned());
    }
    Ok((name.to_owned(), value.trim().to_owned()))
}

/// Whether a byte is a `tchar` of RFC 9110 §5.6.2.
pub(crate) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_split_at_the_first_colon_and_trimmed() {
        let header = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(
            parse("Content-Type: text/xml; charset=utf-8"),
            header("Content-Type", "text/xml; charset=utf-8")
        );
        assert_eq!(
            parse("Location:https://a:1/"),
            header("Location", "https://a:1/")
        );
        assert_eq!(parse("X:  "), header("X", ""));
    }

    #[test]
    fn what_is_no_field_is_refused() {
        for wrong in ["", "no colon", ": value", "a b: c", "ä: b", "A: b\r\nC: d"] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
