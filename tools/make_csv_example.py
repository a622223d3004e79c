#!/usr/bin/env python3
"""Makes examples/drawings, data as people have them, out of examples/emoji.

usage: make_csv_example.py [FOLDER]

drawings.csv is a data frame: a row a drawing, its file, its vendor, its class, and the first 64 of
256 features. classes.csv has a row a class: its name and the first 64 of 200 numbers of its
description, at length 1. The classes are every eighth of those with five drawings, in the order of
their numbers. cow-horse.csv describes one more, halfway between two. new.csv holds the drawings of the 12 classes that tools' users are to find anew:
nothing of them is in drawings.csv.
"""
import csv
import pathlib
import sys

import numpy as np
import scipy.io

STEP = 8
DIMENSIONS = 64
NEW_CLASSES = 12


def main():
    root = pathlib.Path(__file__).resolve().parent.parent / "examples"
    out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "drawings"
    images = scipy.io.loadmat(root / "emoji/features.mat")
    classes = scipy.io.loadmat(root / "emoji/att_splits.mat")
    features = images["features"].T[:, :DIMENSIONS]
    labels = images["labels"].ravel().astype(int) - 1
    files = [str(cell[0]) for cell in images["image_files"].ravel()]
    names = [str(cell[0]) for cell in classes["allclasses_names"].ravel()]
    table = classes["att"].T[:, :DIMENSIONS].astype(float)
    table /= np.linalg.norm(table, axis=1, keepdims=True)

    counts = np.bincount(labels, minlength=len(names))
    chosen = [c for c in range(len(names)) if counts[c] == 5][::STEP]
    new = set(chosen[4::len(chosen) // NEW_CLASSES][:NEW_CLASSES])
    rows = [row for row in range(len(labels)) if labels[row] in set(chosen)]

    headings = ["f%d" % (d + 1) for d in range(DIMENSIONS)]
    out.mkdir(exist_ok=True)
    with open(out / "drawings.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["file", "vendor", "emoji"] + headings)
        for row in rows:
            if labels[row] not in new:
                vendor = files[row].split("__")[0]
                writer.writerow([files[row], vendor, names[labels[row]]] + features[row].tolist())
    with open(out / "new.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["name"] + headings)
        for row in rows:
            if labels[row] in new:
                writer.writerow([files[row]] + features[row].tolist())
    with open(out / "classes.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["class"] + ["w%d" % (d + 1) for d in range(DIMENSIONS)])
        for c in chosen:
            writer.writerow([names[c]] + ["%.4f" % value for value in table[c]])
    with open(out / "cow-horse.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["class"] + ["w%d" % (d + 1) for d in range(DIMENSIONS)])
        between = (table[names.index("cow")] + table[names.index("horse-face")]) / 2
        writer.writerow(["cow-horse"] + ["%.4f" % value for value in between])


if __name__ == "__main__":
    main()
