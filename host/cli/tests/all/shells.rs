// SPDX-License-Identifier: Apache-2.0
//! What is made for shells and for readers of the manual.

use std::fs;

use xml_testkit::tools;

use crate::{examples::commands, project::Project};

#[test]
fn bash_takes_its_script_and_completes_by_it() {
    let project = Project::new();
    let run = project.shell("silta completions bash > silta.bash && bash -n silta.bash");
    run.succeeds();
    // What bash itself makes of it, for each command by its first letters.
    for command in commands(&project) {
        let (before, last) = command.rsplit_once(' ').unwrap_or(("", &command));
        let begun = &last[..last.len() - 1];
        let words = format!("silta {before} {begun}");
        let position = words.split_whitespace().count() - 1;
        let run = project.shell(&format!(
            "bash -c 'source silta.bash; COMP_WORDS=({words}); COMP_CWORD={position}; _silta silta {begun} silta; echo ${{COMPREPLY[@]}}'",
        ));
        let completed = run.succeeds().out.trim();
        assert!(
            completed.split(' ').any(|word| word == last),
            "{words}: {completed}"
        );
    }
}

#[test]
fn every_shell_has_a_script() {
    let project = Project::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = project.silta(&format!("completions {shell}"));
        assert!(run.succeeds().out.contains("validate"), "{shell}");
    }
    project.silta("completions cmd").exits(2);
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let project = Project::new();
    project.silta("man --out man").succeeds();
    let commands = commands(&project);
    let mut pages: Vec<String> = fs::read_dir(project.path("man"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    let mut expected: Vec<String> = commands
        .iter()
        .map(|command| format!("silta-{}.1", command.replace(' ', "-")))
        .chain(["silta.1".to_owned()])
        .collect();
    expected.sort();
    assert_eq!(pages, expected);
    for page in &pages {
        let text = project.text(&format!("man/{page}"));
        for macro_line in [".TH ", ".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION"] {
            assert!(text.contains(macro_line), "{page}: {macro_line}");
        }
    }
    let all = project.silta("man");
    assert_eq!(all.succeeds().out.matches(".TH ").count(), pages.len());
}

#[test]
fn groff_sets_the_manual_without_a_complaint() {
    if !tools::are_installed(&["groff"]) {
        return;
    }
    let project = Project::new();
    project.silta("man --out man").succeeds();
    for page in ["silta.1", "silta-build.1", "silta-xml-verify.1"] {
        let run = project.shell(&format!("groff -man -Tutf8 -ww -P-cbou man/{page}"));
        run.succeeds();
        assert!(run.out.contains("SYNOPSIS"), "{page}");
    }
}
