#!/bin/sh
# Two ranks on two hosts: network namespaces joined by a cable of their own, which is all that they can
# reach. Usage: two_namespaces.sh PROGRAM MPIRUN; status 77 where namespaces are not permitted.
set -eu

program=$1
mpirun=$2
here=$(mktemp -d)
first=dem$$a
second=dem$$b

skip() {
  echo "skipped: $*"
  exit 77
}
fail() {
  echo "failed: $*"
  cat "$here"/*.err 2>/dev/null || true
  exit 1
}
clean() {
  ip netns delete "$first" 2>/dev/null || true
  ip netns delete "$second" 2>/dev/null || true
  rm -rf "$here"
}
trap clean EXIT
trap 'exit 1' INT TERM HUP

[ "$(id -u)" -eq 0 ] || skip "network namespaces are for root"
command -v ip >/dev/null 2>&1 || skip "no ip (package iproute2)"
ip netns add "$first" 2>/dev/null || skip "network namespaces are not permitted here"
ip netns add "$second"
ip link add "v$$a" netns "$first" type veth peer name "v$$b" netns "$second" 2>/dev/null ||
  skip "no virtual cables here"
for side in a b; do
  [ "$side" = a ] && name=$first host=1 || { name=$second host=2; }
  ip -n "$name" address add "10.213.7.$host/24" dev "v$$$side"
  ip -n "$name" link set "v$$$side" up
  ip -n "$name" link set lo up
done

# Open MPI starts its daemon on another host by this in place of ssh: AGENT HOST COMMAND...
cat >"$here/agent" <<AGENT
#!/bin/sh
shift
exec ip netns exec $second sh -c "\$*"
AGENT
chmod +x "$here/agent"

# Each host has its own folder of the same name in everything but data: what is written on one is not
# seen by the other.
cd "$here"
"$program" synth --output data --num-train-images 400 --num-test-images 100 --num-seen-classes 8 \
  --num-unseen-classes 4 --attribute-dim 12 --word-dim 20 --feature-dim 32 --quiet >synth.out

# ranks HOST_OF_0 HOST_OF_1 COMMAND...: what two ranks print.
across() {
  ip netns exec "$first" timeout 60 "$mpirun" --mca plm_rsh_agent "$here/agent" \
    --mca pml ob1 --mca btl tcp,self --mca btl_tcp_if_include 10.213.7.0/24 \
    --mca oob_tcp_if_include 10.213.7.0/24 "$@"
}
train="train --data-path $here/data --dataset AwA --learning-rate 1e-3 --epoch-size 8
  --batch-size 10 --distribute --quiet"
# shellcheck disable=SC2086  # words of $train
across -n 1 --host 10.213.7.1 "$program" $train --save-ckpt "$here/hosts" : \
  -n 1 --host 10.213.7.2 "$program" $train --save-ckpt "$here/never" \
  >train.out 2>train.err || fail "two hosts do not train"
[ "$(grep -c 'Starting Training' train.out)" -eq 1 ] || fail "expected one line of the start"
[ ! -e never ] || fail "rank 1 wrote a model folder"

# The same ranks on one host: sums of two numbers have one order, so the bits are the same.
# shellcheck disable=SC2086
timeout 60 "$mpirun" -n 2 "$program" $train --save-ckpt one >one.out 2>one.err ||
  fail "two ranks on one host do not train"
cmp -s hosts/train.ckpt one/train.ckpt || fail "other weights than on one host"

evaluate="eval --data-path $here/data --dataset AwA --save-ckpt $here/hosts --json"
# shellcheck disable=SC2086
"$program" $evaluate >alone.json 2>alone.err
# shellcheck disable=SC2086
across -n 1 --host 10.213.7.1 "$program" $evaluate : -n 1 --host 10.213.7.2 "$program" $evaluate \
  >both.json 2>both.err || fail "two hosts do not evaluate"
cmp -s alone.json both.json || fail "other scores than those of one process"

# The second host lacks the data.
status=0
# shellcheck disable=SC2086
across -n 1 --host 10.213.7.1 "$program" $train --save-ckpt "$here/bad" : -n 1 --host 10.213.7.2 \
  "$program" $train --save-ckpt "$here/bad" --data-path "$here/nowhere" >bad.out 2>bad.err ||
  status=$?
[ "$status" -eq 3 ] || fail "missing data on one host: expected status 3, got $status"
[ "$(grep -c '^dem: rank 1 of 2: .*nowhere' bad.err)" -eq 1 ] || fail "expected rank 1's message"
[ ! -e bad ] || fail "a model folder in spite of an error"
echo "two hosts train, evaluate and fail as one"
