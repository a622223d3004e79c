"""Checks with scipy and h5py what write_synthetic wrote, and that its default task is neither
trivial nor hopeless.

usage: check_synthetic.py WRITE_SYNTHETIC_SETS    exit status 77 where scipy or h5py is missing
"""
import pathlib
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import scipy.io
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)


def read(folder, stem):
    name = pathlib.Path(stem).name
    path = folder / f"{stem}.mat"
    if h5py.is_hdf5(path):
        with h5py.File(path) as file:
            return file[name][()]
    return scipy.io.loadmat(path)[name]


def expect(condition, message):
    if not condition:
        sys.exit(f"check_synthetic: {message}")


def nearest(prototypes, features):
    distances = (prototypes**2).sum(1) - 2 * features @ prototypes.T
    return distances.argmin(1)


def ridge_accuracy(descriptions, means, features, labels, penalty):
    """Ridge from the seen classes' descriptions to their mean features; unseen classes by 1-NN."""
    num_seen = len(means)
    centred = descriptions - descriptions[:num_seen].mean(0)
    gram = centred[:num_seen] @ centred[:num_seen].T
    system = gram + penalty * np.trace(gram) / num_seen * np.eye(num_seen)
    weights = np.linalg.solve(system, means - means.mean(0))
    prototypes = centred[num_seen:] @ centred[:num_seen].T @ weights + means.mean(0)
    return (nearest(prototypes, features) == labels).mean()


def ideal_accuracy(features, labels):
    """1-NN to the class means of every other test image: knows the classes, not the images."""
    train, test = slice(0, None, 2), slice(1, None, 2)
    classes = np.unique(labels)
    means = np.stack([features[train][labels[train] == c].mean(0) for c in classes])
    return (classes[nearest(means, features[test])] == labels[test]).mean()


def check_dem(folder, stems, spaces, ideal_bounds, ridge_bounds):
    train, test, labels, ids = (read(folder, stem) for stem in stems)
    labels, ids = labels.ravel(), ids.ravel()
    expect(train.dtype == test.dtype == np.float64, "features are not stored as float64")
    expect(train.min() == 0 and test.min() == 0, "features are not cut at zero")
    expect(set(labels) == set(ids), "test labels and testclasses_id differ")
    position = {number: i for i, number in enumerate(ids)}
    test_labels = np.array([position[number] for number in labels])
    ideal = ideal_accuracy(test, test_labels)
    print(f"{folder.name}: ideal {ideal:.3f}")
    expect(ideal_bounds[0] < ideal < ideal_bounds[1], f"an ideal recogniser reaches {ideal}")
    for space, (train_stem, test_stem) in spaces.items():
        rows, unseen = read(folder, train_stem), read(folder, test_stem)
        expect(len(rows) == len(train) and len(unseen) == len(ids), f"{space}: rows")
        distinct, first, group = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        group = group.ravel()
        means = np.stack([train[group == g].mean(0) for g in range(len(distinct))])
        descriptions = np.vstack([distinct, unseen])
        if space == "attribute":
            expect(0 < descriptions.min() and descriptions.max() < 100, "attributes beyond 0..100")
            expect(descriptions.max() > 90, "attributes do not use their scale")
        accuracy = max(ridge_accuracy(descriptions, means, test, test_labels, penalty)
                       for penalty in (0.01, 0.1, 1.0))
        print(f"  {space}: {len(distinct)} classes, ridge {accuracy:.3f}")
        expect(ridge_bounds[0] < accuracy < ridge_bounds[1], f"{space}: ridge reaches {accuracy}")


def check_gbu(folder):
    features = scipy.io.loadmat(folder / "res101.mat")
    split = scipy.io.loadmat(folder / "att_splits.mat")
    labels = features["labels"].ravel()
    expect(features["features"].shape == (1024, len(labels)), "features are not [dim, n]")
    expect(split["att"].shape == split["original_att"].shape == (30, 50), "att is not [dim, C]")
    expect(np.allclose(np.linalg.norm(split["att"], axis=0), 1), "att has no unit columns")
    expect(split["allclasses_names"].shape == (50, 1), "names are no column")
    lists = {name: split[name].ravel() for name in split if name.endswith("_loc")}
    parts = [lists[f"{name}_loc"] for name in ("trainval", "test_seen", "test_unseen")]
    expect(sorted(np.concatenate(parts)) == list(range(1, len(labels) + 1)), "no partition")
    classes = {name: set(labels[rows - 1]) for name, rows in
               ((name, rows.astype(int)) for name, rows in lists.items())}
    expect(classes["test_seen_loc"] == classes["trainval_loc"], "test_seen has other classes")
    expect(not classes["test_unseen_loc"] & classes["trainval_loc"], "unseen classes are trained")
    expect(not classes["train_loc"] & classes["val_loc"], "val shares classes with train")
    expect(len(classes["val_loc"]) == 8, "val has no fifth of the seen classes")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([sys.argv[1], name], check=True)
        check_dem(folder / "AwA_data",
                  ("train_googlenet_bn", "test_googlenet_bn", "test_labels", "testclasses_id"),
                  {"attribute": ("attribute/Z_s_con", "attribute/pca_te_con_10x85"),
                   "word": ("wordvector/train_word", "wordvector/test_vectors")},
                  ideal_bounds=(0.85, 0.98), ridge_bounds=(0.55, 0.92))
        check_dem(folder / "CUB_data",
                  ("train_cub_googlenet_bn", "test_cub_googlenet_bn", "test_labels_cub",
                   "testclasses_id"),
                  {"attribute": ("train_attr", "test_proto")},
                  ideal_bounds=(0.6, 0.9), ridge_bounds=(0.35, 0.7))
        check_gbu(folder / "TOY")


if __name__ == "__main__":
    main()
