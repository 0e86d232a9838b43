// SPDX-License-Identifier: Apache-2.0
//! Whether a description is one that the host can act on (`wit/descriptor.wit`).

use crate::{
    describe::{Description, Direction, Operation, Rotation, SecretRole, SecretSource},
    error::Rejection,
};

type Checked = Result<(), Rejection>;

fn wrong(what: String) -> Checked {
    Err(Rejection::Description(what))
}

/// Checks all that does not depend on what the operator has configured.
pub(super) fn check_description(description: &Description) -> Checked {
    if !is_name(&description.agency) {
        return wrong("the agency id is not lower case letters, digits and hyphens".into());
    }
    if !is_json(&description.settings_schema) {
        return wrong("the settings schema is not JSON".into());
    }
    for (index, operation) in description.operations.iter().enumerate() {
        let rest = description.operations.iter().skip(index + 1);
        check_operation(index + 1, operation)?;
        if rest.into_iter().any(|other| other.name == operation.name) {
            return wrong(format!("operation `{}` is listed twice", operation.name));
        }
        check_credentials(description, operation)?;
    }
    for (index, event) in description.events.iter().enumerate() {
        let mut rest = description.events.iter().skip(index + 1);
        if !is_name(&event.kind) || !is_json(&event.data) {
            return wrong(format!(
                "event number {} has no name in lower case, or its schema is not JSON",
                index + 1
            ));
        }
        if rest.any(|other| other.kind == event.kind) {
            return wrong(format!(
                "the kind of event `{}` is listed twice",
                event.kind
            ));
        }
    }
    for (index, role) in description.secret_roles.iter().enumerate() {
        check_secret(description, role)?;
        let mut rest = description.secret_roles.iter().skip(index + 1);
        if rest.any(|other| other.requirement.name == role.requirement.name) {
            let name = &role.requirement.name;
            return wrong(format!("the secret `{name}` is listed twice"));
        }
        let mut rest = description.secret_roles.iter().skip(index + 1);
        if let Some(operation) = changed_by(role)
            && rest.any(|other| changed_by(other) == Some(operation))
        {
            return wrong(format!(
                "operation `{operation}` obtains or replaces more than one secret"
            ));
        }
    }
    Ok(())
}

/// The operation that obtains or replaces a secret.
fn changed_by(role: &SecretRole) -> Option<&str> {
    match &role.source {
        SecretSource::Configured => None,
        SecretSource::Obtained { operation } => Some(operation),
        SecretSource::Rotated(rotation) => Some(&rotation.operation),
    }
}

/// Most characters that a form may ask of a secret.
const MOST_CHARACTERS: u32 = 64 << 10;

fn check_operation(number: usize, operation: &Operation) -> Checked {
    let name = &operation.name;
    if !is_name(name) {
        return wrong(format!(
            "the name of operation number {number} is not lower case letters, digits and hyphens"
        ));
    }
    if !operation.parameters.is_empty() && !is_json(&operation.parameters) {
        return wrong(format!(
            "the parameter schema of operation `{name}` is not JSON"
        ));
    }
    check_steps(operation)?;
    let is_inbound = operation.direction == Direction::Inbound;
    if is_inbound && (operation.poll.is_some() || !operation.credentials.is_empty()) {
        return wrong(format!(
            "operation `{name}` is inbound, and has a poll or credentials"
        ));
    }
    match operation.poll {
        Some(poll) if poll.interval_seconds == 0 => {
            wrong(format!("operation `{name}` is a poll without an interval"))
        }
        _ => Ok(()),
    }
}

/// Of the limits, which the settings may change: an operation takes a step, and one that is inbound no other.
pub(super) fn check_steps(operation: &Operation) -> Checked {
    let (name, steps) = (&operation.name, operation.limits.steps);
    match operation.direction {
        _ if steps == 0 => wrong(format!(
            "operation `{name}` takes no step; it takes at least 1"
        )),
        Direction::Inbound if steps > 1 => wrong(format!(
            "operation `{name}` is inbound, and has several steps"
        )),
        _ => Ok(()),
    }
}

/// The credentials of an operation are obtained, by operations that need none themselves: one would wait for the other.
fn check_credentials(description: &Description, operation: &Operation) -> Checked {
    for role in &operation.credentials {
        let by = match description.secret_role(role).map(|role| &role.source) {
            Some(SecretSource::Obtained { operation }) => description.operation(operation),
            _ => {
                return wrong(format!(
                    "operation `{}` needs the credential `{role}`, which no operation obtains",
                    operation.name
                ));
            }
        };
        if by.is_some_and(|by| !by.credentials.is_empty()) {
            return wrong(format!(
                "the operation that obtains `{role}` needs credentials itself"
            ));
        }
    }
    Ok(())
}

fn check_secret(description: &Description, role: &SecretRole) -> Checked {
    let name = &role.requirement.name;
    if let Some(form) = role.form.filter(|form| !form.is_possible()) {
        return wrong(format!(
            "no value has the form that it requires of the secret `{name}`, {form}"
        ));
    }
    if let Some(form) = role
        .form
        .filter(|form| form.minimum_characters > MOST_CHARACTERS)
    {
        return wrong(format!(
            "it requires more than {MOST_CHARACTERS} characters of the secret `{name}`, {form}"
        ));
    }
    let is_outbound = |operation: &str| {
        let found = description.operation(operation);
        found.is_some_and(|found| found.direction == Direction::Outbound)
    };
    match &role.source {
        SecretSource::Configured => Ok(()),
        SecretSource::Obtained { operation } if is_outbound(operation) => Ok(()),
        SecretSource::Obtained { operation } => wrong(format!(
            "the secret `{name}` is obtained by `{operation}`, which is no outbound operation"
        )),
        SecretSource::Rotated(_) if role.form.is_none() => wrong(format!(
            "the secret `{name}` is rotated, and has no form that a new value could be made after"
        )),
        SecretSource::Rotated(rotation) => {
            let Rotation {
                operation, check, ..
            } = rotation;
            let mut operations = std::iter::once(operation).chain(check);
            match operations.find(|operation| !is_outbound(operation)) {
                Some(other) => wrong(format!(
                    "the secret `{name}` is rotated by `{other}`, which is no outbound operation"
                )),
                None => Ok(()),
            }
        }
    }
}

fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.bytes().all(is_allowed)
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}
