# SPDX-License-Identifier: Apache-2.0
"""zeep as Suomi.fi messages, calling a return channel by the description in this folder.

`client.py OPERATION URL NAME=VALUE…` calls, and prints the typed answer as one JSON object: `answer`, or `fault`. OPERATION is VieKohteita or
VieKohdeTiloja. Options:
  request            JSON: what the operation is called with, by the names of the description (attributes like elements)
  ca                 PEM: where the receiver's certificate has to go back to
  key, certificate   PEM: with them the call is signed by zeep's BinarySignature, Timestamp and Body
  algorithms         sha1 (the default), or sha256
  sent, answer       files in which the call and the answer are kept as they were
Exits with 0 when an answer or a fault came, with 2 otherwise.
"""

import datetime
import json
import pathlib
import sys

import requests
import xmlsec
import zeep
from zeep.helpers import serialize_object
from zeep.wsse.signature import BinarySignature
from zeep.wsse.utils import WSU, get_security_header

FOLDER = pathlib.Path(__file__).resolve().parent
NAMESPACE = "http://www.suomi.fi/asiointitili"
OPERATIONS = ("VieKohteita", "VieKohdeTiloja")
OPTIONS = {
    "request": None,
    "ca": None,
    "key": "",
    "certificate": "",
    "algorithms": "sha1",
    "sent": "",
    "answer": "",
}
ALGORITHMS = {
    "sha1": (xmlsec.Transform.RSA_SHA1, xmlsec.Transform.SHA1),
    "sha256": (xmlsec.Transform.RSA_SHA256, xmlsec.Transform.SHA256),
}
MINUTE = datetime.timedelta(seconds=60)


class Usage(Exception):
    """The command line is wrong."""


class Keeping(zeep.Transport):
    """Keeps the last call and its answer in files."""

    def __init__(self, sent, answer, **more):
        super().__init__(**more)
        self.sent, self.answer = sent, answer

    def post(self, address, message, headers):
        keep(self.sent, message)
        response = super().post(address, message, headers)
        keep(self.answer, response.content)
        return response


class Signature(BinarySignature):
    """Makes the Timestamp first, which zeep signs if there is one."""

    def apply(self, envelope, headers):
        created = datetime.datetime.now(datetime.timezone.utc)
        timestamp = WSU.Timestamp(WSU.Created(moment(created)), WSU.Expires(moment(created + MINUTE)))
        get_security_header(envelope).append(timestamp)
        return super().apply(envelope, headers)

    def verify(self, envelope):
        return envelope  # whether answers are to be signed is not published


def keep(path, content):
    if path:
        pathlib.Path(path).write_bytes(content)


def moment(at):
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def options(words):
    found = dict(OPTIONS)
    for word in words:
        name, _, value = word.partition("=")
        if name not in found:
            raise Usage(f"no option `{name}`; there are {', '.join(OPTIONS)}")
        found[name] = value
    missing = [name for name, value in found.items() if value is None]
    if missing:
        raise Usage(f"it needs {', '.join(missing)}")
    if found["algorithms"] not in ALGORITHMS:
        raise Usage("algorithms is sha1 or sha256")
    return found


def signature(found):
    if not found["key"]:
        return None
    method, digest = ALGORITHMS[found["algorithms"]]
    return Signature(found["key"], found["certificate"], signature_method=method, digest_method=digest)


def call(name, url, words):
    if name not in OPERATIONS:
        raise Usage(f"no operation `{name}`; there are {', '.join(OPERATIONS)}")
    found = options(words)
    session = requests.Session()
    session.trust_env = False  # no proxies, no trust from outside
    session.verify = found["ca"]
    transport = Keeping(found["sent"], found["answer"], session=session, operation_timeout=130)
    settings = zeep.Settings(strict=True, xml_huge_tree=True)
    description = str(FOLDER / "viranomaispaluukanava.wsdl")
    client = zeep.Client(description, transport=transport, settings=settings, wsse=signature(found))
    service = client.create_service(f"{{{NAMESPACE}}}ViranomaisPaluukanavaSoap", url)
    arguments = json.loads(pathlib.Path(found["request"]).read_text(encoding="utf-8"))
    try:
        answer = getattr(service, name)(**arguments, _soapheaders={"paluukanavaUrl": url})
    except zeep.exceptions.Fault as error:
        return {"fault": {"code": error.code, "text": error.message}}
    return {"answer": serialize_object(answer, dict)}


def main():
    try:
        match sys.argv[1:]:
            case [name, url, *words]:
                print(json.dumps(call(name, url, words)))
            case _:
                raise Usage("client.py OPERATION URL NAME=VALUE…")
    except (Usage, zeep.exceptions.Error, requests.RequestException) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
