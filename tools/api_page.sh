#!/bin/sh
# Fetches the script of the API reference page (/docs) from the npm registry into build/api-page/, where the build takes
# it from. One package, one version, checked by its hash; nothing of it runs here. Without npm or without a network the
# server is built without the script, and /docs says so.
set -eu
cd "$(dirname "$0")/.."

package=@scalar/api-reference
version=1.46.4
sha256=335d7f2d3a8ebb6b93a0e45142f5ee15965c09826bcacb18aeb1c5c187eedcb5
folder=build/api-page
script=$folder/reference.js

[ -e "$folder/$version" ] && exit 0
if ! command -v npm >/dev/null 2>&1; then
    echo "$0: no npm, so /docs will have no page (tools/packages.sh run installs it)" >&2
    exit 0
fi
rm -rf "$folder"
mkdir -p "$folder"
if ! (cd "$folder" && npm pack --silent "$package@$version" >/dev/null); then
    echo "$0: $package@$version cannot be fetched, so /docs will have no page" >&2
    exit 0
fi
archive=$(echo "$folder"/*.tgz)
if ! echo "$sha256  $archive" | sha256sum --check --status; then
    echo "$0: $package@$version is not what it was; its SHA-256 is $(sha256sum "$archive" | cut -d' ' -f1)" >&2
    rm -rf "$folder"
    exit 1
fi
tar -xzf "$archive" -C "$folder" --strip-components=3 package/dist/browser/standalone.js
tar -xzf "$archive" -C "$folder" --strip-components=1 package/LICENSE 2>/dev/null || true
rm "$archive"
mv "$folder/standalone.js" "$script"
touch "$folder/$version"
