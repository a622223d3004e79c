#!/usr/bin/env python3
"""Times training steps in one and two processes, and checks the model of docs/scaling.md on them.

  bench/scaling.py --program build/mpi/cli/dem [--rounds 3] [--only cub-att ...]

Each workload is trained for some steps by one process with one thread, one process with two, and two
ranks (mpirun) with one thread each under either exchange, in turn; batches are the same images in all
of them. The first table has medians of the time in steps (`step_seconds` of summary.json: loading and
evaluation left out) and the bytes that a rank puts into a step's sums.

The second table is the model: its constants are fitted to the runs of one thread, and to those of two
ranks under gradients for what a number exchanged costs; the runs under statistics are predicted. The
third works ImageNet-21K through with the fitted constants of a core and assumed networks.

Data are generated (`dem synth`) in a temporary folder. The two ImageNet workloads have a thousandth of
its images: one with a thousandth of its classes, one with so many that nearly every image of a batch is
of another class, as in the whole set.
"""
import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import tempfile

import numpy as np

# images, classes, description, hidden, features, batch, steps
WORKLOADS = {
    "awa-att": dict(n=24295, c=40, d=85, h=300, f=1024, b=64, steps=1500),
    "cub-att": dict(n=8855, c=150, d=312, h=700, f=1024, b=100, steps=400),
    "in21k-22": dict(n=14200, c=22, d=500, h=1024, f=2048, b=1024, steps=150),
    "in21k-7100": dict(n=14200, c=7100, d=500, h=1024, f=2048, b=1024, steps=16),
}
# For the fit alone, on the data of a workload: other batches and widths.
EXTRA = {
    "cub-att/b400": ("cub-att", dict(b=400, steps=200)),
    "in21k-22/h256": ("in21k-22", dict(h=256, steps=200)),
    "in21k-7100/b256": ("in21k-7100", dict(b=256, steps=40)),
    "in21k-7100/h256": ("in21k-7100", dict(h=256, steps=30)),
}
IMAGENET = dict(n=14_200_000, c=21_841, d=500, h=1024, f=2048)


def weights(w):
    return (w["d"] + 1) * w["h"] + (w["h"] + 1) * w["f"]


def distinct(classes, images):
    """Expected classes among so many images of classes of equal size."""
    return classes * (1.0 - (1.0 - 1.0 / classes) ** images)


def numbers(w, exchange):
    """A rank's numbers in a step's sum."""
    return weights(w) if exchange == "gradients" else distinct(w["c"], w["b"]) * w["f"]


def terms(w, ranks, exchange):
    """What a step of one rank does: [1, operations of the network, weights, image elements]."""
    share = w["b"] / ranks
    rows = distinct(w["c"], w["b"] if exchange == "statistics" else share)
    return np.array([1.0, 6.0 * rows * weights(w), weights(w), share * w["f"]])


