"""A served OpenAPI 3.0 definition: its operations, requests made from it (also wrong ones), answers checked against it."""
import json
import random
import urllib.parse

METHODS = ("get", "post", "put", "patch", "delete")

TEXTS = [
    "", "x", "0", "-1", "1", "300", "99999999999999999999", "-9223372036854775808", "2147483648", "1.5", "1e309", "0x10", " 5 ", "+5",
    "null", "true", "2024-01-01", "2024-13-45", "0001-01-01", "9999-12-31T23:59:59.9999999Z", "%", "_", "\\", "'", '"', "\x00", "\U0001F600",
    "a" * 2000, "00000000-0000-0000-0000-000000000000", "{", "[]", "../..", "'; DROP TABLE computer; --", "Range", "asc", "LessThan", "Windows",
]
VALUES = [
    None, True, False, 0, -1, 1, 1.5, 2**63 - 1, -(2**63), 1e308, "", "x", "a" * 5000, "\x00", [], [[]], {}, {"a": 1}, [None], ["x"], [1, {}],
    ["00000000-0000-0000-0000-000000000000"], "2024-01-01", {"dates": ["x"], "selectionMode": "y"},
]
def collection(path):
    """"Groups" of "/management-api/v3/Groups/{id}/…"."""
    parts = path.split("?")[0].split("/")
    return parts[3].lower() if len(parts) > 3 else ""


class Definition:
    def __init__(self, document):
        self.document = document
        self.operations = [
            (path, method, item[method]) for path, item in document["paths"].items() for method in METHODS if method in item
        ]

    def deref(self, node):
        while isinstance(node, dict) and "$ref" in node:
            target = self.document
            for part in node["$ref"][2:].split("/"):
                target = target[part]
            node = target
        return node

    def parameters(self, operation):
        return [self.deref(parameter) for parameter in operation.get("parameters", [])]

    # --- answers

    def faults_of(self, operation, answer):
        """What of an answer is not as documented; an empty list is what one hopes for."""
        response = self.deref(operation["responses"].get(str(answer.status)))
        if response is None:
            return [f"status {answer.status} is not documented"]
        content = response.get("content")
        if not content or not answer.body:
            return [] if content or not answer.body else ["a body that is not documented"]
        kind = (answer.headers.get("Content-Type") or "").split(";")[0]
        if kind not in content:
            return [f"content type {kind} is not documented"]
        return self.mismatches(content[kind]["schema"], answer.json) if "json" in kind else []

    def mismatches(self, schema, value, place="$"):
        schema = self.deref(schema)
        if value is None:
            fine = schema.get("nullable") or not ("type" in schema or "allOf" in schema)
            fine = fine or any(not self.mismatches(part, None) for part in schema.get("allOf", []))
            return [] if fine else [f"{place} is null"]
        faults = [fault for part in schema.get("allOf", []) for fault in self.mismatches(part, value, place)]
        types = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
        wanted = types.get(schema.get("type"), object)
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted in (int, (int, float))):
            return faults + [f"{place} is no {schema['type']}: {value!r:.80}"]
        if "enum" in schema and value not in schema["enum"]:
            faults.append(f"{place} is {value!r}, none of {schema['enum']}")
        if isinstance(value, list):
            for index, item in enumerate(value[:50]):
                faults += self.mismatches(schema.get("items", {}), item, f"{place}[{index}]")
        if isinstance(value, dict):
            known = schema.get("properties") or {}
            faults += [f"{place}.{name} is missing" for name in schema.get("required", []) if name not in value]
            for name, item in value.items():
                if name in known:
                    faults += self.mismatches(known[name], item, f"{place}.{name}")
                elif known and schema.get("type") == "object" and not schema.get("additionalProperties"):
                    faults.append(f"{place}.{name} is not documented")
        return faults


