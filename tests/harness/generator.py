"""Requests made from a definition, right and wrong, the same for the same seed. The right ones are made to succeed: ids are those that
answers named, by what they are ids of, and texts are those that the definition gives as examples."""
import json
import random
import re
import urllib.parse
import uuid

from harness import policies

TEXTS = [
    "", "x", "0", "-1", "1", "300", "99999999999999999999", "-9223372036854775808", "2147483648", "1.5", "1e309", "0x10", " 5 ", "+5",
    "null", "true", "2024-01-01", "2024-13-45", "0001-01-01", "9999-12-31T23:59:59.9999999Z", "%", "_", "\\", "'", '"', "\x00", "\U0001F600",
    "a" * 2000, "00000000-0000-0000-0000-000000000000", "{", "[]", "../..", "'; DROP TABLE computer; --", "Range", "asc", "LessThan", "Windows",
]
VALUES = [
    None, True, False, 0, -1, 1, 1.5, 2**63 - 1, -(2**63), 1e308, "", "x", "a" * 5000, "\x00", [], [[]], {}, {"a": 1}, [None], ["x"], [1, {}],
    ["00000000-0000-0000-0000-000000000000"], "2024-01-01", {"dates": ["x"], "selectionMode": "y"},
]
STRANGE_SEGMENTS = ["x", "5", "%00", "%FF", "a" * 300, "00000000-0000-0000-0000-000000000000"]
NIL = "00000000-0000-0000-0000-000000000000"
KNOWN_MAX = 50
POLICY = policies.document()
# What an id is of when its name does not say so.
NOUNS = {
    "resource": "group", "request": "adminaccessrequest", "itsmrequest": "authorizationrequest", "revision": "policyrevision",
    "grouprole": "role", "policyrole": "role",
}
# The codes of a ticket's states, which must go with the word beside them.
TICKET_CODES = {"Pending": "1000", "Approved": "2000", "Denied": "2001"}
# Members that are needed in one way or the other, which their descriptions say and their schemas can't.
MOSTLY = ("emailAddress", "domainName", "userName", "Operations", "path", "value")
# What a SCIM patch may do to any user.
PATCHES = {"op": "replace", "path": "displayName"}
EXAMPLE = re.compile(r"e\.g\. (DD/MM/YYYY HH:mm:ss|[\w./-]*\w)")
ID_NAME = re.compile(r"(?:excluded|selection)?(\w+?)s?Ids?|(\w+Role)s", re.I)


def noun(word):
    """"policy" of "Policies", "log" of "Logs"."""
    word = word.lower()
    word = word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
    return NOUNS.get(word, word)


def noun_of_id(name):
    """"computer" of "excludedComputerIds"; None for what is no id."""
    found = ID_NAME.fullmatch(name.split(".")[-1])
    return noun(found[1] or found[2]) if found else None


class Known:
    """Ids that answers named: of what they are, the newest last."""

    def __init__(self):
        self.ids, self.owner, self.names = {}, {}, {}

    def forget(self):
        self.ids.clear()
        self.owner.clear()

    def add(self, what, value):
        if isinstance(value, bool) or not isinstance(value, (str, int)) or value in ("", NIL):
            return
        values = self.ids.setdefault(what, [])
        if str(value) not in values:
            values.append(str(value))
            del values[:-KNOWN_MAX]

    def drop(self, what, value):
        if value in self.ids.get(what, ()):
            self.ids[what].remove(value)

    def rows(self, path, rows):
        """`path` ends in the name of what they are, or is of one of them."""
        parts = path.strip("/").split("/")
        what = noun(parts[-1])
        for row in rows[:KNOWN_MAX]:
            if not isinstance(row, dict):
                continue
            self.add(what, row.get("id"))
            self.names[str(row.get("id"))] = row.get("displayName")
            if len(parts) > 2:
                self.owner[str(row.get("id"))] = parts[-2]
            for name, value in row.items():
                of = noun_of_id(name)
                if of in self.ids and isinstance(value, str) and is_uuid(value):
                    self.add(of, value)
            if what == "accepteddomain":
                self.add("domain", row.get("domain") or "")


def is_uuid(text):
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


