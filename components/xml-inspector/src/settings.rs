// SPDX-License-Identifier: Apache-2.0
//! Settings: what to verify, to canonicalise, to sign.

use agency_guest::{Fault, Problem, imports::settings, json, problem, schemars};
use canonical_xml::{Canonicalization, Path};
use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};
use xml_signature::EXCLUSIVE_CANONICALIZATION;

/// What the operator asks for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(crate = "agency_guest::schemars")]
pub(crate) struct Settings {
    /// Paths of the elements that a signature has to cover, such as `/Envelope/Body`. None: the root.
    pub(crate) required: Vec<String>,
    /// Accept SHA-1. The host has its own switch for signatures with it.
    pub(crate) allow_sha1: bool,
    /// Hand out the octets that were digested and signed.
    pub(crate) explain: bool,
    /// Which signature to verify: its number in the document, from 1, or its path. None: all there are.
    pub(crate) signature: Option<String>,
    /// Path of an element whose text, which must be covered, is decoded from base64 and handed out. It is covered with its element, or by a
    /// reference that decodes it.
    pub(crate) payload: Option<String>,
    /// What `canonicalize` does.
    pub(crate) canonicalize: Option<Canonicalize>,
    /// What `sign` does.
    pub(crate) sign: Option<Sign>,
}

/// Which signatures of a document are meant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Each of them.
    All,
    /// The one of this number, from 1.
    Number(usize),
    /// The one at this path.
    Path(Path),
}

/// How to canonicalise what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(crate = "agency_guest::schemars")]
pub(crate) struct Canonicalize {
    /// Identifier of the algorithm.
    pub(crate) algorithm: String,
    /// Prefixes to treat inclusively, separated by white space; `#default` is the default namespace.
    #[serde(default)]
    pub(crate) prefix_list: String,
    /// Id of the element to canonicalise. With neither an Id nor a path: the document.
    #[serde(default)]
    pub(crate) id: Option<String>,
    /// Path of the element to canonicalise.
    #[serde(default)]
    pub(crate) path: Option<String>,
}

/// How to sign what. The first algorithm of the key role signs, and digests are of its length.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(crate = "agency_guest::schemars")]
pub(crate) struct Sign {
    /// Where the signature stands, and what it signs.
    #[serde(default)]
    pub(crate) form: Form,
    /// Identifier of the canonicalisation of what is signed. `SignedInfo` is always in the exclusive form.
    #[serde(default = "exclusive")]
    pub(crate) canonicalization: String,
    /// Id of the element to sign.
    #[serde(default)]
    pub(crate) id: Option<String>,
    /// Path of the element to sign, which has to have an Id.
    #[serde(default)]
    pub(crate) path: Option<String>,
    /// How many seconds a message with WS-Security counts, at least 1.
    #[serde(default = "lifetime")]
    pub(crate) lifetime: u32,
}

/// Where a signature stands, and what it signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(crate = "agency_guest::schemars")]
pub(crate) enum Form {
    /// In the element that it signs, or in the root of the document that it signs.
    #[default]
    Enveloped,
    /// At the end of the root, of an element by its Id.
    ById,
    /// In a security header of a SOAP message, of timestamp, token and body.
    WsSecurity,
}

fn exclusive() -> String {
    EXCLUSIVE_CANONICALIZATION.to_owned()
}

/// As receivers of the Suomi.fi services expect at most.
fn lifetime() -> u32 {
    60
}

impl Settings {
    pub(crate) fn read() -> Result<Self, Problem> {
        parse(&settings::read())
    }

    pub(crate) fn check(&self) -> Result<(), Problem> {
        self.required()?;
        self.payload()?;
        self.choice()?;
        if let Some(canonicalize) = &self.canonicalize {
            canonicalize.algorithm()?;
            canonicalize.path()?;
            only_one(&canonicalize.id, &canonicalize.path, "/canonicalize/path")?;
        }
        if let Some(sign) = &self.sign {
            sign.check()?;
        }
        Ok(())
    }

    /// The required paths.
    pub(crate) fn required(&self) -> Result<Vec<Path>, Problem> {
        let required = self.required.iter().enumerate();
        required
            .map(|(index, text)| path(text, &format!("/required/{index}")))
            .collect()
    }

    /// Which signature is meant.
    pub(crate) fn choice(&self) -> Result<Choice, Problem> {
        let Some(text) = self.signature.as_deref() else {
            return Ok(Choice::All);
        };
        if text.starts_with('/') {
            return path(text, "/signature").map(Choice::Path);
        }
        match text.parse() {
            Ok(number) if number > 0 => Ok(Choice::Number(number)),
            _ => {
                let message = "a signature is named by its number in the document, from 1, or by its path, such as /Envelope/Header/Security/Signature";
                Err(wrong("/signature", message))
            }
        }
    }

