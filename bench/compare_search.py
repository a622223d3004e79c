#!/usr/bin/env python3
"""Sets dem_bench's searches for the ten nearest beside the float32 product of the same matrices, faiss
and numpy; prints a table in Markdown.

  bench/compare_search.py --bench build/release/bench/dem_bench [--rounds 3] [--fraction 0.1] [--busy]

Each round runs all of them in turn, each in a process of its own with the same number of threads; the
table has medians over all runs. `bare product` is dem's own BLAS with the same threads, in pieces of
the shape that it is fastest at, nothing kept. With --busy a process that spins holds one processor
meanwhile. A peer that is not installed is left out.
"""
import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

from busy import busy_core
from compare import environment

HERE = pathlib.Path(__file__).resolve().parent
CASES = {"1m-1024-200": (1000000, 1024, 200), "200k-2048-21841": (200000, 2048, 21841)}


def run(command, threads):
    # faiss has its threads in OpenMP; OpenBLAS has its own.
    env = {**environment(threads), "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run([str(part) for part in command], env=env, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"compare_search: {command} failed\n{done.stderr}")
    return json.loads(done.stdout)


def contestants(case, metric, options):
    queries, dim, prototypes = CASES[case]

    def dem(workload):
        report = run([options.bench, "--json", "--filter", workload, "--repeats", options.repeats,
                      "--fraction", options.fraction, "--threads", options.threads], options.threads)
        (result,) = report["results"]
        return result["seconds"]

    def peer(name):
        return run([sys.executable, HERE / "search_peers.py", name, metric,
                    max(1, int(queries * options.fraction)), dim, prototypes, options.repeats],
                   options.threads)

    suffix = "" if metric == "euclidean" else "-cosine"
    found = {"dem": lambda: dem(f"search/{case}{suffix}"), "bare product": lambda: dem(f"product/{case}")}
    for name in ("faiss", "numpy"):
        if subprocess.run([sys.executable, "-c", f"import {name}"], capture_output=True).returncode == 0:
            found[name] = lambda name=name: peer(name)
    return found


def measure(case, metric, options):
    timed = contestants(case, metric, options)
    seconds = {name: [] for name in timed}
    for _ in range(options.rounds):
        for name, call in timed.items():
            seconds[name] += call()
    queries, dim, prototypes = CASES[case]
    rows = max(1, int(queries * options.fraction))
    dem = statistics.median(seconds["dem"])
    for name, values in seconds.items():
        middle = statistics.median(values)
        print(f"| {case} {metric} | {name} | {rows / middle:,.0f} rows/s |"
              f" {2e-9 * rows * dim * prototypes / middle:.0f} | {middle / dem:.2f} x |"
              f" {min(values) / min(seconds['dem']):.2f} x |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bench", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=1, help="timed runs a process")
    parser.add_argument("--fraction", type=float, default=0.1, help="share of the rows")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--filter", default="", help="cases whose names contain it")
    parser.add_argument("--metric", choices=("euclidean", "cosine"), action="append")
    parser.add_argument("--busy", action="store_true", help="beside a process that spins")
    options = parser.parse_args()
    with busy_core(options.busy):
        print(f"- {platform.platform()}, {options.threads} threads, {options.rounds} rounds of"
              f" {options.repeats}, fraction {options.fraction}{', one busy core' if options.busy else ''};"
              f" load average before: {os.getloadavg()[0]:.1f}")
        print("\n| search | | median speed | GFLOP/s | dem is, by medians | by the fastest runs |")
        print("|-|-|-|-|-|-|")
        for case in CASES:
            if options.filter in case:
                for metric in options.metric or ("euclidean", "cosine"):
                    measure(case, metric, options)
    print(f"\nload average after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
