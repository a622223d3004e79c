#!/usr/bin/env python3
"""Sets the loading workloads of dem_bench beside SciPy and h5py; prints a table in Markdown.

  bench/compare_load.py --bench build/release/bench/dem_bench --data FOLDER [--filter mat5]

Both sides end with a float32 array, a sample a row, in memory. Each round runs dem, its floors and the
peer in turn, each in a process of its own that warms up first; medians are over all runs of all rounds.
Peak memory is that of the whole process, its program and libraries included, as the system counts it.
The files are made once and kept in FOLDER (about 3 GB).
"""
import argparse
import json
import os
import pathlib
import statistics
import struct
import subprocess
import sys
import time
import zlib

import compare
import peers
from busy import busy_core

SAMPLES, DIM = 24295, 1024  # an AwA-size array
MIB = 1 << 20


def npy(path):
    return peers.float_rows(peers.np.load(path))


def safetensors(path):
    np = peers.np
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        shape = json.loads(file.read(length))["x"]["shape"]
        return peers.float_rows(np.fromfile(file, dtype="<f8").reshape(shape))


def columns(path):
    return peers.float_rows(peers.loadmat(path, variable_names=["x"])["x"].T)


def rows(path):
    return peers.float_rows(peers.loadmat(path, variable_names=["x"])["x"])


def hdf5(path):
    with peers.h5py.File(path, "r") as file:
        return peers.float_rows(file["x"][()])


ARRAYS = {
    "load/npy-f64": ("x.npy", npy),
    "load/npy-f32": ("x32.npy", npy),
    "load/safetensors-f64": ("x.safetensors", safetensors),
    "load/mat5-deflated": ("x.mat", columns),
    "load/mat5-deflated-rows": ("x_rows.mat", rows),
    "load/mat73": ("x73.mat", hdf5),
    "load/hdf5-gzip": ("x.h5", hdf5),
    "load/hdf5-shuffle": ("x_shuffle.h5", hdf5),
}


# Workloads that one deflated stream bounds, and those with many.
STREAMS = {
    "load/awa2-gbu-deflated": "gbu-deflated/AWA2/res101.mat",
    "load/mat5-deflated": "arrays/x.mat",
    "load/mat5-deflated-rows": "arrays/x_rows.mat",
}
CHUNKED = ("load/mat73", "load/hdf5-gzip", "load/hdf5-shuffle")


def import_peers():
    import h5py
    import numpy
    from scipy.io import loadmat

    peers.np, peers.h5py, peers.loadmat = numpy, h5py, loadmat


def make_arrays(data):
    """The array of every format: features as networks leave them (half of them 0), stored as double."""
    folder = pathlib.Path(data, "arrays")
    if folder.is_dir():
        return
    from scipy.io import savemat

    import_peers()
    np, h5py = peers.np, peers.h5py
    draw = np.random.default_rng(1).standard_normal((SAMPLES, DIM), dtype=np.float32)
    x = np.maximum(draw, 0).astype(np.float64)
    partial = folder.with_name("arrays.partial")
    partial.mkdir(parents=True, exist_ok=True)
    np.save(partial / "x.npy", x)
    np.save(partial / "x32.npy", x.astype(np.float32))
    head = json.dumps({"x": {"dtype": "F64", "shape": x.shape, "data_offsets": [0, x.nbytes]}}).encode()
    with open(partial / "x.safetensors", "wb") as file:
        file.write(len(head).to_bytes(8, "little") + head + x.tobytes())
    savemat(partial / "x.mat", {"x": x.T}, do_compression=True)
    savemat(partial / "x_rows.mat", {"x": x}, do_compression=True)
    with h5py.File(partial / "x73.mat", "w", userblock_size=512) as file:
        dataset = file.create_dataset("x", data=x, chunks=(32, DIM), compression="gzip", compression_opts=3)
        dataset.attrs["MATLAB_class"] = np.bytes_("double")
    with open(partial / "x73.mat", "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM")
    for name, shuffle in (("x.h5", False), ("x_shuffle.h5", True)):
        with h5py.File(partial / name, "w") as file:
            file.create_dataset("x", data=x, compression="gzip", shuffle=shuffle)
    partial.rename(folder)


def print_seconds(name, body, repeats):
    body()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        body()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"results": [{"name": name, "seconds": seconds}]}))


def longest_stream(path):
    """The longest compressed variable of a MAT v5 file."""
    content, at, longest = memoryview(path.read_bytes()), 128, b""
    while at < len(content):
        kind, size = struct.unpack_from("<II", content, at)
        if kind == 15 and size > len(longest):
            longest = content[at + 8 : at + 8 + size]
        at += 8 + size
    return longest


