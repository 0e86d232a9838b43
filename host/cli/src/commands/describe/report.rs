// SPDX-License-Identifier: Apache-2.0
use silta::describe::{
    Description, Direction, Idempotency, Operation, Requirement, SecretSource, Transport,
};

use super::schema::{self, Field};
use crate::output::{facts, printable, section};

/// The description for people.
pub(super) fn as_text(description: &Description) -> String {
    let mut text = heading(description);
    text += &documents(description);
    text += &operations(description);
    text += &requirements(description);
    text += &events(description);
    text += &settings(description);
    for operation in &description.operations {
        if operation.direction == Direction::Outbound {
            text += &parameters(operation);
        }
    }
    text
}

fn heading(description: &Description) -> String {
    let title = description.titles.first().map(|(_, text)| text.as_str());
    let mut text = format!(
        "{} ({} {})\n",
        printable(title.unwrap_or("An agency")),
        printable(&description.agency),
        printable(&description.version)
    );
    let others: Vec<(&str, String)> = description
        .titles
        .iter()
        .skip(1)
        .map(|(language, title)| (language.as_str(), title.clone()))
        .collect();
    text += &facts(&others);
    text
}

fn documents(description: &Description) -> String {
    let rows = description.documents.iter().map(|document| {
        vec![
            document.title.clone(),
            document.version.clone(),
            document.coverage.clone(),
        ]
    });
    section(
        "Documents",
        &["title", "version", "covered"],
        rows.collect(),
    )
}

fn operations(description: &Description) -> String {
    let rows = description.operations.iter().map(|operation| {
        let direction = match operation.direction {
            Direction::Outbound => "outbound",
            Direction::Inbound => "inbound",
        };
        let transport = match operation.transport {
            Transport::Https => "HTTPS",
            Transport::Smtp => "SMTP",
        };
        vec![
            operation.name.clone(),
            operation.summary.clone(),
            format!("{direction}, {transport}"),
            repeatable(operation.idempotency).to_owned(),
            format!(
                "{} s",
                f64::from(operation.limits.timeout_milliseconds) / 1000.0
            ),
            limits(operation),
        ]
    });
    let header = [
        "name",
        "what it does",
        "way",
        "repeatable",
        "timeout",
        "limits",
    ];
    section("Operations", &header, rows.collect())
}

fn repeatable(idempotency: Idempotency) -> &'static str {
    match idempotency {
        Idempotency::ReadOnly => "yes, changes nothing",
        Idempotency::ByReference => "the same bytes, by their reference",
        Idempotency::Never => "no",
    }
}

