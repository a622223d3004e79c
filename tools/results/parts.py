"""`auto` with each of its parts taken out."""
from results.comparison import split_runs
from results.tables import cells, commands, difference, table

# Title and options of `auto` with one element taken out or changed.
PARTS = (
    ("all of `auto`", ""),
    ("no hub term", "--set hub=0"),
    ("no Gaussian", "--set gaussian=0"),
    ("no blend", "--set blend=0"),
    ("no residual covariance in the metric", "--set kappa=0"),
    ("no choice of kernel: linear", "--set kernel=linear"),
    ("no choice of shrinkage: 0.6", "--set shrinkage=0.6"),
    ("no whitening: shrinkage 1", "--set shrinkage=1"),
    ("no gamma", "--gamma none"),
    ("no choice at all: the defaults", "--tune none"),
    ("the defaults left only for a gain of one standard error", "--set standard_errors=1"),
)
LARGE = ("imagenet_clip",)  # own split only
OWN_TEXT = "T1 / H on the sets' own splits, seed 1:\n"
SPLITS_TEXT = """The same on the five class splits, less all of `auto`, T1 / H: means over the splits of
the differences, their standard errors behind them; seed 1.
"""


def _run(context, data, options):
    return context.program.run(data, f"--recipe auto {options}".strip())


def _own_rows(context, sets):
    for title, options in PARTS:
        yield [title] + [" / ".join(cells([_run(context, data, options)], ("T1", "H")))
                         for data in sets]


def _split_cell(context, data, options):
    runs = [_run(context, split, options) for split in context.sets.class_splits(data)]
    whole = split_runs(context, "auto", data)
    return " / ".join(difference(runs, whole, column) for column in ("T1", "H"))


def parts(context):
    sets = context.sets.images()
    yield OWN_TEXT
    yield table(["`auto`"] + [data.title for data in sets], _own_rows(context, sets))
    sets = [data for data in sets if data.title not in LARGE]
    yield SPLITS_TEXT
    yield table(["`auto`"] + [data.title for data in sets],
                [[title] + [_split_cell(context, data, options) for data in sets]
                 for title, options in PARTS[1:]])
    yield commands([f"dem train ... --recipe auto {options} --seed 1  # {title}"
                    for title, options in PARTS[1:]])
