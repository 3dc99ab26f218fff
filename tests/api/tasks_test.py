"""Tasks: what becomes of work that outlasts its request."""
import pytest
from harness import fleet
from harness.shapes import BARE, UNKNOWN, done, members, refused

STATES = ["Pending", "InProgress", "Completed", "CompletedWithErrors", "Failed"]


@pytest.fixture(params=["v1", "v2", "v3"])
def at(request, client):
    return client.version(request.param)


@pytest.fixture(scope="module")
def server(new_server):
    server = new_server(start=False)
    server.fill(computers=12, groups=2, policies=1, events=0)
    return server.start()


@pytest.fixture(scope="module")
def computers(client):
    return [row["id"] for row in fleet.rows(client)]


class TestGet:
    def test_all_members(self, at, computers):
        group = at.post("Groups", {"name": f"tasks {at.base}"}).json
        answer = at.post(f"Groups/{group}/AssignComputers", {"computerIds": [*computers[:3], UNKNOWN]})
        task = done(at, answer, 200)
        assert set(task) == members("TaskDetail")
        assert set(task["errors"][0]) == members("TaskError")
        assert (task["id"], task["name"], task["resourceId"], task["status"]) == (answer.json, "AssignComputers", group, "CompletedWithErrors")
        assert (task["progress"], task["total"], task["succeeded"], task["failed"]) == (100, 4, 3, 1)
        assert [error["id"] for error in task["errors"]] == [UNKNOWN] and task["errorInfo"]
        assert task["createdBy"]
        for name in ("created", "started", "completed"):
            assert BARE.match(task[name])
        assert task["created"] <= task["started"] <= task["completed"]

    def test_location_and_header_lead_to_it(self, client, computers):
        answer = client.post("Computers/RetrieveStatusInfo", {"computerIds": computers[:1]})
        assert client.get(answer.headers["Location"]).json["id"] == answer.json == answer.headers["X-Task-Id"]

    def test_unknown_and_malformed(self, at):
        refused(at.get(f"Tasks/{UNKNOWN}"), 404, "task")
        refused(at.get("Tasks/x"), 400, "id")

    def test_is_for_reading_rights_of_management(self, server, client, computers):
        task = client.post("Computers/RetrieveStatusInfo", {"computerIds": computers[:1]}).json
        assert server.client(["management=read"]).get(f"Tasks/{task}").status == 200
        assert server.client(["audit=read"]).get(f"Tasks/{task}").status == 403

    def test_other_methods(self, client):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = client.request(method, f"Tasks/{UNKNOWN}")
            assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


class TestLife:
    COMPUTERS = 3000

    @pytest.fixture(scope="class")
    def many(self, new_server, request):
        server = new_server(start=False)
        server.fill(computers=self.COMPUTERS, groups=2, policies=1, events=0)
        return server.start()

    def test_goes_forward_only_and_locks_its_group(self, many):
        client = many.client()
        group = client.post("Groups", {"name": "large"}).json
        answer = client.post(f"Groups/{group}/AssignComputers", {"allComputers": True})
        assert answer.status == 200
        seen, progress, locked = [], [], None
        while not seen or seen[-1] not in STATES[2:]:
            task = client.get(f"Tasks/{answer.json}").json
            seen.append(task["status"])
            progress.append(task["progress"])
            if locked is None and task["status"] in STATES[:2]:
                locked = client.get(f"Groups/{group}").json["locked"], client.delete(f"Groups/{group}").status
        assert [STATES.index(state) for state in seen] == sorted(STATES.index(state) for state in seen)
        assert progress == sorted(progress) and progress[-1] == 100
        assert seen[-1] == "Completed" and task["total"] == task["succeeded"] == self.COMPUTERS
        detail = client.get(f"Groups/{group}").json
        assert (detail["computerCount"], detail["locked"]) == (self.COMPUTERS, False)
        if locked is not None and locked[0]:
            assert locked[1] == 409

    def test_a_task_survives_a_restart(self, many):
        client = many.client()
        group = client.post("Groups", {"name": "restart"}).json
        answer = client.post(f"Groups/{group}/AssignComputers", {"allComputers": True})
        many.kill()
        many.start()
        client.close()
        assert done(client, answer, 200)["succeeded"] == self.COMPUTERS
        assert client.get(f"Groups/{group}").json["computerCount"] == self.COMPUTERS
