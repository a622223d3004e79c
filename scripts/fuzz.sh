#!/bin/sh
# fuzz.sh [SECONDS [READER...]]: runs the fuzz targets of the readers, each for SECONDS (10 unless
# told), from a corpus that the tests' writers and fixtures make. The tests of presets asan (3 s) and
# nightly (60 s) are calls of this, one a reader, and may run side by side.
#
# Build them first: cmake --preset asan && cmake --build --preset asan --target dem_fuzz_targets
# Findings are left in build/asan/findings/READER; DEM_FUZZ_DIR is another folder than build/asan.
# Memory that one call asks for is limited to 128 MiB: inputs have at most 32 KiB, which deflate
# makes 33 MiB at most, and tables of text take a few times as much.
#
# libhdf5 1.10 has defects of its own on damaged files. A crash whose innermost frame (but for the
# sanitizers and the C library) lies in libhdf5 is counted and not held against dem; leaked memory is
# not looked for there. What dem leaves open of a file, fuzz_h5.cpp counts itself.
set -eu
cd "$(dirname "$0")/.."
folder=${DEM_FUZZ_DIR:-build/asan}
seconds=${1:-10}
[ $# -gt 0 ] && shift
readers=${*:-ckpt classes convert csv graph h5 mat model npy npz pickle safetensors statistics stream}
sanitizing="allow_addr2line=1:${ASAN_OPTIONS:-}"

say() { printf 'fuzz: %s\n' "$*"; }

# Does the stack in this report of a sanitizer start in libhdf5, but for the sanitizers and libc?
starts_in_libhdf5() {
  grep -aE '^ *#[0-9]+ ' |
    grep -avE ' in (__asan|__interceptor|__sanitizer|__ubsan|fuzzer::|_*mem|_*str|__GI_|raise|abort|malloc|calloc|realloc|free)|libc\.so|libpthread' |
    head -1 | grep -q libhdf5
}

fuzz() {
  reader=$1
  found=$folder/findings/$reader
  mkdir -p "$folder/corpus/$reader" "$found"
  set --
  if [ "$reader" = h5 ]; then
    set -- -fork=1 -ignore_crashes=1 -ignore_timeouts=1 -ignore_ooms=1 -detect_leaks=0
    export ASAN_OPTIONS="detect_leaks=0:$sanitizing"
  else
    export ASAN_OPTIONS="$sanitizing"
  fi
  status=0
  "$folder/fuzz/dem_fuzz_$reader" "$@" $limits -max_total_time="$seconds" -max_len=32768 \
    -artifact_prefix="$found/" -print_final_stats=1 "$folder/corpus/$reader" \
    "$seeds/$reader" >"$folder/$reader.log" 2>&1 || status=$?
  known=0
  if [ "$reader" = h5 ]; then
    # With -fork the status is that of the last child, which may have crashed in libhdf5: once the
    # time was used up, what counts is the findings.
    grep -aq '^INFO: exiting: ' "$folder/$reader.log" && status=0
    for finding in "$found"/*; do
      [ -f "$finding" ] || continue
      "$folder/fuzz/dem_fuzz_h5" $limits "$finding" >"$folder/$reader.finding.log" 2>&1 || true
      if starts_in_libhdf5 <"$folder/$reader.finding.log"; then
        known=$((known + 1))
        rm "$finding"
      else
        status=1
      fi
    done
  fi
  runs=$(grep -aoE '(number_of_executed_units: [0-9]+|^#[0-9]+)' "$folder/$reader.log" | tail -1 | grep -oE '[0-9]+')
  if [ "$status" -ne 0 ]; then
    tail -40 "$folder/$reader.log"
    say "$reader: FAILED; see $found"
    return 1
  fi
  say "$reader: ${runs:-?} runs in $seconds s, no findings$([ "$known" -gt 0 ] && echo " but $known of libhdf5's own" || true)"
}

[ -x "$folder/fuzz/dem_fuzz_seeds" ] || {
  say "no targets in $folder; first: cmake --preset asan && cmake --build --preset asan --target dem_fuzz_targets" >&2
  exit 2
}
# shellcheck disable=SC2086  # options, to be split
limits="-timeout=20 -malloc_limit_mb=128 -rss_limit_mb=2048"
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
trap 'exit 130' INT TERM
"$folder/fuzz/dem_fuzz_seeds" "$seeds"
failed=0
for reader in $readers; do fuzz "$reader" || failed=1; done
exit $failed
