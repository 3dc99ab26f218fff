#!/bin/bash
# What `make run` does: builds reeve, starts a server with a sample fleet under ./var, enrols this computer with the real
# agent, waits until the API shows it at work, and stays in the foreground. Ctrl-C stops both.
#   REEVE_LISTEN   another address than https://127.0.0.1:8443
#   VAR            another folder than ./var
set -euo pipefail
cd "$(dirname "$0")/.."

# On a terminal Ctrl-C goes to make as well, which then fails whatever we say. In a process group of its own, in the
# foreground, this script alone gets it.
if [ -t 0 ] && [ -z "${REEVE_RUN_GROUP:-}" ]; then
    set -m
    REEVE_RUN_GROUP=1 tools/run.sh "$@"
    exit
fi
unset REEVE_RUN_GROUP

listen=${REEVE_LISTEN:-https://127.0.0.1:8443}
var=${VAR:-var}
unset REEVE_LISTEN
case $listen in https://*) ;; *) echo "make run: REEVE_LISTEN must be https://HOST:PORT" >&2; exit 2 ;; esac

make --no-print-directory release
reeve=build/release/reeve

umask 077
mkdir -p "$var" || { echo "make run: the folder $var cannot be made" >&2; exit 1; }
full=$(cd "$var" && pwd)

server= agent=
stop() {
    trap '' INT TERM HUP
    [ -z "$agent" ] || kill -TERM "$agent" 2>/dev/null || true
    [ -z "$agent" ] || wait "$agent" 2>/dev/null || true
    [ -z "$server" ] || kill -TERM "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    rm -f "$var/ready"
}
trap 'stop; echo; echo stopped; exit 0' INT TERM HUP
trap 'stop' EXIT

die() {
    echo "make run: $1" >&2
    exit 1
}

# First start: the sample fleet, whose changes are older than all others, and an account with all rights.
if [ ! -e "$var/filled" ] && [ ! -e "$var/client.env" ]; then
    "$reeve" sandbox fill --data "$var" --groups 6 --policies 4 --events 1500 && touch "$var/filled" ||
        die "the sample fleet could not be made"
fi
if [ ! -e "$var/client.env" ]; then
    scopes="management=full audit=read reporting=read scim=full jit=full insight=full"
    made=$("$reeve" api-account create --data "$var" --name "make run $(date +%s)" \
        $(printf -- '--scope %s ' $scopes)) || die "no API account could be made"
    client_id=$(awk '$1 == "clientId" { print $2 }' <<<"$made")
    client_secret=$(awk '$1 == "clientSecret" { print $2 }' <<<"$made")
    cat >"$var/client.env" <<EOF
REEVE_URL=$listen
REEVE_CLIENT_ID=$client_id
REEVE_CLIENT_SECRET=$client_secret
REEVE_CA=$full/ca.pem
EOF
fi
# shellcheck disable=SC1090
. "$full/client.env"

rm -f "$var/ready"
log_start=$(($(wc -c 2>/dev/null <"$var/serve.log" || echo 0) + 1))
"$reeve" serve --data "$var" --listen "$listen" --ready-file "$var/ready" >>"$var/serve.log" 2>&1 &
server=$!
for _ in $(seq 600); do
    [ ! -s "$var/ready" ] || break
    kill -0 "$server" 2>/dev/null || { tail -c "+$log_start" "$var/serve.log" | tail -n 3 >&2; server=; die "the server did not start; its log is $var/serve.log"; }
    sleep 0.05
done
[ -s "$var/ready" ] || die "the server was not ready in 30 seconds; its log is $var/serve.log"

url=$listen
ca=$var/ca.pem
api() { curl --silent --show-error --fail --cacert "$ca" -H "Authorization: Bearer $token" "$@"; }
token=$(curl --silent --show-error --fail --cacert "$ca" "$url/oauth/connect/token" -d grant_type=client_credentials \
    -d "client_id=$REEVE_CLIENT_ID" -d "client_secret=$REEVE_CLIENT_SECRET" |
    sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p') || true
[ -n "$token" ] || die "the account of $var/client.env gets no token; remove $var to begin anew"

# This computer, by the real agent.
installation=$("$reeve" installation show --data "$var")
"$reeve" agent enrol --server "$url" --ca "$ca" --state "$var/agent" \
    --installation-id "$(awk '$1 == "installationId" { print $2 }' <<<"$installation")" \
    --installation-key "$(awk '$1 == "installationKey" { print $2 }' <<<"$installation")" || die "this computer could not be enrolled"
"$reeve" agent run --state "$var/agent" >>"$var/agent.log" 2>&1 &
agent=$!
computer=$("$reeve" agent status --state "$var/agent" | awk '$1 == "computer" { print $2 }')

since=$(date -u -d '10 minutes ago' +%Y-%m-%dT%H:%M:%SZ)
works() {
    row=$(api "$url/management-api/v3/Computers/$computer") || return 1
    grep -q '"authorisationState":"Authorised"' <<<"$row" && grep -q '"policyRevisionStatus":"OnLatestPolicy"' <<<"$row" || return 1
    events=$(api "$url/management-api/v3/Events/FromStartDate?StartDate=$since&RecordSize=1000" | grep -o "\"agent\":{\"id\":\"$computer\"" | wc -l)
    [ "$events" -gt 0 ]
}
events=0
for _ in $(seq 300); do
    ! works || break
    kill -0 "$agent" 2>/dev/null || { tail -n 3 "$var/agent.log" >&2; agent=; die "the agent ended; its log is $var/agent.log"; }
    sleep 0.1
done
[ "$events" -gt 0 ] || die "this computer did not get to work in 30 seconds; see $var/agent.log"

cat <<EOF

Reeve takes requests. This computer is enrolled, runs the latest revision of its policy, and has reported $events events.

  base URL       $url/management-api
  client id      $REEVE_CLIENT_ID
  client secret  $REEVE_CLIENT_SECRET
  CA             $full/ca.pem
  all of them    $var/client.env

See it (in another terminal, in this folder):

  . $full/client.env
  TOKEN=\$(curl -s --cacert \$REEVE_CA $url/oauth/connect/token -d grant_type=client_credentials \\
      -d client_id=\$REEVE_CLIENT_ID -d client_secret=\$REEVE_CLIENT_SECRET | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  curl -s --cacert \$REEVE_CA -H "Authorization: Bearer \$TOKEN" $url/management-api/v3/Computers/$computer
  curl -s --cacert \$REEVE_CA -H "Authorization: Bearer \$TOKEN" "$url/management-api/v3/Events/FromStartDate?StartDate=$since"

Ctrl-C stops it.
EOF
set +e
wait -n "$server" "$agent"
die "the server or the agent ended by itself; see $var/serve.log and $var/agent.log"
