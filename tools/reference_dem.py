"""DEM training in numpy, float64, image by image: the independent oracle of the parity tests.

Written from the description of the published implementations (docs/recipes.md), not from dem's
sources: the generator, the recipes' numbers, networks, loss, gradient, clipping and Adam are all
here once more.
"""
import math

import numpy as np

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
INIT, SHUFFLE = 1, 2


def mix(x):
    """SplitMix64's output function of x + GOLDEN."""
    x = (x + GOLDEN) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def rotate(x, k):
    return ((x << k) | (x >> (64 - k))) & MASK


class Rng:
    """xoshiro256++, seeded by SplitMix64 from (seed, purpose, index)."""

    def __init__(self, seed, purpose, index=0):
        start = mix((mix((mix(seed) + purpose) & MASK) + index) & MASK)
        self.state = [mix((start + i * GOLDEN) & MASK) for i in range(4)]
        self.spare = None

    def next(self):
        s = self.state
        result = (rotate((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)
        return result

    def uniform(self):
        return (self.next() >> 11) * 2.0**-53

    def below(self, n):
        while True:
            product = self.next() * n
            if (product & MASK) >= (1 << 64) % n:
                return product >> 64

    def normal(self):
        if self.spare is not None:
            value, self.spare = self.spare, None
            return value
        while True:
            u, v = 2 * self.uniform() - 1, 2 * self.uniform() - 1
            s = u * u + v * v
            if 0 < s < 1:
                break
        factor = math.sqrt(-2 * math.log(s) / s)
        self.spare = v * factor
        return u * factor


def epoch_order(n, seed, epoch):
    """Fisher-Yates from the back."""
    order, rng = list(range(n)), Rng(seed, SHUFFLE, epoch)
    for i in range(n - 1, 0, -1):
        j = rng.below(i + 1)
        order[i], order[j] = order[j], order[i]
    return order


def recipe(name, dataset, mode):
    """The published numbers. A penalty and a sigma a layer."""
    cub, layers = dataset == "CUB", {"att": 2, "word": 1, "fusion": 3}[mode]
    r = {"epsilon": 1e-8, "beta2": 0.999, "beta1": 0.9, "clip": 0.0, "l2": [0.0] * layers,
         "loss_includes_l2": False, "gains": [1.0, 3.0] if mode == "fusion" else [1.0],
         "activation": "relu"}
    if name in ("mindspore", "mindspore-intended"):
        decay = 0.001 if mode == "word" else 0.01
        r.update(sigma={"att": [0.0008, 0.0012] if cub else [0.0005, 0.0005], "word": [0.0005],
                        "fusion": [0.0008, 0.0012, 0.0012]}[mode],
                 truncated=False, bias=0.0, learning_rate=1e-5 if mode == "att" else 1e-4,
                 batch_size=100, drop_last=True)
        if mode == "fusion":
            r["activation"] = "scaled_tanh"
        if name == "mindspore":
            r.update(beta1=decay, clip=0.2)
        else:
            r.update(l2=[decay] * layers, clip=0.5)
        return r
    r.update(sigma=[0.1] * layers, truncated=True, bias=0.1, loss_includes_l2=True,
             drop_last=False, learning_rate=1e-4, batch_size=64)
    if mode == "fusion":
        r["activation"] = "tanh"
    if name == "tensorflow":
        r["l2"] = {"att": [1e-2, 1e-2], "word": [1e-3], "fusion": [1e-3, 1e-2, 1e-2]}[mode]
        if cub:
            r["batch_size"] = 100
            if mode == "att":
                r["learning_rate"] = 1e-5
        return r
    assert name == "gbu"
    r["l2"] = [{"CUB": 1e-2, "SUN": 1e-5, "APY": 1e-4}.get(dataset, 1e-3)] * layers
    if cub:
        r.update(learning_rate=1e-5, batch_size=100)
    return r


HEIGHT = 1.7159


def activate(kind, z):
    if kind == "relu":
        return np.maximum(z, 0)
    return np.tanh(z) if kind == "tanh" else HEIGHT * np.tanh(2 * z / 3)


def slope(kind, z):
    if kind == "relu":
        return (z > 0).astype(float)
    if kind == "tanh":
        return 1 - np.tanh(z) ** 2
    return HEIGHT * 2 / 3 * (1 - np.tanh(2 * z / 3) ** 2)


class Network:
    """layers: [(weight [out, in], bias [out]), ...] in float64."""

    def __init__(self, layers, hidden, activation, gains):
        self.layers = [(np.array(w, float), np.array(b, float)) for w, b in layers]
        self.hidden, self.activation, self.gains = hidden, activation, gains

    def forward(self, inputs):
        sums = [z @ w.T + b for z, (w, b) in zip(inputs, self.layers)]
        if not self.hidden:
            return sums, None, sums[0]
        h = sum(g * activate(self.activation, a) for g, a in zip(self.gains, sums))
        weight, bias = self.layers[-1]
        return sums, h, h @ weight.T + bias

    def loss_and_gradient(self, inputs, features):
        """Mean squared error over images and feature dimensions; one row an image."""
        sums, h, last = self.forward(inputs)
        error = np.maximum(last, 0) - features
        delta = 2 / error.size * error * (last > 0)
        loss = float(np.mean(error**2))
        if not self.hidden:
            return loss, [(delta.T @ inputs[0], delta.sum(0))]
        back = delta @ self.layers[-1][0]
        gradient = []
        for z, a, gain in zip(inputs, sums, self.gains):
            branch = gain * slope(self.activation, a) * back
            gradient.append((branch.T @ z, branch.sum(0)))
        return loss, gradient + [(delta.T @ h, delta.sum(0))]


def flat(layers):
    return np.concatenate([part.ravel() for layer in layers for part in layer])


def initial_layers(shapes, r, seed):
    """Layer l is drawn from its own stream, row by row; float32 as the program keeps it."""
    layers = []
    for l, (out, inside) in enumerate(shapes):
        rng, values = Rng(seed, INIT, l), []
        while len(values) < out * inside:
            value = rng.normal()
            if not r["truncated"] or abs(value) <= 2:
                values.append(r["sigma"][l] * value)
        weight = np.array(values).reshape(out, inside).astype(np.float32)
        layers.append((weight, np.full(out, r["bias"], np.float32)))
    return layers


class Trainer:
    """Clip the data gradient by its global norm, add the penalty's, Adam in TensorFlow's form."""

    def __init__(self, network, r):
        self.network, self.r, self.t = network, r, 0
        self.m = [(np.zeros_like(w), np.zeros_like(b)) for w, b in network.layers]
        self.v = [(np.zeros_like(w), np.zeros_like(b)) for w, b in network.layers]

    def step(self, inputs, features):
        """Loss before the update."""
        r, network = self.r, self.network
        loss, gradient = network.loss_and_gradient(inputs, features)
        if r["loss_includes_l2"]:
            loss += sum(l2 / 2 * ((w**2).sum() + (b**2).sum())
                        for l2, (w, b) in zip(r["l2"], network.layers))
        norm = math.sqrt(sum(float((g**2).sum()) for layer in gradient for g in layer))
        scale = r["clip"] / max(norm, r["clip"]) if r["clip"] > 0 else 1.0
        self.t += 1
        rate = (r["learning_rate"] * math.sqrt(1 - r["beta2"] ** self.t)
                / (1 - r["beta1"] ** self.t))
        for l, layer in enumerate(network.layers):
            for k, p in enumerate(layer):
                g = scale * gradient[l][k] + r["l2"][l] * p
                m, v = self.m[l][k], self.v[l][k]
                m += (1 - r["beta1"]) * (g - m)
                v += (1 - r["beta2"]) * (g * g - v)
                p -= rate * m / (np.sqrt(v) + r["epsilon"])
        return float(loss)


def batches(n, batch_size, drop_last, seed, shuffle=True):
    """Row numbers of one batch after another, epoch after epoch, without end."""
    epoch = 0
    while True:
        order = epoch_order(n, seed, epoch) if shuffle else list(range(n))
        end = n - n % batch_size if drop_last else n
        for first in range(0, end, batch_size):
            yield order[first:min(first + batch_size, n)]
        epoch += 1
