// SPDX-License-Identifier: Apache-2.0
//! A folder that `silta init` made, and the program run in it.

use std::{
    collections::BTreeMap,
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

use serde_json::Value;
use silta::Runtime;
use tempfile::TempDir;
use toml::{Table, Value as Setting};

/// What `silta build` needs for the example, but for where the body goes.
pub(crate) const BUILD: &str = "build tulli upload --config silta.toml --params examples/upload.json --payload examples/declaration.xml";

/// Where the tests have bodies written.
pub(crate) const BODY: &str = "request.xml";

/// Contents of files by their paths in a folder.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// An initialised folder of its own for each test.
pub(crate) struct Project {
    folder: TempDir,
}

impl Project {
    /// Keys are made once per process: that takes longest.
    pub(crate) fn new() -> Self {
        static FILES: OnceLock<Files> = OnceLock::new();
        let files = FILES.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let project = Self { folder };
            project.silta("init .").succeeds();
            project.files()
        });
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        for (name, content) in files {
            project.write(name, content);
        }
        project
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    pub(crate) fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        // Keys and secrets are their owner's, as `silta init` makes them.
        #[cfg(unix)]
        if path.parent().unwrap().ends_with("pki") {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }

    /// Every file there is.
    pub(crate) fn files(&self) -> Files {
        let mut files = Files::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let content = fs::read(&path).unwrap();
                    let name = path.strip_prefix(self.folder.path()).unwrap();
                    files.insert(name.to_owned(), content);
                }
            }
        }
        files
    }

    /// Changes a piece of the configuration's text that is not in a comment.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let mut text = self.text("silta.toml");
        let skipped = from.len() - from.trim_start().len();
        let before = |place: usize| text[..place + skipped].rsplit('\n').next().unwrap();
        let is_setting = |place: &usize| !before(*place).starts_with('#');
        let places = text.match_indices(from).map(|(place, _)| place);
        let places: Vec<usize> = places.filter(is_setting).collect();
        assert_eq!(places.len(), 1, "{from}");
        text.replace_range(places[0]..places[0] + from.len(), to);
        self.write("silta.toml", text);
    }

    /// Sets a value in the agency's table, by its path below that.
    pub(crate) fn set(&self, path: &str, value: impl Into<Setting>) {
        let mut config: Table = self.text("silta.toml").parse().unwrap();
        let path = format!("agencies.tulli.{path}");
        let (tables, name) = path.rsplit_once('.').unwrap();
        let mut table = &mut config;
        for key in tables.split('.') {
            let inner = table.entry(key).or_insert_with(|| Table::new().into());
            table = inner.as_table_mut().unwrap();
        }
        table.insert(name.to_owned(), value.into());
        self.write("silta.toml", config.to_string());
    }

    /// Sets a value in the parameters.
    pub(crate) fn set_parameter(&self, name: &str, value: impl Into<Value>) {
        let mut parameters: Value =
            serde_json::from_str(&self.text("examples/upload.json")).unwrap();
        parameters[name] = value.into();
        self.write("examples/upload.json", parameters.to_string());
    }

    /// Runs the program in the folder. Arguments are split at blanks.
    pub(crate) fn silta(&self, arguments: &str) -> Run {
        self.silta_with(arguments, &[], "")
    }

    /// The same with environment variables and standard input.
    pub(crate) fn silta_with(
        &self,
        arguments: &str,
        variables: &[(&str, &str)],
        input: &str,
    ) -> Run {
        let mut child = Command::new(env!("CARGO_BIN_EXE_silta"))
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            .env_remove("SILTA_LOG")
            .env_remove("SILTA_CONFIG")
            // What one test has compiled need not be compiled by the next.
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .building()
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Most commands end without reading it, and a pipe that nobody reads is no failure of theirs.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Run::new(arguments, child.wait_with_output().unwrap())
    }

    /// Runs a command line in the folder by a shell, for which `silta` is the program.
    pub(crate) fn shell(&self, command: &str) -> Run {
        let program = Path::new(env!("CARGO_BIN_EXE_silta")).parent().unwrap();
        let path = format!("{}:{}", program.display(), env::var("PATH").unwrap());
        let output = Command::new("sh")
            .args(["-c", command])
            .env("PATH", path)
            .current_dir(self.folder.path())
            .env_remove("SILTA_LOG")
            .env_remove("SILTA_CONFIG")
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .building()
            .output()
            .unwrap();
        Run::new(command, output)
    }

    /// Builds the example and gives the body.
    pub(crate) fn build(&self) -> Vec<u8> {
        self.silta(&format!("{BUILD} --out {BODY}")).succeeds();
        self.read(BODY)
    }

    /// A command has to fail as said, in JSON, and to leave every file as it was.
    #[track_caller]
    pub(crate) fn refuses(&self, arguments: &str, refusal: &Refusal<'_>) {
        let before = self.files();
        let run = self.silta(&format!("{arguments} --json"));
        run.is_refused(refusal);
        assert!(self.files() == before, "{arguments}: files have changed");
    }

    /// The same for the build of the example, over an earlier body.
    #[track_caller]
    pub(crate) fn refuses_to_build(&self, refusal: &Refusal<'_>) {
        self.write(BODY, "earlier");
        self.refuses(&format!("{BUILD} --out {BODY}"), refusal);
    }
}

