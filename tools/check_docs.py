#!/usr/bin/env python3
"""Checks that documents name what is there.

usage: check_docs.py [ROOT]    exit status 1 and one line a fault
       check_docs.py --self-test

HACKING.md: the folders of its list, and the files and folders that its how-tos name in backquotes,
exist; NAME in a path stands for any name. docs/index.md: its table of headers lists every header of
include/ once, and no other.
"""
import pathlib
import re
import sys
import tempfile

FILE = re.compile(r"[\w.*/-]*[\w*]\.(?:h|cpp|md|txt|py|sh)")
HEADER_ROW = re.compile(r"^\| `(dem/[^`]+)` \|")


def listed_folders(text):
    """The first words of the first code block, a line a folder."""
    block = re.search(r"^```\n(.*?)^```", text, re.M | re.S)
    lines = block.group(1).splitlines() if block else []
    return [line.split()[0] for line in lines if line and not line[0].isspace()]


def how_to_paths(text):
    """What "How to" names in backquotes and looks like a file or a folder."""
    section = re.search(r"^## How to\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    quoted = re.findall(r"`([^`]+)`", section.group(1)) if section else []
    return [name for name in quoted if name.endswith("/") or FILE.fullmatch(name)]


def exists(root, name):
    """A path from the root on, or, without a slash, a file of that name anywhere in the sources."""
    pattern = name.rstrip("/").replace("NAME", "*")
    if "/" in name:
        return any(root.glob(pattern))
    folders = [root] + [root / part for part in ("src", "include", "cli", "tests", "docs", "tools")]
    return (root / name).exists() or any(
        next(folder.rglob(pattern), None) for folder in folders[1:] if folder.is_dir())


def faults(root):
    found = []
    hacking = (root / "HACKING.md").read_text(encoding="utf-8")
    folders, paths = listed_folders(hacking), how_to_paths(hacking)
    if not folders or not paths:
        found.append("HACKING.md: expected a list of folders and a section \"How to\" with paths")
    found += ["HACKING.md: %s is not there" % name
              for name in folders + paths if not exists(root, name)]
    index = (root / "docs" / "index.md").read_text(encoding="utf-8").splitlines()
    listed = [row.group(1) for row in map(HEADER_ROW.match, index) if row]
    headers = {path.relative_to(root / "include").as_posix()
               for path in (root / "include").rglob("*.h")}
    found += ["docs/index.md: %s is not there" % name for name in listed if name not in headers]
    found += ["docs/index.md: %s is listed twice" % name
              for name in sorted(set(listed)) if listed.count(name) > 1]
    found += ["docs/index.md: %s is not listed" % name for name in sorted(headers - set(listed))]
    return found


GOOD_HACKING = """# Hacking

```
include/dem/    headers
src/data/       data
                and more of it
```

## How to

- **Add a thing**: `src/data/NAME_layout.cpp`, a line in `table.cpp`, `src/data/`; not `--option`.

## More

`src/gone.cpp`
"""
GOOD_INDEX = "| header | names |\n|-|-|\n| `dem/a.h` | `A` |\n| `dem/data/b.h` | `B` |\n"
# What is put for what in which document, and the one fault that follows.
SELF_TEST = [
    ("HACKING.md", "", "", None),
    ("HACKING.md", "src/data/       data", "src/date/       data", "src/date/ is not there"),
    ("HACKING.md", "NAME_layout.cpp", "NAME_lay.cpp", "src/data/NAME_lay.cpp is not there"),
    ("HACKING.md", "`table.cpp`", "`tables.cpp`", "tables.cpp is not there"),
    ("HACKING.md", "`src/data/`;", "`src/date/`;", "src/date/ is not there"),
    ("HACKING.md", "## How to", "## What to", "expected a list of folders"),
    ("docs/index.md", "`dem/a.h`", "`dem/A.h`", "dem/A.h is not there"),
    ("docs/index.md", "| `dem/data/b.h` | `B` |\n", "", "dem/data/b.h is not listed"),
    ("docs/index.md", "`dem/a.h` | `A` |\n", "`dem/a.h` | `A` |\n| `dem/a.h` | |\n", "twice"),
]


def self_test():
    wrong = 0
    for document, old, new, fault in SELF_TEST:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            texts = {"HACKING.md": GOOD_HACKING, "docs/index.md": GOOD_INDEX}
            texts[document] = texts[document].replace(old, new) if old else texts[document]
            empty = ["include/dem/a.h", "include/dem/data/b.h", "src/data/table.cpp",
                     "src/data/dem_layout.cpp"]
            for name, text in list(texts.items()) + [(name, "") for name in empty]:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
            found = faults(root)
        good = any(fault in line for line in found) if fault else not found
        if not good:
            wrong += 1
            print("%s with %r for %r: expected %s, got %s" % (document, new, old, fault, found))
    print("self-test: %d cases, %d wrong" % (len(SELF_TEST), wrong))
    return 1 if wrong else 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        print(__doc__, file=sys.stderr)
        return 2
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).parent.parent)
    found = faults(root)
    for line in found:
        print(line)
    print("check_docs: %d faults" % len(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
