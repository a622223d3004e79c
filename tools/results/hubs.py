"""Hub correction, and ensembles beside their members, with the hubs that are left."""
import statistics

from results.tables import cells, commands, difference, table

CORRECTED = (("ridge", "--gamma val"), ("ridge-v2s", "--gamma val"), ("dem", ""),
             ("whitened", ""))
SCORES = ("T1", "U", "S", "H")
SKEWNESS = ("N1_skewness", "N10_skewness")
LARGE = ("emoji", "imagenet_clip")  # own split only
SEEDS = 5
UNLIKE = ("auto", "whitened", "gp")
CORRECTION_TEXT = """### Hub correction

The sets' own splits, seed 1, each row without | with `--hub-correction val`; weight: what the folds
take.
"""
SPLITS_TEXT = """The same over the five class splits, with the correction less without it: means over the
splits, their standard errors behind them.
"""
ENSEMBLE_TEXT = """### Ensembles

Own splits. Of single members of `dem` mean ± standard deviation over seeds 1 to 5, which are the
members of its ensemble (not on imagenet_clip); of the others seed 1.
"""
ENSEMBLE_SPLITS_TEXT = """`--ensemble auto,whitened,gp` over the five class splits, less `auto`: means over the
splits, their standard errors behind them.
"""


def _skewness(results):
    """Mean of each kind over several runs; a run without has no neighbours enough."""
    for name in SKEWNESS:
        values = [run["metrics"][name] for run in results if name in run["metrics"]]
        yield f"{statistics.mean(values):.2f}" if values else "-"


def _run(context, data, *options):
    return context.program.run(data, " ".join(text for text in options if text))


def _pair(context, data, recipe, options):
    return [_run(context, data, f"--recipe {recipe}", more, options)
            for more in ("", "--hub-correction val")]


def _both(without, corrected):
    return [f"{a} \\| {b}" for a, b in zip(without, corrected)]


def _corrected_rows(context, sets):
    for data in sets:
        for recipe, options in CORRECTED:
            runs = _pair(context, data, recipe, options)
            weight = runs[1]["chosen"].get("hub_correction", "-")
            yield ([data.title, f"`{recipe}`", weight]
                   + _both(_skewness(runs[:1]), _skewness(runs[1:]))
                   + _both(cells(runs[:1], SCORES), cells(runs[1:], SCORES)))


def _gain(pairs, name):
    gains = [b["metrics"][name] - a["metrics"][name] for a, b in pairs
             if name in a["metrics"] and name in b["metrics"]]
    if len(gains) < 2:
        return "-"
    error = statistics.stdev(gains) / len(gains) ** 0.5
    return f"{statistics.mean(gains):+.2f} ({error:.2f})"


def _split_rows(context, sets):
    for data in sets:
        for recipe, options in CORRECTED:
            pairs = [_pair(context, split, recipe, options)
                     for split in context.sets.class_splits(data)]
            without, corrected = ([pair[i] for pair in pairs] for i in (0, 1))
            yield ([data.title, f"`{recipe}`"] + [_gain(pairs, name) for name in SKEWNESS]
                   + [difference(corrected, without, column) for column in SCORES])


def _ensemble_rows(context, data):
    rows = []
    if data.title != "imagenet_clip":
        single = [context.program.run(data, "--recipe dem", seed) for seed in range(1, SEEDS + 1)]
        together = context.program.run(data, f"--recipe dem --ensemble {SEEDS}")
        rows = [("`dem`, single", single), (f"`dem`, ensemble of {SEEDS}", [together])]
    rows += [(f"`{name}`", [context.program.run(data, f"--recipe {name}")]) for name in UNLIKE]
    rows.append((f"ensemble of {', '.join(f'`{name}`' for name in UNLIKE)}",
                 [context.program.run(data, f"--ensemble {','.join(UNLIKE)}")]))
    for title, results in rows:
        yield [data.title, title] + list(_skewness(results)) + cells(results, SCORES + ("AUSUC",))


def _ensemble_split_rows(context, sets):
    for data in sets:
        splits = context.sets.class_splits(data)
        together = [context.program.run(split, f"--ensemble {','.join(UNLIKE)}")
                    for split in splits]
        alone = [context.program.run(split, "--recipe auto") for split in splits]
        pairs = list(zip(alone, together))
        yield ([data.title] + [_gain(pairs, name) for name in SKEWNESS]
               + [difference(together, alone, column) for column in SCORES + ("AUSUC",)])


def hubs(context):
    sets = context.sets.images()
    smaller = [data for data in sets if data.title not in LARGE]
    skewness = ("N_1 skewness", "N_10 skewness")
    yield CORRECTION_TEXT
    yield table(("data", "recipe", "weight") + skewness + SCORES, _corrected_rows(context, sets))
    yield SPLITS_TEXT
    yield table(("data", "recipe") + skewness + SCORES, _split_rows(context, smaller))
    yield ENSEMBLE_TEXT
    yield table(("data", "model") + skewness + SCORES + ("AUSUC",),
                [row for data in sets for row in _ensemble_rows(context, data)])
    yield ENSEMBLE_SPLITS_TEXT
    yield table(("data",) + skewness + SCORES + ("AUSUC",), _ensemble_split_rows(context, smaller))
    yield commands([" ".join(f"dem train ... --recipe {recipe} {options}".split())
                    + " --hub-correction val --seed 1" for recipe, options in CORRECTED]
                   + [f"dem train ... --recipe dem --ensemble {SEEDS} --seed 1",
                      f"dem train ... --ensemble {','.join(UNLIKE)} --seed 1"])
