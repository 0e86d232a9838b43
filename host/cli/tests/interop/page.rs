// SPDX-License-Identifier: Apache-2.0
//! The operator's page in Chromium, of the program that serves beside a simulated Customs: with scripts and without, in both languages and colour schemes, wide and narrow, by
//! the rules of axe-core; kept up to date; and used to decide.
//!
//! `SILTA_RENEW=1` renews the pictures of the documentation.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Command, Output, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;
use xml_testkit::tools;

use crate::{peers, project::Project, running::Running};

/// The browser, unless the variable of this name has another.
const VARIABLE: &str = "SILTA_CHROMIUM";

/// A picture larger than this is no picture for a repository.
const LARGEST_PICTURE: u64 = 120 << 10;

/// A gateway whose Customs refuses the first uploads, and those that have been submitted.
struct Office {
    project: Project,
    url: String,
    api: String,
    _gateway: Running,
    _customs: Running,
}

fn are_prepared() -> bool {
    let chromium = env::var(VARIABLE).unwrap_or_else(|_| "chromium".into());
    peers::are_prepared() && tools::are_installed(&[&chromium])
}

impl Office {
    fn new(refused: usize, tables: &str) -> Self {
        let project = Project::new();
        let refusals = "--misbehave refuse=450 ".repeat(refused);
        let customs = Running::start(
            &project,
            &format!("sim tulli --pki pki --listen 127.0.0.1:0 --until-stdin-closes {refusals}"),
        );
        let made = project.silta("token new --id example --may submit,read,inbox --json");
        let made: Value = serde_json::from_str(&made.succeeds().out).unwrap();
        project.write("token", made["token"].as_str().unwrap());
        let table = made["table"].as_str().unwrap();
        let text = project
            .text("silta.toml")
            .replace("https://localhost:8443/dme", &customs.first);
        // The poll would be refused in place of an upload.
        let tables = format!(
            "{text}\n[sending]\n\n[platform]\naddress = \"127.0.0.1:0\"\n\n{table}\n[operator]\naddress = \"127.0.0.1:0\"\nlive-streams = 1000\n{tables}\n[agencies.tulli.polls.download-list]\nenabled = false\n"
        );
        project.write("silta.toml", tables);
        let gateway = Running::start(&project, "serve --config silta.toml");
        let first: Value = serde_json::from_str(&gateway.first).unwrap();
        let address = |name: &str| format!("http://{}", first[name].as_str().unwrap());
        Self {
            url: address("operator"),
            api: format!("--url {} --token-file token", address("platform")),
            project,
            _gateway: gateway,
            _customs: customs,
        }
    }

    /// Its number.
    fn submit(&self, what: &str) -> u64 {
        let declaration = format!("examples/{what}.xml");
        let content = self.project.text("examples/declaration.xml") + &format!("<!-- {what} -->");
        self.project.write(&declaration, content);
        let submitted = self.project.silta(&format!(
            "submit tulli upload --params examples/upload.json --payload {declaration} --idempotency-key {what} {} --json",
            self.api
        ));
        let submitted: Value = serde_json::from_str(&submitted.succeeds().out).unwrap();
        submitted["id"].as_u64().unwrap()
    }

