# SPDX-License-Identifier: Apache-2.0
"""signxml as a peer."""

import peer
import signxml
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from lxml import etree
from signxml import SignatureConfiguration, XMLSigner, XMLVerifier, methods
from signxml.exceptions import InvalidDigest, InvalidInput, InvalidSignature
from signxml.signer import SignatureReference
from template import DS, by_id, ids

PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, strip_cdata=False)


def sign(key, certificate, source, options):
    if options["prefixes"] and options["enveloped"] == "yes":
        raise peer.Cannot("writes no PrefixList into the transforms of an enveloped signature")
    if not options["transform"]:
        raise peer.Cannot("takes Canonical XML 1.1 for a reference without a transform")
    root = etree.fromstring(source, PARSER)
    into = by_id(root, options["into"])
    signer = signer_of(options)
    common = {
        "key": load_pem_private_key(key, None),
        "cert": certificate.decode(),
        "inclusive_ns_prefixes": options["method-prefixes"].split(",") if options["method-prefixes"] else None,
    }
    if options["reference"]:
        prefixes = options["prefixes"].split(",") if options["prefixes"] else []
        method = signxml.CanonicalizationMethod(options["transform"])
        common["reference_uri"] = [SignatureReference(options["reference"], method, prefixes)]
    elif options["transform"] != options["method"] or any(element is root for element, *_ in ids(root)):
        raise peer.Cannot("refers to the document by an empty URI only when the root has no Id, and with one method for all")
    if options["enveloped"] == "yes":
        etree.SubElement(into, f"{{{DS}}}Signature", nsmap={"ds": DS}).set("Id", "placeholder")
        return etree.tostring(signer.sign(root, **common).getroottree(), encoding="UTF-8")
    into.append(signer.sign(root, **common))
    return etree.tostring(root.getroottree(), encoding="UTF-8")


def signer_of(options):
    form = methods.enveloped if options["enveloped"] == "yes" else methods.detached
    try:
        return XMLSigner(form, options["signature"], options["digest"], options["method"])
    except InvalidInput as error:
        raise peer.Cannot(str(error)) from error


def verify(certificate, source, options):
    try:
        XMLVerifier().verify(
            source,
            x509_cert=certificate.decode(),
            parser=PARSER,
            expect_config=SignatureConfiguration(location=".//"),
        )
    except (InvalidDigest, InvalidSignature) as error:
        raise peer.Refused(str(error)) from error


if __name__ == "__main__":
    peer.main(sign, verify)
