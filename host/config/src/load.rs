// SPDX-License-Identifier: Apache-2.0
use std::{
    collections::BTreeSet,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use silta::{ComponentBytes, Deployment, Keyring, Secrets, observe::listed};
use toml::Spanned;

use crate::{
    error::ConfigError,
    form,
    place::place,
    read::{self, LIMIT, Limit},
    tables::{AgencyTable, AnchorTable, Content},
};

/// A configuration file, read and checked for form. Keys and certificates are read when an agency's [`Deployment`](silta::Deployment) is made.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) file: PathBuf,
    pub(crate) text: String,
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

/// What `drain-seconds` can be.
const DRAIN_RANGE: RangeInclusive<u32> = 0..=3_600;

/// What `reload-seconds` can be.
const RELOAD_RANGE: RangeInclusive<u32> = 1..=86_400;

/// The tables that may change while a program serves.
const AGENCIES: &str = "agencies";

/// Name of the component that comes with the program.
const BUILTIN: &str = "builtin";

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

    /// Roles have the form of names, so that messages may repeat them: what does not may be a secret in the place of its role. Nothing is left to be filled in.
    fn with_names_checked(self) -> Result<Self, ConfigError> {
        let registries = self.misaddressed().into_iter().map(|(_, error)| error);
        let names = self.misnamed().into_iter().chain(self.unfilled());
        match names.chain(registries).next() {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    /// What is wrong with names of roles, for each table of them that has such a name.
    pub(super) fn misnamed(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        for (agency, table) in &self.content.agencies {
            let misnamed = |role: &String| !form::is_name(role);
            for (kind, is_wrong) in [
                ("keys", table.keys.keys().any(misnamed)),
                ("secrets", table.secrets.keys().any(misnamed)),
            ] {
                if is_wrong {
                    let reason = "a role in this table is not named in lower-case letters, digits and hyphens, as roles are; `silta describe` shows those that the component knows";
                    errors.push(self.error(format!("agencies.{agency}.{kind}"), reason.into()));
                }
            }
        }
        errors
    }

    /// What another configuration sets otherwise that is settled when a program starts: tables and settings beside those of agencies, agencies that only
    /// one of the two has, whom agencies receive mail for, and how they are polled.
    pub fn settled_otherwise(&self, other: &Self) -> Vec<String> {
        let parsed = |config: &Self| config.text.parse::<toml::Table>().unwrap_or_default();
        let (ours, theirs) = (parsed(self), parsed(other));
        let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        let names = names.into_iter().filter(|name| *name != AGENCIES);
        let differs = names.filter(|name| ours.get(*name) != theirs.get(*name));
        let table = |parsed: &toml::Table, id: &str, name: &str| {
            parsed.get(AGENCIES)?.get(id)?.get(name).cloned()
        };
        let ids: BTreeSet<&str> = self.agencies().chain(other.agencies()).collect();
        let has = |config: &Self, id: &str| config.agencies().any(|known| known == id);
        let ids = ids.into_iter().flat_map(|id| {
            if has(self, id) != has(other, id) {
                return vec![format!("{AGENCIES}.{id}")];
            }
            let differs = |name: &&str| table(&ours, id, name) != table(&theirs, id, name);
            let names = ["mail", "polls"].into_iter().filter(differs);
            names
                .map(|name| format!("{AGENCIES}.{id}.{name}"))
                .collect()
        });
        differs.cloned().chain(ids).collect()
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
        self.seconds(seconds, RELOAD_RANGE, "reload-seconds")
    }

    /// For how long calls of a generation that has been replaced may go on.
    ///
    /// # Errors
    /// It is set out of its range.
    pub fn drain_grace(&self) -> Result<Duration, ConfigError> {
        let seconds = self.content.drain_seconds;
        self.seconds(seconds, DRAIN_RANGE, "drain-seconds")
    }

    /// What a field sets in seconds, which have to be in a range.
    pub(crate) fn seconds(
        &self,
        seconds: u32,
        range: RangeInclusive<u32>,
        field: &str,
    ) -> Result<Duration, ConfigError> {
        if range.contains(&seconds) {
            return Ok(Duration::from_secs(seconds.into()));
        }
        let (least, most) = range.into_inner();
        let reason = format!("has to be {least} to {most} seconds");
        Err(self.wrong(field, reason))
    }

    /// Where the audit trail of signatures goes; `None` for the program's log.
    pub fn audit_file(&self) -> Option<PathBuf> {
        self.content.audit.as_deref().map(|path| self.resolve(path))
    }

    /// Id of the agency that a component has to be for: the name of its table, unless that says another.
    ///
    /// # Errors
    /// The agency is not configured.
    pub fn agency_of(&self, name: &str) -> Result<&str, ConfigError> {
        let table = self.agency(name)?;
        let configured = self.content.agencies.get_key_value(name);
        let name = configured.map_or("", |(name, _)| name.as_str());
        Ok(table.agency.as_deref().unwrap_or(name))
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

    /// The agency's deployment of a component: settings, keys, anchors, secrets and limits, all files read and checked.
    ///
    /// # Errors
    /// The file, the field and the remedy.
    pub fn deployment(
        &self,
        agency: &str,
        component: impl Into<ComponentBytes>,
    ) -> Result<Deployment, ConfigError> {
        let component = component.into();
        let version = self.packaged_version(agency, &component)?;
        let parts = self.parts(agency)?;
        let settings = parts.settings()?.to_string();
        let table = format!("agencies.{agency}");
        let first = |errors: Vec<ConfigError>| self.first(&table, errors);
        let mut keyring = Keyring::new();
        for part in parts.keys() {
            keyring = keyring.with(part.name, part.content.map_err(first)?);
        }
        let mut trust = parts.trust();
        for part in parts.anchors() {
            trust = trust.with(part.name, part.content.map_err(first)?);
        }
        let folder = self.secrets_folder(agency)?;
        let mut secrets = Secrets::new();
        for part in parts.secrets() {
            let values = part.content.map_err(first)?;
            secrets = match &folder {
                None => secrets.with_origin(part.name, values, part.field),
                Some(folder) => {
                    let secret = self.rotated_secret(agency, folder, &part.name, values)?;
                    secrets.with_changing(part.name, Arc::new(secret), part.field)
                }
            };
        }
        let deployment = Deployment::from_bytes(component);
        let deployment = match version {
            Some(version) => deployment.of_version(version),
            None => deployment,
        };
        Ok(deployment
            .of_agency(self.agency_of(agency)?)
            .with_settings(settings)
            .with_keyring(keyring)
            .with_trust(trust)
            .with_secrets(secrets)
            .with_limits(parts.limits().clone()))
    }

    /// The first of several errors in a table; there is one.
    pub(super) fn first(&self, table: &str, errors: Vec<ConfigError>) -> ConfigError {
        let none = || self.error(table.to_owned(), "this cannot be used".into());
        errors.into_iter().next().unwrap_or_else(none)
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
        read.map_err(|unreadable| self.error_in(path, field.to_owned(), unreadable.reason))
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
    pub(super) fn error_at(
        &self,
        value: &Spanned<PathBuf>,
        field: &str,
        reason: &str,
    ) -> ConfigError {
        ConfigError {
            place: Some(place(&self.text, value.span().start)),
            ..self.error(field.to_owned(), reason.to_owned())
        }
    }

    /// An error in a file that the configuration names.
    pub(super) fn error_in(&self, path: &Path, field: String, reason: String) -> ConfigError {
        ConfigError {
            file: self.resolve(path),
            place: None,
            field,
            reason,
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