/// A runtime of the test's own. It takes the machine code that the program has kept, or another test: compiling a component takes longer than most tests.
pub(crate) fn runtime() -> Runtime {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("silta");
    let builder = Runtime::builder().keep_compiled_in(folder);
    builder.build().unwrap()
}

/// What commands that build components find around them.
pub(crate) trait Building {
    /// The SDK of this workspace, its versions without a network, and what the build of our own components has compiled of them already.
    fn building(&mut self) -> &mut Self;
}

impl Building for Command {
    fn building(&mut self) -> &mut Self {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("components");
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        // The tests themselves may be compiled by a wrapper of the compiler.
        self.env_remove("RUSTC_WORKSPACE_WRAPPER")
            .env_remove("RUSTC_WRAPPER")
            .env("SILTA_SDK", workspace.unwrap())
            .env("CARGO_NET_OFFLINE", "true")
            // What a component is, a fat link of it does not change; it takes most of the time.
            .env("CARGO_PROFILE_COMPONENT_LTO", "off")
            .env("CARGO_PROFILE_COMPONENT_OPT_LEVEL", "1")
            .env("CARGO_TARGET_DIR", target)
    }
}

/// How a command has to fail.
#[derive(Debug)]
pub(crate) struct Refusal<'a> {
    /// Exit code.
    pub(crate) exit: i32,
    pub(crate) code: &'a str,
    pub(crate) path: &'a str,
    /// Pieces of the message: the file, the place, the remedy.
    pub(crate) says: &'a [&'a str],
}

/// The result of a run of the program.
#[derive(Debug)]
pub(crate) struct Run {
    command: String,
    pub(crate) exit: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    fn new(command: &str, output: Output) -> Self {
        Self {
            command: command.to_owned(),
            exit: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Has to have succeeded, without a word on standard error.
    #[track_caller]
    pub(crate) fn succeeds(&self) -> &Self {
        assert_eq!(self.exit, 0, "{}: {}", self.command, self.err);
        assert_eq!(self.err, "", "{}", self.command);
        self
    }

    /// Has to have ended with that code.
    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        assert_eq!(
            self.exit, code,
            "{}: {}{}",
            self.command, self.out, self.err
        );
        self
    }

    /// Standard output, which has to be one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// Standard error, which has to be one line with one JSON object of the documented members.
    #[track_caller]
    pub(crate) fn error(&self) -> Value {
        assert_eq!(self.err.lines().count(), 1, "{}", self.err);
        let error: Value = serde_json::from_str(&self.err).unwrap();
        let members: Vec<&String> = error.as_object().unwrap().keys().collect();
        assert_eq!(members, ["code", "fault", "message", "path"]);
        error
    }

    #[track_caller]
    fn is_refused(&self, refusal: &Refusal<'_>) {
        self.exits(refusal.exit);
        assert_eq!(self.out, "", "{}", self.command);
        let error = self.error();
        assert_eq!(error["code"], refusal.code, "{error}");
        assert_eq!(error["path"], refusal.path, "{error}");
        let fault = match refusal.exit {
            2 | 4 | 8 => "caller",
            5 => "configuration",
            6 => "counterparty",
            7 => "internal",
            other => panic!("no failure has exit code {other}"),
        };
        assert_eq!(error["fault"], fault, "{error}");
        let message = error["message"].as_str().unwrap();
        for piece in refusal.says {
            assert!(message.contains(piece), "`{piece}` is not in: {message}");
        }
    }
}

/// Members of a JSON object, sorted.
pub(crate) fn members(object: &Value) -> Vec<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}
