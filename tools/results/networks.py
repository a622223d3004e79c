"""DEM's network: what its closed training chooses, and its training in steps."""
from results.tables import cells, commands, table

DEM = "--recipe gbu --feature-scaling minmax --output-bias mean --hidden-dim 512 " \
      "--learning-rate 1e-3 --weight-decay 1e-5 --evaluation-interval 0"
# Title, set, options of `dem train`.
ROWS = (
    ("flowers102_clip, epochs from validation", "flowers102_clip",
     f"{DEM} --epoch-size 40 --select val"),
    ("flowers102_clip, the same, cosine", "flowers102_clip",
     f"{DEM} --epoch-size 40 --select val --metric cosine"),
    ("flowers102_clip, shuffled descriptions", "flowers102_clip",
     f"{DEM} --epoch-size 20 --select last --shuffle-classes SEED"),
    ("emoji, epochs from validation", "emoji", f"{DEM} --epoch-size 60 --select val"),
    ("emoji, the same, cosine", "emoji", f"{DEM} --epoch-size 60 --select val --metric cosine"),
    ("emoji, shuffled descriptions", "emoji",
     f"{DEM} --epoch-size 25 --select last --shuffle-classes SEED"),
    ("kylberg_wrn, last epoch", "kylberg_wrn", f"{DEM} --epoch-size 200 --select last"),
    ("synthetic AwA att, mindspore", "AwA", "--train-mode att --batch-size 64 --epoch-size 10"),
    ("synthetic AwA word, mindspore", "AwA", "--train-mode word --batch-size 64 --epoch-size 10"),
    ("synthetic AwA fusion, mindspore", "AwA",
     "--train-mode fusion --batch-size 64 --epoch-size 10"),
    ("synthetic AwA att, mindspore-intended", "AwA",
     "--train-mode att --recipe mindspore-intended --batch-size 64 --epoch-size 10"),
    ("synthetic CUB att, mindspore", "CUB", "--train-mode att --batch-size 100 --epoch-size 20"),
)
COLUMNS = ("T1", "accuracy", "hit@5", "U", "S", "H")


def _set(context, name):
    known = {data.name: data for data in context.sets.images() + [context.sets.kylberg()]}
    return known.get(name) or context.sets.synthetic(context.program.path, name)


def in_steps(context):
    yield f"Seeds 1 to {context.seeds}, per cent, mean ± standard deviation over seeds.\n"
    rows, lines = [], []
    for title, name, options in ROWS:
        data = _set(context, name)
        results = [context.program.run(data, options.replace("SEED", str(seed)), seed)
                   for seed in range(1, context.seeds + 1)]
        chosen = ", ".join(sorted({r["selection"] for r in results}))
        rows.append([title, chosen] + cells(results, COLUMNS))
        place = " ".join(f"--dataset {name} {data.options}".split())
        lines.append(f"# {title}\ndem train --data-path FOLDER --save-ckpt OUT {place} {options} "
                     "--seed SEED")
    yield table(("data, recipe", "selection") + COLUMNS, rows)
    yield commands(lines)


def _choice_text(chosen):
    space = chosen["space"] + (" " + chosen["shrinkage"] if chosen["space"] == "whitened" else "")
    return (f"{space}, hidden {chosen['hidden_dim']}, lambda {chosen['lambda']}, "
            f"{chosen['iterations']} iterations, {chosen['comparison']}")


def at_once(context):
    yield table(("data", "chosen with seed 1"),
                [[data.title, _choice_text(context.program.run(data, "--recipe dem")["chosen"])]
                 for data in context.sets.every()])
