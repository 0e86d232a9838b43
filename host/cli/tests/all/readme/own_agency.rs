// SPDX-License-Identifier: Apache-2.0
//! The chapter "Add an agency", as a reader does it: every block in its order, from an empty folder to a newer version under traffic and back.

use std::{
    collections::BTreeSet,
    fs,
    sync::{
        PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::Value;
use ureq::Agent;

use super::{BUILDS, workspace};
use crate::{
    project::Project,
    serve::{Serving, client_with},
};

/// A block of code: its language, and its text.
struct Block {
    language: String,
    text: String,
}

/// What a reader is told to type, and what has to come of it.
struct Typed {
    command: String,
    answer: String,
}

/// The chapter, with the blocks in it.
fn chapter() -> (String, Vec<Block>) {
    let readme = fs::read_to_string(workspace().join("README.md")).unwrap();
    let chapter = readme.split("\n## Add an agency\n").nth(1).unwrap();
    let chapter = chapter.split("\n## ").next().unwrap();
    let blocks = chapter.split("```").skip(1).step_by(2);
    let blocks = blocks.map(|block| {
        let (language, text) = block.split_once('\n').unwrap();
        Block {
            language: language.to_owned(),
            text: text.replace("\\\n", " "),
        }
    });
    (chapter.to_owned(), blocks.collect())
}

impl Block {
    fn typed(&self) -> Vec<Typed> {
        assert_eq!(self.language, "console");
        let mut typed: Vec<Typed> = Vec::new();
        for line in self.text.lines() {
            match line.strip_prefix("$ ") {
                Some(command) => typed.push(Typed {
                    command: without_comment(command),
                    answer: String::new(),
                }),
                None => typed.last_mut().unwrap().answer += line.trim(),
            }
        }
        typed
    }
}

fn without_comment(line: &str) -> String {
    line.split(" # ").next().unwrap().trim().to_owned()
}

/// A reader's folder.
struct Reader {
    project: Project,
    chapter: String,
    blocks: Vec<Block>,
}

impl Reader {
    fn new() -> Self {
        let (chapter, blocks) = chapter();
        let languages: Vec<&str> = blocks.iter().map(|block| block.language.as_str()).collect();
        assert_eq!(languages, ["sh", "toml", "console", "console"]);
        let project = Project::new();
        // The crate is none of a workspace around it.
        project.write("Cargo.toml", "[workspace]\nmembers = []\n");
        Self {
            project,
            chapter,
            blocks,
        }
    }

    /// Runs the lines of the first block, of which `export` names the clone.
    fn makes(&self, is_wanted: impl Fn(&str) -> bool) -> usize {
        let lines = self.blocks[0].text.lines().map(without_comment);
        let lines = lines.filter(|line| !line.starts_with("export ") && is_wanted(line));
        let mut count = 0;
        for line in lines {
            self.project.shell(&line).succeeds();
            count += 1;
        }
        count
    }

    /// Configures the agency as the second block says, and the token that the words after it speak of; ports are any.
    fn configures(&self) {
        let token = "silta token new --id us --may deploy,read";
        assert!(self.chapter.contains(token), "{}", self.chapter);
        let made = self.project.shell(&format!("{token} --json"));
        let made = made.succeeds().json();
        self.project
            .write("us.token", made["token"].as_str().unwrap());
        assert!(self.chapter.contains("`us.token`"));
        let written = self.project.text("permits/silta.toml");
        let table = made["table"].as_str().unwrap();
        let text = format!("{written}\n{}\n{table}", self.blocks[1].text);
        assert!(text.contains("\"127.0.0.1:8444\"") && text.contains("\"127.0.0.1:8445\""));
        let text = text.replace("127.0.0.1:8444", "127.0.0.1:0");
        let text = text.replace("127.0.0.1:8445", "127.0.0.1:0");
        self.project.write("permits/silta.toml", text);
    }

    /// The same line with the address that the platform is served at.
    fn asks(&self, typed: &Typed, platform: &str) {
        let command = typed.command.replace("127.0.0.1:8445", platform);
        self.project.shell(&command).succeeds();
    }

    /// All entries, page by page.
    fn inbox(&self) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let after = all
                .last()
                .map_or(0, |last| last["position"].as_u64().unwrap());
            let list = format!(
                "silta inbox list --config permits/silta.toml --json --limit 1000 --after {after}"
            );
            let listed = self.project.shell(&list).succeeds().json();
            let entries = listed["entries"].as_array().unwrap();
            if entries.is_empty() {
                return all;
            }
            all.extend(entries.iter().cloned());
        }
    }

    fn version(&self, platform: &str) -> String {
        let status =
            format!("silta component status --url http://{platform} --token-file us.token --json");
        let told = self.project.shell(&status).succeeds().json();
        let mut agencies = told["agencies"].as_array().unwrap().iter();
        let ours = agencies.find(|it| it["agency"] == "fishing-permits");
        ours.unwrap()["version"].as_str().unwrap().to_owned()
    }
}

