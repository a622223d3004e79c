#!/usr/bin/env python3
"""Runs `dem stats` on a synthetic set and compares counts, means, scatter, ranges and second moments
with plain numpy, and the sample with the images.

usage: check_stats.py PROGRAM    exit status 1 where anything differs, 77 without the modules
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import scipy.io
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

TYPES = {"F64": "<f8", "F32": "<f4", "I64": "<i8", "I32": "<i4"}


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    facts = header.pop("__metadata__")
    return facts, {name: np.frombuffer(data[slice(*t["data_offsets"])],
                                       TYPES[t["dtype"]]).reshape(t["shape"])
                   for name, t in header.items()}


def expected_statistics(folder, fold_of_class):
    images = scipy.io.loadmat(folder / "res101.mat")
    lists = scipy.io.loadmat(folder / "att_splits.mat")
    rows = lists["trainval_loc"].ravel().astype(int) - 1
    x = images["features"].T[rows].astype(np.float32).astype(np.float64)
    labels = images["labels"].ravel().astype(int)[rows] - 1
    num_classes = lists["att"].shape[1]
    counts = np.bincount(labels, minlength=num_classes)
    means = np.array([x[labels == c].mean(axis=0) if counts[c] else np.zeros(x.shape[1])
                      for c in range(num_classes)])
    deviations = x - means[labels]
    expected = {"counts": counts, "means": means, "within": (deviations ** 2).sum(axis=0),
                "lowest": x.min(axis=0), "highest": x.max(axis=0)}
    for fold in range(4):
        of_fold = fold_of_class[labels] == fold
        if of_fold.any():
            d = deviations[of_fold]
            expected[f"folds.{fold}.within"] = (d ** 2).sum(axis=0)
            expected[f"folds.{fold}.second_moment"] = d.T @ d
            expected[f"folds.{fold}.lowest"] = x[of_fold].min(axis=0)
            expected[f"folds.{fold}.highest"] = x[of_fold].max(axis=0)
    images = {(label, row.astype(np.float32).tobytes()) for label, row in zip(labels, x)}
    return expected, images


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)

        def dem(*arguments):
            subprocess.run([program, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)

        dem("synth", "--layout", "gbu", "--dataset", "TOY", "--output", "data",
            "--num-train-images", "5000", "--num-test-images", "300", "--num-seen-classes", "11",
            "--num-unseen-classes", "4", "--attribute-dim", "12", "--feature-dim", "513")
        dem("stats", "--data-path", "data", "--dataset", "TOY", "--recipe", "gbu", "--second-moment", "--quiet",
            "--sample-rows", "700", "-o", "toy.stats")
        facts, got = read_safetensors(folder / "toy.stats")
        expected, images = expected_statistics(folder / "data" / "TOY", got["fold_of_class"])
    if facts["format"] != "dem statistics" or facts["images"] != "5000":
        sys.exit(f"check_stats: facts {facts}")
    for key, value in expected.items():
        scale = max(np.abs(value).max(), 1e-300)
        error = np.abs(got[key] - value).max() / scale
        if not error <= 1e-12:
            sys.exit(f"check_stats: {key}: relative error {error}")
    sample = {(label, row.tobytes())
              for label, row in zip(got["sample.labels"], got["sample.features"])}
    if len(sample) != 700 or not sample <= images:
        sys.exit(f"check_stats: {len(sample)} different images sampled, of the data or not")


main()
