#!/bin/sh
# demo.sh: installs what is needed, builds, and shows the main job on the real data in
# examples/emoji, with its controls; then runs the reference's own commands on generated AwA data.
# Takes no arguments; writes to build/demo only. Fails where a score is not what it should be.
set -eu
cd "$(dirname "$0")/.."
jobs=${DEM_JOBS:-$(nproc)}
out=build/demo/output

say() { printf '\n== %s\n' "$*"; }
run() {
  printf '$ %s\n' "$*"
  "$@"
}
# metric NAME FILE: a number of the JSON that `dem eval --json` wrote.
metric() { sed -n "s/^ *\"$1\": \([-+.0-9e]*\),*\$/\1/p" "$2" | head -n 1; }
# require VALUE OP BOUND MEANING
require() {
  if awk "BEGIN { exit !($1 $2 $3) }"; then
    echo "ok: $4: $1 $2 $3"
  else
    echo "demo: FAILED: $4: expected $2 $3, got $1" >&2
    exit 1
  fi
}

say "1/6 packages"
sh scripts/setup.sh

say "2/6 build the program in build/demo"
cmake -S . -B build/demo -G Ninja -DCMAKE_BUILD_TYPE=Release -DDEM_DEVELOPER_MODE=OFF
cmake --build build/demo --parallel "$jobs"
dem=build/demo/cli/dem
rm -rf "$out"
mkdir -p "$out"
