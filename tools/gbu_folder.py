"""Folders of layout gbu made from other such folders: the same features, other lists of images."""
import sys

import numpy as np
import scipy.io


def features_file(folder):
    files = [p for p in folder.glob("*.mat") if p.name != "att_splits.mat"]
    if len(files) != 1:
        sys.exit(f"{folder}: expected one features file, got {len(files)}")
    return files[0]


def read_labels(folder):
    return scipy.io.loadmat(features_file(folder), variable_names=["labels"])["labels"].ravel()


def read_lists(folder):
    """{name of a list: image numbers from 0 on}, and what numbers are counted from in the files."""
    base = int(read_labels(folder).min())
    split = scipy.io.loadmat(folder / "att_splits.mat")
    lists = {k: v.ravel().astype(int) for k, v in split.items() if k.endswith("_loc") and v.size}
    return {k: rows - base for k, rows in lists.items()}, base


def hold_out(labels, rows, unseen, draw):
    """Rows to train on, "test seen" and "test unseen" rows: a fifth of the images of seen classes
    are set aside for "test seen", but every class keeps an image."""
    is_unseen = np.isin(labels[rows], unseen)
    spared = (draw.random(len(rows)) < 0.2) & ~is_unseen
    for label in np.unique(labels[rows][~is_unseen]):
        own = labels[rows] == label
        if spared[own].all():
            spared[own] = False
    return rows[~is_unseen & ~spared], rows[spared], rows[is_unseen]


def write_folder(source, folder, parts):
    """A folder with the features and classes of `source` and the lists of `hold_out`."""
    folder.mkdir(parents=True)
    (folder / features_file(source).name).symlink_to(features_file(source).resolve())
    base = read_lists(source)[1]
    split = scipy.io.loadmat(source / "att_splits.mat")
    kept = {k: v for k, v in split.items() if not k.startswith("__") and not k.endswith("_loc")}
    for name, rows in zip(("trainval_loc", "test_seen_loc", "test_unseen_loc"), parts):
        kept[name] = (rows + base).astype(np.float64)[:, None]
    scipy.io.savemat(folder / "att_splits.mat", kept)
