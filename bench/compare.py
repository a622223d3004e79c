#!/usr/bin/env python3
"""Sets dem_bench beside numpy, SciPy and PyTorch on this machine; prints a table in Markdown.

  bench/compare.py --bench build/release/bench/dem_bench [--filter step] [--rounds 3]

Each round runs dem and every peer in turn, each in a process of its own that warms up first (so
does the floor of a training step: its products and its update alone, by dem's own kernels); the
table has medians over all runs of all rounds, so a disturbance of some seconds hits all alike. All
processes get the same number of threads (PyTorch's in OpenBLAS) and the same environment: the
allocator keeps freed memory (MALLOC_*_THRESHOLD_), without which PyTorch spends its time in page
faults. OpenBLAS chooses its kernels itself, for dem and for both peers. Where a module is not
installed its column is left out.
"""
import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

from busy import busy_core
from peers import LOAD

HERE = pathlib.Path(__file__).resolve().parent
PEERS = {"floor": "floor", "bf16": "dem in bfloat16", "numpy": "numpy", "torch": "PyTorch",
         "torch-compiled": "PyTorch, compiled", "scipy": "SciPy"}
# Contestants of a training step that are workloads of dem_bench themselves.
OWN = {"floor": "floor/", "bf16": "bf16-step/"}


def environment(threads):
    kept = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    return {
        **kept,
        "MALLOC_MMAP_THRESHOLD_": "1073741824",
        "MALLOC_TRIM_THRESHOLD_": "4294967296",
        "OPENBLAS_NUM_THREADS": str(threads),
        # PyTorch's own threads spin, and two pools on the same cores cost it a factor of three: the
        # threads go to OpenBLAS, which spends most of a step.
        "OMP_NUM_THREADS": "1",
    }


def run_json(command, options):
    done = subprocess.run(command, env=environment(options.threads), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"compare: {' '.join(command)} ended with {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout)


def arguments(name, options):
    return [
        "--filter", name, "--repeats", str(options.repeats), "--fraction", str(options.fraction),
        "--threads", str(options.threads), "--data", options.data,
    ]


def installed(peer):
    modules = {"numpy": "numpy", "torch": "numpy, torch", "torch-compiled": "numpy, torch",
               "scipy": "numpy, scipy.io, h5py"}[peer]
    probe = subprocess.run([sys.executable, "-c", f"import {modules}"], capture_output=True)
    return probe.returncode == 0


def peers_of(name, available):
    wanted = ("scipy",) if name.startswith("load/") else ("numpy", "torch")
    if name.startswith("step/"):
        wanted = (*OWN, *wanted, "torch-compiled")
    return [peer for peer in wanted if peer in available]


def find(report, name):
    return next(result for result in report["results"] if result["name"] == name)


def list_workloads(options, name_filter):
    command = [options.bench, "--list", "--filter", name_filter, "--data", options.data]
    listing = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line.split()[0] for line in listing.stdout.splitlines()]


def workload_names(options):
    """Without what compare_load.py and compare_search.py measure besides."""
    names = list_workloads(options, options.filter)
    return [n for n in names if not n.startswith(tuple(OWN.values()))
            and (n in LOAD or not n.startswith("load/"))]


def deflate(data):
    """Writes the files of data/gbu again as data/gbu-deflated, compressed as the published ones."""
    target = pathlib.Path(data, "gbu-deflated", "AWA2")
    if target.is_dir():
        return
    program = (
        "import sys; from scipy.io import loadmat, savemat\n"
        "for source, target in zip(sys.argv[1::2], sys.argv[2::2]):\n"
        "    arrays = {k: v for k, v in loadmat(source).items() if not k.startswith('__')}\n"
        "    savemat(target, arrays, do_compression=True)\n"
    )
    partial = target.with_name("AWA2.partial")
    partial.mkdir(parents=True, exist_ok=True)
    files = ("res101.mat", "att_splits.mat")
    pairs = [str(p) for f in files for p in (pathlib.Path(data, "gbu", "AWA2", f), partial / f)]
    subprocess.run([sys.executable, "-c", program, *pairs], check=True)
    partial.rename(target)


def make_load_data(options, available):
    print("compare: writing the files of workload load", file=sys.stderr)
    subprocess.run(
        [options.bench, "--filter", "load/", "--repeats", "1", "--data", options.data],
        check=True, stdout=subprocess.DEVNULL,
    )
    if "scipy" in available:
        deflate(options.data)


