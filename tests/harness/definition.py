"""A served OpenAPI 3.0 definition: its operations, and answers checked against it."""
METHODS = ("get", "post", "put", "patch", "delete")


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
