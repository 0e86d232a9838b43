// SPDX-License-Identifier: Apache-2.0
//! `HOST[:PORT]/NAME[:TAG][@sha256:DIGEST]`, as the distribution specification of OCI has names and tags.

use std::{fmt, net::Ipv6Addr, str::FromStr};

use silta_packages::Digest;

/// Most characters of host and name together, as other clients have it, and of a tag (distribution specification 1.1, "Pulling manifests").
const LONGEST_NAME: usize = 255;
const LONGEST_TAG: usize = 128;

/// Where something is in a registry. Where there are a tag and a digest, the digest decides, and the tag is for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    host: String,
    name: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// A text is no reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0}; a reference is HOST[:PORT]/NAME[:TAG] or HOST[:PORT]/NAME@sha256:DIGEST, such as registry.example.fi/agencies/tulli:1.4.0"
)]
pub struct MalformedReference(&'static str);

impl Reference {
    /// The server: `HOST` or `HOST:PORT`, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The repository, without its host.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tag, if there is one.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest of the manifest, if there is one.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// The same repository, at a digest and without a tag.
    #[must_use]
    pub fn at(&self, digest: Digest) -> Self {
        Self {
            tag: None,
            digest: Some(digest),
            ..self.clone()
        }
    }

    /// What a manifest is asked for by: the digest, or else the tag.
    pub(crate) fn asked_for(&self) -> Option<String> {
        let digest = self.digest.map(|digest| digest.to_string());
        digest.or_else(|| self.tag.clone())
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.name)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Reference {
    type Err = MalformedReference;

    fn from_str(text: &str) -> Result<Self, MalformedReference> {
        let wrong = |why| Err(MalformedReference(why));
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let digest = digest.map(str::parse).transpose();
        let Ok(digest) = digest else {
            return wrong("the digest has to be `sha256:` and 64 hexadecimal digits in lower case");
        };
        let Some((host, rest)) = rest.split_once('/') else {
            return wrong("it names no host");
        };
        let (name, tag) = match rest.split_once(':') {
            Some((name, tag)) => (name, Some(tag)),
            None => (rest, None),
        };
        let Some(host) = host_of(host) else {
            return wrong(
                "the host has to be a name with a dot, a name with a port, `localhost` or an address",
            );
        };
        if !name.split('/').all(is_component) {
            return wrong(
                "the name has to be lower-case letters and digits, parted by `/`, and within by `.`, `_`, `__` or hyphens",
            );
        }
        if host.len() + 1 + name.len() > LONGEST_NAME {
            return wrong("host and name have more than 255 characters");
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return wrong(
                "the tag has to be letters, digits, `.`, `_` and hyphens, 128 at most, and begin with none of `.` and `-`",
            );
        }
        Ok(Self {
            host,
            name: name.to_owned(),
            tag: tag.map(str::to_owned),
            digest,
        })
    }
}

/// A host as the specification of docker tells it from the first part of a name: `tulli/upload` names none.
fn host_of(text: &str) -> Option<String> {
    let host = authority(text)?;
    let is_told = host.contains(['.', ':']) || host == "localhost";
    is_told.then_some(host)
}

/// `HOST` or `HOST:PORT`, in lower case. What is no name of a host would make another URL of it.
pub(crate) fn authority(text: &str) -> Option<String> {
    let host = text.to_ascii_lowercase();
    let port = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, "")) => {
            address.parse::<Ipv6Addr>().ok()?;
            None
        }
        Some((address, rest)) => {
            address.parse::<Ipv6Addr>().ok()?;
            Some(rest.strip_prefix(':')?)
        }
        None => {
            let (name, port) = match host.split_once(':') {
                Some((name, port)) => (name, Some(port)),
                None => (host.as_str(), None),
            };
            name.split('.').all(is_label).then_some(())?;
            port
        }
    };
    let is_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit())
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    port.is_none_or(is_port).then_some(host)
}

/// Of a name of a host (RFC 1123 §2.1).
fn is_label(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty() && !text.starts_with('-') && !text.ends_with('-') && text.bytes().all(is_word)
}

/// Whether a part of a name is `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`.
fn is_component(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = [text.bytes().next(), text.bytes().next_back()];
    let mut between = text.split(|character: char| is_plain(u8::try_from(character).unwrap_or(0)));
    ends.into_iter().all(|end| end.is_some_and(is_plain))
        && between.all(|separator| {
            matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|byte| byte == b'-')
        })
}

fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= LONGEST_TAG
        && text.bytes().next().is_some_and(is_word)
        && text
            .bytes()
            .all(|byte| is_word(byte) || byte == b'.' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DIGEST: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn parts(text: &str) -> (String, String, Option<String>, bool) {
        let reference: Reference = text.parse().unwrap();
        (
            reference.host,
            reference.name,
            reference.tag,
            reference.digest.is_some(),
        )
    }

    #[test]
    fn references_are_read() {
        let of = |host: &str, name: &str, tag: Option<&str>, has_digest| {
            (host.into(), name.into(), tag.map(str::to_owned), has_digest)
        };
        assert_eq!(
            parts("Registry.example.fi/a/b-c__d:1.4.0"),
            of("registry.example.fi", "a/b-c__d", Some("1.4.0"), false)
        );
        assert_eq!(
            parts(&format!("127.0.0.1:5000/tulli@{DIGEST}")),
            of("127.0.0.1:5000", "tulli", None, true)
        );
        assert_eq!(
            parts(&format!("[::1]:5000/tulli:x@{DIGEST}")),
            of("[::1]:5000", "tulli", Some("x"), true)
        );
        assert_eq!(parts("localhost/a"), of("localhost", "a", None, false));
    }

    #[test]
    fn what_is_none_is_told() {
        for text in [
            "",
            "tulli",
            "tulli/upload:1",
            "registry.fi/",
            "registry.fi/A",
            "registry.fi/a//b",
            "registry.fi/a..b",
            "registry.fi/-a",
            "registry.fi/a___b",
            "registry.fi/a:",
            "registry.fi/a:-x",
            "registry.fi/a@sha256:00",
            "registry.fi/a@sha512:00",
            "user@registry.fi/a",
            "user:secret@registry.fi/a",
            "registry.fi:0/a",
            "registry.fi:99999/a",
            "registry.fi:+80/a",
            "registry.fi?x/a",
            "registry..fi/a",
            "https://registry.fi/a",
            "[::1/a",
            "[::1]x/a",
            "registry.fi/a/../b",
        ] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
        let long = format!("registry.fi/{}", "a".repeat(244));
        assert!(long.parse::<Reference>().is_err());
        assert!(long.strip_suffix('a').unwrap().parse::<Reference>().is_ok());
        let tag = |length| format!("registry.fi/a:{}", "t".repeat(length)).parse::<Reference>();
        assert!(tag(128).is_ok() && tag(129).is_err());
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_as_it_was(
            text in "[a-z]{1,5}\\.fi(:[1-9][0-9]{0,3})?/[a-z0-9]{1,4}(([._]|__|-{1,3})[a-z0-9]{1,4}){0,2}(/[a-z0-9]{1,4}){0,2}(:[A-Za-z0-9_][A-Za-z0-9._-]{0,9})?(@sha256:[0-9a-f]{64})?"
        ) {
            prop_assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
        }

        #[test]
        fn anything_is_judged_and_what_is_taken_stays_what_it_is(text in ".{0,60}") {
            if let Ok(reference) = text.parse::<Reference>() {
                prop_assert_eq!(reference.to_string().parse(), Ok(reference));
            }
        }
    }
}
