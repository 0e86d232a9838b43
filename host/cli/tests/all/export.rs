// SPDX-License-Identifier: Apache-2.0
use crate::project::Project;

#[test]
fn an_exported_component_serves_like_the_one_that_comes_along() {
    let project = Project::new();
    project.silta("export tulli --out tulli.wasm").succeeds();
    project.edit("component = \"builtin\"", "component = \"tulli.wasm\"");
    let build = "build tulli upload --config silta.toml --params examples/upload.json --payload examples/declaration.xml --out body.xml";
    project.silta(build).succeeds();
    assert!(project.path("body.xml").is_file());
}

#[test]
fn an_agency_without_a_component_is_told() {
    let run = Project::new().silta("export tuli --out x.wasm");
    run.exits(4);
    assert!(
        run.err.contains("`tuli`") && run.err.contains("tulli"),
        "{}",
        run.err
    );
}
