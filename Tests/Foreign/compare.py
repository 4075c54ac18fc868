"""Compares a foreign suite's results with what its own runtime achieves.

compare.py [--record] SUITE DIRECTORY [FILE...]

SUITE is crun, runc, rootless or one of the guest's (runc-systemd); DIRECTORY holds FILE.tap (and FILE.err)
of each test file; rootless has them in a folder for each set of features, whose differences are named once.
The reference is SUITE.txt beside this program, lines of "pass|fail|skip | file | test", written by --record
from results of the suite's own runtime. differences.txt lists "suite | file | test | reason" where another
result is right.
"""

import os
import re
import sys

HOME = os.path.dirname(os.path.abspath(__file__))
LINE = re.compile(r"^(ok|not ok) +\d+ *(?:- )?(.*)$")
SKIP = re.compile(r"^(.*?) *# ?(?:SKIP|skip)(?: .*)?$")
REMARK = re.compile(r"^(.*?) # (?:timeout after|in \d+).*$")


def owner(suite):
    """The runtime that a suite belongs to: runc-systemd is runc's, in the guest of hack/vm."""
    return "runc" if suite == "rootless" else suite.split("-")[0]


def results_of(directory, file):
    """The results of one TAP file, in its order, and the remarks that followed each failure."""
    results, remarks, failed = {}, {}, None
    with open(os.path.join(directory, file + ".tap"), errors="replace") as lines:
        for line in lines:
            line = line.rstrip("\r\n")
            match = LINE.match(line)
            if not match:
                if failed and line.startswith("#"):
                    remarks[failed].append(line)
                continue
            name, failed = match.group(2), None
            skipped = SKIP.match(name)
            late = REMARK.match(name)
            name = (skipped or late).group(1) if skipped or late else name
            if match.group(1) == "not ok":
                results[name], failed = "fail", name
                remarks[name] = [line] if late else []
            else:
                results[name] = "skip" if skipped else "pass"
    return results, remarks


def rows_of(path, width):
    """The rows of a list of ours; a wrong line is an error, never ignored."""
    rows = []
    with open(path) as lines:
        for number, line in enumerate(lines, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            row = [field.strip() for field in line.split(" | ")]
            if len(row) != width:
                sys.exit(f"{path}:{number}: {len(row)} fields where {width} belong")
            rows.append(row)
    return rows


def record(suite, directory):
    files = sorted(os.path.relpath(os.path.join(folder, name), directory)[:-4]
                   for folder, _, names in os.walk(directory) for name in names if name.endswith(".tap"))
    with open(os.path.join(HOME, suite + ".txt"), "w") as out:
        out.write(f"# What Debian's {owner(suite)} achieves in its own suite: "
                  "written by --record.\n")
        for file in files:
            results, _ = results_of(directory, file)
            for name, result in results.items():
                out.write(f"{result} | {file} | {name}\n")


def compare(suite, directory, only):
    justified, own = {}, set()
    for where, file, name, reason in rows_of(os.path.join(HOME, "differences.txt"), 4):
        if where in (suite, owner(suite)):
            justified[file, name] = reason
            own.update([(file, name)] if where == suite else [])
    rows = rows_of(os.path.join(HOME, suite + ".txt"), 3)
    unknown = own - {(os.path.basename(file), name) for _, file, name in rows}
    for file, name in sorted(unknown):
        print(f"differences.txt names a test that {suite}'s suite lacks: {file}: {name}")

    counts = {"pass": 0, "fail": 0, "skip": 0}
    seen, broken, excused = {}, [], 0
    for expected, file, name in rows:
        base = os.path.basename(file)
        if only and base not in only and file not in only:
            continue
        if file not in seen:
            exists = os.path.exists(os.path.join(directory, file + ".tap"))
            seen[file] = results_of(directory, file) if exists else ({}, {})
        result = seen[file][0].pop(name, "missing")
        if result == expected or result == "pass" or expected == "fail":
            if result == "pass" and expected == "fail":
                print(f"passes, where {suite} fails: {file}: {name}")
            elif result == "pass" and (base, name) in own:
                print(f"passes, so differences.txt need not name it: {file}: {name}")
            counts["pass" if result == "pass" else "skip"] += 1
        elif (base, name) in justified:
            excused += 1
            counts["skip"] += 1
        else:
            counts["fail"] += 1
            broken.append((file, name, result, expected))
    for file, name, result, expected in broken:
        print(f"\n{result.upper()}, where {suite} has {expected}: {file}: {name}")
        for remark in seen[file][1].get(name, [])[-40:]:
            print(f"  {remark}")
    for file in sorted({file for file, _, _, _ in broken}):
        show(os.path.join(directory, file + ".err"))
    for file, (rest, _) in seen.items():
        for name, result in rest.items():
            print(f"not in {suite}.txt, {result}: {file}: {name}")
    print(f"{counts['pass']} passed, {counts['fail']} failed, {counts['skip']} skipped"
          f" ({excused} of them justified differences) in {suite}'s suite")
    return not broken and not unknown


def show(path):
    if os.path.exists(path) and os.path.getsize(path):
        print(f"\n{os.path.basename(path)}:")
        with open(path, errors="replace") as lines:
            for line in lines.readlines()[-40:]:
                print("  " + line.rstrip())


def main(arguments):
    recording = arguments[:1] == ["--record"]
    suite, directory, *only = arguments[1:] if recording else arguments
    if recording:
        record(suite, directory)
    elif not compare(suite, directory, only):
        sys.exit(1)


main(sys.argv[1:])
