#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""python-xmlsec (libxmlsec in process) or signxml: `on_libxml2.py xmlsec|signxml FOLDER DOCUMENT…`.

For each document it reads FOLDER/DOCUMENT.plain.xml and FOLDER/DOCUMENT.signed.xml, and writes lines: document, operation, median in milliseconds, parted by
tabs. The first line is a version.
"""

import sys
import time
from importlib.metadata import version
from pathlib import Path

from lxml import etree

SECONDS = 2.0
LEAST_RUNS = 3


def median(work):
    work()
    times = []
    end = time.perf_counter() + SECONDS
    while len(times) < LEAST_RUNS or time.perf_counter() < end:
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return sorted(times)[len(times) // 2] * 1e3


def parsed(octets):
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return etree.fromstring(octets, parser=parser)


def with_xmlsec(folder):
    import xmlsec

    print(f"python-xmlsec {version('xmlsec')}, libxmlsec {'.'.join(map(str, xmlsec.get_libxmlsec_version()))}")
    private = xmlsec.Key.from_file(str(folder / "key.pem"), xmlsec.constants.KeyDataFormatPem)
    private.load_cert_from_file(str(folder / "certificate.pem"), xmlsec.constants.KeyDataFormatPem)
    public = xmlsec.Key.from_file(str(folder / "certificate.pem"), xmlsec.constants.KeyDataFormatCertPem)

    def sign(octets):
        root = parsed(octets)
        node = xmlsec.template.create(root, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256)
        root.append(node)
        reference = xmlsec.template.add_reference(node, xmlsec.constants.TransformSha256, uri="")
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
        xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(node))
        context = xmlsec.SignatureContext()
        context.key = private
        context.sign(node)
        return etree.tostring(root)

    def verify(octets):
        root = parsed(octets)
        context = xmlsec.SignatureContext()
        context.key = public
        context.verify(xmlsec.tree.find_node(root, xmlsec.constants.NodeSignature))

    return sign, verify


def with_signxml(folder):
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from signxml import XMLSigner, XMLVerifier

    print(f"signxml {version('signxml')}")
    certificate = (folder / "certificate.pem").read_text()
    key = load_pem_private_key((folder / "key.pem").read_bytes(), None)

    def sign(octets):
        signer = XMLSigner(c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
        return etree.tostring(signer.sign(parsed(octets), key=key, cert=certificate))

    def verify(octets):
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        return XMLVerifier().verify(octets, x509_cert=certificate, parser=parser).signed_xml

    return sign, verify


def main():
    name, folder, documents = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    sign, verify = {"xmlsec": with_xmlsec, "signxml": with_signxml}[name](folder)
    for document in documents:
        plain = (folder / f"{document}.plain.xml").read_bytes()
        signed = (folder / f"{document}.signed.xml").read_bytes()
        # Its own comes out as valid, or it has signed something else.
        verify(sign(plain))
        print(f"{document}\tsign\t{median(lambda: sign(plain))}", flush=True)
        print(f"{document}\tverify\t{median(lambda: verify(signed))}", flush=True)


main()
