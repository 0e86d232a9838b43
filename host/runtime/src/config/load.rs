use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    AgencyTable, AnchorTable, ComponentSource, Config, ConfigError, KeyTable, LimitsTable,
};
use crate::{
    AnchorSet, Deployment, Error, Keyring, Limits, RoleKey, Secrets, TrustStore, trust::TrustError,
};

/// Files that a configuration names are keys and certificates; none is larger.
const LARGEST_FILE: u64 = 4 << 20;

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
        match read_text(&file) {
            Ok(text) => Self::parse(file, text),
            Err(reason) => Err(ConfigError {
                file,
                place: None,
                field: String::new(),
                reason,
            }),
        }
    }

    /// Takes the text of a configuration file; `file` is where it lies, for paths and messages.
    ///
    /// # Errors
    /// As [`read`](Self::read), but for reading.
    pub fn parse(file: impl Into<PathBuf>, text: String) -> Result<Self, ConfigError> {
        let file = file.into();
        match toml::from_str(&text) {
            Ok(content) => Ok(Self {
                file,
                text,
                content,
            }),
            Err(error) => {
                let place = error.span().map(|span| place(&text, span.start));
                Err(ConfigError {
                    file,
                    place,
                    field: String::new(),
                    reason: error.message().replace('\n', " "),
                })
            }
        }
    }

    /// Ids of the agencies configured.
    pub fn agencies(&self) -> impl Iterator<Item = &str> {
        self.content.agencies.keys().map(String::as_str)
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

    /// PEM of the certificates that the agency's server has to lead to; `None` for those the program trusts by default.
    ///
    /// # Errors
    /// The agency is not configured, or the file cannot be read.
    pub fn server_anchors(&self, agency: &str) -> Result<Option<Vec<u8>>, ConfigError> {
        let path = self.agency(agency)?.tls.server_anchors.as_deref();
        path.map(|path| self.read_named(path, &format!("agencies.{agency}.tls.server-anchors")))
            .transpose()
    }

    /// PEM of private key and certificates of a key role, for the TLS connection of a request that asks for it.
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
        let private_key = self.read_named(&key.private_key, &format!("{field}.private-key"))?;
        Ok((
            private_key,
            self.read_named(&key.certificates, &format!("{field}.certificates"))?,
        ))
    }

    /// The agency's deployment of a component: settings, keys, anchors, secrets and limits, all files read and checked.
    ///
    /// # Errors
    /// [`Error::Config`] with the file, the field and the remedy.
    pub fn deployment(
        &self,
        agency: &str,
        component: impl Into<Vec<u8>>,
    ) -> Result<Deployment, Error> {
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
            .with_limits(limits(&table.limits)))
    }

    fn agency(&self, agency: &str) -> Result<&AgencyTable, ConfigError> {
        self.content.agencies.get(agency).ok_or_else(|| {
            let known: Vec<&str> = self.agencies().collect();
            let known = if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            };
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
        let private_key = self.read_named(&key.private_key, &format!("{field}.private-key"))?;
        let certificates = self.read_named(&key.certificates, &format!("{field}.certificates"))?;
        let at_fault = |error: &crate::keys::KeyError| {
            use crate::keys::KeyError as E;
            let of_certificate = matches!(
                error,
                E::NoCertificate | E::UnreadableCertificate(_) | E::KeyMismatch { .. }
            );
            if of_certificate {
                (&key.certificates, "certificates")
            } else {
                (&key.private_key, "private-key")
            }
        };
        let mut role = RoleKey::from_pem(&private_key, &certificates).map_err(|error| {
            let (path, name) = at_fault(&error);
            self.error_in(path, format!("{field}.{name}"), error.to_string())
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
        for (path, name, add) in [
            (
                &table.certificates,
                "certificates",
                AnchorSet::with_anchors_pem as AddPem,
            ),
            (&table.pinned, "pinned", AnchorSet::with_pins_pem),
            (
                &table.revocation_lists,
                "revocation-lists",
                AnchorSet::with_revocation_lists,
            ),
        ] {
            let Some(path) = path else { continue };
            let field = format!("{field}.{name}");
            let pem = self.read_named(path, &field)?;
            set = add(set, &pem).map_err(|error| self.error_in(path, field, error.to_string()))?;
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
                    let value = self.read_named(path, &field)?.trim_ascii_end().to_vec();
                    if value.is_empty() {
                        return Err(self.error_in(
                            path,
                            field,
                            "the file is empty; it has to hold the secret".into(),
                        ));
                    }
                    values.push(value);
                }
                Ok(secrets.with_configured(role, values, field))
            })
    }

    pub(super) fn read_named(&self, path: &Path, field: &str) -> Result<Vec<u8>, ConfigError> {
        // A key pasted in place of the path to it must not be repeated as a path.
        let text = path.to_string_lossy();
        if text.contains(char::is_control) || text.contains("-----") {
            let reason = "this has to be the path of a file, not its content; put the content into a file of its own";
            return Err(self.error(field.to_owned(), reason.into()));
        }
        read_bytes(&self.resolve(path))
            .map_err(|reason| self.error_in(path, field.to_owned(), reason))
    }

    fn resolve(&self, path: &Path) -> PathBuf {
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

fn limits(table: &LimitsTable) -> Limits {
    let default = Limits::default();
    Limits {
        deadline: table
            .deadline_milliseconds
            .map_or(default.deadline, Duration::from_millis),
        memory: table.memory_bytes.unwrap_or(default.memory),
        blob_bytes: table.blob_bytes.unwrap_or(default.blob_bytes),
        hostcall_bytes: table.hostcall_bytes.unwrap_or(default.hostcall_bytes),
        handles: table.handles.unwrap_or(default.handles),
        log_bytes: table.log_bytes.unwrap_or(default.log_bytes),
    }
}

fn read_text(path: &Path) -> Result<String, String> {
    String::from_utf8(read_bytes(path)?).map_err(|_| "is not text in UTF-8".into())
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    let size = fs::metadata(path)
        .map_err(|error| unreadable(&error))?
        .len();
    if size > LARGEST_FILE {
        return Err(format!(
            "has {size} bytes; nothing larger than {LARGEST_FILE} is read here, is it the right file?"
        ));
    }
    fs::read(path).map_err(|error| unreadable(&error))
}

fn unreadable(error: &std::io::Error) -> String {
    format!("cannot be read ({error}); check the path and its permissions")
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
