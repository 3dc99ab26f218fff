"""The part of OCSF 1.5.0 that records of ours may use: for each class and object its attributes with their types, which of them are
required, and of which at least one must be there. Written from the published schema (schema.ocsf.io), names and numbers only."""

BASE = {
    "activity_id": int, "activity_name": str, "category_uid": int, "category_name": str, "class_uid": int, "class_name": str, "time": "time",
    "start_time": "time", "end_time": "time", "type_uid": int, "severity_id": int, "severity": str, "status_id": int, "status": str, "status_detail": str,
    "message": str, "raw_data": str, "metadata": "metadata", "unmapped": dict,
    # profiles: host, security_control
    "device": "device", "actor": "actor", "action_id": int, "action": str, "disposition_id": int, "disposition": str, "policy": "policy",
}
BASE_REQUIRED = ["activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid"]

# uid: (name, category, attributes beside the base's, required beside the base's, at least one of, activities)
CLASSES = {
    0: ("Base Event", 0, {}, [], [], {0, 99}),
    1001: ("File System Activity", 1, {"file": "file"}, ["actor", "device", "file"], [], set(range(0, 15)) | {99}),
    1005: ("Module Activity", 1, {"module": "module", "exit_code": int}, ["actor", "device", "module"], [], {0, 1, 2, 3, 99}),
    1007: ("Process Activity", 1, {"process": "process", "exit_code": int}, ["actor", "device", "process"], [], {0, 1, 2, 3, 4, 5, 99}),
    3002: ("Authentication", 3, {"user": "user", "session": "session", "src_endpoint": "endpoint", "dst_endpoint": "endpoint"}, ["user"],
           ["service", "dst_endpoint"], {0, 1, 2, 3, 4, 5, 99}),
    3004: ("Entity Management", 3, {"entity": "entity", "comment": str}, ["entity"], [], {0, 1, 2, 3, 4, 99}),
    3006: ("Group Management", 3, {"group": "group", "privileges": [str]}, ["group"], [], {0, 1, 2, 3, 4, 5, 6, 99}),
    6002: ("Application Lifecycle", 6, {"app": "product"}, ["app"], [], {0, 1, 2, 3, 4, 99}),
}

# name: (attributes, required, at least one of)
OBJECTS = {
    "metadata": ({"version": str, "product": "product", "uid": str, "profiles": [str], "labels": [str], "event_code": str, "log_name": str, "log_provider": str,
                  "logged_time": "time", "processed_time": "time", "sequence": int, "tenant_uid": str, "correlation_uid": str}, ["version", "product"], []),
    "product": ({"name": str, "vendor_name": str, "version": str, "uid": str}, ["vendor_name"], ["name", "uid"]),
    "device": ({"uid": str, "uid_alt": str, "name": str, "hostname": str, "domain": str, "ip": "ip", "mac": str, "type_id": int, "type": str, "os": "os",
                "groups": ["group"], "agent_list": ["agent"], "hw_info": "hw_info"}, ["type_id"], ["ip", "uid", "name", "hostname", "instance_uid"]),
    "endpoint": ({"uid": str, "hostname": str, "ip": "ip", "port": int}, [], ["ip", "uid", "name", "hostname"]),
    "os": ({"name": str, "type_id": int, "type": str, "version": str, "kernel_release": str}, ["name", "type_id"], []),
    "hw_info": ({"cpu_architecture": str}, [], []),
    "group": ({"name": str, "uid": str, "desc": str}, [], ["name", "uid"]),
    "agent": ({"name": str, "uid": str, "version": str}, [], ["name", "uid"]),
    "actor": ({"user": "user", "process": "process", "app_name": str}, [], ["user", "process", "app_name", "session", "invoked_by"]),
    "user": ({"name": str, "uid": str, "domain": str, "email_addr": str, "full_name": str}, [], ["name", "uid", "account"]),
    "session": ({"uid": str}, [], []),
    "process": ({"pid": int, "uid": str, "name": str, "cmd_line": str, "created_time": "time", "terminated_time": "time", "file": "file", "user": "user",
                 "session": "session", "working_directory": str, "parent_process": "process"}, [], ["pid", "uid", "cpid"]),
    "file": ({"name": str, "path": str, "type_id": int, "type": str, "parent_folder": str, "hashes": ["fingerprint"], "size": int, "mime_type": str, "owner": "user",
              "created_time": "time", "modified_time": "time", "accessed_time": "time", "company_name": str, "desc": str, "version": str, "internal_name": str,
              "drive_type": str, "url": "url", "signature": "signature"}, ["name", "type_id"], []),
    "fingerprint": ({"algorithm_id": int, "algorithm": str, "value": str}, ["algorithm_id", "value"], []),
    "signature": ({"algorithm_id": int, "developer_uid": str, "created_time": "time"}, ["algorithm_id"], []),
    "url": ({"url_string": str}, [], ["url_string", "path"]),
    "module": ({"file": "file", "load_type_id": int}, ["load_type_id"], []),
    "policy": ({"name": str, "uid": str, "version": str, "group": "group"}, [], ["name", "uid"]),
    "entity": ({"name": str, "uid": str, "type": str, "version": str, "data": dict}, [], ["name", "uid"]),
}

