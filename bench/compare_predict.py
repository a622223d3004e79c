#!/usr/bin/env python3
"""Times `dem predict` on a file of features beside numpy and faiss, and measures peak memory.

  bench/compare_predict.py --program build/release/cli/dem [--rounds 3] [--rows 100000 1000000]

Workload predict/ROWS-200: ROWS x 1024 float32 features in a .npy file, the nearest of 200 prototypes
of each, written as .npy. Each contestant runs in a process of its own, start included, in turn; the
table has medians of wall and processor time (which other load disturbs less), and the largest peak of resident memory. The files lie in a temporary
folder (--folder chooses where; 4 GB for a million rows) that is removed at the end; they are in the
system's cache from being written, where it has room. All ids are compared. Where a module is not
installed its row is left out.
"""
import argparse
import json
import multiprocessing
import os
import pathlib
import platform
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import numpy as np

from compare import environment

HERE = pathlib.Path(__file__).resolve().parent
DIM, CLASSES = 1024, 200


def write_model(folder, prototypes):
    """A model of one layer with these prototypes, as docs/formats.md has it."""
    tensors = {
        "classes.attribute": np.ones((CLASSES, 1), np.float32),
        "fc1.bias": np.zeros(DIM, np.float32),
        "fc1.weight": np.zeros((DIM, 1), np.float32),
        "prototypes": prototypes,
    }
    classes = {"names": [f"class {c}" for c in range(CLASSES)], "seen": [True] * CLASSES,
               "spaces": ["attribute"]}
    network = {"inputs": [{"space": "attribute", "dim": 1, "gain": 1.0}], "hidden_dim": 0,
               "feature_dim": DIM, "hidden_activation": "relu"}
    header = {"__metadata__": {
        "format": "dem model", "format_version": "2", "feature_map": "[]",
        "class_map": json.dumps({"kind": "network", "network": network,
                                 "float16_unseen_embeddings": False}),
        "classes": json.dumps(classes), "metric": "euclidean", "temperature": "100"}}
    offset = 0
    for name, values in tensors.items():
        end = offset + values.nbytes
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    folder.mkdir()
    with open(folder / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for values in tensors.values():
            file.write(values.tobytes())


def write_features(path, rows, prototypes):
    """Rectified rows that scatter around the prototypes, as in bench/search.cpp."""
    rng = np.random.default_rng(1)
    features = np.lib.format.open_memmap(path, "w+", np.float32, (rows, DIM))
    block = 20000
    for first in range(0, rows, block):
        count = min(block, rows - first)
        noise = rng.standard_normal((count, DIM), np.float32)
        centres = prototypes[np.arange(first, first + count) % CLASSES]
        features[first : first + count] = np.maximum(0, centres + 2 * noise)
    features.flush()


def run(command, threads):
    """(wall seconds, processor seconds, peak resident memory in MiB) of a process."""
    env = {**environment(threads), "OMP_NUM_THREADS": str(threads)}  # faiss has its threads there
    started = time.perf_counter()
    process = subprocess.Popen(command, env=env)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status != 0:
        sys.exit(f"compare_predict: {' '.join(command)} failed")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def installed(module):
    return subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True).returncode == 0


def contestants(options, folder, features):
    dem = [options.program, "predict", "--model", str(folder / "model"), "--input", features, "--quiet",
           "--threads", str(options.threads)]
    commands = {
        "dem, ids as .npy": dem + ["--format", "npy", "--output", str(folder / "dem.npy")],
        "dem, CSV with probabilities": dem + ["--output", str(folder / "dem.csv")],
    }
    for peer in ("numpy", "faiss"):
        if installed(peer):
            commands[peer] = [sys.executable, str(HERE / "predict_peers.py"), peer, features,
                              str(folder / "prototypes.npy"), str(folder / f"{peer}.npy")]
    return commands


def check_ids(folder, names):
    ids = np.load(folder / "dem.npy")
    for peer in names:
        if (folder / f"{peer}.npy").exists():
            differ = int((np.load(folder / f"{peer}.npy") != ids).sum())
            print(f"compare_predict: {peer}: {differ} of {len(ids)} ids differ from dem's (ties in"
                  " float32)", file=sys.stderr)
            if differ > len(ids) // 10000:
                sys.exit("compare_predict: that is too many")


def measure(options, folder, rows, prototypes):
    features = str(folder / "features.npy")
    # In a process of its own: the peak of a child counts from that of its parent on.
    writer = multiprocessing.Process(target=write_features, args=(features, rows, prototypes))
    writer.start()
    writer.join()
    if writer.exitcode != 0:
        sys.exit("compare_predict: the features cannot be written")
    commands = contestants(options, folder, features)
    results = {name: [] for name in commands}
    for _ in range(options.rounds):
        for name, command in commands.items():
            results[name].append(run(command, options.threads))
    check_ids(folder, commands)
    pathlib.Path(features).unlink()
    first = statistics.median(run[0] for run in results["dem, ids as .npy"])
    for name, runs in results.items():
        walls, processor, memory = zip(*runs)
        seconds = statistics.median(walls)
        print(f"| predict/{rows}-{CLASSES} | {name} | {seconds:.2f} s ({min(walls):.2f} to"
              f" {max(walls):.2f}) | {seconds / first:.2f} | {statistics.median(processor):.2f} s |"
              f" {max(memory):,.0f} MiB |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, nargs="+", default=[100000, 1000000])
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--folder", help="where the temporary folder is made")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"- {platform.platform()}, {options.threads} threads, {options.rounds} rounds;"
          f" load average before: {load:.1f}")
    print("\n| workload | | wall time (range) | relative to dem | processor time | peak memory |")
    print("|-|-|-|-|-|-|")
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = pathlib.Path(name)
        prototypes = np.maximum(0, np.random.default_rng(2).standard_normal((CLASSES, DIM), np.float32))
        np.save(folder / "prototypes.npy", prototypes)
        write_model(folder / "model", prototypes)
        for rows in options.rows:
            measure(options, folder, rows, prototypes)
    print(f"\nload average after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
