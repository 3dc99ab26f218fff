#!/bin/sh
# Checks that need no build: layers, style, guides, formatting, scripts. Prints one line for each that fails.
cd "$(dirname "$0")/.." || exit 1
failed=0
python3 tools/check_layers.py . || failed=1
python3 tools/check_style.py . || failed=1
python3 tools/check_docs.py . || failed=1
bad=$(find src tests bench -name '*.[ch]' | sort | xargs clang-format-14 --dry-run 2>&1 | sed -n 's/^\([^:]*\):.*warning:.*/\1/p' | sort -u)
if [ -n "$bad" ]; then
    echo "not formatted (make format):" $bad
    failed=1
fi
for script in tools/*.sh tests/*.sh .ci/run; do
    shell=sh
    head -n 1 "$script" | grep -q bash && shell=bash
    $shell -n "$script" || failed=1
done
tools/packages.sh list >/dev/null || failed=1
exit $failed
