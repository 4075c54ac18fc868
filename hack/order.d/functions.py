"""Names the functions that were visited: functions.py PROGRAM VISITS...

Those that most verbs go through come first, then in the order of their first visit.
"""

import bisect
import collections
import subprocess
import sys


def symbols(program):
    listed = subprocess.run(["nm", "--numeric-sort", program], capture_output=True, text=True, check=True)
    found = (line.split() for line in listed.stdout.splitlines())
    return [(int(words[0], 16), words[2]) for words in found if len(words) == 3 and words[1] in "tTwWi"]


def main(program, files):
    table = symbols(program)
    starts = [start for start, _ in table]
    verbs, first = collections.Counter(), {}
    for file in files:
        visited = set()
        for line in open(file):
            name = table[bisect.bisect_right(starts, int(line, 16)) - 1][1]
            first.setdefault(name, len(first))
            visited.add(name)
        verbs.update(visited)
    print("\n".join(sorted(verbs, key=lambda name: (-verbs[name], first[name]))))


main(sys.argv[1], sys.argv[2:])