    /// The path of the payload.
    pub(crate) fn payload(&self) -> Result<Option<Path>, Problem> {
        let payload = self.payload.as_deref();
        payload.map(|text| path(text, "/payload")).transpose()
    }
}

impl Canonicalize {
    pub(crate) fn algorithm(&self) -> Result<Canonicalization, Problem> {
        let algorithm = canonicalization(&self.algorithm, "/canonicalize/algorithm")?;
        Ok(algorithm.with_prefix_list(&self.prefix_list))
    }

    pub(crate) fn path(&self) -> Result<Option<Path>, Problem> {
        let text = self.path.as_deref();
        text.map(|text| path(text, "/canonicalize/path"))
            .transpose()
    }
}

impl Sign {
    fn check(&self) -> Result<(), Problem> {
        self.canonicalization()?;
        self.path()?;
        only_one(&self.id, &self.path, "/sign/path")?;
        let names_element = self.id.is_some() || self.path.is_some();
        match self.form {
            Form::ById if !names_element => Err(wrong(
                "/sign/form",
                "a signature by Id is of an element; name it by its Id or its path",
            )),
            Form::WsSecurity if names_element => Err(wrong(
                "/sign/form",
                "WS-Security signs timestamp, token and body of the message; name no other element",
            )),
            _ if self.lifetime == 0 => Err(wrong(
                "/sign/lifetime",
                "a message has to count for at least a second",
            )),
            _ => Ok(()),
        }
    }

    pub(crate) fn canonicalization(&self) -> Result<Canonicalization, Problem> {
        canonicalization(&self.canonicalization, "/sign/canonicalization")
    }

    pub(crate) fn path(&self) -> Result<Option<Path>, Problem> {
        let text = self.path.as_deref();
        text.map(|text| path(text, "/sign/path")).transpose()
    }
}

fn canonicalization(uri: &str, pointer: &str) -> Result<Canonicalization, Problem> {
    Canonicalization::from_uri(uri).ok_or_else(|| {
        let known: Vec<&str> = Canonicalization::uris().collect();
        let known = known.join(", ");
        wrong(
            pointer,
            format!("this algorithm is not known; known are: {known}"),
        )
    })
}

fn only_one(id: &Option<String>, path: &Option<String>, pointer: &str) -> Result<(), Problem> {
    match id.is_some() && path.is_some() {
        true => Err(wrong(
            pointer,
            "an element is named by its Id or by its path; leave one out",
        )),
        false => Ok(()),
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    json::settings(text)
}

fn path(text: &str, pointer: &str) -> Result<Path, Problem> {
    text.parse()
        .map_err(|error: canonical_xml::PathError| wrong(pointer, error.to_string()))
}

fn wrong(pointer: &str, message: impl Into<String>) -> Problem {
    problem(Fault::Configuration, "setting.invalid", pointer, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let settings: Settings = parse(text).unwrap();
        settings.check().unwrap_err().path
    }

    #[test]
    fn defaults_are_fine() {
        let settings: Settings = parse("{}").unwrap();
        settings.check().unwrap();
        assert!(!settings.allow_sha1 && settings.required.is_empty());
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(refused(r#"{"required": ["/a", "b"]}"#), "/required/1");
        assert_eq!(refused(r#"{"payload": "/"}"#), "/payload");
        for wrong in ["", "0", "-1", "first", "1.5", "/"] {
            let text = format!(r#"{{"signature": "{wrong}"}}"#);
            assert_eq!(refused(&text), "/signature", "{wrong}");
        }
        assert_eq!(
            refused(r#"{"canonicalize": {"algorithm": "exclusive"}}"#),
            "/canonicalize/algorithm"
        );
        let both = r#"{"canonicalize": {"algorithm": "http://www.w3.org/2001/10/xml-exc-c14n#", "id": "a", "path": "/a"}}"#;
        assert_eq!(refused(both), "/canonicalize/path");
        for (sign, pointer) in [
            (
                r#"{"canonicalization": "exclusive"}"#,
                "/sign/canonicalization",
            ),
            (r#"{"id": "a", "path": "/a"}"#, "/sign/path"),
            (r#"{"path": "a"}"#, "/sign/path"),
            (r#"{"form": "by-id"}"#, "/sign/form"),
            (r#"{"form": "ws-security", "id": "a"}"#, "/sign/form"),
            (
                r#"{"form": "ws-security", "lifetime": 0}"#,
                "/sign/lifetime",
            ),
        ] {
            assert_eq!(
                refused(&format!(r#"{{"sign": {sign}}}"#)),
                pointer,
                "{sign}"
            );
        }
    }
}
