// SPDX-License-Identifier: Apache-2.0
use crate::project::{BODY, BUILD, Project, Refusal};

#[test]
fn a_payload_over_the_setting_is_refused_and_one_just_within_is_not() {
    let project = Project::new();
    let payload = |size: usize| project.write("examples/declaration.xml", vec![b'x'; size]);
    payload((2 << 20) + 1);
    let refusal = Refusal {
        exit: 4,
        code: "payload.too-large",
        path: "",
        says: &[
            "examples/declaration.xml: ",
            "2097153 bytes, at most 2097152",
            "largest-payload-bytes",
        ],
    };
    project.refuses_to_build(&refusal);
    payload(2 << 20);
    project.build();
}

#[test]
fn an_empty_payload_is_refused_and_one_byte_is_not() {
    let project = Project::new();
    project.write("examples/declaration.xml", "");
    let refusal = Refusal {
        exit: 4,
        code: "payload.empty",
        path: "",
        says: &[
            "examples/declaration.xml: ",
            "`upload` is empty (0 bytes)",
            "check that the file was written",
        ],
    };
    project.refuses_to_build(&refusal);
    project.write("examples/declaration.xml", "x");
    project.build();
}

#[test]
fn a_payload_over_the_operations_limit_is_refused_whatever_the_settings() {
    let project = Project::new();
    project.set("settings.largest-payload-bytes", 1_i64 << 40);
    project.write("examples/declaration.xml", vec![b'x'; (32 << 20) + 1]);
    let refusal = Refusal {
        exit: 4,
        code: "input.too-large",
        path: "",
        says: &[
            "payload",
            "`upload`",
            "33554433 given, at most 33554432 allowed",
        ],
    };
    project.refuses_to_build(&refusal);
}

#[test]
fn a_call_over_its_limits_is_stopped() {
    let project = Project::new();
    project.set("limits.blob-bytes", 6000);
    let refusal = Refusal {
        exit: 7,
        code: "limit.blob-bytes",
        path: "",
        says: &["`tulli`", "`upload`", "`blob-bytes` is 6000 bytes"],
    };
    project.refuses_to_build(&refusal);
}

#[test]
fn a_crash_of_a_component_is_told_as_its_makers_defect() {
    let project = Project::new();
    project.write("rogue.wasm", artifacts::ROGUE.bytes);
    project.write(
        "silta.toml",
        "[agencies.rogue]\ncomponent = \"rogue.wasm\"\n[agencies.rogue.settings]\nversion = 1\n",
    );
    project.write("examples/upload.json", "{}");
    let refusal = Refusal {
        exit: 7,
        code: "component.crash",
        path: "",
        says: &["`rogue` crashed in `crash`", "report it to its maker"],
    };
    project.refuses(
        &format!(
            "{} --out {BODY}",
            BUILD.replace("tulli upload", "rogue crash")
        ),
        &refusal,
    );
}
