// SPDX-License-Identifier: Apache-2.0
//! What is counted.

use anyhow::{Result, anyhow, ensure};
use canonical_xml::{Document, Path};
use silta_benches::{
    Cryptography, Native, SETTINGS,
    documents::{PAYLOAD_PATH, entries, request, sign},
    payload,
};
use soap::Version;
use tulli::wire::{CallContext, Notification, Settings, message_limits, read_call};

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
    Box::new(move || Ok(Native(Constants).upload(&payload)?.len()))
}

fn verifying(document: &str, has_payload: bool) -> Result<Work> {
    let signed = sign(document, &mut Constants)?;
    let path: Path = PAYLOAD_PATH.parse()?;
    Ok(Box::new(move || match has_payload {
        false => Native(Constants).covered(&signed),
        true => Native(Constants).text(&signed, &path, str::len),
    }))
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

/// Digests and signatures that cost nothing.
struct Constants;

impl Cryptography for Constants {
    fn digest(&mut self, _octets: &[u8]) -> Vec<u8> {
        DIGEST.to_vec()
    }

    fn sign(&mut self, _bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
        Ok(SIGNATURE.to_vec())
    }

    fn certificate(&mut self) -> Vec<u8> {
        CERTIFICATE.to_vec()
    }

    fn verifies(&mut self, _bytes: &[u8], _signature: &[u8]) -> bool {
        true
    }
}
