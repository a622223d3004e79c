#!/usr/bin/env python3
"""Writes the fixtures of tests/learn/kernel_prototypes_test.cpp.

usage: make_kernel_fixtures.py [FOLDER]      default: tests/data/learn

FOLDER/kernel_CASE.json   images, descriptions, settings, and the scores of test images for all
                          classes that kernel prototypes of these settings give

Everything the long way round: the covariance from single images, each class left out by solving the
system without it, metrics as whole matrices in feature space, the Gaussian as a sum over axes.
"""
import json
import pathlib
import sys

import numpy as np
import scipy.linalg

CASES = {
    # images a class (seen), feature_dim, embedding_dim, unseen classes, settings
    "plain": ([4, 3, 5, 2, 6, 3], 9, 5, 3, {}),
    "hub": (
        [4, 3, 5, 2, 6, 3, 1],
        12,
        4,
        3,
        dict(kernel="quartic", **{"lambda": 0.3}, shrinkage=0.3, kappa=0.5, hub=0.2,
             hub_fraction=0.3, blend=4.0),
    ),
    "gaussian": (
        [3, 5, 2, 4, 6, 2, 3, 4],
        11,
        6,
        4,
        dict(kernel="gaussian", **{"lambda": 0.05}, shrinkage=0.9, kappa=0.2, hub=0.1,
             hub_fraction=0.1, blend=-1.0, gaussian=0.1, strength=0.5, exponent=1.5),
    ),
    "more_classes_than_features": (
        [3, 2, 4, 5, 3, 2, 6, 3, 4],
        5,
        7,
        2,
        dict(kernel="centred", **{"lambda": 1.0}, shrinkage=0.8, kappa=1.0, blend=0.0,
             gaussian=0.05, strength=0.2, exponent=1.0),
    ),
    "one_image_a_class": ([1, 1, 1, 1, 1], 7, 4, 2, dict(kappa=0.3, blend=1.0)),
}
DEFAULTS = dict(kernel="linear", **{"lambda": 0.1}, shrinkage=0.6, kappa=0.0, hub=0.0,
                hub_fraction=0.1, blend=1.0, gaussian=0.0, strength=0.5, exponent=1.0)
TEST_IMAGES = 6


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def kernel_of(name, seen):
    """k(u, u') of single rows."""
    centre = seen.mean(axis=0)
    spread = np.mean([np.sum((u - centre) ** 2) for u in seen])
    count = len(seen)
    distances = [np.sum((seen[i] - seen[j]) ** 2) for i in range(count) for j in range(i)]
    median = np.median(distances)
    return {
        "linear": lambda a, b: a @ b,
        "centred": lambda a, b: (a - centre) @ (b - centre) / spread,
        "quartic": lambda a, b: ((1 + a @ b) / 2) ** 4,
        "gaussian": lambda a, b: np.exp(-2 * np.sum((a - b) ** 2) / median),
    }[name]


def matrix_of(kernel, rows, others):
    return np.array([[kernel(a, b) for b in others] for a in rows])


def space(features, labels, s):
    """Whitening of features, class means in it, and the noise of a mean."""
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
    size = np.trace(within) / dim
    values, axes = np.linalg.eigh(within)
    shrunk = np.maximum((1 - s) * np.maximum(values, 0) + s * size, 1e-4 * size)
    whitening = axes / np.sqrt(shrunk)
    noise = np.mean(1 / counts) * whitening.T @ within @ whitening
    return centre, whitening, (means - centre), counts, noise


def left_out(kernel, ridge, rows, targets):
    """Residual of each class and the predictive variance at it, from all other classes."""
    gram = matrix_of(kernel, rows, rows)
    residuals, variances = [], []
    for c in range(len(rows)):
        others = [i for i in range(len(rows)) if i != c]
        system = gram[np.ix_(others, others)] + ridge * np.eye(len(others))
        weights = np.linalg.solve(system, gram[others, c])
        residuals.append(targets[c] - weights @ targets[others])
        variances.append(gram[c, c] + ridge - weights @ gram[others, c])
    return np.array(residuals), np.array(variances)


