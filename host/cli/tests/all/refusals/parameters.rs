// SPDX-License-Identifier: Apache-2.0
use serde_json::json;

use crate::project::{BODY, BUILD, Project, Refusal};

const FILE: &str = "examples/upload.json";

#[track_caller]
fn refused(parameters: &str, code: &str, path: &str, says: &[&str]) {
    let project = Project::new();
    project.write(FILE, parameters);
    let refusal = Refusal {
        exit: 4,
        code,
        path,
        says,
    };
    project.refuses_to_build(&refusal);
}

#[test]
fn a_missing_parameter_is_named() {
    let parameters = json!({"declarant": "9000003-8"}).to_string();
    refused(
        &parameters,
        "parameter.missing",
        "",
        &[FILE, "missing field `application`"],
    );
    refused(
        "{}",
        "parameter.missing",
        "",
        &[FILE, "missing field `declarant`"],
    );
}

#[test]
fn an_unknown_parameter_is_told_with_those_there_are() {
    let parameters =
        json!({"declarant": "9000003-8", "application": "A", "refrence": "R"}).to_string();
    let says = [FILE, "at /refrence", "unknown field", "`reference`"];
    refused(&parameters, "parameter.unknown", "/refrence", &says);
}

#[test]
fn a_parameter_of_the_wrong_type_is_told_with_the_right_one() {
    let parameters = json!({"declarant": "9000003-8", "application": 5}).to_string();
    let says = [FILE, "at /application", "expected a string"];
    refused(&parameters, "parameter.invalid", "/application", &says);
}

#[test]
fn a_business_id_with_a_wrong_check_digit_is_told() {
    let parameters = json!({"declarant": "9000003-7", "application": "A"}).to_string();
    let says = [
        FILE,
        "at /declarant",
        "business id",
        "check digit, such as 1234567-1",
    ];
    refused(&parameters, "parameter.invalid", "/declarant", &says);
}

#[test]
fn texts_and_references_have_their_bounds() {
    let with = |name: &str, value: &str| {
        let mut parameters = json!({"declarant": "9000003-8", "application": "A"});
        parameters[name] = value.into();
        parameters.to_string()
    };
    for (name, value, says) in [
        ("application", "", "1 to 256 characters"),
        ("contentFormat", &*"ä".repeat(257), "1 to 256 characters"),
        ("application", "two\nlines", "control character"),
        ("contentFormat", "a\tb", "control character"),
        ("reference", &*"R".repeat(36), "1 to 35 letters"),
        ("reference", "Ä", "1 to 35 letters"),
    ] {
        let path = format!("/{name}");
        refused(
            &with(name, value),
            "parameter.invalid",
            &path,
            &[FILE, &path, says],
        );
    }
}

#[test]
fn parameters_that_are_not_json_are_told_with_line_and_column() {
    let says = [FILE, "at 2:18", "not one JSON object"];
    refused(
        "{\"declarant\": \"9000003-8\",\n  \"application\": }",
        "parameters.not-json",
        "2:18",
        &says,
    );
    refused(
        "{} {}",
        "parameters.not-json",
        "1:4",
        &[FILE, "trailing characters"],
    );
    refused(
        "",
        "parameters.not-json",
        "1:0",
        &[FILE, "not one JSON object"],
    );
}

#[test]
fn a_whole_payload_in_the_place_of_the_parameters_is_told() {
    let project = Project::new();
    let command = BUILD.replace(
        "--params examples/upload.json",
        "--params examples/declaration.xml",
    );
    let refusal = Refusal {
        exit: 4,
        code: "parameters.not-json",
        path: "1:1",
        says: &["examples/declaration.xml at 1:1", "not one JSON object"],
    };
    project.refuses(&format!("{command} --out {BODY}"), &refusal);
}

#[test]
fn people_are_told_in_one_line() {
    let project = Project::new();
    project.set_parameter("declarant", "9000003-7");
    let run = project.silta(&format!("{BUILD} --out {BODY}"));
    run.exits(4);
    assert_eq!(run.out, "");
    assert_eq!(
        run.err,
        "silta: examples/upload.json at /declarant: this is no Finnish business id: seven digits, a hyphen and the right check \
         digit, such as 1234567-1 [parameter.invalid]\n"
    );
}

#[test]
fn an_array_is_no_object_on_any_level() {
    for (parameters, path) in [
        (r#"["9000003-8", "A"]"#, ""),
        ("[]", ""),
        (r#""9000003-8""#, ""),
        ("null", ""),
    ] {
        let says = [FILE, "expected an object"];
        refused(parameters, "parameter.invalid", path, &says);
    }
}

#[test]
fn a_property_that_is_there_twice_is_told() {
    for parameters in [
        r#"{"declarant": "9000003-8", "application": "A", "declarant": "9000003-8"}"#,
        r#"{"declarant": "9000003-8", "application": "A", "declar\u0061nt": "9000003-8"}"#,
    ] {
        let says = [FILE, "at /declarant", "more than once"];
        refused(parameters, "parameter.invalid", "/declarant", &says);
    }
}
