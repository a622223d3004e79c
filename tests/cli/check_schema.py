#!/usr/bin/env python3
"""Checks that what the program prints with --json is what docs/result.schema.json says.

usage: check_schema.py PROGRAM SCHEMA
"""
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

SYNTH = ("--num-train-images 300 --num-test-images 80 --num-seen-classes 8 --num-unseen-classes 12 "
         "--attribute-dim 12 --word-dim 20 --feature-dim 24")
PLACE = "--data-path data --dataset"


def main():
    program, schema = str(pathlib.Path(sys.argv[1]).resolve()), json.load(open(sys.argv[2]))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    with tempfile.TemporaryDirectory() as folder:
        def run(command):
            done = subprocess.run([program] + command.split(), cwd=folder, capture_output=True,
                                  text=True)
            if done.returncode not in (0, 3):
                sys.exit(f"dem {command}: {done.stderr}")
            return done.stdout

        def check(command):
            fault = jsonschema.exceptions.best_match(validator.iter_errors(json.loads(run(command))))
            if fault:
                sys.exit(f"dem {command}: {list(fault.absolute_path)}: {fault.message[:500]}")

        for name, layout in (("toy", "gbu"), ("AwA", "dem")):
            run(f"synth --output data --layout {layout} --dataset {name} {SYNTH}")
        check(f"train {PLACE} toy --save-ckpt m --json --quiet")
        check(f"eval {PLACE} toy --save-ckpt m --json --per-class --examples 2")
        check(f"eval {PLACE} toy --save-ckpt m --json --bootstrap 0 --gamma none --hits 3,4")
        check(f"train {PLACE} AwA --recipe ridge --save-ckpt w --json --quiet")
        check(f"eval {PLACE} AwA --save-ckpt w --json --metric cosine")
        check(f"train {PLACE} toy --recipe ridge --seeds 2 --save-ckpt s --json --quiet")
        check(f"eval {PLACE} toy --save-ckpt s --json")
        check(f"train {PLACE} toy --recipe ridge --grid lambda=1,10 --save-ckpt g --json --quiet")
        pathlib.Path(folder, "bad.json").write_text(
            '{"recipe": "mindspore", "batch_size": 100000}')
        check("benchmark --data-path data --datasets toy --recipes ridge,bad.json --seeds 2 "
              "--output b --json")
        wrong = json.loads(run(f"eval {PLACE} toy --save-ckpt m --json"))
        wrong["metrics"]["T1"] = 79.6
        if validator.is_valid(wrong):
            sys.exit("a T1 in per cent passes: the schema says nothing")


if __name__ == "__main__":
    main()