def scores_of(features, labels, descriptions, tests, cfg):
    num_seen = len(np.unique(labels))
    rows = unit(descriptions)
    seen, unseen = rows[:num_seen], rows[num_seen:]
    kernel = kernel_of(cfg["kernel"], seen)
    ridge = cfg["lambda"]
    centre, whitening, means, counts, noise = space(features, labels, cfg["shrinkage"])
    means = means @ whitening  # in the whitened space from here on
    dim = means.shape[1]
    basis = scipy.linalg.orth(means.T, rcond=1e-5) if num_seen <= dim else np.eye(dim)
    errors, variances = left_out(kernel, ridge, seen, means)
    residual_cov = basis.T @ (errors.T @ errors / num_seen - noise) @ basis
    values, turn = np.linalg.eigh(residual_cov)
    values = np.maximum(values, 0)
    axes = basis @ turn
    g = 1 / (1 + cfg["kappa"] * values)
    metric = np.eye(dim) - axes @ np.diag(1 - g) @ axes.T

    gram = matrix_of(kernel, seen, seen) + ridge * np.eye(num_seen)
    cross = matrix_of(kernel, unseen, seen)
    predicted = cross @ np.linalg.solve(gram, means)
    blended = []
    for c in range(num_seen):
        if cfg["blend"] >= 0:
            blended.append(means[c] - cfg["blend"] / (cfg["blend"] + counts[c]) * errors[c])
        else:  # by the Bayes estimate along each axis
            part = axes / (1 + counts[c] * values / -cfg["blend"]) @ axes.T
            blended.append(means[c] - part @ errors[c])
    # Only what lies in the span of the means counts of a prototype.
    prototypes = np.vstack([blended, predicted]) @ axes @ axes.T

    def cosine(a, b):
        return a @ metric @ b / np.sqrt((a @ metric @ a) * (b @ metric @ b))

    hub = np.zeros(len(prototypes))
    nearest = max(1, int(round(cfg["hub_fraction"] * num_seen)))
    for c, prototype in enumerate(prototypes):
        near = sorted(cosine(prototype, m) for i, m in enumerate(means) if i != c)
        hub[c] = np.mean(near[-nearest:])

    size = np.sqrt(np.mean(np.sum(((features - centre) @ whitening) ** 2, axis=1)))
    unit_variance = variances.mean()
    gaussians = []
    for c, prototype in enumerate(prototypes):
        if c < num_seen:
            prior = cfg["strength"] * (variances[c] / unit_variance) ** cfg["exponent"] * values
            mean = (means[c] @ axes) - (errors[c] @ axes) / (1 + counts[c] * prior)
            variance = 1 + prior / (1 + counts[c] * prior)
        else:
            k = cross[c - num_seen]
            row = unseen[c - num_seen]
            v = kernel(row, row) + ridge - k @ np.linalg.solve(gram, k)
            mean = prototype @ axes
            variance = 1 + cfg["strength"] * (max(v, 1e-9) / unit_variance) ** cfg["exponent"] * values
        gaussians.append((mean, variance))

    out = []
    for x in (tests - centre) @ whitening:
        z = x @ axes
        line = []
        for c, prototype in enumerate(prototypes):
            mean, variance = gaussians[c]
            log_ratio = np.sum(z * mean / variance)
            log_ratio -= np.sum(z**2 / (2 * variance)) + np.sum(mean**2 / (2 * variance))
            line.append(cosine(x, prototype) - cfg["hub"] * hub[c] + cfg["gaussian"] / size * log_ratio)
        out.append(line)
    return np.array(out)


def make(case, seed):
    counts, dim, width, num_unseen, changed = case
    cfg = {**DEFAULTS, **changed}
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(counts)), counts)
    descriptions = rng.random((len(counts) + num_unseen, width)) + 0.05
    link = rng.normal(0, 1, (width, dim))
    centres = descriptions @ link
    raw = centres[labels] + rng.normal(0, 0.5, (len(labels), dim)) + 1.0
    # Unit rows in single precision, as the recipe has them.
    features = unit(raw).astype(np.float32)
    which = rng.integers(0, len(centres), TEST_IMAGES)
    tests = unit(centres[which] + rng.normal(0, 0.5, (TEST_IMAGES, dim)) + 1.0).astype(np.float32)
    descriptions = descriptions.astype(np.float32)
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
    for seed, (name, case) in enumerate(CASES.items()):
        path = folder / f"kernel_{name}.json"
        path.write_text(json.dumps(make(case, seed + 1), indent=None) + "\n")


if __name__ == "__main__":
    main()
