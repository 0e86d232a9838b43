// SPDX-License-Identifier: Apache-2.0
//! A package of the return channel of Suomi.fi messages, compared with what the component `suomifi-viestit` reads and writes (interface description V1.1 and the published
//! service description).

mod answers;
mod known;
mod walk;

use xml_schema::{Declared, QName};

use crate::{
    Operation, Package, Said,
    compose::ComposeError,
    customs::{Certainty, Comparison, Form, Place, Row},
};
use known::{Card, Known, NAMESPACE};
use walk::Found;

pub use answers::Shape;

/// The two operations: name, the setting that switches it, and the name of its request among forms.
const OPERATIONS: [(&str, &str, &str); 2] = [
    ("VieKohteita", "messages.enabled", "receive-messages"),
    ("VieKohdeTiloja", "statuses.enabled", "receive-statuses"),
];

/// What the component speaks.
const SOAP_VERSION: &str = "1.1";

/// The header block of the published description.
const RETURN_CHANNEL_URL: &str = "paluukanavaUrl";

/// What a package says of the settings of `suomifi-viestit`, and of what has none. The forms are of calls, for whoever makes them by the package.
pub fn compare(package: &Package) -> Comparison {
    let mut comparison = Comparison::default();
    for (name, setting, operation) in OPERATIONS {
        let found = package.service().operations.iter();
        let mut found = found.filter(|one| one.name == name);
        let first = found.clone().next();
        let found = found.find_map(|one| Some((one, elements(package, one)?)));
        let Some((of, (request, response))) = found else {
            comparison.rows.push(Row {
                setting: setting.to_owned(),
                ours: name.to_owned(),
                theirs: first.map(unread),
                place: first.map(place),
                certainty: Certainty::NotFound,
                is_required: name == "VieKohteita" || first.is_some(),
            });
            continue;
        };
        bound(&mut comparison, (name, setting), of);
        root(&mut comparison, name, request);
        read(&mut comparison, (name, operation), (of, request));
        answered(&mut comparison, package, (name, response));
    }
    for other in &package.service().operations {
        if !OPERATIONS.iter().any(|(name, ..)| other.name == *name) {
            let told = format!(
                "operation {} ({}:{})",
                other.name, other.file, other.position.line
            );
            comparison.unknown.push(told);
        }
    }
    comparison
}

/// The elements of its messages, where both are declared.
fn elements<'p>(
    package: &'p Package,
    operation: &Operation,
) -> Option<(Declared<'p>, Declared<'p>)> {
    let declared = |name: &Option<QName>| {
        let name = name.as_ref()?;
        package.schema().declared(name.namespace(), name.local())
    };
    declared(&operation.request).zip(declared(&operation.response))
}

fn place(operation: &Operation) -> String {
    format!("{}:{}", operation.file, operation.position.line)
}

/// Why the messages of an operation cannot be compared.
fn unread(operation: &Operation) -> String {
    match operation.faults.as_slice() {
        [] => "its messages are no elements that the package declares".to_owned(),
        faults => faults.join("; "),
    }
}

/// The component picks the operation by the element in the Body.
fn root(comparison: &mut Comparison, name: &str, request: Declared<'_>) {
    if request.name().is(NAMESPACE, name) {
        return;
    }
    let (file, position) = request.place();
    comparison.rows.push(Row {
        setting: format!("element {name}"),
        ours: format!("{{{NAMESPACE}}}{name}"),
        theirs: Some(format!(
            "{}, by which the component knows no operation",
            request.name()
        )),
        place: Some(format!("{file}:{}", position.line)),
        certainty: Certainty::NotFound,
        is_required: true,
    });
}

/// Whether a package is one of the return channel: it has one of its operations.
pub fn is_of(package: &Package) -> bool {
    let mut operations = package.service().operations.iter();
    operations.any(|one| OPERATIONS.iter().any(|(name, ..)| one.name == *name))
}

