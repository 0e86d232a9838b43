// SPDX-License-Identifier: Apache-2.0
//! Where the program keeps machine code between runs.

use std::fs;

use crate::project::Project;

#[test]
fn machine_code_is_kept_where_the_command_line_says_and_nowhere_when_it_says_so() {
    let project = Project::new();
    let count = |folder: &str| fs::read_dir(project.path(folder)).map_or(0, Iterator::count);
    let home = project.path("home");
    let variables = [("XDG_CACHE_HOME", home.to_str().unwrap())];
    let describe = |more: &str| {
        let run = project.silta_with(&format!("describe vero --json {more}"), &variables, "");
        run.succeeds().json()
    };
    let described = describe("--no-cache");
    assert_eq!(count("home"), 0);
    assert_eq!(describe("--cache-dir kept"), described);
    assert_eq!((count("home"), count("kept")), (0, 1));
    // By another way to the same answer: this time nothing is compiled.
    assert_eq!(describe("--cache-dir kept"), described);
    assert_eq!((count("home"), count("kept")), (0, 1));
    assert_eq!(describe(""), described);
    assert_eq!(count("home/silta"), 1);
    project
        .silta("describe vero --cache-dir kept --no-cache")
        .exits(2);
}
