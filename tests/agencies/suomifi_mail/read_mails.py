# SPDX-License-Identifier: Apache-2.0
"""Reads each mail of a folder with Python's email package and prints what is in them, as a JSON array in order of the file names."""

import email
import email.policy
import hashlib
import json
import pathlib
import sys


def digest(part):
    return hashlib.sha256(part.get_payload(decode=True) or b"").hexdigest()


def read(path):
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body, files = None, []
    for part in mail.walk():
        if part.is_multipart():
            continue
        if body is None and part.get_content_type() == "text/plain" and not part.get_filename():
            body = part
        else:
            files.append([part.get_filename(), part.get_content_type(), digest(part)])
    fields = {name.lower(): [str(value) for value in mail.get_all(name)] for name in mail.keys()}
    return {
        "fields": fields,
        "body": body.get_payload(decode=True).decode("utf-8") if body else None,
        "charset": body.get_content_charset() if body else None,
        "files": files,
        "defects": [repr(defect) for part in mail.walk() for defect in part.defects],
    }


json.dump([read(path) for path in sorted(pathlib.Path(sys.argv[1]).glob("*.eml"))], sys.stdout)
