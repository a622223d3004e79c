#!/bin/sh
# Trains one model on several processes; the first four arguments as in the MindSpore model zoo's
# scripts of this name.
set -eu

say() { printf '%s\n' "run_distributed_train: $*" >&2; }
usage() {
  cat >&2 <<'USAGE'
usage: sh scripts/run_distributed_train.sh RANKS DATASET MODE DATA_PATH [OPTION...]
  RANKS      number of processes to start here, or a rank table (JSON), which names a host for each
  DATASET    AwA or CUB
  MODE       att, word or fusion (CUB: att)
  DATA_PATH  folder that holds AwA_data/ or CUB_data/
  OPTION     further options of dem train; the model goes to ../output unless --save-ckpt=FOLDER
DEM_PROGRAM names the program, where it is neither built here nor installed.
The hosts of a rank table must be reached by ssh without a password and have Open MPI, the program
and DATA_PATH at the same places.
USAGE
  exit 2
}

[ $# -ge 4 ] || usage
ranks=$1
dataset=$2
mode=$3
data_path=$4
shift 4

# shellcheck source=scripts/find_program.sh
. "$(dirname "$0")/find_program.sh"

# number: of processes; table: "rank R: HOST" a line, empty where all run here.
table=
case $ranks in
  *[!0-9]*)
    table=$("$dem" ranks "$ranks") || exit
    number=$(printf '%s\n' "$table" | grep -c '^rank ')
    ;;
  '' | 0*)
    say "RANKS: expected a number from 1 or a rank table, got \"$ranks\""
    exit 2
    ;;
  *) number=$ranks ;;
esac

if ! command -v mpirun >/dev/null 2>&1; then
  say "no mpirun: as root, run apt-get install openmpi-bin libopenmpi-dev (Debian and Ubuntu), then"
  say "build with cmake -DDEM_WITH_MPI=ON"
  exit 1
fi
open_mpi=
! mpirun --version 2>/dev/null | grep -q 'Open MPI' || open_mpi=yes
if [ -n "$table" ] && [ -z "$open_mpi" ]; then
  say "a rank table needs Open MPI's mpirun, and this is another: $(command -v mpirun)"
  exit 1
fi

# export_setting NAME=VALUE REASON: unless the caller has set it.
export_setting() {
  if ! printenv "${1%%=*}" >/dev/null; then
    say "setting $1: $2"
    export "${1?}"
  fi
}

# Cores as Open MPI counts them: those given to this process, two threads of one being one.
cores() {
  given=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
  whole=$(lscpu -p=CORE,SOCKET 2>/dev/null | grep -v '^#' | sort -u | wc -l)
  if [ "$whole" -gt 0 ] && [ "$whole" -lt "$given" ]; then echo "$whole"; else echo "$given"; fi
}

if [ -n "$open_mpi" ]; then
  if [ "$(id -u)" -eq 0 ]; then
    export_setting OMPI_ALLOW_RUN_AS_ROOT=1 "Open MPI runs for root only where told to"
    export_setting OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "and told twice"
  fi
  if [ -z "$table" ] && [ "$number" -gt "$(cores)" ]; then
    export_setting OMPI_MCA_rmaps_base_oversubscribe=1 "$number processes share $(cores) cores"
  fi
  export_setting OMPI_MCA_hwloc_base_binding_policy=none "each process has several threads"
fi

set -- "$dem" train --distribute --device-num="$number" --dataset="$dataset" \
  --train-mode="$mode" --data-path="$data_path" "$@"
[ -n "$table" ] || exec mpirun -n "$number" "$@"

printf '%s\n' "$table" >&2
say "device_ip is not needed: the processes talk over the hosts' network"
# Each run of ranks on one host becomes a part of mpirun's command line, "-n COUNT --host HOST:ALL
# PROGRAM...", since that keeps the order of ranks. With a hostfile Open MPI 4.1 would number those of
# its own host first. ALL is the number of ranks that the host has in the whole table.
runs=$(printf '%s\n' "$table" | awk '
  $1 == "rank" {
    ++all[$3]
    if ($3 != host[n]) host[++n] = $3
    ++count[n]
  }
  END { for (i = 1; i <= n; ++i) print count[i] ":" host[i] ":" all[host[i]] }')
words=$#
separator=
for run in $runs; do
  place=${run#*:}
  [ -z "$separator" ] || set -- "$@" :
  separator=:
  set -- "$@" -n "${run%%:*}" --host "$place"
  i=1
  while [ "$i" -le "$words" ]; do
    eval "word=\${$i}"
    # shellcheck disable=SC2154
    set -- "$@" "$word"
    i=$((i + 1))
  done
done
shift "$words"
exec mpirun "$@"
