// SPDX-License-Identifier: Apache-2.0
//! The service: its operations, what binds them, what their messages say.

use serde_json::{Map, Value as Json, json};

use super::{
    Certainty, Row, Work,
    layouts::{Items, Written},
    matching::{Match, matches},
    operations::{Kind, Known},
    slots::Slots,
    values as v,
    values::Value,
};
use crate::HeaderUse;

const REQUEST: [&Value; 6] = [
    &v::INTERMEDIARY,
    &v::TIMESTAMP,
    &v::LANGUAGE,
    &v::SOFTWARE,
    &v::ENVIRONMENT,
    &v::REFERENCE,
];

/// The answer itself, in the place of its header.
const ITSELF: &str = ".";

fn place(used: &HeaderUse) -> String {
    format!("{}:{}", used.place.0, used.place.1.line)
}

impl<'s> Work<'s> {
    pub(super) fn operations(&mut self, known: &[Known<'s>]) {
        for kind in Kind::ALL {
            let (setting, usual) = kind.names();
            let found = known.iter().find(|one| one.kind == kind);
            let names = [("request", "Request"), ("response", "Response")];
            for (number, (end, usual_end)) in names.into_iter().enumerate() {
                let element = found.map(|one| {
                    if number == 0 {
                        one.request
                    } else {
                        one.response
                    }
                });
                let certainty = found.map_or(Certainty::NotFound, |one| one.certainty);
                let of = (format!("{setting}-{end}"), format!("{usual}{usual_end}"));
                self.element(
                    of,
                    element,
                    (
                        certainty,
                        kind != Kind::Notify && kind != Kind::CheckConnectivity,
                    ),
                );
            }
            if let Some(found) = found {
                self.messages(found, known);
            }
        }
        for operation in &self.source.package.service().operations {
            let at = format!("{}:{}", operation.file, operation.position.line);
            let faults = operation.faults.iter();
            if known
                .iter()
                .any(|one| std::ptr::eq(one.operation, operation))
            {
                for fault in faults {
                    let setting = format!("operation {}", operation.name);
                    self.open(&setting, fault.clone(), Some(at.clone()));
                }
                continue;
            }
            let faults: String = faults.map(|fault| format!(": {fault}")).collect();
            let told = format!("operation {} ({at}){faults}", operation.name);
            self.comparison.unknown.push(told);
        }
        self.binding(known);
    }

    /// What the WSDL says of SOAP and namespaces.
    fn binding(&mut self, known: &[Known<'s>]) {
        let ours = |one: &&Known<'_>| one.kind != Kind::Notify;
        let place =
            |one: &Known<'_>| format!("{}:{}", one.operation.file, one.operation.position.line);
        let upload = known.iter().find(|one| one.kind == Kind::Upload);
        let notify = known.iter().find(|one| one.kind == Kind::Notify);
        if let Some(upload) = upload {
            let bound = upload.operation.binding();
            let version = bound.map(|(version, _)| version.number());
            let certainty = version.map_or(Certainty::NotFound, |_| upload.certainty);
            self.set("soap-version", ("1.1", version), (place(upload), certainty));
            let namespace = upload.request.name().namespace();
            self.set(
                "service-namespace",
                (
                    "http://tulli.fi/schema/corporateservice/v1",
                    Some(namespace),
                ),
                (place(upload), upload.certainty),
            );
        }
        if let Some(notify) = notify {
            self.set(
                "notification-namespace",
                ("", Some(notify.request.name().namespace())),
                (place(notify), notify.certainty),
            );
        }
        let mut actions = Map::new();
        for one in known.iter().filter(ours) {
            let bound = one.operation.binding();
            let Some((_, action)) = bound.filter(|(_, action)| !action.is_empty()) else {
                continue;
            };
            let (operation, _) = one.kind.names();
            actions.insert(operation.to_owned(), json!(action));
            self.comparison.rows.push(Row {
                setting: format!("soap-actions.{operation}"),
                ours: String::new(),
                theirs: Some(action.to_owned()),
                place: Some(place(one)),
                certainty: one.certainty,
                is_required: false,
            });
        }
        if !actions.is_empty() {
            self.comparison
                .wire
                .insert("soap-actions".to_owned(), Json::Object(actions));
        }
    }

    fn messages(&mut self, known: &Known<'s>, all: &[Known<'s>]) {
        let (request, response) = (
            Slots::of(self.source, known.request),
            Slots::of(self.source, known.response),
        );
        let namespace = known.request.name().namespace();
        let (layout, own, needed): (_, &[&Value], &[&str]) = match known.kind {
            Kind::Upload => (
                "upload",
                &[&v::APPLICATION_REQUEST],
                &["application-request"],
            ),
            Kind::DownloadList => (
                "download-list",
                &[
                    &v::START_TIMESTAMP,
                    &v::END_TIMESTAMP,
                    &v::START_DATE,
                    &v::END_DATE,
                ],
                &[],
            ),
            Kind::Download => ("download", &[&v::STORAGE_ID], &["storage-id"]),
            Kind::CheckConnectivity => ("check-connectivity", &[&v::ECHO], &["echo"]),
            Kind::Notify => ("notify-response", &[&v::CODE, &v::TEXT], &["code"]),
        };
        let is_notify = known.kind == Kind::Notify;
        let (slots, namespace) = match is_notify {
            true => (&response, known.response.name().namespace()),
            false => (&request, namespace),
        };
        let values: Vec<&Value> = match is_notify {
            true => own.iter().copied().chain([&v::TIMESTAMP]).collect(),
            false => REQUEST.iter().chain(own).copied().collect(),
        };
        let written = Written {
            layout,
            namespace,
            slots,
            values: &values,
            needed,
        };
        self.written(&written);
        self.forms(known, (&request, &response), &values);
        if !is_notify {
            if known.kind == Kind::Upload {
                self.header_blocks(known, all);
            }
            self.codes(&response);
        }
        self.answers(known, if is_notify { &request } else { &response });
    }

    /// Header blocks that the binding demands of an upload, for all requests.
    fn header_blocks(&mut self, upload: &Known<'s>, known: &[Known<'s>]) {
        let mut items = Items::new();
        for used in &upload.operation.headers {
            let (element, at) = (&used.element, place(used));
            let schema = self.source.package.schema();
            let Some(declared) = schema.declared(element.namespace(), element.local()) else {
                let theirs = format!(
                    "the header block {} is bound, and its element is not in the package",
                    element.local()
                );
                self.open("layouts.soap-header", theirs, Some(at));
                continue;
            };
            // In no namespace of a message: every step has a prefix.
            let written = Written {
                layout: "soap-header",
                namespace: "\0",
                slots: &Slots::with_root(self.source, declared),
                values: &REQUEST,
                needed: &[],
            };
            items.extend(written.items(&mut self.prefixes, &mut self.comparison));
        }
        if !items.is_empty() {
            self.layout("soap-header", items);
        }
        self.other_headers(upload, known);
    }

