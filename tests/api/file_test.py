"""GET File/Download: the definition of each version, the same wherever it comes from."""
import json
import subprocess

import pytest
import yaml
from harness.program import REEVE, ROOT

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@pytest.fixture(params=["v1", "v2", "v3"])
def version(request):
    return request.param


@pytest.fixture()
def at(client, version):
    return client.version(version)


def printed(version, form="yaml"):
    return subprocess.run([REEVE, "openapi", "--version", version, "--format", form], capture_output=True, check=True).stdout


class TestDownload:
    @pytest.mark.parametrize("path", ["File/Download", "File", "File/Yaml", "File/Definition", "file/download/"])
    def test_is_the_definition_of_its_version(self, at, version, path):
        answer = at.get(path)
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("application/yaml")
        assert f'{version}.yaml' in answer.headers["Content-Disposition"] and answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.body == printed(version)

    def test_yaml_and_json_say_the_same(self, server, version):
        answer = server.anonymous().get(f"/management-api/swagger/{version}/swagger.json")
        assert answer.status == 200
        assert answer.json == json.loads(printed(version, "json")) == yaml.load(printed(version), LOADER)

    def test_paths_are_those_of_the_version(self, version):
        for path in json.loads(printed(version, "json"))["paths"]:
            assert path.startswith((f"/management-api/{version}/", "/management-api/scim/"))

    def test_is_for_reading_rights_of_management(self, server):
        assert server.client(["management=read"]).get("File").status == 200
        assert server.client(["reporting=read"]).get("File").status == 403


@pytest.mark.parametrize("name", ["v1", "v2", "v3", "agent", "oauth", "scim"])
def test_the_repository_keeps_what_is_printed(name):
    kept = ROOT / "api" / "openapi" / f"{name}.yaml"
    assert kept.read_bytes() == printed(name), f"api/openapi/{name}.yaml is old: make openapi"
