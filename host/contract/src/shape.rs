// SPDX-License-Identifier: Apache-2.0
//! What a component asks of its host and offers to it, type by type; and what differs between two.

use std::{cell::Cell, collections::BTreeMap, fmt, panic};

use wasmparser::Parser;
use wit_parser::{
    Function, Handle, InterfaceId, Resolve, Type, TypeDef, TypeDefKind, TypeId, WorldId, WorldItem,
    decoding::{DecodedWasm, decode},
};

/// Most types that are written down of one component, those within others counted with them. The contract has some 500, and a few bytes of types that hold each other twice could be written at any length.
const MOST_TYPES: u32 = 20_000;

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

/// What a component imports and exports: the type of every field, case, parameter and result, by its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape(BTreeMap<Place, String>);

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

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            side,
            interface,
            item,
            field,
            ..
        } = self;
        write!(f, "{side} {interface}: {item}")?;
        if !field.is_empty() {
            write!(f, ", {field}")?;
        }
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
        let decoded = panic::catch_unwind(|| decode(component)).map_err(|_| {
            unreadable("its types are not such as tools of WIT make; build it with `silta component build`")
        })?;
        let decoded = decoded.map_err(|error| Unreadable(format!("{error:#}")))?;
        let DecodedWasm::Component(resolve, world) = decoded else {
            return Err(unreadable("it is a package of WIT, without code"));
        };
        Self::of_world(&resolve, world).ok_or_else(|| {
            Unreadable(format!(
                "it has more than {MOST_TYPES} types; the contract has some 500"
            ))
        })
    }

    /// Of what every component of a world imports and exports at most; `None` where there is no such world, or it has too many types.
    pub(crate) fn of_world(resolve: &Resolve, world: WorldId) -> Option<Self> {
        let world = resolve.worlds.get(world)?;
        let mut reader = Reader {
            resolve,
            found: BTreeMap::new(),
            left: Cell::new(MOST_TYPES),
        };
        for (side, items) in [
            (Side::Import, &world.imports),
            (Side::Export, &world.exports),
        ] {
            for (key, item) in items {
                reader.item(side, resolve.name_world_key(key), item);
            }
        }
        (reader.left.get() > 0).then_some(Self(reader.found))
    }

    /// Whether it has anything of an item; with an empty one, of the interface.
    pub(crate) fn has(&self, side: Side, interface: &str, item: &str) -> bool {
        self.0.keys().any(|(of, name, of_item, _)| {
            (*of, name.as_str()) == (side, interface) && (item.is_empty() || of_item == item)
        })
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
        let named = own.map(|((_, interface, _, _), version)| format!("{interface}@{version}"));
        named.collect()
    }

    /// What is otherwise than in an older component, in order of place.
    pub fn differences_from(&self, older: &Self) -> Vec<Change> {
        let mut places: Vec<&Place> = self.0.keys().chain(older.0.keys()).collect();
        places.sort();
        places.dedup();
        let changed = places.into_iter().filter_map(|place| {
            let (old, new) = (older.0.get(place), self.0.get(place));
            let (side, interface, item, field) = place.clone();
            (old != new).then(|| Change {
                side,
                interface,
                item,
                field,
                old: old.cloned(),
                new: new.cloned(),
            })
        });
        let changes: Vec<Change> = changed.collect();
        let is_told = |change: &&Change| !is_implied(change, &changes);
        changes.iter().filter(is_told).cloned().collect()
    }
}

/// Whether a change is told by another one: by that of the whole interface or of the whole item, or, where it is only that parts are in another order, by the parts that
/// have come and gone.
fn is_implied(change: &Change, changes: &[Change]) -> bool {
    let is_whole = |other: &Change| other.old.is_none() || other.new.is_none();
    let mut of_interface = changes
        .iter()
        .filter(|other| (other.side, &other.interface) == (change.side, &change.interface));
    let mut of_item = of_interface
        .clone()
        .filter(|other| other.item == change.item);
    if change.item != VERSION && of_interface.any(|other| other.item == VERSION && is_whole(other))
    {
        return true;
    }
    match change.field.is_empty() {
        false => of_item.any(|other| other.field.is_empty() && is_whole(other)),
        true if is_whole(change) || change.item.starts_with(FUNCTION) => false,
        true => of_item.any(|other| !other.field.is_empty()),
    }
}

/// The item that says of which version an interface is: it comes and goes with the interface.
pub(crate) const VERSION: &str = "version";

/// What the item of a function begins with.
pub(crate) const FUNCTION: &str = "function ";

/// Gathers what there is in a component.
struct Reader<'a> {
    resolve: &'a Resolve,
    found: BTreeMap<Place, String>,
    /// How many types may still be written.
    left: Cell<u32>,
}

