#!/bin/sh
# check_format.sh [--fix]: every C++ file as .clang-format has it. Exits 1 naming what is not.
set -eu
cd "$(dirname "$0")/.."
clang_format=${CLANG_FORMAT:-clang-format}
command -v "$clang_format" >/dev/null 2>&1 || {
  echo "check_format: no $clang_format; run: sh scripts/setup.sh lint" >&2
  exit 1
}
case ${1:-} in
  --fix) set -- -i ;;
  "") set -- --dry-run -Werror ;;
  *) echo "usage: sh tools/check_format.sh [--fix]" >&2; exit 2 ;;
esac
find src include cli bench examples fuzz tests -type f \( -name '*.h' -o -name '*.cpp' \) -print0 |
  xargs -0 "$clang_format" --style=file "$@" || exit 1
