// SPDX-License-Identifier: Apache-2.0
//! Other people's programs, by the scripts in `tests/interop`.

use std::{
    fmt,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use xml_testkit::tools;

/// An implementation that signs and verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Peer {
    Xmlsec1,
    PythonXmlsec,
    Signxml,
    XmlCrypto,
    Jdk,
}

impl Peer {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [
        Self::Xmlsec1,
        Self::PythonXmlsec,
        Self::Signxml,
        Self::XmlCrypto,
        Self::Jdk,
    ];

    fn program(self) -> Command {
        match self {
            Self::Xmlsec1 => python("peers/xmlsec1.py"),
            Self::PythonXmlsec => python("peers/python_xmlsec.py"),
            Self::Signxml => python("peers/python_signxml.py"),
            Self::XmlCrypto => node("peers/xml_crypto.js"),
            Self::Jdk => {
                let mut command = Command::new("java");
                command
                    .arg("-cp")
                    .arg(prepared().join("java"))
                    .arg("JdkSignature");
                command
            }
        }
    }

    /// Of how many cases it gets one. A program that is started anew for each command would take most of the time, and python-xmlsec
    /// asks another version of the same library.
    pub(crate) fn stride(self) -> usize {
        match self {
            Self::Xmlsec1 => 5,
            _ => 1,
        }
    }

    /// Has the peer run commands, in one process, and gives its answers.
    pub(crate) fn run(self, commands: &[Vec<String>]) -> Vec<Answer> {
        let lines: Vec<String> = commands.iter().map(|words| words.join("\t")).collect();
        let answers = batch(self.program().arg("batch"), &lines);
        assert_eq!(answers.len(), commands.len(), "{self} gave up");
        answers.iter().map(|line| Answer::read(line)).collect()
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Xmlsec1 => "xmlsec1",
            Self::PythonXmlsec => "python-xmlsec",
            Self::Signxml => "signxml",
            Self::XmlCrypto => "xml-crypto",
            Self::Jdk => "JDK",
        })
    }
}

/// The result of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Signed, or the signature holds.
    Done,
    /// The signature does not hold, or the peer gave up over the document, and why.
    Refused(String),
    /// The peer has no such algorithm or form, and which.
    Cannot(String),
}

impl Answer {
    fn read(line: &str) -> Self {
        let (code, reason) = line.split_once(' ').unwrap_or((line, ""));
        match code {
            "0" => Self::Done,
            "1" | "2" => Self::Refused(reason.to_owned()),
            "3" => Self::Cannot(reason.to_owned()),
            _ => panic!("no answer: {line}"),
        }
    }
}

/// A script for node, with the modules that were prepared.
pub(crate) fn node(script: &str) -> Command {
    let mut command = Command::new("node");
    command
        .arg(scripts().join(script))
        .env("NODE_PATH", prepared().join("node/node_modules"));
    command
}

/// The modules for node that were prepared.
pub(crate) fn node_modules() -> PathBuf {
    // Absolute, for who links to it.
    prepared().join("node/node_modules").canonicalize().unwrap()
}

/// The modules that make components of JavaScript, as they were prepared.
pub(crate) fn javascript_modules() -> PathBuf {
    let modules = prepared().join("javascript/node_modules");
    modules.canonicalize().unwrap()
}

/// Python, in the environment that was prepared.
pub(crate) fn interpreter() -> Command {
    Command::new(prepared().join("python/bin/python"))
}

/// A script in Python, in the environment that was prepared.
pub(crate) fn python(script: &str) -> Command {
    let mut command = interpreter();
    // The scripts stand in the source tree, which stays as it is.
    command.arg("-B").arg(scripts().join(script));
    command
}

/// Runs a program with lines on standard input, and gives those of its standard output.
pub(crate) fn batch(program: &mut Command, lines: &[String]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("commands");
    let mut file = File::create(&path).unwrap();
    for line in lines {
        writeln!(file, "{line}").unwrap();
    }
    let output = program
        .stdin(Stdio::from(File::open(&path).unwrap()))
        .output()
        .unwrap();
    let text = String::from_utf8(tools::succeeds(output)).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Whether `tests/interop/prepare` has run and all it asks for is there; if not, the test says that it is skipped. With
/// `SILTA_REQUIRE_INTEROP=1` it fails instead.
pub(crate) fn are_prepared() -> bool {
    let stamps = [
        "python/stamp",
        "node/stamp",
        "javascript/stamp",
        "java/stamp",
    ];
    let mut stamps = stamps.map(|stamp| prepared().join(stamp)).into_iter();
    if !tools::are_installed(&["xmlsec1", "xmllint", "java", "node"]) {
        return false;
    }
    match stamps.find(|stamp| !stamp.is_file()) {
        None => true,
        Some(stamp) => tools::skip(&format!(
            "{} is not there; run tests/interop/prepare",
            stamp.display()
        )),
    }
}

/// Where the workspace stands.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where the scripts and what they need stand.
pub(crate) fn scripts() -> PathBuf {
    workspace().join("tests/interop")
}

/// What `tests/interop/prepare` has made, in the target folder that this test was built in.
fn prepared() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("interop")
}
