#!/bin/sh
# All tests. Its last line is "N passed, N failed"; the exit status is 0 only when nothing failed.
set -eu
cd "$(dirname "$0")/.."
tools/packages.sh test
tools/api_page.sh
exec /usr/bin/python3 tests/run.py "$@"
