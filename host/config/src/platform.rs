// SPDX-License-Identifier: Apache-2.0
//! Where an integration platform calls, and by which tokens.

use std::{collections::BTreeSet, net::SocketAddr};

use silta_gateway::{
    ListenerPair, OWN_ENTRIES,
    platform::{PlatformConfig, PlatformLimits, PlatformToken},
};
use silta_store::Digest;

use crate::read::LIMIT;
use crate::{
    error::ConfigError, form, load::Config, parts::Part, snapshot::Snapshot, tables::TokenTable,
    upkeep::Exposed,
};

/// What stands for all agencies.
const ALL: &str = "*";

impl Config {
    /// The platform's API, the files read; `None` when the table `[platform]` is left out.
    ///
    /// # Errors
    /// The first field or file that cannot be used. Limits are not among them, see [`PlatformConfig::check`].
    pub fn platform(&self) -> Result<Option<PlatformConfig>, ConfigError> {
        let (Some(limits), Some(address)) = (self.platform_limits(), self.platform_address())
        else {
            return Ok(None);
        };
        let first = |errors: Vec<ConfigError>| self.first("platform", errors);
        let identity = self.platform_identity();
        let identity = identity.map(|part| part.content.map_err(first));
        let tokens = self.platform_tokens().into_iter();
        Ok(Some(PlatformConfig {
            address: address?,
            identity: identity.transpose()?,
            tokens: tokens.collect::<Result<_, _>>()?,
            limits: *limits,
        }))
    }

    /// The address to listen at for the platform; `None` without the table.
    pub fn platform_address(&self) -> Option<Result<SocketAddr, ConfigError>> {
        let table = self.content.platform.as_ref()?;
        Some(table.address.parse().map_err(|_| {
            let reason =
                "this has to be an IP address with a port, such as 127.0.0.1:8446 or [::]:8446";
            self.wrong("platform.address", reason.into())
        }))
    }

    /// Key and certificates for TLS, the files read; `None` where neither is named.
    pub fn platform_identity(&self) -> Option<Part<ListenerPair>> {
        let table = self.content.platform.as_ref()?;
        let pair = (table.private_key.as_ref(), table.certificates.as_ref());
        self.identity_of("platform", pair, "to listen on this machine without TLS")
    }

    /// What clients may use; `None` without the table.
    pub fn platform_limits(&self) -> Option<&PlatformLimits> {
        let table = self.content.platform.as_ref()?;
        Some(&table.limits)
    }

    /// Tokens, each with what is wrong with it; where there is none, one error that says so. No error repeats a digest.
    pub fn platform_tokens(&self) -> Vec<Result<PlatformToken, ConfigError>> {
        let Some(table) = &self.content.platform else {
            return Vec::new();
        };
        if table.tokens.is_empty() {
            let reason = "no token is named, so that nobody could use the API; `silta token new` makes one, and the table to add";
            return vec![Err(self.wrong("platform.tokens", reason.to_owned()))];
        }
        let (mut ids, mut digests) = (BTreeSet::new(), BTreeSet::new());
        let tokens = table.tokens.iter().zip(1..);
        let tokens = tokens.map(|(table, number)| {
            let place = format!("platform.tokens[{number}]");
            let token = self.token(table, &place)?;
            if !ids.insert(token.id.clone()) {
                let reason = "another token has this id; idempotency keys and leases are told apart by it, so give each one of its own";
                return Err(self.wrong(&format!("{place}.id"), reason.to_owned()));
            }
            if !digests.insert(token.sha256) {
                let reason = "another id has the same token; make one for each, so that one can be withdrawn alone";
                return Err(self.wrong(&format!("{place}.sha256"), reason.to_owned()));
            }
            Ok(token)
        });
        tokens.collect()
    }

    fn token(&self, table: &TokenTable, place: &str) -> Result<PlatformToken, ConfigError> {
        let wrong = |field: &str, reason: &str| {
            Err(self.wrong(&format!("{place}.{field}"), reason.to_owned()))
        };
        if !form::is_name(&table.id) {
            return wrong(
                "id",
                "has to have 1 to 40 lower-case letters, digits, hyphens and underscores",
            );
        }
        let Ok(sha256) = table.sha256.parse::<Digest>() else {
            let reason = match table.sha256.starts_with("silta_") {
                true => {
                    "this is a token, which has no business in a file; make another one with `silta token new`, and put the SHA-256 here that it prints"
                }
                false => {
                    "has to be the SHA-256 of a token, 64 hexadecimal digits; `silta token new` prints it"
                }
            };
            return wrong("sha256", reason);
        };
        if table.agencies.is_empty() {
            return wrong("agencies", "names no agency; name some, or \"*\" for all");
        }
        let is_known = |name: &String| {
            [ALL, OWN_ENTRIES].contains(&name.as_str())
                || self.agencies().any(|known| known == name)
        };
        if let Some(unknown) = table.agencies.iter().position(|name| !is_known(name)) {
            let field = format!("{place}.agencies[{}]", unknown + 1);
            let reason = "no agency of this name is configured; correct it, or name \"*\" for all";
            return Err(self.wrong(&field, reason.to_owned()));
        }
        if table.may.is_empty() {
            return wrong(
                "may",
                "allows nothing; name some of \"submit\", \"read\", \"inbox\", \"decide\" and \"deploy\"",
            );
        }
        if let Err(limit) = table.limits.check() {
            let field = format!("{place}.limits.{}", limit.name);
            return Err(self.wrong(&field, format!("the limit {limit}")));
        }
        Ok(PlatformToken {
            id: table.id.clone(),
            sha256,
            agencies: table.agencies.clone(),
            may: table.may.iter().copied().collect(),
            limits: *table.limits,
        })
    }

    /// Of the platform's API: its key and certificates. Empty without them.
    pub fn platform_snapshot(&self) -> Snapshot {
        let table = self.content.platform.iter();
        let files = table.flat_map(|table| [&table.private_key, &table.certificates]);
        self.take(files.flatten().map(|path| (path, LIMIT)))
    }

    /// Files of private keys of the platform's API that every user of this machine can read or change.
    pub fn exposed_platform_files(&self) -> Vec<Exposed> {
        let table = self.content.platform.iter();
        let keys = table.flat_map(|table| &table.private_key);
        self.exposed(keys.map(|key| ("platform.private-key".to_owned(), key)))
    }
}
