"""Users for tests: made over the API or on the store, with a signed-in client for each."""
import itertools

NUMBERS = itertools.count(1)
DOMAIN = "corp.example"


def accept_domain(client, domain=DOMAIN):
    answer = client.post("AcceptedDomains", {"domainName": domain})
    assert answer.status in (201, 409), answer


class People:
    """Makes users on a server. `roles` are names; `on` is a list of (group or policy id, role name)."""

    def __init__(self, server, client):
        self.server, self.client = server, client
        accept_domain(client)
        self.roles = {role["name"]: role["id"] for role in client.get("Roles").json}
        self.roles.update({role["name"]: role["id"] for role in client.all("GlobalRoles")})
        self.globals = {role["name"] for role in client.all("GlobalRoles")}

    def user(self, *roles, on=(), **more):
        """(id, address) of a new user."""
        address = f"person{next(NUMBERS)}@{DOMAIN}"
        fine = [{"roleIds": [self.roles[role]]} for role in roles if role not in self.globals]
        single = [{"resourceId": thing, "roleIds": [self.roles[role]]} for thing, role in on]
        body = {
            "emailAddress": address,
            "globalRolesIds": [self.roles[role] for role in roles if role in self.globals],
            "roleResource": fine + single,
            **more,
        }
        answer = self.client.post("Users", body)
        assert answer.status == 201, answer
        return answer.json, address

    def token(self, address, *args):
        lines = dict(line.split(None, 1) for line in self.server.cli("user", "create-token", "--user", address, *args).stdout.splitlines())
        return lines["token"], lines["id"]

    def sign_in(self, address):
        client = self.server.anonymous()
        client.token = self.token(address)[0]
        return client

    def person(self, *roles, on=(), **more):
        """A signed-in client of a new user; its id is in `.user`."""
        user, address = self.user(*roles, on=on, **more)
        client = self.sign_in(address)
        client.user, client.address = user, address
        return client
