"""Server-sent events, read as browsers do: messages with ids, and on from the last id when the connection ends."""
import json
import time


class Stream:
    """One connection. `messages` gives (id, document); a document without an id line has that of the message before."""

    def __init__(self, client, path, query="", last_id=None, timeout=30, headers=None):
        self.connection = client.connect()
        self.connection.timeout = self.timeout = timeout
        self.last_id, self.lines, self.comments = last_id, [], []
        headers = {"Authorization": f"Bearer {client.token}", "Accept": "text/event-stream", **(headers or {})}
        if last_id is not None:
            headers["Last-Event-ID"] = str(last_id)
        self.connection.request("GET", client.base + path + (f"?{query}" if query else ""), headers=headers)
        self.response = self.connection.getresponse()
        self.status, self.headers = self.response.status, self.response.headers

    def message(self):
        """The next one with data; None when the stream has ended."""
        data, end = [], time.monotonic() + self.timeout
        while True:
            assert time.monotonic() < end, f"no message in {self.timeout} s"  # beats come all the time
            line = self.response.readline()
            if not line:
                return None
            name, _, value = line.decode().rstrip("\n").partition(":")
            value = value.removeprefix(" ")
            if name == "id":
                self.last_id = int(value)
            elif name == "data":
                data.append(value)
            elif line.startswith(b":"):
                self.comments.append(value)
            elif line == b"\n" and data:
                return self.last_id, json.loads("\n".join(data))

    def take(self, count):
        """So many messages' documents; fails when the stream ends before."""
        found = []
        while len(found) < count:
            message = self.message()
            assert message is not None, f"the stream ended after {len(found)} of {count}: {self.comments}"
            found.append(message[1])
        return found

    def rest(self):
        """What comes until it ends."""
        return list(iter(self.message, None))

    def close(self):
        self.response.close()
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
