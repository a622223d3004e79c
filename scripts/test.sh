#!/bin/sh
# test.sh: installs what is needed, builds with warnings as errors, runs every test.
# Takes no arguments; DEM_JOBS=N sets how many compilers run at once, DEM_REQUIRE_REAL_DATA_TESTS=ON
# has tests fail, not skipped, where the published data are absent. Ends with the number of skipped tests.
set -eu
cd "$(dirname "$0")/.."
jobs=${DEM_JOBS:-$(nproc)}

say() { printf '\n== %s\n' "$*"; }

say "1/4 packages"
sh scripts/setup.sh test

say "2/4 configure (preset ci: release, warnings as errors) in build/ci"
cmake --preset ci -DDEM_REQUIRE_REAL_DATA_TESTS="${DEM_REQUIRE_REAL_DATA_TESTS:-OFF}"

say "3/4 build with $jobs jobs"
cmake --build --preset ci --parallel "$jobs"

say "4/4 every test"
status=0
ctest --preset ci --parallel "$jobs" --output-junit "$PWD/build/ci/tests.xml" || status=$?
say "skipped"
python3 tools/count_skips.py build/ci/tests.xml
exit "$status"
