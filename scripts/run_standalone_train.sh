#!/bin/sh
# Trains one model; arguments as in the MindSpore model zoo's script of this name.
set -eu

if [ $# -ne 4 ]; then
  cat >&2 <<'USAGE'
usage: sh scripts/run_standalone_train.sh DATASET MODE DATA_PATH SAVE_CKPT
  DATASET    AwA or CUB
  MODE       att, word or fusion (CUB: att)
  DATA_PATH  folder that holds AwA_data/ or CUB_data/
  SAVE_CKPT  model folder to write
DEM_PROGRAM names the program, where it is neither built here nor installed.
USAGE
  exit 2
fi

# shellcheck source=scripts/find_program.sh
. "$(dirname "$0")/find_program.sh"
exec "$dem" train --dataset="$1" --train-mode="$2" --data-path="$3" --save-ckpt="$4"
