#!/usr/bin/env python3
"""The whole program against numpy in double precision.

usage: run_parity.py PROGRAM [CASE ...]     exit status 0 where all cases agree
       run_parity.py --list

Each case writes a dataset with scipy and h5py, draws first weights, runs `dem train` on both, and
compares every printed loss and the weights of train.ckpt with its own training loop
(tools/reference_dem.py). The small cases are every network under every recipe; the real ones have
DEMNet1 to 4's own widths, batches and learning rates.
"""
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import scipy.io
except ImportError as problem:
    print("skipped:", problem)
    sys.exit(77)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import reference_dem as dem  # noqa: E402

EPSILON = 2.0**-23  # of float32
HIDDEN = {"mindspore": {"att": 700, "word": 0, "fusion": 900}}
HIDDEN["mindspore-intended"] = HIDDEN["mindspore"]


def hidden_dim(recipe, dataset, mode):
    if recipe in HIDDEN or mode != "att":
        return {"att": 700, "word": 0, "fusion": 900}[mode]
    if recipe == "tensorflow":
        return 700 if dataset == "CUB" else 300
    return 1200 if dataset == "CUB" else 1600


class Case:
    """Small widths unless told otherwise; images of `seen` classes, then test images of unseen."""

    def __init__(self, recipe, dataset, mode, dims, **changes):
        self.recipe, self.dataset, self.mode, self.dims = recipe, dataset, mode, dims
        self.feature_dim, self.seen, self.unseen, self.images, self.tests = 16, 6, 3, 50, 9
        # At ten times this rate the fusion network with beta1 = 0.01 oscillates, and two runs in
        # double precision whose first weights differ by a rounding part as far as 1e-5.
        self.batch_size, self.epochs, self.learning_rate = 16, 15, 1e-4
        self.seed, self.shuffle = 1000, False
        self.__dict__.update(changes)
        self.layout = "gbu" if recipe == "gbu" else "dem"

    def name(self):
        widths = "real" if self.feature_dim == 1024 else "small"
        order = "-shuffled" if self.shuffle else ""
        return "%s-%s-%s-%s%s" % (self.recipe, self.dataset, self.mode, widths, order)


REAL = {"feature_dim": 1024, "unseen": 5, "tests": 20, "epochs": 10}


def cases():
    for recipe in ("mindspore", "mindspore-intended", "tensorflow"):
        yield Case(recipe, "CUB", "att", [12])
        yield Case(recipe, "AwA", "att", [8])
        yield Case(recipe, "AwA", "word", [14])
        yield Case(recipe, "AwA", "fusion", [14, 8])
        yield Case(recipe, "AwA", "fusion", [14, 8], shuffle=True, seed=7)
    for dataset in ("AWA2", "CUB", "SUN", "APY"):
        yield Case("gbu", dataset, "att", [8])
    # 200 steps each.
    yield Case("mindspore", "CUB", "att", [312], seen=150, images=2050, batch_size=100,
               learning_rate=1e-5, **REAL)
    awa = dict(seen=40, images=1290, batch_size=64, **REAL)
    yield Case("mindspore", "AwA", "att", [85], learning_rate=1e-5, **awa)
    yield Case("mindspore", "AwA", "word", [1000], learning_rate=1e-4, **awa)
    yield Case("mindspore", "AwA", "fusion", [1000, 85], learning_rate=1e-4, **awa)


class Data:
    def __init__(self, case, rng):
        classes = case.seen + case.unseen
        # Every seen class has an image; classes appear in a random order.
        extra = rng.integers(0, case.seen, case.images - case.seen)
        self.labels = rng.permutation(np.concatenate([np.arange(case.seen), extra]))
        self.test_labels = case.seen + rng.integers(0, case.unseen, case.tests)
        self.embeddings = [rng.random((classes, d)).astype(np.float32) for d in case.dims]
        centres = np.maximum(rng.normal(0.9, 1.5, (classes, case.feature_dim)), 0)
        self.features, self.test_features = [
            np.maximum(centres[l] + rng.normal(0, 0.6, (len(l), case.feature_dim)), 0)
            .astype(np.float32) for l in (self.labels, self.test_labels)]


def save(folder, name, array):
    folder.mkdir(parents=True, exist_ok=True)
    scipy.io.savemat(folder / (name + ".mat"), {name: array}, do_compression=len(name) % 2 == 0)


