"""Compares answers with the OpenAPI documents of the program under test: the status is documented, the content type too,
and the body fits its schema, with no member that the schema lacks. Knows the part of JSON Schema that the documents use;
a word that it does not know is an error, so that nothing goes unchecked in silence."""
import functools
import gzip
import json
import re
import subprocess
import uuid

from harness.program import REEVE

CHECKED = {"$ref", "allOf", "type", "format", "nullable", "enum", "properties", "required", "additionalProperties", "items", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"}
TELLING = {"description", "example", "default", "readOnly"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?")
PREFIXES = (("/management-api/v1/", "v1"), ("/management-api/v2/", "v2"), ("/management-api/v3/", "v3"), ("/agent/v1/", "agent"), ("/oauth/", "oauth"), ("/management-api/scim/v1/", "scim-v1"), ("/management-api/scim/v2/", "scim-v2"), ("/management-api/scim/v3/", "scim-v3"))


@functools.cache
def document(name):
    """The document that the program under test prints; the contract tests compare it with what is served."""
    printed = subprocess.run([REEVE, "openapi", "--version", name, "--format", "json"], capture_output=True, check=True)
    return Document(json.loads(printed.stdout))


def check(answer):
    """Fails when an answer to a documented path is not as the document says."""
    path = answer.path.split("?")[0].rstrip("/")
    for prefix, name in PREFIXES:
        if path.lower().startswith(prefix):
            faults = document(name).faults(answer, path)
            assert not faults, f"{answer}\nis not what the document {name} says: " + "; ".join(faults)


class Document:
    def __init__(self, root):
        self.root = root
        self.names = [(tuple(path.lower().split("/")), path) for path in root["paths"]]
        self.paths = [(tuple(path.lower().split("/")), item) for path, item in root["paths"].items()]

    def operation(self, method, path):
        """(operation or None, methods of the path): literal segments win over parameters."""
        parts = path.lower().split("/")
        found = [(sum(word.startswith("{") for word in template), item) for template, item in self.paths if fits(template, parts)]
        for _, item in sorted(found, key=lambda pair: pair[0]):
            if method.lower() in item:
                return item[method.lower()], True
        return None, bool(found)

    def template(self, method, path):
        """The path of the document that the call meets, an alias by its own path's name; None without one."""
        parts = path.lower().split("/")
        found = [(sum(word.startswith("{") for word in template), at) for template, at in self.names if fits(template, parts) and method.lower() in self.root["paths"][at]]
        if not found:
            return None
        at = min(found)[1]
        alias = self.root["paths"][at][method.lower()].get("x-alias-of")
        return at if alias is None else next(prefix for prefix, _ in PREFIXES if at.lower().startswith(prefix)) + alias

    def faults(self, answer, path):
        operation, known = self.operation("GET" if answer.method == "HEAD" else answer.method, path)
        if operation is None:
            return [] if answer.status in ((405,) if known else (404, 405, 400, 414)) else [f"status {answer.status} where there is no operation"]
        status = str(answer.status)
        if status not in operation["responses"] or answer.status == 500:
            return [f"status {status} of {operation['operationId']} is not documented"]
        return self.content_faults(self.resolve(operation["responses"][status]), answer)

    def content_faults(self, response, answer):
        content = response.get("content")
        if not content:
            return [f"a body where none is documented: {answer.body[:80]!r}"] if answer.body else []
        if answer.status == 401 and not answer.body:
            return []  # WWW-Authenticate says it all
        kind = (answer.headers["Content-Type"] or "").split(";")[0].strip()
        if kind not in content:
            return [f"content type {kind!r} is not among {sorted(content)}"]
        if "json" not in kind or answer.method == "HEAD":
            return [f"a body to HEAD: {answer.body[:80]!r}"] if answer.method == "HEAD" and answer.body else []
        try:
            packed = answer.headers["Content-Encoding"] == "gzip"
            value = json.loads(gzip.decompress(answer.body) if packed else answer.body)
        except ValueError as error:
            return [f"no JSON: {error}"]
        faults = []
        self.value(value, content[kind].get("schema", {}), "$", faults)
        return faults[:10]

    def resolve(self, node):
        while "$ref" in node:
            target = self.root
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def value(self, value, schema, place, faults):
        unknown = {word for word in schema if not word.startswith("x-")} - CHECKED - TELLING
        if unknown:
            faults.append(f"{place}: the schema says {sorted(unknown)}, which is not checked")
        if "$ref" in schema:
            return self.value(value, self.resolve(schema), place, faults)
        for part in schema.get("allOf", ()):
            self.value(value, part, place, faults)
        if value is None:
            if not schema.get("nullable") and "type" in schema:
                faults.append(f"{place}: null")
            return None
        return self.filled(value, schema, place, faults)

    def filled(self, value, schema, place, faults):
        kind = schema.get("type")
        if kind and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
            faults.append(f"{place}: {value!r} is no {kind}")
            return
        if "enum" in schema and value not in schema["enum"]:
            faults.append(f"{place}: {value!r} is not among {schema['enum']}")
        if isinstance(value, str):
            text_faults(value, schema, place, faults)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            number_faults(value, schema, place, faults)
        elif isinstance(value, list):
            within(len(value), schema.get("minItems"), schema.get("maxItems"), place, faults)
            for number, one in enumerate(value):
                self.value(one, schema.get("items", {}), f"{place}[{number}]", faults)
        elif kind == "object":
            self.members(value, schema, place, faults)

    def members(self, value, schema, place, faults):
        properties = schema.get("properties", {})
        more = schema.get("additionalProperties", not properties)
        faults += [f"{place}.{name} is missing" for name in schema.get("required", ()) if name not in value]
        for name, one in value.items():
            if name in properties:
                self.value(one, properties[name], f"{place}.{name}", faults)
            elif more is False:
                faults.append(f"{place}.{name} is not in the schema")
            elif isinstance(more, dict):
                self.value(one, more, f"{place}.{name}", faults)


def fits(template, parts):
    return len(template) == len(parts) and all(part if word.startswith("{") else word == part for word, part in zip(template, parts))


def within(number, least, most, place, faults):
    if (least is not None and number < least) or (most is not None and number > most):
        faults.append(f"{place}: {number} is not within {least}..{most}")


def text_faults(value, schema, place, faults):
    within(len(value), schema.get("minLength"), schema.get("maxLength"), place, faults)
    form = schema.get("format")
    if form == "date-time" and not DATE_TIME.fullmatch(value):
        faults.append(f"{place}: {value!r} is no moment")
    if form == "uuid" and not is_uuid(value):
        faults.append(f"{place}: {value!r} is no UUID")


def number_faults(value, schema, place, faults):
    bits = {"int32": 31, "int64": 63}.get(schema.get("format"))
    if bits and not -(2**bits) <= value < 2**bits:
        faults.append(f"{place}: {value} does not fit {schema['format']}")
    within(value, schema.get("minimum"), schema.get("maximum"), place, faults)


def is_uuid(text):
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
