// SPDX-License-Identifier: Apache-2.0
use crate::project::{BUILD, Project, Refusal};

#[test]
fn help_explains_the_exit_codes() {
    let project = Project::new();
    let help = project.silta("--help").succeeds().out.clone();
    for code in ["0", "2", "3", "4", "5", "6", "7", "8"] {
        assert!(
            help.lines()
                .any(|line| line.trim_start().starts_with(&format!("{code}  "))),
            "{code}"
        );
    }
    for command in [
        "init", "describe", "build", "parse", "validate", "serve", "xml", "sim", "demo",
    ] {
        assert!(help.contains(command), "{command}");
        assert!(
            project
                .silta(&format!("{command} --help"))
                .succeeds()
                .out
                .contains("Usage:")
        );
    }
    assert!(
        project
            .silta("--version")
            .succeeds()
            .out
            .starts_with("silta ")
    );
}

#[test]
fn a_wrong_command_line_has_exit_code_2() {
    let project = Project::new();
    let before = project.files();
    let parse = "parse tulli upload --config silta.toml";
    let validate = "validate tulli --config silta.toml";
    let algorithm = "--algorithm http://www.w3.org/2001/10/xml-exc-c14n#";
    #[rustfmt::skip]
    let rows = [
        ("", "Usage:"),
        ("send", "send"),
        ("build tulli upload", "--params"),
        (&format!("{BUILD} --out a.xml --outt b.xml"), "--outt"),
        (parse, "--status"),
        (&format!("{parse} --status 200"), "--body"),
        (&format!("{parse} --status 99 --body silta.toml"), "99"),
        (&format!("{parse} --status 200 --body silta.toml --header nothing"), "Name: value"),
        (&format!("{parse} --status 200 --body silta.toml --header :x"), "before the colon"),
        (&format!("{parse} --no-answer --status 200"), "--no-answer"),
        (&format!("{parse} --no-answer --memo a --request-json b"), "--memo"),
        (&format!("{validate} --path /"), "--method"),
        (&format!("{validate} --method POST"), "--path"),
        (&format!("{validate} --method PO() --path /"), "one word"),
        (&format!("{validate} --method POST --path a"), "begins with"),
        (&format!("{validate} --method POST --path / --header nothing"), "Name: value"),
        (&format!("{validate} --method POST --path / --peer-address localhost"), "--peer-address"),
        ("describe tulli --config silta.toml --component x.wasm", "--component"),
        ("xml verify silta.toml --require Envelope", "--require"),
        ("xml verify silta.toml --payload / --out a", "--payload"),
        ("xml verify silta.toml --payload /a", "--out"),
        ("xml verify silta.toml --at yesterday", "--at"),
        ("xml c14n silta.toml --algorithm exclusive", "--algorithm"),
        (&format!("xml c14n silta.toml {algorithm} --path a"), "--path"),
        (&format!("xml c14n silta.toml {algorithm} --path /a --id b"), "--id"),
    ];
    for (command, says) in rows {
        let run = project.silta(command);
        run.exits(2);
        assert_eq!(run.out, "", "{command}");
        assert!(run.err.contains(says), "`{says}` is not in: {}", run.err);
    }
    assert!(project.files() == before);
}

#[test]
fn a_wrong_command_line_is_told_in_json_when_asked() {
    let project = Project::new();
    for (command, says) in [
        (
            "parse tulli upload --config silta.toml --status 200 --body silta.toml --header nothing",
            "Name: value",
        ),
        ("build tulli upload", "--params"),
        ("send", "send"),
    ] {
        let refusal = Refusal {
            exit: 2,
            code: "command-line",
            path: "",
            says: &[says],
        };
        project.refuses(command, &refusal);
    }
}

#[test]
fn a_log_filter_that_is_none_is_told() {
    let project = Project::new();
    for wrong in ["a=b=c", "silta=loud"] {
        let run = project.silta_with("describe tulli --json", &[("SILTA_LOG", wrong)], "");
        run.exits(2);
        let message = run.error()["message"].to_string();
        assert!(
            message.contains(wrong) && message.contains("say a level"),
            "{message}"
        );
    }
}

