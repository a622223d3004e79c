#!/usr/bin/env python3
"""Writes the fixtures of tests/learn/whitened_recipes_test.cpp.

usage: make_whitened_fixtures.py [FOLDER]      default: tests/data/learn

FOLDER/whitened_CASE.json, FOLDER/gp_CASE.json   images, descriptions, settings, and the scores of
    test images for all classes that recipe whitened or gp of these settings gives

Everything the long way round: the covariance from single images, each class left out by solving the
system without it, distances and cosines in whole feature space, and for gp the covariance of all
class means of a direction as one matrix, seen and unseen, conditioned on the seen ones.
"""
import json
import pathlib
import sys

import numpy as np

WHITENED = {
    # images a class (seen), feature_dim, embedding_dim, unseen classes, settings
    "cosine": ([4, 3, 5, 2, 6, 3], 9, 5, 3, {}),
    "euclidean": (
        [4, 3, 5, 2, 6, 3, 1],
        12,
        4,
        3,
        dict(kernel="gaussian-0.7", **{"lambda": 0.3}, shrinkage=0.3, comparison="euclidean",
             blend=4.0),
    ),
    "more_classes_than_features": (
        [3, 2, 4, 5, 3, 2, 6, 3, 4],
        5,
        7,
        2,
        dict(kernel="centred", **{"lambda": 1.0}, shrinkage=0.8, comparison="euclidean", blend=0.0),
    ),
    "one_image_a_class": ([1, 1, 1, 1, 1], 7, 4, 2, dict(kernel="quartic", blend=2.0)),
}
WHITENED_DEFAULTS = dict(kernel="linear", **{"lambda": 0.1}, shrinkage=0.6, comparison="cosine",
                         blend=1.0)
GP = {
    "linear": ([4, 3, 5, 2, 6, 3], 9, 5, 3, {}),
    "gaussian": (
        [3, 5, 2, 4, 6, 2, 3, 4],
        11,
        6,
        4,
        dict(kernel="gaussian-0.3", explained=0.6, shrinkage=0.3, log_determinant="no"),
    ),
    "more_classes_than_features": (
        [3, 2, 4, 5, 3, 2, 6, 3, 4],
        5,
        7,
        2,
        dict(kernel="gaussian-3", explained=0.97, shrinkage=0.9),
    ),
    "one_image_a_class": ([1, 1, 1, 1, 1], 7, 4, 2, dict(explained=0.3)),
}
GP_DEFAULTS = dict(kernel="linear", explained=0.9, shrinkage=0.6, log_determinant="yes")
TEST_IMAGES = 6
LEAST_VARIANCE = 1e-3  # of class means along a direction of gp


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def kernel_of(name, seen):
    """k(u, u') of single rows."""
    count = len(seen)
    if name == "centred":
        centre = seen.mean(axis=0)
        spread = np.mean([np.sum((u - centre) ** 2) for u in seen])
        return lambda a, b: (a - centre) @ (b - centre) / spread
    if name.startswith("gaussian-"):
        distances = [np.sum((seen[i] - seen[j]) ** 2) for i in range(count) for j in range(i)]
        factor = float(name.split("-")[1]) / np.median(distances)
        return lambda a, b: np.exp(-factor * np.sum((a - b) ** 2))
    return {"linear": lambda a, b: a @ b, "quartic": lambda a, b: ((1 + a @ b) / 2) ** 4}[name]


def matrix_of(kernel, rows, others):
    return np.array([[kernel(a, b) for b in others] for a in rows])


def root_inverse(matrix):
    values, axes = np.linalg.eigh(matrix)
    return axes / np.sqrt(values) @ axes.T


def space(features, labels, s):
    """Centre, root of the shrunk covariance's inverse, class means less the centre, counts."""
    classes = np.unique(labels)
    means = np.array([features[labels == c].mean(axis=0) for c in classes])
    counts = np.array([np.sum(labels == c) for c in classes], float)
    centre = means.mean(axis=0)
    dim = features.shape[1]
    freedom = len(features) - len(classes)
    if freedom > 0:
        deviations = features - means[labels]
        within = deviations.T @ deviations / freedom
    else:
        within = np.eye(dim) * np.mean((means - centre) ** 2)
    shrunk = (1 - s) * within + s * np.trace(within) / dim * np.eye(dim)
    return centre, root_inverse(shrunk), means - centre, counts