/// Which shape of the answer's Kohde is valid by the package; the usual one where both are.
pub fn answer_shape(package: &Package) -> Option<Shape> {
    let shapes = [Shape::Wsdl, Shape::Document];
    shapes.into_iter().find(|shape| {
        let samples = answers::samples("VieKohteita", *shape);
        let invalid = samples
            .iter()
            .find_map(|sample| answers::violations(package, sample));
        invalid.is_none()
    })
}

/// A call with made-up data, as an element: of as many Kohde as the package allows, up to two.
///
/// # Errors
/// Why none can be made by the package.
pub fn sample(package: &Package, form: &Form) -> Result<String, ComposeError> {
    made(package, form, false)
}

/// A call with made-up data that has nothing but what the package demands, and the Kohde of [`sample`].
///
/// # Errors
/// Why none can be made by the package.
pub fn bare_sample(package: &Package, form: &Form) -> Result<String, ComposeError> {
    made(package, form, true)
}

fn made(package: &Package, form: &Form, is_bare: bool) -> Result<String, ComposeError> {
    let mut entries = known::sample_entries(&form.name);
    loop {
        let said = Said {
            values: known::sample_values(entries.len()),
            entries: entries.clone(),
            is_bare,
            ..Said::default()
        };
        match package.compose(form, &said, "s") {
            Err(ComposeError::TooMany(_)) if entries.len() > 1 => {
                entries.pop();
            }
            composed => return composed,
        }
    }
}

/// What the binding has.
fn bound(comparison: &mut Comparison, (name, setting): (&str, &str), operation: &Operation) {
    let place = Some(place(operation));
    let mut row = |setting: &str, ours: &str, theirs: &str, (certainty, is_required)| {
        comparison.rows.push(Row {
            setting: setting.to_owned(),
            ours: ours.to_owned(),
            theirs: Some(theirs.to_owned()),
            place: place.clone(),
            certainty,
            is_required,
        });
    };
    row(setting, name, name, (Certainty::Sure, false));
    let bound = operation.binding();
    let (version, action) = bound.map_or(("", ""), |(version, action)| (version.number(), action));
    let wrong = match version {
        SOAP_VERSION => None,
        "" => Some("nothing in the package binds the operation to SOAP".to_owned()),
        other => Some(format!(
            "SOAP {other} alone, which the component does not speak"
        )),
    };
    if let Some(theirs) = wrong {
        let open = (Certainty::NotFound, true);
        row("soap-version", SOAP_VERSION, &theirs, open);
    }
    let usual = format!("{NAMESPACE}/ViranomaisPaluukanava/{name}");
    if action != usual {
        row(
            "notification.on-other-action",
            &usual,
            action,
            (Certainty::Likely, false),
        );
    }
    for header in &operation.headers {
        if !header.element.is(NAMESPACE, RETURN_CHANNEL_URL) {
            row(
                "notification.understood-headers",
                "none",
                &header.element.to_string(),
                (Certainty::Likely, false),
            );
        }
    }
    for fault in &operation.faults {
        row(
            &format!("operation {name}"),
            "",
            fault,
            (Certainty::NotFound, true),
        );
    }
}

