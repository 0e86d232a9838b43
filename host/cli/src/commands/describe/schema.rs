// SPDX-License-Identifier: Apache-2.0
use serde_json::Value;

/// A setting or parameter, as its JSON Schema describes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    /// The object it belongs to: names with dots between, empty for the outermost; `list[]` for each member of a list, `table.*` for each of a table.
    pub(super) table: String,
    /// Name in that object.
    pub(super) name: String,
    /// Type, for people.
    pub(super) kind: String,
    /// Whether it has to be there.
    pub(super) required: bool,
    /// What holds when it is not.
    pub(super) default: Option<Value>,
    /// What it is.
    pub(super) description: String,
}

/// A schema from its text; null where there is none.
pub(super) fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// All fields of an object's schema, in its order: those of objects in it included, and those of the members of lists and tables. What several lists have in
/// common is listed with the first.
pub(super) fn fields(schema: &Value) -> Vec<Field> {
    let mut walk = Walk {
        root: schema,
        members: Vec::new(),
        fields: Vec::new(),
    };
    walk.object(schema, &Around::default());
    walk.fields
}

/// Objects in objects that are still listed. Schemas can refer to themselves, and nobody configures at such depths.
const DEEPEST: usize = 6;

/// What surrounds an object.
#[derive(Default)]
struct Around<'a> {
    table: String,
    depth: usize,
    default: Option<&'a Value>,
}

struct Walk<'a> {
    root: &'a Value,
    /// Schemas of members that are listed, and their tables.
    members: Vec<(&'a Value, String)>,
    fields: Vec<Field>,
}

impl<'a> Walk<'a> {
    fn object(&mut self, schema: &'a Value, around: &Around<'a>) {
        let required = schema.get("required").and_then(Value::as_array);
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let resolved = self.resolve(property);
            let default = property
                .get("default")
                .or_else(|| around.default?.get(name))
                .or_else(|| resolved.get("default"));
            if resolved.get("properties").is_some() && around.depth < DEEPEST {
                let around = Around {
                    table: below(&around.table, name),
                    depth: around.depth + 1,
                    default,
                };
                self.object(resolved, &around);
                continue;
            }
            let members = self.members(resolved);
            let mut kind = self.kind(resolved);
            let listed = members.and_then(|(member, _)| self.table_of(member));
            let is_listed = listed.is_some();
            if let Some(table) = listed {
                kind += &format!(" as under `{table}`");
            }
            self.fields.push(Field {
                table: around.table.clone(),
                name: name.clone(),
                kind,
                required: required.is_some_and(|names| names.iter().any(|other| other == name)),
                default: default.filter(|default| !default.is_null()).cloned(),
                description: description(property, resolved),
            });
            if let Some((member, mark)) = members
                && !is_listed
                && around.depth < DEEPEST
            {
                let table = below(&around.table, name) + mark;
                self.members.push((member, table.clone()));
                let around = Around {
                    table,
                    depth: around.depth + 1,
                    default: None,
                };
                self.object(member, &around);
            }
        }
    }

    /// What each member of a list or table of objects is like, and what marks its members.
    fn members(&self, schema: &'a Value) -> Option<(&'a Value, &'static str)> {
        let of = |keyword: &str, mark| Some((self.resolve(schema.get(keyword)?), mark));
        let found = of("items", "[]").or_else(|| of("additionalProperties", ".*"));
        found.filter(|(member, _)| member.get("properties").is_some())
    }

    fn table_of(&self, member: &Value) -> Option<&str> {
        let mut listed = self.members.iter();
        let found = listed.find(|(schema, _)| std::ptr::eq(*schema, member));
        found.map(|(_, table)| table.as_str())
    }

    /// Follows references, and looks through what only says that something may be null.
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        for _ in 0..DEEPEST {
            schema = match self.step(schema) {
                Some(next) => next,
                None => break,
            };
        }
        schema
    }

    fn step(&self, schema: &'a Value) -> Option<&'a Value> {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.root.pointer(reference.strip_prefix('#')?);
        }
        let choices = ["anyOf", "oneOf", "allOf"]
            .iter()
            .find_map(|name| schema.get(name)?.as_array())?;
        let mut others = choices.iter().filter(|choice| !is_null(choice));
        others.next().filter(|_| others.next().is_none())
    }

    fn kind(&self, schema: &'a Value) -> String {
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            return joined(values.iter().map(plain));
        }
        if let Some(value) = schema.get("const") {
            return plain(value);
        }
        if let Some(choices) = schema.get("oneOf").or_else(|| schema.get("anyOf")) {
            let choices = choices.as_array().into_iter().flatten();
            let kinds = choices.filter(|choice| !is_null(choice));
            return joined(kinds.map(|choice| self.kind(self.resolve(choice))));
        }
        let named = match schema.get("type") {
            Some(Value::Array(types)) => {
                joined(types.iter().map(plain).filter(|name| name != "null"))
            }
            Some(name) => plain(name),
            None => "any".to_owned(),
        };
        let of = |what: &str, member: &str| {
            let inner = schema.get(member).filter(|inner| inner.is_object());
            inner.map(|inner| format!("{what} of {}", self.kind(self.resolve(inner))))
        };
        match named.as_str() {
            "array" => of("list", "items").unwrap_or_else(|| "list".to_owned()),
            "object" => of("table", "additionalProperties").unwrap_or(named),
            "integer" | "number" => named + &bounds(schema),
            _ => named,
        }
    }
}

