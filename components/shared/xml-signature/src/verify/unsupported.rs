// SPDX-License-Identifier: Apache-2.0
//! Names of registered algorithms that are not supported, so that a refusal can say which one it met. What is not registered is never repeated: it
//! is content.

use canonical_xml::ElementRef;

/// Identifiers (XML Signature 1.1 §6, RFC 9231 §2, XML Encryption 1.1 §5.8, WS-Security 1.1 §8.3) and what people call them.
const REGISTERED: [(&str, &str); 33] = [
    ("http://www.w3.org/2000/09/xmldsig#hmac-sha1", "HMAC-SHA1"),
    (
        "http://www.w3.org/2001/04/xmldsig-more#hmac-md5",
        "HMAC-MD5",
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha224",
        "HMAC-SHA224",
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "HMAC-SHA256",
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha384",
        "HMAC-SHA384",
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512",
        "HMAC-SHA512",
    ),
    (
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "DSA with SHA-1",
    ),
    (
        "http://www.w3.org/2009/xmldsig11#dsa-sha256",
        "DSA with SHA-256",
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "RSA with MD5",
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160",
        "RSA with RIPEMD-160",
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha224",
        "RSA with SHA-224",
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
        "ECDSA with SHA-1",
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha224",
        "ECDSA with SHA-224",
    ),
    (
        "http://www.w3.org/2007/05/xmldsig-more#ecdsa-ripemd160",
        "ECDSA with RIPEMD-160",
    ),
    (
        "http://www.w3.org/2007/05/xmldsig-more#rsa-pss",
        "RSASSA-PSS with parameters in the document",
    ),
    (
        "http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1",
        "RSASSA-PSS with SHA-1",
    ),
    (
        "http://www.w3.org/2007/05/xmldsig-more#sha224-rsa-MGF1",
        "RSASSA-PSS with SHA-224",
    ),
    (
        "http://www.w3.org/2007/05/xmldsig-more#sha3-256-rsa-MGF1",
        "RSASSA-PSS with SHA3-256",
    ),
    (
        "http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-256",
        "ECDSA with SHA3-256",
    ),
    (
        "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
        "Ed25519",
    ),
    (
        "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed448",
        "Ed448",
    ),
    ("http://www.w3.org/2001/04/xmldsig-more#md5", "MD5"),
    ("http://www.w3.org/2001/04/xmldsig-more#sha224", "SHA-224"),
    ("http://www.w3.org/2001/04/xmlenc#ripemd160", "RIPEMD-160"),
    (
        "http://www.w3.org/2007/05/xmldsig-more#sha3-224",
        "SHA3-224",
    ),
    (
        "http://www.w3.org/2007/05/xmldsig-more#sha3-256",
        "SHA3-256",
    ),
    (
        "http://www.w3.org/2007/05/xmldsig-more#sha3-384",
        "SHA3-384",
    ),
    (
        "http://www.w3.org/2007/05/xmldsig-more#sha3-512",
        "SHA3-512",
    ),
    ("http://www.w3.org/TR/1999/REC-xslt-19991116", "XSLT"),
    ("http://www.w3.org/TR/1999/REC-xpath-19991116", "XPath"),
    (
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "XPath Filter 2.0",
    ),
    (
        "http://www.w3.org/2002/07/decrypt#XML",
        "the decryption transform",
    ),
    (
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform",
        "STR-Transform",
    ),
];

/// What the element names, if that is registered and not supported.
pub(super) fn name(element: ElementRef<'_>) -> Option<&'static str> {
    let identifier = element.attribute("", "Algorithm")?;
    let registered = REGISTERED.iter().find(|(uri, _)| *uri == identifier);
    registered.map(|(_, name)| *name)
}