/// What is read of a call, against what it may have.
fn read(
    comparison: &mut Comparison,
    (name, form): (&str, &str),
    (of, request): (&Operation, Declared<'_>),
) {
    let (found, over) = walk::all(request);
    if let Some(at) = over {
        comparison.unknown.push(format!(
            "{name}: what is within {at} is over the limit of what is looked at"
        ));
    }
    let known = known::of(name);
    for ours in &known {
        let theirs = found.iter().find(|one| one.path() == ours.path);
        compare_one(comparison, name, (ours, theirs));
    }
    for other in &found {
        if known.iter().any(|ours| ours.path == other.path()) {
            continue;
        }
        let needed = if other.least > 0 {
            "required"
        } else {
            "optional"
        };
        comparison.unknown.push(format!(
            "{name}: {} is {needed} and passed over (shape = \"lenient\") ({})",
            other.path(),
            other.place()
        ));
    }
    let is_ours =
        |one: &&Found<'_>| one.text.is_some() && known.iter().any(|ours| ours.path == one.path());
    let places = found.iter().filter(is_ours).map(|one| Place {
        value: known
            .iter()
            .find(|ours| ours.path == one.path())
            .map_or("", |ours| ours.path),
        way: one.way.iter().map(|step| (*step).clone()).collect(),
        is_attribute: one.is_attribute,
    });
    let entries = found.iter().find(|one| one.path() == known::ENTRIES);
    let entries = entries.map(|one| one.way.iter().map(|step| (*step).clone()).collect());
    comparison.forms.push(Form {
        name: form.to_owned(),
        element: request.name().clone(),
        places: places.collect(),
        entries,
        headers: of.headers.iter().map(|one| one.element.clone()).collect(),
        soap_version: SOAP_VERSION,
        soap_action: of.binding().map_or("", |(_, action)| action).to_owned(),
    });
}

/// A row for what differs.
fn compare_one(
    comparison: &mut Comparison,
    name: &str,
    (ours, theirs): (&Known, Option<&Found<'_>>),
) {
    let setting = match ours.setting {
        "" => format!("{name}/{}", ours.path),
        setting => format!("{setting} ({name}/{})", ours.path),
    };
    let mut row = |theirs: Option<String>, place: Option<String>, certainty| {
        comparison.rows.push(Row {
            setting: setting.clone(),
            ours: ours.told(),
            theirs,
            place,
            certainty,
            is_required: ours.is_needed() && certainty == Certainty::NotFound,
        });
    };
    let Some(theirs) = theirs else {
        return row(None, None, Certainty::NotFound);
    };
    let told = theirs.told();
    let wrong = if !theirs.is_ours() {
        Some((
            format!("{told}, of another namespace, and not read"),
            Certainty::NotFound,
        ))
    } else if !ours.kind.is_taken_by(theirs.text) {
        Some((
            format!("{told}, of a type that does not take what is read"),
            match ours.is_needed() {
                true => Certainty::NotFound,
                false => Certainty::Likely,
            },
        ))
    } else if ours.is_needed() && ours.card == Card::One && theirs.card() == Card::Optional {
        let told = format!("{told}: calls without it are refused");
        Some((told, Certainty::NotFound))
    } else if theirs.is_repeated() && ours.card != Card::Many {
        let more = match ours.setting {
            "messages.customer-required" => "several are read with shape = \"lenient\"",
            _ => "more than one is refused",
        };
        Some((format!("{told}: {more}"), Certainty::Likely))
    } else if theirs.card() != ours.card {
        Some((told, Certainty::Sure))
    } else {
        None
    };
    if let Some((told, certainty)) = wrong {
        row(Some(told), Some(theirs.place()), certainty);
    }
}

/// Whether what the component answers is valid by the package: by the judgement of the package itself.
fn answered(
    comparison: &mut Comparison,
    package: &Package,
    (name, response): (&str, Declared<'_>),
) {
    let (file, position) = response.place();
    let is_messages = name == "VieKohteita";
    let shape = match is_messages {
        true => answer_shape(package),
        false => Some(Shape::Wsdl),
    };
    let samples = answers::samples(name, shape.unwrap_or(Shape::Wsdl));
    let invalid = samples
        .iter()
        .find_map(|sample| answers::violations(package, sample));
    let setting = if is_messages {
        "response.item-shape"
    } else {
        "VieKohdeTilojaResponse"
    };
    let (theirs, certainty) = match (shape, invalid) {
        (Some(shape), None) if is_messages => (shape.name().to_owned(), Certainty::Sure),
        (Some(_), None) => ("valid".to_owned(), Certainty::Sure),
        (_, invalid) => {
            let told = invalid.unwrap_or_default();
            let shapes = if is_messages { " in either shape" } else { "" };
            let told = format!("what is answered is not valid{shapes}: {told}");
            (told, Certainty::NotFound)
        }
    };
    let ours = match is_messages {
        true => Shape::Wsdl.name(),
        false => "valid",
    };
    comparison.rows.push(Row {
        setting: setting.to_owned(),
        ours: ours.to_owned(),
        theirs: Some(theirs),
        place: Some(format!("{file}:{}", position.line)),
        certainty,
        is_required: true,
    });
}
