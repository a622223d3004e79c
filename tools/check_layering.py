#!/usr/bin/env python3
"""Checks that every #include goes down.

usage: check_layering.py [ROOT]    exit status 1 and one line a violation
       check_layering.py --self-test

Folders have floors (docs/architecture.md). A file may include headers of its own folder and of
folders on a lower floor; folders on one floor do not see each other. The roof (cli, bench,
examples) sees public headers and its own. A third-party header may be included only in the folder
that wraps it. Tests may include anything and are not looked at.
"""
import pathlib
import re
import sys
import tempfile

FLOORS = {
    "base": 0,
    "comm": 1, "linalg": 1,
    "io": 2, "model": 2,
    "data": 3, "search": 3, "optim": 3,
    "learn": 4, "eval": 4, "exchange": 4, "doctor": 4, "imports": 4,
    "pipeline": 5,
    "report": 6,
}
ROOF = ("cli", "bench", "examples")

# Third-party headers (a regular expression over the whole name) and the folders that wrap them.
WRAPPED = [
    (r"cblas\.h|openblas_config\.h|lapacke?\.h", {"linalg"}),
    (r"hdf5\.h|H5\w+\.h|zlib\.h|isa-l\.h", {"io"}),
    (r"google/protobuf/.*|(.*/)?\w+\.pb\.h", {"exchange"}),
    (r"xxhash\.h", {"base"}),
    (r"mpi\.h", {"comm"}),
    (r"CLI/.*", {"cli", "bench"}),
    (r"benchmark/.*", {"bench"}),
]
NLOHMANN = re.compile(r"nlohmann/.*")
# The operating system and the processor, by their headers' names.
POSIX = re.compile(
    r"(sys|linux|asm)/.*|(unistd|fcntl|pthread|sched|signal|poll|dirent|termios|dlfcn|glob)\.h")
POSIX_FOLDERS = {"base", "cli", "bench"}
INTRINSICS = re.compile(r"\w+intrin\.h|arm_neon\.h")
INTRINSICS_FOLDERS = {"base", "learn", "linalg", "model", "optim", "search"}
STANDARD = re.compile(r"[a-z0-9_]+")

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")')


def folder_of(path):
    """("src" | "public" | roof folder, floor folder or None) of a file relative to the root."""
    parts = path.parts
    if parts[0] == "src":
        return "src", parts[1] if len(parts) > 2 else None
    if parts[0] == "include":
        return "public", parts[2] if len(parts) > 3 else None
    return parts[0], None


def check_third_party(name, area, folder, is_header):
    """What is wrong with a header that is not dem's own, or None."""
    if STANDARD.fullmatch(name):
        return None
    if area == "public":
        return "a public header includes only the standard library and dem/"
    where = folder if area == "src" else area
    if NLOHMANN.fullmatch(name):
        return "nlohmann/json belongs in .cpp files" if is_header else None
    for pattern, folders in WRAPPED:
        if re.fullmatch(pattern, name):
            if where in folders:
                return None
            return "only %s may include it" % ", ".join(sorted(folders))
    if POSIX.fullmatch(name):
        return None if where in POSIX_FOLDERS else "operating system headers belong in base"
    if INTRINSICS.fullmatch(name):
        return None if where in INTRINSICS_FOLDERS else "processor intrinsics belong in linalg"
    return "unknown header; if it is meant, name the folder that wraps it in check_layering.py"


def check_own(target, public, area, folder, path):
    """What is wrong with including a header of folder `target` (None: dem/dem.h), or None."""
    if area in ROOF:
        # Floors of benchmarks call bare products and loops, which no public header has.
        if public or path.name in ("floor.cpp", "product.cpp"):
            return None
        return "the roof uses public headers only"
    if area == "public" and not public:
        return "a public header may not include a private one"
    if target is None:
        return None if path.parts[-1] == "dem.h" else "the umbrella header is for users"
    if target not in FLOORS:
        return "folder %s has no floor" % target
    if area == "public" and folder is None:  # dem/dem.h
        return None
    if target == folder or FLOORS[target] < FLOORS[folder]:
        return None
    if FLOORS[target] == FLOORS[folder]:
        return "%s and %s are on the same floor" % (folder, target)
    return "%s (floor %d) includes upward, %s is on floor %d" % (
        folder, FLOORS[folder], target, FLOORS[target])


def check_include(root, path, angled, quoted):
    area, folder = folder_of(path)
    is_header = path.suffix == ".h"
    name = angled or quoted
    if name.startswith("dem/"):
        parts = name.split("/")
        return check_own(parts[1] if len(parts) > 2 else None, True, area, folder, path)
    if angled:
        return check_third_party(name, area, folder, is_header)
    if re.fullmatch(r".*\.pb\.h", name):
        return check_third_party(name, area, folder, is_header)
    if ".." in name.split("/"):
        return "relative path that leaves the folder"
    first = name.split("/")[0]
    if "/" in name and (root / "src" / name).is_file():
        return check_own(first, False, area, folder, path)
    if (root / path.parent / name).is_file() or (area in ROOF and (root / name).is_file()):
        if area in ROOF and "/" in name and first in ROOF and first != area:
            return "%s and %s do not see each other" % (area, first)
        return None
    return "no such header of dem; third-party headers are written <...>"


