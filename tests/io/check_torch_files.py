#!/usr/bin/env python3
"""check_torch_files.py PROGRAM: torch.save and pickle.dump write a file of every kind of
tools/make_torch_fixtures.py, by the versions installed here, and PROGRAM (print_arrays.cpp) must
find in each what torch.load and pickle.load do. Exits with 77 where torch is missing."""
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import make_torch_fixtures  # noqa: E402


def found_in(program, files):
    done = subprocess.run([program, *map(str, files)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def compare(program, base, kind, ending, at_least):
    expected = json.loads((base / "pickled" / f"{kind}.json").read_text())
    found = found_in(program, sorted((base / "io" / kind).glob(f"*.{ending}")))
    assert len(expected) >= at_least and expected.keys() == found.keys(), (expected.keys(), found.keys())
    wrong = [name for name in expected if expected[name] != found[name]]
    for name in wrong:
        print(f"{name}: expected {expected[name]}\n    got {found[name]}")
    print(f"{len(expected) - len(wrong)} of {len(expected)} .{ending} files as Python reads them")
    return not wrong


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        base = pathlib.Path(name)
        make_torch_fixtures.write_torch(base)
        make_torch_fixtures.write_pickles(base)
        right = compare(program, base, "torch", "pt", 16)
        right = compare(program, base, "pickle", "pkl", 30) and right
        refused = found_in(program, sorted((base / "pickled" / "refused").iterdir()))
        for file, message in refused.items():
            if not isinstance(message, str):
                print(f"{file}: expected an error, got {message}")
                right = False
    print(f"torch {torch.__version__}")
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
