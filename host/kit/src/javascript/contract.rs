// SPDX-License-Identifier: Apache-2.0
//! What the scripts have to know of the contract: which interfaces may be imported, what functions return, and which errors the host has.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use silta_contract::{CONTRACT, primitive};
use wit_parser::{
    Function, Handle, Resolve, SourceMap, Type, TypeDefKind, World, WorldItem, WorldKey,
};

use crate::{error::KitError, wrapping::Names};

/// The world of components.
const WORLD: &str = "agency";

/// A module of JavaScript that says it.
pub(super) fn script(names: Names) -> Result<String, KitError> {
    let (resolve, world) = contract()?;
    let interfaces: Vec<String> = world
        .imports
        .keys()
        .map(|key| resolve.name_world_key(key))
        .collect();
    let shapes = exported(&resolve, &world);
    let errors: Vec<String> = errors(&resolve, &world).into_iter().collect();
    let tells = names == Names::Kept;
    Ok(format!(
        "// Written by `silta component build`, of the contract.
export const interfaces = {};
export const shapes = {};
export const hostErrors = {};
export const tellsMessages = {tells};
",
        Value::from(interfaces),
        Value::from(shapes),
        Value::from(errors)
    ))
}

fn contract() -> Result<(Resolve, World), KitError> {
    let unreadable = |error: &dyn std::fmt::Display| KitError::NotAComponent(error.to_string());
    let mut sources = SourceMap::new();
    for file in CONTRACT {
        sources.push_str(file.name, file.text);
    }
    let parsed = sources.parse().map_err(|(_, error)| unreadable(&error))?;
    let mut resolve = Resolve::default();
    let package = resolve
        .push_group(parsed)
        .map_err(|error| unreadable(&error))?;
    let world = resolve
        .select_world(&[package], Some(WORLD))
        .map_err(|error| unreadable(&error))?;
    let world = resolve.worlds.get(world).cloned();
    let world = world.ok_or_else(|| unreadable(&"there is no world"))?;
    Ok((resolve, world))
}

/// What each exported function returns, by interface and function as JavaScript names them.
fn exported(resolve: &Resolve, world: &World) -> Map<String, Value> {
    let mut faces = Map::new();
    for (key, item) in &world.exports {
        let (WorldKey::Interface(_), WorldItem::Interface { id, .. }) = (key, item) else {
            continue;
        };
        let Some(face) = resolve.interfaces.get(*id) else {
            continue;
        };
        let returned = face.functions.values();
        let returned = returned.map(|function| (camel(&function.name), result(resolve, function)));
        let name = face.name.as_deref().unwrap_or_default();
        faces.insert(camel(name), Value::Object(returned.collect()));
    }
    faces
}

/// The cases of errors of functions of the host.
fn errors(resolve: &Resolve, world: &World) -> BTreeSet<String> {
    let faces = world.imports.values().filter_map(|item| match item {
        WorldItem::Interface { id, .. } => resolve.interfaces.get(*id),
        _ => None,
    });
    let functions = faces.flat_map(|face| face.functions.values());
    let mut names = BTreeSet::new();
    for function in functions {
        let Some(TypeDefKind::Result(both)) =
            function.result.as_ref().and_then(|of| kind(resolve, of))
        else {
            continue;
        };
        match both.err.as_ref().and_then(|error| kind(resolve, error)) {
            Some(TypeDefKind::Enum(of)) => {
                names.extend(of.cases.iter().map(|case| case.name.clone()));
            }
            Some(TypeDefKind::Variant(of)) => {
                names.extend(of.cases.iter().map(|case| case.name.clone()));
            }
            _ => {}
        }
    }
    names
}

/// What a function returns where it does not throw.
fn result(resolve: &Resolve, function: &Function) -> Value {
    let Some(returned) = &function.result else {
        return Value::Null;
    };
    match kind(resolve, returned) {
        Some(TypeDefKind::Result(both)) => part(resolve, both.ok.as_ref()),
        _ => shape(resolve, returned),
    }
}

fn part(resolve: &Resolve, part: Option<&Type>) -> Value {
    part.map_or(Value::Null, |part| shape(resolve, part))
}