    /// Waits until so many operations have come to a state.
    fn until(&self, state: &str, number: usize) {
        for _ in 0..600 {
            let listed = self.project.silta(&format!(
                "operations list --config silta.toml --state {state} --json"
            ));
            let listed = listed.succeeds().json();
            if listed["operations"].as_array().unwrap().len() >= number {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("no {number} operations are {state}");
    }

    fn browser(&self, arguments: &[&str]) -> Command {
        let mut command = peers::node("page/browser.js");
        command
            .arg(arguments[0])
            .arg(&self.url)
            .args(&arguments[1..]);
        command
    }

    #[track_caller]
    fn browse(&self, arguments: &[&str]) -> String {
        told(self.browser(arguments).output().unwrap())
    }
}

/// What the browser says, where nothing is wrong.
#[track_caller]
fn told(output: Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{failed}");
    said
}

#[test]
fn every_page_is_usable_by_everybody() {
    if !are_prepared() {
        return;
    }
    let office = Office::new(3, "actions = true\n");
    let held = ["first", "second"].map(|what| office.submit(what))[0];
    let given_up = office.submit("fourth").to_string();
    office.until("held", 3);
    office.browse(&["decide", &given_up, "cancel"]);
    office.submit("third");
    office.until("ended", 2);
    let replay = format!("/operations/{given_up}/replay");
    // Which operation the first pages lead to is a matter of time.
    let both = [
        format!("/operations/{given_up}"),
        format!("/operations/{held}"),
    ];
    let [cancel, resume] = ["cancel", "resume"].map(|act| format!("{}/{act}", both[1]));
    let said = office.browse(&["look", &both[0], &both[1], &cancel, &resume, &replay]);
    println!("{said}");
    for page in [
        &cancel,
        &resume,
        &replay,
        "/inbox/",
        "/certificates",
        "/about",
    ] {
        assert!(said.contains(page), "{page} was not looked at: {said}");
    }
}

#[test]
fn an_empty_gateway_is_shown_as_well() {
    if !are_prepared() {
        return;
    }
    let office = Office::new(0, "");
    println!("{}", office.browse(&["look"]));
}

#[test]
fn a_list_keeps_itself_up_to_date() {
    if !are_prepared() {
        return;
    }
    let office = Office::new(1, "");
    office.submit("first");
    office.until("held", 1);
    let mut browser = office
        .browser(&["live"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(browser.stdout.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    office.submit("second");
    writeln!(browser.stdin.take().unwrap(), "go on").unwrap();
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(line.starts_with("rows 1 "), "{line}");
    assert!(browser.wait().unwrap().success());
}

/// Customs refuses each once, so that what is resumed is done.
#[test]
fn what_is_held_is_decided_on_with_scripts_and_without() {
    if !are_prepared() {
        return;
    }
    let office = Office::new(4, "actions = true\n");
    let ids = ["a", "b", "c", "d"].map(|what| office.submit(what).to_string());
    office.until("held", 4);
    for (id, act, told, state) in [
        (&ids[0], "resume", "It goes on at once", "Done"),
        (&ids[1], "resume-plain", "It goes on at once", "Done"),
        (&ids[2], "cancel", "It ends as given up", "Given up"),
        (&ids[3], "cancel-plain", "It ends as given up", "Given up"),
        // What was given up is done once more.
        (&ids[2], "replay", "It is submitted anew", "Done"),
        (&ids[3], "replay-plain", "It is submitted anew", "Done"),
    ] {
        let said = office.browse(&["decide", id, act]);
        assert!(said.contains(told), "{act}: {said}");
        assert!(said.contains(&format!("state {state}")), "{act}: {said}");
    }
}

#[test]
fn the_pictures_of_the_documentation_are_of_this_page() {
    let folder = peers::workspace().join("host/gateway/docs");
    let pictures = ["overview", "operation", "cancel", "narrow"];
    if env::var("SILTA_RENEW").is_ok_and(|renew| renew == "1") && are_prepared() {
        fs::create_dir_all(&folder).unwrap();
        let office = Office::new(2, "actions = true\n");
        let held = office.submit("first");
        office.submit("second");
        office.until("held", 2);
        office.submit("third");
        office.until("ended", 1);
        let folder = folder.to_str().unwrap();
        office.browse(&["pictures", folder, &held.to_string()]);
    }
    for picture in pictures {
        let file: PathBuf = folder.join(format!("{picture}.png"));
        let size = fs::metadata(&file).unwrap().len();
        assert!(
            size <= LARGEST_PICTURE,
            "{} has {size} bytes",
            file.display()
        );
    }
}
