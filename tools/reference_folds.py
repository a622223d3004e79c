#!/usr/bin/env python3
"""Settles choices of a recipe on reference folds: classes and images that are neither test data nor
the recipe's own validation folds.

usage: reference_folds.py --dem PROGRAM --data FOLDER/NAME ... [--seeds N] [--classes N]
                          [--recipe NAME] [--options OPTIONS] [--keep FOLDER]
                          --variant TITLE=OPTIONS ...

For each set (layout gbu) and seed the images of trainval_loc alone are taken, a quarter of their
classes becomes "unseen", and a fifth of the images of the others "test seen". The program is
trained on the rest, with each variant's options of `dem train` (its own validation folds are dealt
from what is left), and is evaluated on what was set aside. Test images and unseen classes of the
set have no part in it. Prints a table in Markdown: mean T1 and H of each variant, and the paired
differences to the first one with their standard errors, over the seeds of each set and over all.

--classes N draws N seen classes first (of them a quarter "unseen"): how few classes behave.
--options are given to all variants. --keep leaves the folds in FOLDER/SEED/NAME, for other
programs.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy as np

import gbu_folder


def write_fold(source, folder, seed, num_classes):
    """Writes a folder with the features of `source` and the fold's lists; its index base."""
    lists, base = gbu_folder.read_lists(source)
    labels, trainval = gbu_folder.read_labels(source), lists["trainval_loc"]
    draw = np.random.default_rng(70_000 + seed)
    classes = draw.permutation(np.unique(labels[trainval]))
    if num_classes:
        classes = classes[:num_classes]
    rows = trainval[np.isin(labels[trainval], classes)]
    unseen = classes[:max(2, len(classes) // 4)]
    gbu_folder.write_folder(source, folder, gbu_folder.hold_out(labels, rows, unseen, draw))
    return base


def scores(command, options):
    """T1 and H in per cent of one run of the program."""
    command = command + options.split()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    metrics = json.loads(done.stdout)["metrics"]
    return 100 * metrics["T1"], 100 * metrics["H"]


def run_variants(options, data, seed, folds, model):
    """{title: (T1, H)} on one fold of one set."""
    folder = folds / str(seed) / data.name
    base = write_fold(data, folder, seed, options.classes)
    command = [options.dem, "train", "--data-path", str(folder.parent), "--dataset", folder.name,
               "--index-base", str(base), "--save-ckpt", str(model), "--json", "--quiet", "--seed",
               str(1 + seed), "--recipe", options.recipe] + options.options.split()
    results = {}
    for variant in options.variant:
        title, _, own = variant.partition("=")
        results[title] = scores(command, own)
        print(f"{data.name} {seed} {title}: T1 {results[title][0]:.1f} H {results[title][1]:.1f}",
              file=sys.stderr)
    return results


def difference(values, first):
    gains = [a - b for a, b in zip(values, first)]
    error = statistics.stdev(gains) / len(gains) ** 0.5 if len(gains) > 1 else 0.0
    return f"{statistics.mean(gains):+.2f} ({error:.2f})"


def print_rows(name, results):
    """A row a variant; `results` has a {title: (T1, H)} a fold."""
    titles = list(results[0])
    first = list(zip(*(result[titles[0]] for result in results)))
    for title in titles:
        values = list(zip(*(result[title] for result in results)))
        means = [f"{statistics.mean(v):.1f}" for v in values]
        gains = ["", ""]
        if title != titles[0]:
            gains = [difference(*pair) for pair in zip(values, first)]
        print("| " + " | ".join([name, str(len(results)), title] + means + gains) + " |")


def read_arguments():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--dem", required=True)
    arguments.add_argument("--data", nargs="+", required=True, type=pathlib.Path)
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--classes", type=int, default=0)
    arguments.add_argument("--recipe", default="auto")
    arguments.add_argument("--options", default="")
    arguments.add_argument("--keep", type=pathlib.Path)
    arguments.add_argument("--variant", action="append", required=True)
    return arguments.parse_args()


def main():
    options = read_arguments()
    results = {}
    with tempfile.TemporaryDirectory() as temporary:
        folds = options.keep or pathlib.Path(temporary) / "folds"
        for data in options.data:
            results[data.name] = [
                run_variants(options, data, seed, folds, pathlib.Path(temporary) / "model")
                for seed in range(options.seeds)]
    print("| data | folds | variant | T1 | H | T1, difference | H, difference |\n|-|-|-|-|-|-|-|")
    for name, of_set in results.items():
        print_rows(name, of_set)
    if len(results) > 1:
        print_rows("all", [fold for of_set in results.values() for fold in of_set])


if __name__ == "__main__":
    main()
