#!/usr/bin/env python3
"""Sets `dem train --solver statistics` beside training by batches: objective, accuracy, time.

  bench/solver.py --program build/release/cli/dem --shared-data FOLDER [--seeds 5] [--only emoji ...]

Both start from the same weights, have the same objective and keep the last weights. The objective of the
batches' model is that of all images, from the solver: Adam is started there for one step of no length. Times are
those of the whole command, from the files to the model. "Solver to the batches' objective" is without the
iterations after the one that is as low. Data that are absent are left out, and said so.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEM = "--recipe gbu --feature-scaling minmax --output-bias mean --hidden-dim 512 --weight-decay 1e-5"
# folder, options of both, options of the batches
WORKLOADS = {
    "emoji": ("examples", f"--dataset emoji {DEM}",
              "--learning-rate 1e-3 --epoch-size 400 --evaluation-interval 1000"),
    "flowers102_clip": ("shared", f"--dataset flowers102_clip {DEM}",
                        "--learning-rate 1e-3 --epoch-size 200 --evaluation-interval 1000"),
    "synthetic AwA att": ("synthetic", "--dataset AwA --clip 0 --weight-decay 1e-5",
                          "--batch-size 64 --learning-rate 1e-4 --beta1 0.9 --epoch-size 40"),
    "synthetic CUB att": ("synthetic", "--dataset CUB --clip 0 --weight-decay 1e-5",
                          "--batch-size 100 --learning-rate 1e-4 --beta1 0.9 --epoch-size 100"),
}


class Runs:
    def __init__(self, program, folder):
        self.program, self.folder = str(program), pathlib.Path(folder)

    def train(self, data, out, options):
        """What it prints as JSON, its summary and its seconds, and the losses of its log."""
        command = [self.program, "train", "--data-path", str(data), "--save-ckpt",
                   str(self.folder / out), "--json", "--quiet", "--select", "last",
                   "--interval-step", "1"] + options.split()
        start = time.monotonic()
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        seconds = time.monotonic() - start
        summary = json.loads((self.folder / out / "summary.json").read_text())["summary"]
        log = [json.loads(line) for line in (self.folder / out / "log.jsonl").open()]
        summary["whole_seconds"] = seconds
        return json.loads(printed)["metrics"], summary, [r["loss"] for r in log if "loss" in r]


def measure(runs, data, both, batches, seed):
    both += f" --seed {seed}"
    batch_scores, batch_summary, _ = runs.train(data, "batches", f"{both} {batches}")
    _, _, (reached, *_) = runs.train(
        data, "reached",
        f"{both} --solver statistics --solver-method adam --learning-rate 1e-30 --max-steps 1 "
        f"--init {runs.folder / 'batches/train.ckpt'}")
    scores, summary, losses = runs.train(
        data, "solved", f"{both} --solver statistics --evaluation-interval 100000")
    until = next((i + 1 for i, loss in enumerate(losses) if loss <= reached), len(losses))
    return {
        "T1 by batches": 100 * batch_scores["T1"], "T1": 100 * scores["T1"],
        "objective by batches": reached, "objective": summary["last_loss"],
        "seconds by batches": batch_summary["whole_seconds"], "seconds": summary["whole_seconds"],
        "seconds to it":
            summary["whole_seconds"] - summary["step_seconds"] * (1 - until / len(losses)),
        "iterations": summary["steps"], "lower": summary["last_loss"] <= reached,
    }


def row(name, results):
    def mean(key):
        return statistics.mean(r[key] for r in results)

    def spread(key):
        values = [r[key] for r in results]
        return f"{mean(key):.1f} ± {statistics.stdev(values) if len(values) > 1 else 0.0:.1f}"

    ratio = mean("seconds by batches") / mean("seconds to it")
    return (f"| {name} | {spread('T1 by batches')} | {spread('T1')} | "
            f"{mean('objective by batches'):.6g} | {mean('objective'):.6g} | "
            f"{sum(r['lower'] for r in results)} of {len(results)} | "
            f"{mean('seconds by batches'):.2f} s | {mean('seconds to it'):.2f} s, {ratio:.1f} x | "
            f"{mean('seconds'):.2f} s, {mean('iterations'):.0f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--shared-data", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=list(WORKLOADS), default=list(WORKLOADS))
    options = parser.parse_args()
    print("| data | T1 by batches | T1 by the solver | objective by batches | by the solver | "
          "at or below | time of the batches | solver to the batches' objective | to the end, "
          "iterations |")
    print("|-|-|-|-|-|-|-|-|-|")
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(options.program.resolve(), folder)
        folders = {"examples": ROOT / "examples", "shared": options.shared_data,
                   "synthetic": runs.folder / "synthetic"}
        for name in ("AwA", "CUB"):
            if f"synthetic {name} att" in options.only:
                subprocess.run([runs.program, "synth", "--output", folders["synthetic"],
                                "--dataset", name, "--quiet"], check=True,
                               stdout=subprocess.DEVNULL)
        for name in options.only:
            place, both, batches = WORKLOADS[name]
            if place == "shared" and not (folders[place] / name).is_dir():
                print(f"| {name}: not here | | | | | | | | |")
                continue
            print(row(name, [measure(runs, folders[place], both, batches, seed)
                             for seed in range(1, options.seeds + 1)]), flush=True)


if __name__ == "__main__":
    main()
