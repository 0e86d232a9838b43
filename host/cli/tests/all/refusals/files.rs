// SPDX-License-Identifier: Apache-2.0
use std::fs;

use crate::project::{BODY, BUILD, Project, Refusal};

#[test]
fn files_of_the_command_line_that_are_missing_are_named() {
    let project = Project::new();
    let command = format!("{BUILD} --out {BODY}");
    for (file, code) in [
        ("examples/upload.json", 8),
        ("examples/declaration.xml", 8),
        ("silta.toml", 5),
    ] {
        let missing = format!("{file}.none");
        let in_configuration = code == 5;
        let refusal = Refusal {
            exit: code,
            code: if in_configuration {
                "configuration.file"
            } else {
                "file.unreadable"
            },
            path: if in_configuration { "" } else { &missing },
            says: &[
                &missing,
                "cannot be read",
                "check the path and its permissions",
            ],
        };
        project.refuses(&command.replace(file, &missing), &refusal);
    }
}

#[test]
fn folders_in_the_place_of_files_are_named() {
    let project = Project::new();
    let command = format!("{BUILD} --out {BODY}");
    for (file, exit) in [
        ("examples/upload.json", 8),
        ("examples/declaration.xml", 8),
        ("silta.toml", 5),
    ] {
        let run = project.silta(&format!("{} --json", command.replace(file, "pki")));
        run.exits(exit);
        let message = run.error()["message"].to_string();
        assert!(message.contains("pki: cannot be read"), "{message}");
    }
}

#[test]
fn parameters_that_are_not_text_are_told() {
    let project = Project::new();
    project.write("examples/upload.json", b"{\"declarant\": \"\xff\"}");
    let refusal = Refusal {
        exit: 4,
        code: "input.not-text",
        path: "examples/upload.json",
        says: &[
            "examples/upload.json: is not text in UTF-8",
            "save it in that encoding",
        ],
    };
    project.refuses_to_build(&refusal);
}

#[test]
fn parameters_of_more_than_a_mebibyte_are_another_file() {
    let project = Project::new();
    project.write("examples/upload.json", " ".repeat((1 << 20) + 1));
    let refusal = Refusal {
        exit: 4,
        code: "input.too-large",
        path: "examples/upload.json",
        says: &[
            "examples/upload.json",
            "1048576 bytes",
            "is it the right file?",
        ],
    };
    project.refuses_to_build(&refusal);
}

#[test]
fn a_body_is_not_written_where_there_is_no_folder_for_it() {
    let project = Project::new();
    let refusal = |path| Refusal {
        exit: 8,
        code: "file.unwritable",
        path,
        says: &["cannot be written", "check the folder, its permissions"],
    };
    project.refuses(
        &format!("{BUILD} --out none/body.xml"),
        &refusal("none/body.xml"),
    );
    project.refuses(&format!("{BUILD} --out pki"), &refusal("pki"));
    fs::create_dir(project.path("empty")).unwrap();
    project.refuses(&format!("{BUILD} --out empty"), &refusal("empty"));
    assert_eq!(fs::read_dir(project.path("empty")).unwrap().count(), 0);
}

#[test]
fn a_missing_payload_is_told() {
    let project = Project::new();
    let refusal = Refusal {
        exit: 4,
        code: "payload.missing",
        path: "",
        says: &["payload", "hand one over"],
    };
    let command = BUILD.replace("--payload examples/declaration.xml", "");
    project.refuses(&format!("{command} --out {BODY}"), &refusal);
}

#[test]
fn attachments_that_nobody_takes_are_told() {
    let project = Project::new();
    let refusal = Refusal {
        exit: 4,
        code: "input.too-large",
        path: "",
        says: &["attachments", "`upload`", "1 given, at most 0 allowed"],
    };
    project.refuses(
        &format!("{BUILD} --attach silta.toml --out {BODY}"),
        &refusal,
    );
}

#[test]
fn an_unknown_operation_is_told_with_those_there_are() {
    let project = Project::new();
    for command in ["build tulli uplaod", "parse tulli uplaod"] {
        let rest = match command.starts_with("build") {
            true => format!(
                "{} --out {BODY}",
                BUILD.trim_start_matches("build tulli upload")
            ),
            false => "--config silta.toml --no-answer".to_owned(),
        };
        let refusal = Refusal {
            exit: 4,
            code: "operation.unknown",
            path: "",
            says: &["`tulli`", "`uplaod`", "it has: upload"],
        };
        project.refuses(&format!("{command} {rest}"), &refusal);
    }
}