    /// The layout has the same blocks for every request: what is bound otherwise is told.
    fn other_headers(&mut self, upload: &Known<'s>, known: &[Known<'s>]) {
        let binds = |one: &Known<'_>, used: &HeaderUse| {
            let mut headers = one.operation.headers.iter();
            headers.any(|header| header.element == used.element)
        };
        let is_other = |one: &&Known<'_>| !matches!(one.kind, Kind::Upload | Kind::Notify);
        for other in known.iter().filter(is_other) {
            let (operation, _) = other.kind.names();
            for used in &upload.operation.headers {
                if !binds(other, used) {
                    self.comparison.unknown.push(format!(
                        "soap-header: {} goes with {operation} as well, where it is not bound ({})",
                        used.element.local(),
                        place(used)
                    ));
                }
            }
            for used in &other.operation.headers {
                if !binds(upload, used) {
                    let theirs = format!(
                        "the header block {} is bound for {operation} and not for upload; blocks go with every request",
                        used.element.local()
                    );
                    self.open("layouts.soap-header", theirs, Some(place(used)));
                }
            }
        }
    }

    /// Where answers have code and text: below one element, the header, or in the answer itself, which the setting has as a dot.
    fn codes(&mut self, response: &Slots<'_>) {
        if self
            .comparison
            .rows
            .iter()
            .any(|row| row.setting == "names.response-code")
        {
            return;
        }
        let found = matches(&[&v::CODE, &v::TEXT], &response.all);
        let code = found.iter().find(|one| one.value.name == "code");
        let header = code.map(|code| {
            let way = code.slot.local_way();
            let header = way.split_once('/').map(|(header, _)| header);
            header.unwrap_or(ITSELF).to_owned()
        });
        let place = code.map(|code| code.slot.place());
        let certainty = code.map_or(Certainty::NotFound, |code| code.certainty);
        self.name(
            ("response-header".to_owned(), "ResponseHeader".to_owned()),
            header.clone(),
            (place, certainty, true),
        );
        let names = [&v::CODE, &v::TEXT];
        self.names_below(names, &found, (header.as_deref(), "code"));
        self.note_namespaces(response);
    }

    /// What is read of an answer or a call besides.
    fn answers(&mut self, known: &Known<'s>, read: &Slots<'_>) {
        self.note_namespaces(read);
        match known.kind {
            Kind::DownloadList => self.entries(read),
            Kind::Download => {
                let found = matches(&[&v::APPLICATION_RESPONSE], &read.all);
                let value = &v::APPLICATION_RESPONSE;
                let of = (value.setting.to_owned(), value.usual.to_owned());
                let one = found.first();
                let facts = (
                    one.map(|one| one.slot.place()),
                    one.map_or(Certainty::NotFound, |one| one.certainty),
                    true,
                );
                self.name(of, one.map(|one| one.slot.local_way()), facts);
            }
            Kind::CheckConnectivity => {
                let found = matches(&[&v::ECHO], &read.all);
                let one = found.first();
                let of = (v::ECHO.setting.to_owned(), v::ECHO.usual.to_owned());
                let facts = (
                    one.map(|one| one.slot.place()),
                    one.map_or(Certainty::NotFound, |one| one.certainty),
                    false,
                );
                self.name(of, one.map(|one| one.slot.local_way()), facts);
            }
            Kind::Upload | Kind::Notify => {}
        }
    }

    /// Names of what stands within an element, as the settings have them: by the way from there. One of them has to be found.
    fn names_below(
        &mut self,
        values: [&Value; 2],
        found: &[Match<'_, '_>],
        (around, required): (Option<&str>, &str),
    ) {
        for value in values {
            let one = found.iter().find(|one| one.value.name == value.name);
            let below = one.and_then(|one| {
                let way = one.slot.local_way();
                if around == Some(ITSELF) {
                    return Some(way);
                }
                way.strip_prefix(around?)?
                    .strip_prefix('/')
                    .map(str::to_owned)
            });
            let certainty = below
                .as_ref()
                .and(one)
                .map_or(Certainty::NotFound, |one| one.certainty);
            let of = (value.setting.to_owned(), value.usual.to_owned());
            let place = one.map(|one| one.slot.place());
            self.name(of, below, (place, certainty, value.name == required));
        }
    }

    /// The entries of a list: what may be there more than once and has a storage id.
    fn entries(&mut self, read: &Slots<'_>) {
        let found = matches(&[&v::STORAGE_ID, &v::REFERENCE], &read.all);
        let id = found
            .iter()
            .find(|one| one.value.name == "storage-id" && !one.slot.repeated.is_empty());
        let depth = id.and_then(|id| id.slot.repeated.last().copied());
        let entry = id.zip(depth).map(|(id, depth)| {
            let steps = id.slot.way.iter().take(depth).map(|name| name.local());
            steps.collect::<Vec<_>>().join("/")
        });
        let certainty = id.map_or(Certainty::NotFound, |id| id.certainty);
        let of = (
            "message-information".to_owned(),
            "MessageInformation".to_owned(),
        );
        self.name(
            of,
            entry.clone(),
            (id.map(|id| id.slot.place()), certainty, true),
        );
        let names = [&v::STORAGE_ID, &v::REFERENCE];
        self.names_below(names, &found, (entry.as_deref(), "storage-id"));
    }
}
