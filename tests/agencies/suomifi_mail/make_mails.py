# SPDX-License-Identifier: Apache-2.0
"""Makes mails with Python's email package, in every encoding that Finnish comes in, whole and damaged, and prints what has to be read in each: a JSON array of objects.

The same each time: whoever looks for a difference finds the same one again."""

import email
import email.policy
import hashlib
import json
import pathlib
import random
import sys
from email.header import Header
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

folder = pathlib.Path(sys.argv[1])
chance = random.Random(13)
expected = []

WORDS = "Päätös Ääkköset åäö ÅÄÖ kysymys liite Hyvää päivää tack för meddelandet = =20 .piste -- viiva ?= =?utf-8?".split()
CHARSETS = ["utf-8", "iso-8859-1", "iso-8859-15", "windows-1252"]
OLD = email.policy.compat32.clone(linesep="\r\n")
SENDER = "010190-900P@asiointitili.fi"


def title(count, charset):
    """Without what looks like an encoded word: this Python folds around those so that a reader gets another text."""
    return " ".join(word for word in words(count, charset).split() if "?" not in word) or "Otsikko"


def words(count, charset):
    more = [] if charset == "iso-8859-1" else ["5€", "€uro"]
    return " ".join(chance.choice(WORDS + more) for _ in range(count))


def text(charset):
    lines = ["Hei " + words(chance.randrange(0, 30), charset) + chance.choice(["", "", "  "])]
    lines += [words(chance.randrange(0, 25), charset) for _ in range(chance.randrange(0, 8))]
    return "\n".join(lines + ["Terveisin"]) + "\n"


def keep(content, **facts):
    name = f"{len(expected):04}.eml"
    (folder / name).write_bytes(content)
    expected.append({"file": name, **facts})


def sha(content):
    return hashlib.sha256(content).hexdigest()


def some_bytes():
    return chance.randbytes(chance.choice([0, 1, 2, 3, 57, 58, 1000, 5000]))


def modern():
    """EmailMessage, RFC 2231 names, folded encoded words."""
    charset = chance.choice(CHARSETS)
    mail = EmailMessage(policy=email.policy.SMTP.clone(cte_type=chance.choice(["7bit", "8bit"])))
    subject, body, files = title(chance.randrange(1, 20), "utf-8"), text(charset), []
    mail["From"] = f'"Meikäläinen, Maija" <{SENDER}>'
    mail["Subject"] = subject
    mail["Message-ID"] = f"<made-{len(expected)}@python.example>"
    cte = chance.choice(["quoted-printable", "base64", "8bit"])
    mail.set_content(body, charset=charset, cte=cte)
    for number in range(chance.randrange(0, 4)):
        content, name = some_bytes(), f"liite {number} {words(2, charset)[:40]}.pdf".replace("/", "")
        # Binary content in a line-based encoding would lose its line breaks.
        cte = "base64" if chance.random() < 0.7 else "quoted-printable"
        if cte == "quoted-printable":
            content = bytes(byte for byte in content if byte not in b"\r\n")
        mail.add_attachment(content, maintype="application", subtype="pdf", filename=name, cte=cte)
        files.append([name, "application/pdf", sha(content)])
    if chance.random() < 0.2:
        inner = EmailMessage(policy=email.policy.SMTP)
        inner["Subject"] = "sisällä"
        inner.set_content("Sisempi\n")
        mail.add_attachment(inner)
        files.append([None, "message/rfc822", None])
    keep(mail.as_bytes(), subject=subject, body=body.rstrip(), name="Meikäläinen, Maija", files=files)


def legacy():
    """The older classes, and headers in Latin alphabets."""
    charset = chance.choice(CHARSETS)
    subject, body, content = title(chance.randrange(1, 12), charset), text(charset), some_bytes()
    mail = MIMEMultipart()
    mail["From"] = SENDER
    mail["Subject"] = Header(subject, charset)
    mail.attach(MIMEText(body, "plain", charset))
    attached = MIMEApplication(content, "octet-stream")
    attached.add_header("Content-Disposition", "attachment", filename=("iso-8859-1", "sv", "öl.bin"))
    mail.attach(attached)
    files = [["öl.bin", "application/octet-stream", sha(content)]]
    keep(mail.as_bytes(policy=OLD), subject=subject, body=body.rstrip(), name=None, files=files)


def nested(depth):
    """A multipart with others in it, and its leaves in order."""
    multipart = MIMEMultipart(chance.choice(["mixed", "related", "x-unknown"]))
    leaves = []
    for _ in range(chance.randrange(1, 4)):
        if depth and chance.random() < 0.5:
            inner, more = nested(depth - 1)
            multipart.attach(inner)
            leaves += more
        else:
            content = some_bytes()
            part = MIMEApplication(content, chance.choice(["pdf", "zip"]))
            multipart.attach(part)
            leaves.append([None, part.get_content_type(), sha(content)])
    multipart.preamble = chance.choice([None, "Esipuhe"])
    multipart.epilogue = chance.choice([None, "Loppu\n"])
    return multipart, leaves


def leaves_of(content):
    """What Python reads of a mail, damaged or not: its leaves and their digests."""
    mail = email.message_from_bytes(content, policy=email.policy.default)
    leaves = []
    for part in mail.walk():
        if not part.is_multipart():
            leaves.append([part.get_content_type(), sha(part.get_payload(decode=True) or b"")])
    return leaves


def structures():
    mail, leaves = nested(chance.randrange(0, 5))
    mail["From"] = SENDER
    mail["Subject"] = "rakenne"
    whole = mail.as_bytes(policy=OLD)
    keep(whole, subject="rakenne", body="", name=None, files=leaves)
    # Line feeds alone, and cut off somewhere behind the header of the mail.
    bare = whole.replace(b"\r\n", b"\n")
    keep(bare, leaves=leaves_of(bare))
    begin = whole.index(b"\r\n\r\n") + 4
    cut = whole[: chance.randrange(begin, len(whole) + 1)]
    # Of what was cut through, two readers may decode another remainder.
    keep(cut, leaves=leaves_of(cut), cut=True)


for _ in range(120):
    modern()
for _ in range(60):
    legacy()
for _ in range(60):
    structures()
json.dump(expected, sys.stdout)
