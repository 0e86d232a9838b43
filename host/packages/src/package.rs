// SPDX-License-Identifier: Apache-2.0
//! A package, and what has to hold before its component is looked at.

use semver::Version;

use crate::{
    digest::Digest, error::VerifyError, key::SigningKey, manifest::Manifest,
    publishers::Publishers, signatures::Signatures,
};

/// A component with its manifest and signatures.
#[derive(Clone, PartialEq, Eq)]
pub struct Package {
    /// The component.
    pub component: Vec<u8>,
    /// What it says of it.
    pub manifest: Manifest,
    /// Who says it.
    pub signatures: Signatures,
}

/// What was found out of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Name of the publisher whose signature counts.
    pub publisher: String,
    /// Id of the publisher's key.
    pub key: String,
}

impl Package {
    /// A package that nobody has signed.
    pub fn new(component: Vec<u8>, manifest: Manifest) -> Self {
        Self {
            component,
            manifest,
            signatures: Signatures::default(),
        }
    }

    /// Signs it, in the place of an earlier signature of the same key.
    pub fn sign(&mut self, key: &SigningKey) {
        let statement = self.manifest.statement();
        self.signatures.sign(key, &statement);
    }

    /// Checks, in this order, that the component is the one of the manifest, that the package is for an agency, that a publisher who may publish for it has signed
    /// it, and that it may be put into service at a time, in seconds since 1970.
    ///
    /// One good signature is enough: the package may have those of others, whom nobody here knows. A wrong signature of a known key is an error all the same.
    ///
    /// # Errors
    /// The first of these that does not hold.
    pub fn verify(
        &self,
        agency: &str,
        publishers: &Publishers,
        now: i64,
    ) -> Result<Verified, VerifyError> {
        self.check_component()?;
        self.check_agency(agency)?;
        let verified = self.check_signatures(publishers)?;
        self.check_time(now)?;
        Ok(verified)
    }

    /// The same for an agency whose operator takes components that nobody has signed. What is signed is checked all the same: `None` says that nothing was.
    ///
    /// # Errors
    /// As [`verify`](Self::verify), but for a package without signatures.
    pub fn verify_or_unsigned(
        &self,
        agency: &str,
        publishers: &Publishers,
        now: i64,
    ) -> Result<Option<Verified>, VerifyError> {
        match self.verify(agency, publishers, now) {
            Err(VerifyError::Unsigned) => self.check_time(now).map(|()| None),
            verified => verified.map(Some),
        }
    }

    /// Checks, for an operator who has no publishers, that the component is the one of the manifest, that the package is for an agency, and that it may be put into
    /// service at a time. Signatures count for nothing then.
    ///
    /// # Errors
    /// The first of these that does not hold.
    pub fn check(&self, agency: &str, now: i64) -> Result<(), VerifyError> {
        self.check_component()?;
        self.check_agency(agency)?;
        self.check_time(now)
    }

    /// Checks that it may follow what serves: a later version, or the same component. A version that was published is never another component.
    ///
    /// # Errors
    /// It is an earlier version, or another component of the same one.
    pub fn check_successor(&self, serving: &Version, component: Digest) -> Result<(), VerifyError> {
        let manifest = &self.manifest;
        let found = (&manifest.version, manifest.component.digest);
        check_succession(found, (serving, component))
    }

    fn check_component(&self) -> Result<(), VerifyError> {
        let expected = self.manifest.component;
        let (bytes, digest) = (self.component.len() as u64, Digest::of(&self.component));
        if (bytes, digest) == (expected.bytes, expected.digest) {
            return Ok(());
        }
        Err(VerifyError::OtherComponent {
            found: format!("{bytes} bytes and {digest}"),
            expected: format!("{} bytes and {}", expected.bytes, expected.digest),
        })
    }

    fn check_agency(&self, agency: &str) -> Result<(), VerifyError> {
        if self.manifest.agency == agency {
            return Ok(());
        }
        Err(VerifyError::OtherAgency {
            found: self.manifest.agency.clone(),
            expected: agency.to_owned(),
        })
    }

    fn check_signatures(&self, publishers: &Publishers) -> Result<Verified, VerifyError> {
        let statement = self.manifest.statement();
        let agency = &self.manifest.agency;
        let (mut unknown, mut out_of_scope, mut good) = (Vec::new(), None, None);
        for signature in self.signatures.iter() {
            let Some(publisher) = publishers.of_key(&signature.key) else {
                unknown.push(signature.key.clone());
                continue;
            };
            let bytes = signature.bytes().unwrap_or_default();
            if !publisher.key.has_signed(&statement, &bytes) {
                return Err(VerifyError::WrongSignature {
                    publisher: publisher.name.clone(),
                    key: signature.key.clone(),
                });
            }
            if publisher.may_publish_for(agency) {
                good = good.or_else(|| {
                    Some(Verified {
                        publisher: publisher.name.clone(),
                        key: signature.key.clone(),
                    })
                });
            } else {
                out_of_scope = Some(VerifyError::OutOfScope {
                    publisher: publisher.name.clone(),
                    agencies: publisher.agencies(),
                    agency: agency.clone(),
                });
            }
        }
        match (good, out_of_scope) {
            (Some(verified), _) => Ok(verified),
            (None, Some(error)) => Err(error),
            (None, None) if unknown.is_empty() => Err(VerifyError::Unsigned),
            (None, None) => Err(VerifyError::UnknownKeys { keys: unknown }),
        }
    }

    fn check_time(&self, now: i64) -> Result<(), VerifyError> {
        let validity = &self.manifest.validity;
        let ends = validity.seconds();
        let (first, last) = ends.map_err(|error| VerifyError::Manifest(error.to_string()))?;
        let told = |text: &Option<String>| text.clone().unwrap_or_default();
        if first.is_some_and(|first| now < first) {
            return Err(VerifyError::NotYet {
                not_before: told(&validity.not_before),
            });
        }
        if last.is_some_and(|last| now > last) {
            return Err(VerifyError::Expired {
                not_after: told(&validity.not_after),
            });
        }
        Ok(())
    }
}

/// Checks that a component of a version may follow what serves: a later version, or the same component. A version is never another component. Of what comes in
/// a package, the manifest says the version; of others, the component itself does.
///
/// # Errors
/// [`VerifyError::Downgrade`], [`VerifyError::Republished`].
pub fn check_succession(
    (found, digest): (&Version, Digest),
    (serving, component): (&Version, Digest),
) -> Result<(), VerifyError> {
    if digest == component {
        return Ok(());
    }
    match found.cmp_precedence(serving) {
        std::cmp::Ordering::Greater => Ok(()),
        std::cmp::Ordering::Less => Err(VerifyError::Downgrade {
            found: found.clone(),
            serving: serving.clone(),
        }),
        std::cmp::Ordering::Equal => Err(VerifyError::Republished {
            version: found.clone(),
            serving: component,
            found: digest,
        }),
    }
}

/// Shows no component.
impl std::fmt::Debug for Package {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Package")
            .field("component", &format_args!("{} bytes", self.component.len()))
            .field("manifest", &self.manifest)
            .field("signatures", &self.signatures)
            .finish()
    }
}
