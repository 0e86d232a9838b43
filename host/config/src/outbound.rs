// SPDX-License-Identifier: Apache-2.0
//! How an agency is reached, and where its rotated secrets are kept.

use std::{
    fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use silta::{SecretFile, keys::Chain};
use silta_gateway::outbound::{
    ConnectSettings, MailCredentials, MailRelay, MailSecurity, Proxy, ProxyCredentials, SecretText,
    ServerTrust,
};
use toml::Spanned;

use crate::{error::ConfigError, load::Config, parts::secret, read::LIMIT, tables::RelaySecurity};

/// What `connect.timeout-seconds` can be.
const TIMEOUT_RANGE: RangeInclusive<u32> = 1..=600;

impl Config {
    /// How connections to an agency's servers are opened, and who vouches for them.
    ///
    /// # Errors
    /// The file, the field and the remedy.
    pub fn connect_settings(&self, agency: &str) -> Result<ConnectSettings, ConfigError> {
        let table = &self.agency(agency)?.connect;
        let field = |name: &str| format!("agencies.{agency}.connect.{name}");
        let connect_timeout = self.seconds(
            table.timeout_seconds,
            TIMEOUT_RANGE,
            &field("timeout-seconds"),
        )?;
        let proxy = match &table.proxy {
            None => None,
            Some(address) => {
                let proxy = Proxy::new(address);
                // The value is not repeated: addresses of proxies are often written with their password.
                let reason = "is not of the form host:port; a user name and password go into proxy-user and proxy-password-file";
                Some(proxy.map_err(|_| self.wrong(&field("proxy"), reason.into()))?)
            }
        };
        let credentials = (&table.proxy_user, &table.proxy_password_file);
        let proxy = match (proxy, credentials) {
            (None, (None, None)) => None,
            (Some(proxy), (None, None)) => Some(proxy),
            (Some(proxy), (Some(user), Some(file))) => {
                let credentials = ProxyCredentials {
                    user: user.clone(),
                    password: self.password(file, &field("proxy-password-file"))?,
                };
                let proxy = proxy.with_credentials(credentials);
                Some(proxy.map_err(|error| self.wrong(&field("proxy-user"), error.to_string()))?)
            }
            _ => {
                let reason = "proxy-user and proxy-password-file stand together, and with proxy";
                return Err(self.wrong(&field("proxy-user"), reason.into()));
            }
        };
        Ok(ConnectSettings {
            trust: self.server_trust(agency)?,
            proxy,
            connect_timeout,
            send_trace: table.send_traceparent,
            ..ConnectSettings::default()
        })
    }

    /// Where mail to an agency goes; `None` where none is configured.
    ///
    /// # Errors
    /// The file, the field and the remedy.
    pub fn relay(&self, agency: &str) -> Result<Option<MailRelay>, ConfigError> {
        let Some(table) = &self.agency(agency)?.relay else {
            return Ok(None);
        };
        let field = |name: &str| format!("agencies.{agency}.relay.{name}");
        let security = match table.security {
            RelaySecurity::Starttls => MailSecurity::StartTls,
            RelaySecurity::Tls => MailSecurity::Implicit,
            RelaySecurity::PlainOnLoopback => MailSecurity::PlainOnLoopback,
        };
        let credentials = match (&table.user, &table.password_file) {
            (None, None) => None,
            (Some(user), Some(file)) => Some(MailCredentials {
                user: user.clone(),
                password: self.password(file, &field("password-file"))?,
            }),
            _ => {
                let reason = "user and password-file stand together";
                return Err(self.wrong(&field("user"), reason.into()));
            }
        };
        let timeout = self.agency(agency)?.connect.timeout_seconds;
        Ok(Some(MailRelay {
            trust: self.server_trust(agency)?,
            credentials,
            connect_timeout: Duration::from_secs(timeout.into()),
            ..MailRelay::new(&table.host, table.port, security)
        }))
    }

    /// Who vouches for an agency's servers; `None` for those of the platform.
    fn server_trust(&self, agency: &str) -> Result<Option<ServerTrust>, ConfigError> {
        let Some(file) = self.server_anchors(agency)? else {
            return Ok(None);
        };
        let field = format!("agencies.{agency}.tls.server-anchors");
        let chain = Chain::read(&file).map_err(|error| self.wrong(&field, error.to_string()))?;
        let anchors = chain.certificates().iter().map(AsRef::as_ref);
        let trust = ServerTrust::anchors(anchors);
        let trust = trust.map_err(|error| self.wrong(&field, error.to_string()))?;
        Ok(Some(trust))
    }

    /// Who vouches for a receiver of ours; `None` for those of the platform.
    pub(crate) fn receiver_trust(
        &self,
        anchors: Option<&Spanned<PathBuf>>,
        field: &str,
    ) -> Result<Option<ServerTrust>, ConfigError> {
        let Some(path) = anchors else {
            return Ok(None);
        };
        let file = self.read_named(path, field, LIMIT)?;
        let wrong = |reason: String| self.wrong_file(field, reason);
        let chain = Chain::read(&file).map_err(|error| wrong(error.to_string()))?;
        let anchors = chain.certificates().iter().map(AsRef::as_ref);
        let trust = ServerTrust::anchors(anchors);
        Ok(Some(trust.map_err(|error| wrong(error.to_string()))?))
    }

    fn password(&self, file: &Spanned<PathBuf>, field: &str) -> Result<SecretText, ConfigError> {
        let content = self.read_private(file, field)?;
        let told = |reason: &str| self.error_in(file.as_ref(), field.to_owned(), reason.to_owned());
        let password = secret(&content).map_err(told)?;
        let text = std::str::from_utf8(password);
        let text = text.map_err(|_| told("the password is no text in UTF-8; save it as UTF-8"))?;
        Ok(SecretText::new(text))
    }

    /// Looks at the folder of the secrets that the host replaces, and at the files in it. Nothing is changed.
    ///
    /// # Errors
    /// The folder or a file of it cannot be used.
    pub fn secrets_are_kept(&self, agency: &str) -> Result<(), ConfigError> {
        let Some(folder) = self.secrets_folder(agency)? else {
            return Ok(());
        };
        let roles = self.agency(agency)?.secrets.keys();
        roles
            .map(|role| self.rotated_secret(agency, &folder, role, Vec::new()))
            .try_for_each(|secret| secret.map(drop))
    }

    /// Folder of the secrets that the host replaces, which is there and closed to others.
    pub(crate) fn secrets_folder(&self, agency: &str) -> Result<Option<PathBuf>, ConfigError> {
        let Some(path) = &self.agency(agency)?.secrets_folder else {
            return Ok(None);
        };
        let field = format!("agencies.{agency}.secrets-folder");
        let folder = self.resolve(path.as_ref());
        let found = fs::metadata(&folder);
        let is_folder = found.as_ref().is_ok_and(fs::Metadata::is_dir);
        if !is_folder {
            let reason = "there is no such folder; make it (`mkdir -m 700`), and keep it: it holds the secrets that the agency knows";
            return Err(self.error_at(path, &field, reason));
        }
        #[cfg(unix)]
        if found.is_ok_and(|found| std::os::unix::fs::MetadataExt::mode(&found) & 0o077 != 0) {
            let reason =
                "others can look into this folder of secrets; take that away (`chmod 700`)";
            return Err(self.error_at(path, &field, reason));
        }
        Ok(Some(folder))
    }

    /// A secret that begins with the values configured, in a file named for agency and role.
    pub(crate) fn rotated_secret(
        &self,
        agency: &str,
        folder: &Path,
        role: &str,
        values: Vec<Vec<u8>>,
    ) -> Result<SecretFile, ConfigError> {
        let file = folder.join(format!("{agency}.{role}.json"));
        SecretFile::open(&file, values).map_err(|error| {
            let field = format!("agencies.{agency}.secrets-folder");
            self.error_in(&file, field, error.to_string())
        })
    }
}
