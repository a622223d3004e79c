#!/usr/bin/env python3
"""Writes docs/results.md: what the recipes reach on real and synthetic data.

usage: make_results.py --dem PROGRAM --shared-data FOLDER [--section NAME ...] [--seeds N]
                       [--options OPTIONS] [--keep FOLDER] [--output docs/results.md]

Runs the program for every row of the named sections, or of all, and writes them; sections that are
not named stay as they are in the file. Nothing is selected here: settings stand in results/*.py,
what is said of a section in results/NAME.md. --options are given to all commands of the program
(--threads 1). --keep is a folder of runs: what is in it is not run again, what is run is added to
it; delete it when the program has changed.
"""
import argparse
import pathlib
import platform
import tempfile
from dataclasses import dataclass

from results import comparison, directions, hubs, networks, parts
from results.benchmark import Benchmark
from results.data import Sets
from results.program import Program

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Name, title, what writes it; in the document's order.
SECTIONS = (
    ("recipes", "All recipes", comparison.all_recipes),
    ("gamma", "Gamma from validation", comparison.gamma),
    ("parts", "What each part of auto gives", parts.parts),
    ("network", "The network at once", networks.at_once),
    ("steps", "The network in steps", networks.in_steps),
    ("directions", "The direction of the map", directions.directions),
    ("hubs", "Hub correction and ensembles", hubs.hubs),
)


@dataclass
class Context:
    """What a section is made from."""
    program: Program
    benchmark: Benchmark
    sets: Sets
    seeds: int


def prose(name):
    return (ROOT / "tools" / "results" / f"{name}.md").read_text().rstrip() + "\n"


def head(context):
    return (f"# Results\n\n{prose('head')}\nWritten by `tools/make_results.py` with "
            f"{context.program.version()} on {processor()}.\n")


def processor():
    """The model that Linux names, or the architecture."""
    names = pathlib.Path("/proc/cpuinfo")
    lines = names.read_text().splitlines() if names.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def old_sections(path):
    """{title: text} of a document's sections of the second level."""
    parts = path.read_text().split("\n## ")[1:] if path.exists() else []
    return {part.partition("\n")[0]: "## " + part.rstrip() + "\n" for part in parts}


def write(context, names, path):
    old = old_sections(path)
    texts = [head(context)]
    for name, title, make in SECTIONS:
        if name in names:
            old[title] = "\n".join([f"## {title}\n", prose(name), *make(context)])
        texts.append(old.get(title, f"## {title}\n\nNot run.\n"))
    path.write_text("\n".join(texts))


def main():
    names = [name for name, _, _ in SECTIONS]
    parser = argparse.ArgumentParser()
    parser.add_argument("--dem", required=True)
    parser.add_argument("--shared-data", type=pathlib.Path, required=True)
    parser.add_argument("--section", nargs="+", choices=names, default=names)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--options", default="")
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs" / "results.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(temporary)
        keep = arguments.keep or work / "keep"
        keep.mkdir(parents=True, exist_ok=True)
        context = Context(Program(arguments.dem, arguments.options, keep / "runs.jsonl", work),
                          Benchmark(arguments.dem, arguments.options, keep),
                          Sets(ROOT, arguments.shared_data, work), arguments.seeds)
        write(context, arguments.section, arguments.output)


if __name__ == "__main__":
    main()
