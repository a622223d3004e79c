#!/usr/bin/env python3
"""Writes tests/data/io/torch/*.pt with torch, and tests/data/io/pickle/*.pkl with numpy: one small
file a kind. In tests/data/pickled, torch.json and pickle.json say what Python reads in each: of every
array its name, type and shape, and its values as numbers or text; and refused/ has files of torch that
are not read: the tests know what is said of them.

Usage: make_torch_fixtures.py [FOLDER]      # tests/data unless told
"""
import collections
import json
import pathlib
import pickle
import sys

import numpy as np
import torch


def grid(rows=3, cols=5, dtype=torch.float32):
    """a[i, j] = 10 i + j + 0.5"""
    numbers = 10 * torch.arange(rows)[:, None] + torch.arange(cols)[None, :]
    if dtype.is_floating_point:
        return (numbers + 0.5).to(dtype)
    return (numbers % 2 == 1) if dtype == torch.bool else numbers.to(dtype)


def torch_kinds():
    base = grid(6, 5)
    shared = grid(4, 4)
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    with torch.no_grad():
        for k, tensor in enumerate(module.state_dict().values()):
            tensor.copy_(torch.arange(tensor.numel()).reshape(tensor.shape) + k)
    with_grad = grid()
    with_grad.requires_grad_(True)
    attributed = grid(2, 2)
    attributed.note = "an attribute"
    return {
        "tensor": grid(),
        "half": grid(dtype=torch.float16),
        "bfloat16": grid(dtype=torch.bfloat16),
        "double": grid(dtype=torch.float64),
        "long": grid(dtype=torch.int64),
        "int": grid(dtype=torch.int32),
        "short": grid(dtype=torch.int16),
        "char": grid(dtype=torch.int8),
        "byte": grid(dtype=torch.uint8),
        "bool": grid(dtype=torch.bool),
        "scalar": torch.tensor(7.25),
        "vector": torch.tensor([3, -1, 2**52, 0]),
        "empty": torch.zeros(0, 5),
        "cube": torch.arange(24, dtype=torch.float32).reshape(2, 3, 4).permute(2, 0, 1),
        "transposed": grid().t(),
        "rows_view": base[2:5],
        "steps_view": base[1::2, ::2],
        "column_view": base[:, 3],
        "shared": {"whole": shared, "turned": shared.t(), "part": shared[1:3, 1:], "again": shared},
        "dict": {"features": grid(), "labels": torch.tensor([2, 0, 1])},
        "nested": {"train": {"x": grid(2, 3), "y": [1, 0]}, 7: {"x": grid(1, 3)}},
        "list": [grid(2, 2), grid(1, 3, torch.int16)],
        "tuple": (grid(2, 2), torch.tensor([1, 0])),
        "ordered": collections.OrderedDict([("b", grid(1, 2)), ("a", grid(2, 1))]),
        "state_dict": module.state_dict(),
        "parameter": torch.nn.Parameter(grid()),
        "requires_grad": with_grad,
        "attributes": attributed,
        "names": {"features": grid(), "names": ["zebra", "B\u00e4r", "", "\u732b\U0001f43b"]},
        "plain": {
            "epoch": 12,
            "big": 2**40,
            "lr": 0.125,
            "done": True,
            "nothing": None,
            "betas": (0.9, 0.999),
            "mixed": [1, 2.5],
            "rows": [[1, 2, 3], [4, 5, 6]],
            "size": torch.Size([3, 5]),
            "note": "text",
        },
        "numpy": {"a": np.arange(6, dtype="<f4").reshape(2, 3), "best": np.float64(0.5)},
    }