class Requests:
    def __init__(self, definition, seed):
        self.definition, self.random = definition, random.Random(seed)
        paths = [path for path, _, _ in definition.operations]
        shared = paths[0] if paths else "/"
        while not all(path.startswith(shared) for path in paths):
            shared = shared[:-1]
        self.base = shared[: shared.rindex("/") + 1]
        self.known = Known()
        self.wild = False  # this request may hold anything
        self.used, self.made, self.collection = [], 0, None

    # --- what answers say

    def learn(self, answer):
        """Ids that answers name are used in later requests, and those that are gone are not."""
        path = answer.path.split("?")[0].removeprefix(self.base)
        if answer.status == 404 and not self.wild:
            for what, value in self.used:
                self.known.drop(what, value)
        if answer.status not in (200, 201) or "json" not in (answer.headers.get("Content-Type") or ""):
            return
        value = answer.json
        if isinstance(value, str):
            task = "/Tasks/" in (answer.headers["Location"] or "")
            self.known.add("task" if task else "policyrevision" if path.endswith("/Upload") else noun(path.split("/")[0]), value)
            return
        rows = value.get("data", value.get("Resources", [value])) if isinstance(value, dict) else value
        single = isinstance(value, dict) and rows == [value]
        if answer.method == "GET" and isinstance(rows, list):
            self.known.rows(path.split("/")[0] if single else path, rows)
        elif single and "id" in value:
            self.known.add(noun(path.split("/")[0]), value["id"])

    def lists(self):
        """Paths of all lists, with enough rows of each: asked for from time to time, since what there is changes."""
        for path, method, operation in self.definition.operations:
            names = {parameter["name"] for parameter in self.definition.parameters(operation)}
            if method == "get" and "{" not in path and "x-alias-of" not in operation and not any(self.is_needed(one) for one in self.definition.parameters(operation)):
                yield path + (f"?Pagination.PageSize={KNOWN_MAX}" if "Pagination.PageSize" in names else "")
        for computer in dict.fromkeys(self.known.owner.get(log) for log in self.known.ids.get("log", ())):
            yield f"{self.base}Computers/{computer}/Logs"

    # --- requests

    def chance(self, share):
        return self.random.random() < share

    def next(self):
        """(method, path with query, body, headers, operation)"""
        path, method, operation = self.random.choice(self.definition.operations)
        self.wild, self.used = self.chance(0.5), []
        self.made += 1
        self.collection = noun(path.removeprefix(self.base).split("/")[0])
        place = self.place(path)
        pairs = [pair for parameter in self.definition.parameters(operation) for pair in self.pairs(parameter)]
        if self.wild and self.chance(0.1):
            pairs.append(("Unheard", "of"))
        query = "?" + urllib.parse.urlencode(pairs) if pairs else ""
        body, headers = self.body(operation.get("requestBody"))
        return method.upper(), place + query, body, headers, operation

    def place(self, path):
        """From the last parameter to the first, so that a log is asked of the computer that has it."""
        parts, owner = path.split("/"), None
        for index in range(len(parts) - 1, -1, -1):
            if parts[index].startswith("{"):
                name = parts[index][1:-1]
                value = owner if owner and not self.wild else self.segment(self.collection if name == "id" else noun_of_id(name))
                parts[index], owner = value, self.known.owner.get(value)
        return "/".join(parts)

    def segment(self, what):
        if self.wild and self.chance(0.3):
            return self.random.choice(STRANGE_SEGMENTS)
        return urllib.parse.quote(self.id(what), safe="")

    def id(self, what):
        values = self.known.ids.get(what)
        if not values:
            return str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        value = self.random.choice(values)
        self.used.append((what, value))
        return value

    def is_needed(self, parameter):
        return parameter.get("required") and parameter["in"] == "query"

    def pairs(self, parameter):
        usual = 0.2 if self.wild else 0.05
        if parameter["in"] != "query" or not self.chance(1 if parameter.get("required") and not self.wild else usual):
            return
        if parameter["name"] == "Sorts" and not self.wild:
            yield "Sorts[0].by", self.text(parameter, "Sorts[0].by")
            return
        for _ in range(self.random.choice([1, 1, 1, 2, 3]) if self.wild else 1):
            name = parameter["name"]
            if name == "Sorts":
                name = self.random.choice(["Sorts[0].by", "Sorts[0].order", "Sorts[1].by", "Sorts[x].by", "Sorts"])
            yield name, self.text(parameter, name)

    def text(self, parameter, name):
        schema = self.definition.deref(parameter["schema"])
        schema = self.definition.deref(schema.get("items", schema))
        if self.wild and self.chance(0.5):
            return self.random.choice(TEXTS)
        if name.endswith(".by"):
            return self.random.choice(parameter.get("x-sort-keys") or ["id"])
        if "Cursor" in name and not self.wild:
            return ""
        if name == "changedSince" and not self.wild:
            return "all"
        value = self.value(schema, name, told=parameter.get("description", ""))
        return value if isinstance(value, str) else json.dumps(value)

    # --- values

    def value(self, schema, name="", depth=0, told=""):
        """One that fits, or, in a wild request, perhaps not."""
        told = told or schema.get("description", "")
        schema = self.definition.deref(schema)
        if depth > 5 or (self.wild and self.chance(0.2)):
            return self.random.choice(VALUES)
        if "allOf" in schema:
            return self.value(schema["allOf"][0], name, depth, told)
        if "enum" in schema:
            return self.random.choice([one for one in schema["enum"] if one is not None])
        kind = schema.get("type")
        if kind == "object":
            return self.object(schema, depth)
        if kind == "array":
            least = 0 if self.wild else 1
            return [self.value(schema.get("items", {}), name, depth + 1) for _ in range(self.random.randint(least, 3))]
        if kind == "boolean":
            # All of everything only rarely, or there would soon be nothing left to ask for.
            return self.chance(0.02 if self.wild else 0) if name.lower().startswith(("all", "admin")) else self.chance(0.5)
        if kind in ("integer", "number"):
            return self.random.choice([0, 1, 5, 300, schema.get("minimum", -1), schema.get("maximum", 1000)]) if self.wild else max(schema.get("minimum", 1), 5)
        return self.word(schema, name, told)

    def object(self, schema, depth):
        needed = schema.get("required", [])
        made = {}
        for name, part in (schema.get("properties") or {}).items():
            if (name in needed and not self.wild) or self.chance(self.share(name)):
                made[name] = self.value(part, name, depth + 1)
        if not self.wild and made.get("decision") in TICKET_CODES and "status" in made:
            made["status"] = TICKET_CODES[made["decision"]]
        return made

    def share(self, name):
        """How often a member that may be left out is there."""
        if self.wild:
            return 0.6
        if name.startswith("excluded") or name == "schemas":
            return 0
        if name.endswith(("Roles", "RolesIds")):
            return 0.1  # most roles can't be given at most places
        return 0.8 if noun_of_id(name) in self.known.ids or name in MOSTLY else 0.2

    def word(self, schema, name, told):
        if self.wild:
            what = noun_of_id(name)
            return self.id(what if what in self.known.ids else self.random.choice(sorted(self.known.ids) or ["x"])) if schema.get("format") == "uuid" else self.random.choice(TEXTS)
        what, last = noun_of_id(name), name.split(".")[-1]
        if schema.get("format") == "uuid" or what == "authorizationrequest":
            return self.id(self.collection if last == "id" else what)
        if schema.get("format") == "date-time" or last.endswith(("Date", "Dates", "Time")):
            return self.random.choice(["2024-01-01", "2024-01-01T12:30:00Z", "2026-06-01 08:00:00.123"])
        return self.phrase(last, told)[: schema.get("maxLength", 1000)]

    def phrase(self, name, told):
        """A text of which the definition tells in words what it must be."""
        number = f"{self.made}-{self.random.randrange(10**6)}"
        if name == "decision":
            return self.random.choice(["Approved", "Denied"])
        if name in PATCHES:
            return PATCHES[name]
        if name == "duration":
            return str(self.random.randrange(300, 86401)) if "seconds" in told else "Once"
        if name.startswith("domain"):
            return f"d{number}.example"
        if "E-mail" in told or "address" in told.lower():
            return f"p{number}@{self.random.choice(self.known.ids.get('domain') or ['corp.example'])}"
        example = EXAMPLE.search(told)
        return example[1] if example else self.random.choice(["Desk", "Floor 2", "a", "Zürich"]) + number

    # --- bodies

    def body(self, request):
        if request is None or (self.wild and self.chance(0.05)):
            return None, {}
        kind, content = next(iter(request["content"].items()))
        if self.wild and self.chance(0.05):
            return self.random.choice([b"", b"{", b"[]", b"\xff", b"null", b'{"a":1,"a":2}']), {"Content-Type": kind}
        if "json" in kind:
            value = self.value(content["schema"])
            if not self.wild and isinstance(value, dict):
                self.complete(value)
            return json.dumps(value).encode(), {"Content-Type": kind}
        if "urlencoded" in kind:
            return urllib.parse.urlencode(self.value(content["schema"])).encode(), {"Content-Type": kind}
        fields = self.definition.deref(content["schema"]).get("properties") or {}
        parts = [self.part(name, self.definition.deref(schema)) for name, schema in fields.items()]
        return b"".join(parts) + b"--mark--\r\n", {"Content-Type": "multipart/form-data; boundary=mark"}

    def complete(self, value):
        """What of a whole body only words say: the settings of a kind of target, and that SCIM's groups are the roles."""
        if self.collection == "deliverytarget":
            value.pop("filter", None)
            value.update({"format": "ecs", "settings": {"name": f"f{self.made}"}, "enabled": False, **({"kind": "file"} if "kind" in value else {})})
        elif self.collection == "group" and "Operations" in value:
            value["Operations"] = [{"op": "add", "path": "members", "value": [{"value": self.id("user")}]}]
        elif self.collection == "group" and self.base.startswith("/management-api/scim/"):
            group = next((one for what, one in self.used if what == "group"), None)
            value.update({"displayName": self.known.names.get(group), "members": [{"value": self.id("user")}]})
            value.pop("id", None)

    def part(self, name, schema):
        binary = schema.get("format") == "binary"
        file = '; filename="a.xml"' if binary else ""
        if self.wild:
            content = self.random.choice(TEXTS).encode()
        elif binary:
            content = "\n".join(self.id("computer") for _ in range(3)).encode() if "csv" in name.lower() else POLICY
        else:
            value = self.value(schema, name)
            content = (value if isinstance(value, str) else json.dumps(value)).encode()
        return f'--mark\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content + b"\r\n"
