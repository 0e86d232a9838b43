// SPDX-License-Identifier: Apache-2.0
//! What a registry asks for before it does something: `WWW-Authenticate` (RFC 9110 §11.6.1), with the parameters of the token flow of registries.

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// A token of a token service.
    Bearer {
        /// Where the service is.
        realm: String,
        /// What it has to be told of whom the token is for.
        service: Option<String>,
    },
    /// A name and a password.
    Basic,
}

impl Challenge {
    /// The one that is met, of all that header fields name: a token rather than a password, which goes to the token service only.
    pub(crate) fn of<'a>(fields: impl Iterator<Item = &'a str>) -> Option<Self> {
        let challenges: Vec<Self> = fields.flat_map(read).collect();
        let mut tokens = challenges.iter();
        let token = tokens.find(|one| matches!(one, Self::Bearer { .. }));
        token.or_else(|| challenges.first()).cloned()
    }
}

/// The challenges of a field that are known here; from what cannot be read on, none.
fn read(field: &str) -> Vec<Challenge> {
    let mut found = Vec::new();
    let mut rest = Some(field);
    while let Some(text) = rest {
        let text = text.trim_start_matches([' ', '\t', ',']);
        let end = text.find([' ', '\t', ',']).unwrap_or(text.len());
        let (scheme, behind) = text.split_at_checked(end).unwrap_or((text, ""));
        let (parameters, next) = match behind.strip_prefix(',') {
            // A scheme without parameters.
            Some(next) => (Vec::new(), Some(next)),
            None => parameters_of(behind),
        };
        let value = |name: &str| {
            let mut named = parameters.iter();
            let named = named.find(|(known, _)| known.eq_ignore_ascii_case(name));
            named.map(|(_, value)| value.clone())
        };
        if scheme.eq_ignore_ascii_case("basic") {
            found.push(Challenge::Basic);
        } else if scheme.eq_ignore_ascii_case("bearer")
            && let Some(realm) = value("realm")
        {
            let service = value("service");
            found.push(Challenge::Bearer { realm, service });
        }
        rest = next;
    }
    found
}

/// Parameters, and the text from the next challenge on.
fn parameters_of(text: &str) -> (Vec<(String, String)>, Option<&str>) {
    let mut parameters = Vec::new();
    let (mut rest, mut is_behind_comma) = (text, false);
    loop {
        let begin = rest.trim_start_matches([' ', '\t', ',']);
        let passed = rest.len().saturating_sub(begin.len());
        is_behind_comma |= rest.get(..passed).is_some_and(|gap| gap.contains(','));
        rest = begin;
        if rest.is_empty() {
            return (parameters, None);
        }
        let named = rest.split_once('=');
        let named = named.map(|(name, value)| (name.trim_end_matches([' ', '\t']), value));
        // Otherwise it is the next scheme and its first parameter, or a token (`token68`) before the next scheme.
        let named = named.filter(|(name, _)| !name.contains([' ', '\t', ',']));
        let Some((name, value)) = named else {
            let next = match is_behind_comma {
                true => Some(rest),
                false => rest.split_once(',').map(|(_, next)| next),
            };
            return (parameters, next);
        };
        let Some((value, behind)) = value_of(value.trim_start_matches([' ', '\t'])) else {
            return (parameters, None);
        };
        parameters.push((name.to_owned(), value));
        (rest, is_behind_comma) = (behind, false);
    }
}

/// A token or a quoted string (RFC 9110 §5.6), and what stands behind it.
fn value_of(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        let (value, rest) = text.split_at_checked(end)?;
        return Some((value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return Some((value, quoted.get(place + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(fields: &[&str]) -> Option<Challenge> {
        Challenge::of(fields.iter().copied())
    }

    fn bearer(realm: &str, service: Option<&str>) -> Option<Challenge> {
        Some(Challenge::Bearer {
            realm: realm.to_owned(),
            service: service.map(str::to_owned),
        })
    }

    #[test]
    fn what_registries_ask_for() {
        let docker = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#;
        let service = Some("registry.docker.io");
        assert_eq!(
            of(&[docker]),
            bearer("https://auth.docker.io/token", service)
        );
        assert_eq!(of(&["Basic realm=\"x, y\""]), Some(Challenge::Basic));
        assert_eq!(of(&["basic"]), Some(Challenge::Basic));
        assert_eq!(of(&["BEARER realm = u"]), bearer("u", None));
        let both = r#"Basic realm="a", charset="UTF-8", Bearer realm="b\"c""#;
        assert_eq!(of(&[both]), bearer("b\"c", None));
        assert_eq!(of(&["Basic realm=a", "Bearer realm=b"]), bearer("b", None));
        for basic in [
            "Negotiate, Basic realm=a",
            "Negotiate , Basic realm=a",
            "NTLM, Negotiate, Basic realm=a",
            "Negotiate YWJj, Basic realm=a",
            "Negotiate YWI=, Basic realm=a",
            "Negotiate YQ==, Basic",
            "Digest realm=a, qop=\"auth, x\", Basic realm=a",
        ] {
            assert_eq!(of(&[basic]), Some(Challenge::Basic), "{basic}");
        }
        for none in [
            "",
            "Bearer",
            "Bearer service=x",
            "Bearer realm=\"a",
            "Digest realm=a",
        ] {
            assert_eq!(of(&[none]), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_read_to_its_end(text in "[ -~]{0,80}", other in "((Bearer|Basic|x)?[ ,=\"\\\\a]{0,5}){0,12}") {
            let _ = of(&[&text, &other]);
        }
    }
}
