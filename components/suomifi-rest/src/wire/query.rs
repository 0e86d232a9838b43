// SPDX-License-Identifier: Apache-2.0

/// A value as it stands in a query: all but unreserved characters (RFC 3986 §2.3) in percent-encoding, so that `+ / = &` of a token come out as they went in.
pub fn encoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => text.push(char::from(byte)),
            false => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_stay() {
        assert_eq!(encoded("aZ09-._~"), "aZ09-._~");
        assert_eq!(
            encoded("a+b/c=d&e f%ä#?"),
            "a%2Bb%2Fc%3Dd%26e%20f%25%C3%A4%23%3F"
        );
    }
}
