# shellcheck shell=sh
# For other scripts to source: sets dem to the program: from DEM_PROGRAM, else from a build of this
# checkout, optimised ones first and those with sanitizers never, else from the PATH.
dem=${DEM_PROGRAM:-}
if [ -z "$dem" ]; then
  for build in . mpi release ci native demo dev; do
    dem=$(dirname "$0")/../build/$build/cli/dem
    [ ! -x "$dem" ] || break
    dem=
  done
fi
if [ -z "$dem" ]; then
  dem=$(command -v dem) || {
    echo "no program: run cmake -S . -B build && cmake --build build, or set DEM_PROGRAM" >&2
    exit 1
  }
fi
