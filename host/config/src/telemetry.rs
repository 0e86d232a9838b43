// SPDX-License-Identifier: Apache-2.0
//! `[telemetry]`: where the steps of traces are told.

use silta_gateway::{outbound::ConnectSettings, webhooks::check_url};

use crate::{error::ConfigError, load::Config};

/// A collector of traces, the files read. `Debug` does not show the URL: people put tokens into URLs.
#[derive(Clone)]
pub struct TelemetryConfig {
    /// Where it takes traces by OTLP over HTTP.
    pub url: String,
    /// How connections are opened, and who vouches for it.
    pub connect: ConnectSettings,
    /// Spans that wait to be sent.
    pub most_waiting: usize,
}

impl std::fmt::Debug for TelemetryConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TelemetryConfig")
            .field("most_waiting", &self.most_waiting)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// Where the steps of traces are told; `None` without a table `[telemetry]`.
    ///
    /// # Errors
    /// The first field or file that cannot be used. None repeats the URL.
    pub fn telemetry(&self) -> Result<Option<TelemetryConfig>, ConfigError> {
        let Some(table) = &self.content.telemetry else {
            return Ok(None);
        };
        check_url(&table.otlp).map_err(|error| self.wrong("telemetry.otlp", error.to_string()))?;
        let most = table.most_waiting;
        self.within("telemetry.most-waiting", most, &(1..=1_000_000))?;
        let seconds = "telemetry.connect-seconds";
        Ok(Some(TelemetryConfig {
            url: table.otlp.clone(),
            connect: ConnectSettings {
                trust: self.receiver_trust(table.anchors.as_ref(), "telemetry.anchors")?,
                connect_timeout: self.seconds(table.connect_seconds, 1..=600, seconds)?,
                plain_on_loopback: true,
                ..ConnectSettings::default()
            },
            most_waiting: most as usize,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(table: &str) -> Result<Option<TelemetryConfig>, ConfigError> {
        let text = format!("[agencies.a]\ncomponent = \"builtin\"\n{table}");
        Config::parse("silta.toml", text).unwrap().telemetry()
    }

    #[test]
    fn defaults_and_what_is_set() {
        assert!(read("").unwrap().is_none());
        let url = "http://127.0.0.1:4318/v1/traces?token=hush";
        let read_one = |more: &str| {
            let table = format!("[telemetry]\notlp = \"{url}\"\n{more}");
            read(&table).unwrap().unwrap()
        };
        let telemetry = read_one("");
        assert_eq!((&*telemetry.url, telemetry.most_waiting), (url, 4_096));
        let seconds = ConnectSettings::default().connect_timeout;
        assert_eq!(telemetry.connect.connect_timeout, seconds);
        assert!(!format!("{telemetry:?}").contains("hush"));
        assert_eq!(read_one("most-waiting = 7").most_waiting, 7);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_field_and_without_the_url() {
        for (otlp, more, field) in [
            ("http://collector.example/hush", "", "otlp"),
            ("ftp://collector.example/hush", "", "otlp"),
            ("https://c.example/hush", "most-waiting = 0", "most-waiting"),
            (
                "https://c.example/hush",
                "connect-seconds = 601",
                "connect-seconds",
            ),
            (
                "https://c.example/hush",
                "anchors = \"none.pem\"",
                "anchors",
            ),
        ] {
            let error = read(&format!("[telemetry]\notlp = \"{otlp}\"\n{more}")).unwrap_err();
            assert_eq!(error.field, format!("telemetry.{field}"), "{error}");
            assert!(!error.to_string().contains("hush"), "{error}");
        }
    }
}