fn limits(operation: &Operation) -> String {
    let limits = &operation.limits;
    let rate = limits.rate_limit.map(|rate| {
        let calls = if rate.calls == 1 { "call" } else { "calls" };
        format!("{} {calls} in {} s", rate.calls, rate.window_seconds)
    });
    let at_once = limits.concurrency.map(|calls| format!("{calls} at once"));
    let by_reference = limits
        .reference_concurrency
        .map(|calls| format!("{calls} at once of a reference"));
    let (payload, body) = match (operation.direction, limits.payload_limit) {
        (Direction::Inbound, _) => (None, "call"),
        (Direction::Outbound, Some(limit)) => {
            let may_be_empty = if operation.empty_payload {
                " or empty"
            } else {
                ""
            };
            let payload = format!("payload {}{may_be_empty}", bytes(limit));
            (Some(payload), "answer")
        }
        (Direction::Outbound, None) => (Some("no payload".to_owned()), "answer"),
    };
    let attachments = limits.attachment_limit;
    let attachments = (attachments > 0).then(|| format!("{attachments} attachments"));
    let body = format!("{body} {}", bytes(limits.response_limit));
    let resending = limits.resending.map(|resending| {
        let (sendings, minutes) = (resending.sendings, resending.seconds / 60);
        format!("sent {sendings} times in {minutes} min at most while the outcome is unknown")
    });
    let steps = (limits.steps > 1).then(|| format!("{} steps", limits.steps));
    let poll = operation
        .poll
        .map(|poll| format!("run every {} s", poll.interval_seconds));
    let credentials = &operation.credentials;
    let credentials =
        (!credentials.is_empty()).then(|| format!("needs the secret {}", credentials.join(", ")));
    let all = [
        steps,
        poll,
        credentials,
        rate,
        at_once,
        by_reference,
        payload,
        attachments,
        Some(body),
        resending,
    ];
    all.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn bytes(number: u64) -> String {
    match number {
        n if n >= 1 << 20 && n.is_multiple_of(1 << 20) => format!("{} MiB", n >> 20),
        n if n >= 1 << 10 && n.is_multiple_of(1 << 10) => format!("{} KiB", n >> 10),
        n => format!("{n} bytes"),
    }
}

fn events(description: &Description) -> String {
    let rows = description.events.iter();
    let rows = rows.map(|event| vec![event.kind.clone(), event.summary.clone()]);
    section("Events", &["kind", "what has happened"], rows.collect())
}

fn requirements(description: &Description) -> String {
    let row = |kind: &str, requirement: &Requirement, purpose: String| {
        let required = yes_no(requirement.required);
        vec![kind.to_owned(), requirement.name.clone(), required, purpose]
    };
    let keys = description.key_roles.iter();
    let anchors = description.anchor_sets.iter();
    let secrets = description.secret_roles.iter().map(|role| {
        let purpose = &role.requirement.purpose;
        let purpose = match &role.form {
            Some(form) => format!("{purpose} ({form})"),
            None => purpose.clone(),
        };
        let purpose = match &role.source {
            SecretSource::Configured => purpose,
            SecretSource::Obtained { operation } => {
                format!("{purpose}; obtained by `{operation}`, not configured")
            }
            SecretSource::Rotated(rotation) => format!(
                "{purpose}; replaced by `{}` where `secrets-folder` is configured",
                rotation.operation
            ),
        };
        row("secret", &role.requirement, purpose)
    });
    let rows = keys
        .map(|key| row("key", key, key.purpose.clone()))
        .chain(anchors.map(|set| row("anchors", set, set.purpose.clone())))
        .chain(secrets);
    let header = ["kind", "name", "required", "for"];
    section("Keys, anchors and secrets", &header, rows.collect())
}

/// One table for each object, the outermost first; in each, what has to be there first.
fn settings(description: &Description) -> String {
    let mut fields = schema::fields(&schema::read(&description.settings_schema));
    fields.sort_by(|a, b| (&a.table, b.required).cmp(&(&b.table, a.required)));
    let tables = fields.chunk_by(|a, b| a.table == b.table);
    tables.map(settings_table).collect()
}

fn settings_table(fields: &[Field]) -> String {
    let rows = fields.iter().map(|field| {
        let default = match &field.default {
            _ if field.required => "required".to_owned(),
            Some(default) => default.to_string(),
            None => "–".to_owned(),
        };
        let Field {
            name,
            kind,
            description,
            ..
        } = field.clone();
        vec![name, kind, default, description]
    });
    let heading = match fields.first().map(|field| field.table.as_str()) {
        None | Some("") => "Settings".to_owned(),
        Some(table) => format!("Settings under `{table}`"),
    };
    let header = ["setting", "type", "default", "what it is"];
    section(&heading, &header, rows.collect())
}

fn parameters(operation: &Operation) -> String {
    let fields = schema::fields(&schema::read(&operation.parameters));
    let rows = fields.into_iter().map(|field| {
        let required = match (field.required, field.default) {
            (true, _) => "yes".to_owned(),
            (false, Some(default)) => format!("no, {default}"),
            (false, None) => "no".to_owned(),
        };
        let name = schema::below(&field.table, &field.name);
        vec![name, field.kind, required, field.description]
    });
    let heading = format!("Parameters of `{}`", operation.name);
    let header = ["parameter", "type", "required", "what it is"];
    section(&heading, &header, rows.collect())
}

fn yes_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_in_round_units_only() {
        assert_eq!(bytes(2 << 20), "2 MiB");
        assert_eq!(bytes(1536), "1536 bytes");
        assert_eq!(bytes(64 << 10), "64 KiB");
        assert_eq!(bytes(0), "0 bytes");
    }
}