def left_out(kernel, ridge, rows, targets):
    """Residual of each class predicted from all others."""
    gram = matrix_of(kernel, rows, rows)
    residuals = []
    for c in range(len(rows)):
        others = [i for i in range(len(rows)) if i != c]
        system = gram[np.ix_(others, others)] + ridge * np.eye(len(others))
        weights = np.linalg.solve(system, gram[others, c])
        residuals.append(targets[c] - weights @ targets[others])
    return np.array(residuals)


def whitened_scores(features, labels, descriptions, tests, cfg):
    num_seen = len(np.unique(labels))
    rows = unit(descriptions)
    seen, unseen = rows[:num_seen], rows[num_seen:]
    kernel = kernel_of(cfg["kernel"], seen)
    centre, whitening, means, counts = space(features, labels, cfg["shrinkage"])
    means = means @ whitening
    gram = matrix_of(kernel, seen, seen) + cfg["lambda"] * np.eye(num_seen)
    predicted = matrix_of(kernel, unseen, seen) @ np.linalg.solve(gram, means)
    errors = left_out(kernel, cfg["lambda"], seen, means)
    part = cfg["blend"] / (cfg["blend"] + counts)
    prototypes = np.vstack([means - part[:, None] * errors, predicted])
    images = (tests - centre) @ whitening
    if cfg["comparison"] == "cosine":
        return unit(images) @ unit(prototypes).T
    return np.array([[-np.sum((x - p) ** 2) for p in prototypes] for x in images])


def gp_scores(features, labels, descriptions, tests, cfg):
    num_seen = len(np.unique(labels))
    rows = unit(descriptions)
    kernel = kernel_of(cfg["kernel"], rows[:num_seen])
    centre, whitening, means, counts = space(features, labels, cfg["shrinkage"])
    means, images = means @ whitening, (tests - centre) @ whitening
    dim = means.shape[1]
    between = means.T @ means / (num_seen - 1) - np.mean(1 / counts) * np.eye(dim)
    variances, axes = np.linalg.eigh(between)
    a = cfg["explained"]
    prior = a * matrix_of(kernel, rows, rows) + (1 - a) * np.eye(len(rows))
    out = np.zeros((len(tests), len(rows)))
    for variance, axis in zip(variances, axes.T):
        if variance <= LEAST_VARIANCE:
            continue
        joint = variance * prior
        seen = joint[:num_seen, :num_seen] + np.diag(1 / counts)
        gain = np.linalg.solve(seen, joint[:num_seen]).T
        mean = gain @ (means @ axis)
        spread = 1 + np.diag(joint - gain @ joint[:num_seen])
        for i, z in enumerate(images @ axis):
            out[i] -= (z - mean) ** 2 / (2 * spread)
            if cfg["log_determinant"] == "yes":
                out[i] -= np.log(spread) / 2
    return out


def make(scores_of, case, defaults, seed):
    counts, dim, width, num_unseen, changed = case
    cfg = {**defaults, **changed}
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(counts)), counts)
    descriptions = (rng.random((len(counts) + num_unseen, width)) + 0.05).astype(np.float32)
    centres = descriptions @ rng.normal(0, 1, (width, dim))
    features = centres[labels] + rng.normal(0, 0.5, (len(labels), dim)) + 1.0
    which = rng.integers(0, len(centres), TEST_IMAGES)
    tests = centres[which] + rng.normal(0, 0.5, (TEST_IMAGES, dim)) + 1.0
    features, tests = features.astype(np.float32), tests.astype(np.float32)
    scores = scores_of(features.astype(float), labels, descriptions.astype(float),
                       tests.astype(float), cfg)
    return {
        "settings": {name: str(value) for name, value in cfg.items()},
        "num_seen": len(counts),
        "feature_dim": dim,
        "embedding_dim": width,
        "labels": labels.tolist(),
        "features": [float("%.9g" % v) for v in features.ravel()],
        "descriptions": [float("%.9g" % v) for v in descriptions.ravel()],
        "tests": [float("%.9g" % v) for v in tests.ravel()],
        "scores": [float("%.12g" % v) for v in scores.ravel()],
    }


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "tests/data/learn")
    for recipe, scores_of, cases, defaults in (
        ("whitened", whitened_scores, WHITENED, WHITENED_DEFAULTS),
        ("gp", gp_scores, GP, GP_DEFAULTS),
    ):
        for seed, (name, case) in enumerate(cases.items()):
            path = folder / f"{recipe}_{name}.json"
            path.write_text(json.dumps(make(scores_of, case, defaults, seed + 1)) + "\n")


if __name__ == "__main__":
    main()
