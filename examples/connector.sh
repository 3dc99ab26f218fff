#!/bin/sh
# A connector in shell: gets a token, walks the computers, polls events, decides a request, and sees in the sandbox's record what
# it sent. Needs curl and python3 (for JSON).
#   reeve sandbox serve &
#   REEVE_URL=http://127.0.0.1:8080 examples/connector.sh
set -eu

url=${REEVE_URL:-http://127.0.0.1:8080}
api=$url/management-api/v3

# The value that a Python expression has for the JSON `d` on standard input.
value() { python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"; }

token=$(curl -fsS "$url/oauth/connect/token" -d grant_type=client_credentials \
    -d "client_id=${REEVE_CLIENT_ID:-sandbox}" -d "client_secret=${REEVE_CLIENT_SECRET:-sandbox-secret}" | value "d['access_token']")
call() { curl -fsS -H "Authorization: Bearer $token" "$@"; }

# Walk all pages of the computers.
page=1
seen=0
while :; do
    answer=$(call "$api/Computers?Pagination.PageSize=10&Pagination.PageNumber=$page")
    seen=$((seen + $(printf "%s" "$answer" | value "len(d['data'])")))
    [ "$page" -lt "$(printf "%s" "$answer" | value "d['pageCount']")" ] || break
    page=$((page + 1))
done
echo "computers $seen"

# Poll events: the next answer goes on behind the newest event of the last one.
since=2000-01-01T00:00:00.000Z
events=0
while :; do
    answer=$(call "$api/Events/FromStartDate?StartDate=$since&RecordSize=500")
    count=$(printf "%s" "$answer" | value "d['totalRecordsReturned']")
    [ "$count" -gt 0 ] || break
    events=$((events + count))
    since=$(printf "%s" "$answer" | value "(lambda t: (__import__('datetime').datetime.fromisoformat(t[:23]) + __import__('datetime').timedelta(milliseconds=1)).isoformat(timespec='milliseconds') + 'Z')(max(e['event']['ingested'] for e in d['events']))")
done
echo "events $events"

# Approve the oldest request that waits.
request=$(call "$api/AuthorizationRequest?Filter.Decision=Pending&Sorts%5B0%5D.By=created&Sorts%5B0%5D.Order=asc&Pagination.PageSize=1" | value "d['data'][0]['id']")
call -H "Content-Type: application/json" "$api/AuthorizationRequest/notification" -d '{"status":"2000","decision":"Approved",
    "decisionPerformedByUser":"shell example","duration":"2 Hours","itsmRequestId":"'"$request"'","decisionTime":"2025-01-01T00:00:00Z",
    "message":"Approved by an example","systemId":"example-1","ticketId":"EX0000001","ticketUrl":"https://servicedesk.example.com/EX0000001"}' >/dev/null
[ "$(call "$api/AuthorizationRequest/$request" | value "d['accessDecision']['decision']")" = Approved ]
echo "approved $request"

# What the sandbox saw of it.
if records=$(curl -fsS "$url/sandbox/records?operation=AuthorizationRequest_Notification" 2>/dev/null); then
    [ "$(printf "%s" "$records" | value "d['records'][-1]['response']['status']")" = 200 ]
    echo "recorded"
fi
