"""Compares what the two sides of hack/words said: compare.py WORK [--show] PATTERN."""

import json
import os
import re
import sys

from lines import rows

HERE = os.path.dirname(os.path.realpath(__file__))


def columns(text):
    """Runs of blanks are one: how wide a column is depends on what else stands in it."""
    return "\n".join(re.sub(r"[ \t]+", " ", line).strip() for line in text.split("\n"))


def only(pattern, word):
    return lambda text: re.sub(pattern, word, text)


# What differs from one run to the next, by the names that lines give it.
NORMALISATIONS = {
    "id": only(r"\b(sha256:)?[0-9a-f]{64}\b|\b[0-9a-f]{12}\b", "ID"),
    "time": only(
        r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?(Z|[+-]\d\d:?\d\d)( UTC)?)?"
        r"|(About |Less than )?(a|an|\d+) (second|minute|hour)s?( ago)?",
        "TIME",
    ),
    "number": only(r"\d+", "N"),
    "size": only(r"\d+(\.\d+)? ?[kKMG]?i?B\b", "SIZE"),
    "address": only(r"\b\d+\.\d+\.\d+\.\d+\b", "ADDRESS"),
    "columns": columns,
    "sort": lambda text: "\n".join(sorted(text.split("\n"))),
    # docker's names of images are short, podman's whole.
    "reference": only(r"\blocalhost/|:latest\b", ""),
    # How a terminal ends its lines, and how script(1) shows the end of its input.
    "terminal": only(r"\r|\^[@D]|\x00|\x04|\x08", ""),
    # What was said is a matter of taste: only whether it was, and the status.
    "said": lambda text: "something" if text.strip() else "nothing",
}

# What podman writes on stderr beside what it has to say, by the names that lines give it.
NOISE = {
    "progress": r"(Getting image source|Copying (blob|config)|Writing manifest|Storing signatures).*\n?",
    "log": r"(time=\"[^\"]*\" level=|failed to connect to syslog).*\n?",
}


def differences():
    """Lines that differ, with the reason."""
    found = {}
    with open(os.path.join(HERE, "differences")) as file:
        for row in file:
            if row.strip() and not row.startswith("#"):
                line, _, why = row.rstrip("\n").partition(" => ")
                found[line.strip()] = why.strip()
    return found


def apart(ours, theirs, names):
    """In what the two differ: a list of words, empty where they agree."""
    texts = [ours["out"], theirs["out"]]
    noise = theirs["err"]
    for name in names:
        if name in NOISE:
            noise = re.sub(NOISE[name], "", noise)
        else:
            texts = [NORMALISATIONS[name](text) for text in texts]
    found = []
    if ours["status"] != theirs["status"]:
        found.append(f"status {ours['status']}, theirs {theirs['status']}")
    if texts[0] != texts[1]:
        found.append("stdout")
    if bool(ours["err"].strip()) != bool(noise.strip()):
        found.append("stderr")
    return found, texts


def indented(text):
    return "".join(f"        {line!r}\n" for line in text.split("\n")[:30] if line)


def main():
    work, pattern, shows = sys.argv[1], re.compile(sys.argv[-1]), "--show" in sys.argv
    sides = []
    for side in "docklock", "podman":
        with open(os.path.join(work, side + ".json")) as file:
            sides.append(json.load(file))
    listed = differences()
    passed = failed = known = 0
    lines = list(rows(os.path.join(HERE, "lines")))
    for (line, names), ours, theirs in zip(lines, *sides):
        found, texts = apart(ours, theirs, names)
        why = listed.pop(line, None)
        good = bool(found) == bool(why)
        passed, failed, known = passed + good, failed + (not good), known + (good and bool(why))
        if pattern.search(line) and (shows or not good):
            word = "FAIL" if not good else "differs" if why else "same"
            print(f"{word:8}{line}")
            print(f"    {'; '.join(found) or 'nothing'} differs" + (f" ({why})" if why else ""))
            for name, side, text in ("docklock", ours, texts[0]), ("podman", theirs, texts[1]):
                print(f"    {name}: {side['status']} in {side['seconds']} s\n{indented(text)}", end="")
                if side["err"]:
                    print("      stderr\n" + indented(side["err"]), end="")
    for line in listed:
        failed += 1
        print(f"FAIL    listed as a difference, and no line: {line}")
    print(f"{len(lines)} lines: {passed - known} the same, {known} differ with a reason")
    print("seconds: docklock %.1f, podman %.1f" % tuple(sum(r["seconds"] for r in side) for side in sides))
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
