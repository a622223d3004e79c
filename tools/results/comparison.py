"""All recipes that learn at once, on all sets, and the gamma that validation takes."""
from results.tables import cell, cells, commands, difference, table, values_of

RECIPES = ("auto", "whitened", "gp", "dem", "cnzsl", "eszsl", "sae", "ridge", "ridge-v2s")
# cnzsl learns seventeen networks from single images, a step costing by classes: minutes to hours.
CNZSL_SETS = ("flowers102_clip", "caltech101_clip", "food101_clip", "kylberg_wrn")
COLUMNS = ("T1", "U", "S", "H", "oracle H", "AUSUC")
SPLITS_TEXT = """### Five class splits of each image set

Mean ± standard deviation over the splits; the last two columns: `auto` less this recipe, mean over
the splits and its standard error. One seed, 1.
"""
OWN_TEXT = """### The sets' own splits

One split each; of `dem` and `cnzsl`, whose weights the seed draws, mean ± standard deviation over
seeds 1 to {seeds}; of the others seed 1, which deals the folds.
"""
COMMANDS = (
    "dem train --data-path FOLDER --dataset NAME --save-ckpt OUT --recipe RECIPE --seed SEED",
    "dem eval --data-path FOLDER --dataset NAME --save-ckpt OUT",
)


def _seeds(context, recipe, data):
    """How many seeds: several on a set's own split where the recipe draws more than folds."""
    is_own = data.split == "own"
    if recipe == "cnzsl" and not (is_own and data.title in CNZSL_SETS):
        return 0
    return context.seeds if recipe in ("dem", "cnzsl") and is_own else 1


def _runs(context, recipe, data):
    return [context.program.run(data, f"--recipe {recipe}", seed)
            for seed in range(1, 1 + _seeds(context, recipe, data))]


def _own_rows(context, sets, columns):
    for data in sets:
        for recipe in RECIPES:
            results = _runs(context, recipe, data)
            row = cells(results, columns) if results else ["not run"] + [""] * (len(columns) - 1)
            yield [data.title, f"`{recipe}`"] + row


def split_runs(context, recipe, data):
    splits = context.sets.class_splits(data)
    return [run for split in splits for run in _runs(context, recipe, split)]


def _split_rows(context, data):
    ours = split_runs(context, "auto", data)
    for recipe in RECIPES:
        theirs = split_runs(context, recipe, data)
        if not theirs:
            yield [data.title, f"`{recipe}`", "not run"] + [""] * (len(COLUMNS) + 1)
            continue
        gains = ["", ""] if recipe == "auto" else [difference(ours, theirs, c) for c in ("T1", "H")]
        yield [data.title, f"`{recipe}`"] + cells(theirs, COLUMNS) + gains


def _tep_rows(context):
    groups = context.sets.tep()
    for recipe in RECIPES:
        results = [_runs(context, recipe, data) for data in groups]
        if not all(results):
            continue
        means = [sum(values_of(r, "T1")) / len(r) for r in results]
        mean = f"{sum(means) / len(means):.1f}"
        yield [f"`{recipe}`"] + [cell(r, "T1") for r in results] + [mean]


def all_recipes(context):
    images = context.sets.images()
    yield SPLITS_TEXT
    yield table(("data", "recipe") + COLUMNS + ("T1, `auto` less it", "H, `auto` less it"),
                [row for data in images for row in _split_rows(context, data)])
    yield OWN_TEXT.format(seeds=context.seeds)
    yield table(("data", "recipe") + COLUMNS,
                _own_rows(context, images + [context.sets.kylberg()], COLUMNS))
    yield "### tep: T1 with the faults of each group unseen\n"
    yield table(("recipe", "A", "B", "C", "D", "E", "mean"), _tep_rows(context))
    yield commands(COMMANDS)


def gamma(context):
    columns = ("uncalibrated H", "H", "oracle H")
    rows = []
    for data in context.sets.images():
        own, splits = _runs(context, "auto", data), split_runs(context, "auto", data)
        lost = [b - a for a, b in zip(values_of(splits, "H"), values_of(splits, "oracle H"))]
        rows.append([data.title] + cells(own, columns) + cells(splits, columns)
                    + [f"{sum(lost) / len(lost):.1f}", f"{max(lost):.1f}"])
    yield table(("data", "own split: H at gamma 0", "H", "oracle H", "class splits: H at gamma 0",
                 "H", "oracle H", "H below the oracle's, mean", "at most"), rows)
