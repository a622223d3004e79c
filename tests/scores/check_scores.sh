#!/bin/sh
# usage: check_scores.sh DATASET PROGRAM DATA_PATH
# Exit status 0 where recipe gbu reaches the dataset's range, 77 where the data are absent.
set -eu
dataset=$1
program=$2
data=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

if [ ! -d "$data/$dataset" ]; then
  echo "skipped: real data are absent"
  echo "$data/$dataset"
  exit 77
fi

# run VERB OPTIONS...: the one JSON object of `dem VERB` in $folder/result.json.
run() {
  verb=$1
  shift
  "$program" "$verb" --data-path "$data" --dataset "$dataset" --save-ckpt "$folder/model" --json \
    --quiet "$@" >"$folder/result.json"
}

# The settings of docs/results.md.
train() {
  run train --recipe gbu --feature-scaling minmax --output-bias mean --hidden-dim 512 \
    --learning-rate 1e-3 --weight-decay 1e-5 --evaluation-interval 0 --select last --seed 1 "$@"
}

# require OP BOUND MEANING: of T1, a fraction.
require() {
  t1=$(sed -n 's/^ *"T1": \([-+.0-9e]*\),*$/\1/p' "$folder/result.json")
  [ -n "$t1" ] || { cat "$folder/result.json" >&2; echo "no T1 in the result" >&2; exit 1; }
  echo "T1 $t1, required $1 $2: $3"
  awk "BEGIN { exit !($t1 $1 $2) }"
}

case $dataset in
  emoji)
    train --epoch-size 25
    run eval
    require '>=' 0.12 "unseen classes, chance is 0.0041"
    run eval --shuffle-classes 1
    require '<' 0.015 "descriptions dealt out anew"
    ;;
  flowers102_clip)
    train --epoch-size 20
    run eval
    require '>=' 0.65 "unseen classes, chance is 0.05"
    ;;
  *)
    echo "no such dataset: $dataset" >&2
    exit 2
    ;;
esac
