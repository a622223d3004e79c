"""What numpy, PyTorch and pandas do of the work of compare_own_data.py, each in a process of its own.

  own_data_peers.py stats OUT LABELS FEATURES...         counts, sums and second moments of classes
  own_data_peers.py predict OUT PROTOTYPES FEATURES...   the nearest prototype of each row
  own_data_peers.py frame OUT CSV                        features of a data frame as float32 .npy

Shards go by np.load with a memory map, a block of rows at a time; .pt by torch.load, which has the whole
tensor in memory. Sums are in double, products in float32, as a user would write them.
"""
import sys

import numpy as np

BLOCK = 8192


def blocks(paths):
    for path in paths:
        if path.endswith(".pt"):
            import torch

            array = torch.load(path).numpy()
        else:
            array = np.load(path, mmap_mode="r")
        for first in range(0, len(array), BLOCK):
            yield np.asarray(array[first : first + BLOCK], np.float32)


def stats(out, labels_path, paths):
    with open(labels_path) as file:
        names = file.read().split("\n")[1:-1]
    _, labels = np.unique(names, return_inverse=True)
    counts = np.bincount(labels)
    sums = moment = None
    first = 0
    for block in blocks(paths):
        if sums is None:
            sums = np.zeros((len(counts), block.shape[1]))
            moment = np.zeros((block.shape[1], block.shape[1]))
        own = labels[first : first + len(block)]
        one_hot = np.zeros((len(counts), len(block)), np.float32)
        one_hot[own, np.arange(len(block))] = 1
        sums += one_hot @ block
        moment += block.T @ block
        first += len(block)
    np.savez(out, counts=counts, means=sums / counts[:, None], moment=moment)


def predict(out, prototypes_path, paths):
    prototypes = np.load(prototypes_path)
    norms = (prototypes**2).sum(1)
    ids = [(2 * block @ prototypes.T - norms).argmax(1) for block in blocks(paths)]
    np.save(out, np.concatenate(ids).astype(np.int32)[:, None])


def frame(out, path):
    import pandas

    table = pandas.read_csv(path)
    columns = [name for name in table.columns if name.startswith("f")]
    np.save(out, table[columns].to_numpy(np.float32))
    table[["id", "class"]].to_csv(out + ".labels.csv", index=False)


if __name__ == "__main__":
    what, out, *rest = sys.argv[1:]
    if what == "stats":
        stats(out, rest[0], rest[1:])
    elif what == "predict":
        predict(out, rest[0], rest[1:])
    else:
        frame(out, rest[0])
