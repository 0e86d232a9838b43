//! Certificates and keys as their users hand them over.

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// All certificates of the text; `None` when there is none, one that cannot be read, or anything else.
pub(crate) fn certificates(pem: &str) -> Option<Vec<CertificateDer<'static>>> {
    sections(pem).filter(|certificates| !certificates.is_empty())
}

/// The private key of the text; `None` when there is none, a second one, or anything else.
pub(crate) fn private_key(pem: &str) -> Option<PrivateKeyDer<'static>> {
    let mut keys = sections(pem)?;
    let key = keys.pop()?;
    keys.is_empty().then_some(key)
}

/// All sections of the text, each of one kind. The library passes over others, and over boundaries that are not at the start of
/// a line; here each of them counts. Byte order marks do not.
fn sections<T: PemObject>(pem: &str) -> Option<Vec<T>> {
    let text = pem.replace('\u{feff}', "");
    let found: Result<Vec<T>, _> = T::pem_slice_iter(text.as_bytes()).collect();
    let boundaries = text.matches("-----BEGIN").count();
    found.ok().filter(|found| found.len() == boundaries)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    #[test]
    fn texts_are_read_whole_or_not_at_all() {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::default();
        let (one, key) = (params.self_signed(&key).unwrap().pem(), key.serialize_pem());
        let two = format!("\u{feff}{one}\u{feff}{one}");
        assert_eq!(certificates(&two).unwrap().len(), 2);
        assert_eq!(certificates(&two.replace('\n', "\r\n")).unwrap().len(), 2);
        for wrong in [
            String::new(),
            format!(" {one}{one}"),
            format!("{one}{key}"),
            format!("{one}{}", one.replace("CERTIFICATE", "TRUSTED CERTIFICATE")),
            format!("{one}-----BEGIN CERTIFICATE-----\n"),
        ] {
            assert!(certificates(&wrong).is_none(), "{wrong}");
        }
        assert!(private_key(&key).is_some());
        for wrong in [one.clone(), format!("{key}{key}"), format!("{key}{one}")] {
            assert!(private_key(&wrong).is_none(), "{wrong}");
        }
    }
}
