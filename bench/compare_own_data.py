#!/usr/bin/env python3
"""Times dem on data of one's own beside numpy, PyTorch and pandas, and measures peak memory.

  bench/compare_own_data.py --program build/release/cli/dem [--rounds 3] [--rows 250000] [--csv-rows 100000]

stats/shards, predict/shards: ROWS x 1024 float32 features of 200 classes in ten .npy files.
stats/pt, predict/pt: the same in one .pt file. "a tenth" is the same work on a tenth of the rows, which
shows whether memory grows with them.
csv: a data frame of CSV-ROWS x 512 numbers, a class and a name a row, to float32 .npy and labels.
Each contestant runs in a process of its own, start included, in turn; medians of wall and processor time,
the largest peak of resident memory. Means and ids are compared. Files lie in a temporary folder
(--folder; 3 GB) that is removed at the end. Where a module is not installed its row is left out.
"""
import argparse
import multiprocessing
import os
import pathlib
import platform
import statistics
import sys
import tempfile

import numpy as np

from compare_predict import CLASSES, DIM, installed, run, write_model

HERE = pathlib.Path(__file__).resolve().parent
SHARDS, CSV_DIM = 10, 512


def write_rows(folder, rows, prototypes):
    """Ten shards, one .pt of the same rows, labels and classes."""
    rng = np.random.default_rng(1)
    parts = []
    for shard in range(SHARDS):
        own = np.arange(shard * rows // SHARDS, (shard + 1) * rows // SHARDS) % CLASSES
        noise = rng.standard_normal((len(own), DIM), np.float32)
        part = np.maximum(0, prototypes[own] + 2 * noise)
        np.save(folder / f"features_{shard}.npy", part)
        parts.append(part)
    with open(folder / "labels.csv", "w") as file:
        file.write("class\n" + "".join(f"class {row % CLASSES}\n" for row in range(rows)))
    with open(folder / "classes.csv", "w") as file:
        for c in range(CLASSES):
            file.write(f"class {c},{c / CLASSES},{(c * 7 % CLASSES) / CLASSES},1\n")
    if installed("torch"):
        import torch

        torch.save(torch.from_numpy(np.concatenate(parts)), folder / "features.pt")


def write_frame(path, rows):
    rng = np.random.default_rng(3)
    with open(path, "w") as file:
        file.write("id,class," + ",".join(f"f{d}" for d in range(CSV_DIM)) + "\n")
        for first in range(0, rows, 1000):
            numbers = rng.standard_normal((min(1000, rows - first), CSV_DIM), np.float32)
            for i, row in enumerate(numbers):
                file.write(f"img{first + i},class {(first + i) % CLASSES},")
                file.write(",".join(map("%.6g".__mod__, row)) + "\n")


def apart(work, *arguments):
    """In a process of its own: the peak of a child counts from that of its parent on."""
    process = multiprocessing.Process(target=work, args=arguments)
    process.start()
    process.join()
    if process.exitcode != 0:
        sys.exit("compare_own_data: the data cannot be written")


def peer(*arguments):
    return [sys.executable, str(HERE / "own_data_peers.py"), *map(str, arguments)]


def on_features(options, folder, features, paths, module):
    """name: {contestant: command} of the two jobs on features in these files."""
    common = ["--quiet", "--threads", str(options.threads)]
    labels = ["--labels", str(folder / "labels.csv"), "--classes", str(folder / "classes.csv")]
    out = folder / "out"
    jobs = {
        "stats": {"dem": [options.program, "stats", "--features", features, *labels, "-o",
                          str(folder / "out.stats"), *common]},
        "predict": {"dem": [options.program, "predict", "--model", str(options.model), "--input", features,
                            "--format", "npy", "--output", str(folder / "dem.npy"), *common]},
    }
    if installed(module):
        jobs["stats"][module] = peer("stats", out, folder / "labels.csv", *paths)
        jobs["predict"][module] = peer("predict", folder / f"{module}.npy", options.prototypes, *paths)
    return jobs


def measure(options, name, commands):
    results = {who: [] for who in commands}
    for _ in range(options.rounds):
        for who, command in commands.items():
            results[who].append(run(command, options.threads))
    first = statistics.median(r[0] for r in results["dem"])
    for who, runs in results.items():
        walls, processor, memory = zip(*runs)
        seconds = statistics.median(walls)
        print(f"| {name} | {who} | {seconds:.2f} s ({min(walls):.2f} to {max(walls):.2f}) |"
              f" {seconds / first:.2f} | {statistics.median(processor):.2f} s | {max(memory):,.0f} MiB |",
              flush=True)


def check_ids(folder, module):
    if not (folder / f"{module}.npy").exists():
        return
    differ = int((np.load(folder / f"{module}.npy") != np.load(folder / "dem.npy")).sum())
    print(f"compare_own_data: {module}: {differ} ids differ from dem's (ties in float32)", file=sys.stderr)
    if differ > 25:
        sys.exit("compare_own_data: that is too many")


def measure_features(options, folder, rows, prototypes, note):
    folder.mkdir()
    apart(write_rows, folder, rows, prototypes)
    shards = [str(folder / f"features_{i}.npy") for i in range(SHARDS)]
    kinds = [("shards", str(folder / "features_*.npy"), shards, "numpy")]
    if (folder / "features.pt").exists():
        kinds.append(("pt", str(folder / "features.pt"), [str(folder / "features.pt")], "torch"))
    for kind, features, paths, module in kinds:
        for job, commands in on_features(options, folder, features, paths, module).items():
            measure(options, f"{job}/{kind}, {rows} rows{note}", commands)
        check_ids(folder, module)
    for path in folder.iterdir():
        path.unlink()


def measure_frame(options, folder):
    frame, classes = folder / "frame.csv", folder / "classes.csv"
    apart(write_frame, frame, options.csv_rows)
    classes.write_text("".join(f"class {c},{c},1\n" for c in range(CLASSES)))
    target = folder / "imported"
    commands = {"dem": ["sh", "-c", 'rm -rf "$1" && "$2" import "$3" --classes "$4" -o "$1" --quiet', "sh",
                        str(target), options.program, str(frame), str(classes)]}
    if installed("pandas"):
        commands["pandas"] = peer("frame", folder / "pandas.npy", frame)
    measure(options, f"csv, {options.csv_rows} x {CSV_DIM}", commands)
    if installed("pandas"):
        # pandas' default parser may be off by the last bit.
        ours, theirs = np.load(target / "features.npy"), np.load(folder / "pandas.npy")
        if not np.allclose(ours, theirs, rtol=1e-6):
            sys.exit("compare_own_data: pandas has read other numbers")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=250000)
    parser.add_argument("--csv-rows", type=int, default=100000)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--folder", help="where the temporary folder is made")
    options = parser.parse_args()
    print(f"- {platform.platform()}, {options.threads} threads, {options.rounds} rounds;"
          f" load average before: {os.getloadavg()[0]:.1f}")
    print("\n| workload | | wall time (range) | relative to dem | processor time | peak memory |")
    print("|-|-|-|-|-|-|")
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = pathlib.Path(name)
        prototypes = np.maximum(0, np.random.default_rng(2).standard_normal((CLASSES, DIM), np.float32))
        options.prototypes, options.model = folder / "prototypes.npy", folder / "model"
        np.save(options.prototypes, prototypes)
        write_model(options.model, prototypes)
        measure_features(options, folder / "tenth", options.rows // 10, prototypes, " (a tenth)")
        measure_features(options, folder / "whole", options.rows, prototypes, "")
        measure_frame(options, folder)
    print(f"\nload average after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
