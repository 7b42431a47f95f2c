#!/usr/bin/env python3
"""Runs exactly the lines that `shardproof show` prints, with curl, gunzip, zstd and sha256sum, and compares what they
print with what the row says.

    python3 tests/recipes.py --binary target/debug/shardproof

The shards in fixtures/ are scanned, and copies of them in other framing; each row is shown twice: with its shards on this
machine, and with a web server that knows ranges. Names that a shell could misread are among the shards.
"""

import argparse
import csv
import gzip
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


class Ranges(http.server.BaseHTTPRequestHandler):
    """Serves the files of a folder, whole or a range of their bytes."""

    folder = None

    def do_GET(self):
        path = self.folder / urllib.parse.unquote(self.path.lstrip("/"))
        if not path.is_file():
            self.send_error(404)
            return
        body, status = path.read_bytes(), 200
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if asked:
            first, last = map(int, asked.groups())
            total, body, status = len(body), body[first : last + 1], 206
        self.send_response(status)
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{total}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # The line wanted no more.

    def log_message(self, *_):
        pass


def shards(folder):
    """The fixtures, and shards in other framing and under odd names."""
    shutil.copytree(ROOT / "fixtures" / "shards", folder / "shards")
    warc = next((folder / "shards").glob("CC-MAIN-*/warc/*.warc.gz"))
    line = next((folder / "shards").glob("c4/en/*.json.gz"))
    odd = folder / "shards" / "odd names $(touch touched)"
    odd.mkdir()
    decoded = gzip.decompress(warc.read_bytes())
    (odd / "plain.warc").write_bytes(decoded)
    (odd / "it's one member.warc.gz").write_bytes(gzip.compress(decoded))
    lines = gzip.decompress(line.read_bytes())
    (odd / "plain lines;x.json").write_bytes(lines)
    (odd / "é & \"members\".json.gz").write_bytes(
        b"".join(gzip.compress(part) for part in lines.splitlines(keepends=True))
    )
    (odd / "crlf\x1b[2J.json.gz").write_bytes(gzip.compress(lines.replace(b"\n", b"\r\n")))
    (odd / "no end.json.gz").write_bytes(gzip.compress(lines.rstrip(b"\n")))
    subprocess.run(["zstd", "-q", "-", "-o", odd / "-lines.json.zst"], input=lines, check=True)
    return folder / "shards"


def show(binary, folder, row, *options):
    """The lines that a row is checked with, each with the hash that it must print; None for those that show the record."""
    command = [binary, "show", "evidence", row["match_id"], "--lang", "en", *options]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"error: {command}: exit {run.returncode}\n{run.stdout}{run.stderr}")
    # Two files that claim to be the same shard give equal ids: both rows are shown.
    accounts = re.split(r"^m_[0-9a-f]{24}$", run.stdout, flags=re.MULTILINE)
    account = next(text for text in accounts if row["shard_sha256"] in text)
    point, lines = "", []
    for line in account.split("How to check it with public tools alone\n")[1].splitlines():
        if line.startswith("  - "):
            point = line
        elif line.startswith("    "):
            expected = re.search(r"must print ([0-9a-f]{64})", point)
            if "by the number" in point:
                lines.append((row["record_sha256"], line.strip()))
            elif expected:
                lines.append((expected[1], line.strip()))
            elif "shows the record" in point:
                lines.append((None, line.strip()))
            else:
                sys.exit(f"error: no word on the line: {line}")
    return lines


def check(folder, row, lines):
    for expected, line in lines:
        run = subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True)
        if expected is None:
            url = json.loads(row["archive_url"]).encode()
            # A text file does not hold the address of its documents.
            found = url in run.stdout or url in run.stdout.replace(b"\\/", b"/")
            if not run.stdout or not (found or row["shard"].endswith(".txt.gz")):
                sys.exit(f"error: the record is not shown by: {line}\n{run.stdout[:300]}\n{run.stderr}")
        elif run.stdout.decode().split()[:1] != [expected] or expected == EMPTY:
            sys.exit(f"error: {line}\nprinted {run.stdout}{run.stderr}\nand not {expected}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    binary = parser.parse_args().binary.resolve()
    for tool in ["curl", "gunzip", "zstd", "sha256sum", "sed", "less"]:
        if not shutil.which(tool):
            sys.exit(f"error: `{tool}` is not installed")
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        source = shards(folder)
        Ranges.folder = folder
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ranges)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        scan = [binary, "scan", "shards", "-d", ROOT / "fixtures" / "publishers.csv", "-o", "evidence"]
        run = subprocess.run([*scan, "--keep-records", "-q"], cwd=folder)
        if run.returncode not in (0, 3):
            sys.exit(f"error: the scan ended with {run.returncode}")
        with open(folder / "evidence" / "matches.csv", newline="", encoding="utf-8") as table:
            rows = list(csv.DictReader(table))
        by_sha256 = {}
        for path in source.rglob("*"):
            if path.is_file():
                digest = subprocess.run(["sha256sum"], stdin=open(path, "rb"), capture_output=True).stdout
                by_sha256[digest.decode().split()[0]] = path
        kinds, ran = {}, 0
        for row in rows:
            path = by_sha256[row["shard_sha256"]]
            address = f"{base}/{urllib.parse.quote(str(path.relative_to(folder)))}"
            web = show(binary, folder, row, "--source", address)
            # The addresses that a corpus is published at cannot be asked in a test.
            local = [line for line in show(binary, folder, row) if not line[1].startswith("curl ")]
            if not (web and local and all(base in line for _, line in web if line.startswith("curl "))):
                sys.exit(f"error: {row['match_id']}: lines are missing")
            kind = (path.suffix, bool(row["line"]), row["flags"], len(web), len(local))
            # One row of a kind and shard is run; the rest differ in numbers only.
            if kinds.setdefault((path, kind), 0) < 2:
                kinds[path, kind] += 1
                check(folder, row, web)
                check(folder, row, local)
                ran += len(web) + len(local)
        # A line says no when the file is another.
        changed = bytearray(path.read_bytes())
        changed[len(changed) // 2] ^= 1
        path.write_bytes(changed)
        whole = next(line for expected, line in web if expected == row["shard_sha256"])
        printed = subprocess.run(["sh", "-c", whole], capture_output=True, text=True).stdout
        if row["shard_sha256"] in printed or not printed:
            sys.exit(f"error: a changed file was not noticed by: {whole}")
        if (folder / "touched").exists():
            sys.exit("error: a name of a shard was run as a command")
        files = len({path for path, _ in kinds})
        print(f"{ran} lines of rows of {files} files printed what they must; {len(rows)} rows were shown")
        if files < 18:
            sys.exit("error: fewer files than there should be")


if __name__ == "__main__":
    main()
