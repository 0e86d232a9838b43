// SPDX-License-Identifier: Apache-2.0
//! What is in a new folder, and what to try with it.

use std::path::Path;

use crate::project::{
    CONFIGURATION, Contents, DECLARATION, DOWNLOAD, DOWNLOAD_ANSWER, ExampleAgency, NOTIFY_REQUEST,
    PARAMETERS, PUSH, REGISTER_PUSH, REGISTER_PUSH_ANSWER, SUOMIFI_MESSAGE, SUOMIFI_PASSWORD,
    UPLOAD_ANSWER, VERO_SECRET, production,
};

/// The whole report.
pub(super) fn report(folder: &Path, contents: &Contents) -> String {
    let mut text = format!(
        "\
Made {folder}:

  {CONFIGURATION:36} configuration, every setting explained
  {pki:36} certificates for tests, each NAME.pem with its private key NAME.key.pem:
      ca                      the authority that issued all but `vero` and `suomifi`
      customs                 TLS server certificate of a simulated Customs
      gateway                 TLS server certificate of `silta serve`, where agencies call
      customs-signing         what a simulated Customs signs replies with, and shows to notification services
      intermediary            TLS client certificate
      builder                 certificate that declarations are signed with
      vero-callback           no certificate: a secret that the Tax Administration is given and repeats
      vero-ca, vero           an authority of its own, and what a simulated Vero API serves and pushes with
      suomifi-ca, suomifi     an authority of its own, and what a simulated Suomi.fi serves with and signs calls with
      suomifi-password        no certificate: the password of the system at Suomi.fi
",
        folder = folder.display(),
        pki = "pki/",
    );
    for (file, what) in examples(contents) {
        text += &format!("  {file:36} {what}\n");
    }
    text += "\nKeys, ids and data are for tests only. Nothing of the following is sent:\n";
    let at = |name: &str| shell_word(&folder.join(name).display().to_string());
    for Line { what, command } in lines(&at, contents) {
        text += &format!("\n{what}:\n\n  {command}\n");
    }
    text += "\nThese run until they are stopped:\n";
    for Line { what, command } in servers(&at, contents) {
        text += &format!("\n{what}:\n\n  {command}\n");
    }
    text
}

/// The whole report of a folder for production.
pub(super) fn of_production(folder: &Path, contents: &Contents, state: Option<&Path>) -> String {
    let secrets = state.unwrap_or_else(|| Path::new("")).join("secrets/");
    let secrets = secrets.display().to_string();
    let mut text = format!(
        "\
Made {folder}:

  {CONFIGURATION:36} configuration; values that begin with FILL IN are yours
  {secrets:36} for secrets that the program replaces; its user alone may look into it
  {pki:36} for keys, certificates and secrets; put these files there, readable by the user of the program alone:
",
        folder = folder.display(),
        pki = "pki/",
    );
    for file in production::files(contents) {
        text += &format!("      {file}\n");
    }
    let config = shell_word(&folder.join(CONFIGURATION).display().to_string());
    text + &format!(
        "
To see what is missing, and whether what is there can be used:

  silta check --config {config}

To see whether the agencies' servers can be reached:

  silta check --config {config} --online

To start:

  silta serve --config {config}
"
    )
}

/// A command line to try, and what it is for.
struct Line {
    what: &'static str,
    command: String,
}

fn line(what: &'static str, command: String) -> Line {
    Line { what, command }
}

/// The example files.
fn examples(contents: &Contents) -> Vec<(&'static str, &'static str)> {
    let mut files = Vec::new();
    if contents.has(ExampleAgency::Tulli) {
        files.extend([
            (DECLARATION, "a small declaration, made up"),
            (PARAMETERS, "the parameters of its upload"),
            (UPLOAD_ANSWER, "what Customs answers to that"),
            (DOWNLOAD, "the parameters to fetch the reply of Customs"),
            (
                DOWNLOAD_ANSWER,
                "that reply, signed by `customs-signing`, with a PDF",
            ),
            (NOTIFY_REQUEST, "Customs' call that tells of the reply"),
        ]);
    }
    if contents.has(ExampleAgency::Vero) {
        files.extend([
            (
                REGISTER_PUSH,
                "the parameters to register with the Tax Administration",
            ),
            (REGISTER_PUSH_ANSWER, "what it answers to that: nothing"),
            (PUSH, "a notification that it pushes"),
        ]);
    }
    if contents.sends_suomifi() {
        files.push((SUOMIFI_MESSAGE, "a message to a citizen"));
    }
    files
}

/// Command lines that work as they stand, one after the other, in the folder that the report was made in.
fn lines(at: &impl Fn(&str) -> String, contents: &Contents) -> Vec<Line> {
    let config = at(CONFIGURATION);
    let mut lines = vec![line(
        "To judge the configuration",
        format!("silta check --config {config}"),
    )];
    if contents.has(ExampleAgency::Tulli) {
        lines.extend(tulli(at, &config));
    }
    if contents.has(ExampleAgency::Vero) {
        lines.extend(vero(at, &config));
    }
    lines
}

