#!/usr/bin/env python3
"""Measures the matching on labelled records and says no when a target is missed.

    python3 tests/matching_benchmark.py --binary target/release/shardproof --benchmark ../shared/matching-benchmark
    python3 tests/matching_benchmark.py --self-test

Makes fingerprints of the benchmark's articles, scans its records with the private side file and with the shareable
file alone, has the benchmark's own `score.py` judge the rows, and prints a table for each. `--table docs/benchmarks.md`
writes the tables between the two marks of that file. Exit codes: 0 all targets are met, or the benchmark is not there
(a line says so); 1 a target is missed; 2 something could not be run. The standard library of Python 3.11 is enough.
"""

import argparse
import csv
import dataclasses
import datetime
import json
import pathlib
import re
import subprocess
import sys
import tempfile

SHAPES = ("c4", "oscar", "warc", "wet")
FILES = {"side": "With the side file", "alone": "Shareable file alone"}
BEGIN, END = "<!-- matching-benchmark begin -->", "<!-- matching-benchmark end -->"
ALL = "all"

# File, kinds, measure, bound. A recall is asked for over all shapes and in each of them; `precision` and `recall` of
# "all" follow from the scorer's totals. `false` counts pairs, `false %` is their share of those that must not be accused,
# `other class` counts pairs of agency text without a row of the class `shared` or `agency`.
AT_LEAST = {"precision", "recall"}
TARGETS = [
    ("side", [ALL], "precision", 0.999),
    ("side", [ALL], "recall", 0.985),
    ("alone", [ALL], "precision", 0.999),
    ("alone", [ALL], "recall", 0.955),
    ("side", ["full", "full_host", "partial75", "partial50", "edit02", "edit05", "interleaved"], "recall", 0.995),
    ("side", ["partial25", "teaser", "typography"], "recall", 0.99),
    ("side", ["edit10"], "recall", 0.985),
    ("side", ["edit20"], "recall", 0.85),
    ("side", ["mojibake"], "recall", 0.95),
    ("side", ["quote", "boilerplate", "notice", "natural", "unrelated"], "false", 0),
    ("side", ["statement"], "false %", 2),
    ("side", ["agency", "agency_single"], "other class", 0),
]


@dataclasses.dataclass
class Kind:
    """What the scorer says of one kind of pairs. `recall` has the shapes and `all`; it is empty for kinds without."""

    pairs: int
    recall: dict
    false: float | None = None
    false_share: float | None = None
    other_class: int = 0


@dataclasses.dataclass
class Score:
    kinds: dict
    precision: float
    recall: float
    summary: str


def measured(score, kind, measure):
    """The values that a target is held against, with the shape each is of; None where there is no value."""
    if kind == ALL:
        return {ALL: getattr(score, measure)}
    found = score.kinds.get(kind)
    if found is None:
        return {ALL: None}
    if measure == "recall":
        return {ALL: found.recall.get(ALL)} | {shape: found.recall.get(shape) for shape in SHAPES}
    if measure == "other class":
        return {ALL: found.other_class}
    if measure == "false %":
        return {ALL: found.false_share}
    return {ALL: found.false}


def misses(scores):
    """The targets that are missed, a sentence each. What was not measured is missed."""
    lines = []
    for file, kinds, measure, bound in TARGETS:
        for kind in kinds:
            for shape, value in measured(scores[file], kind, measure).items():
                is_met = value is not None and (value >= bound if measure in AT_LEAST else value <= bound)
                if not is_met:
                    place = "" if shape == ALL else f" in {shape}"
                    relation = "at least" if measure in AT_LEAST else "at most"
                    shown = "not measured" if value is None else f"{value:g}"
                    lines.append(f"{FILES[file].lower()}: {measure} of {kind}{place}: {shown}, wanted {relation} {bound:g}")
    return lines


