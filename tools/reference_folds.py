#!/usr/bin/env python3
"""Settles choices of a recipe on reference folds: classes and images that are neither test data nor
the recipe's own validation folds.

usage: reference_folds.py --dem PROGRAM --data FOLDER/NAME ... [--seeds N] [--classes N]
                          [--recipe NAME] --variant TITLE=OPTIONS ...

For each set and seed the images of trainval_loc alone are taken, a quarter of their classes becomes
"unseen", and a fifth of the images of the others "test seen". The program is trained on the rest, with
each variant's options of `dem train` (its own validation folds are dealt from what is left), and is
evaluated on what was set aside. Test images and unseen classes of the set have no part in it. Prints
a table in Markdown: mean T1 and H of each variant, and the paired differences to the first one with
their standard errors over sets and seeds.

--classes N draws N seen classes first (of them a quarter "unseen"): how few classes behave.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy as np
import scipy.io


def parts(labels, trainval, seed, num_classes):
    """Rows to train on, "test seen" and "test unseen" rows: 0-based."""
    draw = np.random.default_rng(70_000 + seed)
    classes = draw.permutation(np.unique(labels[trainval]))
    if num_classes:
        classes = classes[:num_classes]
    unseen = classes[:max(2, len(classes) // 4)]
    rows = trainval[np.isin(labels[trainval], classes)]
    is_unseen = np.isin(labels[rows], unseen)
    spared = (draw.random(len(rows)) < 0.2) & ~is_unseen
    for label in np.setdiff1d(classes, unseen):  # every class keeps an image
        own = labels[rows] == label
        if spared[own].all():
            spared[own] = False
    return rows[~is_unseen & ~spared], rows[spared], rows[is_unseen]


def write_fold(source, folder, seed, num_classes):
    """A folder of layout gbu that has the features of `source` and the fold's lists."""
    folder.mkdir(parents=True)
    features = [p for p in source.glob("*.mat") if p.name != "att_splits.mat"]
    if len(features) != 1:
        sys.exit(f"{source}: expected one features file, got {len(features)}")
    (folder / features[0].name).symlink_to(features[0].resolve())
    split = scipy.io.loadmat(source / "att_splits.mat")
    base = int(min(split[k].min() for k in split if k.endswith("_loc") and split[k].size))
    labels = scipy.io.loadmat(features[0], variable_names=["labels"])["labels"].ravel()
    train, seen, unseen = parts(labels, split["trainval_loc"].ravel().astype(int) - base, seed,
                                num_classes)
    kept = {k: v for k, v in split.items() if not k.startswith("__") and not k.endswith("_loc")}
    for name, rows in (("trainval_loc", train), ("test_seen_loc", seen),
                       ("test_unseen_loc", unseen)):
        kept[name] = (rows + base).astype(np.float64)[:, None]
    scipy.io.savemat(folder / "att_splits.mat", kept)
    return base


def scores(program, folder, base, recipe, options, seed, out):
    command = [program, "train", "--data-path", str(folder.parent), "--dataset", folder.name,
               "--save-ckpt", str(out), "--json", "--quiet", "--seed", str(seed), "--recipe",
               recipe, "--index-base", str(base)] + options.split()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    metrics = json.loads(done.stdout)["metrics"]
    return 100 * metrics["T1"], 100 * metrics["H"]


def difference(values, first):
    gains = [a - b for a, b in zip(values, first)]
    error = statistics.stdev(gains) / len(gains) ** 0.5 if len(gains) > 1 else 0.0
    return f"{statistics.mean(gains):+.2f} ({error:.2f})"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--dem", required=True)
    arguments.add_argument("--data", nargs="+", required=True)
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--classes", type=int, default=0)
    arguments.add_argument("--recipe", default="auto")
    arguments.add_argument("--variant", action="append", required=True)
    options = arguments.parse_args()
    variants = [v.partition("=")[::2] for v in options.variant]
    results = {title: [] for title, _ in variants}
    with tempfile.TemporaryDirectory() as temporary:
        for data in map(pathlib.Path, options.data):
            for seed in range(options.seeds):
                folder = pathlib.Path(temporary) / str(seed) / data.name
                base = write_fold(data, folder, seed, options.classes)
                for title, extra in variants:
                    result = scores(options.dem, folder, base, options.recipe, extra, 1 + seed,
                                    pathlib.Path(temporary) / "model")
                    results[title].append(result)
                    print(f"{data.name} {seed} {title}: T1 {result[0]:.1f} H {result[1]:.1f}",
                          file=sys.stderr)
    first = results[variants[0][0]]
    print("| | T1 | H | T1, difference | H, difference |\n|-|-|-|-|-|")
    for title, _ in variants:
        t1, harmonic = zip(*results[title])
        rest = "| |" if results[title] is first else \
            f"{difference(t1, [r[0] for r in first])} | {difference(harmonic, [r[1] for r in first])} |"
        print(f"| {title} | {statistics.mean(t1):.1f} | {statistics.mean(harmonic):.1f} | {rest}")


if __name__ == "__main__":
    main()