def sources(root):
    for top in ("src", "include", *ROOF):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".h", ".cpp"):
                yield path.relative_to(root)


def violations(root):
    found = []
    for path in sources(root):
        area, folder = folder_of(path)
        if area in ("src", "public") and folder is not None and folder not in FLOORS:
            found.append("%s: folder %s has no floor" % (path, folder))
            continue
        text = (root / path).read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            problem = check_include(root, path, match.group(1), match.group(2))
            if problem:
                found.append("%s:%d: %s: %s" % (path, number, match.group(0).strip(), problem))
    return found


# A small tree: each file with its includes, and whether the last one of them is a violation.
SELF_TEST = [
    ("include/dem/dem.h", ['"dem/base/error.h"', '"dem/learn/trainer.h"'], False),
    ("include/dem/base/error.h", ["<string>"], False),
    ("include/dem/linalg/matrix.h", ['"dem/base/error.h"', "<cstdint>"], False),
    ("include/dem/learn/trainer.h", ['"dem/linalg/matrix.h"'], False),
    ("include/dem/eval/scores.h", ['"dem/learn/trainer.h"'], True),  # same floor
    ("include/dem/io/array_file.h", ['"io/formats.h"'], True),  # public includes private
    ("include/dem/model/model.h", ["<nlohmann/json.hpp>"], True),
    ("include/dem/optim/adam.h", ["<hdf5.h>"], True),
    ("include/dem/data/dataset.h", ['"dem/dem.h"'], True),  # umbrella
    ("src/base/hash.cpp", ["<xxhash.h>"], False),
    ("src/base/error.cpp", ['"dem/linalg/matrix.h"'], True),  # upward
    ("src/base/posix.cpp", ["<sys/mman.h>"], False),
    ("src/linalg/blas.cpp", ["<cblas.h>"], False),
    ("src/linalg/blas.h", ["<cmath>"], False),
    ("src/io/formats.h", ['"dem/io/array_file.h"'], False),
    ("src/io/mat.cpp", ['"io/formats.h"', '"formats.h"', "<zlib.h>"], False),
    ("src/io/model_user.cpp", ['"dem/model/model.h"'], True),  # same floor
    ("src/model/network.cpp", ["<cblas.h>"], True),  # linalg wraps it
    ("src/model/json.cpp", ["<nlohmann/json.hpp>"], False),
    ("src/model/json.h", ["<nlohmann/json.hpp>"], True),  # a header
    ("src/data/load.cpp", ["<hdf5.h>"], True),
    ("src/data/blas_user.cpp", ['"linalg/blas.h"'], False),
    ("src/optim/adam.cpp", ['"dem/data/dataset.h"'], True),  # same floor
    ("src/learn/trainer.cpp", ['"dem/eval/scores.h"'], True),  # learn never sees eval
    ("src/exchange/ckpt.cpp", ['"exchange/ckpt.pb.h"'], False),
    ("src/learn/ckpt.cpp", ['"exchange/ckpt.pb.h"'], True),
    ("src/eval/os.cpp", ["<unistd.h>"], True),
    ("src/eval/unknown.cpp", ["<boost/optional.hpp>"], True),
    ("src/eval/missing.cpp", ['"eval/missing.h"'], True),
    ("src/eval/escape.cpp", ['"../learn/trainer.h"'], True),
    ("src/newfloor/x.cpp", ["<string>"], True),
    ("cli/options.h", ["<string>"], False),
    ("cli/main.cpp", ['"options.h"', '"cli/options.h"', "<CLI/CLI.hpp>", '"dem/dem.h"'], False),
    ("cli/private.cpp", ['"io/formats.h"'], True),
    ("bench/cli_user.cpp", ['"cli/options.h"'], True),
    ("examples/hello.cpp", ["<CLI/CLI.hpp>"], True),
]


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, includes, _ in SELF_TEST:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join("#include %s\n" % i for i in includes), encoding="utf-8")
        found = violations(root)
    wrong = []
    for name, includes, bad in SELF_TEST:
        lines = [v for v in found if v.startswith(name + ":")]
        last = [v for v in lines if v.startswith("%s:%d:" % (name, len(includes)))]
        if name.startswith("src/newfloor/"):
            last = lines
        if len(lines) != int(bad) or len(last) != int(bad):
            wrong.append("%s: expected %d violation in its last include, got %s" % (
                name, bad, lines))
    for line in wrong:
        print(line)
    print("self-test: %d files, %d wrong" % (len(SELF_TEST), len(wrong)))
    return 1 if wrong else 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        print(__doc__, file=sys.stderr)
        return 2
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).parent.parent)
    checked = len(list(sources(root)))
    if checked == 0:
        print("check_layering: no sources under %s" % root, file=sys.stderr)
        return 2
    found = violations(root)
    for line in found:
        print(line)
    print("check_layering: %d files, %d violations" % (checked, len(found)))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
