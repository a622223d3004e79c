#!/usr/bin/env python3
"""Writes the fixture of tests/learn/cnzsl_test.cpp; needs PyTorch (1.13 wrote the one that is there).

usage: make_cnzsl_fixtures.py [FOLDER]      default: tests/data/learn

FOLDER/cnzsl.json   for several switches of the class-normalised cosine classifier: parameters, the
                    prototypes, loss and gradient of one batch, and loss, parameters and running moments
                    of some steps of Adam, with prototypes of all classes at test time

All in float64, gradients by autograd. Parameters are flat: weight [out, in] and bias of each layer.
"""
import json
import pathlib
import sys

import numpy as np
import torch
from torch import nn

SEEN, CLASSES, EMBEDDING, HIDDEN, FEATURES, IMAGES, BATCH = 5, 7, 4, (6, 7), 8, 22, 9
SCALE, RATE, PENALTY = 3.0, 2e-3, 1e-2
CASES = {  # before_relu, after_relu, output_relu, attribute_scale
    "paper": (True, True, True, True),
    "signed_output": (True, True, False, True),
    "before_alone": (True, False, True, True),
    "after_alone": (False, True, False, True),
    "no_norm": (False, False, True, True),
    "descriptions_as_they_are": (True, True, False, False),
}


class ClassNorm(nn.Module):
    def __init__(self, units):
        super().__init__()
        self.mean = torch.zeros(units, dtype=torch.float64)
        self.variance = torch.ones(units, dtype=torch.float64)

    def forward(self, hidden):
        mean, variance = self.mean, self.variance
        if self.training:
            mean, variance = hidden.mean(0), hidden.var(0)
            self.mean = 0.9 * self.mean + 0.1 * mean.detach()
            self.variance = 0.9 * self.variance + 0.1 * variance.detach()
        return (hidden - mean) / (variance + 1e-5)


def numbers(tensor):
    return [float("%.17g" % x) for x in np.asarray(tensor.detach()).ravel()]


def flat(net, what=lambda p: p):
    return [x for p in net.parameters() for x in numbers(what(p))]


def loss_of(net, descriptions, images, labels):
    prototypes = nn.functional.normalize(net(descriptions))
    return nn.functional.cross_entropy(SCALE**2 * images @ prototypes.T, labels)


def make_case(switches, seed):
    before, after, output_relu, attribute_scale = switches
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    table = torch.tensor(rng.normal(0.3, 1.0, (CLASSES, EMBEDDING)).astype(np.float32)).double()
    scaled = nn.functional.normalize(table) * EMBEDDING**0.5 if attribute_scale else table
    images = rng.normal(0.4, 1.0, (IMAGES, FEATURES)).astype(np.float32)
    images /= np.linalg.norm(images, axis=1, keepdims=True)
    images = torch.tensor(images).double()
    labels = torch.tensor(np.arange(IMAGES) % SEEN)
    norms = [ClassNorm(HIDDEN[1]), ClassNorm(HIDDEN[1])]
    parts = [nn.Linear(EMBEDDING, HIDDEN[0]), nn.ReLU(), nn.Linear(*HIDDEN)]
    parts += [norms[0]] if before else []
    parts += [nn.ReLU()]
    parts += [norms[1]] if after else []
    parts += [nn.Linear(HIDDEN[1], FEATURES)]
    parts += [nn.ReLU()] if output_relu else []
    net = nn.Sequential(*parts).double()
    with torch.no_grad():  # float32 numbers, so that both sides start alike
        for p in net.parameters():
            p.copy_(p.float().double())
    case = {"before_relu": before, "after_relu": after, "output_relu": output_relu,
            "attribute_scale": attribute_scale, "embeddings": numbers(table),
            "images": numbers(images), "labels": labels.tolist(), "parameters": flat(net)}
    # One batch, then steps that begin again where it began.
    optimiser = torch.optim.Adam(net.parameters(), RATE, weight_decay=PENALTY)
    case["steps"] = []
    for step, rate in enumerate([RATE, RATE, RATE / 10, RATE / 10]):
        rows = rng.permutation(IMAGES)[:BATCH]
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.zero_grad()
        if step == 0:
            kept = [(n.mean, n.variance) for n in norms]
            case["prototypes"] = numbers(net(scaled[:SEEN]))
            for norm, (mean, variance) in zip(norms, kept):
                norm.mean, norm.variance = mean, variance
        loss = loss_of(net, scaled[:SEEN], images[rows], labels[rows])
        loss.backward()
        if step == 0:
            case["gradient"] = flat(net, lambda p: p.grad)
        optimiser.step()
        case["steps"].append({"rows": rows.tolist(), "rate": rate, "loss": float(loss)})
    case["after"] = flat(net)
    case["moments"] = [numbers(part) for n in norms for part in (n.mean, n.variance)]
    net.eval()
    case["test_prototypes"] = numbers(net(scaled))
    return case


folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "tests/data/learn")
document = {"seen": SEEN, "classes": CLASSES, "embedding_dim": EMBEDDING, "hidden": HIDDEN,
            "feature_dim": FEATURES, "scale": SCALE, "l2_penalty": PENALTY,
            "cases": {name: make_case(switches, 11 + i)
                      for i, (name, switches) in enumerate(CASES.items())}}
folder.mkdir(parents=True, exist_ok=True)
text = json.dumps(document)
(folder / "cnzsl.json").write_text(text.replace('"cases": {', '"cases": {\n').replace('}, "', '},\n"')
                                   + "\n")
