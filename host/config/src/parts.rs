// SPDX-License-Identifier: Apache-2.0
//! What a configuration names, part by part: each is read by itself, and everything that is wrong with it is told.

use std::{ops::RangeInclusive, path::PathBuf};

use serde_json::Value;
use silta::{
    AnchorSet, Limits, RoleKey, TrustStore,
    keys::{Chain, KeyError},
    pem,
    trust::{ClockTolerance, TrustError},
};
use silta_gateway::ListenerPair;
use toml::Spanned;

use crate::{
    error::ConfigError,
    json_form,
    load::{Config, list_limit},
    read::{self, LIMIT},
    tables::{AgencyTable, AnchorTable, KeyTable},
    upkeep::Expiry,
};

/// What a table of an agency names, part by part.
#[derive(Debug)]
pub struct AgencyParts<'a> {
    config: &'a Config,
    id: &'a str,
    table: &'a AgencyTable,
}

/// A part of a configuration: a key, an anchor set, a secret.
#[derive(Debug)]
pub struct Part<T> {
    /// Its name: a role, or that of an anchor set.
    pub name: String,
    /// The field that it stands in, such as `agencies.tulli.keys.builder`.
    pub field: String,
    /// What its files hold, or everything that is wrong with it: at least one error.
    pub content: Result<T, Vec<ConfigError>>,
}

/// Where a private key and its certificates lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The private key.
    pub private_key: PathBuf,
    /// Its certificate, and those of its issuers.
    pub certificates: PathBuf,
}

/// A private key of the listener with its certificates.
pub type ListenerPart = Part<ListenerPair>;

/// What the clock tolerances of an anchor set can be.
const TOLERANCE_RANGE: RangeInclusive<u32> = 0..=86_400;

/// What a named file adds to an anchor set.
type AddPem = fn(AnchorSet, &[u8]) -> Result<AnchorSet, TrustError>;

impl Config {
    /// What the table of an agency names, part by part.
    ///
    /// # Errors
    /// The agency is not configured.
    pub fn parts<'a>(&'a self, agency: &'a str) -> Result<AgencyParts<'a>, ConfigError> {
        Ok(AgencyParts {
            config: self,
            id: agency,
            table: self.agency(agency)?,
        })
    }

    /// Every private key of the listener with its certificates, the files read; empty without a listener. The name of a part is its
    /// table's.
    pub fn listener_parts(&self) -> Vec<ListenerPart> {
        let listener = self.content.listener.iter();
        let pairs = listener.flat_map(|table| table.pairs());
        let part = |(name, key, certificates): (String, &Spanned<PathBuf>, &Spanned<PathBuf>)| {
            let key = self.read_private(key, &format!("{name}.private-key"));
            let certificates =
                self.read_named(certificates, &format!("{name}.certificates"), LIMIT);
            let content = both(key, certificates).map(|(private_key, certificates)| ListenerPair {
                private_key,
                certificates,
            });
            Part {
                field: name.clone(),
                name,
                content,
            }
        };
        pairs.map(part).collect()
    }
}

