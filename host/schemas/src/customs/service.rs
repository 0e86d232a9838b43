// SPDX-License-Identifier: Apache-2.0
//! The service: its operations, what binds them, what their messages say.

use serde_json::{Map, Value as Json, json};

use super::{
    Certainty, Work,
    layouts::{Items, Written},
    matching::matches,
    operations::{Kind, Known},
    slots::Slots,
    values as v,
    values::Value,
};

const REQUEST: [&Value; 6] = [
    &v::INTERMEDIARY,
    &v::TIMESTAMP,
    &v::LANGUAGE,
    &v::SOFTWARE,
    &v::ENVIRONMENT,
    &v::REFERENCE,
];

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
                self.messages(found);
            }
        }
        let is_known = |name: &str| known.iter().any(|one| one.operation.name == name);
        for operation in &self.package.service().operations {
            if !is_known(&operation.name) {
                let at = format!("{}:{}", operation.file, operation.position.line);
                self.comparison
                    .unknown
                    .push(format!("operation {} ({at})", operation.name));
            }
        }
        self.binding(known);
    }

    /// What the WSDL says of SOAP and namespaces.
    fn binding(&mut self, known: &[Known<'s>]) {
        let ours = |one: &&Known<'_>| one.kind != Kind::Notify;
        let mut actions = Map::new();
        for one in known.iter().filter(ours) {
            if let Some((_, action)) = one
                .operation
                .bound
                .first()
                .filter(|(_, action)| !action.is_empty())
            {
                actions.insert(one.kind.names().0.to_owned(), json!(action));
            }
        }
        let upload = known.iter().find(|one| one.kind == Kind::Upload);
        let notify = known.iter().find(|one| one.kind == Kind::Notify);
        let place =
            |one: &Known<'_>| format!("{}:{}", one.operation.file, one.operation.position.line);
        if let Some(upload) = upload {
            let version = upload
                .operation
                .bound
                .first()
                .map(|(version, _)| version.number());
            self.set(
                "soap-version",
                "1.1",
                version.unwrap_or("1.1"),
                place(upload),
            );
            self.set(
                "service-namespace",
                "http://tulli.fi/schema/corporateservice/v1",
                upload.request.name().namespace(),
                place(upload),
            );
        }
        if let Some(notify) = notify {
            self.set(
                "notification-namespace",
                "",
                notify.request.name().namespace(),
                place(notify),
            );
        }
        if !actions.is_empty() {
            self.comparison
                .wire
                .insert("soap-actions".to_owned(), Json::Object(actions));
        }
    }

    fn messages(&mut self, known: &Known<'s>) {
        let (request, response) = (
            Slots::of(self.package, known.request),
            Slots::of(self.package, known.response),
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
        if !is_notify {
            self.header_blocks(known);
            self.codes(&response);
        }
        self.answers(known, if is_notify { &request } else { &response });
    }

    /// Header blocks that the binding demands of an upload, for all requests.
    fn header_blocks(&mut self, known: &Known<'s>) {
        if known.kind != Kind::Upload {
            return;
        }
        let mut all = Items::new();
        for used in &known.operation.headers {
            let element = &used.element;
            let Some(declared) = self
                .package
                .schema()
                .declared(element.namespace(), element.local())
            else {
                continue;
            };
            let mut slots = Slots::of(self.package, declared);
            for slot in &mut slots.all {
                slot.way.insert(0, declared.name());
                slot.optional
                    .iter_mut()
                    .chain(&mut slot.repeated)
                    .for_each(|depth| *depth += 1);
            }
            // In no namespace of a message: every step has a prefix.
            let written = Written {
                layout: "soap-header",
                namespace: "\0",
                slots: &slots,
                values: &REQUEST,
                needed: &[],
            };
            all.extend(written.items(&mut self.prefixes, &mut self.comparison));
        }
        if !all.is_empty() {
            self.layout("soap-header", all);
        }
    }

    /// Where answers have code and text: below one element, the header.
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
        let header = code.and_then(|code| {
            code.slot
                .local_way()
                .split_once('/')
                .map(|(header, _)| header.to_owned())
        });
        let place = code.map(|code| code.slot.place());
        let certainty = code.map_or(Certainty::NotFound, |code| code.certainty);
        self.name(
            ("response-header".to_owned(), "ResponseHeader".to_owned()),
            header.clone(),
            (place, certainty, true),
        );
        for value in [&v::CODE, &v::TEXT] {
            let one = found.iter().find(|one| one.value.name == value.name);
            let below = one.and_then(|one| {
                let way = one.slot.local_way();
                let (around, rest) = way.split_once('/')?;
                (Some(around) == header.as_deref()).then(|| rest.to_owned())
            });
            let certainty = below
                .as_ref()
                .and(one)
                .map_or(Certainty::NotFound, |one| one.certainty);
            let of = (value.setting.to_owned(), value.usual.to_owned());
            self.name(
                of,
                below,
                (
                    one.map(|one| one.slot.place()),
                    certainty,
                    value.name == "code",
                ),
            );
        }
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
        for value in [&v::STORAGE_ID, &v::REFERENCE] {
            let one = found.iter().find(|one| one.value.name == value.name);
            let below = one.and_then(|one| {
                let way = one.slot.local_way();
                way.strip_prefix(entry.as_deref()?)?
                    .strip_prefix('/')
                    .map(str::to_owned)
            });
            let certainty = below
                .as_ref()
                .and(one)
                .map_or(Certainty::NotFound, |one| one.certainty);
            let of = (value.setting.to_owned(), value.usual.to_owned());
            self.name(
                of,
                below,
                (
                    one.map(|one| one.slot.place()),
                    certainty,
                    value.name == "storage-id",
                ),
            );
        }
    }
}
