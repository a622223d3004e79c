#!/usr/bin/env python3
"""Runs `dem predict` on files that numpy, SciPy and h5py wrote, in every format, number type and
orientation, and compares each answer with a plain numpy computation.

usage: check_predict.py PROGRAM    exit status 1 where anything differs, 77 without the modules
"""
import csv
import json
import pathlib
import pickle
import struct
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import scipy.io
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

try:
    import torch
except ImportError:
    torch = None  # then without its files

ROWS, DIM = 700, 37


def run(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"check_predict: {arguments}\n{done.stderr}")
    return done.stdout


def read_model(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    facts = header.pop("__metadata__")
    tensors = {name: np.frombuffer(data[slice(*t["data_offsets"])], "<f4").reshape(t["shape"])
               for name, t in header.items()}
    return facts, tensors


def write_safetensors(path, dtype, raw, shape):
    header = json.dumps({"x": {"dtype": dtype, "shape": shape, "data_offsets": [0, len(raw)]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + raw)


def feature_files(folder, x):
    """(path, the numbers in it as float32, further arguments) of every kind of file."""
    half, whole = x.astype(np.float16), np.rint(x * 50)

    def made(name, values, write, *arguments):
        path = folder / name
        write(path)
        return path, np.asarray(values, np.float32), arguments

    for dtype in ("<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "<i2", "<i4", ">i8", "<u1", "<i1"):
        values = (whole % 120 if dtype[1] in "iu" else x).astype(dtype)
        yield made(f"{dtype[1:]}{ord(dtype[0])}.npy", values, lambda p: np.save(p, values))
    yield made("fortran.npy", x, lambda p: np.save(p, np.asfortranarray(x)))
    yield made("columns.npy", x, lambda p: np.save(p, np.ascontiguousarray(x.T)))
    for save in (np.savez, np.savez_compressed):
        for name, stored in (("c", x), ("f", np.asfortranarray(x)), ("t", np.ascontiguousarray(x.T))):
            yield made(f"{save.__name__}_{name}.npz", x, lambda p: save(p, z=x[:5, :4], f=stored))
        yield made(f"{save.__name__}_half.npz", half, lambda p: save(p, labels=whole[:, 0], x=half.astype(">f2")))
        yield made(f"{save.__name__}_named.npz", x, lambda p: save(p, f=x, features=-x), "--variable", "f")
    yield made("x.csv", x.astype(np.float32), lambda p: np.savetxt(p, x.astype(np.float32), "%.9g", ","))
    for compressed in (False, True):
        for name, stored in (("rows", x), ("columns", x.T)):
            yield made(f"{name}{compressed:d}.mat", x,
                       lambda p: scipy.io.savemat(p, {"f": stored, "z": x[:5, :4]}, do_compression=compressed))
            yield made(f"{name}{compressed:d}int.mat", whole,
                       lambda p: scipy.io.savemat(p, {"f": (whole if name == "rows" else whole.T).astype("i4")},
                                                  do_compression=compressed))
    yield made("v4.mat", x, lambda p: scipy.io.savemat(p, {"f": x.T}, format="4"))
    yield made("several.mat", x, lambda p: scipy.io.savemat(p, {"f": x, "g": -x}), "--variable", "f")
    for name, options in (("plain", {}), ("gzip", {"chunks": (64, 10), "compression": "gzip"}),
                          ("shuffled", {"chunks": (701 % ROWS + 5, DIM), "shuffle": True, "compression": 9}),
                          ("one", {"chunks": (ROWS, DIM), "compression": "gzip"})):
        for kind, values in (("f8", x), ("f4", x), ("f2", half), ("i4", whole)):
            yield made(f"{name}{kind}.h5", values.astype(kind), lambda p: h5py.File(p, "w").create_dataset(
                "group/f", data=values.astype(kind), **options).file.close())
    yield made("columns.h5", x, lambda p: h5py.File(p, "w").create_dataset(
        "f", data=x.T, chunks=(9, 33), compression="gzip").file.close())
    for dtype, values in (("F64", x), ("F32", x.astype("f4")), ("F16", half), ("I32", whole.astype("i4"))):
        yield made(f"{dtype}.safetensors", values,
                   lambda p: write_safetensors(p, dtype, values.tobytes(), list(values.shape)))
    brain = x.astype(np.float32).view(np.uint32) >> 16
    yield made("BF16.safetensors", (brain << 16).astype(np.uint32).view(np.float32),
               lambda p: write_safetensors(p, "BF16", brain.astype("<u2").tobytes(), list(x.shape)))
    for protocol in (2, 5):
        yield made(f"alone{protocol}.pkl", x, lambda p: p.write_bytes(pickle.dumps(x, protocol)))
        both = {"labels": [1, 2], "features": np.asfortranarray(half)}
        yield made(f"both{protocol}.pkl", half, lambda p: p.write_bytes(pickle.dumps(both, protocol)))
    if torch is None:
        return
    tensor = torch.from_numpy(x)
    wide = torch.cat([tensor, tensor], dim=1)
    for name, value in {"tensor": tensor, "half": tensor.half(), "bfloat16": tensor.bfloat16(),
                        "turned": tensor.t().contiguous().t(), "columns": wide[:, 1:DIM + 1],
                        "rows": {"labels": [1, 2], "features": torch.cat([tensor, tensor])[5:ROWS + 5]}}.items():
        values = value["features"] if isinstance(value, dict) else value
        yield made(f"{name}.pt", values.float().numpy(), lambda p: torch.save(value, p))


def naive(model, x):
    """Distances to all classes, [n, num_classes], in double precision."""
    facts, tensors = model
    for i, step in enumerate(json.loads(facts["feature_map"])):
        assert step["kind"] in ("minmax", "standard"), step
        x = (x - tensors[f"feature_map.{i}.shift"]) * tensors[f"feature_map.{i}.factor"]
    x, p = x.astype(np.float32).astype(np.float64), tensors["prototypes"].astype(np.float64)
    return ((x[:, None, :] - p[None]) ** 2).sum(-1)


def check(program, model_folder, path, x, arguments):
    facts, tensors = model = read_model(model_folder / "model.safetensors")
    names = json.loads(facts["classes"])["names"]
    out = run(program, "predict", "--model", model_folder, "--input", path, "--topk", 3, "--quiet", *arguments)
    rows = list(csv.DictReader(out.splitlines()))
    assert len(rows) == len(x), path
    distances = naive(model, x)
    order = np.argsort(distances, axis=1, kind="stable")[:, :3]
    best = np.take_along_axis(distances, order, 1)
    weights = np.exp(-(distances - best[:, :1]) / float(facts["temperature"]))
    probabilities = np.take_along_axis(weights / weights.sum(1, keepdims=True), order, 1)
    for i, row in enumerate(rows):
        assert row["row"] == str(i) and row["rejected"] == "false", (path, row)
        for k, suffix in enumerate(("", "_2", "_3")):
            assert row["class" + suffix] == names[order[i, k]], (path, i, row)
            # One unit of float32, and float32 products over the temperature.
            assert abs(float(row["score" + suffix]) + best[i, k]) <= 1e-6 * (1 + best[i, k]), (path, i)
            assert float(row["distance" + suffix]) == -float(row["score" + suffix]), (path, i)
            assert abs(float(row["probability" + suffix]) - probabilities[i, k]) <= 1e-4, (path, i)
        assert abs(float(row["margin"]) - (best[i, 1] - best[i, 0])) <= 1e-5 * (1 + best[i, 1]), (path, i)


def check_new_classes(program, folder, model_folder, x):
    facts, tensors = read_model(model_folder / "model.safetensors")
    added = np.random.default_rng(4).standard_normal((3, tensors["classes.attribute"].shape[1]))
    names = ["okapi", 'the "quagga", extinct', "Bär"]
    scipy.io.savemat(folder / "new.mat", {"att": added.T, "allclasses_names": np.array(names, object)})
    features = folder / "x.npy"
    np.save(features, x)
    run(program, "predict", "--model", model_folder, "--quiet", "--add-classes", folder / "new.mat",
        "--save-model", folder / "larger")
    more, larger = read_model(folder / "larger" / "model.safetensors")
    classes = json.loads(more["classes"])
    assert classes["names"][-3:] == names and classes["seen"][-3:] == [False] * 3
    h = added.astype(np.float32)
    class_map = json.loads(facts["class_map"])
    assert class_map["kind"] == "network"
    if class_map["float16_unseen_embeddings"]:
        h = h.astype(np.float16)
    h = h.astype(np.float64)
    layers = sum(name.endswith(".weight") for name in tensors)
    for i in range(1, layers + 1):
        h = np.maximum(0, h @ tensors[f"fc{i}.weight"].T.astype(np.float64) + tensors[f"fc{i}.bias"])
    # Sums of some hundred float32 products.
    assert np.abs(larger["prototypes"][-3:] - h).max() <= 1e-4 * (1 + np.abs(h).max())
    assert (larger["prototypes"][:-3] == tensors["prototypes"]).all()
    check(program, folder / "larger", features, x.astype(np.float32), ())


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        data, model = folder / "data", folder / "model"
        run(program, "synth", "--output", data, "--dataset", "AWA2", "--layout", "gbu", "--num-train-images",
            300, "--num-test-images", 60, "--num-test-seen-images", 60, "--num-seen-classes", 20,
            "--num-unseen-classes", 6, "--attribute-dim", 9, "--feature-dim", DIM)
        run(program, "train", "--data-path", data, "--dataset", "AWA2", "--save-ckpt", model, "--recipe", "gbu",
            "--feature-scaling", "standard", "--hidden-dim", 40, "--epoch-size", 3, "--quiet")
        x = np.random.default_rng(3).standard_normal((ROWS, DIM)) * 2
        count = 0
        for path, values, arguments in feature_files(folder, x):
            check(program, model, path, values, arguments)
            count += 1
        check_new_classes(program, folder, model, x)
        print(f"{count} files of features and a file of classes agree with numpy")


if __name__ == "__main__":
    main()
