// SPDX-License-Identifier: Apache-2.0
//! The section with the details of a message (*Viestin tiedot*), which stands in the body of a citizen's mail and belongs neither to what they wrote nor into an answer. Its layout is not
//! documented: headings and labels are settings.

use agency_http::SettingError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use suomifi_messages::Person;

/// Most headings or labels of a kind.
const MOST_WORDS: usize = 50;

/// Longest decoration of a heading, and longest label, in bytes.
const LONGEST_DECORATION: usize = 200;

/// Sections of a citizen's mail.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SectionSettings {
    /// Headings of the section with the details of a message. Default: `Viestin tiedot`, which the guide names, and guesses in Swedish and English.
    pub details_headings: Vec<String>,
    /// Headings of the details of an agent, who acts for somebody; the guide says that they stand at the end of the mail. Default: guesses.
    pub agent_headings: Vec<String>,
    /// Labels before a name, in the details of an agent. Default: guesses.
    pub name_labels: Vec<String>,
    /// Labels before a personal identity code or a Business ID, in the details of an agent. Default: guesses.
    pub id_labels: Vec<String>,
    /// Where the details end. Default `auto`.
    pub details_end: DetailsEnd,
}

setting_tables::table! {
    SectionSettings: SectionSettings::default();
    details_headings, agent_headings, name_labels, id_labels, details_end,
}

/// Where the details of a message end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DetailsEnd {
    /// With the first blank line where the section begins the mail, otherwise with the mail.
    #[default]
    Auto,
    /// With the first blank line.
    BlankLine,
    /// With the mail.
    EndOfText,
}

impl Default for SectionSettings {
    fn default() -> Self {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            details_headings: owned(&[
                "Viestin tiedot",
                "Meddelandets uppgifter",
                "Uppgifter om meddelandet",
                "Meddelandeuppgifter",
                "Message details",
            ]),
            agent_headings: owned(&[
                "Asioijan tiedot",
                "Puolesta-asioijan tiedot",
                "Puolesta asioivan tiedot",
                "Valtuutetun tiedot",
                "Ombudets uppgifter",
                "Uppgifter om ombudet",
                "Agent details",
                "Details of the agent",
            ]),
            name_labels: owned(&["Nimi", "Namn", "Name"]),
            id_labels: owned(&[
                "Henkilötunnus",
                "Hetu",
                "Y-tunnus",
                "Personbeteckning",
                "FO-nummer",
                "Personal identity code",
                "Business ID",
            ]),
            details_end: DetailsEnd::default(),
        }
    }
}

/// A body, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sections {
    /// What somebody wrote.
    pub text: String,
    /// The section with the details, that of an agent included; `None` where there is none.
    pub details: Option<String>,
    /// The agent, where one is recognised.
    pub agent: Option<Person>,
}

impl SectionSettings {
    pub(super) fn check(&self) -> Result<(), SettingError> {
        for (pointer, words) in [
            ("/sections/details-headings", &self.details_headings),
            ("/sections/agent-headings", &self.agent_headings),
            ("/sections/name-labels", &self.name_labels),
            ("/sections/id-labels", &self.id_labels),
        ] {
            if words.len() > MOST_WORDS || words.iter().any(|word| plain(word).is_empty()) {
                return Err(SettingError::new(
                    pointer,
                    format!("these are at most {MOST_WORDS} texts with letters"),
                ));
            }
        }
        Ok(())
    }

    /// Takes a body apart. Line breaks are line feeds.
    pub fn split(&self, body: &str) -> Sections {
        // A quotation further up may have the heading of the message that is quoted; the section of this one comes last.
        let details = last_heading(body, &self.details_headings);
        let agent = last_heading(body, &self.agent_headings);
        let Some(begin) = [details, agent].into_iter().flatten().min() else {
            return Sections {
                text: trimmed(body).into(),
                details: None,
                agent: None,
            };
        };
        let (before, rest) = body.split_at(begin);
        let (section, after) = rest.split_at(self.length_of(before, rest));
        let own = agent.and_then(|agent| section.get(agent.checked_sub(begin)?..));
        Sections {
            text: trimmed(&format!("{before}{after}")).into(),
            details: Some(trimmed(section).into()),
            agent: own.and_then(|section| self.agent(section)),
        }
    }

    /// How long the section is that begins here.
    fn length_of(&self, before: &str, rest: &str) -> usize {
        let ends_blank = match self.details_end {
            DetailsEnd::Auto => before.trim().is_empty(),
            DetailsEnd::BlankLine => true,
            DetailsEnd::EndOfText => false,
        };
        if !ends_blank {
            return rest.len();
        }
        let mut length = 0;
        // The heading, and the blank lines below it, begin the section.
        let mut has_begun = false;
        for (index, line) in rest.split_inclusive('\n').enumerate() {
            let is_blank = line.trim().is_empty();
            if is_blank && has_begun {
                break;
            }
            has_begun |= index > 0 && !is_blank;
            length += line.len();
        }
        length
    }

    /// Who acts, by lines such as `Nimi: Maija Meikäläinen`, or a label on a line and what it labels on the next.
    fn agent(&self, section: &str) -> Option<Person> {
        let name = labelled(section, &self.name_labels);
        let id = labelled(section, &self.id_labels);
        (name.is_some() || id.is_some()).then(|| Person::of(id, name))
    }
}

