#!/usr/bin/env python3
"""Writes tests/data/io/npy/*.npy with numpy, one small file a type, order and version, and .npz
archives of such arrays.

Numbers follow a[i, j] = 10 i + j + d on a 3 x 5 grid, where d is 0.5 for floating point and 0 for
integers, and (i + j) mod 2 for bool, so that the test can compute them by itself.

Usage: make_npy_fixtures.py [FOLDER]
"""
import pathlib
import sys
import time
import unittest.mock

import numpy as np

SHAPE = (3, 5)


def grid(descr):
    kind = np.dtype(descr).kind
    if kind == "b":
        return np.fromfunction(lambda i, j: (i + j) % 2 == 1, SHAPE)
    shift = 0.5 if kind == "f" else 0
    return np.fromfunction(lambda i, j: 10 * i + j + shift, SHAPE).astype(descr)


def write(folder, name, array, version=(1, 0)):
    with open(folder / f"{name}.npy", "wb") as file:
        np.lib.format.write_array(file, array, version=version)


def write_archives(folder):
    arrays = {
        "features": grid("<f4"),
        "labels": np.array([5, -1, 2**53 - 1, 0], "<i8"),
        "fortran": np.asfortranarray(grid(">f8")),
        "big": grid(">i2"),
        "half": grid("<f2"),
        "flags": grid("?"),
        "scalar": np.array(7, "<i4"),
        "empty": np.zeros((0, 5), "<f4"),
        "cube": np.asfortranarray(np.arange(24, dtype="<u2").reshape(2, 3, 4)),
        "zeros": np.zeros((1000, 1000), "i1"),  # deflates about as well as anything can
        "names": np.array(["zebra", "Bär", "", "\u732b\U0001f43b"]),
        "dates": np.zeros(2, "<M8[ns]"),
        "gr\u00f6\u00dfe/\u732b": np.array([1.5], "<f4"),
    }
    # numpy dates the entries; a clock that stands still makes the files reproducible.
    noon = time.struct_time((2020, 2, 2, 12, 0, 0, 6, 33, 0))
    with unittest.mock.patch("time.localtime", return_value=noon):
        np.savez_compressed(folder / "compressed.npz", **arrays)
        del arrays["zeros"]
        np.savez(folder / "plain.npz", **arrays)
        np.savez(folder / "none.npz")


def main():
    here = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data" / "io" / "npy"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    folder.mkdir(parents=True, exist_ok=True)
    for descr in "?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8":
        name = descr.replace("?", "bool")
        write(folder, f"little_{name}", grid("?" if descr == "?" else "<" + descr))
        if descr not in ("?", "u1", "i1"):
            write(folder, f"big_{name}", grid(">" + descr))
    write(folder, "fortran_f4", np.asfortranarray(grid("<f4")))
    write(folder, "fortran_big_f8", np.asfortranarray(grid(">f8")))
    write(folder, "version2", grid("<f4"), (2, 0))
    write(folder, "version3", grid("<f4"), (3, 0))
    write(folder, "scalar", np.array(7, "<i4"))
    write(folder, "vector", np.array([5, -1, 2**53 - 1, 0], "<i8"))
    write(folder, "column", np.array([[3], [1], [2]], "<u2"))
    write(folder, "empty", np.zeros((0, 5), "<f4"))
    write(folder, "huge_integers", np.array([1, 2**53 + 1], "<i8"))
    write(folder, "special", np.array([[np.nan, np.inf], [-np.inf, -0.0]], "<f8"))
    write(folder, "unicode", np.array(["zebra", "Bär", "", "\u732b\U0001f43b"]))
    write(folder, "unicode_big", np.array(["zebra", "Bär"]).astype(">U5"))
    write(folder, "bytes", np.array([b"zebra", b"ox"]))
    write(folder, "complex", np.ones((2, 2), "<c8"))
    write(folder, "structured", np.zeros(2, [("a", "<f4"), ("b", "<i4", (2,))]))
    write(folder, "dates", np.zeros(2, "<M8[ns]"))
    with open(folder / "objects.npy", "wb") as file:
        np.save(file, np.array([None, 1], dtype=object), allow_pickle=True)
    archives = folder.parent / "npz"
    archives.mkdir(exist_ok=True)
    write_archives(archives)


if __name__ == "__main__":
    main()