def write_dem_layout(case, data, root):
    """A row a training image, then the unseen classes' own files."""
    rows = [e[data.labels] for e in data.embeddings]
    unseen = [e[case.seen:] for e in data.embeddings]
    numbers = np.arange(case.seen, case.seen + case.unseen) + 1
    if case.dataset == "CUB":
        folder = root / "CUB_data"
        save(folder, "train_cub_googlenet_bn", data.features)
        save(folder, "test_cub_googlenet_bn", data.test_features)
        save(folder, "train_attr", rows[0])
        save(folder, "test_proto", unseen[0])
        save(folder, "test_labels_cub", data.test_labels[:, None] + 1)
        save(folder, "testclasses_id", numbers[:, None])
        return
    folder = root / "AwA_data"
    save(folder, "train_googlenet_bn", data.features)
    save(folder, "test_googlenet_bn", data.test_features)
    save(folder, "test_labels", data.test_labels[:, None] + 1)
    save(folder, "testclasses_id", numbers[:, None])
    if case.mode != "att":
        save(folder / "wordvector", "train_word", rows[0])
        save(folder / "wordvector", "test_vectors", unseen[0])
    if case.mode != "word":
        save(folder / "attribute", "pca_te_con_10x85", unseen[-1])
        with h5py.File(folder / "attribute" / "Z_s_con.mat", "w") as file:
            file["Z_s_con"] = rows[-1]


def write_gbu_layout(case, data, root):
    """MATLAB's orientation, numbers from 1, and normalised attributes as a trap."""
    folder = root / case.dataset
    folder.mkdir()
    features = np.concatenate([data.features, data.test_features]).T
    labels = np.concatenate([data.labels, data.test_labels])[:, None] + 1
    scipy.io.savemat(folder / "res101.mat", {"features": features, "labels": labels})
    attributes = data.embeddings[0].T
    rows = np.arange(len(labels))[:, None] + 1
    scipy.io.savemat(folder / "att_splits.mat", {
        "att": attributes / np.linalg.norm(attributes, axis=0), "original_att": attributes,
        "trainval_loc": rows[:case.images], "test_unseen_loc": rows[case.images:],
        "test_seen_loc": np.zeros((0, 1))})


def write_safetensors(path, tensors):
    header, offset, body = {}, 0, b""
    for name, array in tensors:
        raw = array.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(array.shape),
                        "data_offsets": [offset, offset + len(raw)]}
        offset, body = offset + len(raw), body + raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def write_checkpoint(path, tensors):
    """MindSpore's: a value {tag, tensor {dims, type, content}} for each parameter."""
    out = b""
    for name, array in tensors:
        tensor = b"".join(varint(1 << 3) + varint(d) for d in array.shape)
        tensor += field(2, b"Float32") + field(3, array.astype("<f4").tobytes())
        out += field(1, field(1, name.encode()) + field(2, tensor))
    path.write_bytes(out)


def parse_message(data):
    """(field number, value) of one protobuf message; a varint or bytes."""
    def take(position):
        value, shift = 0, 0
        while True:
            byte = data[position]
            value, shift, position = value | (byte & 127) << shift, shift + 7, position + 1
            if byte < 128:
                return value, position

    position = 0
    while position < len(data):
        key, position = take(position)
        value, position = take(position)
        if key & 7 == 2:
            value, position = data[position:position + value], position + value
        yield key >> 3, value


def read_checkpoint(path):
    tensors = {}
    for _, value in parse_message(path.read_bytes()):
        parts = dict(parse_message(value))
        tensor = list(parse_message(parts[2]))
        shape = [v for number, v in tensor if number == 1]
        content = dict(tensor)[3]
        tensors[parts[1].decode()] = np.frombuffer(content, "<f4").reshape(shape)
    return tensors


def named(layers):
    for i, (weight, bias) in enumerate(layers, 1):
        yield "fc%d.weight" % i, weight
        yield "fc%d.bias" % i, bias


def first_layers(case, hidden, rng):
    """Larger than the recipes' first weights, so that 50 steps depend on every one of them."""
    shapes = [(hidden or case.feature_dim, d) for d in case.dims]
    if hidden:
        shapes.append((case.feature_dim, hidden))
    return [(rng.normal(0, 0.5 / np.sqrt(i), (o, i)).astype(np.float32),
             rng.normal(0.2, 0.1, o).astype(np.float32)) for o, i in shapes]


