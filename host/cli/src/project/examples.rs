// SPDX-License-Identifier: Apache-2.0
//! Example files for each agency: what goes to it, what comes back, and what it calls with.

use silta_simulators::{
    customs::{CustomsSetup, ReplyKind, ReplyPlan, SampleUpload, Samples, SigningIdentity},
    vero,
};

use super::{
    certificates::Certificates,
    companies::{TEST_COMPANY, TEST_DECLARANT},
    configuration::{Contents, ExampleAgency},
};
use crate::failure::Failure;

/// The example declaration, relative to the folder.
pub(crate) const DECLARATION: &str = "examples/declaration.xml";

/// The parameters of its upload.
pub(crate) const PARAMETERS: &str = "examples/upload.json";

/// Customs' answer to the upload.
pub(crate) const UPLOAD_ANSWER: &str = "examples/upload-answer.xml";

/// Parameters to fetch Customs' reply.
pub(crate) const DOWNLOAD: &str = "examples/download.json";

/// Customs' answer to that: the reply, signed.
pub(crate) const DOWNLOAD_ANSWER: &str = "examples/download-answer.xml";

/// Customs' call that tells of the reply.
pub(crate) const NOTIFY_REQUEST: &str = "examples/notify-request.xml";

/// Parameters to register with the Tax Administration.
pub(crate) const REGISTER_PUSH: &str = "examples/register-push.json";

/// The Tax Administration's answer to that: nothing.
pub(crate) const REGISTER_PUSH_ANSWER: &str = "examples/register-push-answer.json";

/// A notification that the Tax Administration pushes.
pub(crate) const PUSH: &str = "examples/push.json";

/// A message to a citizen, for Suomi.fi by REST and by mail.
pub(crate) const SUOMIFI_MESSAGE: &str = "examples/suomifi-message.json";

const DECLARATION_TEMPLATE: &str = include_str!("../../templates/declaration.xml");
const PARAMETERS_TEMPLATE: &str = include_str!("../../templates/upload.json");
const DOWNLOAD_TEMPLATE: &str = include_str!("../../templates/download.json");
const SUOMIFI_MESSAGE_TEMPLATE: &str = include_str!("../../templates/suomifi-message.json");
const REGISTER_PUSH_TEMPLATE: &str = include_str!("../../templates/register-push.json");

/// A file, by its path in the folder.
type File = (&'static str, Vec<u8>);

/// The example files of the agencies.
pub(super) fn files(
    contents: &Contents,
    certificates: &Certificates,
) -> Result<Vec<File>, Failure> {
    let mut files = Vec::new();
    if contents.has(ExampleAgency::Tulli) {
        files.extend(tulli(certificates)?);
    }
    if contents.has(ExampleAgency::Vero) {
        files.extend(vero_files());
    }
    if contents.sends_suomifi() {
        let message = SUOMIFI_MESSAGE_TEMPLATE.as_bytes().to_vec();
        files.push((SUOMIFI_MESSAGE, message));
    }
    Ok(files)
}

fn tulli(certificates: &Certificates) -> Result<[File; 6], Failure> {
    let samples = samples(certificates)
        .ok_or_else(|| Failure::internal("examples.not-made", "no example reply can be signed"))?;
    let filled = |template: &str| {
        let text = template.replace("{{declarant}}", TEST_DECLARANT);
        let text = text.replace("{{storage-id}}", &samples.storage_id);
        text.into_bytes()
    };
    Ok([
        (DECLARATION, filled(DECLARATION_TEMPLATE)),
        (PARAMETERS, filled(PARAMETERS_TEMPLATE)),
        (DOWNLOAD, filled(DOWNLOAD_TEMPLATE)),
        (UPLOAD_ANSWER, samples.upload_answer),
        (DOWNLOAD_ANSWER, samples.download_answer),
        (NOTIFY_REQUEST, samples.notify_request),
    ])
}

/// What the simulated Customs says of an upload like the example, its reply signed with the folder's key.
fn samples(certificates: &Certificates) -> Option<Samples> {
    let named = certificates.named();
    let of = |name: &str| named.iter().find(|(known, _)| *known == name);
    let (_, server) = of("customs")?;
    let (_, authority) = of("ca")?;
    let (_, signing) = of("customs-signing")?;
    let anchors = authority.certificate.as_str();
    let (chain, key) = (&server.certificate, &server.private_key);
    let mut setup = CustomsSetup::new(chain, key, anchors, anchors);
    setup.replies = ReplyPlan::always(ReplyKind::XmlAndPdf);
    setup.reply_signing = Some(SigningIdentity {
        certificates_pem: signing.certificate.clone(),
        key_pem: signing.private_key.clone(),
    });
    let upload = SampleUpload {
        intermediary: TEST_COMPANY.to_owned(),
        builder: TEST_COMPANY.to_owned(),
        declarant: TEST_DECLARANT.to_owned(),
        application: "INTRASTAT".to_owned(),
        reference: "EXAMPLE-1".to_owned(),
    };
    Samples::write(&setup, &upload).ok()
}

fn vero_files() -> [File; 3] {
    let pushed = vero::Notification::new(vero::Environment::Test, 17, "TAXCARD_CHANGED", 42).body();
    [
        (REGISTER_PUSH, REGISTER_PUSH_TEMPLATE.as_bytes().to_vec()),
        (REGISTER_PUSH_ANSWER, Vec::new()),
        (PUSH, pushed.into_bytes()),
    ]
}
