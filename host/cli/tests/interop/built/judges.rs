// SPDX-License-Identifier: Apache-2.0
use super::message::{APPLICATION, Message};
use xml_testkit::tools;

use crate::project::Project;

/// Whether the programs of the judges below are there.
pub(crate) fn are_present() -> bool {
    tools::are_installed(&["xmlsec1"])
}

/// A message has to satisfy libxmlsec1, and libxml2 in both its layers.
#[track_caller]
pub(crate) fn accept(project: &Project, message: &Message) {
    let verdict = xmlsec1(project, message.document.as_bytes());
    assert!(
        verdict.is_ok(),
        "{}\n{}",
        verdict.unwrap_err(),
        message.document
    );
    if tools::are_installed(&["xmllint"]) {
        for layer in [&message.soap, &message.document] {
            project.write("layer.xml", layer);
            tools::output(
                &project.path(""),
                "xmllint --noout --nonet --huge layer.xml",
            );
        }
    }
}

/// Verifies the signature of an application request up to the authority of the folder.
pub(crate) fn xmlsec1(project: &Project, document: &[u8]) -> Result<(), String> {
    project.write("document.xml", document);
    let ids: String = ["Content", "ApplicationRequest"]
        .iter()
        .map(|name| format!("--id-attr:Id {APPLICATION}:{name} "))
        .collect();
    let command = format!(
        "xmlsec1 --verify --enabled-key-data x509 --trusted-pem pki/ca.pem {ids} document.xml"
    );
    let output = tools::run(&project.path(""), &command);
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}
