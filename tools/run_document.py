#!/usr/bin/env python3
"""Runs the commands of a document and compares what they print with what stands there.

usage: run_document.py DOCUMENT --program DEM [--link NAME=FOLDER ...] [--update]
       run_document.py --self-test

A block that begins with ```console holds commands ("$ ...", going on in the next line after a
backslash) and below each of them what it prints, standard error included; a line "..." stands for any
lines. All run one after another in bash in a new folder, where `examples` is the repository's and
`dem` the program. Words must be the same; numbers may differ by a fourth, or a quarter of one, since
processors do, and times by anything. A block behind a line <!-- with NAME --> runs where --link gives
that folder, and is told of as left out otherwise.

--update writes what is printed now into the document, "..." and all.
Exit status 0 where all is as it stands there, else 1.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w.]*[a-z_])")
TIMES = re.compile(r"(total time: |in )[\d.]+( s\b|$)")


def same_line(expected, got):
    expected, got = (TIMES.sub(r"\1TIME\2", line.rstrip()) for line in (expected, got))
    if NUMBER.sub("N", expected) != NUMBER.sub("N", got):
        return False
    pairs = zip(map(float, NUMBER.findall(expected)), map(float, NUMBER.findall(got)))
    return all(abs(a - b) <= 0.25 * max(1, abs(a), abs(b)) for a, b in pairs)


def same(expected, got):
    """Whether the lines agree, "..." standing for any."""
    if not expected:
        return not got
    if expected[0] == "...":
        return any(same(expected[1:], got[skipped:]) for skipped in range(len(got) + 1))
    return bool(got) and same_line(expected[0], got[0]) and same(expected[1:], got[1:])


def parse(lines):
    """(first line of the output, its end, command, link) of each command."""
    commands, link, number = [], None, 0
    while number < len(lines):
        line = lines[number]
        needed = re.fullmatch(r"<!-- with (\w+) -->", line)
        if needed:
            link = needed.group(1)
        if line != "```console":
            if line and not needed:
                link = None
            number += 1
            continue
        number += 1
        while lines[number] != "```":
            if not lines[number].startswith("$ "):
                sys.exit(f"line {number + 1}: expected a command, got {lines[number]!r}")
            command = lines[number][2:]
            while command.endswith("\\"):
                number += 1
                command += "\n" + lines[number]
            number += 1
            first = number
            while lines[number] != "```" and not lines[number].startswith("$ "):
                number += 1
            commands.append((first, number, command, link))
        link = None
        number += 1
    return commands


def run(command, folder, program):
    path = f"{pathlib.Path(program).resolve().parent}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-c", command], cwd=folder, env={**os.environ, "PATH": path},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout.splitlines()


def self_test():
    assert same(["a 1.5 b", "...", "total time: 3.1"], ["a 1.6 b", "x", "y", "total time: 99.0"])
    assert same(["..."], []) and same(["7 rows in 0.1 s, f1"], ["7 rows in 88 s, f1"])
    for expected, got in [("T1 21.1", "T1 40.0"), ("a", "b"), ("p 0.9", "p 0.5"), ("f1", "f2"),
                          ("split 11b49cd889d3ddeb", "split 11b49cd889d3ddec"), ("a b", "a")]:
        assert not same([expected], [got]), expected
    assert not same(["a"], []) and not same([], ["a"]) and not same(["a", "...", "b"], ["a", "c"])
    lines = ["<!-- with tep -->", "```console", "$ a \\", "  b", "out", "$ c", "```", "", "text", "```console",
             "$ d", "```"]
    assert parse(lines) == [(4, 5, "a \\\n  b", "tep"), (6, 6, "c", "tep"), (11, 11, "d", None)]


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("document")
    parser.add_argument("--program", required=True)
    parser.add_argument("--link", action="append", default=[])
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    document = pathlib.Path(options.document)
    lines = document.read_text().split("\n")
    links = dict(link.split("=", 1) for link in options.link)
    links["examples"] = pathlib.Path(__file__).resolve().parent.parent / "examples"
    failures, left_out, moved = 0, 0, 0
    commands = parse(lines)
    if not commands:
        sys.exit(f"{document}: expected commands, got none")
    with tempfile.TemporaryDirectory() as folder:
        for name, target in links.items():
            os.symlink(pathlib.Path(target).resolve(), pathlib.Path(folder) / name)
        for first, end, command, link in commands:
            if link and link not in links:
                left_out += 1
                continue
            status, got = run(command, folder, options.program)
            if options.update:
                lines[first + moved : end + moved] = got
                moved += len(got) - (end - first)
                continue
            expected = lines[first:end]
            if status == 0 and same(expected, got):
                continue
            failures += 1
            print(f"{document}:{first}: $ {command}\nexit status {status}; expected:")
            print("\n".join(expected) + "\ngot:\n" + "\n".join(got) + "\n")
    if options.update:
        document.write_text("\n".join(lines))
    print(f"{document}: {len(commands) - left_out} commands, {failures} not as they stand there, "
          f"{left_out} left out for want of their data")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
