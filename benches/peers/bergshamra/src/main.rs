// SPDX-License-Identifier: Apache-2.0
//! bergshamra: `bergshamra-peer FOLDER DOCUMENT…`. What it reads and writes is said in `on_libxml2.py`.

use std::{
    env,
    error::Error,
    fs,
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use bergshamra::{
    DsigContext, KeysManager,
    dsig::{sign, verify},
    keys::loader,
};

const TIME: Duration = Duration::from_secs(2);
const LEAST_RUNS: usize = 3;

/// It fills in a template, which is its way of signing.
const TEMPLATE: &str = "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><SignedInfo>\
    <CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
    <SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/><Reference URI=\"\"><Transforms>\
    <Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
    <Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></Transforms>\
    <DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><DigestValue></DigestValue></Reference></SignedInfo>\
    <SignatureValue></SignatureValue></Signature>";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let folder = arguments
        .next()
        .ok_or("usage: bergshamra-peer FOLDER DOCUMENT…")?;
    let folder = Path::new(&folder);
    let mut private = KeysManager::new();
    private.add_key(loader::load_pem_auto(
        &fs::read(folder.join("key.pem"))?,
        None,
    )?);
    let mut public = KeysManager::new();
    public.add_key(loader::load_x509_cert_pem(&fs::read(
        folder.join("certificate.pem"),
    )?)?);
    let (signing, verifying) = (DsigContext::new(private), DsigContext::new(public));
    println!("bergshamra 0.11.1");
    for document in arguments {
        let plain = fs::read_to_string(folder.join(format!("{document}.plain.xml")))?;
        let signed = fs::read_to_string(folder.join(format!("{document}.signed.xml")))?;
        let (before, end) = plain.split_at(plain.rfind("</").ok_or("a document has an end")?);
        let template = format!("{before}{TEMPLATE}{end}");
        let is_valid =
            |text: &str| verify::verify(&verifying, text).is_ok_and(|found| found.is_valid());
        if !is_valid(&signed) || !is_valid(&sign::sign(&signing, &template)?) {
            return Err("the signature does not count".into());
        }
        println!(
            "{document}\tsign\t{}",
            median(|| drop(black_box(sign::sign(&signing, &template))))
        );
        println!(
            "{document}\tverify\t{}",
            median(|| _ = black_box(is_valid(&signed)))
        );
    }
    Ok(())
}

/// Milliseconds.
fn median(mut work: impl FnMut()) -> f64 {
    work();
    let mut times = Vec::new();
    let begun = Instant::now();
    while times.len() < LEAST_RUNS || begun.elapsed() < TIME {
        let begun = Instant::now();
        work();
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}
