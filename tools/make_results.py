#!/usr/bin/env python3
"""Writes docs/results.md: what the recipes reach on real and synthetic data.

usage: make_results.py --dem PROGRAM --shared-data FOLDER [--seeds N] > docs/results.md

Runs the program for every row, several seeds each, and prints mean and standard deviation over seeds
in per cent. Rows whose data are absent are left out, and said so. Nothing is selected here: all
settings stand in ROWS.
"""
import argparse
import json
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEM = "--recipe gbu --feature-scaling minmax --output-bias mean --hidden-dim 512 " \
      "--learning-rate 1e-3 --weight-decay 1e-5 --evaluation-interval 0"
# title, folder (of ROOT, of the shared data, or synthetic), options of `dem train`
ROWS = [
    ("flowers102_clip, epochs from validation", "shared",
     f"--dataset flowers102_clip {DEM} --epoch-size 40 --select val"),
    ("flowers102_clip, the same, cosine", "shared",
     f"--dataset flowers102_clip {DEM} --epoch-size 40 --select val --metric cosine"),
    ("flowers102_clip, shuffled descriptions", "shared",
     f"--dataset flowers102_clip {DEM} --epoch-size 20 --select last --shuffle-classes SEED"),
    ("emoji, epochs from validation", "examples",
     f"--dataset emoji {DEM} --epoch-size 60 --select val"),
    ("emoji, the same, cosine", "examples",
     f"--dataset emoji {DEM} --epoch-size 60 --select val --metric cosine"),
    ("emoji, shuffled descriptions", "examples",
     f"--dataset emoji {DEM} --epoch-size 25 --select last --shuffle-classes SEED"),
    ("kylberg_wrn, last epoch", "shared",
     f"--dataset kylberg_wrn --index-base 0 {DEM} --epoch-size 200 --select last"),
    ("synthetic AwA att, mindspore", "synthetic",
     "--dataset AwA --train-mode att --batch-size 64 --epoch-size 10"),
    ("synthetic AwA word, mindspore", "synthetic",
     "--dataset AwA --train-mode word --batch-size 64 --epoch-size 10"),
    ("synthetic AwA fusion, mindspore", "synthetic",
     "--dataset AwA --train-mode fusion --batch-size 64 --epoch-size 10"),
    ("synthetic AwA att, mindspore-intended", "synthetic",
     "--dataset AwA --train-mode att --recipe mindspore-intended --batch-size 64 --epoch-size 10"),
    ("synthetic CUB att, mindspore", "synthetic",
     "--dataset CUB --train-mode att --batch-size 100 --epoch-size 20"),
]
COLUMNS = ("T1", "accuracy", "hit@5", "U", "S", "H")


def run(program, options, data, seed, out):
    command = [program, "train", "--data-path", str(data), "--save-ckpt", str(out), "--json",
               "--quiet", "--seed", str(seed)]
    command += options.replace("SEED", str(seed)).split()
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def cell(results, column):
    values = [100 * r["metrics"][column] for r in results if column in r["metrics"]]
    if not values:
        return "-"
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.1f} ± {spread:.1f}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dem", required=True)
    parser.add_argument("--shared-data", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(temporary)
        folders = {"shared": arguments.shared_data, "examples": ROOT / "examples",
                   "synthetic": work / "synthetic"}
        for name in ("AwA", "CUB"):
            subprocess.run([arguments.dem, "synth", "--output", str(folders["synthetic"]),
                            "--dataset", name], check=True, stdout=subprocess.DEVNULL)
        version = subprocess.run([arguments.dem, "--version"], check=True, capture_output=True,
                                 text=True).stdout.strip()
        print((ROOT / "tools" / "results_head.md").read_text().rstrip())
        print(f"\nWritten by `tools/make_results.py` with {version} on {platform.machine()}, "
              f"seeds 1 to {arguments.seeds}, per cent, mean ± standard deviation over seeds.\n")
        print("| data, recipe | selection | " + " | ".join(COLUMNS) + " |")
        print("|-" * (len(COLUMNS) + 2) + "|")
        commands = []
        for title, folder, options in ROWS:
            name = options.split()[1]
            if folder != "synthetic" and not (folders[folder] / name).exists():
                print(f"{title}: left out, no {name} here", file=sys.stderr)
                continue
            results = [run(arguments.dem, options, folders[folder], seed, work / "out")
                       for seed in range(1, arguments.seeds + 1)]
            chosen = sorted({r["selection"] for r in results})
            print(f"| {title} | {', '.join(chosen)} | "
                  + " | ".join(cell(results, c) for c in COLUMNS) + " |", flush=True)
            commands.append(f"# {title}\ndem train --data-path {folder.upper()} --save-ckpt OUT "
                            f"{options} --seed SEED")
        print("\n## Commands\n\n```sh\n" + "\n".join(commands) + "\n```")


main()
