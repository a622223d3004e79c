#!/usr/bin/env python3
"""Writes tests/data/io/mat/*.mat and tests/data/io/hdf5/*: small files in every dialect.

scipy and h5py write what they can; what they never write (other byte orders, narrow storage,
MATLAB's own objects) is put together from bytes. Numbers follow one rule, so that the tests can
compute them by themselves: on a 3 x 5 grid, n[i, j] = 7 i + 3 j + 1 for integers, n / 4 - 2 for
floating point and (i + j) mod 2 for logical.

Usage: make_mat_fixtures.py [FOLDER]
"""
import pathlib
import struct
import sys
import zlib

import h5py
import numpy as np
import scipy.io
import scipy.sparse

INTEGERS = ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8")


def grid(dtype, shape=(3, 5)):
    kind = np.dtype(dtype).kind
    i, j = np.mgrid[0:shape[0], 0:shape[1]]
    whole = 7 * i + 3 * j + 1
    if kind == "b":
        return (i + j) % 2 == 1
    return (whole / 4 - 2 if kind == "f" else whole).astype(dtype)


def cell(*items):
    array = np.empty((len(items), 1), dtype=object)
    array[:, 0] = items
    return array


# ---- MAT v5 by scipy


def scipy_variables():
    variables = {name: grid(name) for name in ("f8", "f4", *INTEGERS)}
    variables["flags"] = grid("?")
    variables["column"] = np.arange(3, 8, dtype="u2").reshape(5, 1)
    variables["row"] = np.arange(3, 8, dtype="f8").reshape(1, 5)
    variables["scalar"] = np.array([[41.0]])
    variables["halves"] = np.array([[1.0, 1.5, 2.0]])
    variables["empty"] = np.zeros((0, 3))
    variables["names"] = cell("ant", "", "Zebra \u00fc")
    variables["no_names"] = np.empty((0, 1), dtype=object)
    variables["mixed_cell"] = cell("ant", np.ones((2, 2)))
    variables["number_cell"] = cell(np.ones((2, 2)), "ant")
    variables["text"] = "\u65e5\u672c ok"
    variables["lines"] = np.array(["ab  ", "cdef", "\u00fc   "])
    variables["cube"] = np.arange(12.0).reshape(2, 3, 2)
    variables["complex"] = grid("f8") + 1j
    variables["sparse"] = scipy.sparse.csc_matrix(grid("f8"))
    variables["struct"] = {"field": grid("f8"), "other": "text"}
    return variables


def without_date(path):
    """Overwrites the header's text, which holds the time of writing."""
    content = bytearray(path.read_bytes())
    content[:116] = b"MATLAB 5.0 MAT-file".ljust(116)
    path.write_bytes(content)


def write_scipy_files(folder):
    for name, compressed in (("plain", False), ("compressed", True)):
        path = folder / f"{name}.mat"
        scipy.io.savemat(path, scipy_variables(), do_compression=compressed)
        without_date(path)
    four = {name: grid(name) for name in ("f8", "f4", "i4", "i2", "u2", "u1")}
    four["column"] = np.arange(3, 8, dtype="f8").reshape(5, 1)
    four["lines"] = np.array(["ab  ", "cdef"])
    four["complex"] = grid("f8") + 1j
    four["sparse"] = scipy.sparse.csc_matrix(grid("f8"))
    scipy.io.savemat(folder / "v4_little.mat", four, format="4")
    # Few variables, for tests that try every byte of a file.
    for name, compressed in (("short_plain", False), ("short_compressed", True)):
        path = folder / f"{name}.mat"
        values = {"f8": grid("f8"), "names": cell("ant", "bee"), "u2": grid("u2")}
        scipy.io.savemat(path, values, do_compression=compressed)
        without_date(path)
    scipy.io.savemat(folder / "short_v4.mat", {"f8": grid("f8"), "u2": grid("u2")}, format="4")


# ---- MAT v5 from bytes

