#!/bin/sh
# Two ranks on two hosts: network namespaces joined by a cable of their own, which is all that they can
# reach, each with its own files. Usage: two_namespaces.sh PROGRAM MPIRUN; status 77 where namespaces
# are not permitted.
set -eu

program=$1
mpirun=$2
first=dem$$a
second=dem$$b
here=$(mktemp -d)
# This folder is the first host's; the second has another in its place.
disk=$here/disk
second_disk=$here/second

skip() {
  echo "skipped: $*"
  exit 77
}
fail() {
  echo "failed: $*"
  tail -n 40 "$here"/*.out "$here"/*.err 2>/dev/null || true
  exit 1
}
clean() {
  for name in "$first" "$second"; do
    # What a run that was cut short left behind, which would keep the namespace alive.
    # shellcheck disable=SC2046  # process numbers
    kill -9 $(ip netns pids "$name" 2>/dev/null) 2>/dev/null || true
    ip netns delete "$name" 2>/dev/null || true
  done
  rm -rf "$here"
}
trap clean EXIT
trap 'exit 1' INT TERM HUP

[ "$(id -u)" -eq 0 ] || skip "network namespaces are for root"
command -v ip >/dev/null 2>&1 || skip "no ip (package iproute2)"
"$mpirun" --version 2>/dev/null | grep -q 'open-mpi\.org' || skip "the options are those of Open MPI"
mkdir "$disk" "$second_disk"
ip netns add "$first" 2>/dev/null || skip "network namespaces are not permitted here"
ip netns add "$second"
ip link add "v$$a" netns "$first" type veth peer name "v$$b" netns "$second" 2>/dev/null ||
  skip "no virtual cables here"
# The command has mounts of its own, so that this one ends with it.
ip netns exec "$second" mount --bind "$second_disk" "$disk" 2>/dev/null ||
  skip "mounts in a namespace are not permitted here"

# host NAME DEVICE ADDRESS
host() {
  ip -n "$1" address add "$3/24" dev "$2"
  ip -n "$1" link set "$2" up
  ip -n "$1" link set lo up
}
host "$first" "v$$a" 10.213.7.1
host "$second" "v$$b" 10.213.7.2

# Open MPI starts its daemon on another host by this in place of ssh: AGENT HOST COMMAND...
cat >"$here/agent" <<AGENT
#!/bin/sh
shift
exec ip netns exec $second sh -c "mount --bind '$second_disk' '$disk' && cd / && \$*"
AGENT
chmod +x "$here/agent"

# across ARGUMENTS...: `dem ARGUMENTS` as a rank on each host.
across() {
  ip netns exec "$first" timeout -k 2 25 "$mpirun" --mca plm_rsh_agent "$here/agent" \
    --mca pml ob1 --mca btl tcp,self --mca btl_tcp_if_include 10.213.7.0/24 \
    --mca oob_tcp_if_include 10.213.7.0/24 --host 10.213.7.1,10.213.7.2 -n 2 "$program" "$@"
}
# Bytes that the first host has got by the cable.
received() {
  ip netns exec "$first" cat "/sys/class/net/v$$a/statistics/rx_bytes"
}

cd "$disk"
"$program" synth --output data --num-train-images 400 --num-test-images 100 --num-seen-classes 8 \
  --num-unseen-classes 4 --attribute-dim 12 --word-dim 20 --feature-dim 32 --quiet \
  >"$here/synth.out" 2>"$here/synth.err" || fail "no data"
cp -r data "$second_disk"

train="train --data-path data --dataset AwA --learning-rate 1e-3 --epoch-size 8 --batch-size 10
  --exchange gradients --distribute --quiet"
before=$(received)
# shellcheck disable=SC2086  # words of $train
across $train --save-ckpt hosts >"$here/train.out" 2>"$here/train.err" ||
  fail "two hosts do not train"
came=$(($(received) - before))
[ "$(grep -c 'Starting Training' "$here/train.out")" -eq 1 ] || fail "expected one line of the start"
[ -e hosts/train.ckpt ] || fail "rank 0 wrote no model"
[ ! -e "$second_disk/hosts" ] || fail "rank 1 wrote a model folder"
# Gradients went by the cable, once a step: 8 epochs of 400 images in batches of 2 x 10.
weights=$(wc -c <hosts/model.safetensors)
[ "$came" -gt $((8 * 20 * weights / 2)) ] || fail "$came bytes by the cable, weights have $weights"

# The same ranks on one host. A sum of two numbers is the same in either order, so the bits are the
# same by whatever way it is made; those of three ranks would depend on MPI's choice of an algorithm.
# shellcheck disable=SC2086
timeout -k 2 25 "$mpirun" -n 2 "$program" $train --save-ckpt one >"$here/one.out" 2>"$here/one.err" ||
  fail "two ranks on one host do not train"
cmp hosts/train.ckpt one/train.ckpt || fail "other weights than on one host"

# Each rank reads the model from its own host.
cp -r hosts "$second_disk"
evaluate="eval --data-path data --dataset AwA --save-ckpt hosts --json"
# shellcheck disable=SC2086
"$program" $evaluate >alone.json 2>"$here/alone.err" || fail "no evaluation"
# shellcheck disable=SC2086
across $evaluate >both.json 2>"$here/both.err" || fail "two hosts do not evaluate"
# Products of other numbers of rows may differ in float32's last bits.
for scores in alone both; do
  sed -E 's/([.][0-9]{6})[0-9]+/\1/' "$scores.json" >"$scores.six"
done
cmp alone.six both.six || fail "other scores than those of one process"

# The second host loses the data.
rm -rf "$second_disk/data"
status=0
start=$(date +%s)
# shellcheck disable=SC2086
across $train --save-ckpt bad >"$here/bad.out" 2>"$here/bad.err" || status=$?
took=$(($(date +%s) - start))
[ "$status" -eq 3 ] || fail "no data on the second host: expected status 3, got $status"
[ "$(grep -c '^dem: ' "$here/bad.err")" -eq 1 ] || fail "expected one message"
grep -q '^dem: rank 1 of 2: .*data' "$here/bad.err" || fail "expected rank 1's message"
[ "$took" -le 10 ] || fail "the error took $took seconds"
[ ! -e bad ] || fail "a model folder in spite of an error"
echo "two hosts train, evaluate and fail as one"
