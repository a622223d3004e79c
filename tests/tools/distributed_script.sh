#!/bin/sh
# usage: distributed_script.sh CASE SCRIPTS PROGRAM
# Exit status 0 where run_distributed_train.sh does what the case says, 77 where that needs Open MPI
# and there is none. `dem train` is a stand-in that prints its arguments, and so is mpirun but for
# the cases that begin with OpenMpi.
set -eu
test_case=$1
scripts=$2
program=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unset OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM OMPI_MCA_rmaps_base_oversubscribe
unset OMPI_MCA_hwloc_base_binding_policy

fail() {
  echo "distributed_script: $*" >&2
  exit 1
}

stand_in() {
  mkdir -p "$folder/bin"
  { echo '#!/bin/sh'; cat; } >"$folder/bin/$1"
  chmod +x "$folder/bin/$1"
}

stand_in dem <<DEM
[ "\$1" != ranks ] || exec "$program" "\$@"
echo "\${FAKE_HOST:-here} \${OMPI_COMM_WORLD_RANK:--}/\${OMPI_COMM_WORLD_SIZE:--}" "\$@"
DEM
DEM_PROGRAM=$folder/bin/dem
export DEM_PROGRAM

stand_in_mpirun() {
  stand_in mpirun <<MPIRUN
if [ "\$1" = --version ]; then echo "mpirun ($1) 4.1.4"; exit; fi
printf '[%s]' "\$@"
MPIRUN
  PATH=$folder/bin:$PATH
}

# Ranks 0 and 2 on one host, 1 on another, 3 and 4 on the first again.
write_table() {
  cat >"$folder/table.json" <<'TABLE'
{"version": "1.0", "status": "completed", "server_list": [
  {"server_id": "node-b", "device": [{"device_id": "0", "rank_id": "0"},
    {"device_id": "1", "rank_id": "2"}, {"device_id": "2", "rank_id": "3"}]},
  {"server_id": "127.0.0.1", "device": [{"device_id": "0", "rank_id": "1"}]}]}
TABLE
}

train() {
  status=0
  sh "$scripts/run_distributed_train.sh" "$@" >"$folder/out" 2>"$folder/error" || status=$?
}

expect_status() { [ "$status" -eq "$1" ] || fail "expected status $1, got $status: $(cat "$folder/error")"; }
expect_error() { grep -qF -- "$1" "$folder/error" || fail "expected \"$1\" in: $(cat "$folder/error")"; }
expect_output() {
  printf '%s' "$1" >"$folder/expected"
  cmp -s "$folder/expected" "$folder/out" || fail "expected $1, got $(cat "$folder/out")"
}

RefuseWrongArguments() {
  stand_in_mpirun "Open MPI"
  for arguments in "" "2" "2 AwA att"; do
    # shellcheck disable=SC2086
    train $arguments
    expect_status 2
    expect_error "usage: sh scripts/run_distributed_train.sh RANKS DATASET MODE DATA_PATH"
  done
  for ranks in 0 08 ""; do
    train "$ranks" AwA att data
    expect_status 2
    expect_error "RANKS: expected a number from 1 or a rank table, got \"$ranks\""
  done
  train missing.json AwA att data
  expect_status 3
  expect_error "missing.json: cannot be read"
  echo '{"server_list": [], "status": "initializing"}' >"$folder/table.json"
  train "$folder/table.json" AwA att data
  expect_status 3
  expect_error 'status: expected "completed", got "initializing"'
}

StartANumberOfProcessesHere() {
  stand_in_mpirun "Open MPI"
  train 1 AwA att "my data" --save-ckpt=out --seed 3
  expect_status 0
  expect_output "[-n][1][$DEM_PROGRAM][train][--distribute][--device-num=1][--dataset=AwA]\
[--train-mode=att][--data-path=my data][--save-ckpt=out][--seed][3]"
  ! grep -q oversubscribe "$folder/error" || fail "one process needs no more than one core"
  train 100000 AwA att data
  expect_error "setting OMPI_MCA_rmaps_base_oversubscribe=1: 100000 processes share"
}

StartARankTableInTheOrderOfItsRanks() {
  stand_in_mpirun "Open MPI"
  write_table
  train "$folder/table.json" CUB att "my data" --seed=3
  expect_status 0
  expect_error "device_ip is not needed"
  words="[$DEM_PROGRAM][train][--distribute][--device-num=4][--dataset=CUB][--train-mode=att]\
[--data-path=my data][--seed=3]"
  expect_output "[-n][1][--host][node-b:3]${words}[:][-n][1][--host][127.0.0.1:1]${words}[:]\
[-n][2][--host][node-b:3]${words}"
}

SetForOpenMpiOnlyWhatIsNeeded() {
  stand_in_mpirun "Open MPI"
  OMPI_MCA_hwloc_base_binding_policy=core
  export OMPI_MCA_hwloc_base_binding_policy
  train 1 AwA att data
  ! grep -q binding "$folder/error" || fail "the caller's setting was changed"
  unset OMPI_MCA_hwloc_base_binding_policy
  train 1 AwA att data
  expect_error "setting OMPI_MCA_hwloc_base_binding_policy=none"
  if [ "$(id -u)" -eq 0 ]; then
    expect_error "setting OMPI_ALLOW_RUN_AS_ROOT=1"
  else
    ! grep -q ROOT "$folder/error" || fail "set what only root needs"
  fi
}

KnowOtherMpirunsAndNone() {
  stand_in_mpirun "Another MPI"
  train 100000 AwA att data
  expect_status 0
  [ ! -s "$folder/error" ] || fail "settings for Open MPI: $(cat "$folder/error")"
  write_table
  train "$folder/table.json" AwA att data
  expect_status 1
  expect_error "a rank table needs Open MPI's mpirun"
  mkdir "$folder/few"
  for tool in sh dirname; do ln -s "$(command -v "$tool")" "$folder/few/$tool"; done
  all_tools=$PATH
  # shellcheck disable=SC2123
  PATH=$folder/few
  train 2 AwA att data
  PATH=$all_tools
  expect_status 1
  expect_error "apt-get install openmpi-bin libopenmpi-dev"
}

# Hosts are reached by a stand-in for ssh, which runs everything here.
OpenMpiGivesTheRanksOfATableTheirHosts() {
  write_table
  stand_in ssh <<'SSH'
while [ "$1" = -x ]; do shift; done
FAKE_HOST=$1
export FAKE_HOST
shift
exec sh -c "$*"
SSH
  OMPI_MCA_plm_rsh_agent=$folder/bin/ssh
  OMPI_MCA_plm_rsh_no_tree_spawn=1
  export OMPI_MCA_plm_rsh_agent OMPI_MCA_plm_rsh_no_tree_spawn
  train "$folder/table.json" AwA att data
  expect_status 0
  sort "$folder/out" | cut -d' ' -f1-3 >"$folder/sorted"
  printf '%s\n' "here 1/4 train" "node-b 0/4 train" "node-b 2/4 train" "node-b 3/4 train" |
    cmp - "$folder/sorted" || fail "got $(cat "$folder/sorted")"
}

OpenMpiStartsMoreProcessesThanCores() {
  train "$(($(nproc) + 1))" AwA att data
  expect_status 0
  [ "$(wc -l <"$folder/out")" -eq "$(($(nproc) + 1))" ] || fail "got $(cat "$folder/out")"
}

case $test_case in
  OpenMpi*) mpirun --version 2>/dev/null | grep -q 'Open MPI' || exit 77 ;;
esac
"$test_case"