MI = {"i1": 1, "u1": 2, "i2": 3, "u2": 4, "i4": 5, "u4": 6, "f4": 7, "f8": 9, "i8": 12, "u8": 13}
MX = {"f8": 6, "f4": 7, "i1": 8, "u1": 9, "i2": 10, "u2": 11, "i4": 12, "u4": 13, "i8": 14,
      "u8": 15}
MX_FUNCTION, MX_OBJECT, MX_OPAQUE = 16, 3, 17


class Five:
    """A MAT v5 file in the byte order '<' or '>'."""

    def __init__(self, order):
        self.order = order
        mark = b"IM" if order == "<" else b"MI"
        version = struct.pack(order + "H", 0x0100)
        self.content = b"MATLAB 5.0 MAT-file".ljust(116) + bytes(8) + version + mark

    def element(self, kind, data, small=True):
        if len(data) <= 4 and small:  # the small format: length and type share a word
            return struct.pack(self.order + "I", len(data) << 16 | kind) + data.ljust(4, b"\0")
        padding = -len(data) % 8
        return struct.pack(self.order + "II", kind, len(data)) + data + bytes(padding)

    def head(self, array_class, shape, name, flags=0):
        dims = struct.pack(f"{self.order}{len(shape)}i", *shape)
        return (self.element(6, struct.pack(self.order + "II", array_class | flags, 0)) +
                self.element(5, dims) + self.element(1, name.encode()))

    def matrix(self, name, values, array_class, stored, flags=0, small=True):
        raw = values.astype(self.order + stored).tobytes(order="F")
        return (self.head(array_class, values.shape, name, flags) +
                self.element(MI[stored], raw, small))

    def text(self, name, text, kind, encoding):
        encoding += {"<": "-le", ">": "-be"}[self.order] if encoding != "utf-8" else ""
        return (self.head(4, (1, len(text)), name) +
                self.element(kind, text.encode(encoding)))

    def add(self, body, compressed=False):
        element = struct.pack(self.order + "II", 14, len(body)) + body
        if compressed:
            packed = zlib.compress(element)
            element = struct.pack(self.order + "II", 15, len(packed)) + packed
        self.content += element


def write_order(folder, name, order):
    file = Five(order)
    narrow = grid("i4")
    for stored in INTEGERS:
        file.add(file.matrix(f"double_as_{stored}", narrow, MX["f8"], stored), stored == "u1")
    for stored in ("f8", "f4"):
        file.add(file.matrix(stored, grid(stored), MX[stored], stored), stored == "f4")
    file.add(file.matrix("int32_as_i2", narrow, MX["i4"], "i2"))
    file.add(file.matrix("flags", grid("?"), MX["u1"], "u1", 0x200))
    file.add(file.matrix("small", np.array([[5, 6]]), MX["u2"], "u2"))
    file.add(file.matrix("small_too", np.array([[7]]), MX["f8"], "u1"), True)
    file.add(file.matrix("not_small", np.array([[5, 6]]), MX["u2"], "u2", small=False))
    file.add(file.text("utf8", "gr\u00fcn", 16, "utf-8"))
    file.add(file.text("utf16", "gr\u00fcn", 17, "utf-16"))
    file.add(file.text("uint16", "gr\u00fcn", 4, "utf-16"), True)
    file.add(file.text("utf32", "gr\u00fcn", 18, "utf-32"))
    cells = b"".join(struct.pack(order + "II", 14, len(c)) + c
                     for c in (file.text("", "one", 17, "utf-16"), b"", file.text("", "two", 16, "utf-8")))
    file.add(file.head(1, (3, 1), "names") + cells, True)
    (folder / name).write_bytes(file.content)


def write_oddities(folder):
    """What MATLAB itself adds: objects, functions, its nameless workspace; names given twice."""
    file = Five("<")
    flags = file.element(6, struct.pack("<II", MX_OPAQUE, 0))
    file.add(flags + file.element(1, b"table1") + file.element(1, b"MCOS") +
             file.element(1, b"table") + file.matrix("", np.ones((6, 1)), MX["u4"], "u4"))
    file.add(file.head(MX_FUNCTION, (1, 1), "handle") + bytes(24))
    file.add(file.head(MX_OBJECT, (1, 1), "thing") + bytes(24))
    file.add(file.head(99, (1, 1), "future") + bytes(24))
    file.add(file.matrix("twice", np.zeros((2, 2)), MX["f8"], "f8"))
    file.add(file.matrix("twice", grid("f8"), MX["f8"], "f8"))
    file.add(file.matrix("", np.ones((1, 40)), MX["u1"], "u1"))
    # The last data element without its padding, which some writers leave out.
    body = file.matrix("unpadded", grid("u1"), MX["u1"], "u1")
    file.add(body[:-1])
    (folder / "oddities.mat").write_bytes(file.content)


