// SPDX-License-Identifier: Apache-2.0
//! The text of the configuration that `silta init` writes.

use clap::ValueEnum;

use super::companies::TEST_COMPANY;

/// An agency that a folder can be made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExampleAgency {
    /// Finnish Customs, direct message exchange.
    Tulli,
    /// The Tax Administration, push notifications of Vero API.
    Vero,
    /// Suomi.fi messages, the SOAP return channel.
    SuomifiViestit,
    /// Suomi.fi messages by mail.
    SuomifiMail,
    /// Suomi.fi messages, the REST interface.
    SuomifiRest,
}

impl ExampleAgency {
    /// In the order in which the configuration has them.
    pub(super) const ALL: [Self; 5] = [
        Self::Tulli,
        Self::Vero,
        Self::SuomifiRest,
        Self::SuomifiViestit,
        Self::SuomifiMail,
    ];

    /// Its tables: those of Customs ready for use, all others as comments.
    fn tables(self) -> &'static str {
        match self {
            Self::Tulli => include_str!("../../templates/configuration/tulli.toml"),
            Self::Vero => include_str!("../../templates/configuration/vero.toml"),
            Self::SuomifiViestit => {
                include_str!("../../templates/configuration/suomifi-viestit.toml")
            }
            Self::SuomifiMail => include_str!("../../templates/configuration/suomifi-mail.toml"),
            Self::SuomifiRest => include_str!("../../templates/configuration/suomifi-rest.toml"),
        }
    }

    /// Its tables where it is among the agencies of a folder that are ready for use.
    fn ready(self, listener: bool) -> String {
        match self {
            Self::Tulli if listener => notified(self.tables()),
            Self::Tulli => self.tables().to_owned(),
            _ => uncommented(self.tables()),
        }
    }
}

/// What a configuration has in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contents {
    /// Agencies with tables that are ready for use.
    pub(crate) agencies: Vec<ExampleAgency>,
    /// Whether the tables of other agencies stand there as comments.
    others: bool,
    /// Whether the table `[listener]` is one, and not a comment.
    pub(crate) listener: bool,
}

impl Contents {
    /// What it has if nobody says anything: one agency, and everything else as comments.
    pub(crate) fn usual() -> Self {
        Self {
            agencies: vec![ExampleAgency::Tulli],
            others: true,
            listener: false,
        }
    }

    /// These agencies and no others; the usual ones if there are none.
    pub(crate) fn of(agencies: &[ExampleAgency], listener: bool) -> Self {
        if agencies.is_empty() {
            return Self {
                listener,
                ..Self::usual()
            };
        }
        Self {
            agencies: agencies.to_vec(),
            others: false,
            listener,
        }
    }

    /// Whether messages go out by Suomi.fi.
    pub(crate) fn sends_suomifi(&self) -> bool {
        self.has(ExampleAgency::SuomifiRest) || self.has(ExampleAgency::SuomifiMail)
    }

    /// The agencies that are ready for use, each once, in the order in which the configuration has them.
    pub(super) fn agencies(&self) -> impl Iterator<Item = ExampleAgency> {
        let all = ExampleAgency::ALL.into_iter();
        all.filter(|agency| self.has(*agency))
    }

    /// Whether an agency is among those that are ready for use.
    pub(crate) fn has(&self, agency: ExampleAgency) -> bool {
        self.agencies.contains(&agency)
    }
}

const HEAD: &str = include_str!("../../templates/configuration/head.toml");
const STORE: &str = include_str!("../../templates/configuration/store.toml");
const RECORD: &str = include_str!("../../templates/configuration/record.toml");
const MAIL: &str = include_str!("../../templates/configuration/mail.toml");
const PLATFORM: &str = include_str!("../../templates/configuration/platform.toml");
const WEBHOOKS: &str = include_str!("../../templates/configuration/webhooks.toml");
const SENDING: &str = include_str!("../../templates/configuration/sending.toml");
const TELEMETRY: &str = include_str!("../../templates/configuration/telemetry.toml");
const OPERATOR: &str = include_str!("../../templates/configuration/operator.toml");
const LISTENER: &str = include_str!("../../templates/configuration/listener.toml");

