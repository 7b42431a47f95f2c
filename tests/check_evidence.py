"""docs/check_evidence.py says yes to evidence as it was written, and no to each way in which it was changed.

    python3 tests/check_evidence.py --binary target/debug/shardproof
"""

import argparse
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
