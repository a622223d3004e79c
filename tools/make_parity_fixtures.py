#!/usr/bin/env python3
"""Writes the fixtures of tests/learn/parity_test.cpp.

usage: make_parity_fixtures.py [FOLDER]      default: tests/data/parity

FOLDER/NETWORK_RECIPE.json   data, initial weights, the loss of each of 300 steps, final weights
FOLDER/tight_NETWORK.json    the same where all images of a class are equal and far from zero, and
                             the output layer starts from their mean: losses near 0 of features
                             near 100, in which n f^2 - 2 f s + sum x^2 would cancel
FOLDER/draws.json            what the documented generator gives: orders of epochs, initial weights

The networks are DEMNet1 to DEMNet4 with smaller widths, trained under every recipe's own numbers
but for batch size and learning rate: at the published 1e-5, 300 steps would hardly move the weights.
"""
import json
import pathlib
import sys

import numpy as np

import reference_dem as dem

NETWORKS = {  # dataset, mode, widths of the inputs, hidden width
    "DEMNet1": ("CUB", "att", [12], 10),
    "DEMNet2": ("AwA", "att", [8], 10),
    "DEMNet3": ("AwA", "word", [14], 0),
    "DEMNet4": ("AwA", "fusion", [14, 8], 9),
}
RECIPES = ["mindspore", "mindspore-intended", "tensorflow", "gbu"]
FEATURE_DIM, CLASSES, IMAGES, BATCH, STEPS, SEED = 16, 6, 50, 16, 300, 1000
LEARNING_RATE = 3e-3
TIGHT_LEARNING_RATE = 3e-2


def numbers(array, digits=9):
    """Nine digits give a float32 back as it was."""
    return [float("%.*g" % (digits, x)) for x in np.asarray(array).ravel()]


def make_data(dims, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, CLASSES, IMAGES)
    embeddings = [rng.random((CLASSES, dim)).astype(np.float32) for dim in dims]
    # Large enough that some gradients are beyond the clipping norms and some are not.
    centres = np.maximum(rng.normal(0.9, 1.5, (CLASSES, FEATURE_DIM)), 0)
    features = np.maximum(centres[labels] + rng.normal(0, 0.6, (IMAGES, FEATURE_DIM)), 0)
    return features.astype(np.float32), labels, embeddings


def tight_features(labels, seed):
    rng = np.random.default_rng(seed)
    return rng.uniform(100, 110, (CLASSES, FEATURE_DIM)).astype(np.float32)[labels]


def make_fixture(name, recipe_name, tight=False):
    dataset, mode, dims, hidden = NETWORKS[name]
    r = dem.recipe(recipe_name, dataset, mode)
    r.update(batch_size=BATCH, learning_rate=LEARNING_RATE)
    seed = sorted(NETWORKS).index(name)
    features, labels, embeddings = make_data(dims, seed)
    if tight:
        features = tight_features(labels, seed)
        r.update(l2=[0.0] * len(r["l2"]), learning_rate=TIGHT_LEARNING_RATE)
    shapes = [(hidden or FEATURE_DIM, dim) for dim in dims]
    if hidden:
        shapes.append((FEATURE_DIM, hidden))
    initial = dem.initial_layers(shapes, r, SEED)
    if tight:
        initial[-1] = (initial[-1][0], features.mean(0, dtype=float).astype(np.float32))
    network = dem.Network(initial, hidden, r["activation"], r["gains"])
    trainer, losses = dem.Trainer(network, r), []
    order = dem.batches(IMAGES, BATCH, r["drop_last"], SEED)
    for _ in range(STEPS):
        rows = next(order)
        losses.append(trainer.step([e[labels[rows]].astype(float) for e in embeddings],
                                   features[rows].astype(float)))
    changes = {"l2_penalty": r["l2"], "output_bias": "mean"} if tight else {}
    return {
        "recipe": recipe_name, "dataset": dataset, "mode": mode, "seed": SEED,
        "feature_dim": FEATURE_DIM, "hidden_dim": hidden, "input_dims": dims,
        "batch_size": BATCH, "learning_rate": r["learning_rate"], **changes, "labels": labels.tolist(),
        "features": numbers(features), "embeddings": [numbers(e) for e in embeddings],
        "initial": numbers(dem.flat(initial)), "losses": numbers(losses, 12),
        "final": numbers(dem.flat(network.layers)),
    }


def make_draws():
    """Orders and initial weights of streams that the fixtures above do not use."""
    orders = [{"n": n, "seed": seed, "epoch": epoch, "order": dem.epoch_order(n, seed, epoch)}
              for n, seed, epoch in [(1, 1, 0), (2, 7, 3), (10, 1000, 0), (10, 1000, 1),
                                     (10, 1001, 0), (33, 2**64 - 1, 119)]]
    weights = []
    for seed, truncated in [(1000, False), (1000, True), (3, False), (2**63, True)]:
        r = {"sigma": [0.5, 0.25], "truncated": truncated, "bias": 0.125}
        layers = dem.initial_layers([(3, 5), (4, 3)], r, seed)
        weights.append({"seed": seed, "truncated": truncated,
                        "parameters": numbers(dem.flat(layers))})
    return {"orders": orders, "weights": weights}


def write(path, content):
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "tests/data/parity"
    folder.mkdir(parents=True, exist_ok=True)
    fixtures = {"%s_%s" % (name, recipe_name): (name, recipe_name)
                for name in NETWORKS for recipe_name in RECIPES}
    fixtures.update({"tight_" + name: (name, "gbu", True) for name in NETWORKS})
    for name, arguments in fixtures.items():
        fixture = make_fixture(*arguments)
        write(folder / (name + ".json"), fixture)
        print("%-28s loss %.6f -> %.6f" % (name, fixture["losses"][0], fixture["losses"][-1]))
    write(folder / "draws.json", make_draws())


if __name__ == "__main__":
    main()
