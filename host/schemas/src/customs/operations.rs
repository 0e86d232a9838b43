// SPDX-License-Identifier: Apache-2.0
//! Which operation of a service is which of ours.

use xml_schema::Declared;

use super::{Certainty, meter::Source, slots::Slots, words::Stems};
use crate::Operation;

/// An operation of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Upload,
    DownloadList,
    Download,
    CheckConnectivity,
    Notify,
}

impl Kind {
    /// In the order in which they are told apart: a list is a download by its words.
    pub(super) const ALL: [Self; 5] = [
        Self::Upload,
        Self::DownloadList,
        Self::Download,
        Self::CheckConnectivity,
        Self::Notify,
    ];

    /// Its beginning in settings, and in the names of its elements.
    pub(super) fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Upload => ("upload", "Upload"),
            Self::DownloadList => ("download-list", "DownloadList"),
            Self::Download => ("download", "Download"),
            Self::CheckConnectivity => ("check-connectivity", "CheckConnectivity"),
            Self::Notify => ("notify", "Notify"),
        }
    }

    fn stems(self) -> Stems {
        match self {
            Self::Upload => Stems(
                &[
                    &["upload"],
                    &["send"],
                    &["submit"],
                    &["laheta"],
                    &["lahety"],
                    &["toimita"],
                    &["skicka"],
                ],
                &["list", "attachment", "liite"],
            ),
            Self::DownloadList => Stems(
                &[
                    &["list"],
                    &["luettelo"],
                    &["lista"],
                    &["listaa"],
                    &["lista"],
                ],
                &[],
            ),
            Self::Download => Stems(
                &[
                    &["download"],
                    &["get"],
                    &["fetch"],
                    &["retrieve"],
                    &["nouda"],
                    &["nouto"],
                    &["hae"],
                    &["hamta"],
                ],
                &["list", "luettelo", "lista"],
            ),
            Self::CheckConnectivity => Stems(
                &[
                    &["connectivity"],
                    &["ping"],
                    &["echo"],
                    &["yhteys"],
                    &["yhteyde"],
                    &["kaiku"],
                    &["testaa"],
                ],
                &[],
            ),
            Self::Notify => Stems(
                &[
                    &["notif"],
                    &["ilmoita"],
                    &["ilmoitus"],
                    &["herate"],
                    &["meddela"],
                ],
                &[],
            ),
        }
    }

    /// Whether its messages look like it.
    fn is_like(self, request: &Slots<'_>, response: &Slots<'_>) -> bool {
        let count = |slots: &Slots<'_>, types: &[&str]| {
            let types_of = slots.all.iter().filter_map(|slot| slot.text);
            types_of
                .filter(|text| types.contains(&text.built_in()))
                .count()
        };
        let bytes = |slots: &Slots<'_>| count(slots, &["base64Binary"]);
        match self {
            Self::Upload => bytes(request) == 1 && bytes(response) == 0,
            Self::DownloadList => {
                bytes(request) + bytes(response) == 0 && count(request, &["dateTime", "date"]) >= 2
            }
            Self::Download => bytes(request) == 0 && bytes(response) == 1,
            Self::CheckConnectivity => {
                let last = |slots: &Slots<'_>| {
                    let mut texts = slots.all.iter().filter(|slot| slot.text.is_some());
                    texts.next_back().map(|slot| slot.local().to_owned())
                };
                bytes(request) + bytes(response) == 0 && last(request) == last(response)
            }
            Self::Notify => bytes(request) + bytes(response) == 0,
        }
    }
}

/// An operation of the package, and which of ours it is.
pub(super) struct Known<'s> {
    pub(super) kind: Kind,
    pub(super) operation: &'s Operation,
    pub(super) request: Declared<'s>,
    pub(super) response: Declared<'s>,
    pub(super) certainty: Certainty,
}

/// Those that are known.
pub(super) fn known(source: Source<'_>) -> Vec<Known<'_>> {
    let package = source.package;
    let declared = |name: &Option<xml_schema::QName>| {
        let name = name.as_ref()?;
        package.schema().declared(name.namespace(), name.local())
    };
    let mut candidates = Vec::new();
    for operation in &package.service().operations {
        let (Some(request), Some(response)) =
            (declared(&operation.request), declared(&operation.response))
        else {
            continue;
        };
        let slots = (Slots::of(source, request), Slots::of(source, response));
        for kind in Kind::ALL {
            let score = score(kind, operation, &slots);
            if score > 0 {
                candidates.push((score, kind, operation, request, response));
            }
        }
    }
    // Of two of one name the one that is bound to SOAP.
    candidates.sort_by_key(|(score, kind, operation, ..)| {
        (u32::MAX - score, *kind, operation.bound.is_empty())
    });
    let mut known: Vec<Known<'_>> = Vec::new();
    for (score, kind, operation, request, response) in candidates {
        let is_taken = |one: &Known<'_>| one.kind == kind || std::ptr::eq(one.operation, operation);
        if known.iter().any(is_taken) {
            continue;
        }
        let certainty = match score >= 50 {
            true => Certainty::Sure,
            false => Certainty::Likely,
        };
        known.push(Known {
            kind,
            operation,
            request,
            response,
            certainty,
        });
    }
    known.sort_by_key(|one| one.kind);
    known
}

fn score(kind: Kind, operation: &Operation, (request, response): &(Slots<'_>, Slots<'_>)) -> u32 {
    let (_, usual) = kind.names();
    if operation.name == usual {
        return 100;
    }
    let mut score = 0;
    if kind.stems().are_in(&operation.name) {
        score += 40;
    }
    if kind.stems().are_in(&operation.documentation) {
        score += 20;
    }
    // By their form alone most are alike.
    if score > 0 && kind.is_like(request, response) {
        score += 15;
    }
    score
}
