# SPDX-License-Identifier: Apache-2.0
"""libxml2 as a judge of canonical bytes: called directly (ctypes), and through lxml where lxml does what the recommendation says.

Requests come on standard input, one JSON object per line: `file`, `method` (the identifier of the algorithm), `prefixes` (a list;
`#default` is the default namespace), `element` (the number of the apex in document order from 0, or null for the whole
document) and `without` (the number of an element that is left out with all that is in it, or null). Each is answered with one JSON object: `libxml2` and `lxml` with base64, or null where that one does not apply, or
`error` where libxml2 refuses the document.
"""

import base64
import ctypes
import ctypes.util
import json
import sys
from functools import lru_cache

from lxml import etree

C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
C14N11 = "http://www.w3.org/2006/12/xml-c14n11"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
# Values of libxml2's `xmlC14NMode`.
MODES = {C14N: 0, EXCLUSIVE: 1, C14N11: 2}
PARSE_OPTIONS = 1 << 11 | 1 << 5 | 1 << 6  # no network, no warnings, no error texts on standard error

library = ctypes.CDLL(ctypes.util.find_library("xml2"))
pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
for name, result, arguments in [
    ("xmlReadMemory", pointer, [text, number, text, text, number]),
    ("xmlFreeDoc", None, [pointer]),
    ("xmlXPathNewContext", pointer, [pointer]),
    ("xmlXPathFreeContext", None, [pointer]),
    ("xmlXPathEvalExpression", pointer, [text, pointer]),
    ("xmlXPathFreeObject", None, [pointer]),
    ("xmlC14NDocDumpMemory", number, [pointer, pointer, number, pointer, number, pointer]),
]:
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments


class XPathObject(ctypes.Structure):
    """The beginning of libxml2's `xmlXPathObject`."""

    _fields_ = [("type", number), ("nodes", pointer)]


def libxml2(content, method, prefixes, selection):
    """Canonical bytes from libxml2's own function over a node set, as XML Signature defines it; None when it refuses."""
    base, _, comments = method.partition("WithComments") if method.endswith("WithComments") else (method, "", None)
    mode = MODES[base if base == EXCLUSIVE else base.rstrip("#")]
    document = library.xmlReadMemory(content, len(content), None, None, PARSE_OPTIONS)
    if not document:
        return None
    context = library.xmlXPathNewContext(document)
    selected = library.xmlXPathEvalExpression(selection, context) if selection else None
    nodes = ctypes.cast(selected, ctypes.POINTER(XPathObject)).contents.nodes if selected else None
    names = (text * (len(prefixes) + 1))(*[prefix.encode() for prefix in prefixes], None)
    out = pointer()
    length = library.xmlC14NDocDumpMemory(document, nodes, mode, names, comments is not None, ctypes.byref(out))
    found = ctypes.string_at(out, length) if length >= 0 and out else None
    free(out)
    if selected:
        library.xmlXPathFreeObject(selected)
    library.xmlXPathFreeContext(context)
    library.xmlFreeDoc(document)
    return found


def free(memory):
    """`xmlFree` is a variable that holds a function."""
    if memory:
        ctypes.CFUNCTYPE(None, pointer)(ctypes.c_void_p.in_dll(library, "xmlFree").value)(memory)


def expression(element, without):
    """The node set as XPath: nodes, attributes and namespaces (Canonical XML 1.0 §2.1); None for all of them."""
    inside = "count(ancestor-or-self::node() | (//*)[{}]) {} count(ancestor-or-self::node())"
    conditions = [inside.format(element + 1, "=")] if element is not None else []
    conditions += [inside.format(without + 1, "!=")] if without is not None else []
    return f"(//. | //@* | //namespace::*)[{' and '.join(conditions)}]".encode() if conditions else None


@lru_cache(maxsize=8)
def parsed(content):
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)).getroottree()


def through_lxml(content, method, prefixes, element):
    """The same through lxml, which copies a subtree before it writes it: what ancestors declare is lost, so only what does not
    depend on them is asked. It drops `#default` from a list as well, as no document has a prefix of that name."""
    exclusive = method.startswith(EXCLUSIVE)
    if method.startswith(C14N11) or "#default" in prefixes or (element is not None and (not exclusive or prefixes)):
        return None
    tree = parsed(content)
    if element is not None:
        tree = list(tree.getroot().iter(etree.Element))[element]
    return etree.tostring(
        tree,
        method="c14n",
        exclusive=exclusive,
        with_comments=method.endswith("WithComments"),
        inclusive_ns_prefixes=prefixes or None,
    )


def answer(request):
    with open(request["file"], "rb") as file:
        content = file.read()
    method, prefixes, element, without = (request[name] for name in ("method", "prefixes", "element", "without"))
    direct = libxml2(content, method, prefixes, expression(element, without))
    if direct is None:
        return {"error": "libxml2 refuses the document or the canonicalisation"}
    other = through_lxml(content, method, prefixes, element) if without is None else None
    return {"libxml2": encoded(direct), "lxml": encoded(other)}


def encoded(octets):
    return None if octets is None else base64.b64encode(octets).decode()


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
