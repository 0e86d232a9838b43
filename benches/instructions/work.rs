// SPDX-License-Identifier: Apache-2.0
//! What is counted.

use std::{convert::Infallible, ops::Range};

use anyhow::{Context, Result, anyhow, ensure};
use canonical_xml::{Base64Text, Document, Element, Path, to_bytes};
use silta_benches::{
    PARAMETERS, SETTINGS,
    documents::{PAYLOAD_PATH, entries, limits, request},
    payload,
};
use soap::Version;
use tulli::wire::{
    self, Asking, CallContext, Moment, Notification, Settings, Signer, UploadParameters,
    message_limits, read_call,
};
use xml_signature::{
    Backend, DigestAlgorithm, Digestible, DocumentSigning, KeyRefusal, Policy, SignatureAlgorithm,
    SignerRefusal, Undigestible, VerificationAlgorithm, VerificationDigest, prepare_document,
    verify,
};

/// Each piece of work, and how many times it is done to count it.
pub(crate) const ALL: [(&str, u32); 4] = [
    ("upload/10KiB", 10),
    ("verify/10KiB", 10),
    ("verify/tags", 1),
    ("notification/tulli", 10),
];

/// Bytes of the payloads.
const PAYLOAD: usize = 10 << 10;

/// In the place of a digest of SHA-256.
const DIGEST: [u8; 32] = [0x5a; 32];

/// In the place of a signature of RSA-2048.
const SIGNATURE: [u8; 256] = [0xa5; 256];

/// In the place of a certificate: its bytes are carried, and nobody looks into them here.
const CERTIFICATE: [u8; 800] = [0x30; 800];

const MOMENT: Moment<'_> = Moment("2026-01-01T00:00:00Z");

const CALL: &str = "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"><e:Body>\
    <NotifyRequest xmlns=\"http://tulli.fi/schema/notificationservice/v1\"><RequestHeader>\
    <IntermediaryBusinessId>0245442-8</IntermediaryBusinessId><Timestamp>2026-07-01T03:00:00+03:00</Timestamp></RequestHeader>\
    <MessageInformation><MessageStorageId>2026070100000001</MessageStorageId><Reference>DECLARATION-1</Reference></MessageInformation>\
    </NotifyRequest></e:Body></e:Envelope>";

/// Work to be done again and again; returns a size.
type Work = Box<dyn FnMut() -> Result<usize>>;

/// The work of that name.
pub(crate) fn named(name: &str) -> Result<Work> {
    match name {
        "upload/10KiB" => Ok(uploading()),
        "verify/10KiB" => {
            let text = base64_simd::STANDARD.encode_to_string(payload(PAYLOAD));
            verifying(&request(&text), true)
        }
        "verify/tags" => verifying(&entries(), false),
        "notification/tulli" => Ok(notified()),
        _ => Err(anyhow!("there is no work `{name}`")),
    }
}

fn uploading() -> Work {
    let payload = payload(PAYLOAD);
    Box::new(move || {
        let settings: Settings = serde_json::from_str(SETTINGS)?;
        let parameters: UploadParameters = serde_json::from_str(PARAMETERS)?;
        let content = base64(&payload);
        let request = wire::application_request(
            &settings,
            &parameters,
            ("BENCHMARK", MOMENT),
            content,
            &mut Constants,
        )
        .map_err(|_| anyhow!("it cannot be signed"))?;
        let request = to_bytes(&request)?;
        let asking = Asking::Upload(base64(&request));
        Ok(to_bytes(&wire::soap_request(
            &settings,
            ("BENCHMARK", MOMENT),
            asking,
        ))?
        .len())
    })
}

fn base64(bytes: &[u8]) -> Base64Text<Vec<u8>> {
    Base64Text::promise(base64_simd::STANDARD.encode_to_string(bytes).into_bytes())
}

