"""All recipes that learn at once, on all sets, and the gamma that validation takes: runs by
`dem benchmark`."""
from results.data import NUM_SPLITS
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

One split each: mean ± standard deviation over seeds 1 to {seeds}. The seed deals the folds that a
recipe chooses by, and draws the weights of `dem` and `cnzsl`.
"""
COMMANDS = (
    "dem benchmark --datasets FOLDER/NAME,... --recipes RECIPE,... --seed 1 --seeds {seeds} --output RUNS",
)


def _own_sets(context):
    return context.sets.every()


def own_runs(context, recipe, data):
    """Over all seeds; none where a recipe is not run."""
    if recipe == "cnzsl":
        sets = [each for each in _own_sets(context) if each.title in CNZSL_SETS]
        recipes = ("cnzsl",)
    else:
        sets, recipes = _own_sets(context), [each for each in RECIPES if each != "cnzsl"]
    runs = context.benchmark.runs(sets, recipes, context.seeds)
    return runs.get((data.title, recipe), [])


def _own_rows(context, sets, columns):
    for data in sets:
        for recipe in RECIPES:
            results = own_runs(context, recipe, data)
            row = cells(results, columns) if results else ["not run"] + [""] * (len(columns) - 1)
            yield [data.title, f"`{recipe}`"] + row


def split_runs(context, recipe, data):
    """One a class split, seed 1."""
    if recipe == "cnzsl":
        return []
    images = context.sets.images()
    results = []
    for k in range(NUM_SPLITS):
        sets = [context.sets.class_split(each, k) for each in images]
        runs = context.benchmark.runs(sets, [each for each in RECIPES if each != "cnzsl"], 1)
        results += runs[data.title, recipe]
    return results


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
        results = [own_runs(context, recipe, data) for data in groups]
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
    yield commands([each.format(seeds=context.seeds) for each in COMMANDS])


def gamma(context):
    columns = ("uncalibrated H", "H", "oracle H")
    rows = []
    for data in context.sets.images():
        own, splits = own_runs(context, "auto", data), split_runs(context, "auto", data)
        lost = [b - a for a, b in zip(values_of(splits, "H"), values_of(splits, "oracle H"))]
        rows.append([data.title] + cells(own, columns) + cells(splits, columns)
                    + [f"{sum(lost) / len(lost):.1f}", f"{max(lost):.1f}"])
    yield table(("data", "own split: H at gamma 0", "H", "oracle H", "class splits: H at gamma 0",
                 "H", "oracle H", "H below the oracle's, mean", "at most"), rows)
