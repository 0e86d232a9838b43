# SPDX-License-Identifier: Apache-2.0
"""Signature templates for libxmlsec, which fills in digests, value and certificate."""

from lxml import etree

DS = "http://www.w3.org/2000/09/xmldsig#"
EC = "http://www.w3.org/2001/10/xml-exc-c14n#"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
XML = "http://www.w3.org/XML/1998/namespace"
ENVELOPED = DS + "enveloped-signature"
ID_ATTRIBUTES = ["Id", "ID", "id", f"{{{WSU}}}Id", f"{{{XML}}}id"]


def ids(root):
    """Elements with the local name and the namespace of their Id attribute."""
    for element in root.iter(etree.Element):
        for attribute in ID_ATTRIBUTES:
            if attribute in element.attrib:
                name = etree.QName(attribute)
                yield element, name.localname, name.namespace


def by_id(root, value):
    """The element with that Id; the root when there is none to look for."""
    if not value:
        return root
    for element, local, namespace in ids(root):
        if element.get(etree.QName(namespace, local)) == value:
            return element
    raise ValueError(f"no element has the Id `{value}`")


def add(root, options):
    """Adds a `Signature` without values as the last child of where the options say."""
    into = by_id(root, options["into"])
    signature = child(into, "Signature", nsmap={"ds": DS})
    info = child(signature, "SignedInfo")
    method = child(info, "CanonicalizationMethod", Algorithm=options["method"])
    prefix_list(method, options["method-prefixes"])
    child(info, "SignatureMethod", Algorithm=options["signature"])
    reference = child(info, "Reference", URI=options["reference"])
    transforms = None
    for algorithm in [ENVELOPED] * (options["enveloped"] == "yes") + [options["transform"]]:
        if algorithm:
            transforms = child(reference, "Transforms") if transforms is None else transforms
            transform = child(transforms, "Transform", Algorithm=algorithm)
            prefix_list(transform, options["prefixes"] if algorithm != ENVELOPED else "")
    child(reference, "DigestMethod", Algorithm=options["digest"])
    child(reference, "DigestValue")
    child(signature, "SignatureValue")
    child(child(child(signature, "KeyInfo"), "X509Data"), "X509Certificate")
    return signature


def prefix_list(parent, prefixes):
    if prefixes:
        element = etree.SubElement(parent, f"{{{EC}}}InclusiveNamespaces", nsmap={"ec": EC})
        element.set("PrefixList", prefixes.replace(",", " "))


def child(parent, local, nsmap=None, **attributes):
    return etree.SubElement(parent, f"{{{DS}}}{local}", attrib=attributes, nsmap=nsmap)