fn tulli(at: &impl Fn(&str) -> String, config: &str) -> [Line; 5] {
    [
        line(
            "To build a signed upload of the example",
            format!(
                "silta build tulli upload --config {config} --params {} --payload {} --out upload.xml --json > upload.json",
                at(PARAMETERS),
                at(DECLARATION)
            ),
        ),
        line(
            "To read an answer to it",
            format!(
                "silta parse tulli upload --config {config} --request-json upload.json --status 200 --body {}",
                at(UPLOAD_ANSWER)
            ),
        ),
        line(
            "To ask for Customs' reply",
            format!(
                "silta build tulli download --config {config} --params {} --out download.xml --json > download.json",
                at(DOWNLOAD)
            ),
        ),
        line(
            "To read the reply, verify who signed it, and save its documents",
            format!(
                "silta parse tulli download --config {config} --request-json download.json --status 200 --body {} --documents documents",
                at(DOWNLOAD_ANSWER)
            ),
        ),
        line(
            "To judge a call of Customs",
            format!(
                "silta validate tulli --config {config} --method POST --path /tulli/notify --header 'Content-Type: application/soap+xml; charset=utf-8' --client-cert {} --body {}",
                at("pki/customs-signing.pem"),
                at(NOTIFY_REQUEST)
            ),
        ),
    ]
}

fn vero(at: &impl Fn(&str) -> String, config: &str) -> [Line; 3] {
    [
        line(
            "To build a registration with the Tax Administration",
            format!(
                "silta build vero register-push --config {config} --params {} --out register-push.out --json > register-push.json",
                at(REGISTER_PUSH)
            ),
        ),
        line(
            "To read an answer to it",
            format!(
                "silta parse vero register-push --config {config} --request-json register-push.json --status 200 --body {}",
                at(REGISTER_PUSH_ANSWER)
            ),
        ),
        line(
            "To judge a push of the Tax Administration",
            format!(
                "silta validate vero --config {config} --method POST --path /vero/Notify/v1 --header 'Content-Type: application/json' --header vero-callback-secret=@{} --client-cert {} --body {}",
                at(VERO_SECRET),
                at("pki/vero.pem"),
                at(PUSH)
            ),
        ),
    ]
}

/// Command lines that do not end by themselves.
fn servers(at: &impl Fn(&str) -> String, contents: &Contents) -> Vec<Line> {
    let mut lines = Vec::new();
    if contents.has(ExampleAgency::Tulli) {
        lines.push(line(
            "A simulated Customs, where the configuration looks for it",
            format!("silta sim tulli --pki {}", at("pki")),
        ));
        lines.push(line(
            "To send it the example, while it runs",
            format!(
                "silta send tulli upload --config {} --params {} --payload {} --state upload.state",
                at(CONFIGURATION),
                at(PARAMETERS),
                at(DECLARATION)
            ),
        ));
    }
    if contents.has(ExampleAgency::Vero) {
        lines.push(line(
            "A simulated Vero API, where the configuration looks for it",
            format!("silta sim vero --pki {}", at("pki")),
        ));
    }
    if contents.has(ExampleAgency::SuomifiRest) {
        lines.extend(suomifi_rest(at));
    }
    if contents.has(ExampleAgency::SuomifiMail) {
        lines.extend(suomifi_mail(at));
    }
    if contents.listener {
        lines.push(line(
            "Where agencies call",
            format!("silta serve --config {}", at(CONFIGURATION)),
        ));
        if contents.has(ExampleAgency::SuomifiViestit) {
            lines.push(line(
                "To have a simulated Suomi.fi call there",
                format!(
                    "silta sim suomifi --url https://localhost:8444/suomifi-viestit/ViranomaisPaluukanava --ca {} --signer-cert {} --signer-key {}",
                    at("pki/ca.pem"),
                    at("pki/suomifi.pem"),
                    at("pki/suomifi.key.pem")
                ),
            ));
        }
    }
    lines
}

fn suomifi_rest(at: &impl Fn(&str) -> String) -> [Line; 3] {
    let config = at(CONFIGURATION);
    [
        line(
            "A simulated Suomi.fi with the REST interface, where the configuration looks for it",
            format!(
                "silta sim suomifi-rest --pki {} --password-file {}",
                at("pki"),
                at(SUOMIFI_PASSWORD)
            ),
        ),
        line(
            "To send it the example, while it runs",
            format!(
                "silta send suomifi-rest send-electronic --config {config} --params {} --state message.state",
                at(SUOMIFI_MESSAGE)
            ),
        ),
        line(
            "To ask it what is new",
            format!("silta send suomifi-rest poll-events --config {config}"),
        ),
    ]
}

fn suomifi_mail(at: &impl Fn(&str) -> String) -> [Line; 2] {
    [
        line(
            "A simulated mail relay of Suomi.fi, where the configuration looks for it",
            format!("silta sim suomifi-mail --pki {}", at("pki")),
        ),
        line(
            "To send it the example, while it runs",
            format!(
                "silta send suomifi-mail send-message --config {} --params {} --state mail.state",
                at(CONFIGURATION),
                at(SUOMIFI_MESSAGE)
            ),
        ),
    ]
}

/// A word as a shell takes it.
fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+:\\".contains(c);
    if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_shown_survive_a_shell() {
        assert_eq!(shell_word("a/b.toml"), "a/b.toml");
        assert_eq!(shell_word("my dir/it's"), r"'my dir/it'\''s'");
    }
}
