"""Turns the timer's samples into a table of medians, minimums and ratios: table.py FILE

Fails when docklock or the floor could not do what was measured; a missed limit is printed as missed.
"""

import statistics
import sys

MEASURES = [
    # measure, what it is, limit against crun, limit against the floor
    ("run", "run /bin/true", 0.5, 1.4),
    ("run-profile", "run, podman's profile", 0.25, 1.4),
    ("create", "create", 0.7, None),
    ("start", "start", 0.7, None),
    ("state", "state", 0.7, None),
    ("exec", "exec /bin/true", 0.7, None),
    ("delete", "delete", 0.7, None),
]
SUBJECTS = ["docklock", "crun", "runc", "floor"]


def read(path):
    times, memory, failed = {}, {}, {}
    for line in open(path):
        measure, subject, *rest = line.split()
        key = (measure, subject)
        if rest == ["failed"]:
            failed[key] = failed.get(key, 0) + 1
        else:
            times.setdefault(key, []).append(float(rest[0]) / 1000)
            memory.setdefault(key, []).append(int(rest[1]))
    return times, memory, failed


def verdict(ratio, limit):
    return f"{ratio:5.2f} of {limit:<4} {'held' if ratio <= limit else 'missed'}"


def compare(values, key, other, limit, pick):
    ours, theirs = values.get((key, "docklock")), values.get((key, other))
    if limit is None or not ours or not theirs:
        return "-"
    return verdict(pick(ours) / pick(theirs), limit)


def row(*cells):
    print("{:<22}{:>14}{:>14}{:>14}{:>14}   {:<22}{:<22}".format(*cells).rstrip())


def table(title, values, form, pick, measures):
    row(title, *SUBJECTS, "against crun", "against the floor")
    for key, text, crun, floor in measures:
        cells = [form(values[key, name]) if (key, name) in values else "-" for name in SUBJECTS]
        against = compare(values, key, "crun", crun, pick), compare(values, key, "floor", floor, pick)
        row(text, *cells, *against)
    print()


def main(path):
    times, memory, failed = read(path)
    table("ms, median (min)", times, lambda v: f"{statistics.median(v):.2f} ({min(v):.2f})",
          statistics.median, MEASURES)
    peaks = [(key, text, 1.0, None) for key, text, _, _ in MEASURES]
    table("peak memory, KB", memory, lambda v: str(max(v)), max, peaks)
    for name in ("docklock", "crun"):
        first, last = times.get(("alive-first", name)), times.get(("alive-last", name))
        if first and last:
            early, late = statistics.median(first), statistics.median(last)
            print(f"create and start, all alive, {name}: first ten {early:.2f} ms, last ten {late:.2f} ms:"
                  f" {verdict(late / early, 1.1) if name == 'docklock' else f'{late / early:5.2f}'}")
    for (measure, name), times_failed in sorted(failed.items()):
        print(f"{name}: {measure} failed {times_failed} times")
    if any(name in ("docklock", "floor") for _, name in failed):
        raise SystemExit(1)


main(sys.argv[1])