# ---- MAT v4 from bytes

PRECISIONS = ("f8", "f4", "i4", "i2", "u2", "u1")


def write_v4_big(folder):
    content = b""

    def add(name, values, stored, kind=0):
        precision = PRECISIONS.index(stored)
        header = struct.pack(">5i", 1000 + 10 * precision + kind, *values.shape, 0, len(name) + 1)
        return header + name.encode() + b"\0" + values.astype(">" + stored).tobytes(order="F")

    for stored in PRECISIONS:
        content += add(stored, grid(stored), stored)
    codes = np.array([[ord(c) for c in line] for line in ("ab  ", "cdef")])
    content += add("lines", codes, "f8", 1)
    content += add("byte_lines", codes, "u1", 1)
    (folder / "v4_big.mat").write_bytes(content)


# ---- HDF5 and v7.3


def set_class(item, name):
    """MATLAB's own spelling: a fixed string of just the length, null-terminated by name only."""
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(len(name))
    kind.set_strpad(h5py.h5t.STR_NULLTERM)
    attribute = h5py.h5a.create(item.id, b"MATLAB_class", kind, h5py.h5s.create(h5py.h5s.SCALAR))
    attribute.write(np.array(name.encode(), dtype=f"S{len(name)}"), mtype=kind)


def matlab(file, name, values, matlab_class, **options):
    """`values` as MATLAB sees them: HDF5 holds them transposed."""
    item = file.create_dataset(name, data=np.asarray(values).T, **options)
    set_class(item, matlab_class)
    return item


def characters(text):
    return np.array([[ord(c) for c in text]], dtype="u2")


def matlab_empty(file, name, shape, matlab_class):
    item = file.create_dataset(name, data=np.array(shape, dtype="u8"))
    set_class(item, matlab_class)
    item.attrs["MATLAB_empty"] = np.uint8(1)
    return item


def matlab_cell(file, name, texts):
    references = []
    for number, text in enumerate(texts):
        path = f"#refs#/{name}{number}"
        item = (matlab(file, path, characters(text), "char") if text else
                matlab_empty(file, path, (0, 0), "char"))
        references.append(item.ref)
    data = np.array(references, dtype=h5py.ref_dtype).reshape(1, len(texts))
    item = file.create_dataset(name, data=data)
    set_class(item, "cell")


def write_v73(folder):
    path = folder / "v73.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        for name in ("f8", "f4", *INTEGERS):
            matlab_class = {"f8": "double", "f4": "single"}.get(name) or str(np.dtype(name))
            matlab(file, name, grid(name), matlab_class)
        matlab(file, "packed", grid("f8"), "double", chunks=(2, 2), compression="gzip")
        flags = matlab(file, "flags", grid("?").astype("u1"), "logical")
        flags.attrs["MATLAB_int_decode"] = np.int32(1)
        matlab(file, "column", np.arange(3, 8, dtype="f8").reshape(5, 1), "double")
        matlab_empty(file, "empty", (0, 3), "double")
        matlab(file, "text", characters("gr\u00fcn"), "char")
        lines = np.vstack([characters("ab  "), characters("cdef")])
        matlab(file, "lines", lines, "char")
        matlab_cell(file, "names", ["ant", "", "Zebra \u00fc"])
        pair = np.zeros((5, 3), dtype=[("real", "f8"), ("imag", "f8")])
        set_class(file.create_dataset("complex", data=pair), "double")
        group = file.create_group("sparse")
        set_class(group, "double")
        group.attrs["MATLAB_sparse"] = np.uint64(3)
        group["data"] = np.ones(2)
        matlab(file, "struct/field", grid("f8"), "double")
        set_class(file["struct"], "struct")
        numbers = matlab(file, "#refs#/numbers", grid("f8"), "double")
        set_class(file.create_dataset("number_cell", data=np.array([[numbers.ref]], dtype=h5py.ref_dtype)), "cell")
        file["#subsystem#/MCOS"] = np.zeros(3)
    header = b"MATLAB 7.3 MAT-file".ljust(116) + bytes(8) + b"\0\2IM"
    with open(path, "r+b") as file:
        file.write(header)


