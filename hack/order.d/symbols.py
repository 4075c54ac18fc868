"""Names what was visited of a program: symbols.py PROGRAM VISITS... -- TOUCHES...

VISITS are lists of places of code (steps.c), TOUCHES are traces of memory by valgrind's lackey. Functions
come first, then data; of each, what most verbs go through, then in the order of the first visit.
"""

import bisect
import collections
import subprocess
import sys


def symbols(program, kinds):
    listed = subprocess.run(["nm", "--numeric-sort", program], capture_output=True, text=True, check=True)
    found = (line.split() for line in listed.stdout.splitlines())
    return [(int(words[0], 16), words[2]) for words in found if len(words) == 3 and words[1] in kinds]


def visits(file):
    for line in open(file):
        yield int(line, 16)


def touches(file):
    """Loads, stores and both, as ' L 04025310,8'; beside them lackey tells every instruction."""
    for line in open(file, errors="replace"):
        if line[:3] in (" L ", " S ", " M "):
            yield int(line[3:line.index(",")], 16)


def ordered(table, first, last, places, files):
    starts = [start for start, _ in table]
    verbs, order = collections.Counter(), {}
    for file in files:
        seen = set()
        for place in places(file):
            if first <= place < last:
                name = table[bisect.bisect_right(starts, place) - 1][1]
                order.setdefault(name, len(order))
                seen.add(name)
        verbs.update(seen)
    return sorted(verbs, key=lambda name: (-verbs[name], order[name]))


def main(program, *files):
    middle = files.index("--")
    everything = symbols(program, "tTwWiIdDrRbBVvuA")
    code = symbols(program, "tTwWi")
    data = symbols(program, "dDrRbBVvu")
    ends = {name: start for start, name in everything}
    print("\n".join(ordered(code, code[0][0], ends["etext"], visits, files[:middle])))
    print("\n".join(ordered(data, ends["etext"], ends["_end"], touches, files[middle + 1:])))


main(*sys.argv[1:])
