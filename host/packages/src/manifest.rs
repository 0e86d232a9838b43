// SPDX-License-Identifier: Apache-2.0
//! What a package says of its component.

use rfc3339::Moment;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::{digest::Digest, error::ManifestError};

/// The form of manifests and statements that this is.
const FORM: u32 = 1;

/// Most bytes of a manifest. One has some hundreds.
const MOST_BYTES: usize = 64 << 10;

/// Most bytes of an agency's id, and of a licence expression.
const MOST_TEXT: usize = 256;

/// What a package says of its component. As JSON the names are in camelCase, and no others are taken: what is not known here would not be signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// The form of the manifest: 1.
    form: u32,
    /// Id of the agency that the component speaks with: lower case, digits and hyphens.
    pub agency: String,
    /// Version of the component (Semantic Versioning 2.0), as it describes itself.
    #[serde(with = "text")]
    pub version: Version,
    /// Version of the contract that it was built against, the WIT package `silta:agency`.
    #[serde(with = "text")]
    pub contract: Version,
    /// The component.
    pub component: Measured,
    /// SPDX expression of the component's licence, such as `Apache-2.0`.
    pub licence: String,
    /// SHA-256 of the schema of its settings, as it describes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings_schema: Option<Digest>,
    /// The tests that it brings along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_tests: Option<SelfTests>,
    /// SHA-256 of the list of what it was built of (SBOM), a file that is kept elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sbom: Option<Digest>,
    /// When it may be put into service. What serves already goes on after the end.
    #[serde(default, skip_serializing_if = "Validity::is_unlimited")]
    pub validity: Validity,
}

/// Versions as text.
mod text {
    use semver::Version;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(version: &Version, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(version)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Version, D::Error> {
        String::deserialize(from)?.parse().map_err(|_| {
            D::Error::custom("this has to be a version (Semantic Versioning 2.0), such as 1.4.0")
        })
    }
}

/// A file by its size and digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Measured {
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub digest: Digest,
}

/// The tests that a component brings along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SelfTests {
    /// How many there are.
    pub count: u32,
    /// SHA-256 of them, as whoever packs them writes them.
    pub digest: Digest,
}

/// A time in which a package may be put into service, RFC 3339 to the second in UTC. Both ends belong to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Validity {
    /// From when on; from the beginning if it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<String>,
    /// Until when; without end if it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<String>,
}

impl Validity {
    fn is_unlimited(&self) -> bool {
        *self == Self::default()
    }

    /// Both ends in seconds since 1970.
    pub(crate) fn seconds(&self) -> Result<(Option<i64>, Option<i64>), ManifestError> {
        let read = |field: &'static str, text: &Option<String>| {
            let moment = text.as_deref().map(second).transpose();
            moment.map_err(|()| ManifestError::Field {
                field,
                expected: "a time in UTC to the second, such as 2027-01-01T00:00:00Z",
            })
        };
        let first = read("validity.notBefore", &self.not_before)?;
        let last = read("validity.notAfter", &self.not_after)?;
        match (first, last) {
            (Some(first), Some(last)) if first > last => Err(ManifestError::Field {
                field: "validity.notAfter",
                expected: "no time before validity.notBefore",
            }),
            ends => Ok(ends),
        }
    }
}

/// A time in the one form that a manifest has it in, so that its text says all of it.
fn second(text: &str) -> Result<i64, ()> {
    let moment: Moment = text.parse().map_err(|_| ())?;
    let is_plain = text.len() == "2027-01-01T00:00:00Z".len() && text.ends_with('Z');
    is_plain.then(|| moment.seconds()).ok_or(())
}

impl Manifest {
    /// The manifest of a component that says no more than it has to.
    pub fn of(
        agency: &str,
        version: Version,
        contract: Version,
        licence: &str,
        component: &[u8],
    ) -> Self {
        Self {
            form: FORM,
            agency: agency.to_owned(),
            version,
            contract,
            component: Measured {
                bytes: component.len() as u64,
                digest: Digest::of(component),
            },
            licence: licence.to_owned(),
            settings_schema: None,
            self_tests: None,
            sbom: None,
            validity: Validity::default(),
        }
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// It is too large, no JSON of this form, of a later form, or a field has a value that it cannot have.
    pub fn read(file: &[u8]) -> Result<Self, ManifestError> {
        #[derive(Deserialize)]
        struct Form {
            form: u32,
        }
        if file.len() > MOST_BYTES {
            return Err(ManifestError::TooLarge { most: MOST_BYTES });
        }
        // First, so that a later form is told as one, whatever else is in it.
        let form: Form = serde_json::from_slice(file).map_err(ManifestError::Json)?;
        if form.form != FORM {
            return Err(ManifestError::Form { form: form.form });
        }
        let manifest: Self = serde_json::from_slice(file).map_err(ManifestError::Json)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Checks what its types do not say.
    ///
    /// # Errors
    /// A field has a value that it cannot have.
    pub fn check(&self) -> Result<(), ManifestError> {
        let field = |field, expected| Err(ManifestError::Field { field, expected });
        let is_id = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let agency = self.agency.as_bytes();
        if agency.is_empty() || agency.len() > MOST_TEXT || !agency.iter().copied().all(is_id) {
            return field(
                "agency",
                "lower-case letters, digits and hyphens, such as tulli",
            );
        }
        let is_graphic = |byte: u8| (b' '..=b'~').contains(&byte);
        let licence = self.licence.as_bytes();
        if licence.is_empty()
            || licence.len() > MOST_TEXT
            || !licence.iter().copied().all(is_graphic)
        {
            return field("licence", "an SPDX expression in ASCII, such as Apache-2.0");
        }
        self.validity.seconds().map(drop)
    }

    /// As JSON, to be written to a file.
    pub fn to_json(&self) -> String {
        // Maps with keys that are no texts, and errors of writing: there are none.
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        text + "\n"
    }

    /// What is signed: all that the manifest says, a line each, in one order, ended by LF. Values have no line breaks. `-` stands where nothing is said.
    pub fn statement(&self) -> String {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let digest = |digest: Option<Digest>| or_none(digest.map(|digest| digest.to_string()));
        let tests = self.self_tests.as_ref();
        let tests = tests.map(|tests| format!("{} {}", tests.count, tests.digest));
        let lines = [
            ("silta-package", self.form.to_string()),
            ("agency", self.agency.clone()),
            ("version", self.version.to_string()),
            ("contract", self.contract.to_string()),
            (
                "component",
                format!("{} {}", self.component.bytes, self.component.digest),
            ),
            ("licence", self.licence.clone()),
            ("settings-schema", digest(self.settings_schema)),
            ("self-tests", or_none(tests)),
            ("sbom", digest(self.sbom)),
            ("not-before", or_none(self.validity.not_before.clone())),
            ("not-after", or_none(self.validity.not_after.clone())),
        ];
        let lines = lines
            .iter()
            .map(|(name, value)| format!("{name} {value}\n"));
        lines.collect()
    }
}
