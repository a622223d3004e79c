#!/usr/bin/env python3
"""Trains in float32 and in bfloat16 with the same seeds and sets accuracy and time beside each other.

  bench/precision.py --program build/release/cli/dem --shared-data FOLDER [--seeds 5] [--only emoji ...]

The last weights are kept. Data that are absent are left out, and said so.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
GBU = "--weight-decay 1e-5 --feature-scaling minmax --output-bias mean --hidden-dim 512 --learning-rate 1e-3"
# folder, options
WORKLOADS = {
    "emoji": ("examples", f"--dataset emoji --recipe gbu {GBU} --epoch-size 100"),
    "flowers102_clip": ("shared", f"--dataset flowers102_clip --recipe gbu {GBU} --epoch-size 100"),
    "synthetic AwA att": ("synthetic", "--dataset AwA --recipe mindspore-intended --epoch-size 10"),
    "synthetic CUB att": ("synthetic", "--dataset CUB --recipe mindspore-intended --epoch-size 20"),
}


def train(program, data, folder, options):
    """T1 in per cent, and the seconds of its steps."""
    command = [program, "train", "--data-path", str(data), "--save-ckpt", str(folder), "--json",
               "--quiet", "--select", "last", "--evaluation-interval", "100000", *options.split()]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    summary = json.loads((folder / "summary.json").read_text())["summary"]
    return 100 * json.loads(printed)["metrics"]["T1"], summary["step_seconds"]


def cell(values):
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.1f} ± {spread:.1f}"


def row(program, name, data, folder, options, seeds):
    scores = {"float32": [], "bf16": []}
    seconds = {"float32": [], "bf16": []}
    for seed in range(1, seeds + 1):
        for precision in scores:
            score, time = train(program, data, folder / precision,
                                f"{options} --seed {seed} --precision {precision}")
            scores[precision].append(score)
            seconds[precision].append(time)
    differences = [b - a for a, b in zip(scores["float32"], scores["bf16"])]
    ratio = statistics.median(seconds["float32"]) / statistics.median(seconds["bf16"])
    return (f"| {name} | {cell(scores['float32'])} | {cell(scores['bf16'])} | {cell(differences)} | "
            f"{ratio:.2f} x |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--shared-data", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=list(WORKLOADS), default=list(WORKLOADS))
    options = parser.parse_args()
    program = str(options.program.resolve())
    print("| data | T1, float32 | T1, bf16 | bf16 less float32, seed by seed | bf16 is faster by |")
    print("|-|-|-|-|-|")
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        folders = {"examples": ROOT / "examples", "shared": options.shared_data,
                   "synthetic": folder / "synthetic"}
        for name in options.only:
            place, settings = WORKLOADS[name]
            if place == "synthetic":
                subprocess.run([program, "synth", "--output", folders[place], "--dataset",
                                name.split()[1], "--quiet"], check=True, stdout=subprocess.DEVNULL)
            if place == "shared" and not (folders[place] / name).is_dir():
                print(f"| {name}: not here | | | | |")
                continue
            print(row(program, name, folders[place], folder, settings, options.seeds), flush=True)


if __name__ == "__main__":
    main()
