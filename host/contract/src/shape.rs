// SPDX-License-Identifier: Apache-2.0
//! What a component asks of its host and offers to it, type by type; and what differs between two.

mod guard;
mod reader;
mod structure;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use wasmparser::Parser;
use wit_parser::{
    Resolve, Type, WorldId,
    decoding::{DecodedWasm, decode},
};

pub use guard::is_guarded;
use reader::{MOST_BYTES, MOST_TYPES, Reader};

/// Why nothing can be said of the shape of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(String);

/// Which way something goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The component asks for it.
    Import,
    /// The component offers it.
    Export,
}

impl Side {
    /// Stable name: `import` or `export`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Export => "export",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Something of an interface: side, interface without its version, what (`record request`, `function build`), and the field, case or parameter of it. An empty field
/// is the thing itself.
type Place = (Side, String, String, String);

/// What there is in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct What {
    /// As WIT writes it.
    text: String,
    /// Of a whole item, by which engines compare it: what it is made of, without the names of types and parameters. Alike where that is alike.
    structure: u64,
}

/// What a component imports and exports: the type of every field, case, parameter and result, by its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape(BTreeMap<Place, What>);

/// A difference between two components: in one place they have different types, or one has nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whether the components import or export it.
    pub side: Side,
    /// The interface, without its version.
    pub interface: String,
    /// What of it, such as `record request`, `function build` or `version`.
    pub item: String,
    /// Which field, case or parameter of it; empty for the whole.
    pub field: String,
    /// Its type in the old component; `None`: it is not there.
    pub old: Option<String>,
    /// Its type in the new one; `None`: it is not there.
    pub new: Option<String>,
}

impl Change {
    /// Where it is: side, interface, item and field.
    pub(crate) fn place(&self) -> impl fmt::Display {
        let Self {
            side,
            interface,
            item,
            field,
            ..
        } = self;
        fmt::from_fn(move |f| {
            write!(f, "{side} {interface}: {item}")?;
            match field.is_empty() {
                true => Ok(()),
                false => write!(f, ", {field}"),
            }
        })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place())?;
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => write!(f, ": {old} became {new}"),
            (Some(old), None) => write!(f, ": gone, was {old}"),
            (None, Some(new)) => write!(f, ": new, {new}"),
            (None, None) => Ok(()),
        }
    }
}

impl Shape {
    /// Of a component.
    ///
    /// # Errors
    /// It is none; or it has types that WIT cannot express, or far more of them than any contract has.
    pub fn of(component: &[u8]) -> Result<Self, Unreadable> {
        let unreadable = |what: &str| Unreadable(what.to_owned());
        // A module without a component around it would have an empty shape.
        if !Parser::is_component(component) {
            return Err(unreadable(
                "it is no component of WebAssembly; `silta component build` makes one of a crate",
            ));
        }
        // What is read may be anybody's, and the reader expects what tools of WIT make: it panics at resources in places where those put none.
        let decoded = guard::caught(|| decode(component)).ok_or_else(|| {
            unreadable("its types are not such as tools of WIT make; build it with `silta component build`")
        })?;
        let decoded = decoded.map_err(|error| Unreadable(format!("{error:#}")))?;
        let DecodedWasm::Component(resolve, world) = decoded else {
            return Err(unreadable("it is a package of WIT, without code"));
        };
        Self::of_world(&resolve, world).ok_or_else(|| {
            Unreadable(format!(
                "it has more than {MOST_TYPES} types, or types with names of more than {MOST_BYTES} bytes in all; the contract has some 500"
            ))
        })
    }

    /// Of what every component of a world imports and exports at most; `None` where there is no such world, or it has too many types or too long names.
    pub(crate) fn of_world(resolve: &Resolve, world: WorldId) -> Option<Self> {
        let world = resolve.worlds.get(world)?;
        let mut reader = Reader::new(resolve);
        for (side, items) in [
            (Side::Import, &world.imports),
            (Side::Export, &world.exports),
        ] {
            for (key, item) in items {
                reader.item(side, resolve.name_world_key(key), item);
            }
        }
        reader.finish().map(Self)
    }

    /// Whether it has anything of an item; with an empty one, of the interface.
    pub(crate) fn has(&self, side: Side, interface: &str, item: &str) -> bool {
        let (interface, item) = (interface.to_owned(), item.to_owned());
        let is_any = item.is_empty();
        let from: Place = (side, interface, item, String::new());
        let next = self.0.range(&from..).next();
        next.is_some_and(|((of, name, of_item, _), _)| {
            (*of, name) == (from.0, &from.1) && (is_any || *of_item == from.2)
        })
    }

    /// What an item is made of, by which engines compare it; `None` where it is not there.
    pub(crate) fn structure(&self, side: Side, interface: &str, item: &str) -> Option<u64> {
        let place = (side, interface.to_owned(), item.to_owned(), String::new());
        self.0.get(&place).map(|what| what.structure)
    }

