// SPDX-License-Identifier: Apache-2.0
//! The stacks, by the scripts in `tests/interop/suomifi`, and other people's judgement of what they write.

use std::{fmt, fs, process::Command};

use serde_json::Value;
use xml_testkit::tools::{self, succeeds};

use crate::{peers, project::Project, return_channel::ReturnChannel};

/// Namespaces that `xmlsec1` has to know Ids of.
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const UTILITY: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";

/// A stack, and how it is told to sign.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stack {
    pub(super) script: &'static str,
    pub(super) options: &'static [&'static str],
}

/// All of them, with each kind of signature that they make.
pub(super) const STACKS: [Stack; 6] = [
    zeep(&["algorithms=sha1"]),
    zeep(&["algorithms=sha256"]),
    node(&["algorithms=sha1"]),
    node(&["algorithms=sha256"]),
    node(&["algorithms=sha1", "transforms=library"]),
    node(&["algorithms=sha256", "transforms=library"]),
];

const fn zeep(options: &'static [&'static str]) -> Stack {
    let script = "client.py";
    Stack { script, options }
}

const fn node(options: &'static [&'static str]) -> Stack {
    let script = "client.js";
    Stack { script, options }
}

impl Stack {
    /// Whether it lists the enveloped-signature transform for parts that the signature is not in.
    pub(super) fn names_enveloped_transform(self) -> bool {
        self.options.contains(&"transforms=library")
    }
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.script, self.options.join(" "))
    }
}

/// The folder that `silta init` makes: whom the stacks trust, and who signs.
pub(super) struct World {
    pub(super) project: Project,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            project: Project::new(),
        }
    }

    /// A receiver that the stacks trust, and that takes everything.
    pub(super) fn receiver(&self) -> ReturnChannel {
        let read = |name| self.project.read(name);
        ReturnChannel::start(&read("pki/gateway.pem"), &read("pki/gateway.key.pem"))
    }

    /// Where a file is, in words that a command line takes.
    fn path(&self, name: &str) -> String {
        self.project.path(name).to_str().unwrap().to_owned()
    }

    /// Has a stack call, signed, with this JSON: what the stack made of the answer. The answer is kept in `answer.xml`.
    #[track_caller]
    pub(super) fn call(&self, stack: Stack, operation: &str, request: &str, url: &str) -> Value {
        let script = format!("suomifi/{}", stack.script);
        let mut command = match stack.script.ends_with(".py") {
            true => peers::python(&script),
            false => peers::node(&script),
        };
        self.project.write("request.json", request);
        command
            .args([operation, url])
            .arg(format!("request={}", self.path("request.json")))
            .arg(format!("ca={}", self.path("pki/ca.pem")))
            .arg(format!("key={}", self.path("pki/builder.key.pem")))
            .arg(format!("certificate={}", self.path("pki/builder.pem")))
            .arg(format!("answer={}", self.path("answer.xml")))
            .args(stack.options);
        let shown = succeeds(command.output().unwrap());
        serde_json::from_slice(&shown).unwrap()
    }

    /// The last answer, as it came.
    pub(super) fn answer(&self) -> String {
        self.project.text("answer.xml")
    }

    /// Whether `xmlsec1` finds that the signer has signed this.
    pub(super) fn is_signed(&self, message: &str) -> bool {
        self.project.write("message.xml", message);
        let command = format!(
            "xmlsec1 --verify --pubkey-cert-pem pki/builder.pem --id-attr:Id {SOAP}:Body --id-attr:Id {UTILITY}:Timestamp message.xml"
        );
        tools::run(&self.project.path(""), &command)
            .status
            .success()
    }

    /// Whether `xmllint` finds the content of the Body valid by the schema.
    pub(super) fn is_valid(&self, message: &str) -> bool {
        let document = roxmltree::Document::parse(message).unwrap();
        let body = document
            .descendants()
            .find(|node| node.has_tag_name((SOAP, "Body")))
            .unwrap();
        let content = body.first_element_child().unwrap();
        let text = &message[content.range()];
        // Namespaces that are declared further out.
        let outer = content.namespaces().map(|found| match found.name() {
            Some(prefix) => format!(" xmlns:{prefix}=\"{}\"", found.uri()),
            None => format!(" xmlns=\"{}\"", found.uri()),
        });
        let missing: String = outer
            .filter(|declared| {
                let start = &text[..text.find('>').unwrap()];
                !start.contains(declared.as_str()) && !declared.contains("xmlns:xml=")
            })
            .collect();
        let end = text.find([' ', '>', '/']).unwrap();
        self.project.write(
            "content.xml",
            format!("{}{missing}{}", &text[..end], &text[end..]),
        );
        let schema = peers::scripts().join("suomifi/viranomaispaluukanava.xsd");
        let output = Command::new("xmllint")
            .args(["--noout", "--nonet", "--schema"])
            .arg(schema)
            .arg(self.path("content.xml"))
            .output()
            .unwrap();
        println!("{}", String::from_utf8_lossy(&output.stderr));
        output.status.success()
    }
}

/// What VieKohteita is called with: two messages, of a person and of a company.
pub(super) fn messages() -> String {
    read("messages.json")
}

/// What VieKohdeTiloja is called with: that a message has been opened.
pub(super) fn states() -> String {
    read("states.json")
}

fn read(name: &str) -> String {
    fs::read_to_string(peers::scripts().join("suomifi").join(name)).unwrap()
}

/// TilaKoodi of the call. Where an element holds nothing but another one, zeep gives that.
pub(super) fn code(said: &Value) -> &Value {
    let code = &result(said)["TilaKoodi"];
    code.get("TilaKoodi").unwrap_or(code)
}

/// Each Kohde of the answer.
pub(super) fn kohteet(said: &Value) -> &Vec<Value> {
    result(said)["Kohteet"]["Kohde"].as_array().unwrap()
}

fn result(said: &Value) -> &Value {
    let answer = &said["answer"];
    let mut named = ["VieKohteitaResult", "VieKohdeTilojaResult"].iter();
    let named = named.find_map(|name| answer.get(name));
    named.unwrap_or(answer)
}