impl AgencyParts<'_> {
    /// The settings, as the component gets them.
    ///
    /// # Errors
    /// A value that JSON has no form for.
    pub fn settings(&self) -> Result<Value, ConfigError> {
        if let Some((pointer, reason)) = json_form::without_one(&self.table.settings) {
            let reason = reason.to_owned();
            return Err(self.config.wrong_setting(self.id, &pointer, reason));
        }
        serde_json::to_value(&self.table.settings).map_err(|error| {
            let field = format!("agencies.{}.settings", self.id);
            let reason = format!("cannot be expressed in JSON: {error}");
            self.config.error(field, reason)
        })
    }

    /// What one call may use.
    pub fn limits(&self) -> &Limits {
        &self.table.limits
    }

    /// Keys by role.
    pub fn keys(&self) -> Vec<Part<RoleKey>> {
        let keys = self.table.keys.iter();
        keys.map(|(role, key)| self.part("keys", role, |field| self.role_key(field, key)))
            .collect()
    }

    /// Anchor sets by name.
    pub fn anchors(&self) -> Vec<Part<AnchorSet>> {
        let sets = self.table.anchors.iter();
        sets.map(|(name, set)| self.part("anchors", name, |field| self.anchor_set(field, set)))
            .collect()
    }

    /// What anchor sets are added to: it knows which weak algorithms are allowed.
    pub fn trust(&self) -> TrustStore {
        TrustStore::new()
            .with_sha1(self.table.allow_sha1)
            .with_short_rsa(self.table.allow_short_rsa)
    }

    /// Values of secrets by role, the current one first. The field is the one that names the files.
    pub fn secrets(&self) -> Vec<Part<Vec<Vec<u8>>>> {
        let secrets = self.table.secrets.iter();
        secrets
            .map(|(role, table)| {
                let name = format!("{role}.files");
                let part = self.part("secrets", &name, |field| self.values(field, &table.files));
                Part {
                    name: role.clone(),
                    ..part
                }
            })
            .collect()
    }

    /// Files for the TLS connection of a request that asks for a role; `None` if the role is not configured.
    pub fn tls_files(&self, role: &str) -> Option<TlsFiles> {
        let key = self.table.keys.get(role)?;
        Some(TlsFiles {
            private_key: self.config.resolve(key.private_key.as_ref()),
            certificates: self.config.resolve(key.certificates.as_ref()),
        })
    }

    /// File of the certificates that the agency's server has to lead to; `None` for those the program trusts by default.
    pub fn server_anchors_file(&self) -> Option<PathBuf> {
        let path = self.table.tls.server_anchors.as_ref()?;
        Some(self.config.resolve(path.as_ref()))
    }

    /// When the certificates run out that the agency's server has to lead to; `None` for those the program trusts by default.
    pub fn server_anchors(&self) -> Option<Part<Vec<Expiry>>> {
        let path = self.table.tls.server_anchors.as_ref()?;
        Some(self.part("tls", "server-anchors", |field| {
            let file = self.config.read_named(path, field, LIMIT);
            let file = file.map_err(|error| vec![error])?;
            match Chain::read(&file) {
                Ok(chain) => Ok(Expiry::of_certificates(field, chain.validities())),
                Err(error) => {
                    let reason = error.to_string();
                    Err(vec![self.config.error_in(
                        path.as_ref(),
                        field.to_owned(),
                        reason,
                    )])
                }
            }
        }))
    }

    fn part<T>(
        &self,
        kind: &str,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, Vec<ConfigError>>,
    ) -> Part<T> {
        let field = format!("agencies.{}.{kind}.{name}", self.id);
        Part {
            name: name.to_owned(),
            content: read(&field),
            field,
        }
    }

    fn role_key(&self, field: &str, key: &KeyTable) -> Result<RoleKey, Vec<ConfigError>> {
        let config = self.config;
        let private_key = config.read_private(&key.private_key, &format!("{field}.private-key"));
        let certificates = format!("{field}.certificates");
        let certificates = config.read_named(&key.certificates, &certificates, LIMIT);
        let wrong = |error: &KeyError| {
            let (path, name) = match is_of_certificates(error) {
                true => (&key.certificates, "certificates"),
                false => (&key.private_key, "private-key"),
            };
            config.error_in(path.as_ref(), format!("{field}.{name}"), error.to_string())
        };
        // One that cannot be read does not hide what is wrong with the other.
        let alone = |private_key: Option<&[u8]>, certificates: Option<&[u8]>| {
            let key = private_key.and_then(|file| pem::private_key(file).err());
            let key = key.map(KeyError::PrivateKeyFile);
            let chain = certificates.and_then(|file| Chain::read(file).err());
            [key, chain]
                .into_iter()
                .flatten()
                .map(|error| wrong(&error))
        };
        let (private_key, certificates) = match (private_key, certificates) {
            (Ok(private_key), Ok(certificates)) => (private_key, certificates),
            (private_key, certificates) => {
                let (key, chain) = (private_key.as_deref().ok(), certificates.as_deref().ok());
                let further: Vec<_> = alone(key, chain).collect();
                let unread = [private_key.err(), certificates.err()];
                return Err(unread.into_iter().flatten().chain(further).collect());
            }
        };
        let role = match RoleKey::from_pem(&private_key, &certificates) {
            Ok(role) => role,
            Err(error) if is_of_certificates(&error) => return Err(vec![wrong(&error)]),
            Err(error) => {
                let further = alone(None, Some(&certificates));
                return Err([wrong(&error)].into_iter().chain(further).collect());
            }
        };
        let role = match &key.algorithms {
            None => role,
            Some(algorithms) => role.with_algorithms(algorithms).map_err(|error| {
                vec![config.wrong(&format!("{field}.algorithms"), error.to_string())]
            })?,
        };
        Ok(match key.signatures_per_call {
            Some(signatures) => role.with_signatures_per_call(signatures),
            None => role,
        })
    }

    fn anchor_set(&self, field: &str, table: &AnchorTable) -> Result<AnchorSet, Vec<ConfigError>> {
        if table.certificates.is_none() && table.pinned.is_none() {
            let reason = "this set trusts nobody; name a file of issuers' certificates in `certificates`, one of certificates or keys to be trusted by themselves in `pinned`, or both";
            return Err(vec![self.config.error(field.to_owned(), reason.into())]);
        }
        let mut set = AnchorSet::new();
        let mut errors = Vec::new();
        for (path, name, limit, add) in [
            (
                &table.certificates,
                "certificates",
                LIMIT,
                AnchorSet::with_anchors_pem as AddPem,
            ),
            (&table.pinned, "pinned", LIMIT, AnchorSet::with_pins_pem),
            (
                &table.revocation_lists,
                "revocation-lists",
                list_limit(table),
                AnchorSet::with_revocation_lists,
            ),
            (
                &table.list_signers,
                "list-signers",
                LIMIT,
                AnchorSet::with_list_signers_pem,
            ),
        ] {
            let Some(path) = path else { continue };
            let field = format!("{field}.{name}");
            let file = self.config.read_named(path, &field, limit);
            let added = file.and_then(|file| {
                add(std::mem::take(&mut set), &file).map_err(|error| {
                    self.config
                        .error_in(path.as_ref(), field, error.to_string())
                })
            });
            match added {
                Ok(added) => set = added,
                Err(error) => errors.push(error),
            }
        }
        match self.demands(field, table, set) {
            Ok(set) if errors.is_empty() => Ok(set),
            Ok(_) => Err(errors),
            Err(more) => Err(errors.into_iter().chain(more).collect()),
        }
    }

    /// What an anchor set demands beside its files.
    fn demands(
        &self,
        field: &str,
        table: &AnchorTable,
        set: AnchorSet,
    ) -> Result<AnchorSet, Vec<ConfigError>> {
        let config = self.config;
        let mut errors = Vec::new();
        let mut tolerance = ClockTolerance::default();
        for (seconds, name, value) in [
            (
                table.clock_tolerance_seconds,
                "clock-tolerance-seconds",
                &mut tolerance.certificates,
            ),
            (
                table.list_clock_tolerance_seconds,
                "list-clock-tolerance-seconds",
                &mut tolerance.lists,
            ),
        ] {
            let Some(seconds) = seconds else { continue };
            match config.seconds(seconds, TOLERANCE_RANGE, &format!("{field}.{name}")) {
                Ok(seconds) => *value = seconds,
                Err(error) => errors.push(error),
            }
        }
        let set = set.with_clock_tolerance(tolerance);
        let set = set.with_policies(&table.policies).map_err(|error| {
            errors.push(config.wrong(&format!("{field}.policies"), error.to_string()));
        });
        match set {
            Ok(set) if errors.is_empty() => Ok(set),
            _ => Err(errors),
        }
    }

    fn values(
        &self,
        field: &str,
        files: &[Spanned<PathBuf>],
    ) -> Result<Vec<Vec<u8>>, Vec<ConfigError>> {
        let mut values = Vec::new();
        let mut errors = Vec::new();
        for path in files {
            let file = self.config.read_private(path, field);
            let value = file.and_then(|file| match secret(&file) {
                Ok(value) => Ok(value.to_vec()),
                Err(reason) => {
                    let field = field.to_owned();
                    Err(self.config.error_in(path.as_ref(), field, reason.into()))
                }
            });
            match value {
                Ok(value) => values.push(value),
                Err(error) => errors.push(error),
            }
        }
        match errors.is_empty() {
            true => Ok(values),
            false => Err(errors),
        }
    }
}

fn both<A, B>(
    one: Result<A, ConfigError>,
    other: Result<B, ConfigError>,
) -> Result<(A, B), Vec<ConfigError>> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (one, other) => Err([one.err(), other.err()].into_iter().flatten().collect()),
    }
}

/// Whether an error is about the file of the certificates, and not that of the private key.
fn is_of_certificates(error: &KeyError) -> bool {
    use KeyError as E;
    matches!(
        error,
        E::CertificateFile(_) | E::UnreadableCertificate(_) | E::KeyMismatch { .. }
    )
}

/// The secret in a file: without a byte order mark before it and the line end after it, which editors leave.
pub(crate) fn secret(file: &[u8]) -> Result<&[u8], &'static str> {
    if file.starts_with(b"\xff\xfe") || file.starts_with(b"\xfe\xff") {
        return Err("the file is text in UTF-16 or UTF-32; save it as UTF-8 or ASCII");
    }
    match read::without_mark(file).trim_ascii_end() {
        [] => Err("the file is empty; it has to hold the secret"),
        secret => Ok(secret),
    }
}
