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

/// The header block of the published description.
const RETURN_CHANNEL_URL: &str = "paluukanavaUrl";

/// What a package says of the settings of `suomifi-viestit`, and of what has none. The forms are of calls, for whoever makes them by the package.
pub fn compare(package: &Package) -> Comparison {
    let mut comparison = Comparison::default();
    for (name, setting, operation) in OPERATIONS {
        let found = package.service().operations.iter();
        let mut found = found.filter(|one| one.name == name);
        let declared = |name: &Option<QName>| {
            let name = name.as_ref()?;
            package.schema().declared(name.namespace(), name.local())
        };
        let found =
            found.find_map(|one| Some((one, declared(&one.request)?, declared(&one.response)?)));
        let Some((of, request, response)) = found else {
            let is_required = name == "VieKohteita";
            comparison.rows.push(Row {
                setting: setting.to_owned(),
                ours: name.to_owned(),
                theirs: None,
                place: None,
                certainty: Certainty::NotFound,
                is_required,
            });
            continue;
        };
        bound(&mut comparison, (name, setting), of);
        read(&mut comparison, (name, operation), request);
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
    let mut entries = known::sample_entries(&form.name);
    loop {
        let said = Said {
            values: known::sample_values(entries.len()),
            entries: entries.clone(),
            is_careless: false,
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
    let place = Some(format!("{}:{}", operation.file, operation.position.line));
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
    let (version, action) = match operation.bound.first() {
        Some((version, action)) => (version.number(), action.as_str()),
        None => ("", ""),
    };
    match version {
        "1.1" => {}
        other => {
            let theirs = format!("SOAP {other}, which the component does not speak");
            row("soap-version", "1.1", &theirs, (Certainty::NotFound, true));
        }
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
fn read(comparison: &mut Comparison, (name, operation): (&str, &str), request: Declared<'_>) {
    let found = walk::all(request);
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
        name: operation.to_owned(),
        element: request.name().clone(),
        places: places.collect(),
        entries,
        headers: Vec::new(),
        soap_version: "1.1",
        soap_action: String::new(),
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
            Certainty::Likely,
        ))
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
        (Some(shape), None) => (shape.name().to_owned(), Certainty::Sure),
        (_, invalid) => {
            let told = invalid.unwrap_or_default();
            let told = format!("what is answered is not valid in either shape: {told}");
            (told, Certainty::NotFound)
        }
    };
    comparison.rows.push(Row {
        setting: setting.to_owned(),
        ours: Shape::Wsdl.name().to_owned(),
        theirs: Some(theirs),
        place: Some(format!("{file}:{}", position.line)),
        certainty,
        is_required: true,
    });
}
