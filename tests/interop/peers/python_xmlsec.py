# SPDX-License-Identifier: Apache-2.0
"""python-xmlsec (libxmlsec with its own libxml2) as a peer: it fills a template that is written here."""

import peer
import xmlsec
from lxml import etree
from template import add, ids

PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, strip_cdata=False)


def sign(key, certificate, source, options):
    root = etree.fromstring(source, PARSER)
    signature = add(root, options)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(key, xmlsec.constants.KeyDataFormatPem)
    context.key.load_cert_from_memory(certificate, xmlsec.constants.KeyDataFormatPem)
    register(context, root)
    try:
        context.sign(signature)
    except xmlsec.Error as error:
        raise peer.Cannot(str(error)) from error
    return etree.tostring(root.getroottree(), encoding="UTF-8")


def verify(certificate, source, options):
    root = etree.fromstring(source, PARSER)
    signature = xmlsec.tree.find_node(root, xmlsec.constants.NodeSignature)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(certificate, xmlsec.constants.KeyDataFormatCertPem)
    register(context, root)
    try:
        context.verify(signature)
    except xmlsec.VerificationError as error:
        raise peer.Refused(str(error)) from error


def register(context, root):
    """Says which attributes are Ids: libxmlsec knows none by itself."""
    for element, name, namespace in ids(root):
        context.register_id(element, name, namespace)


if __name__ == "__main__":
    peer.main(sign, verify)