def parse(text):
    """Reads what `score.py --by shape` prints."""
    tables = text.split("recall by shape")
    if len(tables) != 2:
        raise ValueError("the scorer prints no table by shape")
    kinds, total = {}, None
    for line in tables[0].splitlines():
        cells = line.split()
        if line.startswith("all:"):
            total = line
        elif len(cells) == 9 and cells[1].isdigit():
            recall = {} if cells[4] == "-" else {ALL: float(cells[4])}
            false, share = (None if cell == "-" else float(cell) for cell in cells[5:7])
            kinds[cells[0]] = Kind(int(cells[1]), recall, false, share)
    header, *rows = tables[1].strip().splitlines()
    shapes = header.split()[1:]
    for kind, *cells in (line.split() for line in rows if line.strip()):
        kinds[kind].recall |= {shape: float(cell) for shape, cell in zip(shapes, cells) if cell != "-"}
    if total is None:
        raise ValueError("the scorer prints no total")
    right, missed, false = (int(number) for number in re.findall(r"(?:accusations|missed) (\d+)", total))
    precision, recall = right / max(right + false, 1), right / max(right + missed, 1)
    return Score(kinds, precision, recall, total.removeprefix("all: "))


def table(name, score):
    """One table in Markdown."""
    cell = lambda value: "" if value is None else f"{value:.3f}"
    lines = [f"**{name}:** {score.summary}.", ""]
    lines.append("| kind | pairs | recall | " + " | ".join(SHAPES) + " | false | false % |")
    lines.append("|---|" + "--:|" * (len(SHAPES) + 4))
    for kind, found in score.kinds.items():
        recalls = " | ".join(cell(found.recall.get(place)) for place in (ALL, *SHAPES))
        false = "" if found.false is None else f"{found.false:g}"
        share = "" if found.false_share is None else f"{found.false_share:.2f}"
        lines.append(f"| {kind} | {found.pairs} | {recalls} | {false} | {share} |")
    return "\n".join(lines)


def run(command):
    """Runs a program that must succeed, and returns what it prints."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"`{' '.join(map(str, command))}` ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def scored(binary, benchmark, folder, name, private):
    """Scans, and lets the benchmark's scorer judge the rows."""
    shards = [benchmark / "data" / shape for shape in SHAPES]
    evidence, matches = folder / name, folder / f"{name}.csv"
    run([binary, "scan", "-q", *shards, "-f", folder / "articles.fpr", *private, "-o", evidence])
    csv.field_size_limit(1 << 30)
    with open(evidence / "matches.csv", newline="", encoding="utf-8") as file:
        rows = [
            (row["article_id"], json.loads(row["archive_url"]), row["article_coverage"], row["class"])
            for row in csv.DictReader(file)
        ]
    with open(matches, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["article_id", "record_id", "coverage", "class"])
        writer.writerows(rows)
    score = parse(run([sys.executable, benchmark / "score.py", benchmark / "labels.csv", matches, "--by", "shape"]))
    shared = {(article, url) for article, url, _, kind in rows if kind in ("shared", "agency")}
    with open(benchmark / "labels.csv", newline="", encoding="utf-8") as file:
        for label in csv.DictReader(file):
            if label["expect"] == "shared" and (label["article_id"], label["url"]) not in shared:
                score.kinds[label["kind"]].other_class += 1
    return score


def measure(binary, benchmark):
    """The scores of both files."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        side = ["--private", folder / "articles.fpx"]
        run([binary, "fingerprint", "-q", benchmark / "data" / "articles.jsonl", "-o", folder / "articles.fpr", *side])
        return {file: scored(binary, benchmark, folder, file, side if file == "side" else []) for file in FILES}


def write_between_marks(path, text):
    """Replaces what stands between the two marks of a file."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, behind = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"`{path}` lacks the marks `{BEGIN}` and `{END}`")
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{behind}", encoding="utf-8")


