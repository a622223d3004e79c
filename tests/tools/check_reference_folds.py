#!/usr/bin/env python3
"""Runs tools/reference_folds.py on a few classes of a set in layout gbu and checks folds and table.

usage: check_reference_folds.py PROGRAM FOLDER/NAME    exit status 1 where anything is wrong, 77
       without the modules
"""
import math
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import scipy.io
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "reference_folds.py"
CLASSES = 12
LISTS = ("trainval_loc", "test_seen_loc", "test_unseen_loc")


def rows_of(folder):
    lists = scipy.io.loadmat(folder / "att_splits.mat")
    return {name: lists[name].ravel().astype(int) - 1 for name in LISTS}


def fold_faults(data, fold):
    """What is wrong with a fold's lists."""
    own, rows = rows_of(data), rows_of(fold)
    features = next(p for p in data.glob("*.mat") if p.name != "att_splits.mat")
    labels = scipy.io.loadmat(features)["labels"].ravel().astype(int)
    train, seen, unseen = (set(labels[rows[name]]) for name in LISTS)
    every = np.concatenate(list(rows.values()))
    checks = {"images of the set's own test lists": np.isin(every, own["trainval_loc"]).all(),
              "an image twice": len(np.unique(every)) == len(every),
              "unseen classes among those trained on": not train & unseen,
              "a class of test seen without an image to learn from": seen <= train,
              f"not {CLASSES} classes, a quarter unseen":
                  (len(train | unseen), len(unseen)) == (CLASSES, CLASSES // 4)}
    return [fault for fault, is_right in checks.items() if not is_right]


def table_faults(text):
    rows = [line.split("|")[1:-1] for line in text.splitlines()[2:]]
    if [row[2].strip() for row in rows] != ["as it is", "no gamma"]:
        return [f"expected a row a variant, got:\n{text}"]
    numbers = [float(n) for row in rows for cell in row[3:] for n in re.findall(r"[-+.\w]+", cell)]
    if len(numbers) != 8 or not all(map(math.isfinite, numbers)):
        return [f"expected eight finite numbers, got:\n{text}"]
    return []


def main(program, data):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, str(TOOL), "--dem", program, "--data", str(data), "--seeds", "1",
             "--classes", str(CLASSES), "--keep", folder, "--options", "--threads 1",
             "--variant", "as it is=", "--variant", "no gamma=--gamma none"],
            capture_output=True, text=True)
        if done.returncode != 0:
            print(done.stderr)
            return 1
        faults = fold_faults(data, pathlib.Path(folder) / "0" / data.name)
        faults += table_faults(done.stdout)
    print("\n".join(faults) or done.stdout)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2]).resolve()))
