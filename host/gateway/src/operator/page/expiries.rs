// SPDX-License-Identifier: Apache-2.0
//! What runs out, as it is shown.

use askama::Template;
use silta_store::Timestamp;

use super::{
    certificates::CertificateEnd,
    facts::{Facts, NoPage},
    language::Language,
    layout::{Badge, Content, Prose, Tone, plain},
    when::When,
    words::Words,
};

/// One of them.
pub(super) struct Row {
    pub(super) role: String,
    subject: Option<String>,
    pub(super) ends: When,
    days: String,
    pub(super) reminder: Badge,
    /// Whether it is told where somebody looks for what there is to do.
    pub(super) is_near: bool,
}

/// Days before the end at which somebody is reminded, beside 30; the last one is urgent.
const SOON: u64 = 7;
const NOTICE: u64 = 30;

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;

pub(super) fn rows(facts: &Facts, now: Timestamp, words: &'static Words) -> Vec<Row> {
    let ends = facts.certificates.sorted().into_iter();
    ends.map(|end| row(end, now, words)).collect()
}

fn row(end: CertificateEnd, now: Timestamp, words: &'static Words) -> Row {
    let left = end.at.duration_since(now.to_system_time()).ok();
    let days = left.map(|left| left.as_secs() / DAY);
    let (word, tone) = match days {
        None => (words.ran_out, Tone::Bad),
        Some(0..=1) => (words.renew_now, Tone::Bad),
        Some(2..=SOON) => (words.renew_soon, Tone::Warn),
        Some(..=NOTICE) => (words.plan_renewal, Tone::Warn),
        Some(_) => (words.in_order, Tone::Good),
    };
    Row {
        role: plain(&end.role),
        subject: end.subject.as_deref().map(plain),
        ends: When::new(end.at.into(), now, words),
        days: days.map_or_else(|| words.none.to_owned(), |days| days.to_string()),
        reminder: Badge { word, tone },
        is_near: days.is_none_or(|days| days <= NOTICE),
    }
}

#[derive(Template)]
#[template(path = "certificates.html")]
struct Shown {
    w: &'static Words,
    rows: Vec<Row>,
}

/// All of them.
pub(super) fn content(facts: &Facts, language: Language) -> Result<Content, NoPage> {
    let w = language.words();
    let rows = rows(facts, facts.store.now()?, w);
    Ok(Content {
        title: w.certificates.to_owned(),
        html: Shown { w, rows }.render()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::page::words::ENGLISH;

    #[test]
    fn reminders_grow_louder() {
        let now = Timestamp(1_800_000_000_000);
        for (hours, expected) in [
            (31 * 24, "In order"),
            (30 * 24, "Plan renewal"),
            (8 * 24, "Plan renewal"),
            (7 * 24, "Renew soon"),
            (2 * 24, "Renew soon"),
            (30, "Renew now"),
            (-1, "Ran out"),
        ] {
            let at = now.0.saturating_add_signed(hours * 3_600_000);
            let end = CertificateEnd {
                role: "agencies.a.keys.k".into(),
                subject: None,
                at: Timestamp(at).to_system_time(),
            };
            let row = row(end, now, &ENGLISH);
            assert_eq!(row.reminder.word, expected, "{hours}");
            assert_eq!(row.is_near, expected != "In order");
        }
    }
}