fn verifying(document: &str, has_payload: bool) -> Result<Work> {
    let signed = sign(document)?;
    let path: Path = PAYLOAD_PATH.parse()?;
    Ok(Box::new(move || {
        let document = Document::parse(&signed, &limits())?;
        let verified = verify(&document, &Policy::default(), &mut Constants)
            .map_err(|error| anyhow!("it does not count: {error:?}"))?;
        if !has_payload {
            return Ok(verified.covered().len());
        }
        let content = verified.element(&path).context("it is covered")?;
        let text = content.text().to_str().context("it is in memory")?.len();
        Ok(text)
    }))
}

fn sign(document: &str) -> Result<Vec<u8>> {
    let parsed = Document::parse(document.as_bytes(), &limits())?;
    let mut signing = DocumentSigning::new(&parsed, SignatureAlgorithm::RsaSha256);
    signing.certificates = vec![CERTIFICATE.to_vec()];
    let prepared = prepare_document(signing, |_, _| Ok::<_, Infallible>(Ok(DIGEST.to_vec())))?;
    let insertion = prepared.complete(&SIGNATURE)?;
    insertion
        .apply(document.as_bytes())
        .context("the signature fits the document")
}

fn notified() -> Work {
    let context = CallContext {
        version: Version::V12,
        charset: None,
        action: None,
        path: "/tulli/notify".into(),
    };
    Box::new(move || {
        let settings: Settings = serde_json::from_str(SETTINGS)?;
        let body = Document::parse(CALL.as_bytes(), &message_limits())?;
        let call = read_call(&settings, &context, &Ok(body));
        let (notification, _) = call.map_err(|_| anyhow!("it is not understood"))?;
        ensure!(
            matches!(notification, Notification::MessageWaits(_)),
            "it is another call"
        );
        Ok(1)
    })
}

/// Whoever signs and verifies, with constants.
struct Constants;

impl Signer for Constants {
    type Blob = Vec<u8>;
    type Error = &'static str;

    fn digest(
        &mut self,
        _algorithm: DigestAlgorithm,
        element: &Element<Vec<u8>>,
    ) -> Result<Vec<u8>, Self::Error> {
        to_bytes(element).map_err(|_| "it cannot be written")?;
        Ok(DIGEST.to_vec())
    }

    fn sign(
        &mut self,
        _algorithm: SignatureAlgorithm,
        _bytes: &[u8],
    ) -> Result<Vec<u8>, Self::Error> {
        Ok(SIGNATURE.to_vec())
    }

    fn certificates(&mut self) -> Result<Vec<Vec<u8>>, Self::Error> {
        Ok(vec![CERTIFICATE.to_vec()])
    }
}

impl Backend for Constants {
    type Error = Infallible;
    type Signer = ();

    fn digest(
        &mut self,
        _algorithm: VerificationDigest,
        input: Digestible<'_>,
    ) -> Result<Result<Vec<u8>, Undigestible>, Infallible> {
        let Digestible::Canonical(form) = input else {
            return Ok(Err(Undigestible::Base64));
        };
        let mut octets = Vec::new();
        let written = form.write(&mut octets).map_err(Undigestible::from);
        Ok(written.map(|()| DIGEST.to_vec()))
    }

    fn read(&mut self, _range: Range<u64>, _into: &mut Vec<u8>) -> Result<(), Infallible> {
        Ok(())
    }

    fn pinned(&mut self) -> Result<Vec<Vec<u8>>, Infallible> {
        Ok(Vec::new())
    }

    fn verify(
        &mut self,
        _algorithm: VerificationAlgorithm,
        _key: &[u8],
        _bytes: &[u8],
        _signature: &[u8],
    ) -> Result<Result<(), KeyRefusal>, Infallible> {
        Ok(Ok(()))
    }

    fn identify(&mut self, _chain: &[&[u8]]) -> Result<Result<(), SignerRefusal>, Infallible> {
        Ok(Ok(()))
    }
}
