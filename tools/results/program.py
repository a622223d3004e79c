"""Runs of the program, which can be kept in a file and taken from there again."""
import json
import subprocess
import sys


class Program:
    """Trains and evaluates; `kept` is a file of earlier runs, a JSON object a line, or None."""

    def __init__(self, path, options, kept, work):
        self.path = path
        self._options = options.split()
        self._kept = kept
        self._model = work / "model"
        self._runs = {}
        if kept and kept.exists():
            self._runs = dict(json.loads(line) for line in kept.read_text().splitlines())

    def version(self):
        return self._output(["--version"]).strip()

    def run(self, data, options, seed=1):
        """Metrics by `dem eval` of a model, what was chosen for it, and how it was selected."""
        key = f"{data.key}: {options} --seed {seed}"
        if key not in self._runs:
            self._runs[key] = self._train(data, options, seed)
            print(f"{key}: T1 {100 * self._runs[key]['metrics']['T1']:.1f}", file=sys.stderr)
            if self._kept:
                with open(self._kept, "a") as file:
                    file.write(json.dumps([key, self._runs[key]]) + "\n")
        return self._runs[key]

    def _train(self, data, options, seed):
        place = data.place.split() + ["--save-ckpt", str(self._model), "--json", "--quiet"]
        trained = json.loads(self._output(
            ["train"] + place + options.split() + ["--seed", str(seed)] + self._options))
        summary = json.loads((self._model / "summary.json").read_text())
        evaluated = json.loads(self._output(["eval"] + place + self._options))
        metrics = evaluated["metrics"]
        kept = ("T1", "accuracy", "hit@5", "U", "S", "H", "uncalibrated", "AUSUC", "oracle",
                "N1_skewness", "N10_skewness")
        return {"selection": trained["selection"], "gamma": evaluated["gamma"],
                "chosen": summary.get("chosen", {}),
                "metrics": {name: metrics[name] for name in kept if name in metrics}}

    def _output(self, arguments):
        done = subprocess.run([self.path] + arguments, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join([self.path] + arguments)}: {done.stderr}")
        return done.stdout