# Numbers that an attribute may have, by the name of the object or class.
NUMBERS = {
    ("event", "severity_id"): {0, 1, 2, 3, 4, 5, 6, 99},
    ("event", "status_id"): {0, 1, 2, 99},
    ("event", "action_id"): {0, 1, 2, 3, 4, 99},
    ("event", "disposition_id"): set(range(0, 28)) | {99},
    ("device", "type_id"): set(range(0, 13)) | {99},
    ("os", "type_id"): {0, 99, 100, 101, 200, 201, 300, 301, 302, 400, 401, 402},
    ("file", "type_id"): set(range(0, 8)) | {99},
    ("fingerprint", "algorithm_id"): {0, 1, 2, 3, 4, 5, 6, 7, 99},
    ("signature", "algorithm_id"): {0, 1, 2, 3, 4, 99},
    ("module", "load_type_id"): {0, 1, 2, 3, 4, 5, 99},
}
TEXT_BYTES_MAX = 65535
TIMES = range(0, 253_402_300_800_000)  # years 1970 to 9999 in milliseconds


def faults(record):
    """What the schema has against the record; an empty list when it is valid."""
    found = []
    uid = record.get("class_uid")
    if uid not in CLASSES:
        return [f"class_uid {uid!r}"]
    name, category, attributes, required, one_of, activities = CLASSES[uid]
    check_object(record, "event", ({**BASE, **attributes}, BASE_REQUIRED + required, one_of), "", found)
    expected = {"class_name": name, "category_uid": category, "type_uid": uid * 100 + record.get("activity_id", -1)}
    found += [f"{key} is {record.get(key)!r}, not {value!r}" for key, value in expected.items() if record.get(key) != value]
    if record.get("activity_id") not in activities:
        found.append(f"activity_id {record.get('activity_id')!r} of class {uid}")
    if any(key in record for key in ("action_id", "disposition_id")) and "security_control" not in record["metadata"]["profiles"]:
        found.append("attributes of security_control without its profile")
    return found


def check_object(value, kind, rules, place, found):
    attributes, required, one_of = rules
    if not isinstance(value, dict):
        found.append(f"{place or 'the record'} is no object")
        return
    found += [f"{place}.{name} is missing" for name in required if name not in value]
    if one_of and not any(name in value for name in one_of):
        found.append(f"{place or 'the record'} has none of {one_of}")
    for name, part in value.items():
        where = f"{place}.{name}" if place else name
        if name not in attributes:
            found.append(f"{where} is no attribute")
            continue
        check_value(part, attributes[name], where, found)
        if isinstance(part, int) and part not in NUMBERS.get((kind, name), {part}):
            found.append(f"{where} may not be {part}")


def check_value(value, kind, place, found):
    import ipaddress

    if isinstance(kind, list):
        if not isinstance(value, list):
            found.append(f"{place} is no array")
            return
        for index, part in enumerate(value):
            check_value(part, kind[0], f"{place}[{index}]", found)
    elif kind == "time":
        if not (type(value) is int and value in TIMES):
            found.append(f"{place} is no time: {value!r}")
    elif kind == "ip":
        try:
            ipaddress.ip_address(value)
        except ValueError:
            found.append(f"{place} is no address: {value!r}")
    elif kind is int:
        if type(value) is not int:
            found.append(f"{place} is no whole number: {value!r}")
    elif kind is str:
        if not isinstance(value, str) or not 0 < len(value.encode()) <= TEXT_BYTES_MAX:
            found.append(f"{place} is no text of 1 to {TEXT_BYTES_MAX} bytes: {str(value)[:40]!r}")
    elif kind is dict:
        if not isinstance(value, dict):
            found.append(f"{place} is no object")
    else:
        check_object(value, kind, OBJECTS[kind], place, found)