/// Where the last line that is one of these headings begins.
fn last_heading(body: &str, headings: &[String]) -> Option<usize> {
    let headings: Vec<String> = headings.iter().map(|heading| plain(heading)).collect();
    let longest = headings.iter().map(String::len).max().unwrap_or_default();
    let mut place = 0;
    let mut found = None;
    for line in body.split_inclusive('\n') {
        // Longer ones are no headings, whatever decorates them.
        if line.len() <= longest + LONGEST_DECORATION && headings.contains(&plain(line)) {
            found = Some(place);
        }
        place += line.len();
    }
    found
}

/// What stands behind the first of these labels.
fn labelled<'a>(section: &'a str, labels: &[String]) -> Option<&'a str> {
    let labels: Vec<String> = labels.iter().map(|label| plain(label)).collect();
    let mut lines = section.lines().peekable();
    while let Some(line) = lines.next() {
        let (label, value) = line.split_once(':').unwrap_or((line, ""));
        if label.len() > LONGEST_DECORATION || !labels.contains(&plain(label)) {
            continue;
        }
        let value = match value.trim() {
            "" => lines.peek()?.trim(),
            value => value,
        };
        return (!value.is_empty()).then_some(value);
    }
    None
}

/// A line in lower case, without what decorates it: `--- Viestin tiedot: ---` and `Viestin tiedot` are one.
fn plain(line: &str) -> String {
    let bare = line.trim_matches(|c: char| c.is_whitespace() || "-=*#_:~".contains(c));
    bare.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// A text without blank lines around it. Blanks before the first word are somebody's indentation.
fn trimmed(text: &str) -> &str {
    let text = text.trim_end();
    let begin = text.len() - text.trim_start().len();
    let blank = text.get(..begin).unwrap_or_default();
    let begin = blank.rfind('\n').map_or(0, |end| end + 1);
    text.get(begin..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(body: &str) -> Sections {
        SectionSettings::default().split(body)
    }

    #[test]
    fn the_section_is_apart_from_what_was_written() {
        let at_the_end =
            split("Hei!\n\nKysyn jotain.\n\nViestin tiedot\n\nHenkilötunnus: x\n\nAika: y\n");
        assert_eq!(at_the_end.text, "Hei!\n\nKysyn jotain.");
        assert_eq!(
            at_the_end.details.as_deref(),
            Some("Viestin tiedot\n\nHenkilötunnus: x\n\nAika: y")
        );
        let first = split("\n--- VIESTIN  TIEDOT: ---\nAika: y\n\nHei!\n\nTerveisin");
        assert_eq!(first.text, "Hei!\n\nTerveisin");
        assert_eq!(
            first.details.as_deref(),
            Some("--- VIESTIN  TIEDOT: ---\nAika: y")
        );
        let none = split("Kerro viestin tiedot minulle.\n> Viestin tiedot\n");
        assert_eq!(
            (none.text.as_str(), none.details),
            ("Kerro viestin tiedot minulle.\n> Viestin tiedot", None)
        );
        let swedish = split("Hej\n\nMeddelandets uppgifter:\nTid: x");
        assert_eq!(swedish.text, "Hej");
    }

    #[test]
    fn an_agent_is_recognised_by_labels() {
        let found = split(
            "Hei\n\nViestin tiedot\nAika: y\n\nPuolesta-asioijan tiedot\nNimi: Matti Malli\nHenkilötunnus: 010190-900p\n",
        );
        let agent = found.agent.unwrap();
        assert_eq!(agent.name.as_deref(), Some("Matti Malli"));
        assert_eq!(agent.id.unwrap().expose(), "010190-900P");
        assert!(found.details.unwrap().ends_with("010190-900p"));
        let below = split("Hei\n\nAgent details\nName\nMatti Malli")
            .agent
            .unwrap();
        assert_eq!(below.name.as_deref(), Some("Matti Malli"));
        assert_eq!(split("Nimi: Matti Malli").agent, None);
        assert_eq!(split("Hei\nAsioijan tiedot\n").agent, None);
    }

    #[test]
    fn the_end_can_be_told() {
        let settings = SectionSettings {
            details_end: DetailsEnd::BlankLine,
            ..SectionSettings::default()
        };
        let found = settings.split("Hei\n\nViestin tiedot\nAika: y\n\nTerveisin");
        assert_eq!(found.text, "Hei\n\n\nTerveisin");
        let to_the_end = SectionSettings {
            details_end: DetailsEnd::EndOfText,
            ..SectionSettings::default()
        };
        assert_eq!(to_the_end.split("Viestin tiedot\n\nHei").text, "");
    }

    #[test]
    fn nothing_is_lost_but_blank_lines() {
        for body in [
            "",
            "\n\n",
            "a\n\nViestin tiedot",
            "Viestin tiedot\n\n\n",
            "  a\n",
            "Viestin tiedot\nx\nAgent details\ny\n\nz",
        ] {
            let found = split(body);
            let words = |text: &str| {
                text.split_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            let mut both = words(&found.text);
            both.extend(words(found.details.as_deref().unwrap_or_default()));
            both.sort();
            let mut all = words(body);
            all.sort();
            assert_eq!(both, all, "{body:?}");
        }
    }
}
