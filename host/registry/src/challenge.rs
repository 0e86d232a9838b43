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
        let (scheme, parameters) = text.split_once([' ', '\t']).unwrap_or((text, ""));
        let (parameters, next) = parameters_of(parameters);
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
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return (parameters, None);
        }
        let Some((name, value)) = rest.split_once('=') else {
            return (
                parameters,
                Some(rest).filter(|rest| rest.len() < text.len()),
            );
        };
        let name = name.trim_end_matches([' ', '\t']);
        if name.contains([' ', '\t', ',']) {
            // A scheme and its first parameter. The first of a text is never one: it ends.
            return (
                parameters,
                Some(rest).filter(|rest| rest.len() < text.len()),
            );
        }
        let Some((value, behind)) = value_of(value.trim_start_matches([' ', '\t'])) else {
            return (parameters, None);
        };
        parameters.push((name.to_owned(), value));
        rest = behind;
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
        assert_eq!(of(&["Negotiate, Basic realm=a"]), Some(Challenge::Basic));
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
