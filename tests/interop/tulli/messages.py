# SPDX-License-Identifier: Apache-2.0
"""What zeep would send, and what it makes of an answer, without a network.

`messages.py write OPERATION [NAME=VALUE…]` prints a JSON object with `headers` (HTTP) and `body` (the envelope) of a request;
`messages.py read OPERATION STATUS CONTENT-TYPE FILE [NAME=VALUE…]` prints `answer` or `fault` for the answer in a file, whose
options name the binding alone (`soap=1.1` for a notification). Exits with 2 when zeep makes nothing of it.
"""

import io
import json
import sys

import interface
import requests
import zeep


class Sent(Exception):
    """What would have gone out."""


class NoNetwork(zeep.Transport):
    """Stops where a request would leave."""

    def post(self, address, message, headers):
        raise Sent({"headers": headers, "body": message.decode()})


def write(name, words):
    operation = interface.Operation(name, interface.options(name, words), NoNetwork())
    try:
        operation.call("https://localhost/")
    except Sent as sent:
        return sent.args[0]
    raise AssertionError("nothing was sent")


def read(name, status, content_type, path, words):
    found = interface.OPTIONS.get(name, {}) | dict(word.split("=", 1) for word in words)
    operation = interface.Operation(name, found)
    response = requests.Response()
    response.status_code = int(status)
    response.headers["Content-Type"] = content_type
    with open(path, "rb") as file:
        response.raw = io.BytesIO(file.read())
    try:
        return {"answer": interface.plain(operation.read(response))}
    except zeep.exceptions.Fault as error:
        return {"fault": interface.fault(error)}


def main():
    try:
        match sys.argv[1:]:
            case ["write", name, *words]:
                print(json.dumps(write(name, words)))
            case ["read", name, status, content_type, path, *words]:
                print(json.dumps(read(name, status, content_type, path, words)))
            case _:
                raise interface.Usage("messages.py write OPERATION … or read OPERATION STATUS CONTENT-TYPE FILE …")
    except (interface.Usage, zeep.exceptions.Error) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
