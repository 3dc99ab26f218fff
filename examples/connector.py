#!/usr/bin/env python3
"""A connector on Python's standard library: gets a token, walks the computers, polls events, decides a request, and sees in the
sandbox's record what it sent.

    reeve sandbox serve &
    REEVE_URL=http://127.0.0.1:8080 examples/connector.py
"""
import datetime
import json
import os
import urllib.error
import urllib.parse
import urllib.request

URL = os.environ.get("REEVE_URL", "http://127.0.0.1:8080")
CLIENT_ID = os.environ.get("REEVE_CLIENT_ID", "sandbox")
CLIENT_SECRET = os.environ.get("REEVE_CLIENT_SECRET", "sandbox-secret")


def ask(path, body=None, token=None, form=None, query=None):
    address = URL + path + ("?" + urllib.parse.urlencode(query) if query else "")
    headers = {"Authorization": "Bearer " + token} if token else {}
    data = None
    if body is not None:
        headers["Content-Type"], data = "application/json", json.dumps(body).encode()
    elif form is not None:
        data = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(urllib.request.Request(address, data, headers), timeout=30) as answer:
        return json.load(answer)


class Connector:
    def __init__(self):
        form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        self.token = ask("/oauth/connect/token", form=form)["access_token"]

    def call(self, path, body=None, query=None):
        return ask("/management-api/v3/" + path, body, self.token, query=query)

    def computers(self):
        """Every computer, page by page."""
        number, pages = 1, 1
        while number <= pages:
            page = self.call("Computers", query={"Pagination.PageSize": 10, "Pagination.PageNumber": number})
            yield from page["data"]
            number, pages = number + 1, page["pageCount"]

    def events(self, since="2000-01-01T00:00:00.000Z"):
        """Every event; the next answer goes on behind the newest one of the last."""
        while True:
            events = self.call("Events/FromStartDate", query={"StartDate": since, "RecordSize": 500})["events"]
            if not events:
                return
            yield from events
            newest = datetime.datetime.fromisoformat(max(event["event"]["ingested"] for event in events)[:23])
            since = (newest + datetime.timedelta(milliseconds=1)).isoformat(timespec="milliseconds") + "Z"

    def approve_oldest(self):
        waiting = self.call("AuthorizationRequest", query={"Filter.Decision": "Pending", "Sorts[0].By": "created", "Sorts[0].Order": "asc"})["data"]
        request = waiting[0]["id"]
        notice = {"status": "2000", "decision": "Approved", "decisionPerformedByUser": "Python example", "duration": "2 Hours",
                  "itsmRequestId": request, "decisionTime": "2025-01-01T00:00:00Z", "message": "Approved by an example",
                  "systemId": "example-2", "ticketId": "EX0000002", "ticketUrl": "https://servicedesk.example.com/EX0000002"}
        assert self.call("AuthorizationRequest/notification", notice)["decision"] == "Approved"
        return request


def recorded():
    """The last decision as the sandbox saw it; None when the server is no sandbox."""
    try:
        return ask("/sandbox/records", query={"operation": "AuthorizationRequest_Notification"})["records"][-1]
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise


def main():
    connector = Connector()
    print("computers", len(list(connector.computers())))
    print("events", len(list(connector.events())))
    print("approved", connector.approve_oldest())
    record = recorded()
    if record is not None:
        assert record["response"]["status"] == 200, record
        print("recorded")


if __name__ == "__main__":
    main()
