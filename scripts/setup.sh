#!/bin/sh
# setup.sh [mpi] [test] [lint] [fuzz]: installs what dem needs, on Debian 12 and its relatives.
#
#   (nothing)  compiler, CMake, libraries: enough for the program
#   mpi        Open MPI, for DEM_WITH_MPI=ON
#   test       what the tests need besides, Open MPI among it
#   lint       clang-format and clang-tidy
#   fuzz       clang with its run-time libraries, for presets asan and tsan
#
# The one place of this project that installs packages. It calls apt-get only for what is missing,
# as root or through sudo, and can be run any number of times.
set -eu

required="g++ make cmake ninja-build pkg-config libopenblas-pthread-dev libhdf5-dev zlib1g-dev
libprotobuf-dev protobuf-compiler nlohmann-json3-dev libxxhash-dev libisal-dev libcli11-dev"
mpi_group="libopenmpi-dev openmpi-bin"
test_group="$mpi_group iproute2 libgtest-dev libgmock-dev python3 python3-numpy python3-scipy python3-h5py
python3-jsonschema python3-onnx python3-torch libopencv-dnn-dev"
# npm fetches ONNX Runtime for one test. Both programs may have come from elsewhere.
command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 ||
  test_group="$test_group nodejs npm"
lint_group="clang-format clang-tidy python3"
fuzz_group="clang libclang-rt-dev"

say() { printf '%s\n' "setup: $*" >&2; }
fail() { say "$@"; exit 1; }

wanted=$required
for group in "$@"; do
  case $group in
    mpi) wanted="$wanted $mpi_group" ;;
    test) wanted="$wanted $test_group" ;;
    lint) wanted="$wanted $lint_group" ;;
    fuzz) wanted="$wanted $fuzz_group" ;;
    *) printf 'usage: sh scripts/setup.sh [mpi] [test] [lint] [fuzz]\n' >&2; exit 2 ;;
  esac
done

if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
  say "this system has no apt-get. On a system other than Debian or Ubuntu, install the"
  say "counterparts of these packages by hand, then build with cmake:"
  # shellcheck disable=SC2086
  printf '  %s\n' $wanted >&2
  exit 1
fi

installed() {
  dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'
}

missing=""
for package in $wanted; do
  installed "$package" || missing="$missing $package"
done
if [ -z "$missing" ]; then
  say "everything is installed already"
  exit 0
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 ||
    fail "not root, and no sudo here; as root, run: apt-get install$missing"
  as_root="sudo"
fi

apt() {
  # shellcheck disable=SC2086
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@"
}

say "installing:$missing"
apt update -q || fail "apt-get update failed; the message above says why"
# shellcheck disable=SC2086
apt install -q -y --no-install-recommends $missing ||
  fail "apt-get could not install:$missing (needs Debian 12 or newer, or a relative)"
say "done"
