"""Tables of runs by `dem benchmark`, which keeps them in a folder."""
import hashlib
import json
import subprocess
import sys


class Benchmark:
    """Runs recipes on sets; what is in `folder` from an earlier time is not run again."""

    def __init__(self, program, options, folder):
        self._program = program
        self._options = options.split()
        self._folder = folder
        self._tables = {}

    def runs(self, sets, recipes, seeds):
        """{(title of a set, recipe): its results, the objects of `dem eval --json`, by seed}.

        The sets of one call have different names; seeds are 1, 2, ..."""
        places = [_place(data) for data in sets]
        call = (tuple(places), tuple(recipes), seeds)
        if call not in self._tables:
            self._tables[call] = self._run(sets, places, recipes, seeds)
        return self._tables[call]

    def _run(self, sets, places, recipes, seeds):
        # Other splits of sets of the same names have a folder of their own.
        which = hashlib.sha1("\n".join(data.key for data in sets).encode())
        folder = self._folder / which.hexdigest()[:8]
        command = [self._program, "benchmark", "--datasets", ",".join(places), "--recipes",
                   ",".join(recipes), "--seeds", str(seeds), "--seed", "1", "--output", str(folder),
                   "--json"] + self._options
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if done.returncode not in (0, 3):
            sys.exit(f"{' '.join(command)}: status {done.returncode}")
        titles = {data.name: data.title for data in sets}
        table = {(data.title, recipe): [] for data in sets for recipe in recipes}
        for run in json.loads(done.stdout)["runs"]:
            if "error" in run:
                sys.exit(f"{run['dataset']}, {run['recipe']}: {run['error']}")
            table[titles[run["dataset"]], run["recipe"]].append(run["result"])
        return table


def _place(data):
    """A set as `dem benchmark --datasets` names it."""
    options = data.options.split()
    pairs = [f":{name.removeprefix('--')}={value}"
             for name, value in zip(options[::2], options[1::2])]
    return f"{data.path}/{data.name}" + "".join(pairs)
