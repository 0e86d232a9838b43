# SPDX-License-Identifier: Apache-2.0
"""Drives an implementation of messages-api.yaml by inputs that schemathesis makes.

    rest.py fuzz URL [NAME=VALUE...]      inputs that fit the description and inputs that do not: every answer has to be one that it declares,
                                          what does not fit has to be refused, what is not served has to be 405, nothing may be 5xx
    rest.py accept URL [NAME=VALUE...]    messages that fit, with attachments uploaded for them: every one has to be accepted, and sent again
                                          under the same externalId to be told from a new one

Options: ca=FILE, user=NAME, password=TEXT, examples=N (per operation), seed=N, only=PATH (fuzz). Exit code 0 when all of it held. `accept` ends with a line of JSON:
how many messages of each operation were accepted.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import hypothesis
import requests
import schemathesis
from hypothesis import strategies

DESCRIPTION = pathlib.Path(__file__).with_name("messages-api.yaml")
SENDING = ("/v2/messages", "/v2/messages/electronic", "/v2/paper-mail-without-id")


class Caller:
    """An organisation with a token."""

    def __init__(self, url, options):
        self.url = url
        self.session = requests.Session()
        # Otherwise variables of the environment would name another authority.
        self.session.trust_env = False
        self.session.verify = options["ca"]
        login = {"username": options["user"], "password": options["password"]}
        token = self.post("/v1/token", json=login, expected=200)["access_token"]
        self.authorization = f"Bearer {token}"
        self.session.headers["Authorization"] = self.authorization

    def post(self, path, expected, **request):
        answer = self.session.post(self.url + path, timeout=60, **request)
        assert answer.status_code == expected, (path, answer.status_code, answer.text)
        return answer.json()

    def upload(self):
        file = ("Päätös.pdf", b"%PDF-1.7", "application/pdf")
        return self.post("/v2/attachments", files={"file": file}, expected=201)["attachmentId"]


def fuzz(caller, options):
    """The checks left out: the first wants attachments and passwords that nobody can guess, the others want links between operations."""
    excluded = "positive_data_acceptance,use_after_free,ensure_resource_availability,object_level_authorization"
    command = [
        *(sys.executable, "-B", "-m", "schemathesis.cli", "run", str(DESCRIPTION)),
        *("--url", caller.url, "--tls-verify", options["ca"]),
        *("--header", f"Authorization: {caller.authorization}"),
        *("--checks", "all", "--exclude-checks", excluded),
        *("--phases", "coverage,fuzzing", "--max-examples", options["examples"], "--seed", options["seed"]),
        *("--suppress-health-check", "all", "--warnings", "off", "--continue-on-failure", "--generation-database", "none"),
    ]
    if options["only"]:
        command += ["--include-path", options["only"]]
    # It leaves files where it stands, and reads settings there.
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(command, cwd=folder, env={**os.environ, "NO_COLOR": "1"}, check=False).returncode


def bodies(path):
    """Bodies that fit. Attachments are left out, for they have to be uploaded first, and replies, for nobody has written."""
    schema = schemathesis.openapi.from_path(DESCRIPTION)
    cases = schema[path]["POST"].as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE)
    return cases.map(lambda case: case.body)


def accept(caller, options):
    accepted = dict.fromkeys(SENDING, 0)
    for path in SENDING:

        @hypothesis.seed(int(options["seed"]))
        @hypothesis.settings(
            max_examples=int(options["examples"]),
            database=None,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate],
        )
        @hypothesis.given(bodies(path), strategies.integers(0, 3))
        def send(body, attachments):
            body = json.loads(json.dumps(body))
            body["externalId"] = f"{path} {accepted[path]}"
            paper = caller.upload()
            if "paperMail" in body:
                body["paperMail"]["attachments"] = [{"attachmentId": paper}]
            if "electronic" in body:
                ids = [paper] + [caller.upload() for _ in range(attachments)]
                body["electronic"]["attachments"] = [{"attachmentId": own} for own in ids]
                body["electronic"].pop("inReplyToMessageId", None)
            message_id = caller.post(path, json=body, expected=200)["messageId"]
            again = caller.post(path, json=body, expected=409)
            assert again.get("messageId", message_id) == message_id
            accepted[path] += 1

        send()
    print(json.dumps(accepted))
    return 0


def main():
    what, url, *words = sys.argv[1:]
    options = {"examples": "20", "seed": "1", "only": "", **dict(word.split("=", 1) for word in words)}
    return {"fuzz": fuzz, "accept": accept}[what](Caller(url, options), options)


if __name__ == "__main__":
    sys.exit(main())
