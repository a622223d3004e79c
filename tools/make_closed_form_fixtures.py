#!/usr/bin/env python3
"""Writes the fixtures of tests/learn/closed_forms_test.cpp.

usage: make_closed_form_fixtures.py [FOLDER]      default: tests/data/learn

FOLDER/closed_forms_CASE.json   images, class embeddings, and what each closed form gives for two
                                regularisers: weights, and what they say of test images and classes

Everything is computed from single images, nothing from class statistics: least squares with the
penalty as further rows, label matrices with a column a class, Sylvester's equation by scipy, or
where it has no unique solution as one large system by its pseudo-inverse.
"""
import json
import pathlib
import sys

import numpy as np
import scipy.linalg

CASES = {  # images, feature_dim, embedding_dim
    "plain": (60, 9, 5),
    "more_features_than_images": (14, 17, 5),
    "more_attributes_than_classes": (60, 9, 12),
    "more_of_both": (14, 17, 12),
}
CLASSES, EMPTY_CLASS, TEST_IMAGES = 7, 3, 4


def numbers(array, digits=17):
    """Nine digits give a float32 back as it was, seventeen a double."""
    return [float("%.*g" % (digits, x)) for x in np.asarray(array).ravel()]


def make_data(images, feature_dim, embedding_dim, seed):
    rng = np.random.default_rng(seed)
    seen = [c for c in range(CLASSES) if c != EMPTY_CLASS]
    # Every seen class, the first ones more often.
    labels = np.array(seen + [seen[i] for i in rng.integers(0, 6, images - 6) // 2])
    rng.shuffle(labels)
    embeddings = rng.random((CLASSES, embedding_dim))
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    centres = rng.normal(1.5, 1.0, (CLASSES, feature_dim))  # not at zero: intercepts matter
    features = (centres[labels] + rng.normal(0, 0.7, (images, feature_dim))).astype(np.float32)
    tests = rng.normal(1.5, 1.5, (TEST_IMAGES, feature_dim))
    return features, labels, embeddings, tests


def condition(gram, regulariser):
    """Of gram + regulariser: what rounding in it may grow by."""
    values = np.linalg.eigvalsh(gram)
    return (values[-1] + regulariser) / (max(values[0], 0.0) + regulariser)


def ridge(inputs, targets, regulariser):
    """weight [out, in], bias [out]"""
    n, width = inputs.shape
    top = np.hstack([inputs, np.ones((n, 1))])
    penalty = np.hstack([np.sqrt(regulariser) * np.eye(width), np.zeros((width, 1))])
    right = np.vstack([targets, np.zeros((width, targets.shape[1]))])
    solution = np.linalg.lstsq(np.vstack([top, penalty]), right, rcond=None)[0]
    centred = inputs - inputs.mean(0)
    return solution[:-1].T, solution[-1], condition(centred.T @ centred, regulariser)


def ridge_fixture(inputs, targets, queries, regulariser):
    weight, bias, cond = ridge(inputs, targets, regulariser)
    return {"regularisers": [regulariser], "weight": numbers(weight), "shift": numbers(bias),
            "outputs": numbers(queries @ weight.T + bias), "condition": cond}


def eszsl_fixture(features, labels, embeddings, tests, coding, gamma, lam):
    seen = np.unique(labels)
    x, y, s = features, np.where(labels[:, None] == seen[None], 1.0, -1.0), embeddings[seen]
    centre = np.zeros(x.shape[1])
    if coding == "centred":
        centre = x.mean(0)
        x, y = x - centre, y - y.mean(0)
    a, b = x.T @ x, s.T @ s
    weight = np.linalg.solve(a + gamma * np.eye(len(a)), x.T @ y @ s)
    weight = np.linalg.solve(b + lam * np.eye(len(b)), weight.T).T
    return {"regularisers": [gamma, lam], "weight": numbers(weight), "shift": numbers(centre),
            "outputs": numbers((tests - centre) @ weight @ embeddings.T),
            "condition": condition(a, gamma) * condition(b, lam)}


def sae_fixture(features, labels, embeddings, tests, lam):
    x, s = features.T, embeddings[labels].T
    a, b, c = s @ s.T, lam * x @ x.T, (1 + lam) * s @ x.T
    large = np.kron(a, np.eye(len(b))) + np.kron(np.eye(len(a)), b)  # of W row by row
    singular = np.linalg.svd(large, compute_uv=False)
    kept = singular[singular > 1e-10 * singular[0]]
    if len(kept) == len(singular):
        weight = scipy.linalg.solve_sylvester(a, b, c)
    else:
        weight = (np.linalg.pinv(large, rcond=1e-10) @ c.ravel()).reshape(c.shape)
    assert np.abs(a @ weight + weight @ b - c).max() < 1e-9 * np.abs(c).max()
    return {"regularisers": [lam], "weight": numbers(weight), "shift": [],
            "outputs": numbers(tests @ weight.T), "condition": kept[0] / kept[-1]}


def make_fixture(case, seed):
    features, labels, embeddings, tests = make_data(*CASES[case], seed)
    x, of_images = features.astype(float), embeddings[labels]
    problem = (x, labels, embeddings, tests)
    return {
        "num_classes": CLASSES, "feature_dim": x.shape[1], "embedding_dim": embeddings.shape[1],
        "features": numbers(features, 9), "labels": labels.tolist(),
        "embeddings": numbers(embeddings), "tests": numbers(tests),
        "ridge_to_features": [ridge_fixture(of_images, x, embeddings, r) for r in (0.1, 10.0)],
        "ridge_to_semantics": [ridge_fixture(x, of_images, tests, r) for r in (0.1, 10.0)],
        "eszsl_signed": [eszsl_fixture(*problem, "signed", *r) for r in ((1.0, 0.1), (100.0, 10.0))],
        "eszsl_centred": [eszsl_fixture(*problem, "centred", *r) for r in ((1.0, 0.1), (100.0, 10.0))],
        "semantic_autoencoder": [sae_fixture(*problem, r) for r in (0.01, 1000.0)],
    }


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for seed, case in enumerate(CASES):
        with open(folder / f"closed_forms_{case}.json", "w") as file:
            json.dump(make_fixture(case, seed), file)
            file.write("\n")


if __name__ == "__main__":
    default = pathlib.Path(__file__).resolve().parent.parent / "tests/data/learn"
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default)
