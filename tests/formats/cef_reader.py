"""Reads CEF as its receivers do; knows nothing of how we write it."""
import re

HEAD = ("version", "vendor", "product", "device_version", "signature", "name", "severity")
KEY = re.compile(r"(?:^| )([A-Za-z0-9_.]+)=")
ESCAPES = {"\\": "\\", "=": "=", "n": "\n", "r": "\r", "|": "|"}


def unescape(text, allowed):
    out, at = [], 0
    while at < len(text):
        if text[at] != "\\":
            out.append(text[at])
            at += 1
            continue
        assert at + 1 < len(text) and text[at + 1] in allowed, f"a lone backslash at {at}"
        out.append(ESCAPES[text[at + 1]])
        at += 2
    return "".join(out)


def split_head(line):
    """The seven parts and the extension: at pipes that no backslash is before."""
    parts, start, at = [], 0, 0
    while len(parts) < 7:
        if line[at] == "\\":
            at += 2
            continue
        if line[at] == "|":
            parts.append(unescape(line[start:at], "\\|"))
            start = at + 1
        at += 1
    return parts, line[start:]


def parse(line):
    assert "\n" not in line and "\r" not in line
    parts, extension = split_head(line)
    head = dict(zip(HEAD, parts))
    assert head["version"] == "CEF:0" and 0 <= int(head["severity"]) <= 10
    # A key starts where an equals sign stands that no odd number of backslashes is before.
    starts = [match for match in KEY.finditer(extension) if not escaped(extension, match.end() - 1)]
    pairs = {}
    for this, following in zip(starts, starts[1:] + [None]):
        value = extension[this.end():following.start() if following else len(extension)]
        assert this[1] not in pairs, f"{this[1]} comes twice"
        pairs[this[1]] = unescape(value, "\\=nr")
    return head, pairs


def escaped(text, at):
    count = 0
    while at > count and text[at - count - 1] == "\\":
        count += 1
    return count % 2 == 1
