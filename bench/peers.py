#!/usr/bin/env python3
"""Times the workloads of dem_bench in numpy, SciPy and PyTorch.

Written as a user of these libraries would who cares for speed: arrays allocated once, operations in
place, one call of the matrix product per product, batches gathered with one call. Sizes and
mathematics are those of dem_bench; the search is plain float32, where dem's ranks near ties in
double precision.

The output is that of dem_bench --json. bench/compare.py runs both in turn.
"""
import argparse
import json
import os
import pathlib
import re
import sys
import time

FEATURE_DIM = 1024
WORD_DIM = 1000
HIDDEN_DIM = {"att": 700, "fusion": 900}

# name: (queries, feature_dim, prototypes, neighbours, cosine)
SEARCH = {
    "search/200-euclidean": (60000, 1024, 200, 1, False),
    "search/200-cosine": (60000, 1024, 200, 1, True),
    "search/200-top10": (60000, 1024, 200, 10, False),
    "search/21841-euclidean": (20000, 2048, 21841, 1, False),
    "search/21841-cosine": (20000, 2048, 21841, 1, True),
}
# name: (mode, images, classes, attribute_dim, batch_size, steps, learning rate, beta1)
STEP = {
    "step/cub-att": ("att", 8855, 150, 312, 100, 400, 1e-5, 0.01),
    "step/awa-att": ("att", 24295, 40, 85, 64, 400, 1e-5, 0.01),
    "step/awa-word": ("word", 24295, 40, 85, 64, 400, 1e-4, 0.001),
    "step/awa-fusion": ("fusion", 24295, 40, 85, 64, 200, 1e-4, 0.01),
}
# name: (folder, layout)
LOAD = {
    "load/awa-dem": ("dem", "dem"),
    "load/awa2-gbu": ("gbu", "gbu"),
    "load/awa2-gbu-deflated": ("gbu-deflated", "gbu"),
}
CLIP_NORM = 0.2
BETA2 = 0.999
EPSILON = 1e-8


# --- data --------------------------------------------------------------------------------------


def search_data(queries, feature_dim, prototypes):
    rng = np.random.default_rng(1)
    p = np.maximum(rng.standard_normal((prototypes, feature_dim), dtype=np.float32), 0)
    x = rng.standard_normal((queries, feature_dim), dtype=np.float32)
    x *= 2
    for first in range(0, queries, prototypes):
        x[first : first + prototypes] += p[: queries - first]
    np.maximum(x, 0, out=x)
    return x, p


def step_data(mode, images, classes, attribute_dim):
    rng = np.random.default_rng(1)
    features = rng.random((images, FEATURE_DIM), dtype=np.float32)
    labels = np.arange(images) % classes
    attributes = rng.random((classes, attribute_dim), dtype=np.float32)
    words = rng.random((classes, WORD_DIM), dtype=np.float32) * np.float32(0.06)
    spaces = {"att": [attributes], "word": [words], "fusion": [words, attributes]}[mode]
    return features, labels, spaces


def initial_weights(mode, spaces):
    """[(weight [out, in], bias [out])] in the order fc1, fc2, fc3."""
    rng = np.random.default_rng(2)
    hidden = HIDDEN_DIM.get(mode, FEATURE_DIM)
    shapes = [(hidden, space.shape[1]) for space in spaces]
    if mode != "word":
        shapes.append((FEATURE_DIM, hidden))
    sigma = np.float32(0.0008)
    return [
        (sigma * rng.standard_normal(shape, dtype=np.float32), np.zeros(shape[0], np.float32))
        for shape in shapes
    ]


def batches(images, batch_size, steps):
    """Rows of each step: shuffled epochs, the last short batch of each left out."""
    rng = np.random.default_rng(3)
    per_epoch = images // batch_size
    for step in range(steps):
        place = step % per_epoch
        if place == 0:
            order = rng.permutation(images)
        yield order[place * batch_size : (place + 1) * batch_size]


# --- numpy -------------------------------------------------------------------------------------


