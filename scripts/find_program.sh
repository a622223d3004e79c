# shellcheck shell=sh
# For other scripts to source: sets dem to the program, from DEM_PROGRAM, from the newest build of
# this checkout, or from the PATH, in this order.
dem=${DEM_PROGRAM:-}
if [ -z "$dem" ]; then
  root=$(dirname "$0")/..
  # Names of builds hold no blanks; ls -t gives the newest first.
  # shellcheck disable=SC2012
  dem=$(ls -t "$root"/build/cli/dem "$root"/build/*/cli/dem 2>/dev/null | head -n 1)
fi
if [ -z "$dem" ]; then
  dem=$(command -v dem) || {
    echo "no program: run cmake -S . -B build && cmake --build build, or set DEM_PROGRAM" >&2
    exit 1
  }
fi
