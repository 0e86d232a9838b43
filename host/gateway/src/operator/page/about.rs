// SPDX-License-Identifier: Apache-2.0
//! Which program this is, by which components, and how much its store has.

use askama::Template;

use super::{
    facts::{Facts, NoPage},
    language::Language,
    layout::{Content, plain},
    when::When,
    words::Words,
};

struct AgencyRow {
    id: String,
    title: String,
    operations: Vec<String>,
    documents: Vec<String>,
}

#[derive(Template)]
#[template(path = "about.html")]
struct About {
    w: &'static Words,
    version: &'static str,
    now: When,
    disk_bytes: Option<u64>,
    keys: u64,
    bodies: u64,
    body_bytes: u64,
    agencies: Vec<AgencyRow>,
}

/// The page.
pub(super) fn content(facts: &Facts, language: Language) -> Result<Content, NoPage> {
    let w = language.words();
    let status = facts.status()?;
    let agencies = facts.agencies.iter();
    let agencies = agencies.filter_map(|(id, agency)| {
        let description = agency.description().ok()?;
        let titles = &description.titles;
        let title = titles.iter().find(|(tag, _)| tag == language.tag());
        let title = title.or_else(|| titles.first());
        let operations = description.operations.iter();
        let documents = description.documents.iter();
        Some(AgencyRow {
            id: plain(id),
            title: title.map(|(_, title)| plain(title)).unwrap_or_default(),
            operations: operations.map(|it| plain(&it.name)).collect(),
            documents: documents
                .map(|it| plain(&format!("{} ({})", it.title, it.version)))
                .collect(),
        })
    });
    let about = About {
        w,
        version: env!("CARGO_PKG_VERSION"),
        now: When::new(status.now, status.now, w),
        disk_bytes: status.disk_bytes,
        keys: status.keys,
        bodies: status.bodies,
        body_bytes: status.body_bytes,
        agencies: agencies.collect(),
    };
    Ok(Content {
        title: w.about.to_owned(),
        html: about.render()?,
    })
}