/// The name of a field with that of its object before it.
pub(super) fn below(table: &str, name: &str) -> String {
    if table.is_empty() {
        name.to_owned()
    } else {
        format!("{table}.{name}")
    }
}

fn is_null(schema: &&Value) -> bool {
    schema.get("type").is_some_and(|name| name == "null")
}

/// Bounds that somebody chose; those that only follow from the size of a number say nothing.
fn bounds(schema: &Value) -> String {
    let minimum = schema
        .get("minimum")
        .filter(|minimum| minimum.as_f64() != Some(0.0));
    minimum.map_or_else(String::new, |minimum| format!(" ≥ {minimum}"))
}

fn description(property: &Value, resolved: &Value) -> String {
    let text = |schema: &Value| Some(schema.get("description")?.as_str()?.to_owned());
    text(property)
        .or_else(|| text(resolved))
        .unwrap_or_default()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn joined(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(" | ")
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn listed(schema: &Value) -> Vec<String> {
        let line = |field: Field| {
            let default = field.default.map(|default| format!(" = {default}"));
            let required = if field.required { " (required)" } else { "" };
            let (name, kind) = (field.name, field.kind);
            format!("{name}: {kind}{}{required}", default.unwrap_or_default())
        };
        fields(schema).into_iter().map(line).collect()
    }

    #[test]
    fn types_defaults_and_demands_come_from_the_schema() {
        let schema = json!({
            "properties": {
                "url": {"type": "string"},
                "builder": {"type": ["string", "null"], "default": null},
                "language": {"$ref": "#/$defs/Language", "default": "FI"},
                "timeout-seconds": {"type": "integer", "minimum": 120, "default": 130},
                "size": {"type": "integer", "minimum": 0},
                "codes": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Class"}},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["url"],
            "$defs": {
                "Language": {"oneOf": [{"const": "FI"}, {"const": "SV"}]},
                "Class": {"enum": ["done", "denied"]},
            },
        });
        let mut found = listed(&schema);
        found.sort();
        assert_eq!(
            found,
            [
                "builder: string",
                "codes: table of done | denied",
                "language: FI | SV = \"FI\"",
                "size: integer",
                "tags: list of string",
                "timeout-seconds: integer ≥ 120 = 130",
                "url: string (required)",
            ]
        );
    }

    #[test]
    fn fields_of_objects_are_listed_with_their_object() {
        let schema = json!({
            "properties": {"wire": {"$ref": "#/$defs/Wire", "default": {"form": "a"}}},
            "$defs": {"Wire": {"properties": {"form": {"type": "string", "description": "The\n form."}}}},
        });
        let fields = fields(&schema);
        assert_eq!(fields.len(), 1);
        assert_eq!(fields[0].table, "wire");
        assert_eq!(fields[0].name, "form");
        assert_eq!(fields[0].default, Some(json!("a")));
        assert_eq!(fields[0].description, "The form.");
    }

    #[test]
    fn members_of_lists_and_tables_are_listed_once() {
        let schema = json!({
            "properties": {
                "first": {"type": "array", "items": {"$ref": "#/$defs/Item"}},
                "second": {"type": "array", "items": {"$ref": "#/$defs/Item"}},
                "third": {"type": "object", "additionalProperties": {"properties": {"x": {"type": "string"}}}},
            },
            "$defs": {"Item": {
                "type": "object",
                "properties": {
                    "at": {"type": "string"},
                    "within": {"type": "array", "items": {"$ref": "#/$defs/Item"}},
                },
                "required": ["at"],
            }},
        });
        let fields = fields(&schema);
        let line = |field: &Field| format!("{} {}: {}", field.table, field.name, field.kind);
        let mut lines: Vec<String> = fields.iter().map(line).collect();
        lines.sort();
        assert_eq!(
            lines,
            [
                " first: list of object",
                " second: list of object as under `first[]`",
                " third: table of any",
                "first[] at: string",
                "first[] within: list of object as under `first[]`",
                "third.* x: string",
            ]
        );
        assert!(
            fields
                .iter()
                .any(|field| field.name == "at" && field.required)
        );
    }

    #[test]
    fn nullable_references_are_looked_through() {
        let schema = json!({
            "properties": {"x": {"anyOf": [{"$ref": "#/$defs/X"}, {"type": "null"}]}},
            "$defs": {"X": {"type": "boolean"}},
        });
        assert_eq!(listed(&schema), ["x: boolean"]);
    }

    #[test]
    fn schemas_that_refer_to_themselves_come_to_an_end() {
        let schema = json!({
            "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#/properties/b"}},
        });
        assert!(fields(&schema).len() < 100);
    }
}
