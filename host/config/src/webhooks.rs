// SPDX-License-Identifier: Apache-2.0
//! `[webhooks.NAME]`: where entries of the inbox are pushed.

use std::time::Duration;

use silta_gateway::{
    outbound::ConnectSettings,
    webhooks::{self, EntryFilter, SigningSecret, WebhookSettings},
};

use crate::{
    error::ConfigError, form, load::Config, parts::secret, read::LIMIT, snapshot::Snapshot,
    tables::WebhookTable, upkeep::Exposed,
};

/// The most secrets of a webhook: the new one and the one that it replaces.
const MOST_SECRETS: usize = 2;

const DAY: u32 = 24 * 60 * 60;

/// A receiver of entries, the files read.
///
/// `Debug` does not show the URL: people put tokens into URLs.
#[derive(Clone)]
pub struct WebhookConfig {
    /// Its name.
    pub name: String,
    /// Where it listens.
    pub url: String,
    /// What it gets.
    pub filter: EntryFilter,
    /// What messages are signed with.
    pub secrets: Vec<SigningSecret>,
    /// How connections are opened, and who vouches for the receiver.
    pub connect: ConnectSettings,
    /// All else.
    pub settings: WebhookSettings,
}

impl std::fmt::Debug for WebhookConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookConfig")
            .field("name", &self.name)
            .field("filter", &self.filter)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// Names of the webhooks that are configured, in their order: an entry that several would get goes to the first.
    pub fn webhook_names(&self) -> impl Iterator<Item = &str> {
        self.content.webhooks.keys().map(String::as_str)
    }

    /// All webhooks, the files read.
    ///
    /// # Errors
    /// The first field or file that cannot be used.
    pub fn webhooks(&self) -> Result<Vec<WebhookConfig>, ConfigError> {
        self.webhook_names()
            .map(|name| self.webhook(name))
            .collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// The first field or file that cannot be used.
    pub fn webhook(&self, name: &str) -> Result<WebhookConfig, ConfigError> {
        let place = format!("webhooks.{name}");
        let table = self.content.webhooks.get(name);
        let table = table.ok_or_else(|| {
            self.error(place.clone(), "there is no such table; add it".to_owned())
        })?;
        if !form::is_name(name) {
            let reason = "a webhook is named in lower-case letters, digits and hyphens, 40 at most";
            return Err(self.error("webhooks".to_owned(), reason.to_owned()));
        }
        Ok(WebhookConfig {
            name: name.to_owned(),
            url: self.webhook_url(table, &place)?,
            filter: self.webhook_filter(table, &place)?,
            secrets: self.webhook_secrets(table, &place)?,
            connect: self.webhook_connect(table, &place)?,
            settings: self.webhook_settings(table, &place)?,
        })
    }

    /// No error repeats the URL.
    fn webhook_url(&self, table: &WebhookTable, place: &str) -> Result<String, ConfigError> {
        let field = format!("{place}.url");
        webhooks::check_url(&table.url).map_err(|error| self.wrong(&field, error.to_string()))?;
        Ok(table.url.clone())
    }

    fn webhook_filter(
        &self,
        table: &WebhookTable,
        place: &str,
    ) -> Result<EntryFilter, ConfigError> {
        let is_known = |name: &String| {
            name == silta_gateway::OWN_ENTRIES || self.agencies().any(|known| known == name)
        };
        if let Some(unknown) = table.agencies.iter().position(|name| !is_known(name)) {
            let field = format!("{place}.agencies[{}]", unknown + 1);
            let reason =
                "no agency of this name is configured; correct it, or leave `agencies` out for all";
            return Err(self.wrong(&field, reason.to_owned()));
        }
        if let Some(empty) = table.kinds.iter().position(String::is_empty) {
            let field = format!("{place}.kinds[{}]", empty + 1);
            let reason = "this is empty; name a kind of events as `silta describe` shows them, or leave `kinds` out for all entries";
            return Err(self.wrong(&field, reason.to_owned()));
        }
        Ok(EntryFilter {
            agencies: table.agencies.clone(),
            kinds: table.kinds.clone(),
        })
    }

    fn webhook_secrets(
        &self,
        table: &WebhookTable,
        place: &str,
    ) -> Result<Vec<SigningSecret>, ConfigError> {
        let field = format!("{place}.secrets");
        if !(1..=MOST_SECRETS).contains(&table.secrets.len()) {
            let reason = "names the file of one secret, or of two while it is replaced: messages have a signature by each";
            return Err(self.wrong(&field, reason.to_owned()));
        }
        let secrets = table.secrets.iter().map(|path| {
            let content = self.read_private(path, &field)?;
            let told = |reason: String| self.error_in(path.as_ref(), field.clone(), reason);
            let text = secret(&content).map_err(|reason| told(reason.to_owned()))?;
            SigningSecret::parse(text).map_err(|error| told(error.to_string()))
        });
        secrets.collect()
    }

    fn webhook_connect(
        &self,
        table: &WebhookTable,
        place: &str,
    ) -> Result<ConnectSettings, ConfigError> {
        let field = format!("{place}.anchors");
        let seconds = format!("{place}.connect-seconds");
        Ok(ConnectSettings {
            trust: self.receiver_trust(table.anchors.as_ref(), &field)?,
            connect_timeout: self.seconds(table.connect_seconds, 1..=600, &seconds)?,
            plain_on_loopback: true,
            ..ConnectSettings::default()
        })
    }

    fn webhook_settings(
        &self,
        table: &WebhookTable,
        place: &str,
    ) -> Result<WebhookSettings, ConfigError> {
        for (name, value, least, most) in [
            ("requests-at-once", table.requests_at_once, 1, 256),
            ("answer-seconds", table.answer_seconds, 1, 600),
            ("first-delay-seconds", table.first_delay_seconds, 1, 3_600),
            ("longest-delay-seconds", table.longest_delay_seconds, 1, DAY),
            ("most-attempts", table.most_attempts, 1, 100_000),
            ("breaker-calls", table.breaker_calls, 1, 10_000),
            (
                "breaker-first-seconds",
                table.breaker_first_seconds,
                1,
                3_600,
            ),
            (
                "breaker-longest-seconds",
                table.breaker_longest_seconds,
                1,
                DAY,
            ),
            ("look-milliseconds", table.look_milliseconds, 100, 60_000),
            ("stop-seconds", table.stop_seconds, 0, 600),
        ] {
            self.within(&format!("{place}.{name}"), value, &(least..=most))?;
        }
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        Ok(WebhookSettings {
            order: table.order,
            requests_at_once: table.requests_at_once,
            answer_time: seconds(table.answer_seconds),
            first_delay: seconds(table.first_delay_seconds),
            longest_delay: seconds(table.longest_delay_seconds),
            most_attempts: table.most_attempts,
            breaker_calls: table.breaker_calls,
            breaker_first: seconds(table.breaker_first_seconds),
            breaker_longest: seconds(table.breaker_longest_seconds),
            look: Duration::from_millis(table.look_milliseconds.into()),
            stop_time: seconds(table.stop_seconds),
        })
    }

    /// Of all webhooks: their secrets and anchors. Empty without webhooks.
    pub fn webhooks_snapshot(&self) -> Snapshot {
        let tables = self.content.webhooks.values();
        let files = tables.flat_map(|table| table.secrets.iter().chain(&table.anchors));
        self.take(files.map(|path| (path, LIMIT)))
    }

    /// Files of secrets of webhooks that every user of this machine can read or change.
    pub fn exposed_webhook_files(&self) -> Vec<Exposed> {
        let tables = self.content.webhooks.iter();
        let secrets = tables.flat_map(|(name, table)| {
            let field = format!("webhooks.{name}.secrets");
            table.secrets.iter().map(move |path| (field.clone(), path))
        });
        self.exposed(secrets)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use silta_gateway::webhooks::WebhookOrder;

    use super::*;

    fn written(table: &str, secret: &str) -> (tempfile::TempDir, Config) {
        let folder = tempfile::TempDir::new().unwrap();
        fs::write(folder.path().join("secret"), secret).unwrap();
        let text = format!("[agencies.a]\ncomponent = \"builtin\"\n[webhooks.erp]\n{table}");
        let config = Config::parse(folder.path().join("silta.toml"), text).unwrap();
        (folder, config)
    }

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n";

    fn error_of(table: &str, secret: &str) -> ConfigError {
        written(table, secret).1.webhook("erp").unwrap_err()
    }

    #[test]
    fn defaults_are_those_of_the_gateway() {
        let (_folder, config) = written(
            "url = \"https://erp.example/in\"\nsecrets = [\"secret\"]",
            SECRET,
        );
        let webhooks = config.webhooks().unwrap();
        assert_eq!(webhooks[0].settings, WebhookSettings::default());
        assert_eq!(webhooks[0].filter, EntryFilter::default());
        assert_eq!(
            webhooks[0].connect.connect_timeout,
            ConnectSettings::default().connect_timeout
        );
        assert_eq!(webhooks[0].secrets.len(), 1);
        let shown = format!("{webhooks:?}");
        assert!(
            !shown.contains("MfKQ") && !shown.contains("erp.example"),
            "{shown}"
        );
    }

    #[test]
    fn what_is_set_is_taken() {
        let table = "url = \"http://127.0.0.1:8000/in\"\nsecrets = [\"secret\", \"secret\"]\nagencies = [\"a\", \"silta\"]\nkinds = [\"x\"]\norder = \"conversation\"\n\
            requests-at-once = 2\nanswer-seconds = 3\nmost-attempts = 4\nconnect-seconds = 5\n";
        let (_folder, config) = written(table, SECRET);
        let webhook = config.webhook("erp").unwrap();
        let expected = WebhookSettings {
            order: WebhookOrder::Conversation,
            requests_at_once: 2,
            answer_time: Duration::from_secs(3),
            most_attempts: 4,
            ..WebhookSettings::default()
        };
        assert_eq!(webhook.settings, expected);
        assert_eq!(webhook.filter.agencies, ["a", "silta"]);
        assert_eq!(webhook.filter.kinds, ["x"]);
        assert_eq!(webhook.secrets.len(), 2);
        assert_eq!(webhook.connect.connect_timeout, Duration::from_secs(5));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_field() {
        let with =
            |line: &str| format!("secrets = [\"secret\"]\nurl = \"https://erp.example/\"\n{line}");
        for (table, secret, field) in [
            (
                "secrets = [\"secret\"]\nurl = \"http://erp.example/\"".to_owned(),
                SECRET,
                "url",
            ),
            (
                "secrets = [\"secret\"]\nurl = \"http://127.0.0.1.example/\"".to_owned(),
                SECRET,
                "url",
            ),
            (
                "secrets = [\"secret\"]\nurl = \"ftp://erp.example/\"".to_owned(),
                SECRET,
                "url",
            ),
            (
                "secrets = []\nurl = \"https://erp.example/\"".to_owned(),
                SECRET,
                "secrets",
            ),
            (
                "secrets = [\"a\"]\nurl = \"https://erp.example/\"".to_owned(),
                SECRET,
                "secrets",
            ),
            (with(""), "whsec_short", "secrets"),
            (with(""), "no base64 at all!", "secrets"),
            (with("agencies = [\"b\"]"), SECRET, "agencies[1]"),
            (with("kinds = [\"x\", \"\"]"), SECRET, "kinds[2]"),
            (with("anchors = \"secret\""), SECRET, "anchors"),
            (with("requests-at-once = 0"), SECRET, "requests-at-once"),
            (with("answer-seconds = 601"), SECRET, "answer-seconds"),
            (with("connect-seconds = 0"), SECRET, "connect-seconds"),
        ] {
            let error = error_of(&table, secret);
            assert_eq!(error.field, format!("webhooks.erp.{field}"), "{error}");
            assert!(!error.reason.contains("MfKQ"), "{error}");
        }
    }
}
