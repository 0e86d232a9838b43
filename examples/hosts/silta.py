# SPDX-License-Identifier: Apache-2.0
"""Runs a Silta component in Python, by wasmtime: the contract's imports (../../wit), and a fresh instance for each call.

For tests and simulators: nothing here limits the time, the memory or the number of signatures of a call, as the Rust host does. Records come and go as dictionaries
with the contract's names in camel case, variants and results as {"tag", "val"}, options as None, bytes as `bytes`, and handles as the objects `Blob`, `Writer` and `Peer`.
"""

import base64
import hashlib
import hmac
import itertools
import re
import sys
import time
import uuid

from wasmtime import Config, Engine, Store
from wasmtime.component import (
    BorrowType, Component, EnumType, Linker, ListType, OptionType, OwnType, Record, RecordType, ResourceHost, ResourceType, ResultType,
    Variant, VariantType,
)

PACKAGE = "silta:agency"
WHITE = b" \t\r\n"
DIGESTS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}


class Refused(Exception):
    """What an import answers in the place of a result: an error of the contract."""

    def __init__(self, tag, *payload):
        super().__init__(tag)
        self.error = {"tag": tag, "val": payload[0]} if payload else {"tag": tag}


def decode_base64(text):
    """The bytes of base64 text (RFC 4648 §4), strictly; refuses it with the offset of what cannot stand where it stands."""
    places = [place for place, byte in enumerate(text) if byte not in WHITE]
    characters = bytes(text[place] for place in places)
    out = []
    for at in range(0, len(places), 4):
        group = characters[at:at + 4]
        stray = re.search(rb"[^A-Za-z0-9+/=]", group)
        if at and characters[at - 1] == ord("="):
            raise Refused("invalid-base64", places[at])
        if len(group) < 4:
            raise Refused("invalid-base64", places[at + stray.start()] if stray else len(text))
        # The group has to be what its bytes are written as: in the alphabet, padded at the end, unused bits zero.
        decoded = base64.b64decode(group) if re.fullmatch(rb"[A-Za-z0-9+/]{2}(?:[A-Za-z0-9+/]{2}|[A-Za-z0-9+/]=|==)", group) else None
        if decoded is None or base64.b64encode(decoded) != group:
            raise Refused("invalid-base64", places[at + stray.start()] if stray else places[at])
        out.append(decoded)
    return b"".join(out)


class Blob:
    """Immutable bytes. A sealed one holds a secret."""

    def __init__(self, content, sealed=False):
        self.bytes, self.sealed = bytes(content), sealed

    def open(self):
        if self.sealed:
            raise Refused("sealed")
        return self.bytes

    def part(self, offset, length):
        content = self.open()
        if offset + length > len(content):
            raise Refused("out-of-range", len(content))
        return content[offset:offset + length]

    def size(self):
        return len(self.bytes)

    read = part

    def slice(self, offset, length):
        return Blob(self.part(offset, length))

    def decode_base64(self):
        return Blob(decode_base64(self.open()))

    def digest(self, algorithm):
        return DIGESTS[algorithm](self.open()).digest()

    def find(self, wanted, start):
        self.part(start, 0)
        found = re.compile(b"[" + b"".join(b"\\x%02x" % byte for byte in wanted) + b"]").search(self.bytes, start) if wanted else None
        return found and found.start()


class Writer:
    """A blob that is being written; it inserts secrets of a host."""

    def __init__(self, host):
        self.host, self.pieces, self.sealed = host, [], False

    def add(self, content, sealed=False):
        if self.pieces is None:
            raise Refused("finished")
        self.pieces.append(content)
        self.sealed |= sealed

    def write(self, content):
        self.add(content)

    def append(self, source):
        self.add(source.bytes, source.sealed)

    def append_base64(self, source, line_width):
        text = base64.b64encode(source.bytes)
        if line_width is not None:
            width = max(4, line_width - line_width % 4)
            text = b"".join(text[at:at + width] + b"\r\n" for at in range(0, len(text), width))
        self.add(text, source.sealed)

    def append_secret(self, role):
        if role not in self.host.secrets:
            raise Refused("unknown-role", role)
        self.add(self.host.secrets[role][0], True)

    def append_next_secret(self, role):
        if role not in self.host.next_secrets:
            raise Refused("unknown-role", role)
        self.add(self.host.next_secrets[role], True)

    def finish(self):
        self.add(b"")
        blob, self.pieces = Blob(b"".join(self.pieces), self.sealed), None
        return blob


