// SPDX-License-Identifier: Apache-2.0
//! The file: two lines in the clear, and what is sealed. `README.md` has the format.

use crate::{
    content::Content,
    error::{BundleError, SealError},
    header::{Header, VERSION},
    key::{OpeningKey, SealingKey},
};

/// What every bundle begins with; the version follows, and the end of the line.
const MARK: &[u8] = b"silta-bundle ";

/// Longest version that is told.
const LONGEST_VERSION: usize = 16;

/// Bytes by which what is sealed is longer than the content: the encapsulated key, and the tag of AES-GCM.
const OVERHEAD: u64 = 32 + 16;

/// A recorded call, of which nothing but the header can be read without the private key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    header: Header,
    /// Everything before what is sealed; the seal covers it.
    clear: Vec<u8>,
    sealed: Vec<u8>,
}

impl Bundle {
    /// Seals a call. What the header says of the seal is written here.
    ///
    /// # Errors
    /// The key is not a usable one of X25519.
    pub fn seal(header: Header, content: &Content, key: &SealingKey) -> Result<Self, SealError> {
        let content = serde_json::to_vec(content).map_err(|_| SealError)?;
        let header = Header {
            sealed_to: key.id(),
            sealed_bytes: content.len() as u64 + OVERHEAD,
            ..header
        };
        let line = serde_json::to_vec(&header).map_err(|_| SealError)?;
        let clear = [MARK, VERSION.as_bytes(), b"\n", &line, b"\n"].concat();
        let sealed = key.seal(&clear, &content)?;
        Ok(Self {
            header,
            clear,
            sealed,
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It is no bundle, of another version, cut, or its header cannot be read. Whether anything in it was changed shows when it is [opened](Self::open).
    pub fn read(file: &[u8]) -> Result<Self, BundleError> {
        let after_mark = file.strip_prefix(MARK).ok_or(BundleError::NotABundle)?;
        let (version, rest) = line(after_mark).ok_or(BundleError::NotABundle)?;
        if version != VERSION.as_bytes() {
            let is_version = version.len() <= LONGEST_VERSION && version.is_ascii();
            let is_version = is_version && version.iter().all(u8::is_ascii_graphic);
            let version = String::from_utf8_lossy(version).into_owned();
            return Err(match is_version {
                true => BundleError::OtherVersion(version),
                false => BundleError::NotABundle,
            });
        }
        let (line, sealed) = line(rest).ok_or(BundleError::Header { column: 0 })?;
        let header: Header = serde_json::from_slice(line).map_err(|error| BundleError::Header {
            column: error.column(),
        })?;
        let (expected, found) = (header.sealed_bytes, sealed.len() as u64);
        if found < expected.max(OVERHEAD) {
            return Err(BundleError::Cut { expected, found });
        }
        if found > expected {
            return Err(BundleError::TooLong { expected, found });
        }
        let clear = file.len() - sealed.len();
        Ok(Self {
            header,
            clear: file.get(..clear).unwrap_or_default().to_vec(),
            sealed: sealed.to_vec(),
        })
    }

    /// As a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.clear.as_slice(), &self.sealed].concat()
    }

    /// What it says in the clear. That nobody has changed it shows when it is [opened](Self::open).
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What is sealed.
    ///
    /// # Errors
    /// It is sealed to another key, was changed, or holds something else.
    pub fn open(&self, key: &OpeningKey) -> Result<Content, BundleError> {
        let given = key.public().id();
        if self.header.sealed_to != given {
            return Err(BundleError::OtherKey {
                sealed_to: self.header.sealed_to.clone(),
                given,
            });
        }
        let opened = key.open(&self.clear, &self.sealed);
        let opened = opened.ok_or(BundleError::Tampered)?;
        serde_json::from_slice(&opened).map_err(|_| BundleError::Content)
    }
}

/// A line without its end, and what follows it.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((bytes.get(..end)?, bytes.get(end + 1..)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::content::Answer;

    fn header() -> Header {
        Header {
            agency: "tulli".into(),
            function: "envelope.build".into(),
            operation: "upload".into(),
            at: "2026-07-01T00:00:00Z".into(),
            generation: 7,
            ..Header::default()
        }
    }

    fn content() -> Content {
        Content {
            settings: "{}".into(),
            limits: json!({"memory-bytes": 5}),
            arguments: vec![json!("upload"), json!({"text": "131052-900W"})],
            answers: vec![Answer {
                function: "clock.now".into(),
                arguments: Vec::new(),
                answer: json!({"seconds": 1, "nanoseconds": 0}),
            }],
            result: json!({"tag": "ok"}),
        }
    }

    fn key() -> OpeningKey {
        OpeningKey::generate().unwrap().0
    }

    #[test]
    fn a_bundle_is_opened_as_it_was_sealed_and_shows_nothing_of_its_content() {
        let key = key();
        let file = Bundle::seal(header(), &content(), &key.public())
            .unwrap()
            .to_bytes();
        let shown = String::from_utf8_lossy(&file);
        assert!(
            !shown.contains("900W") && shown.contains("tulli"),
            "{shown}"
        );
        let bundle = Bundle::read(&file).unwrap();
        assert_eq!(bundle.header().operation, "upload");
        assert_eq!(bundle.open(&key), Ok(content()));
        assert!(!format!("{:?}", bundle.open(&key)).contains("900W"));
        let error = bundle.open(&self::key()).unwrap_err();
        assert_eq!(error.code(), "bundle.other-key");
    }

    #[test]
    fn what_was_changed_cut_or_made_by_another_version_is_told_so() {
        let key = key();
        let file = Bundle::seal(header(), &content(), &key.public())
            .unwrap()
            .to_bytes();
        let code = |file: &[u8]| match Bundle::read(file) {
            Ok(bundle) => bundle
                .open(&key)
                .map_or_else(|error| error.code(), |_| "opened"),
            Err(error) => error.code(),
        };
        let text = |file: &[u8], from: &str, to: &str| {
            let at = file
                .windows(from.len())
                .position(|it| it == from.as_bytes());
            let at = at.unwrap();
            [&file[..at], to.as_bytes(), &file[at + from.len()..]].concat()
        };
        assert_eq!(code(&file), "opened");
        assert_eq!(code(b""), "bundle.none");
        assert_eq!(code(b"silta-bundle 1"), "bundle.none");
        assert_eq!(code(b"silta-bundle 1\n"), "bundle.header");
        assert_eq!(code(b"silta-bundle 1\n{}\n"), "bundle.header");
        assert_eq!(code(&text(&file, "bundle 1", "bundle 2")), "bundle.version");
        assert_eq!(code(&text(&file, "tulli", "vero_")), "bundle.tampered");
        assert_eq!(
            code(&text(&file, "\"generation\"", "\"generations\"")),
            "bundle.header"
        );
        let mut changed = file.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(code(&changed), "bundle.tampered");
        assert_eq!(code(&file[..file.len() - 1]), "bundle.cut");
        assert_eq!(code(&[&file[..], b"x"].concat()), "bundle.too-long");
    }

    proptest! {
        #[test]
        fn no_bytes_at_all_are_more_than_an_error(bytes: Vec<u8>, after in "[ -~\n]{0,200}") {
            let _ = Bundle::read(&bytes);
            let _ = Bundle::read(format!("silta-bundle 1\n{after}").as_bytes());
        }

        #[test]
        fn a_cut_bundle_is_never_opened(at in 0usize..400) {
            let key = key();
            let file = Bundle::seal(header(), &content(), &key.public()).unwrap().to_bytes();
            if at < file.len() {
                prop_assert!(Bundle::read(&file[..at]).is_err());
            }
        }
    }
}
