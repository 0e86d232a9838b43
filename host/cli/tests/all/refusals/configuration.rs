// SPDX-License-Identifier: Apache-2.0
use crate::project::{BODY, BUILD, Project, Refusal};

const CODE: &str = "configuration.file";

/// The configuration with one piece of text exchanged has to be refused.
#[track_caller]
fn refused((from, to): (&str, &str), code: &str, path: &str, says: &[&str]) {
    let project = Project::new();
    project.edit(from, to);
    let refusal = Refusal {
        exit: 5,
        code,
        path,
        says,
    };
    project.refuses_to_build(&refusal);
}

/// Line and column of a piece of text in a configuration that nobody has changed.
fn place(piece: &str) -> String {
    let text = Project::new().text("silta.toml");
    let (before, _) = text.split_once(piece).unwrap();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    format!("silta.toml:{line}:{column}: ")
}

#[test]
fn what_is_not_toml_is_told_with_line_and_column() {
    let text = "\"builtin\"\n";
    refused((text, "builtin\n"), CODE, "", &[&place(text), "quoted"]);
    refused(
        ("[agencies.tulli.tls]", "[agencies.tulli.tls"),
        CODE,
        "",
        &["silta.toml:"],
    );
}

#[test]
fn an_unknown_field_is_told_with_line_and_column_and_those_there_are() {
    #[rustfmt::skip]
    let rows = [
        ("#allow-sha1 = false", "allow-sha = false", "`allow-sha1`"),
        ("#signatures-per-call", "signature-per-call", "`signatures-per-call`"),
        ("server-anchors", "server-anchor", "`server-anchors`"),
        ("#audit =", "audits =", "`audit`"),
    ];
    for (from, to, known) in rows {
        refused(
            (from, to),
            CODE,
            "",
            &[&place(from), "unknown field", known],
        );
    }
}

#[test]
fn a_field_of_the_wrong_type_is_told_with_line_and_column() {
    let text = "\"builtin\"\n";
    refused(
        (text, "5\n"),
        CODE,
        "",
        &[&place(text), "expected a string"],
    );
    refused(
        ("#signatures-per-call = 1", "signatures-per-call = \"1\""),
        CODE,
        "",
        &["expected u32"],
    );
    refused(
        ("[\"rsa-sha256\"]", "[\"rsa-md5\"]"),
        CODE,
        "",
        &["unknown variant, expected one of", "`rsa-sha256`"],
    );
}

#[test]
fn a_missing_field_is_named() {
    refused(
        ("component = \"builtin\"\n", ""),
        CODE,
        "",
        &["silta.toml:24:1", "missing field `component`"],
    );
}

#[test]
fn a_configuration_that_is_not_text_is_told() {
    let project = Project::new();
    project.write("silta.toml", b"audit = \"\xff\"");
    let says = ["silta.toml", "not text in UTF-8"];
    project.refuses_to_build(&Refusal {
        exit: 5,
        code: CODE,
        path: "",
        says: &says,
    });
}

#[test]
fn a_missing_agency_is_told_with_those_there_are() {
    let project = Project::new();
    let says = [
        "silta.toml",
        "`prh`",
        "it configures: tulli",
        "add the table [agencies.prh]",
    ];
    let refusal = Refusal {
        exit: 4,
        code: "agency.unknown",
        path: "",
        says: &says,
    };
    project.refuses(
        &format!("{} --out {BODY}", BUILD.replace("tulli", "prh")),
        &refusal,
    );
    project.refuses("parse prh upload --config silta.toml --no-answer", &refusal);
    project.write("silta.toml", "");
    let says = [
        "`tulli`",
        "it configures: none",
        "add the table [agencies.tulli]",
    ];
    project.refuses_to_build(&Refusal {
        says: &says,
        ..refusal
    });
}

