#!/bin/sh
# Installs the Debian packages that a purpose needs, and says why each is needed.
#   tools/packages.sh run|test|bench|check|fuzz   installs what is missing (as root, or through sudo)
#   tools/packages.sh list                        prints the table
# Does nothing, and asks the network for nothing, when all are there.
set -eu

# package | purposes | why
table='
build-essential      | run test bench check | the C compiler and the C library
cmake                | run test bench check fuzz | describes the build
ninja-build          | run test bench check fuzz | runs it
pkg-config           | run test bench check fuzz | finds the libraries below
libmicrohttpd-dev    | run test bench check fuzz | HTTP/1.1 and TLS server
libsqlite3-dev       | run test bench check fuzz | the embedded store
libpq-dev            | run test bench check fuzz | the client of PostgreSQL, the store for more than one machine
libyajl-dev          | run test bench check fuzz | reads JSON
libgnutls28-dev      | run test bench check fuzz | TLS, X.509, digests and signatures
libcurl4-gnutls-dev  | run test bench check fuzz | the HTTP client of agents
librdkafka-dev       | run test bench check fuzz | the client of Kafka, one of the kinds of target
libxml2-dev          | run test bench check fuzz | reads policy documents
zlib1g-dev           | run test bench check fuzz | gzip of answers and batches
libzstd-dev          | run test bench check fuzz | stored events and policies
libprotobuf-c-dev    | run test bench check fuzz | messages of the log protocol of sudo
protobuf-c-compiler  | run test bench check fuzz | makes their code
python3              | run test bench check | checks the layers in every build
curl                 | run test bench | asks the API what the computer of `make run` does
ca-certificates      | run test bench | certificates that clients trust beside our own
npm                  | run test bench | fetches the script of the API reference page (or any other npm)
libcmocka-dev        | test check | unit tests
postgresql-15        | test bench | a private PostgreSQL that the tests start themselves
python3-pytest       | test | tests from outside the process
python3-pytest-xdist | test | runs them side by side
python3-yaml         | test | reads the served OpenAPI documents
python3-cryptography | test | agents written out by hand: keys, certificate requests, assertions
chromium             | test | shows the API reference page
chromium-driver      | test | steers it
python3-selenium     | test | speaks to that
sudo                 | test | the real sudo and sudo_logsrvd as clients, with a configuration of the tests
rsyslog              | test | a real sender of syslog, started by the tests
rsyslog-gnutls       | test | its TLS
sqlite3              | test bench | looks at stores from outside
clang-format-14      | check test | one form of source for everyone
libclang-rt-14-dev   | fuzz | its run-time
clang-14             | fuzz | the compiler that has it
nginx-light          | bench | the static answer that our answers are compared with
wrk                  | bench | makes the load
'

purpose=${1:-}
case $purpose in
run | test | bench | check | fuzz) ;;
list)
    echo "$table" | sed '/^$/d'
    exit 0
    ;;
*)
    echo "usage: $0 run|test|bench|check|fuzz|list" >&2
    exit 2
    ;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "$0: this is no Debian system; install what '$0 list' names by its own means" >&2
    exit 0
fi

wanted=$(echo "$table" | awk -F'|' -v purpose="$purpose" \
    '{ gsub(/ /, "", $1) } $1 != "" && (" " $2 " ") ~ (" " purpose " ") { print $1 }' | sort -u)
# shellcheck disable=SC2086 # a list of words
there=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null | awk '$2 == "installed" { print $1 }')
missing=$(echo "$wanted" | grep -vxF "$there" || true)
if command -v npm >/dev/null 2>&1; then
    missing=$(echo "$missing" | grep -vx npm || true)
fi
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "$0: these packages are missing; install them as root:" >&2
        echo "    apt-get install -y --no-install-recommends" $missing >&2
        exit 1
    fi
    as_root=sudo
fi

echo "installing:" $missing
# The tests start a PostgreSQL of their own: the package must not start one for the whole machine.
if echo "$missing" | grep -q '^postgresql' && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    $as_root mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
$as_root apt-get update -q
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
    -o Dpkg::Options::=--force-confold $missing
