"""Converts what numpy wrote and decodes the results by itself: check_converted.py PROGRAM.

Exit status 0 all right, 1 a difference, 77 where numpy is missing (CTest: skipped).
"""
import json
import struct
import subprocess
import sys
import tempfile

try:
    import numpy
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

NAMES = {  # numpy, safetensors, MindSpore
    "bool": ("BOOL", "Bool"), "uint8": ("U8", "UInt8"), "int8": ("I8", "Int8"),
    "uint16": ("U16", "UInt16"), "int16": ("I16", "Int16"), "uint32": ("U32", "UInt32"),
    "int32": ("I32", "Int32"), "uint64": ("U64", "UInt64"), "int64": ("I64", "Int64"),
    "float16": ("F16", "Float16"), "float32": ("F32", "Float32"), "float64": ("F64", "Float64")}


def arrays():
    random = numpy.random.default_rng(4)
    result = {}
    for dtype in reversed(NAMES):
        size = numpy.dtype(dtype).itemsize
        raw = random.bytes(6 * size) if dtype != "bool" else b"\1\0\1\1\0\0"
        result[f"{dtype}.weight"] = numpy.frombuffer(raw, dtype).reshape(2, 3)
    result["scalar"] = numpy.array(-0.0, "f4")
    result["one"] = numpy.array([7], "i8")
    result["none"] = numpy.zeros((0, 3), "f4")
    result["fortran"] = numpy.asfortranarray(random.standard_normal((3, 4, 5)))
    result["big"] = random.standard_normal((4, 2)).astype(">f4")
    result["größe/猫"] = numpy.array([1, 2], "u2")
    return result


def decode_safetensors(path):
    with open(path, "rb") as file:
        content = file.read()
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + length])
    header.pop("__metadata__", None)
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        yield name, entry["dtype"], entry["shape"], content[8 + length + begin:8 + length + end]


def varint(content, at):
    value = shift = 0
    while True:
        byte = content[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(content):
    at = 0
    while at < len(content):
        key, at = varint(content, at)
        if key & 7 == 0:
            value, at = varint(content, at)
        else:
            assert key & 7 == 2, key
            length, at = varint(content, at)
            value, at = content[at:at + length], at + length
        yield key >> 3, value


def decode_checkpoint(path):
    with open(path, "rb") as file:
        content = file.read()
    for number, value in fields(content):
        assert number == 1
        (_, tag), (_, tensor) = fields(value)
        parts = list(fields(tensor))
        dims = [part for n, part in parts if n == 1]
        (dtype,) = [part for n, part in parts if n == 2]
        (data,) = [part for n, part in parts if n == 3]
        yield tag.decode(), dtype.decode(), dims, data


failures = 0


def compare(what, got, expected):
    global failures
    if got != expected:
        failures += 1
        print(f"{what}: expected {expected}, got {got}")


def expected_tensors(source, column, scalar):
    for name, array in source.items():
        plain = numpy.ascontiguousarray(array.astype(array.dtype.newbyteorder("<")))
        shape = list(array.shape) or scalar
        yield name, NAMES[array.dtype.name][column], shape, plain.tobytes()


with tempfile.TemporaryDirectory() as folder:
    def convert(source, target):
        subprocess.run([sys.argv[1], "convert", f"{folder}/{source}", f"{folder}/{target}"],
                       check=True, stdout=subprocess.DEVNULL)

    source = arrays()
    for save in numpy.savez, numpy.savez_compressed:
        save(f"{folder}/a.npz", **source)
        convert("a.npz", "a.safetensors")
        convert("a.npz", "a.ckpt")
        compare("safetensors", list(decode_safetensors(f"{folder}/a.safetensors")),
                list(expected_tensors(source, 0, [])))
        compare("checkpoint", list(decode_checkpoint(f"{folder}/a.ckpt")),
                list(expected_tensors(source, 1, [0])))
        for origin in "a.safetensors", "a.ckpt":
            convert(origin, "b.npz")
            with numpy.load(f"{folder}/b.npz") as data:
                compare(f"{origin} names", data.files, list(source))
                for name, array in source.items():
                    got = data[name]
                    compare(f"{origin} {name}", (got.shape, got.dtype.name, got.tobytes()),
                            (array.shape, array.dtype.name,
                             array.astype(array.dtype.newbyteorder("<")).tobytes()))
print(f"{failures} failures" if failures else "all files agree")
sys.exit(1 if failures else 0)
