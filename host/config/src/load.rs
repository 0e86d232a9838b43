// SPDX-License-Identifier: Apache-2.0
use std::{
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use silta::{
    AnchorSet, Deployment, Keyring, RoleKey, Secrets, TrustStore, keys::KeyError, observe::listed,
    trust::TrustError,
};
use toml::Spanned;

use crate::{
    error::ConfigError,
    form,
    read::{self, LIMIT, Limit},
    tables::{AgencyTable, AnchorTable, Content, KeyTable},
};

/// A configuration file, read and checked for form. Keys and certificates are read when an agency's [`Deployment`](silta::Deployment) is made.
#[derive(Debug, Clone)]
pub struct Config {
    file: PathBuf,
    text: String,
    pub(crate) content: Content,
}

/// Which component an agency is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComponentSource {
    /// The one that comes with the program.
    Builtin,
    /// A file.
    File(PathBuf),
}

/// What `reload-seconds` can be.
const RELOAD_RANGE: RangeInclusive<u32> = 1..=86_400;

/// Name of the component that comes with the program.
const BUILTIN: &str = "builtin";

/// What a named file adds to an anchor set.
type AddPem = fn(AnchorSet, &[u8]) -> Result<AnchorSet, TrustError>;

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// The file cannot be read, is not TOML, or has a name or a type that is not known there.
    pub fn read(file: impl Into<PathBuf>) -> Result<Self, ConfigError> {
        let file = file.into();
        match read::read_text(&file) {
            Ok(text) => Self::parse(file, text),
            Err(unreadable) => Err(ConfigError {
                file,
                place: None,
                field: String::new(),
                reason: unreadable.reason,
            }),
        }
    }

    /// Takes the text of a configuration file; `file` is where it lies, for paths and messages.
    ///
    /// # Errors
    /// As [`read`](Self::read), but for reading.
    pub fn parse(file: impl Into<PathBuf>, text: String) -> Result<Self, ConfigError> {
        let file = file.into();
        match form::parse(&text) {
            Ok(content) => Self {
                file,
                text,
                content,
            }
            .with_names_checked(),
            Err(malformed) => Err(ConfigError {
                file,
                place: malformed.offset.map(|offset| place(&text, offset)),
                field: String::new(),
                reason: malformed.reason,
            }),
        }
    }

    /// Roles have the form of names, so that messages may repeat them: what does not may be a secret in the place of its role.
    fn with_names_checked(self) -> Result<Self, ConfigError> {
        for (agency, table) in &self.content.agencies {
            let keys = table.keys.keys().map(|role| ("keys", role));
            let secrets = table.secrets.keys().map(|role| ("secrets", role));
            if let Some((kind, _)) = keys.chain(secrets).find(|(_, role)| !form::is_name(role)) {
                let reason = "a role in this table is not named in lower-case letters, digits and hyphens, as roles are; `silta describe` shows those that the component knows";
                return Err(self.error(format!("agencies.{agency}.{kind}"), reason.into()));
            }
        }
        Ok(self)
    }

    /// Ids of the agencies configured.
    pub fn agencies(&self) -> impl Iterator<Item = &str> {
        self.content.agencies.keys().map(String::as_str)
    }

    /// How often the files that are named are looked at for changes while they serve.
    ///
    /// # Errors
    /// It is set out of its range.
    pub fn reload_interval(&self) -> Result<Duration, ConfigError> {
        let seconds = self.content.reload_seconds;
        if RELOAD_RANGE.contains(&seconds) {
            return Ok(Duration::from_secs(seconds.into()));
        }
        let (least, most) = RELOAD_RANGE.into_inner();
        let reason = format!("has to be {least} to {most} seconds");
        Err(self.error("reload-seconds".into(), reason))
    }

    /// Where the audit trail of signatures goes; `None` for the program's log.
    pub fn audit_file(&self) -> Option<PathBuf> {
        self.content.audit.as_deref().map(|path| self.resolve(path))
    }

    /// Which component an agency is to have.
    ///
    /// # Errors
    /// The agency is not configured.
    pub fn component(&self, agency: &str) -> Result<ComponentSource, ConfigError> {
        let component = &self.agency(agency)?.component;
        Ok(if component == BUILTIN {
            ComponentSource::Builtin
        } else {
            ComponentSource::File(self.resolve(Path::new(component)))
        })
    }

    /// File of the certificates that the agency's server has to lead to; `None` for those the program trusts by default.
    ///
    /// # Errors
    /// The agency is not configured, or the file cannot be read.
    pub fn server_anchors(&self, agency: &str) -> Result<Option<Vec<u8>>, ConfigError> {
        let path = self.agency(agency)?.tls.server_anchors.as_ref();
        let field = format!("agencies.{agency}.tls.server-anchors");
        path.map(|path| self.read_named(path, &field, LIMIT))
            .transpose()
    }

    /// Files of private key and certificates of a key role, for the TLS connection of a request that asks for it.
    ///
    /// # Errors
    /// The agency or the role is not configured, or a file cannot be read.
    pub fn tls_identity(
        &self,
        agency: &str,
        role: &str,
    ) -> Result<(Vec<u8>, Vec<u8>), ConfigError> {
        let field = format!("agencies.{agency}.keys.{role}");
        let Some(key) = self.agency(agency)?.keys.get(role) else {
            return Err(self.error(field, "this key role is needed for the TLS connection and is not configured; add the table".into()));
        };
        let private_key = self.read_private(&key.private_key, &format!("{field}.private-key"))?;
        Ok((
            private_key,
            self.read_named(&key.certificates, &format!("{field}.certificates"), LIMIT)?,
        ))
    }

    /// The agency's deployment of a component: settings, keys, anchors, secrets and limits, all files read and checked.
    ///
    /// # Errors
    /// The file, the field and the remedy.
    pub fn deployment(
        &self,
        agency: &str,
        component: impl Into<Vec<u8>>,
    ) -> Result<Deployment, ConfigError> {
        let table = self.agency(agency)?;
        let settings = serde_json::to_string(&table.settings).map_err(|error| {
            self.error(
                format!("agencies.{agency}.settings"),
                format!("cannot be expressed in JSON: {error}"),
            )
        })?;
        Ok(Deployment::from_bytes(component)
            .with_settings(settings)
            .with_keyring(self.keyring(agency, table)?)
            .with_trust(self.trust(agency, table)?)
            .with_secrets(self.secrets(agency, table)?)
            .with_limits((*table.limits).clone()))
    }

    pub(super) fn agency(&self, agency: &str) -> Result<&AgencyTable, ConfigError> {
        let table = self.content.agencies.get(agency).map(|table| &**table);
        table.ok_or_else(|| {
            let known: Vec<&str> = self.agencies().collect();
            let known = listed(&known);
            self.error(
                format!("agencies.{agency}"),
                format!("this agency is not configured (configured: {known}); add the table"),
            )
        })
    }

    fn keyring(&self, agency: &str, table: &AgencyTable) -> Result<Keyring, ConfigError> {
        table
            .keys
            .iter()
            .try_fold(Keyring::new(), |keyring, (role, key)| {
                let key = self.role_key(&format!("agencies.{agency}.keys.{role}"), key)?;
                Ok(keyring.with(role.as_str(), key))
            })
    }

    fn role_key(&self, field: &str, key: &KeyTable) -> Result<RoleKey, ConfigError> {
        let private_key = self.read_private(&key.private_key, &format!("{field}.private-key"))?;
        let certificates = format!("{field}.certificates");
        let certificates = self.read_named(&key.certificates, &certificates, LIMIT)?;
        let at_fault = |error: &KeyError| {
            use KeyError as E;
            let of_certificate = matches!(
                error,
                E::CertificateFile(_) | E::UnreadableCertificate(_) | E::KeyMismatch { .. }
            );
            if of_certificate {
                (&key.certificates, "certificates")
            } else {
                (&key.private_key, "private-key")
            }
        };
        let mut role = RoleKey::from_pem(&private_key, &certificates).map_err(|error| {
            let (path, name) = at_fault(&error);
            self.error_in(path.as_ref(), format!("{field}.{name}"), error.to_string())
        })?;
        if let Some(algorithms) = &key.algorithms {
            role = role
                .with_algorithms(algorithms)
                .map_err(|error| self.error(format!("{field}.algorithms"), error.to_string()))?;
        }
        Ok(match key.signatures_per_call {
            Some(signatures) => role.with_signatures_per_call(signatures),
            None => role,
        })
    }

    fn trust(&self, agency: &str, table: &AgencyTable) -> Result<TrustStore, ConfigError> {
        let store = TrustStore::new()
            .with_sha1(table.allow_sha1)
            .with_short_rsa(table.allow_short_rsa);
        table.anchors.iter().try_fold(store, |store, (name, set)| {
            Ok(store.with(
                name.as_str(),
                self.anchor_set(&format!("agencies.{agency}.anchors.{name}"), set)?,
            ))
        })
    }

    fn anchor_set(&self, field: &str, table: &AnchorTable) -> Result<AnchorSet, ConfigError> {
        if table.certificates.is_none() && table.pinned.is_none() {
            let reason = "this set trusts nobody; name a file of issuers' certificates in `certificates`, one of certificates or keys to be trusted by themselves in `pinned`, or both";
            return Err(self.error(field.to_owned(), reason.into()));
        }
        let mut set = AnchorSet::new();
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
        ] {
            let Some(path) = path else { continue };
            let field = format!("{field}.{name}");
            let file = self.read_named(path, &field, limit)?;
            let wrong = |error: TrustError| self.error_in(path.as_ref(), field, error.to_string());
            set = add(set, &file).map_err(wrong)?;
        }
        Ok(set)
    }

    fn secrets(&self, agency: &str, table: &AgencyTable) -> Result<Secrets, ConfigError> {
        table
            .secrets
            .iter()
            .try_fold(Secrets::new(), |secrets, (role, table)| {
                let field = format!("agencies.{agency}.secrets.{role}.files");
                let mut values = Vec::new();
                for path in &table.files {
                    let file = self.read_private(path, &field)?;
                    let value = secret(&file).map_err(|reason| {
                        self.error_in(path.as_ref(), field.clone(), reason.into())
                    })?;
                    values.push(value.to_vec());
                }
                Ok(secrets.with_origin(role, values, field))
            })
    }

    /// Reads a file that the configuration names.
    pub(super) fn read_named(
        &self,
        path: &Spanned<PathBuf>,
        field: &str,
        limit: Limit,
    ) -> Result<Vec<u8>, ConfigError> {
        self.check_path(path, field)?;
        let path = path.as_ref();
        let read = read::read(&self.resolve(path), limit);
        let read =
            read.map_err(|unreadable| self.error_in(path, field.to_owned(), unreadable.reason))?;
        Ok(read)
    }

    /// Reads a file that holds a key or a secret. A path that leads nowhere is not repeated: it may be what was to be in the file.
    pub(super) fn read_private(
        &self,
        path: &Spanned<PathBuf>,
        field: &str,
    ) -> Result<Vec<u8>, ConfigError> {
        self.check_path(path, field)?;
        let file = self.resolve(path.as_ref());
        match read::read(&file, LIMIT) {
            Ok(bytes) => Ok(bytes),
            Err(unreadable) if unreadable.is_missing => {
                let reason = "there is no file of the name that stands here, looked for from the folder of the configuration; check the path. It is not repeated: should it be the key or the secret itself, put that into a file of its own";
                Err(self.error_at(path, field, reason))
            }
            Err(unreadable) => {
                Err(self.error_in(path.as_ref(), field.to_owned(), unreadable.reason))
            }
        }
    }

    /// A key pasted in place of the path to it must not be repeated as a path.
    fn check_path(&self, path: &Spanned<PathBuf>, field: &str) -> Result<(), ConfigError> {
        let text = path.as_ref().to_string_lossy();
        if text.contains(char::is_control) || text.contains("-----") {
            let reason = "this has to be the path of a file, not its content; put the content into a file of its own";
            return Err(self.error_at(path, field, reason));
        }
        Ok(())
    }

    pub(super) fn resolve(&self, path: &Path) -> PathBuf {
        self.file
            .parent()
            .unwrap_or_else(|| Path::new(""))
            .join(path)
    }

    /// An error in the configuration itself.
    pub(super) fn error(&self, field: String, reason: String) -> ConfigError {
        ConfigError {
            file: self.file.clone(),
            place: self.place_of(&field),
            field,
            reason,
        }
    }

    /// An error in the configuration itself, in a value of it.
    fn error_at(&self, value: &Spanned<PathBuf>, field: &str, reason: &str) -> ConfigError {
        ConfigError {
            place: Some(place(&self.text, value.span().start)),
            ..self.error(field.to_owned(), reason.to_owned())
        }
    }

    /// An error in a file that the configuration names.
    fn error_in(&self, path: &Path, field: String, reason: String) -> ConfigError {
        ConfigError {
            file: self.resolve(path),
            place: None,
            field,
            reason,
        }
    }

    /// Where the table of a field begins, if the file has it written out as `[a.b.c]`.
    fn place_of(&self, field: &str) -> Option<(usize, usize)> {
        let header = |line: &str| {
            line.trim()
                .strip_prefix('[')
                .and_then(|line| line.strip_suffix(']'))
                .map(str::to_owned)
        };
        let mut table = field;
        loop {
            if let Some(line) = self
                .text
                .lines()
                .position(|line| header(line).as_deref() == Some(table))
            {
                return Some((line + 1, 1));
            }
            (table, _) = table.rsplit_once('.')?;
        }
    }
}

/// Limit of a file of revocation lists.
pub(super) fn list_limit(table: &AnchorTable) -> Limit {
    Limit {
        bytes: table.revocation_list_bytes,
        setting: "revocation-list-bytes",
    }
}

/// The secret in a file: without a byte order mark before it and the line end after it, which editors leave.
fn secret(file: &[u8]) -> Result<&[u8], &'static str> {
    if file.starts_with(b"\xff\xfe") || file.starts_with(b"\xfe\xff") {
        return Err("the file is text in UTF-16 or UTF-32; save it as UTF-8 or ASCII");
    }
    match read::without_mark(file).trim_ascii_end() {
        [] => Err("the file is empty; it has to hold the secret"),
        secret => Ok(secret),
    }
}

/// Line and column of an offset, counted from 1.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |last| last.chars().count())
        + 1;
    (line, column)
}
