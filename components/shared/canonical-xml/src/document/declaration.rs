// SPDX-License-Identifier: Apache-2.0
//! The XML declaration.

use crate::checks::is_space;
use crate::error::ReadErrorKind;
use crate::reading::Declared;

/// Checks what stands between `<?xml` and `?>` (XML 1.0 §2.8, productions 23 to 26 and 32; §4.3.3, production 80):
/// a version, then perhaps an encoding, then perhaps `standalone`, in this order.
///
/// Any version that begins with `1.` is read as 1.0 (§2.8 in the fifth edition).
pub(super) fn check(content: &str, declared: Declared) -> Result<(), ReadErrorKind> {
    let (version, rest) = item(content, "version")?.ok_or(ReadErrorKind::MalformedDeclaration)?;
    let minor = version.strip_prefix("1.").unwrap_or_default();
    if minor.is_empty() || !minor.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ReadErrorKind::UnsupportedVersion);
    }
    let rest = match item(rest, "encoding")? {
        Some((encoding, rest)) => {
            declared.check(encoding)?;
            rest
        }
        None => rest,
    };
    let (standalone, rest) = item(rest, "standalone")?.unwrap_or(("no", rest));
    if !matches!(standalone, "yes" | "no") || !rest.chars().all(is_space) {
        return Err(ReadErrorKind::MalformedDeclaration);
    }
    Ok(())
}

/// The value of `name` and what follows it; `None` if something else, or nothing, comes next.
fn item<'a>(text: &'a str, name: &str) -> Result<Option<(&'a str, &'a str)>, ReadErrorKind> {
    let trimmed = text.trim_start_matches(is_space);
    let Some(rest) = trimmed
        .strip_prefix(name)
        .filter(|_| trimmed.len() < text.len())
    else {
        return Ok(None);
    };
    let quoted = || {
        let rest = rest.trim_start_matches(is_space).strip_prefix('=')?;
        let rest = rest.trim_start_matches(is_space);
        let quote = rest
            .chars()
            .next()
            .filter(|first| matches!(first, '"' | '\''))?;
        rest.strip_prefix(quote)?.split_once(quote)
    };
    quoted()
        .map(Some)
        .ok_or(ReadErrorKind::MalformedDeclaration)
}

#[cfg(test)]
mod tests {
    use crate::encoding::Encoding;

    use super::*;

    fn checked(content: &str) -> Result<(), ReadErrorKind> {
        check(content, Declared::Encoding(Encoding::Utf8))
    }

    #[test]
    fn accepted() {
        for good in [
            " version=\"1.0\"",
            " version='1.0' encoding='utf-8'",
            "\n version = \"1.0\" encoding=\"UTF-8\" standalone=\"yes\" ",
            " version=\"1.0\" standalone='no'",
            " version=\"1.1\"",
            " version=\"1.00\"",
            " version=\"1.27\" encoding='UTF-8'",
        ] {
            assert_eq!(checked(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn refused() {
        use ReadErrorKind::{
            ContradictoryEncoding, MalformedDeclaration, UnknownEncoding, UnsupportedVersion,
        };
        for (bad, kind) in [
            ("", MalformedDeclaration),
            (" encoding=\"UTF-8\"", MalformedDeclaration),
            (" version=1.0", MalformedDeclaration),
            (" version=\"1.0'", MalformedDeclaration),
            (" version=\"2.0\"", UnsupportedVersion),
            (" version=\"1.\"", UnsupportedVersion),
            (" version=\"1.0 \"", UnsupportedVersion),
            (" version=\"1.x\"", UnsupportedVersion),
            (" version=\"1\"", UnsupportedVersion),
            (" version=\"\"", UnsupportedVersion),
            (" version=\"1.0\"encoding=\"UTF-8\"", MalformedDeclaration),
            (" version=\"1.0\" encoding=\"\"", MalformedDeclaration),
            (
                " version=\"1.0\" encoding=\"ISO-8859-1\"",
                ContradictoryEncoding,
            ),
            (
                " version=\"1.0\" encoding=\"UTF-16\"",
                ContradictoryEncoding,
            ),
            (" version=\"1.0\" encoding=\"iso-8859-99\"", UnknownEncoding),
            (
                " version=\"1.0\" standalone=\"maybe\"",
                MalformedDeclaration,
            ),
            (
                " version=\"1.0\" standalone=\"no\" encoding=\"UTF-8\"",
                MalformedDeclaration,
            ),
            (" version=\"1.0\" extra=\"1\"", MalformedDeclaration),
        ] {
            assert_eq!(checked(bad), Err(kind), "{bad}");
        }
    }
}
