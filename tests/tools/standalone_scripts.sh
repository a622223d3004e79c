#!/bin/sh
# usage: standalone_scripts.sh CASE SCRIPTS PROGRAM
# Exit status 0 where run_standalone_{train,eval}.sh do what the case says.
set -eu
test_case=$1
scripts=$2
program=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
  echo "standalone_scripts: $*" >&2
  exit 1
}

RefuseAWrongNumberOfArguments() {
  for name in train eval; do
    for arguments in "" "AwA att" "AwA att data out more"; do
      status=0
      # shellcheck disable=SC2086
      sh "$scripts/run_standalone_$name.sh" $arguments 2>"$folder/error" || status=$?
      [ "$status" -eq 2 ] || fail "$name $arguments: expected exit status 2, got $status"
      grep -qF "usage: sh scripts/run_standalone_$name.sh DATASET MODE DATA_PATH" "$folder/error" ||
        fail "$name $arguments: expected its usage, got: $(cat "$folder/error")"
    done
  done
}

TrainAndEvaluate() {
  "$program" synth --output "$folder/data" --layout dem --dataset AwA --num-train-images 200 \
    --num-test-images 30 --num-seen-classes 6 --num-unseen-classes 3 --attribute-dim 9 \
    --word-dim 12 --feature-dim 16 --quiet >/dev/null
  DEM_PROGRAM=$program
  export DEM_PROGRAM
  cd "$folder"
  for mode in att word fusion; do
    sh "$scripts/run_standalone_train.sh" AwA "$mode" data "$mode" >train.log 2>train.err ||
      fail "train $mode: $(cat train.err)"
    grep -q '^epoch: 120 accuracy' train.log || fail "train $mode: no epoch 120"
    for model in "$mode" "$mode/train.ckpt"; do
      sh "$scripts/run_standalone_eval.sh" AwA "$mode" data "$model" >eval.log 2>eval.err ||
        fail "eval $model: $(cat eval.err)"
      grep -q "^accuracy _ AwA _ $mode = [01]\.[0-9]" eval.log || fail "eval $model: no accuracy"
    done
  done
}

# A program that prints where it is, in a copy of the checkout.
place_program() {
  mkdir -p "$folder/checkout/build/$1/cli"
  printf '#!/bin/sh\necho "%s"\n' "$1" >"$folder/checkout/build/$1/cli/dem"
  chmod +x "$folder/checkout/build/$1/cli/dem"
}

expect_program() {
  got=$(sh "$folder/checkout/scripts/run_standalone_eval.sh" AwA att data out)
  [ "$got" = "$1" ] || fail "expected the program of build/$1, got that of build/$got"
}

FindTheReleaseBuildFirst() {
  unset DEM_PROGRAM
  mkdir -p "$folder/checkout"
  cp -R "$scripts" "$folder/checkout/scripts"
  place_program dev
  expect_program dev
  place_program release
  place_program asan
  touch "$folder/checkout/build/asan/cli/dem"
  expect_program release
  place_program .
  place_program asan
  expect_program .
}

"$test_case"