/// What a type is, under its names.
fn kind<'a>(resolve: &'a Resolve, of: &Type) -> Option<&'a TypeDefKind> {
    let Type::Id(id) = of else {
        return None;
    };
    match &resolve.types.get(*id)?.kind {
        TypeDefKind::Type(named @ Type::Id(_)) => kind(resolve, named),
        kind => Some(kind),
    }
}

/// A type as the scripts know it: the name of a plain one, or an object with one member, its kind. Types of the contract do not contain themselves.
fn shape(resolve: &Resolve, of: &Type) -> Value {
    let Some(kind) = kind(resolve, of) else {
        return plain(of).into();
    };
    match kind {
        TypeDefKind::Type(named) => plain(named).into(),
        TypeDefKind::List(Type::U8) => json!({ "bytes": null }),
        TypeDefKind::List(of) => json!({ "list": shape(resolve, of) }),
        TypeDefKind::Option(of) => json!({ "option": shape(resolve, of) }),
        TypeDefKind::Enum(of) => {
            let names: Vec<&str> = of.cases.iter().map(|case| case.name.as_str()).collect();
            json!({ "enum": names })
        }
        TypeDefKind::Record(of) => {
            let fields = of.fields.iter();
            let fields = fields.map(|field| (camel(&field.name), shape(resolve, &field.ty)));
            json!({ "record": fields.collect::<Map<_, _>>() })
        }
        TypeDefKind::Variant(of) => {
            let cases = of.cases.iter();
            let cases = cases.map(|case| (case.name.clone(), part(resolve, case.ty.as_ref())));
            json!({ "variant": cases.collect::<Map<_, _>>() })
        }
        TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => {
            let resource = resolve.types.get(*id).and_then(|of| of.name.clone());
            json!({ "handle": resource })
        }
        // Kinds that the contract has nothing of: a test sees to it.
        _ => json!({ "handle": "value" }),
    }
}

fn plain(of: &Type) -> &'static str {
    match of {
        Type::ErrorContext | Type::Id(_) => "string",
        of => primitive(of),
    }
}

/// `keepBytes` of `keep-bytes`.
fn camel(name: &str) -> String {
    let mut words = name.split('-');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.extend(letters);
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_functions_return_is_told_as_javascript_has_it() {
        let (resolve, world) = contract().unwrap();
        let faces = exported(&resolve, &world);
        let names: Vec<&str> = faces.keys().map(String::as_str).collect();
        assert_eq!(names, ["descriptor", "envelope", "message", "notification"]);
        let request = &faces["envelope"]["build"]["record"];
        assert_eq!(request["keepBytes"], "bool");
        assert_eq!(request["timeoutMilliseconds"], "u32");
        assert_eq!(request["body"], json!({ "handle": "blob" }));
        assert_eq!(request["tlsRole"], json!({ "option": "string" }));
        let smtp = &request["target"]["variant"]["smtp"]["record"];
        assert_eq!(smtp["recipients"], json!({ "list": "string" }));
        let limits = &faces["descriptor"]["checkSettings"]["list"]["record"]["limits"]["record"];
        assert_eq!(limits["responseLimit"], "u64");
        assert_eq!(limits["payloadLimit"], json!({ "option": "u64" }));
        let told = Value::from(faces).to_string();
        assert!(told.contains(r#"{"bytes":null}"#), "{told}");
        // sandbox.js knows these resources, and no others.
        for handle in told.split(r#""handle":"#).skip(1) {
            assert!(handle.starts_with(r#""blob""#), "{handle}");
        }
    }

    #[test]
    fn errors_of_the_host_are_known_by_their_cases() {
        let (resolve, world) = contract().unwrap();
        let names = errors(&resolve, &world);
        for name in ["no-path", "revocation-unknown", "unknown-role"] {
            assert!(names.contains(name), "{names:?}");
        }
    }

    #[test]
    fn only_the_contract_is_imported() {
        let told = script(Names::LeftOut).unwrap();
        let list = told.lines().find(|line| line.contains("interfaces"));
        let list = list.unwrap();
        for name in ["blobs", "clock", "ids", "log", "settings", "trust"] {
            assert!(list.contains(&format!("\"silta:agency/{name}@")), "{list}");
        }
        assert!(told.contains("tellsMessages = false"));
        let kept = script(Names::Kept).unwrap();
        assert!(kept.contains("tellsMessages = true"));
    }
}