#[test]
fn more_is_logged_when_asked_and_only_to_standard_error() {
    let project = Project::new();
    let command = format!("{BUILD} --out request.xml --json");
    let logged = |arguments: &str, variables: &[(&str, &str)]| {
        let run = project.silta_with(arguments, variables, "");
        run.exits(0).json();
        run.err
    };
    assert_eq!(logged(&command, &[]), "");
    let informed = logged(&format!("{command} -v"), &[]);
    assert!(
        informed.contains("silta::audit") && !informed.contains("DEBUG"),
        "{informed}"
    );
    assert!(logged(&format!("-vv {command}"), &[]).contains("DEBUG silta::call"));
    // The variable says it finer and goes before.
    let finer = logged(
        &format!("{command} -vv"),
        &[("SILTA_LOG", "warn,silta::audit=info")],
    );
    assert!(
        finer.contains("silta::audit") && !finer.contains("silta::call"),
        "{finer}"
    );
}

#[test]
fn times_are_those_of_rfc_3339() {
    let project = Project::new();
    let verify = |time: &str| project.silta(&format!("xml verify none.xml --at {time} --json"));
    for time in [
        "2026-01-31T12:00:00Z",
        "2026-01-31t12:00:00z",
        "2026-01-31T14:00:00.12345678901234567890+02:00",
        "9999-12-31T23:59:59Z",
        "2016-12-31T23:59:60Z",
    ] {
        // The time is taken, and only the document is missing.
        assert_eq!(verify(time).exits(8).error()["code"], "file.unreadable");
    }
    #[rustfmt::skip]
    let rows = [
        ("2026-01-31T12:00Z", "expected `:` and the seconds at character 17"),
        ("2026-01-31T12:00:00Z[Europe/Helsinki]", "expected the end of the time at character 21"),
        ("2026-01-31T12:00:00+25:00", "hours of an offset from 00 to 23 at character 21"),
        ("2026-01-31T12:00:00", "expected an offset from UTC"),
        ("2026-02-29T12:00:00Z", "a day that the month has at character 9"),
        ("2026-01-31", "expected `T`"),
        ("1769860800", "expected `-`"),
    ];
    for (time, says) in rows {
        let error = verify(time).exits(2).error();
        let told = error["message"].as_str().unwrap();
        assert!(told.contains(says), "{time}: {told}");
    }
}

#[test]
fn a_configuration_that_is_not_named_is_the_variables_or_the_folders() {
    let project = Project::new();
    let build = BUILD.replace(" --config silta.toml", "");
    let build = format!("{build} --out request.xml --json");
    project.silta(&build).succeeds();
    project.silta("check").succeeds();
    // The variable goes before the folder, and the command line before both.
    let with =
        |file: &str, arguments: &str| project.silta_with(arguments, &[("SILTA_CONFIG", file)], "");
    let other = project.text("silta.toml").replace("9000001-1", "9000003-8");
    project.write("other.toml", other);
    let told = with("other.toml", "check --json")
        .exits(0)
        .json()
        .to_string();
    assert!(
        told.contains("other.toml") && !told.contains("silta.toml"),
        "{told}"
    );
    let error = with("none.toml", &build).exits(5).error();
    let message = error["message"].as_str().unwrap();
    for piece in [
        "none.toml: there is no such file",
        "SILTA_CONFIG",
        "--config",
    ] {
        assert!(message.contains(piece), "{message}");
    }
    with("none.toml", &format!("{build} --config silta.toml")).exits(0);
    // An empty variable is none.
    with("", &build).exits(0);
}

#[test]
fn without_any_configuration_all_ways_to_name_one_are_told() {
    let project = Project::new();
    std::fs::remove_file(project.path("silta.toml")).unwrap();
    for command in [
        "build tulli upload --params examples/upload.json --out request.xml",
        "parse tulli upload --no-answer",
        "validate tulli --method POST --path /tulli/notify",
        "check",
        "serve",
    ] {
        let run = project.silta(command);
        run.exits(2);
        for piece in ["--config", "SILTA_CONFIG", "silta.toml", "silta init"] {
            assert!(run.err.contains(piece), "{command}: {}", run.err);
        }
    }
    // This one can do without.
    project.silta("describe tulli").succeeds();
}

#[test]
fn a_component_is_described_that_the_folders_configuration_names() {
    let project = Project::new();
    project.set("component", "none.wasm");
    let run = project.silta("describe tulli");
    assert!(run.exits(5).err.contains("none.wasm"), "{}", run.err);
    // It knows nothing of this agency.
    project.silta("describe vero").succeeds();
}