/// The agency's call, as the line of curl has it.
struct Call {
    agent: Agent,
    path: String,
    media_type: String,
    body: String,
}

impl Call {
    fn of(project: &Project, command: &str) -> Self {
        let option = |name: &str| {
            let rest = command.split(&format!(" {name} ")).nth(1).unwrap();
            match rest.strip_prefix('\'') {
                Some(quoted) => quoted.split('\'').next().unwrap(),
                None => rest.split(' ').next().unwrap(),
            }
            .to_owned()
        };
        let own = [option("--cert"), option("--key")];
        let header = option("-H");
        let url = command.split(' ').next_back().unwrap();
        let path = url.strip_prefix("https://localhost:8444").unwrap();
        Self {
            agent: client_with(project, &option("--cacert"), [&own[0], &own[1]]),
            path: path.to_owned(),
            media_type: header.strip_prefix("Content-Type: ").unwrap().to_owned(),
            body: option("-d"),
        }
    }

    /// Calls, as it stands or with another number; the status.
    fn made(&self, url: &str, number: Option<u64>) -> u16 {
        let body = match number {
            Some(number) => self.body.replace("N-1", &format!("N-{}", number + 2)),
            None => self.body.clone(),
        };
        let request = self.agent.post(format!("{url}{}", self.path));
        let answer = request.header("Content-Type", &self.media_type).send(body);
        answer.unwrap().status().as_u16()
    }
}

/// Says that it is over when it goes, also in a panic.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[cfg(unix)]
#[test]
fn an_agency_is_added_deployed_under_traffic_and_rolled_back_as_the_readme_says() {
    let _building = BUILDS.lock().unwrap_or_else(PoisonError::into_inner);
    let reader = Reader::new();
    assert!(reader.makes(|_| true) > 6);
    reader.configures();

    let first = reader.blocks[2].typed();
    let commands: Vec<&str> = first.iter().map(|it| it.command.as_str()).collect();
    let [check, serve, curl, inbox] = commands[..] else {
        panic!("{commands:?}")
    };
    reader.project.shell(check).succeeds();
    let serve = serve.strip_prefix("silta ").unwrap();
    let (serving, line) = Serving::launch(&reader.project, serve.trim_end_matches(" &"));
    let platform = line["platform"].as_str().unwrap().to_owned();
    let call = Call::of(&reader.project, curl);
    assert_eq!(call.made(&serving.url, None).to_string(), first[2].answer);
    assert!(
        reader
            .project
            .shell(inbox)
            .succeeds()
            .out
            .contains("fishing-permits")
    );

    // "A newer version (the field `version` of its `Cargo.toml`), built and packed as above".
    let manifest = reader.project.text("fishing-permits/Cargo.toml");
    let newer = manifest.replacen("version = \"0.1.0\"", "version = \"0.2.0\"", 1);
    assert_ne!(manifest, newer);
    reader.project.write("fishing-permits/Cargo.toml", newer);
    let is_again = |line: &str| line.contains(" build ") || line.contains(" pack ");
    assert_eq!(reader.makes(is_again), 2);

    let second = reader.blocks[3].typed();
    let [diff, deploy, rollback] = &second[..] else {
        panic!("{} lines", second.len())
    };
    reader.project.shell(&diff.command).succeeds();
    let (is_over, sent) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        // Whatever fails here, the traffic ends.
        let over = Over(&is_over);
        scope.spawn(|| {
            let _over = Over(&is_over);
            while !is_over.load(Ordering::SeqCst) {
                let number = sent.load(Ordering::SeqCst);
                assert_eq!(call.made(&serving.url, Some(number)), 204, "{number}");
                sent.store(number + 1, Ordering::SeqCst);
            }
        });
        // Calls come before, between and after.
        let more_come = || {
            let before = sent.load(Ordering::SeqCst);
            while sent.load(Ordering::SeqCst) < before + 2 {
                assert!(!is_over.load(Ordering::SeqCst));
                thread::sleep(Duration::from_millis(5));
            }
        };
        more_come();
        reader.asks(deploy, &platform);
        assert_eq!(reader.version(&platform), "0.2.0");
        more_come();
        reader.asks(rollback, &platform);
        assert_eq!(reader.version(&platform), "0.1.0");
        more_come();
        drop(over);
    });
    let entries = reader.inbox();
    // None is lost and none doubled; both versions have served.
    assert_eq!(entries.len() as u64, sent.load(Ordering::SeqCst) + 1);
    let components: BTreeSet<_> = entries.iter().map(|it| it["component"].as_str()).collect();
    assert_eq!(components.len(), 2);
    serving.stop("-TERM");
}
