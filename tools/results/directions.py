"""Ridge regression in both directions."""
from results.tables import cells, table


def directions(context):
    rows = []
    for data in context.sets.every():
        runs = [context.program.run(data, f"--recipe {recipe}")
                for recipe in ("ridge", "ridge-v2s")]
        skewness = [f"{run['metrics']['N1_skewness']:.2f}" for run in runs]
        rows.append([data.title] + [cells([run], ("T1",))[0] for run in runs] + skewness)
    yield table(("data", "T1 `ridge`", "T1 `ridge-v2s`", "N_1 skewness `ridge`",
                 "N_1 skewness `ridge-v2s`"), rows)