class NumpyNet:
    """Forward and backward pass of one batch, and Adam, all in memory allocated once."""

    def __init__(self, weights, batch_size, learning_rate, beta1):
        self.size = sum(w.size + b.size for w, b in weights)
        self.parameters = np.empty(self.size, np.float32)
        self.gradient = np.empty(self.size, np.float32)
        self.layers, self.gradients = [], []
        offset = 0
        for w, b in weights:
            for buffer, views in (
                (self.parameters, self.layers),
                (self.gradient, self.gradients),
            ):
                end = offset + w.size
                views.append((buffer[offset:end].reshape(w.shape), buffer[end : end + b.size]))
            self.layers[-1][0][...] = w
            self.layers[-1][1][...] = b
            offset += w.size + b.size
        self.moment1 = np.zeros(self.size, np.float32)
        self.moment2 = np.zeros(self.size, np.float32)
        self.scratch = np.empty(self.size, np.float32)
        self.learning_rate, self.beta1, self.step_count = learning_rate, beta1, 0
        hidden = weights[0][0].shape[0]
        self.inputs = [np.empty((batch_size, w.shape[1]), np.float32) for w, _ in weights]
        self.hidden = [np.empty((batch_size, hidden), np.float32) for _ in weights[:-1]]
        self.back = np.empty((batch_size, hidden), np.float32)
        self.slope = np.empty((batch_size, hidden), np.float32)
        self.output = np.empty((batch_size, FEATURE_DIM), np.float32)
        self.error = np.empty((batch_size, FEATURE_DIM), np.float32)
        self.target = np.empty((batch_size, FEATURE_DIM), np.float32)

    @staticmethod
    def affine(x, layer, out):
        np.matmul(x, layer[0].T, out=out)
        out += layer[1]

    def backward_layer(self, index, delta, x):
        np.matmul(delta.T, x, out=self.gradients[index][0])
        np.sum(delta, axis=0, out=self.gradients[index][1])

    def backward_output(self, x):
        """Loss of the batch; leaves its gradient before the last activation in self.error."""
        self.affine(x, self.layers[-1], self.output)
        np.maximum(self.output, 0, out=self.output)
        np.subtract(self.output, self.target, out=self.error)
        flat = self.error.ravel()
        loss = float(flat @ flat) / flat.size
        self.error *= np.float32(2 / flat.size)
        self.error *= self.output > 0
        self.backward_layer(len(self.layers) - 1, self.error, x)
        return loss

    def adam(self):
        norm = float(np.sqrt(self.gradient @ self.gradient))
        if norm > CLIP_NORM:
            self.gradient *= np.float32(CLIP_NORM / norm)
        self.step_count += 1
        t = self.step_count
        rate = self.learning_rate * np.sqrt(1 - BETA2**t) / (1 - self.beta1**t)
        scratch = self.scratch
        np.multiply(self.gradient, np.float32(1 - self.beta1), out=scratch)
        self.moment1 *= np.float32(self.beta1)
        self.moment1 += scratch
        np.multiply(self.gradient, self.gradient, out=scratch)
        scratch *= np.float32(1 - BETA2)
        self.moment2 *= np.float32(BETA2)
        self.moment2 += scratch
        np.sqrt(self.moment2, out=scratch)
        scratch += np.float32(EPSILON)
        np.divide(self.moment1, scratch, out=scratch)
        scratch *= np.float32(rate)
        self.parameters -= scratch

    def step_word(self):
        loss = self.backward_output(self.inputs[0])
        self.adam()
        return loss

    def step_att(self):
        z, h = self.inputs[0], self.hidden[0]
        self.affine(z, self.layers[0], h)
        np.maximum(h, 0, out=h)
        loss = self.backward_output(h)
        np.matmul(self.error, self.layers[1][0], out=self.back)
        self.back *= h > 0
        self.backward_layer(0, self.back, z)
        self.adam()
        return loss

    def step_fusion(self):
        """h = t(word) + 3 t(attribute), t(z) = 1.7159 tanh(2 z / 3)."""
        for i in (0, 1):
            self.affine(self.inputs[i], self.layers[i], self.hidden[i])
            self.hidden[i] *= np.float32(2 / 3)
            np.tanh(self.hidden[i], out=self.hidden[i])
        h = self.slope
        np.multiply(self.hidden[1], np.float32(3), out=h)
        h += self.hidden[0]
        h *= np.float32(1.7159)
        loss = self.backward_output(h)
        np.matmul(self.error, self.layers[2][0], out=self.back)
        for i, gain in ((0, 1.0), (1, 3.0)):
            # t'(z) = 1.7159 * 2/3 * (1 - tanh^2)
            np.multiply(self.hidden[i], self.hidden[i], out=self.slope)
            np.subtract(1, self.slope, out=self.slope)
            self.slope *= np.float32(gain * 1.7159 * 2 / 3)
            self.slope *= self.back
            self.backward_layer(i, self.slope, self.inputs[i])
        self.adam()
        return loss