    /// Functions and resources of one side, each by interface and item: what an engine binds.
    pub(crate) fn bound(&self, side: Side) -> impl Iterator<Item = (&str, &str)> {
        let whole = self.0.keys().filter(move |(of, _, item, field)| {
            let is_bound = item.starts_with(FUNCTION) || item.starts_with(RESOURCE);
            *of == side && field.is_empty() && is_bound
        });
        whole.map(|(_, interface, item, _)| (interface.as_str(), item.as_str()))
    }

    /// Functions that the component imports, as `INTERFACE NAME`, in order.
    pub fn imported_functions(&self) -> Vec<String> {
        let imported = self.0.keys().filter(|(side, _, item, field)| {
            *side == Side::Import && field.is_empty() && item.starts_with(FUNCTION)
        });
        let named = imported.map(|(_, interface, item, _)| {
            let name = item.get(FUNCTION.len()..).unwrap_or_default();
            format!("{interface} {name}")
        });
        named.collect()
    }

    /// Interfaces of one side with their versions, such as `silta:agency/keys@0.1.0`, in order.
    pub fn interfaces(&self, side: Side) -> Vec<String> {
        let own = self.0.iter();
        let own = own.filter(|((of, _, item, _), _)| *of == side && item == VERSION);
        let named =
            own.map(|((_, interface, _, _), version)| format!("{interface}@{}", version.text));
        named.collect()
    }

    /// What is otherwise than in an older component, in order of place.
    pub fn differences_from(&self, older: &Self) -> Vec<Change> {
        let mut places: Vec<&Place> = self.0.keys().chain(older.0.keys()).collect();
        places.sort();
        places.dedup();
        let text = |shape: &Self, place: &Place| shape.0.get(place).map(|what| what.text.clone());
        let changed = places.into_iter().filter_map(|place| {
            let (old, new) = (text(older, place), text(self, place));
            let (side, interface, item, field) = place.clone();
            (old != new).then_some(Change {
                side,
                interface,
                item,
                field,
                old,
                new,
            })
        });
        let changes: Vec<Change> = changed.collect();
        let told = Told::of(&changes);
        let is_told: Vec<bool> = changes.iter().map(|it| !told.imply(it)).collect();
        let told = changes.into_iter().zip(is_told);
        told.filter_map(|(change, is_told)| is_told.then_some(change))
            .collect()
    }
}

/// What changes tell of others.
struct Told<'a> {
    /// Items that have come or gone; with an interface, its version.
    items: BTreeSet<(Side, &'a str, &'a str)>,
    /// Items with changes in their parts.
    parts: BTreeSet<(Side, &'a str, &'a str)>,
}

impl<'a> Told<'a> {
    fn of(changes: &'a [Change]) -> Self {
        let mut told = Self {
            items: BTreeSet::new(),
            parts: BTreeSet::new(),
        };
        for change in changes {
            let item = (change.side, change.interface.as_str(), change.item.as_str());
            if !change.field.is_empty() {
                told.parts.insert(item);
            } else if is_whole(change) {
                told.items.insert(item);
            }
        }
        told
    }

    /// Whether a change is told by another one: by that of the whole interface or of the whole item, or, where it is only that parts are in another order, by the parts that
    /// have come and gone.
    fn imply(&self, change: &Change) -> bool {
        let item = (change.side, change.interface.as_str(), change.item.as_str());
        let interface = (item.0, item.1, VERSION);
        if change.item != VERSION && self.items.contains(&interface) {
            return true;
        }
        match change.field.is_empty() {
            false => self.items.contains(&item),
            true if is_whole(change) || change.item.starts_with(FUNCTION) => false,
            true => self.parts.contains(&item),
        }
    }
}

/// Whether something has come or gone.
fn is_whole(change: &Change) -> bool {
    change.old.is_none() || change.new.is_none()
}

/// The item that says of which version an interface is: it comes and goes with the interface.
pub(crate) const VERSION: &str = "version";

/// What the item of a function begins with.
pub(crate) const FUNCTION: &str = "function ";

/// What the item of a resource begins with.
pub(crate) const RESOURCE: &str = "resource ";

/// The name that WIT has for a type of its own; `a type` for any other.
pub fn primitive(what: &Type) -> &'static str {
    match what {
        Type::Bool => "bool",
        Type::U8 => "u8",
        Type::U16 => "u16",
        Type::U32 => "u32",
        Type::U64 => "u64",
        Type::S8 => "s8",
        Type::S16 => "s16",
        Type::S32 => "s32",
        Type::S64 => "s64",
        Type::F32 => "f32",
        Type::F64 => "f64",
        Type::Char => "char",
        Type::String => "string",
        Type::ErrorContext => "error-context",
        Type::Id(_) => "a type",
    }
}
