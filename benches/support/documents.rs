// SPDX-License-Identifier: Apache-2.0
//! Documents that are verified.

use std::convert::Infallible;

use anyhow::{Context, Error, Result};
use canonical_xml::{Document, Limits};
use xml_signature::{DocumentSigning, SignatureAlgorithm, prepare_document};

use crate::{Cryptography, key_and_certificate};

/// Where the payload stands.
pub const PAYLOAD_PATH: &str = "/Request/Content";

/// Payment-like entries in the document that is nearly all markup; with them it has about 2 MB.
const ENTRIES: usize = 6900;

/// A request with a payload, pretty-printed as senders do.
pub fn request(payload: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Request xmlns=\"urn:example:request\">\n  <Sender>1234567-1</Sender>\n  \
         <Sent>2026-01-15T09:30:00.000+02:00</Sent>\n  <Name>declarations &amp; attachments.xml</Name>\n  \
         <Kind>export</Kind>\n  <Content>{payload}</Content>\n</Request>\n"
    )
}

/// Many small elements with some attributes, references and white space between.
pub fn entries() -> String {
    let entry = |number: usize| {
        format!(
            "<Entry><Ids><Id>I{number:06}</Id><Trace>T{number:06}</Trace></Ids><Sum><Value Currency=\"EUR\">{}.{:02}</Value></Sum>\
             <Party><Name>Party &amp; Co {number}</Name></Party><Account><Id><Iban>FI{number:016}</Iban></Id></Account>\
             <Note><Text>Invoice {number}</Text></Note></Entry>\n",
            number % 9999,
            number % 100
        )
    };
    let entries: String = (0..ENTRIES).map(entry).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:example:entries\"><Entries>\n{entries}</Entries></Document>\n"
    )
}

/// Wide enough for the largest of them.
pub fn limits() -> Limits {
    Limits {
        bytes: 64 << 20,
        text_length: 64 << 20,
        events: 16 << 20,
        ..Limits::default()
    }
}

/// Signs the whole document, enveloped, with RSA and SHA-256, certificate included.
///
/// # Errors
/// When the document is not XML, or the key does not sign.
pub fn sign(document: &str, cryptography: &mut impl Cryptography) -> Result<Vec<u8>> {
    let parsed = Document::parse(document.as_bytes(), &limits())?;
    let mut signing = DocumentSigning::new(&parsed, SignatureAlgorithm::RsaSha256);
    signing.certificates = vec![cryptography.certificate()];
    let prepared = prepare_document(signing, |_, form| {
        let mut octets = Vec::new();
        let written = form.write(&mut octets);
        Ok::<_, Infallible>(written.map(|()| cryptography.digest(&octets)))
    })?;
    let value = cryptography.sign(prepared.signed_info());
    let insertion = prepared.complete(&value.map_err(Error::msg)?)?;
    insertion
        .apply(document.as_bytes())
        .context("the signature fits the document")
}

/// DER of the certificate.
pub(crate) fn certificate() -> Result<Vec<u8>> {
    let (_, pem) = key_and_certificate()?;
    let lines = pem.lines().filter(|line| !line.starts_with("---"));
    Ok(base64_simd::STANDARD.decode_to_vec(lines.collect::<String>())?)
}
