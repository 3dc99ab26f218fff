#!/bin/sh
# Writes the served definitions: tools/openapi.sh REEVE FOLDER
set -eu
reeve=$1
folder=$2
mkdir -p "$folder"
for version in v1 v2 v3 agent oauth scim sandbox; do
    "$reeve" openapi --version "$version" >"$folder/$version.yaml.new"
    mv "$folder/$version.yaml.new" "$folder/$version.yaml"
done
