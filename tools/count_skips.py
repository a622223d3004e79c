#!/usr/bin/env python3
"""Says how many tests were skipped and why, a line a reason, most first.

usage: count_skips.py FILE          FILE is what `ctest --output-junit FILE` wrote
       count_skips.py --self-test
"""
import collections
import re
import sys
import xml.etree.ElementTree as xml

# GoogleTest writes "FILE:LINE: Skipped" and the message below it; scripts say "skipped: WHY".
REASONS = [re.compile(r"^.*:\d+: Skipped\n(.+)", re.MULTILINE),
           re.compile(r"^skipped: *(.+)", re.MULTILINE)]


def reason_of(case):
    """Why a test case did not run; None where it did."""
    if case.get("status") == "disabled":
        return "disabled"
    skipped = case.find("skipped")
    if skipped is None:
        return None
    output = case.findtext("system-out") or ""
    for pattern in REASONS:
        found = pattern.search(output)
        if found:
            return found.group(1).strip()
    return "no reason given: " + skipped.get("message", "")


def report(root):
    """The lines to print for a test suite."""
    cases = root.findall(".//testcase")
    counts = collections.Counter(filter(None, map(reason_of, cases)))
    lines = [f"{sum(counts.values())} of {len(cases)} tests skipped"]
    for reason, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        lines.append(f"{count:6d}  {reason}")
    return lines


SAMPLE = """<testsuite tests="8">
<testcase name="passes" status="run"><system-out>skipped: not really</system-out></testcase>
<testcase name="fails" status="fail"><failure message=""/>
  <system-out>a.cpp:3: Skipped\nnor this</system-out></testcase>
<testcase name="A.A" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/>
  <system-out>[ RUN      ] A.A\na_test.cpp:3: Skipped\nno data\nat /here\n[  SKIPPED ] A.A</system-out></testcase>
<testcase name="A.B" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/>
  <system-out>[ RUN      ] A.B\nb_test.cpp:99: Skipped\nno data\nat /there\n</system-out></testcase>
<testcase name="script" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/>
  <system-out>some words\nskipped: No module named 'numpy'\n</system-out></testcase>
<testcase name="silent" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/></testcase>
<testcase name="gone" status="notrun"><skipped message="Unable to find executable"/></testcase>
<testcase name="off" status="disabled"><system-out>Disabled</system-out></testcase>
</testsuite>"""
EXPECTED = """6 of 8 tests skipped
     2  no data
     1  No module named 'numpy'
     1  disabled
     1  no reason given: SKIP_RETURN_CODE=77
     1  no reason given: Unable to find executable"""


def self_test():
    got = "\n".join(report(xml.fromstring(SAMPLE)))
    none = report(xml.fromstring('<testsuite><testcase status="run"/></testsuite>'))
    if got != EXPECTED or none != ["0 of 1 tests skipped"]:
        sys.exit(f"count_skips: expected\n{EXPECTED}\ngot\n{got}\nand {none}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if sys.argv[1] == "--self-test":
        self_test()
    else:
        print("\n".join(report(xml.parse(sys.argv[1]).getroot())))
