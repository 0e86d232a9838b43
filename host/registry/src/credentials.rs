// SPDX-License-Identifier: Apache-2.0
//! Names and passwords, as docker's `config.json` has them.

use std::{collections::BTreeMap, fmt};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;

/// Most bytes of a file of credentials.
const MOST_BYTES: usize = 1 << 20;

/// A name and a password, shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    user: String,
    password: String,
}

/// A file of credentials has none that can be used. No error repeats anything of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// It is no file of that form.
    #[error(
        "is no JSON of the form of docker's config.json: {{\"auths\": {{\"HOST\": {{\"auth\": BASE64 OF USER:PASSWORD}}}}}}"
    )]
    Malformed,
    /// It is larger than any.
    #[error("has more than 1048576 bytes, the most of a file of credentials")]
    TooLarge,
    /// What is there for the host is no name and password.
    #[error(
        "has something else for this host than a name without colon and a password, in base64 (`auth`) or as `username` and `password`"
    )]
    NotUserAndPassword,
    /// They are kept by another program.
    #[error(
        "has no name and password for this host but a program that keeps them (`credHelpers`, `credsStore`) or an identity token, which are not used; put the name and the password, or an access token in its place, into a file that only you can read"
    )]
    KeptElsewhere,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(default)]
    auths: BTreeMap<String, Entry>,
    #[serde(default)]
    cred_helpers: BTreeMap<String, String>,
    creds_store: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
}

impl Credentials {
    /// A name and a password.
    ///
    /// # Errors
    /// The name has a colon, which nobody could tell from the one behind it (RFC 7617 §2), or one of them a control character.
    pub fn new(user: &str, password: &str) -> Result<Self, CredentialsError> {
        let is_wrong = user.is_empty()
            || user.contains(':')
            || user.chars().chain(password.chars()).any(char::is_control);
        match is_wrong {
            true => Err(CredentialsError::NotUserAndPassword),
            false => Ok(Self {
                user: user.to_owned(),
                password: password.to_owned(),
            }),
        }
    }

    /// Those that a file has for a host; `None` where it has none for it.
    ///
    /// # Errors
    /// See [`CredentialsError`].
    pub fn of_file(file: &[u8], host: &str) -> Result<Option<Self>, CredentialsError> {
        if file.len() > MOST_BYTES {
            return Err(CredentialsError::TooLarge);
        }
        // RFC 8259 §8.1: one may be there, and is passed over.
        let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
        let file: File = serde_json::from_slice(file).map_err(|_| CredentialsError::Malformed)?;
        let is_for = |name: &str| {
            let name = name.strip_prefix("https://").unwrap_or(name);
            let name = name.strip_prefix("http://").unwrap_or(name);
            let name = name.split('/').next().unwrap_or_default();
            name.eq_ignore_ascii_case(host) || (is_docker_hub(name) && is_docker_hub(host))
        };
        let mut entries = file.auths.iter();
        let entry = entries
            .find(|(name, _)| is_for(name))
            .map(|(_, entry)| entry);
        let is_kept = file.cred_helpers.keys().any(|name| is_for(name));
        match entry {
            Some(entry) => match entry.read()? {
                Some(credentials) => Ok(Some(credentials)),
                None if is_kept || file.creds_store.is_some() || entry.identitytoken.is_some() => {
                    Err(CredentialsError::KeptElsewhere)
                }
                None => Err(CredentialsError::NotUserAndPassword),
            },
            None if is_kept => Err(CredentialsError::KeptElsewhere),
            None => Ok(None),
        }
    }

    /// The value of `Authorization` (RFC 7617).
    pub(crate) fn basic(&self) -> String {
        let pair = BASE64_STANDARD.encode(format!("{}:{}", self.user, self.password));
        format!("Basic {pair}")
    }
}

/// Whether a host is one of the names of Docker Hub: people write the first, docker keeps credentials under the second, and the third answers.
fn is_docker_hub(host: &str) -> bool {
    let names = ["docker.io", "index.docker.io", "registry-1.docker.io"];
    names.iter().any(|name| name.eq_ignore_ascii_case(host))
}

