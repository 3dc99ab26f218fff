#!/bin/sh
# Runs every fuzz target for FUZZ_SECONDS (60), beginning with its seeds. A finding ends it with the input's name.
set -eu
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-60}
cmake --preset fuzz >/dev/null
cmake --build build/fuzz
mkdir -p build/fuzz/corpus
for source in tests/fuzz/*_fuzz.c; do
    name=$(basename "$source" .c)
    corpus=build/fuzz/corpus/$name
    mkdir -p "$corpus"
    echo "== $name"
    "build/fuzz/$name" -max_total_time="$seconds" -print_final_stats=1 -verbosity=0 -artifact_prefix="build/fuzz/$name-" \
        "$corpus" "tests/fuzz/seeds/${name%_fuzz}"
done
