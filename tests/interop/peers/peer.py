# SPDX-License-Identifier: Apache-2.0
"""What every peer in Python does alike: the command line, many commands in one process, and how an answer is said.

A command is `sign KEY CERTIFICATE IN OUT [NAME=VALUE…]` or `verify CERTIFICATE IN [NAME=VALUE…]`; see ../README.md. `batch`
reads commands from standard input, one per line, the words parted by tabs, and answers each with one line: the exit code and a
reason.
"""

import sys

DONE, REFUSED, FAILED, CANNOT = 0, 1, 2, 3


class Cannot(Exception):
    """The peer has no such algorithm or form; that is no failure of anybody."""


class Refused(Exception):
    """The signature does not hold."""


def options(words):
    """`name=value` words as a dictionary; what is absent is empty."""
    names = "signature digest method method-prefixes transform prefixes enveloped reference into"
    found = dict.fromkeys(names.split(), "")
    for word in words:
        name, _, value = word.partition("=")
        if name not in found:
            raise ValueError(f"no option `{name}`")
        found[name] = value
    return found


def answer(words, sign, verify):
    """Runs one command and says what it came to."""
    try:
        match words:
            case ["sign", key, certificate, source, target, *rest]:
                signed = sign(read(key), read(certificate), read(source), options(rest))
                with open(target, "wb") as file:
                    file.write(signed)
            case ["verify", certificate, source, *rest]:
                verify(read(certificate), read(source), options(rest))
            case _:
                return FAILED, "not a command"
    except Cannot as error:
        return CANNOT, str(error)
    except Refused as error:
        return REFUSED, str(error)
    except Exception as error:  # whatever a library throws is an answer, and the next command waits
        return FAILED, f"{type(error).__name__}: {error}"
    return DONE, ""


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main(sign, verify):
    """The whole program: one command from the command line, or a batch."""
    if sys.argv[1:] != ["batch"]:
        code, reason = answer(sys.argv[1:], sign, verify)
        if reason:
            print(reason, file=sys.stderr)
        sys.exit(code)
    for line in sys.stdin:
        code, reason = answer(line.rstrip("\n").split("\t"), sign, verify)
        print(code, " ".join(reason.split())[:400], flush=True)
