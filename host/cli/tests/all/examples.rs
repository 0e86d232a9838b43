// SPDX-License-Identifier: Apache-2.0
//! Examples in the help of each command, run as they stand.

use crate::{inbox, project::Project, wire};

/// Every command, those of commands included: `build`, `xml verify`.
pub(crate) fn commands(project: &Project) -> Vec<String> {
    let mut commands = Vec::new();
    let mut parents = vec![String::new()];
    while let Some(parent) = parents.pop() {
        let help = project.silta(&format!("{parent} -h")).out;
        let listed = help.split_once("Commands:\n");
        let listed = listed.map_or("", |(_, rest)| rest.split("\n\n").next().unwrap());
        for line in listed.lines() {
            let name = line.split_whitespace().next().unwrap();
            // Names stand two blanks in; what they do goes on further in.
            if name != "help" && line.starts_with("  ") && !line.starts_with("   ") {
                let command = format!("{parent} {name}").trim().to_owned();
                parents.push(command.clone());
                commands.push(command);
            }
        }
    }
    assert!(commands.len() > 15, "{commands:?}");
    commands
}

/// The examples of a command.
fn examples(project: &Project, command: &str) -> Vec<String> {
    let help = project.silta(&format!("{command} --help")).out;
    let (_, examples) = help.split_once("\nExamples").unwrap_or_default();
    let examples = examples.split("\n\n").next().unwrap().replace("\\\n", " ");
    let lines = examples.lines().map(str::trim);
    let lines = lines.filter(|line| line.starts_with("silta "));
    lines.map(str::to_owned).collect()
}

/// Whether a command runs until it is stopped.
fn waits(example: &str) -> bool {
    let serves = example.starts_with("silta serve") || example.starts_with("silta sim");
    serves && !example.contains("< /dev/null")
}

#[test]
fn every_command_has_examples_that_run_as_they_stand() {
    let project = Project::new();
    for command in commands(&project) {
        let project = Project::new();
        if ["acts", "inbox", "operations", "store"]
            .iter()
            .any(|kept| command.starts_with(kept))
        {
            inbox::kept(&project);
        }
        if ["wire", "check", "sim", "sim tulli"].contains(&command.as_str()) {
            wire::with_package(&project);
        }
        let examples = examples(&project, &command);
        let is_shown = |example: &String| example.starts_with(&format!("silta {command}"));
        assert!(examples.iter().any(is_shown), "{command}: {examples:?}");
        for example in examples.iter().filter(|example| !waits(example)) {
            let expected = match example.split_once("# exit code ") {
                Some((_, code)) => code.trim().parse().unwrap(),
                None => 0,
            };
            let run = project.shell(example);
            assert_eq!(run.exit, expected, "{example}\n{}{}", run.out, run.err);
        }
    }
}

#[test]
fn the_examples_of_servers_are_command_lines() {
    let project = Project::new();
    for command in [
        "serve",
        "sim tulli",
        "sim suomifi",
        "sim suomifi-mail",
        "sim suomifi-rest",
        "sim vero",
    ] {
        for example in examples(&project, command) {
            // Whatever is wrong with a command line is told before its help.
            let (line, _) = example.split_once('<').unwrap_or((&example, ""));
            let run = project.shell(&format!("{line} --help"));
            assert_eq!(run.exit, 0, "{example}: {}", run.err);
        }
    }
}