/// The configuration for a Customs at `url`.
pub(super) fn text(url: &str, contents: &Contents) -> String {
    // The notation of TOML, so that no URL can break out of its quotes.
    let quoted = toml::Value::from(url).to_string();
    sections(contents)
        .join("\n\n")
        .replace("{{url}}", &quoted)
        .replace("{{company}}", TEST_COMPANY)
        .replace("{{version}}", env!("CARGO_PKG_VERSION"))
}

fn sections(contents: &Contents) -> Vec<String> {
    let mut sections = vec![HEAD.to_owned()];
    for agency in ExampleAgency::ALL {
        if contents.has(agency) {
            sections.push(agency.ready(contents.listener));
        } else if contents.others {
            sections.push(agency.tables().to_owned());
        }
    }
    sections.push(match (contents.listener, LISTENER.split_once("\n\n")) {
        // The table itself is the first paragraph; what may be added to it follows.
        (true, Some((table, rest))) => format!("{}\n{rest}", uncommented(table)),
        _ => LISTENER.to_owned(),
    });
    sections.push(MAIL.to_owned());
    sections.push(STORE.to_owned());
    sections.push(RECORD.to_owned());
    sections.push(PLATFORM.to_owned());
    sections.push(WEBHOOKS.to_owned());
    sections.push(SENDING.to_owned());
    sections.push(OPERATOR.to_owned());
    sections.push(TELEMETRY.to_owned());
    sections
}

/// The tables of Customs where it has been told to notify.
fn notified(text: &str) -> String {
    const TABLE: &str = "[agencies.tulli.settings.notification]";
    text.replace(&format!("#{TABLE}"), TABLE)
        .replace("#enabled = false", "enabled = true")
}

/// With every setting that is a comment as a setting; explanations stay comments.
pub(super) fn uncommented(text: &str) -> String {
    let is_setting =
        |line: &&str| line.starts_with(|c: char| c.is_ascii_lowercase() || c == '[' || c == '"');
    let line = |line: &str| {
        let setting = line.strip_prefix('#').filter(is_setting);
        format!("{}\n", setting.unwrap_or(line))
    };
    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use silta_config::Config;

    use super::*;

    fn config(contents: &Contents) -> Config {
        let text = text("https://localhost/dme", contents);
        Config::parse("silta.toml", text).unwrap()
    }

    #[test]
    fn agencies_that_are_named_are_the_only_ones() {
        use ExampleAgency::{Tulli, Vero};
        for (named, ids) in [
            (&[][..], &["tulli"][..]),
            (&[Tulli], &["tulli"]),
            (&[Vero], &["vero"]),
            (&[Vero, Tulli, Vero], &["tulli", "vero"]),
        ] {
            for listener in [false, true] {
                let config = config(&Contents::of(named, listener));
                assert_eq!(config.agencies().collect::<Vec<_>>(), ids);
                assert_eq!(config.listener_limits().is_some(), listener);
            }
        }
    }

    #[test]
    fn tables_of_other_agencies_are_there_as_comments_only_if_none_is_named() {
        let comment = "#[agencies.vero]";
        assert!(text("", &Contents::usual()).contains(comment));
        let tulli = Contents::of(&[ExampleAgency::Tulli], false);
        assert!(!text("", &tulli).contains("agencies.vero"));
    }

    #[test]
    fn mail_is_received_where_the_example_is_made_use_of() {
        let tables =
            uncommented(MAIL).replace("[agencies.suomifi-mail.mail]", "[agencies.tulli.mail]");
        let text = text(
            "https://localhost/dme",
            &Contents::of(&[ExampleAgency::Tulli], false),
        );
        let config = Config::parse("silta.toml", text.replace(MAIL, &tables)).unwrap();
        assert_eq!(config.mail_relays().len(), 2);
        assert_eq!(config.mail_recipients("tulli").unwrap().len(), 2);
        // The limits are the defaults.
        assert_eq!(
            config.mail_limits(),
            Some(&silta_gateway::MailLimits::default())
        );
    }

    #[test]
    fn customs_notifies_where_somebody_listens() {
        let enabled = |listener| {
            let config = config(&Contents::of(&[ExampleAgency::Tulli], listener));
            let settings = config.parts("tulli").unwrap().settings().unwrap();
            settings["notification"]["enabled"] == true
        };
        assert!(enabled(true));
        assert!(!enabled(false));
    }
}
