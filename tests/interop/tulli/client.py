# SPDX-License-Identifier: Apache-2.0
"""zeep as Customs' customer, and as Customs where it notifies.

`client.py OPERATION URL [NAME=VALUE…]` calls and prints the typed answer as one JSON object: `answer`, or `fault`. Operations and their
options are those of interface.py (see also ../README.md); besides, `ca` is a PEM file that the server's certificate has to go back to,
`certificate` and `key` are the caller's own, and the answer is kept in the file `answer` as it came. Exits with 0 when an answer or a fault came, with 2 otherwise.
"""

import json
import pathlib
import sys

import interface
import requests
import zeep

CONNECTION = ("ca", "certificate", "key", "answer")


class Keeping(zeep.Transport):
    """Keeps the last answer in a file."""

    def __init__(self, path, **more):
        super().__init__(**more)
        self.path = path

    def post(self, address, message, headers):
        response = super().post(address, message, headers)
        if self.path:
            pathlib.Path(self.path).write_bytes(response.content)
        return response


def transport(found):
    session = requests.Session()
    session.trust_env = False  # no proxies, no trust from outside
    session.verify = found["ca"] or True
    if found["certificate"]:
        session.cert = (found["certificate"], found["key"])
    return Keeping(found["answer"], session=session, operation_timeout=130)


def call(name, url, words):
    found = interface.options(name, words, CONNECTION)
    operation = interface.Operation(name, found, transport(found))
    try:
        answer = operation.call(url)
    except zeep.exceptions.Fault as error:
        return {"fault": interface.fault(error)}
    result = {"answer": interface.plain(answer)}
    document = name == "download" and answer.ApplicationResponseMessage
    if document:
        result["applicationResponse"] = interface.plain(operation.application_response(document))
    return result


def main():
    try:
        match sys.argv[1:]:
            case [name, url, *words]:
                print(json.dumps(call(name, url, words)))
            case _:
                raise interface.Usage("client.py OPERATION URL [NAME=VALUE…]")
    except (interface.Usage, zeep.exceptions.Error, requests.RequestException) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
