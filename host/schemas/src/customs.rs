// SPDX-License-Identifier: Apache-2.0
//! A package of Customs, compared with what the component `tulli` writes and reads (Customs' technical guide 2015, tables 1 to 19).

mod application;
mod forms;
mod layouts;
mod matching;
mod meter;
mod operations;
mod samples;
mod service;
mod slots;
mod values;
mod words;

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use xml_schema::Declared;

use crate::Package;
pub use forms::{Form, Place};
use layouts::{Items, Prefixes, Written};
use meter::{Meter, Source};
use operations::known;
pub use samples::{Sample, samples};
use slots::Slots;

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// The name is ours, or name, type and documentation agree.
    Sure,
    /// Something speaks for it, and somebody should look.
    Likely,
    /// Nothing was found, or nothing of ours fits.
    NotFound,
}

/// A setting, and what the package says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The setting, below `wire`; of a layout with the value.
    pub setting: String,
    /// Our default.
    pub ours: String,
    /// What the package has.
    pub theirs: Option<String>,
    /// File and line.
    pub place: Option<String>,
    /// How sure that is.
    pub certainty: Certainty,
    /// Whether nothing can be sent while it is not settled.
    pub is_required: bool,
}

/// What a package says.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Comparison {
    /// Setting by setting.
    pub rows: Vec<Row>,
    /// What the package has and we do not know.
    pub unknown: Vec<String>,
    /// The table `wire` that follows.
    pub wire: Map<String, Json>,
    /// The messages that are known, as the package has them.
    #[serde(skip)]
    pub forms: Vec<Form>,
}

impl Comparison {
    /// What is required and not settled.
    pub fn unsettled(&self) -> impl Iterator<Item = &Row> {
        let is_open = |row: &&Row| row.is_required && row.certainty == Certainty::NotFound;
        self.rows.iter().filter(is_open)
    }
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sure => "sure",
            Self::Likely => "likely",
            Self::NotFound => "not found",
        })
    }
}

/// What a package says of every setting under `wire`.
pub fn compare(package: &Package) -> Comparison {
    let meter = Meter::default();
    let source = Source {
        package,
        meter: &meter,
    };
    let mut work = Work {
        source,
        comparison: Comparison::default(),
        names: Map::new(),
        layouts: Map::new(),
        prefixes: Prefixes::new(),
        any_namespace: false,
    };
    let known = known(source);
    work.operations(&known);
    work.application(&known);
    work.finish()
}

struct Work<'s> {
    source: Source<'s>,
    comparison: Comparison,
    names: Map<String, Json>,
    layouts: Map<String, Json>,
    prefixes: Prefixes,
    /// Whether answers have elements in other namespaces than their own.
    any_namespace: bool,
}

impl<'s> Work<'s> {
    /// A name of an element, with the way to it.
    fn element(
        &mut self,
        (setting, usual): (String, String),
        element: Option<Declared<'s>>,
        (certainty, is_required): (Certainty, bool),
    ) {
        let name = element.map(|element| element.name().local().to_owned());
        let place = element.map(|element| {
            let (file, position) = element.place();
            format!("{file}:{}", position.line)
        });
        self.name((setting, usual), name, (place, certainty, is_required));
    }

    fn name(
        &mut self,
        (setting, usual): (String, String),
        theirs: Option<String>,
        (place, certainty, is_required): (Option<String>, Certainty, bool),
    ) {
        if let Some(theirs) = theirs.as_ref().filter(|theirs| **theirs != usual) {
            self.names.insert(setting.clone(), json!(theirs));
        }
        self.comparison.rows.push(Row {
            setting: format!("names.{setting}"),
            ours: usual,
            theirs,
            place,
            certainty,
            is_required,
        });
    }

    fn set(
        &mut self,
        setting: &str,
        (usual, theirs): (&str, Option<&str>),
        (place, certainty): (String, Certainty),
    ) {
        // Set even where it is the default: answers are then read in it alone.
        let set = theirs.filter(|theirs| *theirs != usual || setting.ends_with("namespace"));
        if let Some(theirs) = set {
            self.comparison
                .wire
                .insert(setting.to_owned(), json!(theirs));
        }
        self.comparison.rows.push(Row {
            setting: setting.to_owned(),
            ours: usual.to_owned(),
            theirs: theirs.map(str::to_owned),
            place: Some(place).filter(|place| !place.is_empty()),
            certainty,
            is_required: false,
        });
    }

    /// Something that somebody has to settle.
    fn open(&mut self, setting: &str, theirs: String, place: Option<String>) {
        self.comparison.rows.push(Row {
            setting: setting.to_owned(),
            ours: String::new(),
            theirs: Some(theirs),
            place,
            certainty: Certainty::NotFound,
            is_required: true,
        });
    }

    fn written(&mut self, written: &Written<'_>) {
        let items = written.items(&mut self.prefixes, &mut self.comparison);
        self.layout(written.layout, items);
    }

    fn layout(&mut self, layout: &str, items: Items) {
        if items.is_empty() || layouts::are_usual(layout, &items) {
            return;
        }
        let items = items.into_iter().map(|item| match item.says {
            Some((key, text)) => json!({ "at": item.at, key: text }),
            None => json!({ "at": item.at }),
        });
        let items = Json::Array(items.collect());
        self.layouts.insert(layout.to_owned(), items);
    }

    fn note_namespaces(&mut self, slots: &Slots<'_>) {
        let is_read = |slot: &&slots::Slot<'_>| !slot.is_attribute && slot.text.is_some();
        let slots = slots.all.iter().filter(is_read);
        let mut steps = slots.flat_map(|slot| &slot.way);
        let first = steps.next();
        // Unqualified, or of several namespaces.
        let differs = first.is_some_and(|first| {
            first.namespace().is_empty() || steps.any(|step| step.namespace() != first.namespace())
        });
        self.any_namespace |= differs;
    }

    fn finish(mut self) -> Comparison {
        self.comparison.unknown.extend(self.source.meter.told());
        if let Some(limit) = self.source.meter.met() {
            let theirs = format!(
                "more than {limit} elements and attributes in all messages, a limit of the reader; leave out schemas that are of no message"
            );
            self.open("package", theirs, None);
        }
        let wire = &mut self.comparison.wire;
        if self.any_namespace {
            wire.insert("any-namespace".to_owned(), json!(true));
        }
        if !self.names.is_empty() {
            wire.insert("names".to_owned(), Json::Object(self.names));
        }
        if !self.prefixes.is_empty() {
            let prefixes = self
                .prefixes
                .into_iter()
                .map(|(namespace, prefix)| (prefix, json!(namespace)));
            wire.insert("prefixes".to_owned(), Json::Object(prefixes.collect()));
        }
        if !self.layouts.is_empty() {
            wire.insert("layouts".to_owned(), Json::Object(self.layouts));
        }
        self.comparison
    }
}