def measure(name, options, available):
    """Seconds of each contestant's runs, and the report of each one's first process."""
    contestants = ["dem", *peers_of(name, available)]
    seconds = {contestant: [] for contestant in contestants}
    reports = {}
    for _ in range(options.rounds):
        for contestant in contestants:
            command = [options.bench, "--json"]
            wanted = name
            if contestant in OWN:
                wanted = name.replace("step/", OWN[contestant])
            elif contestant != "dem":
                command = [sys.executable, str(HERE / "peers.py"), "--peer", contestant]
            report = run_json(command + arguments(wanted, options), options)
            reports.setdefault(contestant, report)
            result = find(report, wanted)
            if result["work"] != find(reports["dem"], name)["work"]:
                sys.exit(f"compare: {contestant} and dem do not do the same work in {name}")
            seconds[contestant] += result["seconds"]
    return seconds, reports


def spread(values):
    """Half the distance between the quartiles, relative to the median."""
    if len(values) < 2:
        return 0.0
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return (high - low) / 2 / middle


def cell(values, work, unit):
    rate = work / statistics.median(values)
    digits = 0 if rate >= 100 else 1
    return f"{rate:,.{digits}f} {unit}/s ±{100 * spread(values):.0f} %"


def table(rows, columns):
    lines = ["| workload | dem | " + " | ".join(f"{PEERS[p]} | dem is" for p in columns) + " |"]
    lines.append("|-" * (2 + 2 * len(columns)) + "|")
    for name, seconds, entry in rows:
        work, unit = entry["work"], entry["unit"]
        dem = cell(seconds["dem"], work, unit)
        if entry["flops"]:
            dem += f", {entry['flops'] / statistics.median(seconds['dem']) * 1e-9:.0f} GFLOP/s"
        line = [name, dem]
        for peer in columns:
            if peer not in seconds:
                line += ["", ""]
                continue
            ratio = statistics.median(seconds[peer]) / statistics.median(seconds["dem"])
            if peer in OWN:
                line += [cell(seconds[peer], work, unit), f"{1 / ratio:.2f} x its time"]
                continue
            line += [cell(seconds[peer], work, unit), f"{ratio:.2f} x as fast"]
        lines.append("| " + " | ".join(line) + " |")
    return "\n".join(lines)


def describe(options, dem, reports, loads):
    print(f"- machine: {dem['machine']}, {platform.system()} {platform.release()}")
    print(f"- dem {dem['version']}: {dem['blas']}, {dem['threads']} threads")
    for peer, report in reports.items():
        print(f"- {report['version']}: {report['threads']} threads, {report['blas'] or 'no BLAS'}")
    print(f"- {options.rounds} rounds of {options.repeats} runs, in turn; median, ± half the "
          f"interquartile range; fraction {options.fraction:g}"
          f"{'; one busy core' if options.busy else ''}")
    print(f"- load average before and after: {loads[0]:.1f}, {loads[1]:.1f}\n")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bench", default="build/release/bench/dem_bench")
    parser.add_argument("--filter", default="", help="workloads whose names contain this")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3, help="timed runs a process")
    parser.add_argument("--fraction", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--data", default="", help="keep the files of workload load here")
    parser.add_argument("--json", default="", help="write all seconds to this file")
    parser.add_argument("--busy", action="store_true", help="beside a process that spins on a core")
    return parser.parse_args()


def compare(options):
    available = [peer for peer in PEERS
                 if (list_workloads(options, OWN[peer]) if peer in OWN else installed(peer))]
    if "load/".startswith(options.filter) or options.filter.startswith("load/"):
        make_load_data(options, available)
    before = os.getloadavg()[0]
    rows, reports, dem = [], {}, None
    for name in workload_names(options):
        print(f"compare: {name}", file=sys.stderr)
        seconds, of_workload = measure(name, options, available)
        dem = of_workload.pop("dem")
        for own in OWN:
            of_workload.pop(own, None)
        reports.update(of_workload)
        rows.append((name, seconds, find(dem, name)))
    if not rows:
        sys.exit(f"compare: no workload has {options.filter!r} in its name")
    describe(options, dem, reports, (before, os.getloadavg()[0]))
    print(table(rows, [peer for peer in PEERS if any(peer in seconds for _, seconds, _ in rows)]))
    if options.json:
        pathlib.Path(options.json).write_text(
            json.dumps({name: seconds for name, seconds, _ in rows}, indent=1) + "\n", encoding="utf-8"
        )


def main():
    options = parse_arguments()
    kept = bool(options.data)
    if not kept:
        options.data = tempfile.mkdtemp(prefix="dem_compare_")
    try:
        with busy_core(options.busy):
            compare(options)
    finally:
        if not kept:
            shutil.rmtree(options.data, ignore_errors=True)


if __name__ == "__main__":
    main()
