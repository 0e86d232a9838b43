// SPDX-License-Identifier: Apache-2.0
//! `[registries.NAME]`: where components may be fetched from.

use std::{collections::BTreeMap, ops::RangeInclusive, path::PathBuf};

use silta::keys::Chain;
use silta_registry::{Credentials, Registry, RegistryLimits, RegistrySettings};
use toml::Spanned;

use crate::{
    error::ConfigError, load::Config, read::LIMIT, tables::RegistryTable, upkeep::Exposed,
};

/// What `seconds` and `component-bytes` can be.
const TIME_RANGE: RangeInclusive<u32> = 1..=600;
const BYTES_RANGE: RangeInclusive<u64> = 1..=64 << 20;

impl Config {
    /// Names of the registries that are configured.
    pub fn registry_names(&self) -> impl Iterator<Item = &str> {
        self.content.registries.keys().map(String::as_str)
    }

    /// The registry at an address, `HOST` or `HOST:PORT`, the files read now; `None` where no table has that address.
    ///
    /// # Errors
    /// The first field or file of its table that cannot be used.
    pub fn registry_at(&self, address: &str) -> Result<Option<Registry>, ConfigError> {
        let mut tables = self.content.registries.iter();
        let named = tables.find(|(_, table)| table.address.eq_ignore_ascii_case(address));
        named.map(|(name, _)| self.registry(name)).transpose()
    }

    /// One registry, by the name of its table, the files read now.
    ///
    /// # Errors
    /// The first field or file that cannot be used.
    pub fn registry(&self, name: &str) -> Result<Registry, ConfigError> {
        let field = |field: &str| format!("registries.{name}.{field}");
        let table = self.content.registries.get(name);
        let table = table.ok_or_else(|| {
            let reason = "there is no such table; add it".to_owned();
            self.error(format!("registries.{name}"), reason)
        })?;
        let settings = RegistrySettings {
            credentials: self.registry_credentials(table, &field("credentials"))?,
            anchors: self.registry_anchors(table.anchors.as_ref(), &field("anchors"))?,
            allow_http: table.allow_http,
            limits: self.registry_limits(table, field)?,
        };
        Registry::new(&table.address, settings)
            .map_err(|error| self.wrong(&field("address"), error.to_string()))
    }

    /// What is wrong with tables of registries, of all that is told without reading a file, with their names: no address is that of two.
    pub(crate) fn misaddressed(&self) -> Vec<(String, ConfigError)> {
        let mut errors = Vec::new();
        let mut known = BTreeMap::new();
        for (name, table) in &self.content.registries {
            let field = |field: &str| format!("registries.{name}.{field}");
            let reason = match Registry::address(&table.address) {
                Err(error) => Some(error.to_string()),
                Ok(address) => known.insert(address, name).map(|other| {
                    format!("is that of [registries.{other}], too; one registry has one table")
                }),
            };
            let address = reason.map(|reason| self.wrong(&field("address"), reason));
            let limits = self.registry_limits(table, field).err();
            let of_table = address.into_iter().chain(limits);
            errors.extend(of_table.map(|error| (name.clone(), error)));
        }
        errors
    }

    fn registry_limits(
        &self,
        table: &RegistryTable,
        field: impl Fn(&str) -> String,
    ) -> Result<RegistryLimits, ConfigError> {
        let mut limits = RegistryLimits::default();
        if let Some(seconds) = table.seconds {
            limits.time = self.seconds(seconds, TIME_RANGE, &field("seconds"))?;
        }
        if let Some(bytes) = table.component_bytes {
            if !BYTES_RANGE.contains(&bytes) {
                let reason = "has to be 1 to 67108864 bytes, the most that is compiled,".to_owned();
                return Err(self.wrong(&field("component-bytes"), reason));
            }
            limits.component_bytes = bytes;
        }
        Ok(limits)
    }

    fn registry_credentials(
        &self,
        table: &RegistryTable,
        field: &str,
    ) -> Result<Option<Credentials>, ConfigError> {
        let Some(path) = &table.credentials else {
            return Ok(None);
        };
        let file = self.read_private(path, field)?;
        let told = |reason| self.error_in(path.as_ref(), field.to_owned(), reason);
        let found = Credentials::of_file(&file, &table.address);
        let found = found.map_err(|error| told(error.to_string()))?;
        let none = || told("has nothing for the address of this registry under `auths`".to_owned());
        found.map(Some).ok_or_else(none)
    }

    fn registry_anchors(
        &self,
        path: Option<&Spanned<PathBuf>>,
        field: &str,
    ) -> Result<Option<Vec<silta_registry::CertificateDer<'static>>>, ConfigError> {
        let Some(path) = path else {
            return Ok(None);
        };
        let file = self.read_named(path, field, LIMIT)?;
        let told = |reason| self.error_in(path.as_ref(), field.to_owned(), reason);
        let chain = Chain::read(&file).map_err(|error| told(error.to_string()))?;
        let certificates = chain.certificates().iter();
        let owned = certificates.map(|one| AsRef::<[u8]>::as_ref(one).to_vec().into());
        Ok(Some(owned.collect()))
    }

    /// Files of credentials that others than their owner may read.
    pub fn exposed_registry_files(&self) -> Vec<Exposed> {
        let tables = self.content.registries.iter();
        let files = tables.filter_map(|(name, table)| {
            let field = format!("registries.{name}.credentials");
            Some((field, table.credentials.as_ref()?))
        });
        self.exposed(files)
    }
}
