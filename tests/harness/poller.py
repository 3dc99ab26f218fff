"""Events as the pollers of SIEM connectors read them."""
import calendar
import time

PAGE = 1000


def time_after(ingested):
    """The next millisecond: pollers cut the greatest moment to milliseconds and add one."""
    moment, milliseconds = ingested[:19], int(ingested[20:23]) + 1
    if milliseconds < 1000:
        return f"{moment}.{milliseconds:03}Z"
    whole = calendar.timegm(time.strptime(moment, "%Y-%m-%dT%H:%M:%S")) + 1
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(whole))


def events_since(client, start):
    """All of them, in the order of the answers."""
    seen = []
    while True:
        answer = client.get("Events/FromStartDate", StartDate=start, RecordSize=PAGE)
        assert answer.status == 200, answer
        events = answer.json["events"]
        assert answer.json["totalRecordsReturned"] == len(events)
        if not events:
            return seen
        seen += events
        start = time_after(max(event["event"]["ingested"] for event in events))
