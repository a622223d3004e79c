#!/bin/sh
# demo.sh: installs what is needed, builds, and shows the main job on the real data in
# examples/emoji, with its controls; then runs the reference's own commands on generated AwA data.
# Takes no arguments; writes to build/demo only. Fails where a score is not what it should be.
set -eu
cd "$(dirname "$0")/.."
jobs=${DEM_JOBS:-$(nproc)}
out=build/demo/output

say() { printf '\n== %s\n' "$*"; }

# Commands are shown as they run.
run() {
  printf "$ %s\n" "$*" >&2
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

say "3/6 learn 986 seen emoji classes (examples/emoji: real drawings, real descriptions)"
# Recipe auto: all settings are chosen on held-out classes of the 986; no test image is looked at.
run "$dem" train --data-path examples --dataset emoji --save-ckpt "$out/emoji"

say "4/6 recognise 246 classes that it has never seen, and name some of their images"
run "$dem" eval --data-path examples --dataset emoji --save-ckpt "$out/emoji" --examples 12 --quiet

say "5/6 the controls: chance, and descriptions dealt out anew among the classes"
run "$dem" eval --data-path examples --dataset emoji --save-ckpt "$out/emoji" \
  --json --quiet >"$out/emoji.json"
run "$dem" eval --data-path examples --dataset emoji --save-ckpt "$out/emoji" \
  --shuffle-classes 1 --json --quiet >"$out/shuffled.json"
require "$(metric T1 "$out/emoji.json")" ">=" 0.18 "T1 on unseen classes (chance is 0.0041)"
require "$(metric H "$out/emoji.json")" ">=" 0.18 "H, seen and unseen classes together"
require "$(metric T1 "$out/shuffled.json")" "<" 0.015 "T1 with shuffled descriptions"

say "6/6 the reference's commands, word for word, on generated AwA data of the real size"
run "$dem" synth --output "$out" --layout dem --dataset AwA
run "$dem" train --device_target=CPU --data_path="$out" --dataset=AwA --train_mode=att \
  --save_ckpt="$out/awa_att" --epoch_size=10 --batch_size=64
run "$dem" eval --device_target=CPU --data_path="$out" --dataset=AwA --train_mode=att \
  --save_ckpt="$out/awa_att/train.ckpt"
"$dem" eval --data_path="$out" --dataset=AwA --train_mode=att --save_ckpt="$out/awa_att/train.ckpt" \
  --json --quiet >"$out/awa.json"
require "$(metric accuracy "$out/awa.json")" ">=" 0.5 "accuracy on generated AwA (chance is 0.1)"

say "done. Models and data are in $out; the program is $dem"