SAMPLE = """kind            pairs  accused  noted   recall  false  false%  covMAE  in .10
full              310      310      0    1.000      -       -   0.001    1.00
quote             155        1    121        -      1    0.65       -       -

all: true accusations 2052, missed 4, false accusations 1, precision 0.9995, recall 0.9981, F1 0.9990
records with at least one false accusation: 1

recall by shape
kind                 c4    oscar     warc      wet
full              0.990        -    1.000    1.000
"""


def perfect():
    """Scores that meet every target exactly."""
    scores = {file: Score({}, 0.0, 0.0, "") for file in FILES}
    for file, kinds, measure, bound in TARGETS:
        for kind in kinds:
            if kind == ALL:
                setattr(scores[file], measure, bound)
                continue
            found = scores[file].kinds.setdefault(kind, Kind(50, {}, 0, 0.0))
            if measure == "recall":
                found.recall = dict.fromkeys((ALL, *SHAPES), bound)
            elif measure == "false %":
                found.false_share = bound
            elif measure == "false":
                found.false = bound
    return scores


def self_test():
    """Each target says no to a score just below it, and to it alone."""
    assert misses(perfect()) == [], misses(perfect())
    checks = 0
    for file, kinds, measure, _ in TARGETS:
        for kind in kinds:
            places = (ALL, *SHAPES) if measure == "recall" and kind != ALL else (ALL,)
            for place in places:
                scores = perfect()
                score, found = scores[file], scores[file].kinds.get(kind)
                if kind == ALL:
                    setattr(score, measure, getattr(score, measure) - 0.001)
                elif measure == "recall":
                    found.recall[place] -= 0.001
                elif measure == "other class":
                    found.other_class = 1
                elif measure == "false %":
                    found.false_share += 0.01
                else:
                    found.false += 1
                said = misses(scores)
                assert len(said) == 1 and f"{measure} of {kind}" in said[0], (file, kind, measure, said)
                checks += 1
            if kind != ALL:
                scores = perfect()
                del scores[file].kinds[kind]
                assert any(f"of {kind}: not measured" in line for line in misses(scores)), (file, kind)
                checks += 1
    score = parse(SAMPLE)
    assert (score.precision, score.recall) == (2052 / 2053, 2052 / 2056)
    assert score.kinds["full"] == Kind(310, {ALL: 1.0, "c4": 0.99, "warc": 1.0, "wet": 1.0}, None)
    assert score.kinds["quote"] == Kind(155, {}, 1, 0.65)
    assert "| full | 310 | 1.000 | 0.990 |  | 1.000 | 1.000 |  |  |" in table("x", score)
    for broken in ("", SAMPLE.replace("all:", ""), SAMPLE.replace("recall by shape", "")):
        try:
            parse(broken)
        except ValueError:
            checks += 1
        else:
            raise AssertionError("a scorer that prints something else is believed")
    print(f"self-test: {checks} checks said no where they had to")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, help="the program to measure")
    parser.add_argument("--benchmark", type=pathlib.Path, help="folder with data/, labels.csv and score.py")
    parser.add_argument("--table", type=pathlib.Path, help="write the tables between the marks of this file")
    parser.add_argument("--self-test", action="store_true", help="show that each target can be missed")
    args = parser.parse_args()
    if args.self_test:
        self_test()
        return 0
    if not args.binary or not args.benchmark:
        parser.error("--binary and --benchmark are needed")
    if not (args.benchmark / "labels.csv").is_file():
        print(f"skipped: `{args.benchmark}` holds no benchmark; the matching was not measured")
        return 0
    try:
        version = run([args.binary, "--version"]).strip()
        scores = measure(args.binary, args.benchmark)
        tables = "\n\n".join(table(FILES[file], score) for file, score in scores.items())
        print(tables)
        if args.table:
            date = datetime.date.today().isoformat()
            write_between_marks(args.table, f"Measured {date} with `{version}`.\n\n{tables}")
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    missed = misses(scores)
    print("\n" + "\n".join([f"missed: {line}" for line in missed] or ["all targets are met"]))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