impl Entry {
    fn read(&self) -> Result<Option<Credentials>, CredentialsError> {
        if self
            .identitytoken
            .as_ref()
            .is_some_and(|token| !token.is_empty())
        {
            return Ok(None);
        }
        let wrong = CredentialsError::NotUserAndPassword;
        if let Some(auth) = self.auth.as_ref().filter(|auth| !auth.is_empty()) {
            let pair = BASE64_STANDARD.decode(auth).map_err(|_| wrong)?;
            let pair = String::from_utf8(pair).map_err(|_| wrong)?;
            // Docker pads what it writes with zeros.
            let pair = pair.trim_end_matches('\0');
            let (user, password) = pair.split_once(':').ok_or(wrong)?;
            return Credentials::new(user, password).map(Some);
        }
        match (&self.username, &self.password) {
            (Some(user), Some(password)) => Credentials::new(user, password).map(Some),
            (None, None) => Ok(None),
            _ => Err(wrong),
        }
    }
}

/// Shows neither.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(file: &str, host: &str) -> Result<Option<String>, CredentialsError> {
        let found = Credentials::of_file(file.as_bytes(), host)?;
        Ok(found.map(|found| format!("{} {}", found.user, found.password)))
    }

    #[test]
    fn those_of_a_host_are_found() {
        let file = r#"{
            "auths": {
                "one.example.fi": {"auth": "YW5uYTpzYWxh"},
                "https://two.example.fi/v1/": {"username": "anna", "password": "a:b"},
                "127.0.0.1:5000": {"auth": "YW5uYTpzYWxhAAA="}
            },
            "HttpHeaders": {}
        }"#;
        assert_eq!(of(file, "one.example.fi"), Ok(Some("anna sala".into())));
        assert_eq!(of(file, "two.example.fi"), Ok(Some("anna a:b".into())));
        assert_eq!(of(file, "127.0.0.1:5000"), Ok(Some("anna sala".into())));
        assert_eq!(of(file, "127.0.0.1"), Ok(None));
        let marked = format!("\u{feff}{file}");
        assert_eq!(of(&marked, "one.example.fi"), Ok(Some("anna sala".into())));
        assert_eq!(of("{}", "one.example.fi"), Ok(None));
    }

    #[test]
    fn docker_hub_has_three_names() {
        let names = [
            "https://index.docker.io/v1/",
            "docker.io",
            "registry-1.docker.io",
        ];
        for name in names {
            let file = format!(r#"{{"auths": {{"{name}": {{"auth": "YW5uYTpzYWxh"}}}}}}"#);
            for host in ["docker.io", "index.docker.io", "registry-1.docker.io"] {
                assert_eq!(
                    of(&file, host),
                    Ok(Some("anna sala".into())),
                    "{name} {host}"
                );
            }
            for host in ["auth.docker.io", "docker.io.example.fi", "docker.io:5000"] {
                assert_eq!(of(&file, host), Ok(None), "{name} {host}");
            }
        }
    }

    #[test]
    fn what_cannot_be_used_is_told_and_not_repeated() {
        let entry = |entry: &str| of(&format!(r#"{{"auths": {{"r.fi": {entry}}}}}"#), "r.fi");
        for wrong in [
            r#"{"auth": "hidden"}"#,
            r#"{"auth": "aGlkZGVu"}"#,
            r#"{"username": "hidden"}"#,
            r#"{"username": "hid:den", "password": "x"}"#,
            r#"{"username": "hidden", "password": "x\n"}"#,
            "{}",
        ] {
            let error = entry(wrong).unwrap_err();
            assert_eq!(error, CredentialsError::NotUserAndPassword, "{wrong}");
            assert!(!error.to_string().contains("hid"));
        }
        let token = r#"{"identitytoken": "hidden", "auth": "YW5uYTo="}"#;
        assert_eq!(entry(token), Err(CredentialsError::KeptElsewhere));
        for kept in [
            r#"{"credHelpers": {"r.fi": "pass"}}"#,
            r#"{"auths": {"r.fi": {}}, "credsStore": "desktop"}"#,
        ] {
            assert_eq!(of(kept, "r.fi"), Err(CredentialsError::KeptElsewhere));
        }
        for malformed in ["", "[]", r#"{"auths": 1}"#] {
            assert_eq!(of(malformed, "r.fi"), Err(CredentialsError::Malformed));
        }
        let large = vec![b' '; MOST_BYTES + 1];
        assert_eq!(
            Credentials::of_file(&large, "r.fi"),
            Err(CredentialsError::TooLarge)
        );
        let shown = format!("{:?}", Credentials::new("anna", "sala").unwrap());
        assert!(
            !shown.contains("anna") && !shown.contains("sala"),
            "{shown}"
        );
    }
}
