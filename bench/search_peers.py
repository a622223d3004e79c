#!/usr/bin/env python3
"""What bench/compare_search.py sets beside dem_bench's searches: the ten nearest prototypes by faiss
or numpy. Prints the seconds of each run as JSON.

  bench/search_peers.py faiss|numpy euclidean|cosine QUERIES DIM PROTOTYPES REPEATS

The data are drawn as in bench/search.cpp; features are held for 20,000 rows at most and searched again
and again. For the cosine the rows are scaled to length one within the time, as a user has to.
"""
import json
import sys
import time

import numpy as np

HELD, BLOCK, NEIGHBOURS = 20000, 4096, 10


def make_data(queries, dim, prototypes):
    rng = np.random.default_rng(1)
    table = np.maximum(0, rng.standard_normal((prototypes, dim), np.float32))
    features = 2 * rng.standard_normal((min(queries, HELD), dim), np.float32)
    features += table[np.arange(len(features)) % prototypes]
    return np.maximum(0, features, out=features), table


def unit(rows):
    return rows / np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]


def with_faiss(features, table, cosine):
    import faiss

    index = (faiss.IndexFlatIP if cosine else faiss.IndexFlatL2)(table.shape[1])
    index.add(unit(table) if cosine else table)
    for first in range(0, len(features), BLOCK):
        rows = features[first : first + BLOCK]
        index.search(unit(rows) if cosine else rows, NEIGHBOURS)


def with_numpy(features, table, cosine):
    table = unit(table) if cosine else table
    half = 0 if cosine else np.einsum("ij,ij->i", table, table) * np.float32(0.5)
    for first in range(0, len(features), BLOCK):
        scores = half - features[first : first + BLOCK] @ table.T
        best = np.argpartition(scores, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
        order = np.argsort(np.take_along_axis(scores, best, axis=1), axis=1)
        np.take_along_axis(best, order, axis=1)


def main():
    peer, metric = sys.argv[1:3]
    queries, dim, prototypes, repeats = map(int, sys.argv[3:])
    features, table = make_data(queries, dim, prototypes)
    search = {"faiss": with_faiss, "numpy": with_numpy}[peer]
    search(features[: min(len(features), BLOCK)], table, metric == "cosine")  # not timed
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        for first in range(0, queries, len(features)):
            search(features[: queries - first], table, metric == "cosine")
        seconds.append(time.perf_counter() - start)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
