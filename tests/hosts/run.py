# SPDX-License-Identifier: Apache-2.0
"""Repeats golden calls (README.md) in Python. run.py COMPONENTS GOLDEN: folders of `<name>.wasm` and of `<name>/<call>.json`.

Prints a line for each call that comes out otherwise, and how many there were; exit code 1 where one did.
"""

import base64
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "examples/hosts"))

from silta import Agency, Blob, Host, Peer, Refused, decode_base64  # noqa: E402


def bytes_of(form):
    """The bytes that {"text"} or {"base64"} stands for; None for anything else."""
    if isinstance(form, dict) and len(form) == 1:
        (kind, text), = form.items()
        if kind == "text" and isinstance(text, str):
            return text.encode()
        if kind == "base64" and isinstance(text, str):
            return base64.b64decode(text)
    return None


def lower(form, of_bytes):
    """A value of the form as the host takes it; `of_bytes` says what bytes become."""
    if isinstance(form, list):
        return [lower(item, of_bytes) for item in form]
    if not isinstance(form, dict):
        return form
    content = bytes_of(form)
    if content is not None:
        return of_bytes(content)
    if "certificates" in form:
        return Peer([bytes_of(der) for der in form["certificates"]])
    return {name: lower(value, of_bytes) for name, value in form.items()}


def lift(value):
    """What the host gives, in the form. No body of a reply is an empty one."""
    if isinstance(value, Blob):
        return lift(value.bytes)
    if isinstance(value, bytes):
        try:
            return {"text": value.decode()}
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, list):
        return [lift(item) for item in value]
    if isinstance(value, dict):
        is_empty = "status" in value and isinstance(value.get("body"), Blob) and not value["body"].bytes
        return {name: None if is_empty and name == "body" else lift(item) for name, item in value.items()}
    return value


def canonical(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


class Recorded(Host):
    """A host that answers as was recorded, in that order, as long as it is asked for the same."""

    def __init__(self, golden):
        surroundings = golden["surroundings"]
        secrets = {role: [value.encode() for value in values] for role, values in surroundings.get("secrets", {}).items()}
        super().__init__(json.dumps(surroundings["settings"]), secrets)
        self.answers = list(golden["answers"])

    def ask(self, name, *asked):
        found = canonical([name, lift(list(asked))])
        expected = canonical([self.answers[0]["function"].replace("-blob", ""), self.answers[0]["arguments"]]) if self.answers else "nothing"
        if found != expected:
            raise AssertionError(f"asks {found} where {expected} was recorded")
        answer = lower(self.answers.pop(0)["answer"], bytes)
        if not name.startswith(("keys.", "trust.")):
            return answer
        if answer["tag"] == "err":
            raise Refused(answer["val"]["tag"], *([answer["val"]["val"]] if "val" in answer["val"] else []))
        return answer["val"]

    def log(self, level, message):
        pass

    def identify_peer(self, certificates, anchor_set, purpose):
        return self.ask("trust.peer.identify", {"certificates": certificates}, anchor_set, purpose)


def asking(name):
    return lambda self, *asked: self.ask(name, *asked)


for method, name in [("now", "clock.now"), ("uuid", "ids.uuid"), ("compact", "ids.compact"), ("certificates", "keys.certificates"),
                     ("algorithms", "keys.algorithms"), ("sign", "keys.sign"), ("verify", "trust.verify"), ("pinned", "trust.pinned"),
                     ("identify", "trust.identify")]:
    setattr(Recorded, method, asking(name))


def difference(agency, golden):
    """What is otherwise than recorded; None where nothing is."""
    host = Recorded(golden)
    try:
        result = agency.call(host, golden["function"], *[lower(argument, Blob) for argument in golden["arguments"]])
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    found, expected = canonical(lift(result)), canonical(golden["result"])
    if found != expected:
        return f"{found}\n  instead of {expected}"
    return f"{len(host.answers)} of the recorded answers were not asked for" if host.answers else None


def decoded(text):
    """Base64 as the contract has it: the bytes, or the offset of what is wrong."""
    try:
        return decode_base64(text.encode()).decode()
    except Refused as refused:
        return refused.error["val"]


def main(components, folder):
    vectors = json.loads((folder.parent / "base64.json").read_text())
    found = [f"base64: {text}: {decoded(text)}" for text, expected in vectors if decoded(text) != expected]
    calls = 0
    for golden in sorted(folder.iterdir()):
        agency = Agency(str(components / f"{golden.name}.wasm"))
        for path in sorted(golden.iterdir()):
            what = difference(agency, json.loads(path.read_text()))
            found += [f"{golden.name}/{path.name}: {what}"] if what else []
            calls += 1
    print(*found, f"{calls} calls in Python, {len(found)} otherwise", sep="\n")
    return 1 if found or not calls else 0


sys.exit(main(*map(pathlib.Path, sys.argv[1:])))