def numpy_kinds():
    kinds = {}
    for descr in ("<f4", ">f8", "<f2", "<i8", ">i2", "|u1", "|b1"):
        name = descr.strip("<>|") + ("_big" if descr[0] == ">" else "")
        kinds[name] = (np.arange(15).reshape(3, 5) % (2 if descr == "|b1" else 99)).astype(descr)
    kinds["fortran"] = np.asfortranarray(kinds["f4"] + 0.5)
    kinds["cube"] = np.arange(24, dtype="<u2").reshape(2, 3, 4)
    kinds["bytes"] = np.arange(256, dtype="|u1").reshape(16, 16)  # every byte as Latin-1
    kinds["empty"] = np.zeros((0, 5), "<f4")
    kinds["scalar"] = np.float32(1.5)
    kinds["names"] = np.array(["zebra", "B\u00e4r", "", "\u732b"])
    kinds["short_names"] = np.array([b"ox", b"bee"])
    kinds["objects"] = np.array(["ox", "honey bee"], dtype=object)
    kinds["dict"] = {"features": kinds["f4"], "labels": [2, 0, 1], "lr": np.float64(0.1)}
    kinds["sliced"] = np.arange(40, dtype="<f4").reshape(5, 8)[::2, ::3]
    return kinds


def is_flat(value):
    return all(isinstance(item, (bool, int, float, str)) for item in value)


def describe(value, name, out):
    """What a reader should list, name by name."""

    def add(kind, shape, values):
        out.append({"name": name, "type": kind, "shape": list(shape), "values": values})

    def inner(key):
        return str(key) if name is None else f"{name}/{key}"

    if isinstance(value, torch.Tensor):
        kind = str(value.dtype).replace("torch.", "")
        add(kind, value.shape, value.detach().to(torch.float64).flatten().tolist())
    elif isinstance(value, torch.Size):
        add("int64", [len(value)], list(value))
    elif isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
        if array.dtype.kind in "SUO":
            texts = [item.decode() if isinstance(item, bytes) else item for item in array.tolist()]
            add("text", array.shape, texts)
        else:
            add(array.dtype.name, array.shape, array.astype(np.float64).flatten().tolist())
    elif isinstance(value, dict):
        for key, item in value.items():
            describe(item, inner(key), out)
    elif isinstance(value, (list, tuple)) and value and all(isinstance(v, list) for v in value):
        array = np.array(value)
        add(array.dtype.name, array.shape, array.astype(np.float64).flatten().tolist())
    elif isinstance(value, (list, tuple)) and not is_flat(value):
        for position, item in enumerate(value):
            describe(item, inner(position), out)
    elif isinstance(value, (list, tuple)):
        if isinstance(value[0], str):
            add("text", [len(value)], list(value))
        else:
            add(np.array(value).dtype.name, [len(value)], [float(v) for v in value])
    elif value is None:
        add("other", [], None)
    elif isinstance(value, str):
        add("text", [], [value])
    else:
        add(np.array(value).dtype.name, [], [float(value)])


def described(value, alone):
    out = []
    describe(value, None, out)
    for array in out:
        if array["name"] is None:
            array["name"] = alone
    return out


def write_expected(path, expected):
    lines = [f"{json.dumps(name)}: {json.dumps(arrays)}" for name, arrays in expected.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def write_torch(base):
    expected = {}
    folder = base / "io" / "torch"
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in torch_kinds().items():
        path = folder / f"{name}.pt"
        torch.save(value, path)
        expected[path.name] = described(torch.load(path), name)
    write_expected(base / "pickled" / "torch.json", expected)
    refused = base / "pickled" / "refused"
    refused.mkdir(exist_ok=True)
    torch.save(grid(), refused / "old.pt", _use_new_zipfile_serialization=False)
    torch.save(torch.nn.Linear(3, 2), refused / "module.pt")
    torch.save({"x": grid(), "sparse": grid().to_sparse()}, refused / "sparse.pt")
    torch.save({"x": grid(), "s": {1, 2}}, refused / "set.pt")
    torch.jit.save(torch.jit.script(torch.nn.Linear(3, 2)), str(refused / "script.pt"))


def write_pickles(base):
    expected = {}
    folder = base / "io" / "pickle"
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in numpy_kinds().items():
        for protocol in (2, 3, 4, 5) if name in ("f4", "dict", "names") else (2, 5):
            path = folder / f"{name}_{protocol}.pkl"
            path.write_bytes(pickle.dumps(value, protocol=protocol))
            expected[path.name] = described(pickle.loads(path.read_bytes()), path.stem)
    write_expected(base / "pickled" / "pickle.json", expected)


def main():
    here = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data"
    base = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    write_torch(base)
    write_pickles(base)


if __name__ == "__main__":
    main()