def numpy_step(name, fraction):
    mode, images, classes, attribute_dim, batch_size, steps, rate, beta1 = STEP[name]
    steps = max(1, int(fraction * steps))
    features, labels, spaces = step_data(mode, images, classes, attribute_dim)
    weights = initial_weights(mode, spaces)

    def run():
        net = NumpyNet(weights, batch_size, rate, beta1)
        step = {"att": net.step_att, "word": net.step_word, "fusion": net.step_fusion}[mode]
        for rows in batches(images, batch_size, steps):
            np.take(features, rows, axis=0, out=net.target)
            chosen = labels[rows]
            for space, z in zip(spaces, net.inputs):
                np.take(space, chosen, axis=0, out=z)
            loss = step()
        assert np.isfinite(loss)

    return run, steps


def numpy_search(name, fraction):
    queries, feature_dim, prototypes, k, cosine = SEARCH[name]
    queries = max(1, int(fraction * queries))
    x, p = search_data(queries, feature_dim, prototypes)
    block = 1024

    def run():
        # The score that is largest for the nearest: x.p - |p|^2 / 2, or x.p / |p|.
        norms = np.einsum("ij,ij->i", p, p)
        table = p / np.sqrt(norms)[:, None] if cosine else p
        half = norms * np.float32(0.5)
        scores = np.empty((block, prototypes), np.float32)
        nearest = np.empty((queries, k), np.int64)
        for first in range(0, queries, block):
            rows = x[first : first + block]
            s = scores[: len(rows)]
            np.matmul(rows, table.T, out=s)
            if not cosine:
                s -= half
            if k == 1:
                np.argmax(s, axis=1, out=nearest[first : first + block, 0])
                continue
            best = np.argpartition(s, prototypes - k, axis=1)[:, prototypes - k :]
            order = np.argsort(-np.take_along_axis(s, best, axis=1), axis=1)
            nearest[first : first + block] = np.take_along_axis(best, order, axis=1)

    return run, queries


# --- PyTorch -----------------------------------------------------------------------------------


def torch_network(mode, weights):
    nn = torch.nn

    class ScaledTanh(nn.Module):
        def forward(self, z):
            return 1.7159 * torch.tanh(z * (2 / 3))

    class Fusion(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1, self.fc2, self.fc3 = (nn.Linear(w.shape[1], w.shape[0]) for w, _ in weights)
            self.activation = ScaledTanh()

        def forward(self, words, attributes):
            h = self.activation(self.fc1(words)) + 3 * self.activation(self.fc2(attributes))
            return torch.relu(self.fc3(h))

    if mode == "fusion":
        net = Fusion()
    else:
        layers = []
        for w, _ in weights:
            layers += [nn.Linear(w.shape[1], w.shape[0]), nn.ReLU()]
        net = nn.Sequential(*layers)
    linears = [m for m in net.modules() if isinstance(m, nn.Linear)]
    with torch.no_grad():
        for linear, (w, b) in zip(linears, weights):
            linear.weight.copy_(torch.from_numpy(w))
            linear.bias.copy_(torch.from_numpy(b))
    return net


def torch_step(name, fraction, compiled=False):
    """As the reference's code has it, eagerly; or its network compiled (traced) and its Adam in one
    call for all parameters, the fastest that this version offers without writing the step by hand."""
    mode, images, classes, attribute_dim, batch_size, steps, rate, beta1 = STEP[name]
    steps = max(1, int(fraction * steps))
    features, labels, spaces = step_data(mode, images, classes, attribute_dim)
    weights = initial_weights(mode, spaces)
    features, labels = torch.from_numpy(features), torch.from_numpy(labels)
    spaces = [torch.from_numpy(space) for space in spaces]

    def run():
        net = torch_network(mode, weights)
        adam = torch.optim.Adam(net.parameters(), lr=rate, betas=(beta1, BETA2), eps=EPSILON,
                                foreach=compiled)
        if compiled:
            net = torch.jit.trace(net, tuple(space[labels[:batch_size]] for space in spaces))
        criterion = torch.nn.MSELoss()
        for rows in batches(images, batch_size, steps):
            rows = torch.from_numpy(rows)
            chosen = labels[rows]
            loss = criterion(net(*(space[chosen] for space in spaces)), features[rows])
            adam.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), CLIP_NORM)
            adam.step()
        assert torch.isfinite(loss)

    return run, steps


def torch_search(name, fraction):
    queries, feature_dim, prototypes, k, cosine = SEARCH[name]
    queries = max(1, int(fraction * queries))
    x, p = (torch.from_numpy(a) for a in search_data(queries, feature_dim, prototypes))
    block = 1024

    @torch.no_grad()
    def run():
        table = torch.nn.functional.normalize(p, dim=1) if cosine else p
        half = (p * p).sum(1) * 0.5
        nearest = torch.empty((queries, k), dtype=torch.int64)
        for first in range(0, queries, block):
            scores = x[first : first + block] @ table.T
            if not cosine:
                scores -= half
            best = scores.argmax(1, keepdim=True) if k == 1 else scores.topk(k, dim=1).indices
            nearest[first : first + block] = best

    return run, queries


