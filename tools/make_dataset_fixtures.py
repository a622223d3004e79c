#!/usr/bin/env python3
"""Writes tests/data/fixtures: the toy datasets of tests/data/*_toy.h as scipy and h5py write them.

usage: make_dataset_fixtures.py [OUTPUT]

CUB_data        layout dem, MAT v5, compressed; int32 labels
AwA_data        layout dem, MAT v5, not compressed; Z_s_con as HDF5 with a MATLAB v7.3 header
TOY             layout gbu, MAT v5, compressed; uint16 lists, a cell array of names
TOY73           layout gbu, MAT v7.3: MATLAB's dimensions reversed, names by reference
huge            an HDF5 test_proto of 2 x 2^38 doubles of which none is stored
The values repeat those headers: a test loads both and compares.
"""
import pathlib
import sys

import h5py
import numpy as np
import scipy.io

MATLAB_HEADER = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(116) + bytes(8) + b"\x00\x02IM"


def set_matlab_class(dataset, name):
    """The attribute as MATLAB writes it: a scalar string that ends in a zero."""
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(len(name) + 1)
    kind.set_strpad(h5py.h5t.STR_NULLTERM)
    space = h5py.h5s.create(h5py.h5s.SCALAR)
    attribute = h5py.h5a.create(dataset.id, b"MATLAB_class", kind, space)
    attribute.write(np.array(name.encode(), dtype=f"S{len(name) + 1}"), mtype=kind)


def write_v73(path, arrays):
    """arrays as MATLAB has them; HDF5 gets the dimensions reversed."""
    with h5py.File(path, "w", userblock_size=512, libver="earliest") as file:
        for name, array in arrays.items():
            if isinstance(array, list):
                write_cell(file, name, array)
                continue
            dataset = file.create_dataset(name, data=np.ascontiguousarray(array.T))
            set_matlab_class(dataset, "double" if array.dtype == np.float64 else str(array.dtype))
    with open(path, "r+b") as file:
        file.write(MATLAB_HEADER)


def write_cell(file, name, texts):
    """A column cell array of character rows: references to datasets of UTF-16 codes."""
    references = np.empty((1, len(texts)), dtype=h5py.ref_dtype)
    for i, text in enumerate(texts):
        codes = np.array([[ord(c)] for c in text], dtype=np.uint16)
        dataset = file.require_group("#refs#").create_dataset(f"{name}{i}", data=codes)
        set_matlab_class(dataset, "char")
        references[0, i] = dataset.ref
    dataset = file.create_dataset(name, data=references)
    set_matlab_class(dataset, "cell")


def write_v5(path, arrays, compressed):
    """scipy's header has the time in it; without, the same arrays give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scipy.io.savemat(path, arrays, do_compression=compressed)
    with open(path, "r+b") as file:
        file.write(b"MATLAB 5.0 MAT-file, written by scipy".ljust(116))


def write_cub(folder):
    images = np.add.outer(10.0 * np.arange(9), np.arange(3.0))
    a, b, c = [10, 20], [30, 40], [50, 60]
    arrays = {
        "train_cub_googlenet_bn": images[:5],
        "test_cub_googlenet_bn": images[5:].astype(np.float32),
        "train_attr": np.array([a, b, a, c, b], dtype=np.float64),
        "test_proto": np.array([[1, 2], [3, 4]], dtype=np.uint8),
        "test_labels_cub": np.array([[2], [4], [4], [2]], dtype=np.int32),
        "testclasses_id": np.array([[4, 2]], dtype=np.int32),
    }
    for name, array in arrays.items():
        write_v5(folder / f"{name}.mat", {name: array}, compressed=True)


def write_awa(folder):
    images = np.add.outer(10.0 * np.arange(7), np.arange(2.0))
    u, v = [.1, .2, .3], [.4, .5, .6]
    arrays = {
        "train_googlenet_bn": images[:4],
        "test_googlenet_bn": images[4:],
        "test_labels": np.array([[5, 9, 5]], dtype=np.float64),
        "testclasses_id": np.array([[9], [5]], dtype=np.float64),
        "attribute/pca_te_con_10x85": np.array([[5, 6], [7, 8]], dtype=np.float64),
        "wordvector/train_word": np.array([u, v, u, u]),
        "wordvector/test_vectors": np.array([[.7, .8, .9], [1, 1.1, 1.2]]),
    }
    for name, array in arrays.items():
        path = folder / f"{name}.mat"
        write_v5(path, {path.stem: array}, compressed=False)
    attributes = np.array([[1, 2], [1, 2], [3, 4], [1, 2]], dtype=np.float64)
    write_v73(folder / "attribute/Z_s_con.mat", {"Z_s_con": attributes.T})


def toy_gbu():
    number = np.arange(1.0, 5)
    images = 10.0 * np.arange(8)
    original = np.array([number, number * number * 2, [5] * 4])
    original[1, 2] = original[2, 3] = -1
    original[1, 0], original[1, 3] = 2, 32
    lists = {"trainval_loc": [7, 1, 3, 8], "train_loc": [1, 3, 2], "val_loc": [7, 8],
             "test_seen_loc": [2, 4], "test_unseen_loc": [6, 5]}
    features = {"features": np.array([images, images + 1]),
                "labels": np.array([[1, 1, 2, 2, 3, 3, 4, 4]]).T.astype(np.float64)}
    split = {"att": np.array([[.1, .2, .3, .4], [.2, .8, 1.8, 3.2], [.5] * 4]),
             "original_att": original}
    split |= {name: np.array([rows], dtype=np.uint16).T for name, rows in lists.items()}
    return features, split, ["one", "two", "three", "four"]


def write_gbu(folder, folder73):
    features, split, names = toy_gbu()
    folder73.mkdir(parents=True, exist_ok=True)
    cell = np.empty((len(names), 1), dtype=object)
    cell[:, 0] = names
    write_v5(folder / "res101.mat", features, compressed=True)
    write_v5(folder / "att_splits.mat", split | {"allclasses_names": cell}, compressed=True)
    write_v73(folder73 / "res101.mat", features)
    write_v73(folder73 / "att_splits.mat", split | {"allclasses_names": names})


def write_huge(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with h5py.File(folder / "test_proto.mat", "w", libver="earliest") as file:
        file.create_dataset("test_proto", shape=(2, 2**38), chunks=(1, 1024), dtype=np.float64)


def main():
    default = pathlib.Path(__file__).resolve().parent.parent / "tests/data/fixtures"
    output = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    write_cub(output / "CUB_data")
    write_awa(output / "AwA_data")
    write_gbu(output / "TOY", output / "TOY73")
    write_huge(output / "huge")


if __name__ == "__main__":
    main()