def write_hdf5(folder):
    with h5py.File(folder / "kinds.h5", "w") as file:
        for name in ("f2", "f4", "f8", ">f2", ">f4", ">f8", *INTEGERS, ">i2", ">u4", ">i8"):
            file[f"group/{name}"] = grid(name)
        file["group/bool"] = grid("?")
        colour = h5py.enum_dtype({"red": 1, "blue": 4}, basetype="i2")
        file.create_dataset("group/enumeration", data=grid("i2"), dtype=colour)
        bfloat16 = h5py.h5t.IEEE_F32LE.copy()
        bfloat16.set_fields(15, 7, 8, 0, 7)
        bfloat16.set_size(2)
        bfloat16.set_ebias(127)
        item = h5py.h5d.create(file.id, b"bfloat16", bfloat16, h5py.h5s.create_simple((3, 5)))
        item.write(h5py.h5s.ALL, h5py.h5s.ALL, grid("f4"))
        file.create_dataset("chunked", data=grid("f8"), chunks=(2, 2), compression="gzip",
                            shuffle=True, fletcher32=True)
        file.create_dataset("column", data=np.arange(3, 8).reshape(5, 1))
        file.create_dataset("vector", data=np.arange(3, 8, dtype="f4"))
        file.create_dataset("scalar", data=41.0)
        file.create_dataset("empty", data=np.zeros((0, 3)))
        file.create_dataset("cube", data=np.zeros((2, 3, 2)))
        file.create_dataset("complex", data=grid("f8") + 1j)
        file.create_dataset("compound", data=np.zeros(2, dtype=[("a", "f4"), ("b", "i2")]))
        file.create_dataset("null", data=h5py.Empty("f4"))
        file["variable_names"] = np.array(["ant", "", "Zebra \u00fc"], dtype=h5py.string_dtype())
        file["fixed_names"] = np.array([b"ant", b"", b"Zebra"])
        file["one_name"] = "ant"
        file["soft"] = h5py.SoftLink("/chunked")
        file["soft_nowhere"] = h5py.SoftLink("/missing")
        file["external"] = h5py.ExternalLink("other.h5", "/x")
        file["loop/again"] = file["group"]
        file.create_dataset("class_by_h5py", data=grid("f8")).attrs["MATLAB_class"] = np.bytes_("double")
    with h5py.File(folder / "incomplete.h5", "w") as file:
        file["whole"] = grid("f8")
        file.create_dataset("unwritten", shape=(3, 5), dtype="f8")
        file.create_dataset("one_chunk", shape=(3, 5), dtype="f8", chunks=(2, 2))[0, 0] = 1
        file.create_dataset("huge", shape=(10**12, 7), dtype="f8", chunks=(2, 2))
        file.create_dataset("lzf", data=grid("f8"), chunks=(2, 2), compression="lzf")
    with h5py.File(folder / "short.h5", "w") as file:
        file["f8"] = grid("f8")
        file.create_dataset("packed", data=grid("f8"), chunks=(2, 2), compression="gzip")


def main():
    root = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data" / "io"
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root
    mat, hdf5 = root / "mat", root / "hdf5"
    for folder in (mat, hdf5):
        folder.mkdir(parents=True, exist_ok=True)
    write_scipy_files(mat)
    write_order(mat, "little_endian.mat", "<")
    write_order(mat, "big_endian.mat", ">")
    write_oddities(mat)
    write_v4_big(mat)
    write_v73(mat)
    write_hdf5(hdf5)


if __name__ == "__main__":
    main()
