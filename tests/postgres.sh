#!/bin/sh
# A private PostgreSQL 15 for tests, on a Unix socket only.
#   postgres.sh start FOLDER   makes or starts a cluster there and prints the store's URI; POSTGRES_OPTIONS
#                              holds more options for it, such as "-c fsync=off"
#   postgres.sh stop FOLDER    stops it and removes what start has made
set -eu

programs=${POSTGRES_PROGRAMS:-/usr/lib/postgresql/15/bin}
port=54321

usage() {
    echo "usage: $0 start|stop FOLDER" >&2
    exit 2
}

[ $# -eq 2 ] || usage
folder=$2
case $folder in /*) ;; *) folder=$(pwd)/$folder ;; esac

# PostgreSQL refuses to run as root.
as_owner() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
    else
        "$@"
    fi
}

start() {
    mkdir -p "$folder/socket"
    chmod 755 "$folder"
    if [ "$(id -u)" -eq 0 ]; then
        chown -R postgres:postgres "$folder"
    fi
    cd "$folder"
    if [ ! -f data/PG_VERSION ]; then
        as_owner "$programs/initdb" --auth=trust --no-sync --locale=C.UTF-8 --encoding=UTF8 \
            --username=postgres --pgdata="$folder/data" >initdb.log 2>&1 || { cat initdb.log >&2; exit 1; }
    fi
    if ! as_owner "$programs/pg_ctl" --pgdata="$folder/data" status >/dev/null 2>&1; then
        as_owner "$programs/pg_ctl" --pgdata="$folder/data" --wait --timeout=60 --log="$folder/postgres.log" \
            --options="-c listen_addresses='' -c port=$port -c unix_socket_directories='$folder/socket' -c max_connections=200 ${POSTGRES_OPTIONS:-}" \
            start >/dev/null 2>&1 || { cat postgres.log >&2; exit 1; }
    fi
    if ! as_owner "$programs/psql" -h "$folder/socket" -p $port -U postgres -Atc \
        "SELECT 1 FROM pg_database WHERE datname = 'reeve'" postgres | grep -q 1; then
        as_owner "$programs/createdb" -h "$folder/socket" -p $port -U postgres reeve
    fi
    echo "postgresql://postgres@/reeve?host=$folder/socket&port=$port"
}

stop() {
    [ -d "$folder/data" ] || exit 0
    cd "$folder"
    as_owner "$programs/pg_ctl" --pgdata="$folder/data" --mode=immediate --wait stop >/dev/null 2>&1 || true
    cd /
    rm -rf "$folder/data" "$folder/socket" "$folder/initdb.log" "$folder/postgres.log"
    rmdir "$folder" 2>/dev/null || true
}

case $1 in
start) start ;;
stop) stop ;;
*) usage ;;
esac
