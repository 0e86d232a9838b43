// SPDX-License-Identifier: Apache-2.0
//! A configuration that is wrong in several places: all are told, and what is right is read all the same.

use silta_config::{Config, Survey};

use super::{Folder, WITH_KEY};
use crate::support::keys;

const WRONG: &str = r#"audits = "audit.jsonl"
reload-seconds = "5"

[agencies.rogue]
component = "builtin"
allow-sha = true
[agencies.rogue.keys.signer]
private-key = "signer.key"
certificates = "signer.pem"
signatures-per-call = -1
[agencies.rogue.secrets.password]
[agencies.other]
[agencies.third]
component = "third.wasm"
tls = []
"#;

fn survey(folder: &Folder) -> Survey {
    Config::survey(folder.path("silta.toml"))
}

#[test]
fn everything_that_does_not_belong_there_is_told_with_its_place_and_left_out() {
    let folder = Folder::new(WRONG).with_pair(&keys::ecdsa());
    let Survey { config, errors } = survey(&folder);
    let mut told: Vec<_> = errors
        .iter()
        .map(|error| (error.place.unwrap(), error.field.as_str()))
        .collect();
    told.sort_unstable();
    let expected = [
        ((1, 1), "audits"),
        ((2, 18), "reload-seconds"),
        ((6, 1), "agencies.rogue.allow-sha"),
        // No names in tables of keys and secrets.
        ((10, 23), "agencies.rogue.keys"),
        ((11, 1), "agencies.rogue.secrets"),
        ((12, 1), "agencies.other"),
        ((15, 7), "agencies.third.tls"),
    ];
    assert_eq!(told, expected);
    let config = config.unwrap();
    assert_eq!(config.agencies().collect::<Vec<_>>(), ["rogue", "third"]);
    // The key is there without what was wrong with it.
    let parts = config.parts("rogue").unwrap();
    assert!(parts.keys()[0].content.is_ok());
    assert!(parts.secrets().is_empty());
}

#[test]
fn of_what_is_no_toml_every_place_is_told_and_nothing_is_guessed() {
    let folder =
        Folder::new("[agencies.rogue]\ncomponent = builtin\nallow-sha1 = tru\n[agencies.other\n");
    let Survey { config, errors } = survey(&folder);
    assert!(config.is_none());
    let lines: Vec<_> = errors.iter().map(|error| error.place.unwrap().0).collect();
    for line in [2, 3, 4] {
        assert!(lines.contains(&line), "{errors:?}");
    }
}

#[test]
fn nothing_that_may_be_a_secret_is_repeated() {
    let text = r#"
[agencies.rogue]
component = "builtin"
[agencies.rogue.keys.HushHush]
private-key = "signer.key"
certificates = "signer.pem"
[agencies.rogue.secrets]
hush-hush = "hush-hush"
"#;
    let Survey { config, errors } = survey(&Folder::new(text));
    assert_eq!(errors.len(), 2);
    for error in &errors {
        assert!(
            !error.to_string().to_lowercase().contains("hush"),
            "{error}"
        );
    }
    assert!(config.unwrap().parts("rogue").unwrap().keys().is_empty());
}

#[test]
fn a_file_of_something_else_is_given_up_after_a_hundred_errors() {
    for (number, told) in [(99, 99), (100, 100), (101, 100), (500, 100)] {
        let line = |number| format!("unknown-{number} = 1\n");
        let text: String = (0..number).map(line).collect();
        let Survey { config, errors } = survey(&Folder::new(&text));
        assert_eq!(errors.len(), told, "{number}");
        assert_eq!(config.is_some(), number < 100, "{number}");
        let last = errors.last().unwrap().to_string();
        assert_eq!(last.contains("is it the right file"), number >= 100);
    }
}

#[test]
fn of_a_key_both_files_are_told() {
    let field = "agencies.rogue.keys.signer";
    let fields = |folder: &Folder| {
        let config = folder.read().unwrap();
        let mut keys = config.parts("rogue").unwrap().keys();
        let errors = keys.remove(0).content.unwrap_err();
        let fields = errors.into_iter().map(|error| error.field);
        fields.collect::<Vec<_>>()
    };
    let both = [
        format!("{field}.private-key"),
        format!("{field}.certificates"),
    ];
    // Neither is there; neither is what it should be; one of each.
    assert_eq!(fields(&Folder::new(WITH_KEY)), both);
    let wrong = Folder::new(WITH_KEY)
        .write("signer.key", "no key")
        .write("signer.pem", "no certificate");
    assert_eq!(fields(&wrong), both);
    let half = Folder::new(WITH_KEY).write("signer.pem", "no certificate");
    assert_eq!(fields(&half), both);
    let mut half = fields(&Folder::new(WITH_KEY).write("signer.key", "no key"));
    half.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(half, both);
}

#[test]
fn a_setting_is_told_where_it_stands() {
    let text = r#"
[agencies.rogue]
component = "builtin"
[agencies.rogue.settings]
version = 7
"a/b" = { c = [1, 2] }
"#;
    let config = Folder::new(text).read().unwrap();
    for (pointer, field, place) in [
        ("", "", (4, 1)),
        ("/version", ".version", (5, 11)),
        ("/a~1b/c/1", ".\"a/b\".c.1", (6, 19)),
        // What is not there is missing from the table.
        ("/missing", ".missing", (4, 1)),
        ("/a~1b/d", ".\"a/b\".d", (6, 9)),
    ] {
        let error = config.wrong_setting("rogue", pointer, "wrong".into());
        assert_eq!(error.field, format!("agencies.rogue.settings{field}"));
        assert_eq!(error.place, Some(place), "{pointer}");
    }
}
