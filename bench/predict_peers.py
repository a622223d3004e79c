#!/usr/bin/env python3
"""What bench/compare_predict.py sets beside `dem predict`: the nearest of some prototypes for each row
of a .npy file, memory-mapped and searched a block of rows at a time, ids written to a .npy file.

  bench/predict_peers.py numpy|faiss FEATURES.npy PROTOTYPES.npy IDS.npy
"""
import sys

BLOCK = 4096


def with_numpy(features, prototypes):
    half = np.einsum("ij,ij->i", prototypes, prototypes) * np.float32(0.5)
    ids = np.empty((len(features), 1), np.int32)
    scores = np.empty((BLOCK, len(prototypes)), np.float32)
    for first in range(0, len(features), BLOCK):
        rows = features[first : first + BLOCK]
        s = scores[: len(rows)]
        np.matmul(rows, prototypes.T, out=s)
        s -= half
        ids[first : first + BLOCK, 0] = s.argmax(axis=1)
    return ids


def with_faiss(features, prototypes):
    index = faiss.IndexFlatL2(prototypes.shape[1])
    index.add(prototypes)
    ids = np.empty((len(features), 1), np.int32)
    for first in range(0, len(features), BLOCK):
        rows = np.ascontiguousarray(features[first : first + BLOCK])
        ids[first : first + BLOCK] = index.search(rows, 1)[1]
    return ids


if __name__ == "__main__":
    peer, features_path, prototypes_path, ids_path = sys.argv[1:]
    import numpy as np

    if peer == "faiss":
        import faiss
    search = {"numpy": with_numpy, "faiss": with_faiss}[peer]
    np.save(ids_path, search(np.load(features_path, mmap_mode="r"), np.load(prototypes_path)))
