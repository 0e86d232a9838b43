# SPDX-License-Identifier: Apache-2.0
"""The program xmlsec1 as a peer: a template from template.py, one process per command, no libxmlsec in this one."""

import subprocess
import tempfile
from pathlib import Path

import peer
from lxml import etree
from template import add, ids

PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, strip_cdata=False)


def sign(key, certificate, source, options):
    root = etree.fromstring(source, PARSER)
    add(root, options)
    document = etree.tostring(root.getroottree(), encoding="UTF-8")
    with tempfile.TemporaryDirectory() as folder:
        files(folder, {"key.pem": key, "certificate.pem": certificate, "document.xml": document})
        words = ["--sign", "--privkey-pem", "key.pem,certificate.pem", "--output", "signed.xml"]
        run(folder, [*words, *id_attributes(root), "document.xml"], peer.Cannot)
        return Path(folder, "signed.xml").read_bytes()


def verify(certificate, source, options):
    root = etree.fromstring(source, PARSER)
    with tempfile.TemporaryDirectory() as folder:
        files(folder, {"certificate.pem": certificate, "document.xml": source})
        # The certificates are self-signed: the one that is expected is the authority too.
        words = ["--verify", "--enabled-key-data", "x509", "--trusted-pem", "certificate.pem"]
        run(folder, [*words, *id_attributes(root), "document.xml"], peer.Refused)


def files(folder, contents):
    for name, content in contents.items():
        Path(folder, name).write_bytes(content)


def id_attributes(root):
    """Says which attributes are Ids: libxmlsec knows none by itself."""
    words = []
    for element, name, _ in ids(root):
        tag = etree.QName(element)
        words += [f"--id-attr:{name}", f"{tag.namespace}:{tag.localname}" if tag.namespace else tag.localname]
    return words


def run(folder, words, failure):
    done = subprocess.run(["xmlsec1", *words], cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        if "invalid transform" in done.stderr or "xmlSecTransformIdListFindByHref" in done.stderr:
            raise peer.Cannot("has no such algorithm")
        raise failure(done.stderr)


if __name__ == "__main__":
    peer.main(sign, verify)
