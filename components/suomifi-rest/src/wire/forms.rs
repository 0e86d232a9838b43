// SPDX-License-Identifier: Apache-2.0
//! Forms of short texts, and a number that settings and parameters have in common.

/// Most people and companies that are asked about in one operation (description: in one request).
pub const MOST_END_USERS: u32 = 10_000;

/// 1 to 15 of `A–Z` and `0–9` (description, `costPool`).
pub(super) fn is_cost_pool(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    (1..=15).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// 5 to 256 characters (description, `email`) that may be a mail address: an `@` with something before it and a name with a dot behind it, no blanks.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else {
        return false;
    };
    let is_host = host.split('.').count() > 1 && host.split('.').all(|label| !label.is_empty());
    let is_plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    (5..=256).contains(&text.encode_utf16().count()) && is_plain && !local.is_empty() && is_host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_pool_is_of_capital_letters_and_digits() {
        assert!(["A", "0", "ABCDEFGHIJ12345"].into_iter().all(is_cost_pool));
        assert!(
            !["", "a", "A-1", "Ä", "ABCDEFGHIJ123456"]
                .into_iter()
                .any(is_cost_pool)
        );
    }

    #[test]
    fn a_mail_address_may_be_one() {
        assert!(["a@b.c", "kirjaamo@example.fi"].into_iter().all(is_email));
        let long = format!("{}@example.fi", "a".repeat(246));
        for text in ["", "@b.fi", "a@b", "a b@c.fi", "a@b..fi", "a.fi", &long] {
            assert!(!is_email(text), "{text}");
        }
    }
}
