"""Checks exported files with the onnx package: check_onnx.py FOLDER, as write_models wrote it.

The checker and strict shape inference accept every file, inference finds the shapes that the file
declares, and the metadata tell what the model is. Exit status 0 all right, 1 a difference, 77 where
onnx is missing (CTest: skipped).
"""
import json
import pathlib
import sys

try:
    import onnx
    import onnx.checker
    import onnx.shape_inference
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

folder = pathlib.Path(sys.argv[1])
failures = 0


def expect(what, got, expected):
    global failures
    if got != expected:
        failures += 1
        print(f"{what}: expected {expected}, got {got}")


def shape_of(value):
    return [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]


def input_rank(name):
    """The reference's order; others come after, in the map's own."""
    return {"att": 0, "word": 1}.get(name, 2)


def check(case):
    name = case["model"]
    model = onnx.load(folder / name)
    onnx.checker.check_model(model, full_check=True)
    declared = {output.name: shape_of(output) for output in model.graph.output}
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    inferred = onnx.shape_inference.infer_shapes(
        model, check_type=True, strict_mode=True, data_prop=True)
    expect(f"{name}: inferred shapes",
           {output.name: shape_of(output) for output in inferred.graph.output}, declared)
    batch = case["batch"] or "batch"
    run = case["runs"][0]
    expect(f"{name}: inputs", [(value.name, shape_of(value)) for value in model.graph.input],
           [(value["name"], [batch, value["shape"][1]])
            for value in sorted(run["inputs"], key=lambda value: input_rank(value["name"]))])
    outputs = {value["name"]: [batch, *value["shape"][1:]] for value in run["outputs"]}
    if "top_ids" in outputs:
        outputs["top_ids"] = outputs["top_scores"]  # its file holds all scores
    expect(f"{name}: outputs", declared, outputs)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    expect(f"{name}: graph", metadata["graph"], case["graph"])
    expect(f"{name}: class names", json.loads(metadata["classes"])["names"],
           case.get("classes", [f"class {i}" for i in range(50)]))
    expect(f"{name}: threshold", float(metadata.get("reject_below", 0)),
           case.get("reject_below", 0))
    expect(f"{name}: recipe", metadata["provenance.recipe"], "test")
    if case["graph"] == "classify":
        steps = [step["kind"] for step in json.loads(metadata["feature_map"])]
        expect(f"{name}: metric and steps",
               f"_{metadata['metric']}_{'-'.join(steps) or 'none'}" in name, True)


cases = json.loads((folder / "manifest.json").read_text())
for one in cases:
    check(one)
print(f"onnx {onnx.__version__}: {len(cases)} models, {failures} differences")
sys.exit(1 if failures or not cases else 0)
