"""Reads with scipy, h5py and numpy what write_sample_files wrote: check_written_files.py PROGRAM.

Exit status 0 all right, 1 a difference, 77 where numpy, scipy or h5py is missing (CTest: skipped).
"""
import subprocess
import sys
import tempfile
import zipfile

try:
    import h5py
    import numpy
    import scipy.io
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


def value(rows, cols, scale=1):
    i, j = numpy.mgrid[0:rows, 0:cols]
    return scale * (7 * i + 3 * j + 1) / 4


failures = []


def check(what, got, expected, dtype):
    same = got.shape == expected.shape and got.dtype == dtype and numpy.array_equal(got, expected)
    if not same:
        failures.append(what)
        print(f"{what}: expected {dtype} {expected.shape}, got {got.dtype} {got.shape}\n{got}")


def check_mat5(path):
    data = scipy.io.loadmat(path)
    window = value(5, 7)[0:4, 1:6]
    check(f"{path} floats", data["floats"], value(5, 7), "f4")
    check(f"{path} floats_transposed", data["floats_transposed"], value(5, 7).T, "f8")
    check(f"{path} window", data["window"], window, "f8")
    check(f"{path} window_transposed", data["window_transposed"], window.T, "f4")
    check(f"{path} doubles", data["doubles"], value(300, 2100), "f8")
    check(f"{path} doubles_transposed", data["doubles_transposed"], value(300, 2100).T, "f4")
    narrow = value(3, 4, 4)
    check(f"{path} as_int8", data["as_int8"], narrow.T, "i1")
    for dtype in ("uint8", "uint16", "int16", "int32", "uint32"):
        check(f"{path} as_{dtype}", data[f"as_{dtype}"], narrow, dtype)
    for dtype in ("int64", "uint64"):
        check(f"{path} as_{dtype}", data[f"as_{dtype}"], value(3, 1, 4), dtype)
    check(f"{path} empty", data["empty"], numpy.zeros((0, 3)), "f8")
    names = [cell[0].item() if cell[0].size else "" for cell in data["names"]]
    if data["names"].shape != (4, 1) or names != ["antelope", "", "grüne Maus", "日本"]:
        failures.append(f"{path} names")
        print(f"{path} names: got {data['names']}")


def check_hdf5(path, expected, dtype, matlab_class):
    with open(path, "rb") as file:
        header = file.read(128)
    if not header.startswith(b"MATLAB 7.3 MAT-file") or header[124:] != b"\0\2IM":
        failures.append(f"{path} header")
    with h5py.File(path, "r") as file:
        check(path, file["Z_s_con"][()], expected, dtype)
        if file.userblock_size != 512 or file["Z_s_con"].attrs["MATLAB_class"] != matlab_class:
            failures.append(f"{path} attributes")


def check_npz(path):
    count = bytes(range(48))
    with zipfile.ZipFile(path) as archive:
        if archive.testzip() is not None:
            failures.append(f"{path} checksums")
    with numpy.load(path) as data:
        types = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16",
                 "float32", "float64")
        if data.files != ["z", "flags", "größe/猫", *types]:
            failures.append(f"{path} names")
            print(f"{path}: got {data.files}")
        for dtype in types:
            got = data[dtype]
            size = numpy.dtype(dtype).itemsize
            if got.shape != (2, 1, 3) or got.dtype != dtype or got.tobytes() != count[:6 * size]:
                failures.append(f"{path} {dtype}")
        if data["z"].shape != () or data["z"].tobytes() != count[:4]:
            failures.append(f"{path} z")
        check(f"{path} flags", data["flags"], numpy.array([True, False, True]), "?")
        check(f"{path} empty", data["größe/猫"], numpy.zeros((0, 5)), "f8")


with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.argv[1], folder], check=True)
    check_mat5(f"{folder}/plain.mat")
    check_mat5(f"{folder}/compressed.mat")
    check_npz(f"{folder}/plain.npz")
    check_npz(f"{folder}/zip64.npz")
    check_hdf5(f"{folder}/double.mat", value(5, 7), "f8", b"double")
    check_hdf5(f"{folder}/single.mat", value(5, 7), "f4", b"single")
    check_hdf5(f"{folder}/window.mat", value(5, 7)[0:4, 1:6], "f8", b"double")
print("failed: " + ", ".join(failures) if failures else "all files agree")
sys.exit(1 if failures else 0)