# --- SciPy and h5py ----------------------------------------------------------------------------


def read_mat(path, variable):
    """A variable of a .mat file, v5 by SciPy or v7.3 by h5py (axes as the reference takes them)."""
    try:
        return loadmat(path, variable_names=[variable])[variable]
    except NotImplementedError:
        with h5py.File(path, "r") as file:
            return file[variable][()]


def float_rows(array):
    return np.ascontiguousarray(array, dtype=np.float32)


def load_dem(folder):
    data = folder / "AwA_data"
    stems = {"train_googlenet_bn": float_rows, "test_googlenet_bn": float_rows,
             "test_labels": np.int64, "testclasses_id": np.int64,
             "attribute/Z_s_con": float_rows, "attribute/pca_te_con_10x85": float_rows}
    read = {}
    for stem, convert in stems.items():
        read[stem] = convert(read_mat(data / (stem + ".mat"), stem.rsplit("/", 1)[-1]))
    # Distinct training descriptions are the seen classes.
    _, labels = np.unique(read["attribute/Z_s_con"], axis=0, return_inverse=True)
    images = len(read["train_googlenet_bn"]) + len(read["test_googlenet_bn"])
    assert len(labels) == len(read["train_googlenet_bn"])
    return images


def load_gbu(folder):
    features = loadmat(folder / "AWA2" / "res101.mat", variable_names=["features", "labels"])
    split = loadmat(folder / "AWA2" / "att_splits.mat")
    x = float_rows(features["features"].T)
    labels = features["labels"].ravel().astype(np.int64) - 1
    att = float_rows(split["att"].T)
    for key in ("trainval_loc", "train_loc", "val_loc", "test_seen_loc", "test_unseen_loc"):
        rows = split[key].ravel().astype(np.int64) - 1
        assert 0 <= rows.min() and rows.max() < len(x)
    assert labels.max() < len(att)
    return len(x)


def scipy_load(name, data):
    folder, layout = LOAD[name]
    path = pathlib.Path(data) / folder
    load = load_dem if layout == "dem" else load_gbu
    images = load(path)
    return lambda: load(path), images


# --- timing ------------------------------------------------------------------------------------


def prepare(peer, name, options):
    if name in SEARCH:
        return (numpy_search if peer == "numpy" else torch_search)(name, options.fraction)
    if name in STEP:
        if peer == "numpy":
            return numpy_step(name, options.fraction)
        return torch_step(name, options.fraction, compiled=peer == "torch-compiled")
    return scipy_load(name, options.data)


def measure(peer, name, options):
    run, work = prepare(peer, name, options)
    run()
    seconds = []
    for _ in range(options.repeats):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return {"name": name, "work": work, "seconds": seconds}


def names_for(peer):
    if peer == "torch-compiled":
        return [*STEP]
    return [*LOAD] if peer == "scipy" else [*SEARCH, *STEP]


def blas_in_use():
    """Names of the BLAS libraries that this process has mapped, numpy's among them."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        names = {line.split("/")[-1].strip() for line in maps}
    return ", ".join(sorted(n for n in names if re.match(r"lib(open)?blas|libmkl|libdnnl", n)))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--peer", choices=("numpy", "torch", "torch-compiled", "scipy"), required=True)
    parser.add_argument("--filter", default="", help="run the workloads whose names contain this")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--fraction", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--data", default="", help="folder that dem_bench --data filled")
    return parser.parse_args()


def main():
    options = parse_arguments()
    os.environ["OPENBLAS_NUM_THREADS"] = str(options.threads)  # read when the library is loaded
    os.environ["OMP_NUM_THREADS"] = "1"  # one pool: see environment() in bench/compare.py
    global np, torch, loadmat, h5py
    import numpy as np

    version = "numpy " + np.__version__
    if options.peer.startswith("torch"):
        import torch

        version = "PyTorch " + torch.__version__
    if options.peer == "scipy":
        import h5py
        import scipy
        from scipy.io import loadmat

        version = f"SciPy {scipy.__version__}, h5py {h5py.__version__}"
    names = names_for(options.peer)
    if options.filter in names:  # as dem_bench has it
        chosen = [options.filter]
    else:
        chosen = [name for name in names if options.filter in name]
    results = [measure(options.peer, name, options) for name in chosen]
    report = {"version": version, "blas": blas_in_use(), "threads": options.threads}
    json.dump({**report, "results": results}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