def run_program(program, case, root, init):
    command = [program, "train", "--data-path", root, "--dataset", case.dataset,
               "--train-mode", case.mode, "--save-ckpt", root / "out", "--recipe", case.recipe,
               "--init", init, "--batch-size", case.batch_size, "--epoch-size", case.epochs,
               "--interval-step", 1, "--learning-rate", case.learning_rate, "--select", "last",
               "--layout", case.layout, "--seed", case.seed]
    command += ["--shuffle" if case.shuffle else "--no-shuffle"]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError("exit status %d\n%s" % (done.returncode, done.stderr))
    lines = re.findall(r"^epoch: (\d+) step: (\d+), loss is (\S+)$", done.stdout, re.M)
    return [(int(e), int(s), float(l)) for e, s, l in lines], read_checkpoint(
        root / "out" / "train.ckpt")


def run_reference(case, hidden, layers, data):
    r = dem.recipe(case.recipe, case.dataset, case.mode)
    r["learning_rate"] = case.learning_rate
    network = dem.Network(layers, hidden, r["activation"], r["gains"])
    trainer = dem.Trainer(network, r)
    whole, rest = divmod(case.images, case.batch_size)
    steps = whole + (1 if rest and not r["drop_last"] else 0)
    order = dem.batches(case.images, case.batch_size, r["drop_last"], case.seed, case.shuffle)
    lines = []
    for epoch in range(case.epochs):
        for step in range(steps):
            rows = next(order)
            inputs = [e[data.labels[rows]].astype(float) for e in data.embeddings]
            lines.append((epoch + 1, step + 1,
                          trainer.step(inputs, data.features[rows].astype(float))))
    return lines, dict(named(network.layers))


def compare(case, lines, weights, expected_lines, expected_weights):
    """Each step rounds a weight of the order of 1 by up to EPSILON / 2, and its gradient by less;
    losses are means that inherit the weights' relative error, and have nine printed digits."""
    tolerance = len(expected_lines) * EPSILON / 2
    if [l[:2] for l in lines] != [l[:2] for l in expected_lines]:
        raise AssertionError("steps printed: %d, expected %d" % (len(lines), len(expected_lines)))
    loss = max(abs(a[2] - b[2]) / b[2] for a, b in zip(lines, expected_lines))
    if list(weights) != list(expected_weights):
        raise AssertionError("tensors %s, expected %s" % (list(weights), list(expected_weights)))
    weight = 0.0
    for name, expected in expected_weights.items():
        if weights[name].shape != expected.shape:
            raise AssertionError("%s: shape %s" % (name, weights[name].shape))
        weight = max(weight, float(np.abs(weights[name] - expected).max()))
    print("%-42s %4d steps, loss %.4f -> %.4f, off by %.1e; weights off by %.1e; allowed %.1e"
          % (case.name(), len(lines), expected_lines[0][2], expected_lines[-1][2], loss, weight,
             tolerance), flush=True)
    return loss <= tolerance and weight <= tolerance


def run_case(program, case, index):
    rng = np.random.default_rng(index)
    data, hidden = Data(case, rng), hidden_dim(case.recipe, case.dataset, case.mode)
    layers = first_layers(case, hidden, rng)
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (write_dem_layout if case.layout == "dem" else write_gbu_layout)(case, data, root)
        init = root / ("first.ckpt" if index % 2 else "first.safetensors")
        (write_checkpoint if index % 2 else write_safetensors)(init, list(named(layers)))
        lines, weights = run_program(program, case, root, init)
    expected_lines, expected_weights = run_reference(case, hidden, layers, data)
    return compare(case, lines, weights, expected_lines, expected_weights)


def main():
    everything = list(enumerate(cases()))
    if sys.argv[1:] == ["--list"]:
        print("\n".join(case.name() for _, case in everything))
        return 0
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    program, wanted = sys.argv[1], sys.argv[2:]
    chosen = [(i, case) for i, case in everything if not wanted or case.name() in wanted]
    if not chosen:
        print("no case of that name; --list shows them", file=sys.stderr)
        return 2
    failed = []
    for index, case in chosen:
        try:
            if not run_case(program, case, index):
                failed.append(case.name() + ": beyond the tolerance")
        except AssertionError as problem:
            failed.append("%s: %s" % (case.name(), problem))
    print("\n".join("FAILED " + f for f in failed) or "all %d cases agree" % len(chosen))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
