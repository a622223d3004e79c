#!/usr/bin/env python3
"""Writes the fixture of tests/learn/class_network_test.cpp.

usage: make_network_fixtures.py [FOLDER]      default: tests/data/learn

FOLDER/class_networks.json   the problems of make_closed_form_fixtures.py, and the scores that recipe
                             `dem` without a hidden layer gives test images for all classes

Everything is computed from single images: least squares with the penalty as further rows, on
descriptions and features of all their dimensions, without the bases that the recipe works in.
"""
import json
import pathlib
import sys

import numpy as np

from make_closed_form_fixtures import CASES, CLASSES, make_data, numbers

SETTINGS = [  # space, shrinkage, lambda, comparison
    ("plain", 0.6, 0.3, "euclidean"),
    ("plain", 0.6, 3.0, "cosine"),
    ("whitened", 0.6, 0.3, "cosine"),
    ("whitened", 0.1, 3.0, "euclidean"),
    ("whitened", 1.0, 0.01, "cosine"),
]


def whitening(x, labels, shrinkage):
    seen = np.unique(labels)
    means = np.array([x[labels == c].mean(0) for c in seen])
    deviations = x - means[np.searchsorted(seen, labels)]
    values, vectors = np.linalg.eigh(deviations.T @ deviations / (len(x) - len(seen)))
    values = np.maximum(values, 0)
    shrunk = np.maximum((1 - shrinkage) * values + shrinkage * values.mean(), 1e-4 * values.mean())
    root = vectors @ np.diag(shrunk**-0.5) @ vectors.T  # any turn of it gives the same scores
    return means.mean(0), root


def prototypes(x, labels, embeddings, lam):
    seen = np.unique(labels)
    centre = embeddings[seen].mean(0)
    radius = np.sqrt(((embeddings[seen] - centre) ** 2).sum(1).mean())
    z = np.hstack([(embeddings - centre) / radius, np.ones((len(embeddings), 1))])
    mean_count = len(x) / len(seen)
    penalty = np.sqrt(lam * mean_count) * np.eye(z.shape[1])
    right = np.vstack([x, np.zeros((z.shape[1], x.shape[1]))])
    weight = np.linalg.lstsq(np.vstack([z[labels], penalty]), right, rcond=None)[0]
    return z @ weight


def scores(x, p, comparison):
    if comparison == "euclidean":
        return -((x[:, None] - p[None]) ** 2).sum(2)
    return x @ p.T / np.linalg.norm(x, axis=1)[:, None] / np.linalg.norm(p, axis=1)


def make_fixture(case, seed):
    features, labels, embeddings, tests = make_data(*CASES[case], seed)
    tests = tests.astype(np.float32)
    lowest, highest = features.min(0).astype(float), features.max(0).astype(float)
    x, t = (features - lowest) / (highest - lowest), (tests - lowest) / (highest - lowest)
    answers = []
    for space, shrinkage, lam, comparison in SETTINGS:
        centre, root = whitening(x, labels, shrinkage) if space == "whitened" else (0.0, None)
        y, q = (x, t) if root is None else ((x - centre) @ root, (t - centre) @ root)
        answers.append({"space": space, "shrinkage": str(shrinkage), "lambda": str(lam),
                        "comparison": comparison,
                        "scores": numbers(scores(q, prototypes(y, labels, embeddings, lam),
                                                 comparison))})
    return {"num_classes": CLASSES, "feature_dim": x.shape[1], "embedding_dim": embeddings.shape[1],
            "features": numbers(features, 9), "labels": labels.tolist(),
            "embeddings": numbers(embeddings), "tests": numbers(tests, 9), "answers": answers}


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "class_networks.json", "w") as file:
        json.dump({case: make_fixture(case, seed) for seed, case in enumerate(CASES)}, file)
        file.write("\n")


if __name__ == "__main__":
    default = pathlib.Path(__file__).resolve().parent.parent / "tests/data/learn"
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default)
