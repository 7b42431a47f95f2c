#!/usr/bin/env python3
"""The draw of shards once more, written from docs/formats.md and not from the code.

Usage: tests/draw.py PROGRAM. Makes listings of equal, unequal and lone folders, lets PROGRAM draw from them, and fails
where another draw, another digest or other strata come out here. Needs nothing but Python.
"""

import hashlib
import json
import random
import subprocess
import sys
import tempfile

METHOD = "stratified-sha256-1"
BEFORE = "# shardproof draw "
ROOT = "crawl-data/CC-MAIN-2024-22/"


def sha256(text):
    return hashlib.sha256(text.encode())


def draw(addresses, n, seed):
    addresses = sorted(addresses, key=str.encode)
    parts = [address.split("/") for address in addresses]
    shared = 0
    while all(len(part) > shared + 1 and part[shared] == parts[0][shared] for part in parts):
        shared += 1
    names = ["/".join(part[shared:]) for part in parts]

    groups, folder_before = [], None
    for name in names:
        folder = name.rpartition("/")[0]
        if folder != folder_before or not groups:
            groups.append(0)
        groups[-1] += 1
        folder_before = folder
    if len(groups) == 1:
        groups = [1] * len(names)

    total = len(names)
    wanted = max(1, min(n // 2, 100, len(groups)))
    sizes, closed, size = [], 0, 0
    for group in groups:
        size += group
        if (closed + size) * wanted >= (closed * wanted // total + 1) * total:
            sizes.append(size)
            closed += size
            size = 0
    if size:
        sizes.append(size)

    counts = [min(2, size, n) for size in sizes]
    while sum(counts) < n:
        open_ones = [at for at in range(len(sizes)) if counts[at] < sizes[at]]
        counts[max(open_ones, key=lambda at: (sizes[at] * n - counts[at] * total, -at))] += 1

    drawn, start = [], 0
    for size, count in zip(sizes, counts):
        ranked = sorted(
            range(start, start + size),
            key=lambda at: sha256(f"{METHOD}\n{seed}\n{names[at]}\n").digest(),
        )
        drawn += sorted(ranked[:count])
        start += size
    told = {
        "population": total,
        "n": n,
        "seed": seed,
        "method": METHOD,
        "plan_sha256": sha256("\n".join(names)).hexdigest(),
        "drawn_sha256": sha256("\n".join(names[at].rpartition("/")[2] for at in drawn)).hexdigest(),
        "strata": [{"population": size, "drawn": count} for size, count in zip(sizes, counts)],
    }
    return told, [addresses[at] for at in drawn]


def main(program):
    chance = random.Random(5)
    checked = 0
    for sizes in ([70] * 100, [1], [40], [3, 700, 2, 2, 90], [1] * 30, [chance.randint(1, 60) for _ in range(150)]):
        paths = [
            f"{ROOT}segments/{1000 + segment}.{segment % 7}/wet/CC-{segment}-{number:05}.warc.wet.gz"
            for segment, size in enumerate(sizes)
            for number in range(size)
        ]
        with tempfile.NamedTemporaryFile("w", suffix=".paths") as listing:
            listing.write("\n".join(paths) + "\n")
            listing.flush()
            for n in sorted({1, 2, 3, 7, 50, 333, len(paths)}):
                for seed in ("7", "tirage du 1er mars à midi"):
                    if n > len(paths):
                        continue
                    command = [program, "shards", "commoncrawl", "CC-MAIN-2024-22", "wet", "--paths", listing.name]
                    command += ["--sample", str(n), "--seed", seed]
                    first, *rest = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
                    theirs = json.loads(first.removeprefix(BEFORE)), rest
                    ours = draw(["https://data.commoncrawl.org/" + path for path in paths], n, seed)
                    if theirs != ours:
                        sys.exit(f"{len(sizes)} folders, {n} drawn, seed {seed}: the draws differ")
                    checked += 1
    print(f"{checked} draws are the same by a second implementation")


if __name__ == "__main__":
    main(sys.argv[1])