impl Reader<'_> {
    fn item(&mut self, side: Side, name: String, item: &WorldItem) {
        match item {
            WorldItem::Interface { id, .. } => {
                let (interface, version) = name.split_once('@').unwrap_or((&name, "none"));
                self.add(side, interface, VERSION, "", version.to_owned());
                self.interface(side, interface, *id);
            }
            WorldItem::Function(function) => self.function(side, "the world", function),
            WorldItem::Type { id, .. } => self.type_definition(side, "the world", &name, *id),
        }
    }

    fn interface(&mut self, side: Side, name: &str, id: InterfaceId) {
        let Some(interface) = self.resolve.interfaces.get(id) else {
            return;
        };
        for (type_name, id) in &interface.types {
            self.type_definition(side, name, type_name, *id);
        }
        for function in interface.functions.values() {
            self.function(side, name, function);
        }
    }

    fn add(&mut self, side: Side, interface: &str, item: &str, field: &str, what: String) {
        let place = (
            side,
            interface.to_owned(),
            item.to_owned(),
            field.to_owned(),
        );
        self.found.insert(place, what);
    }

    fn function(&mut self, side: Side, interface: &str, function: &Function) {
        let item = format!("{FUNCTION}{}", function.name);
        let result = match &function.result {
            Some(result) => self.name(result),
            None => "nothing".to_owned(),
        };
        self.add(side, interface, &item, "", format!("results in {result}"));
        for (number, parameter) in function.params.iter().enumerate() {
            let field = format!("parameter {} {}", number + 1, parameter.name);
            let what = self.name(&parameter.ty);
            self.add(side, interface, &item, &field, what);
        }
    }

    fn type_definition(&mut self, side: Side, interface: &str, name: &str, id: TypeId) {
        let Some(definition) = self.resolve.types.get(id) else {
            return;
        };
        let item = format!("{} {name}", definition.kind.as_str());
        let parts = self.parts(&definition.kind);
        let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
        let whole = match &definition.kind {
            TypeDefKind::Type(target) => format!("the same as {}", self.name(target)),
            TypeDefKind::Resource => "a resource".to_owned(),
            _ if !parts.is_empty() => format!("in the order {}", names.join(", ")),
            _ => self.structure(definition),
        };
        self.add(side, interface, &item, "", whole);
        for (field, what) in parts {
            self.add(side, interface, &item, &field, what);
        }
    }

    /// Fields, cases and flags, each with its type.
    fn parts(&self, kind: &TypeDefKind) -> Vec<(String, String)> {
        match kind {
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter();
                let typed = fields.map(|field| (field.name.clone(), self.name(&field.ty)));
                typed.collect()
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter();
                let typed = cases.map(|case| {
                    let what = case.ty.as_ref().map(|what| self.name(what));
                    let what = what.unwrap_or_else(|| "without content".into());
                    (case.name.clone(), what)
                });
                typed.collect()
            }
            TypeDefKind::Enum(choice) => {
                let cases = choice.cases.iter();
                cases
                    .map(|case| (case.name.clone(), "a case".into()))
                    .collect()
            }
            TypeDefKind::Flags(flags) => {
                let flags = flags.flags.iter();
                flags
                    .map(|flag| (flag.name.clone(), "a flag".into()))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// A type as WIT writes it. What has a name is told by that: what it is, stands at its own place.
    fn name(&self, what: &Type) -> String {
        let left = self.left.get().saturating_sub(1);
        self.left.set(left);
        if left == 0 {
            return String::new();
        }
        let Type::Id(id) = what else {
            return primitive(what).to_owned();
        };
        match self.resolve.types.get(*id) {
            Some(TypeDef {
                name: Some(name), ..
            }) => name.clone(),
            Some(definition) => self.structure(definition),
            None => "unknown".into(),
        }
    }

    fn structure(&self, definition: &TypeDef) -> String {
        let named = |id: &TypeId| self.name(&Type::Id(*id));
        match &definition.kind {
            TypeDefKind::List(of) => format!("list<{}>", self.name(of)),
            TypeDefKind::Option(of) => format!("option<{}>", self.name(of)),
            TypeDefKind::Result(result) => {
                let side = |side: &Option<Type>| match side {
                    Some(what) => self.name(what),
                    None => "_".to_owned(),
                };
                format!("result<{}, {}>", side(&result.ok), side(&result.err))
            }
            TypeDefKind::Tuple(tuple) => {
                let types: Vec<String> = tuple.types.iter().map(|what| self.name(what)).collect();
                format!("tuple<{}>", types.join(", "))
            }
            TypeDefKind::Handle(Handle::Own(id)) => named(id),
            TypeDefKind::Handle(Handle::Borrow(id)) => format!("borrow<{}>", named(id)),
            TypeDefKind::Type(target) => self.name(target),
            other => other.as_str().to_owned(),
        }
    }
}

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