class Runs:
    def __init__(self, program, folder):
        self.program = str(program)
        self.folder = pathlib.Path(folder)
        self.environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1",
                                OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                                OMPI_MCA_hwloc_base_binding_policy="none")

    def make(self, name, w):
        subprocess.run([self.program, "synth", "--output", self.folder, "--layout", "gbu",
                        "--dataset", name, "--num-train-images", str(w["n"]),
                        "--num-test-images", "20", "--num-test-seen-images", str(w["c"]),
                        "--num-seen-classes", str(w["c"]), "--num-unseen-classes", "2",
                        "--attribute-dim", str(w["d"]), "--feature-dim", str(w["f"]), "--quiet"],
                       check=True, stdout=subprocess.DEVNULL)

    def step(self, data, w, ranks, threads, exchange="auto"):
        """Seconds and bytes of a step."""
        out = self.folder / "out"
        command = [self.program, "train", "--data-path", self.folder, "--dataset", data,
                   "--recipe", "gbu", "--save-ckpt", out, "--hidden-dim", str(w["h"]),
                   "--batch-size", str(w["b"] // ranks), "--max-steps", str(w["steps"]),
                   "--evaluation-interval", "1000000", "--select", "last",
                   "--save-seconds", "1000", "--threads", str(threads), "--quiet",
                   "--exchange", exchange]
        if ranks > 1:
            command = ["mpirun", "-n", str(ranks)] + command + ["--distribute"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=self.environment)
        summary = json.loads((out / "summary.json").read_text())["summary"]
        return summary["step_seconds"] / summary["steps"], \
            summary.get("exchanged_bytes", 0) / summary["steps"]


TWICE = "2 ranks, twice the batch"  # a batch a rank of the size that one process has, as in the reference
CONTESTANTS = {
    "1 process, 1 thread": (1, 1, "auto"),
    "1 process, 2 threads": (1, 2, "auto"),
    "2 ranks, gradients": (2, 1, "gradients"),
    "2 ranks, statistics": (2, 1, "statistics"),
    "2 ranks, auto": (2, 1, "auto"),
    TWICE: (2, 1, "auto"),
}


def scaling_table(times, sent):
    print("| workload | 1 process, 1 thread | 1 process, 2 threads | 2 ranks, gradients | "
          "2 ranks, statistics | auto took | kB a step, gradients | statistics | "
          "2 ranks, twice the batch |")
    print("|-|-|-|-|-|-|-|-|-|")
    for name in times:
        if "/" in name:
            continue
        one = times[name]["1 process, 1 thread"]
        cells = [f"{1e3 * one:.2f} ms"]
        for contestant in list(CONTESTANTS)[1:4]:
            seconds = times[name][contestant]
            cells.append(f"{1e3 * seconds:.2f} ms, {one / seconds:.2f} x as fast")
        bytes_of = {c: sent[name][c] for c in CONTESTANTS}
        auto = min(("gradients", "statistics"),
                   key=lambda e: abs(bytes_of["2 ranks, " + e] - bytes_of["2 ranks, auto"]))
        cells += [auto, f"{bytes_of['2 ranks, gradients'] / 1e3:,.0f}",
                  f"{bytes_of['2 ranks, statistics'] / 1e3:,.0f}",
                  f"{1e3 * times[name][TWICE]:.2f} ms, "
                  f"{2 * one / times[name][TWICE]:.2f} x the images a second"]
        print("| " + " | ".join([name] + cells) + " |")


def fit(workloads, times):
    """Constants of a core by least squares of relative errors, none negative; and of an exchange."""
    names = [n for n in workloads if "1 process, 1 thread" in times[n]]
    seconds = np.array([times[n]["1 process, 1 thread"] for n in names])
    rows = np.array([terms(workloads[n], 1, "gradients") for n in names]) / seconds[:, None]
    chosen = list(range(rows.shape[1]))
    while True:  # a term whose constant would be negative is left out
        values = np.linalg.lstsq(rows[:, chosen], np.ones(len(names)), rcond=None)[0]
        if (values >= 0).all():
            break
        chosen.pop(int(np.argmin(values)))
    core = np.zeros(rows.shape[1])
    core[chosen] = values
    costs = []
    for n in workloads:
        if "2 ranks, gradients" in times[n]:
            left = times[n]["2 ranks, gradients"] - terms(workloads[n], 2, "gradients") @ core
            costs.append(left / numbers(workloads[n], "gradients"))
    return core, max(0.0, statistics.median(costs))


def model_table(workloads, times, core, per_number):
    print(f"A core: {1e6 * core[0]:.0f} us a step, {1e-9 / core[1]:.0f} Gflop/s, "
          f"{1e9 * core[2]:.2f} ns a weight, {1e9 * core[3]:.2f} ns an image element; "
          f"two ranks on this machine: {1e9 * per_number:.2f} ns a number exchanged\n")
    print("| run | model | measured | model / measured |")
    print("|-|-|-|-|")
    for name, w in workloads.items():
        for contestant, (ranks, threads, exchange) in CONTESTANTS.items():
            if threads != 1 or (ranks == 2 and exchange == "auto") or contestant not in times[name]:
                continue
            kind = "gradients" if ranks == 1 else exchange
            model = terms(w, ranks, kind) @ core
            if ranks > 1:
                model += per_number * numbers(w, exchange)
            measured = times[name][contestant]
            print(f"| {name}, {contestant} | {1e3 * model:.2f} ms | {1e3 * measured:.2f} ms | "
                  f"{model / measured:.2f} |")


def imagenet_table(core):
    """An epoch of ImageNet-21K, 128 images a rank, ranks of one core."""
    networks = {"10 Gbit/s": 1.25e9, "100 Gbit/s": 12.5e9}
    print("| ranks (cores) | features a rank | steps | "
          + " | ".join(f"epoch, {e}, {n}" for n in networks for e in ("gradients", "statistics"))
          + " |")
    print("|" + "-|" * (3 + 2 * len(networks)))
    for ranks in (1, 8, 32, 128, 512):
        w = dict(IMAGENET, b=128 * ranks)
        steps = w["n"] // w["b"]
        cells = [str(ranks), f"{w['n'] * w['f'] * 4 / ranks / 1e9:,.1f} GB", f"{steps:,}"]
        for speed in networks.values():
            for exchange in ("gradients", "statistics"):
                seconds = terms(w, ranks, exchange) @ core
                if ranks > 1:  # a ring: every number passes a rank's wire twice, nearly
                    seconds += 2 * (ranks - 1) / ranks * 4 * numbers(w, exchange) / speed
                cells.append(f"{steps * seconds / 60:,.1f} min")
        print("| " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=list(WORKLOADS), default=list(WORKLOADS))
    options = parser.parse_args()
    workloads = {name: WORKLOADS[name] for name in options.only}
    data = {name: name for name in workloads}
    for name, (base, change) in EXTRA.items():
        if base in options.only:
            workloads[name] = dict(WORKLOADS[base], **change)
            data[name] = base
    samples = {name: {} for name in workloads}
    sent = {name: {} for name in workloads}
    loads = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(options.program.resolve(), folder)
        for name in options.only:
            runs.make(name, WORKLOADS[name])
        for _ in range(options.rounds):
            for name, w in workloads.items():
                for contestant, (ranks, threads, exchange) in CONTESTANTS.items():
                    if "/" in name and contestant != "1 process, 1 thread":
                        continue
                    if contestant == TWICE:
                        w = dict(w, b=2 * w["b"])
                    seconds, size = runs.step(data[name], w, ranks, threads, exchange)
                    samples[name].setdefault(contestant, []).append(seconds)
                    sent[name][contestant] = size
    loads.append(os.getloadavg()[0])
    times = {name: {c: statistics.median(v) for c, v in samples[name].items()} for name in samples}
    print(f"- machine: {os.cpu_count()} processors, {platform.system()} {platform.release()}")
    print(f"- {options.rounds} runs each, in turn; medians; load average before and after: "
          f"{loads[0]:.1f}, {loads[1]:.1f}\n")
    scaling_table(times, sent)
    core, per_number = fit(workloads, times)
    print()
    model_table(workloads, times, core, per_number)
    print()
    imagenet_table(core)


if __name__ == "__main__":
    main()
