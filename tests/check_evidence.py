"""docs/check_evidence.py says yes to evidence as it was written, and no to each way in which it was changed.

    python3 tests/check_evidence.py --binary target/debug/shardproof
"""

import argparse
import csv
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHECK = ROOT / "docs" / "check_evidence.py"


def check(evidence: pathlib.Path, shards: pathlib.Path) -> tuple[int, str]:
    done = subprocess.run([sys.executable, CHECK, evidence, shards], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def expect(what: str, evidence: pathlib.Path, shards: pathlib.Path, code: int, words: str) -> None:
    got, said = check(evidence, shards)
    assert got == code and words in said, f"{what}: exit {got}, expected {code} and `{words}` in\n{said}"
    print(f"ok  {what}: exit {code}")


def flipped(path: pathlib.Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def signed_again(evidence: pathlib.Path) -> None:
    """Whoever changes a table can write its digest anew, and that of the manifest."""
    manifest = json.loads((evidence / "manifest.json").read_bytes())
    for output in manifest["outputs"]:
        data = (evidence / output["path"]).read_bytes()
        output |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    data = json.dumps(manifest).encode()
    (evidence / "manifest.json").write_bytes(data)
    (evidence / "manifest.sha256").write_text(hashlib.sha256(data).hexdigest() + "  manifest.json\n")


def forged(table: str, change):
    """A change of a table's rows under digests that fit it."""

    def forge(evidence: pathlib.Path) -> None:
        path = evidence / f"{table}.csv"
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        columns = list(rows[0])
        change(rows)
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        signed_again(evidence)

    return forge


def whole_without_found(rows: list) -> int:
    return next(at for at, row in enumerate(rows) if row["status"] == "whole" and row["found"] == "0")


def one_more(rows: list, at: int, *columns: str) -> None:
    rows[at].update({column: str(int(rows[at][column]) + 1) for column in columns})


FORGERIES = [
    ("a row twice", "matches", lambda rows: rows.append(rows[0]), "stands there twice"),
    ("a row of no shard", "matches", lambda rows: rows.append(rows[0] | {"shard_sha256": "0" * 64}), "of no shard"),
    ("another title", "matches", lambda rows: rows[0].update(title="Another"), "not the match_id"),
    ("another rule", "matches", lambda rows: rows[0].update(rule="example.org"), "not the match_id"),
    ("a capture for a mirror", "matches", lambda rows: rows[0].update(match_kind="mirror"), "captures and mirrors"),
    ("a receipt less", "shards", lambda rows: rows.pop(whole_without_found(rows)), "numbers of shards"),
    ("a receipt twice", "shards", lambda rows: rows.append(rows[0]), "numbers of shards"),
    ("more clear records", "shards", lambda rows: one_more(rows, 0, "clear", "content_records", "records"), "manifest.json: clear"),
    ("a whole shard with gaps", "shards", lambda rows: rows[0].update(status="partial"), "numbers of shards"),
    ("no number", "shards", lambda rows: rows[0].update(clear="x"), "not of the form"),
    ("a count in presence", "presence", lambda rows: one_more(rows, 0, "captures"), "presence.csv:"),
    ("a row less in presence", "presence", lambda rows: rows.pop(0), "presence.csv:"),
    ("a title less in publishers", "publishers", lambda rows: rows.remove(next(row for row in rows if row["captures"] == "0")), "no row for"),
    ("a count in publishers", "publishers", lambda rows: one_more(rows, 0, "captures"), "publishers.csv:"),
]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    binary = parser.parse_args().binary.resolve()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        shards = shutil.copytree(ROOT / "fixtures" / "shards", work / "shards")
        scan = [binary, "scan", shards, "-d", ROOT / "fixtures" / "publishers.csv", "--keep-records", "--quiet", "-o"]
        done = subprocess.run([*scan, work / "all"], check=False)
        assert done.returncode == 3, "one of the fixtures has no addresses"
        expect("zstd is not passed over in silence", work / "all", shards, 3, "zstd")
        for path in shards.rglob("*.zst"):
            path.unlink()
        subprocess.run([*scan, work / "good"], check=False)
        expect("as it was written", work / "good", shards, 0, "0 things are wrong")

        def tampered(what: str, change, words: str) -> None:
            evidence = shutil.copytree(work / "good", work / "bad")
            change(evidence)
            expect(what, evidence, shards, 1, words)
            shutil.rmtree(evidence)

        kept = next((work / "good" / "records").iterdir()).name
        tampered("a byte of a table", lambda at: flipped(at / "publishers.csv", 300), "publishers.csv: altered")
        tampered("a byte of a kept record", lambda at: flipped(at / "records" / kept, 40), f"records/{kept}: altered")
        tampered("a byte of the manifest", lambda at: flipped(at / "manifest.json", 30), "manifest.json")
        tampered("a digit of its digest", lambda at: flipped(at / "manifest.sha256", 3), "manifest.json")
        tampered("a file less", lambda at: (at / "presence.csv").unlink(), "presence.csv: missing")
        tampered("a file more", lambda at: (at / "more.csv").write_text("x"), "more.csv: not listed")

        def without_a_row(at: pathlib.Path) -> None:
            lines = (at / "matches.csv").read_text().splitlines(keepends=True)
            (at / "matches.csv").write_text("".join(lines[:3] + lines[4:]))

        def another_sum(at: pathlib.Path) -> None:
            text = (at / "shards.csv").read_text()
            (at / "shards.csv").write_text(text.replace("member_per_record,address,bodies", "member_per_record,address,x", 1))

        def linked(at: pathlib.Path) -> None:
            (at / "publishers.csv").rename(work / "publishers.csv")
            (at / "publishers.csv").symlink_to(work / "publishers.csv")

        tampered("a link", linked, "publishers.csv: a link")
        tampered("an empty folder", lambda at: (at / "empty").mkdir(), "empty: not listed")
        tampered("no table", lambda at: (at / "matches.csv").unlink(), "matches.csv: missing")
        tampered("no digest", lambda at: (at / "manifest.sha256").unlink(), "manifest.json")
        def column_twice(name: str, column: str):
            def change(at: pathlib.Path) -> None:
                with open(at / name, newline="", encoding="utf-8") as file:
                    rows = list(csv.reader(file))
                index = rows[0].index(column)
                with open(at / name, "w", newline="", encoding="utf-8") as file:
                    # The second one says what it said before, the first one something else.
                    rows = [[*row[:index], column if number == 0 else "9", *row[index:]] for number, row in enumerate(rows)]
                    csv.writer(file, lineterminator="\n").writerows(rows)
                signed_again(at)

            return change

        for name, column in (("matches.csv", "title"), ("shards.csv", "clear"), ("publishers.csv", "captures"), ("presence.csv", "captures")):
            tampered(f"a column twice in {name}", column_twice(name, column), f"{name}: the column {column} stands twice")
        for what, table, change, words in FORGERIES:
            tampered(what, forged(table, change), words)
        redacted = subprocess.run([binary, "redact", work / "good", "-o", work / "shared"], check=False)
        assert redacted.returncode == 0
        expect("a redacted copy", work / "shared", shards, 0, "0 things are wrong")
        tampered("a row less", without_a_row, "not a row for each record")
        tampered("a cell", another_sum, "shards.csv: altered")
        for name in ("CC-MAIN-20240517233122-20240518023122-00000.warc.gz", "c4-train.00000-of-01024.json.gz"):
            path = next(shards.rglob(name))
            whole = path.read_bytes()
            flipped(path, len(whole) // 2)
            expect(f"another {name}", work / "good", shards, 3, "no such shard with this SHA-256")
            path.unlink()
            expect(f"no {name}", work / "good", shards, 3, "no such shard with this SHA-256")
            path.write_bytes(whole)
        subprocess.run([*scan, work / "unhashed", "--shard-hash", "none"], check=False)
        expect("without hashes of the shards", work / "unhashed", shards, 0, "0 things are wrong")
        # The rows that README.md and docs/evidence.md name.
        places = {"CC-MAIN-2024-22/warc/CC-MAIN-20240517233122-20240518023122-00000.warc.gz": 1079 + 100}
        places["oscar-22.01/fr_meta/fr_meta_part_1.jsonl.gz"] = 400
        for name, at in places.items():
            path = shards / name
            whole = path.read_bytes()
            flipped(path, at)
            expect(f"other bytes in {path.name}", work / "unhashed", shards, 1, "the bytes at")
            path.write_bytes(whole)
        expect("as it was again", work / "good", shards, 0, "0 things are wrong")


if __name__ == "__main__":
    main()
