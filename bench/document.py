#!/usr/bin/env python3
"""Puts what a bench script prints into docs/performance.md, in the place of what stood there.

  bench/compare.py --filter step | bench/document.py step

The place is between the lines <!-- NAME --> and <!-- end of NAME -->.
"""
import argparse
import os
import pathlib
import sys

DOCUMENT = pathlib.Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def replaced(text, name, table):
    """`text` with `table` between the two lines of `name`."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"expected one place {name}, a line {begin.strip()} and {end.strip()}")
    head, rest = text.split(begin)
    return head + begin + table.strip() + "\n" + end + rest.split(end)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="of the place, as step, solver or precision")
    parser.add_argument("--file", type=pathlib.Path, default=DOCUMENT)
    options = parser.parse_args()
    table = sys.stdin.read()
    if "|-" not in table:
        sys.exit("document: expected a table in Markdown on standard input, got none")
    try:
        text = replaced(options.file.read_text(encoding="utf-8"), options.name, table)
    except (OSError, ValueError) as error:
        sys.exit(f"document: {options.file}: {error}")
    partial = options.file.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, options.file)
    sys.stdout.write(table)


if __name__ == "__main__":
    main()
