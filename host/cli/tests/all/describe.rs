// SPDX-License-Identifier: Apache-2.0
use serde_json::Value;

use crate::project::{Project, Refusal, members};

#[test]
fn the_json_says_everything_that_there_is_to_know() {
    let description = Project::new()
        .silta("describe tulli --json")
        .succeeds()
        .json();
    assert_eq!(
        members(&description),
        [
            "agency",
            "anchorSets",
            "documents",
            "events",
            "keyRoles",
            "operations",
            "secretRoles",
            "settingsSchema",
            "titles",
            "version"
        ]
    );
    let operation = &description["operations"][0];
    assert_eq!(operation["name"], "upload");
    assert_eq!(operation["idempotency"], "by-reference");
    assert_eq!(operation["timeoutMilliseconds"], 130_000);
    let parameters = &operation["parameters"];
    assert_eq!(
        members(&parameters["properties"]),
        ["application", "contentFormat", "declarant", "reference"]
    );
    assert_eq!(
        parameters["properties"]["contentFormat"]["default"],
        "application/xml"
    );
    assert_eq!(parameters["additionalProperties"], false);
    let settings = &description["settingsSchema"];
    assert_eq!(
        settings["required"],
        serde_json::json!(["url", "intermediary"])
    );
    assert_eq!(settings["properties"]["timeout-seconds"]["default"], 130);
    assert_eq!(
        settings["properties"]["largest-payload-bytes"]["default"],
        2 << 20
    );
    assert_eq!(
        settings["properties"]["wire"]["default"]["signature-form"],
        "content-by-id"
    );
    for (title, property) in properties(settings).chain(properties(parameters)) {
        assert!(
            title.is_empty() || described(property),
            "{title} has no description"
        );
    }
}

#[test]
fn people_are_told_every_parameter_and_setting_with_its_default() {
    let project = Project::new();
    let description = project.silta("describe tulli --json").succeeds().json();
    let text = project.silta("describe tulli").succeeds().out.clone();
    let settings = properties(&description["settingsSchema"]);
    let mut told = 0;
    for (name, property) in settings.chain(properties(&description["operations"][0]["parameters"]))
    {
        // Tables of settings are headings.
        let table = property["default"]
            .as_object()
            .is_some_and(|table| !table.is_empty());
        let row = |line: &&str| line.trim_start().starts_with(&format!("{name}  "));
        let mut rows = text.lines().filter(row);
        if table {
            assert!(
                text.contains(&format!("Settings under `{name}`"))
                    || text.contains(&format!(".{name}`")),
                "{name}"
            );
            continue;
        }
        let default = match &property["default"] {
            Value::Null => String::new(),
            // Long ones go on in the next line.
            default => default.to_string().chars().take(12).collect(),
        };
        assert!(
            rows.any(|row| row.contains(&default)),
            "{name} with default {default} is not in:\n{text}"
        );
        told += 1;
    }
    // Four parameters, ten settings, thirteen of the wire's shape and twenty-one names.
    assert!(told >= 4 + 10 + 13 + 21, "{told}");
    for role in ["builder", "intermediary", "customs"] {
        assert!(
            text.lines().any(|line| line.contains(&format!(" {role} "))),
            "{role}"
        );
    }
}

#[test]
fn a_secret_is_described_with_its_form() {
    let project = Project::new();
    project.write("rogue.wasm", artifacts::ROGUE.bytes);
    let describe = "describe rogue --component rogue.wasm";
    let description = project
        .silta(&format!("{describe} --json"))
        .succeeds()
        .json();
    let expected = serde_json::json!([{
        "name": "password",
        "purpose": "is guessed at and peeked into",
        "required": false,
        "form": {"minimumCharacters": 3, "maximumCharacters": 32, "alphabet": "any"},
        "source": {"from": "configured"},
    }]);
    assert_eq!(description["secretRoles"][0], expected[0]);
    let sources: Vec<_> = description["secretRoles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| role["source"]["from"].as_str().unwrap())
        .collect();
    assert_eq!(sources, ["configured", "obtained", "rotated"]);
    let text = project.silta(describe).succeeds().out.clone();
    let row = text.lines().find(|line| line.contains(" password "));
    let form = "is guessed at and peeked into (3 to 32 characters)";
    assert!(row.is_some_and(|row| row.contains(form)), "{text}");
    for part in ["obtained by `obtain`", "replaced by `rotate`", "3 steps"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_component_is_described_from_a_file_and_from_a_configuration() {
    let project = Project::new();
    let builtin = project.silta("describe tulli --json").json();
    project.write("own.wasm", artifacts::TULLI.bytes);
    project.edit("component = \"builtin\"", "component = \"own.wasm\"");
    for source in ["--component own.wasm", "--config silta.toml"] {
        assert_eq!(
            project
                .silta(&format!("describe tulli {source} --json"))
                .succeeds()
                .json(),
            builtin
        );
    }
}

#[test]
fn what_cannot_be_described_is_told() {
    let project = Project::new();
    project.write("rogue.wasm", artifacts::ROGUE.bytes);
    let rejected = "component.rejected.compiled";
    #[rustfmt::skip]
    let rows = [
        ("prh", 4, "agency.unknown", "", ["prh", "tulli", "--component"]),
        ("prh --config silta.toml", 4, "agency.unknown", "", ["silta.toml", "prh", "[agencies.prh]"]),
        ("tulli --component silta.toml", 5, rejected, "silta.toml", ["silta.toml: component for `tulli`", "compiled", "not a WebAssembly component"]),
        (
            "tulli --component rogue.wasm",
            5,
            "component.rejected.described",
            "rogue.wasm",
            [
                "rogue.wasm: component for `tulli`",
                "described",
                "component for agency `rogue`",
            ],
        ),
    ];
    for (command, exit, code, path, says) in rows {
        let refusal = Refusal {
            exit,
            code,
            path,
            says: &says,
        };
        project.refuses(&format!("describe {command}"), &refusal);
    }
    let missing = Refusal {
        exit: 8,
        code: "file.unreadable",
        path: "none.wasm",
        says: &["none.wasm: cannot be read", "check the path"],
    };
    project.refuses("describe tulli --component none.wasm", &missing);
}

/// Names and schemas of the properties of a schema, and of those it defines.
fn properties(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let definitions = schema["$defs"]
        .as_object()
        .into_iter()
        .flat_map(|defined| defined.values());
    let objects = [schema].into_iter().chain(definitions);
    let properties = objects.filter_map(|object| object["properties"].as_object());
    properties
        .flatten()
        .map(|(name, property)| (name.as_str(), property))
}

fn described(property: &Value) -> bool {
    property["description"]
        .as_str()
        .is_some_and(|text| !text.is_empty())
}
