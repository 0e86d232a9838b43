//! Settings: what to verify, what to canonicalise.

use agency_guest::{Fault, Problem, imports::settings, json, problem, schemars};
use canonical_xml::{Canonicalization, Path};
use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};

/// What the operator wishes.
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
            if canonicalize.id.is_some() && canonicalize.path.is_some() {
                let message = "an element is named by its Id or by its path; leave one out";
                return Err(wrong("/canonicalize/path", message));
            }
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
        let Some(algorithm) = Canonicalization::from_uri(&self.algorithm) else {
            let known: Vec<&str> = Canonicalization::uris().collect();
            let message = format!(
                "this algorithm is not known; known are: {}",
                known.join(", ")
            );
            return Err(wrong("/canonicalize/algorithm", message));
        };
        Ok(algorithm.with_prefix_list(&self.prefix_list))
    }

    pub(crate) fn path(&self) -> Result<Option<Path>, Problem> {
        let text = self.path.as_deref();
        text.map(|text| path(text, "/canonicalize/path"))
            .transpose()
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
    }
}