class Requests:
    """Requests of one definition, right and wrong, the same for the same seed."""

    def __init__(self, definition, seed):
        self.definition, self.random = definition, random.Random(seed)
        self.ids = {}  # by the part of the path that they were found below: "Groups"
        self.wild = False  # this request may hold anything

    def learn(self, answer):
        """Ids that answers name are used in later requests."""
        if answer.status not in (200, 201) or "json" not in (answer.headers.get("Content-Type") or ""):
            return
        value = answer.json
        rows = value.get("data", []) if isinstance(value, dict) else value if isinstance(value, list) else [{"id": value}]
        whole = answer.path.split("?")[0].count("/") == 3  # else it is about one of them, or names a task
        known = self.ids.setdefault(collection(answer.path) if whole else "tasks", [])
        for row in rows[:5]:
            found = row.get("id") if isinstance(row, dict) else None
            if isinstance(found, (str, int)) and str(found) not in known:
                known.append(str(found))
        del known[:-50]

    def chance(self, share):
        return self.random.random() < share

    def next(self):
        """(method, path with query, body, headers, operation)"""
        path, method, operation = self.random.choice(self.definition.operations)
        self.wild = self.chance(0.5)
        place = "/".join(self.segment(part, collection(path)) for part in path.split("/"))
        pairs = [pair for parameter in self.definition.parameters(operation) for pair in self.pairs(parameter)]
        if self.wild and self.chance(0.1):
            pairs.append(("Unheard", "of"))
        query = "?" + urllib.parse.urlencode(pairs) if pairs else ""
        body, headers = self.body(operation.get("requestBody"))
        return method.upper(), place + query, body, headers, operation

    def segment(self, part, found_below):
        if not part.startswith("{"):
            return part
        known = self.ids.get(found_below)
        strange = ["x", "5", "%00", "%FF", "a" * 300, "00000000-0000-0000-0000-000000000000"]
        return self.random.choice(known if known and not (self.wild and self.chance(0.3)) else strange)

    def pairs(self, parameter):
        usual = 0.2 if self.wild else 0.1
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
        value = self.value(schema)
        return value if isinstance(value, str) else json.dumps(value)

    def value(self, schema, depth=0):
        """One that fits, or, in a wild request, perhaps not."""
        schema = self.definition.deref(schema)
        if depth > 5 or (self.wild and self.chance(0.2)):
            return self.random.choice(VALUES)
        if "allOf" in schema:
            return self.value(schema["allOf"][0], depth)
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        kind = schema.get("type")
        if kind == "object":
            needed = schema.get("required", [])
            parts = (schema.get("properties") or {}).items()
            made = {name: self.value(part, depth + 1) for name, part in parts if (name in needed and not self.wild) or self.chance(0.6)}
            for name in [name for name in made if name.startswith("all") and not self.chance(0.02)]:
                made[name] = False  # or there would soon be nothing left to ask for
            return made
        if kind == "array":
            return [self.value(schema.get("items", {}), depth + 1) for _ in range(self.random.randint(0, 3))]
        if kind == "boolean":
            return self.chance(0.5)
        if kind in ("integer", "number"):
            return self.random.choice([0, 1, 5, 300, schema.get("minimum", -1), schema.get("maximum", 1000)])
        if schema.get("format") == "uuid" and self.ids:
            return self.random.choice(self.random.choice([ids for ids in self.ids.values() if ids] or [["x"]]))
        if schema.get("format") == "date-time":
            return self.random.choice(["2024-01-01", "2024-01-01T12:30:00Z", "2030-06-01 08:00:00.1234567"])
        return self.random.choice(TEXTS) if self.wild else self.random.choice(["Desk", "Floor 2", "a", "Zürich"]) + str(self.random.randrange(100))

    def body(self, request):
        if request is None or (self.wild and self.chance(0.05)):
            return None, {}
        kind, content = next(iter(request["content"].items()))
        if self.wild and self.chance(0.05):
            return self.random.choice([b"", b"{", b"[]", b"\xff", b"null", b'{"a":1,"a":2}']), {"Content-Type": kind}
        if "json" in kind:
            return json.dumps(self.value(content["schema"])).encode(), {"Content-Type": kind}
        fields = self.definition.deref(content["schema"]).get("properties") or {}
        parts = []
        for name, schema in fields.items():
            file = '; filename="a.xml"' if self.definition.deref(schema).get("format") == "binary" else ""
            text = self.random.choice(TEXTS).encode()
            parts.append(f'--mark\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + text + b"\r\n")
        return b"".join(parts) + b"--mark--\r\n", {"Content-Type": "multipart/form-data; boundary=mark"}
