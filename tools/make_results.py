#!/usr/bin/env python3
"""Writes docs/results.md: what the recipes reach on real and synthetic data.

usage: make_results.py --dem PROGRAM --shared-data FOLDER [--seeds N] > docs/results.md
       make_results.py --dem PROGRAM --shared-data FOLDER --section directions

Runs the program for every row, several seeds each, and prints mean and standard deviation over seeds
in per cent. Rows whose data are absent are left out, and said so. Nothing is selected here: all
settings stand in ROWS and DIRECTIONS.
"""
import argparse
import csv
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
# Data for both directions of a linear map, options of `dem train` after the recipe.
DIRECTIONS = [
    ("flowers102_clip", "shared", "--dataset flowers102_clip"),
    ("caltech101_clip", "shared", "--dataset caltech101_clip"),
    ("food101_clip", "shared", "--dataset food101_clip"),
    ("imagenet_clip", "shared", "--dataset imagenet_clip"),
    ("emoji", "examples", "--dataset emoji"),
    ("kylberg_wrn", "shared", "--dataset kylberg_wrn --index-base 0"),
] + [(f"tep, faults of group {group}", "tep", f"--dataset {group}") for group in "ABCDE"]
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


def link_tep(shared, folder):
    """A folder of layout `table` for each group of unseen faults."""
    with open(shared / "tep" / "groups.csv", newline="") as groups:
        for row in csv.DictReader(groups):
            target = folder / row["group"]
            target.mkdir(parents=True)
            for name in ("features.npy", "labels.csv", "classes.csv"):
                (target / name).symlink_to((shared / "tep" / name).resolve())
            with open(shared / "tep" / "classes.csv", newline="") as classes:
                names = [line[0] for line in csv.reader(classes)][1:]
            unseen = row["unseen"].split()
            lines = [f"{name},{'unseen' if name in unseen else 'seen'}" for name in names]
            (target / "split.csv").write_text("class,part\n" + "\n".join(lines) + "\n")


def is_there(folders, folder, options):
    return folder == "synthetic" or (folders[folder] / options.split()[1]).exists()


def print_recipes(arguments, folders, out):
    print(f"\nSeeds 1 to {arguments.seeds}, per cent, mean ± standard deviation over seeds.\n")
    print("| data, recipe | selection | " + " | ".join(COLUMNS) + " |")
    print("|-" * (len(COLUMNS) + 2) + "|")
    commands = []
    for title, folder, options in ROWS:
        if not is_there(folders, folder, options):
            print(f"{title}: left out, its data are not here", file=sys.stderr)
            continue
        results = [run(arguments.dem, options, folders[folder], seed, out)
                   for seed in range(1, arguments.seeds + 1)]
        chosen = sorted({r["selection"] for r in results})
        print(f"| {title} | {', '.join(chosen)} | "
              + " | ".join(cell(results, c) for c in COLUMNS) + " |", flush=True)
        commands.append(f"# {title}\ndem train --data-path {folder.upper()} --save-ckpt OUT "
                        f"{options} --seed SEED")
    print("\n## Commands\n\n```sh\n" + "\n".join(commands) + "\n```")


def print_directions(arguments, folders, out):
    print((ROOT / "tools" / "results_directions.md").read_text().rstrip() + "\n")
    print("| data | T1 `ridge` | T1 `ridge-v2s` | N_1 skewness `ridge` | N_1 skewness `ridge-v2s` |")
    print("|-|-|-|-|-|")
    commands = []
    for title, folder, options in DIRECTIONS:
        if not is_there(folders, folder, options):
            print(f"{title}: left out, its data are not here", file=sys.stderr)
            continue
        metrics = [run(arguments.dem, f"{options} --recipe {recipe}", folders[folder], 1,
                       out)["metrics"] for recipe in ("ridge", "ridge-v2s")]
        cells = [f"{100 * m['T1']:.1f}" for m in metrics]
        cells += [f"{m['N1_skewness']:.2f}" for m in metrics]
        print(f"| {title} | " + " | ".join(cells) + " |", flush=True)
        commands.append(f"dem train --data-path {folder.upper()} --save-ckpt OUT {options} "
                        "--recipe RECIPE --seed 1")
    print("\n```sh\n" + "\n".join(commands) + "\n```")


