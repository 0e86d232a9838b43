// SPDX-License-Identifier: Apache-2.0
//! The folder that `silta init --production` makes: a configuration with nothing of a test in it, and places for keys and secrets.

use std::{fs, io, path::Path};

use super::{CONFIGURATION, Contents, ExampleAgency, SECRETS, make_private_folder};

/// Folder of keys, certificates and secrets, relative to the folder.
const PKI: &str = "pki";

const HEAD: &str = include_str!("../../templates/production/head.toml");
const LISTENER: &str = include_str!("../../templates/production/listener.toml");
const TAIL: &str = include_str!("../../templates/production/tail.toml");

/// Writes everything into a folder that exists and is empty. What changes while the program runs is to be in `state`; beside the configuration, where
/// that is not named.
pub(crate) fn write(folder: &Path, contents: &Contents, state: Option<&Path>) -> io::Result<()> {
    make_private_folder(&folder.join(PKI))?;
    if state.is_none() {
        make_private_folder(&folder.join(SECRETS))?;
    }
    fs::write(folder.join(CONFIGURATION), text(contents, state))
}

/// The configuration.
fn text(contents: &Contents, state: Option<&Path>) -> String {
    // The notation of TOML, so that no path can break out of its quotes.
    let kept = |name: &str| {
        let path = state.unwrap_or_else(|| Path::new("")).join(name);
        toml::Value::from(path.display().to_string()).to_string()
    };
    let mut sections = vec![HEAD];
    sections.extend(contents.agencies().map(tables));
    if contents.listener {
        sections.push(LISTENER);
    }
    sections.push(TAIL);
    sections
        .join("\n")
        .replace("{{version}}", env!("CARGO_PKG_VERSION"))
        .replace("{{audit}}", &kept("audit.jsonl"))
        .replace("{{store}}", &kept("store"))
        .replace("{{secrets}}", &kept(SECRETS))
}

fn tables(agency: ExampleAgency) -> &'static str {
    match agency {
        ExampleAgency::Tulli => include_str!("../../templates/production/tulli.toml"),
        ExampleAgency::Vero => include_str!("../../templates/production/vero.toml"),
        ExampleAgency::SuomifiViestit => {
            include_str!("../../templates/production/suomifi-viestit.toml")
        }
        ExampleAgency::SuomifiMail => include_str!("../../templates/production/suomifi-mail.toml"),
        ExampleAgency::SuomifiRest => include_str!("../../templates/production/suomifi-rest.toml"),
    }
}

/// Files that the configuration names and that are to be put there, in its order.
pub(crate) fn files(contents: &Contents) -> Vec<String> {
    let text = text(contents, None);
    let quoted = text.lines().filter(|line| !line.starts_with('#'));
    let quoted = quoted.flat_map(|line| line.split('"').skip(1).step_by(2));
    let mut files = Vec::new();
    for file in quoted.filter(|value| value.starts_with("pki/")) {
        if !files.iter().any(|known| known == file) {
            files.push(file.to_owned());
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use silta_config::Config;

    use super::*;

    #[test]
    fn nothing_starts_before_it_is_filled_in() {
        for agency in ExampleAgency::ALL {
            let contents = Contents::of(&[agency], true);
            let error = Config::parse("silta.toml", text(&contents, None)).unwrap_err();
            assert!(error.reason.contains("`FILL IN`"), "{error}");
            let filled = text(&contents, None).replace("FILL IN", "filled in");
            let config = Config::parse("silta.toml", filled).unwrap();
            assert_eq!(config.agencies().count(), 1);
            assert!(config.audit_file().is_some() && config.listener_limits().is_some());
        }
    }

    #[test]
    fn what_changes_is_where_the_state_is() {
        let contents = Contents::of(&[ExampleAgency::Vero], false);
        let text = text(&contents, Some(Path::new("/var/lib/silta")));
        for setting in [
            "audit = \"/var/lib/silta/audit.jsonl\"",
            "folder = \"/var/lib/silta/store\"",
            "secrets-folder = \"/var/lib/silta/secrets\"",
        ] {
            assert!(text.lines().any(|line| line == setting), "{text}");
        }
    }

    #[test]
    fn files_to_be_put_there_are_named_once() {
        let contents = Contents::of(&[ExampleAgency::Tulli, ExampleAgency::Vero], true);
        assert_eq!(
            files(&contents),
            [
                "pki/builder.key.pem",
                "pki/builder.pem",
                "pki/intermediary.key.pem",
                "pki/intermediary.pem",
                "pki/customs-issuers.pem",
                "pki/customs-server-issuers.pem",
                "pki/vero-callback",
                "pki/vero-client.key.pem",
                "pki/vero-client.pem",
                "pki/vero-issuers.pem",
                "pki/listener.pem",
                "pki/listener.key.pem",
            ]
        );
    }
}
