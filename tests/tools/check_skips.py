#!/usr/bin/env python3
"""No test is known as skipped by what it prints: a failure that prints the same would be none.

usage: check_skips.py CTEST BUILD_FOLDER
"""
import json
import subprocess
import sys

ctest, folder = sys.argv[1:]
listed = subprocess.run([ctest, "--test-dir", folder, "--show-only=json-v1"],
                        check=True, capture_output=True, text=True).stdout
tests = json.loads(listed)["tests"]
with_property = {}
for test in tests:
    for entry in test.get("properties", []):
        with_property.setdefault(entry["name"], []).append(test["name"])
wrong = with_property.get("SKIP_REGULAR_EXPRESSION", [])
for name in wrong:
    print(f"{name}: has SKIP_REGULAR_EXPRESSION; expected SKIP_RETURN_CODE alone")
# Where CTest lists no such property at all, nothing was checked.
if not with_property.get("SKIP_RETURN_CODE"):
    sys.exit(f"no test with SKIP_RETURN_CODE among {len(tests)}")
sys.exit(1 if wrong else 0)