#[test]
fn an_agency_without_a_component_of_the_program_is_told() {
    let project = Project::new();
    let text = project
        .text("silta.toml")
        .replace("agencies.tulli", "agencies.prh");
    project.write("silta.toml", text);
    let refusal = Refusal {
        exit: 5,
        code: CODE,
        path: "agencies.prh.component",
        says: &[
            "silta.toml",
            "agencies.prh.component",
            "tulli",
            "name a file instead of `builtin`",
        ],
    };
    project.refuses(
        &format!("{} --out {BODY}", BUILD.replace("tulli", "prh")),
        &refusal,
    );
}

#[test]
fn settings_that_cannot_work_are_told_with_their_place() {
    let url = "url = \"https://localhost:8443/dme\"";
    let company = "\nintermediary = \"9000001-1\"";
    let timeout = "#timeout-seconds = 130";
    #[rustfmt::skip]
    let rows = [
        ((url, "url = \"http://localhost/\""), "/url", "https://"),
        ((company, "\nintermediary = \"9000001-2\""), "/intermediary", "check digit, such as 1234567-1"),
        ((timeout, "timeout-seconds = 119"), "/timeout-seconds", "at least 120 seconds"),
        ((timeout, "timeout-seconds = \"130\""), "/timeout-seconds", "invalid type: string"),
        (("#language = \"FI\"", "language = \"fi\""), "/language", "`FI`, `SV`, `EN`"),
        (("#[agencies.tulli.settings.wire]", "[agencies.tulli.settings.wire]\nid-attribute = 1"), "/wire/id-attribute", "expected a string"),
        (("#[agencies.tulli.settings.codes]", "[agencies.tulli.settings.codes]\n\"477\" = \"no\""), "/codes/477", "`denied`"),
    ];
    for (change, pointer, says) in rows {
        let place = format!("silta.toml: agencies.tulli.settings at {pointer}: ");
        refused(change, "setting.invalid", pointer, &[&place, says]);
    }
}

#[test]
fn settings_that_are_missing_or_unknown_are_told() {
    let place = "silta.toml: agencies.tulli.settings";
    refused(
        ("url = \"https://localhost:8443/dme\"", ""),
        "setting.missing",
        "",
        &[place, "missing field `url`"],
    );
    let says = [place, "at /timeout", "unknown field", "`timeout-seconds`"];
    refused(
        ("#timeout-seconds = 130", "timeout = 130"),
        "setting.unknown",
        "/timeout",
        &says,
    );
}

#[test]
fn files_that_the_configuration_names_are_told_with_the_field() {
    let of = |field: &'static str| format!("agencies.tulli.{field}");
    // What stands in the place of a key's path may be the key, and is not repeated.
    let key = of("keys.builder.private-key");
    refused(
        ("pki/builder.key.pem", "pki/none.key.pem"),
        CODE,
        &key,
        &["silta.toml:", &key, "there is no file", "check the path"],
    );
    #[rustfmt::skip]
    let rows = [
        ("\"pki/builder.pem\"", "pki/none.pem", of("keys.builder.certificates")),
        ("component = \"builtin\"", "none.wasm", of("component")),
        ("#revocation-lists = \"pki/crl.pem\"", "pki/none.crl", of("anchors.customs.revocation-lists")),
    ];
    for (from, file, field) in rows {
        let to = match from {
            "\"pki/builder.pem\"" => format!("\"{file}\""),
            "component = \"builtin\"" => format!("component = \"{file}\""),
            _ => format!("revocation-lists = \"{file}\""),
        };
        refused(
            (from, &to),
            CODE,
            &field,
            &[file, &field, "cannot be read", "check the path"],
        );
    }
    let says = [
        "none/audit.jsonl",
        "audit",
        "cannot be opened for writing",
        "check the folder",
    ];
    refused(
        ("#audit = \"audit.jsonl\"", "audit = \"none/audit.jsonl\""),
        CODE,
        "audit",
        &says,
    );
}