def run_zlib(name, options):
    stream = longest_stream(pathlib.Path(options.data, STREAMS[name]))

    def inflate():
        state, piece = zlib.decompressobj(), 1 << 16
        for at in range(0, len(stream), piece):
            state.decompress(stream[at : at + piece])

    print_seconds(name, inflate, options.repeats)


def run_peer(name, options):
    import_peers()
    if name in ARRAYS:
        file, load = ARRAYS[name]
        path = pathlib.Path(options.data, "arrays", file)
    else:
        folder, layout = peers.LOAD[name]
        load = peers.load_dem if layout == "dem" else peers.load_gbu
        path = pathlib.Path(options.data, folder)
    print_seconds(name, lambda: load(path), options.repeats)


def run(command):
    """Its seconds by workload, and its peak memory in MiB."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"compare_load: {' '.join(command)} failed")
    return json.loads(output)["results"][0], usage.ru_maxrss / 1024


def measure(name, options):
    """Seconds and peak MiB of dem, the floors and the peer, and the number of images."""
    bench = [options.bench, "--json", "--repeats", str(options.repeats), "--data", options.data]
    bench += ["--threads", str(options.threads), "--filter"]
    commands = {"dem": bench + [name]}
    peer = [sys.executable, __file__, "--data", options.data, "--repeats", str(options.repeats)]
    if name in STREAMS:
        commands["zlib"] = peer + ["--zlib", name]
    elif name not in CHUNKED:  # of these zlib would inflate one stream after another
        commands["pass"] = bench + ["floor/" + name.split("/")[1]]
    commands["peer"] = peer + ["--peer", name]
    seconds, peaks = {c: [] for c in commands}, {c: 0 for c in commands}
    for _ in range(options.rounds):
        for contestant, command in commands.items():
            result, peak = run(command)
            seconds[contestant] += result["seconds"]
            if contestant == "dem":
                images = result["work"]
            peaks[contestant] = max(peaks[contestant], peak)
    return seconds, peaks, images


def sizes(name, images):
    """Bytes of the features as stored, and MiB of their float32 array."""
    count = images * (2048 if "gbu" in name else DIM)
    return count * (4 if name.endswith("f32") else 8), count * 4 / MIB


def line(name, seconds, peaks, images):
    middle = {c: statistics.median(s) for c, s in seconds.items()}
    least = {c: min(s) for c, s in seconds.items()}
    stored, array = sizes(name, images)
    floor = next((f for f in ("zlib", "pass") if f in middle), None)
    to_floor = f"{middle['dem'] / middle[floor]:.2f} x {floor}" if floor else ""
    return (
        f"| {name[5:]} | {middle['dem']:.3f} s (min {least['dem']:.3f}) | {stored / middle['dem'] * 1e-9:.2f} GB/s "
        f"| {to_floor} | {middle['peer']:.3f} s (min {least['peer']:.3f}) "
        f"| {middle['peer'] / middle['dem']:.2f} x ({least['peer'] / least['dem']:.2f} x) "
        f"| {array:.0f} | {peaks['dem'] - array:+.0f} | {peaks['peer'] - array:+.0f} |"
    )


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bench", default="build/release/bench/dem_bench")
    parser.add_argument("--data", required=True, help="folder for the files")
    parser.add_argument("--filter", default="", help="workloads whose names contain this")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3, help="timed runs a process")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--busy", action="store_true", help="beside a process that spins on a core")
    parser.add_argument("--peer", default="", help=argparse.SUPPRESS)
    parser.add_argument("--zlib", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    options = parse_arguments()
    if options.peer:
        run_peer(options.peer, options)
        return
    if options.zlib:
        run_zlib(options.zlib, options)
        return
    compare.make_load_data(options, ["scipy"])
    make_arrays(options.data)
    listing = [options.bench, "--list", "--data", options.data]
    listed = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
    options.names = [entry.split()[0] for entry in listed.splitlines()]
    before = os.getloadavg()[0]
    lines = []
    with busy_core(options.busy):
        for name in options.names:
            if name.startswith("load/") and options.filter in name:
                print(f"compare_load: {name}", file=sys.stderr)
                lines.append(line(name, *measure(name, options)))
    busy = ", one busy core" if options.busy else ""
    print(f"- {options.threads} threads{busy}, {options.rounds} rounds of {options.repeats} runs, in turn; load "
          f"average before and after: {before:.1f}, {os.getloadavg()[0]:.1f}\n")
    print("| workload | dem | stored numbers | to its floor | SciPy, h5py | dem is (by minima) "
          "| array, MiB | peak of dem | peak of the peer |")
    print("|-|-|-|-|-|-|-|-|-|")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