class Peer:
    """The other side of a connection: its certificates in DER."""

    def __init__(self, certificates):
        self.certificates = certificates


class Host:
    """What a component may ask for, with nothing configured. Set what you have; override what you know better."""

    def __init__(self, settings="{}", secrets=None, next_secrets=None):
        self.settings = settings
        # Values by role, as bytes: the current one first, and those that are to replace current ones.
        self.secrets = secrets or {}
        self.next_secrets = next_secrets or {}
        self.begun = time.time_ns()

    def now(self):
        """One time for a whole call."""
        return {"seconds": self.begun // 10**9, "nanoseconds": self.begun % 10**9}

    def uuid(self):
        at = f"{time.time_ns() // 10**6:012x}"
        return f"{at[:8]}-{at[8:]}-7{str(uuid.uuid4())[15:]}"

    def compact(self):
        return f"{time.time_ns() // 10**6:011x}{uuid.uuid4().hex[:3]}".upper()

    def log(self, level, message):
        print(f"{level}: {message}", file=sys.stderr)

    # Keys stay here; a component names a role.
    def certificates(self, role):
        raise Refused("unknown-role")

    def algorithms(self, role):
        raise Refused("unknown-role")

    def sign(self, role, algorithm, content):
        raise Refused("unknown-role")

    # Judging certificates is for a library that does it by RFC 5280.
    def verify(self, algorithm, key, content, signature):
        raise Refused("algorithm-not-allowed")

    def pinned(self, anchor_set):
        raise Refused("unknown-anchor-set")

    def identify(self, anchor_set, chain, purpose, at):
        raise Refused("unknown-anchor-set")

    def identify_peer(self, certificates, anchor_set, purpose):
        raise Refused("unknown-anchor-set")

    def role(self, role):
        if role not in self.secrets:
            raise Refused("unknown-role")
        return self.secrets[role]

    def imports(self):
        """The contract's functions by interface."""
        def code(secret, content):
            return hmac.digest(secret, content.open(), "sha256")

        def any_of(role, matches):
            return any([matches(value) for value in self.role(role)])

        writer = {name: getattr(Writer, name.replace("-", "_"))
                  for name in ("write", "append", "append-base64", "append-secret", "append-next-secret", "finish")}
        blob = {name: getattr(Blob, name.replace("-", "_")) for name in ("size", "read", "slice", "decode-base64", "digest", "find")}
        return {
            "blobs": {"[constructor]writer": lambda: Writer(self), **{f"[method]writer.{name}": it for name, it in writer.items()},
                      **{f"[method]blob.{name}": it for name, it in blob.items()}},
            "keys": {"certificates": self.certificates, "algorithms": self.algorithms, "sign": self.sign,
                     "sign-blob": lambda role, algorithm, content: self.sign(role, algorithm, content.open())},
            "secrets": {"matches": lambda role, candidate: any_of(role, lambda value: hmac.compare_digest(value, candidate)),
                        "authenticate": lambda role, content: code(self.role(role)[0], content),
                        "is-authentic": lambda role, content, shown: any_of(role, lambda value: hmac.compare_digest(code(value, content), shown))},
            "trust": {"verify": self.verify, "pinned": self.pinned, "identify": self.identify,
                      "[method]peer.identify": lambda peer, anchor_set, purpose: self.identify_peer(peer.certificates, anchor_set, purpose)},
            "clock": {"now": self.now},
            "ids": {"uuid": self.uuid, "compact": self.compact},
            "log": {"write": self.log},
            "settings": {"read": lambda: self.settings},
        }


# Kinds of handles, by a number that tells them apart.
RESOURCES = {"blob": (1, Blob), "writer": (2, Writer), "peer": (3, Peer)}


class Values:
    """Values between Python and one store, by the types of the contract."""

    def __init__(self):
        self.objects, self.numbers = {}, itertools.count(1)

    def lower(self, store, kind, value):
        """A value as wasmtime takes it."""
        if isinstance(kind, (OwnType, BorrowType)):
            number = next(self.numbers)
            self.objects[number] = value
            resource = next(number for number, known in RESOURCES.values() if isinstance(value, known))
            # What is lent is owned as well: wasmtime makes borrowed handles only while a call runs. It goes with the store.
            return ResourceHost.own(number, resource).to_any(store)
        if isinstance(kind, RecordType):
            record = Record()
            for name, field in kind.fields:
                setattr(record, name, self.lower(store, field, value[camel(name)]))
            return record
        if isinstance(kind, ListType):
            return value if isinstance(value, bytes) else [self.lower(store, kind.element, item) for item in value]
        if isinstance(kind, OptionType):
            return None if value is None else self.lower(store, kind.payload, value)
        if isinstance(kind, (VariantType, ResultType)):
            payload = dict(kind._cases())[value["tag"]]
            inner = None if payload is None else self.lower(store, payload, value.get("val"))
            return Variant(value["tag"], inner) if kind._tagged() else inner
        return value

    def lift(self, store, kind, value):
        """A value as wasmtime gives it."""
        if isinstance(kind, (OwnType, BorrowType)):
            held = value.to_host(store)
            return self.objects.pop(held.rep) if isinstance(kind, OwnType) else self.objects[held.rep]
        if isinstance(kind, RecordType):
            return {camel(name): self.lift(store, field, getattr(value, name)) for name, field in kind.fields}
        if isinstance(kind, ListType):
            return value if isinstance(value, bytes) else [self.lift(store, kind.element, item) for item in value]
        if isinstance(kind, OptionType):
            return None if value is None else self.lift(store, kind.payload, value)
        if isinstance(kind, (VariantType, ResultType)):
            return self.lift_case(store, kind, value)
        return value

    def lift_case(self, store, kind, value):
        # Where no two cases have values of one class, wasmtime gives the bare value.
        if isinstance(value, Variant):
            tag, value = value.tag, value.payload
        else:
            tag = next(name for name, payload in kind._cases() if fits(payload, value))
        payload = dict(kind._cases())[tag]
        return {"tag": tag} if payload is None else {"tag": tag, "val": self.lift(store, payload, value)}


def fits(payload, value):
    if payload is None:
        return value is None
    classes = set()
    payload.add_classes(classes)
    return isinstance(value, tuple(classes))


def camel(name):
    return re.sub("-(.)", lambda found: found[1].upper(), name)


class Agency:
    """A component in a file."""

    def __init__(self, path):
        self.engine = Engine(Config())
        self.component = Component.from_file(self.engine, path)
        self.wanted = {name: interface.exports(self.engine) for name, interface in self.component.type.imports(self.engine).items()}

    def call(self, host, name, *arguments):
        """Calls a function such as `envelope.build` in a fresh instance."""
        values, store, linker = Values(), Store(self.engine), Linker(self.engine)
        offered = host.imports()
        with linker.root() as root:
            for wanted, items in self.wanted.items():
                with root.add_instance(wanted) as instance:
                    self.define(instance, items, offered.get(interface(wanted), {}), values)
        instance = linker.instantiate(store, self.component)
        face, function = name.split(".")
        version = next(iter(self.wanted)).partition("@")[2]
        index = instance.get_export_index(store, function, instance.get_export_index(store, f"{PACKAGE}/{face}@{version}"))
        function = instance.get_func(store, index)
        kinds = function.type(store)
        lowered = [values.lower(store, kind, value) for (_, kind), value in zip(kinds.params, arguments, strict=True)]
        returned = function(store, *lowered)
        return values.lift(store, kinds.result, returned)

    @staticmethod
    def define(instance, items, offered, values):
        """Defines what an interface of the contract has, of which the component takes what it wants."""
        for name, item in items.items():
            if isinstance(item, ResourceType):
                number, _ = RESOURCES[name]
                instance.add_resource(name, ResourceType.host(number), lambda _, held: values.objects.pop(held, None) and None)
            elif name in offered:
                instance.add_func(name, bound(offered[name], item, values))


def interface(name):
    return name.removeprefix(f"{PACKAGE}/").partition("@")[0]


def bound(function, kinds, values):
    params, result = [kind for _, kind in kinds.params], kinds.result

    def called(store, *arguments):
        arguments = [values.lift(store, kind, value) for kind, value in zip(params, arguments, strict=True)]
        if not isinstance(result, ResultType):
            value = function(*arguments)
        else:
            try:
                value = {"tag": "ok", "val": function(*arguments)}
            except Refused as refused:
                value = {"tag": "err", "val": refused.error}
        return None if result is None else values.lower(store, result, value)

    return called