def print_kernel(arguments, folders, out):
    print((ROOT / "tools" / "results_kernel.md").read_text().rstrip() + "\n")
    print("| data | T1 `kernel-prototypes` | U | S | H | T1 `ridge` | H `ridge` |")
    print("|-|-|-|-|-|-|-|")
    commands = []
    for title, folder, options in DIRECTIONS:
        if not is_there(folders, folder, options):
            print(f"{title}: left out, its data are not here", file=sys.stderr)
            continue
        ours, ridge = (run(arguments.dem, f"{options} --recipe {recipe}", folders[folder], 1,
                           out)["metrics"] for recipe in ("kernel-prototypes", "ridge"))
        cells = [(ours, c) for c in ("T1", "U", "S", "H")] + [(ridge, c) for c in ("T1", "H")]
        print(f"| {title} | " + " | ".join(
            f"{100 * m[c]:.1f}" if c in m else "-" for m, c in cells) + " |", flush=True)
        commands.append(f"dem train --data-path {folder.upper()} --save-ckpt OUT {options} "
                        "--recipe RECIPE --seed 1")
    print("\n```sh\n" + "\n".join(commands) + "\n```")


def print_network(arguments, folders, out):
    print((ROOT / "tools" / "results_network.md").read_text().rstrip())
    print(f"\nSeeds 1 to {arguments.seeds}, mean ± standard deviation; `chosen` of the first seed.\n")
    print("| data | T1 | U | S | H | chosen |")
    print("|-|-|-|-|-|-|")
    commands = []
    for title, folder, options in DIRECTIONS:
        if not is_there(folders, folder, options):
            print(f"{title}: left out, its data are not here", file=sys.stderr)
            continue
        results, chosen = [], []
        for seed in range(1, arguments.seeds + 1):
            results.append(run(arguments.dem, f"{options} --recipe dem", folders[folder], seed, out))
            chosen.append(json.loads((out / "summary.json").read_text())["chosen"])
        first = chosen[0]
        space = first["space"] + (" " + first["shrinkage"] if first["space"] == "whitened" else "")
        text = (f"{space}, hidden {first['hidden_dim']}, lambda {first['lambda']}, "
                f"{first['iterations']} iterations, {first['comparison']}")
        print(f"| {title} | " + " | ".join(cell(results, c) for c in ("T1", "U", "S", "H"))
              + f" | {text} |", flush=True)
        commands.append(f"dem train --data-path {folder.upper()} --save-ckpt OUT {options} "
                        "--recipe dem --seed SEED")
    print("\n```sh\n" + "\n".join(commands) + "\n```")


def print_whitened(arguments, folders, out):
    print((ROOT / "tools" / "results_whitened.md").read_text().rstrip() + "\n")
    columns = [(recipe, c) for recipe in ("whitened", "gp") for c in ("T1", "U", "S", "H")]
    print("| data | " + " | ".join(f"{c} `{r}`" if c == "T1" else c for r, c in columns) + " |")
    print("|-" * (len(columns) + 1) + "|")
    commands = []
    for title, folder, options in DIRECTIONS:
        if not is_there(folders, folder, options):
            print(f"{title}: left out, its data are not here", file=sys.stderr)
            continue
        metrics = {recipe: run(arguments.dem, f"{options} --recipe {recipe}", folders[folder], 1,
                               out)["metrics"] for recipe in ("whitened", "gp")}
        cells = [f"{100 * metrics[r][c]:.1f}" if c in metrics[r] else "-" for r, c in columns]
        print(f"| {title} | " + " | ".join(cells) + " |", flush=True)
        commands.append(f"dem train --data-path {folder.upper()} --save-ckpt OUT {options} "
                        "--recipe RECIPE --seed 1")
    print("\n```sh\n" + "\n".join(commands) + "\n```")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dem", required=True)
    parser.add_argument("--shared-data", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--section", choices=("all", "directions", "kernel", "network", "whitened"),
                        default="all")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(temporary)
        folders = {"shared": arguments.shared_data, "examples": ROOT / "examples",
                   "synthetic": work / "synthetic", "tep": work / "tep"}
        if (arguments.shared_data / "tep").exists():
            link_tep(arguments.shared_data, folders["tep"])
        if arguments.section == "all":
            for name in ("AwA", "CUB"):
                subprocess.run([arguments.dem, "synth", "--output", str(folders["synthetic"]),
                                "--dataset", name], check=True, stdout=subprocess.DEVNULL)
            version = subprocess.run([arguments.dem, "--version"], check=True, capture_output=True,
                                     text=True).stdout.strip()
            print((ROOT / "tools" / "results_head.md").read_text().rstrip())
            print(f"\nWritten by `tools/make_results.py` with {version} on {platform.machine()}.")
            print_recipes(arguments, folders, work / "out")
            print()
        if arguments.section in ("all", "directions"):
            print_directions(arguments, folders, work / "out")
        if arguments.section == "all":
            print()
        if arguments.section in ("all", "kernel"):
            print_kernel(arguments, folders, work / "out")
        if arguments.section == "all":
            print()
        if arguments.section in ("all", "network"):
            print_network(arguments, folders, work / "out")
        if arguments.section == "all":
            print()
        if arguments.section in ("all", "whitened"):
            print_whitened(arguments, folders, work / "out")


main()
