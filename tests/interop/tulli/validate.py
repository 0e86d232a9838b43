# SPDX-License-Identifier: Apache-2.0
"""The schemas in this folder as a judge, by lxml.

`validate.py FILE…` holds each file against the schema of its root: a SOAP envelope by what is in its body, an ApplicationRequest, an
ApplicationResponse. Documents inside, as base64, are judged with it. Prints a JSON object per file: `root` (of what was judged, in
Clark's notation), `valid`, `errors` (with the line each), `inside` (the same for a document inside). Exits with 1 when any is not
valid.
"""

import base64
import binascii
import functools
import json
import pathlib
import sys

from lxml import etree

FOLDER = pathlib.Path(__file__).resolve().parent
SOAP = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
APPLICATION = "http://tulli.fi/schema/external/common/dme/v1"
SCHEMAS = {
    "http://tulli.fi/schema/corporateservice/v1": "WsdlTypes.xsd",
    "http://tulli.fi/schema/notificationservice/v1": "NotificationTypes.xsd",
}
INSIDE = ("ApplicationRequestMessage", "ApplicationResponseMessage")
PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


@functools.cache
def schema(name):
    return etree.XMLSchema(etree.parse(FOLDER / name))


def schema_of(root):
    """The schema that a root is declared in, if any."""
    name = etree.QName(root)
    if name.namespace == APPLICATION and name.localname in ("ApplicationRequest", "ApplicationResponse"):
        return schema(f"{name.localname}.xsd")
    return schema(SCHEMAS[name.namespace]) if name.namespace in SCHEMAS else None


def in_body(root):
    """What stands in the body of an envelope, or the root itself; and an error instead."""
    namespace = etree.QName(root).namespace
    if namespace not in SOAP:
        return root, None
    bodies = root.findall(f"{{{namespace}}}Body")
    if root.tag != f"{{{namespace}}}Envelope" or len(bodies) != 1 or len(bodies[0]) != 1:
        return root, "this is no envelope with one element in one body"
    return bodies[0][0], None


def judge(document):
    """Judges a document."""
    try:
        root, error = in_body(etree.fromstring(document, PARSER))
    except etree.XMLSyntaxError as error:
        return {"root": None, "valid": False, "errors": [f"not XML: {error}"]}
    judgement = {"root": root.tag, "valid": False, "errors": [error] if error else []}
    rules = None if error else schema_of(root)
    if rules is None:
        judgement["errors"] = judgement["errors"] or ["no schema here has this root"]
        return judgement
    # On its own, because libxml2 checks the ids and namespaces of whole documents.
    alone = etree.fromstring(etree.tostring(root), PARSER)
    judgement["valid"] = rules.validate(alone)
    judgement["errors"] = [f"line {entry.line}: {entry.message}" for entry in rules.error_log]
    for element in alone.iterchildren("{*}*"):
        if etree.QName(element).localname in INSIDE:
            inside = judgement["inside"] = judge(decoded(element))
            judgement["valid"] = judgement["valid"] and inside["valid"]
    return judgement


def decoded(element):
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except binascii.Error:
        return b""


def main():
    is_valid = True
    for path in sys.argv[1:]:
        judgement = judge(pathlib.Path(path).read_bytes())
        is_valid = is_valid and judgement["valid"]
        print(json.dumps({"file": path} | judgement))
    sys.exit(0 if is_valid and sys.argv[1:] else 1)


if __name__ == "__main__":
    main()
