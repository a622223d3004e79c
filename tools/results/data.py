"""The sets that results are of, and their splits of classes."""
import csv
import pathlib
import subprocess
from dataclasses import dataclass

import numpy as np

import gbu_folder

NUM_SPLITS = 5


@dataclass(frozen=True)
class Data:
    """One dataset as the program is told of it."""
    title: str
    path: str            # of the folder that the dataset's folder is in
    name: str
    options: str = ""
    split: str = "own"   # or the remainder of the class index that makes a class unseen

    @property
    def place(self):
        return f"--data-path {self.path} --dataset {self.name} {self.options}".strip()

    @property
    def key(self):
        return f"{self.title}, split {self.split}"


class Sets:
    """All datasets; folders that are made lie in `work`."""

    def __init__(self, root, shared, work):
        self._work = work
        self._shared = shared
        self._root = root

    def images(self):
        """The image sets with signal for classes held out."""
        names = ("flowers102_clip", "caltech101_clip", "food101_clip", "imagenet_clip")
        shared = [Data(name, str(self._shared), name) for name in names]
        return shared[:1] + [Data("emoji", str(self._root / "examples"), "emoji")] + shared[1:]

    def kylberg(self):
        return Data("kylberg_wrn", str(self._shared), "kylberg_wrn", "--index-base 0")

    def tep(self):
        """A folder of layout `table` for each group of unseen faults."""
        folder = self._work / "tep"
        if not folder.exists():
            _link_tep(self._shared / "tep", folder)
        return [Data(f"tep, faults of group {group}", str(folder), group) for group in "ABCDE"]

    def every(self):
        return self.images() + [self.kylberg()] + self.tep()

    def synthetic(self, program, name):
        folder = self._work / "synthetic"
        if not (folder / name).exists():
            subprocess.run([program, "synth", "--output", str(folder), "--dataset", name],
                           check=True, stdout=subprocess.DEVNULL)
        return Data(f"synthetic {name}", str(folder), name)

    def class_splits(self, data):
        """Five splits of a set of layout gbu: unseen are classes k, k + 5, ... of the table."""
        return [self.class_split(data, k) for k in range(NUM_SPLITS)]

    def class_split(self, data, k):
        folder = self._work / "splits" / str(k)
        if not (folder / data.name).exists():
            source = _path(data)
            labels = gbu_folder.read_labels(source).astype(int)
            classes = np.unique(labels)
            parts = gbu_folder.hold_out(labels, np.arange(len(labels)),
                                        classes[(classes - classes[0]) % NUM_SPLITS == k],
                                        np.random.default_rng(k))
            gbu_folder.write_folder(source, folder / data.name, parts)
        return Data(data.title, str(folder), data.name, data.options, str(k))


def _path(data):
    return pathlib.Path(data.path) / data.name


def _link_tep(source, folder):
    with open(source / "classes.csv", newline="") as classes:
        names = [line[0] for line in csv.reader(classes)][1:]
    with open(source / "groups.csv", newline="") as groups:
        for row in csv.DictReader(groups):
            target = folder / row["group"]
            target.mkdir(parents=True)
            for name in ("features.npy", "labels.csv", "classes.csv"):
                (target / name).symlink_to((source / name).resolve())
            unseen = row["unseen"].split()
            lines = [f"{name},{'unseen' if name in unseen else 'seen'}" for name in names]
            (target / "split.csv").write_text("class,part\n" + "\n".join(lines) + "\n")
