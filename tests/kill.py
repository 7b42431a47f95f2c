#!/usr/bin/env python3
"""Kills shardproof at random moments, lets it go on, and compares the evidence with that of an uninterrupted run.

    python3 tests/kill.py [--binary PATH] [--rounds N] [--seed N]

About sixty shards of all formats, whole and damaged, are scanned for a publisher list and for articles, with kept records
and a census. A round scans them into a new folder: the process is ended with SIGKILL up to four times, at moments drawn
from the time that an uninterrupted run takes, and the same command goes on. Every third round scans two partitions and
merges them, killed likewise. At its end each file of the evidence but the manifest must be the same bytes, and nothing of
the way may be left. One round in four scans two large shards in the same manner. Then the disk is full (files may not grow beyond a limit; a small file system of its own where
mounting is allowed), and the same command goes on with room.

Exit code 1 with the first difference. Needs nothing but Python; the seed is printed, so a round can be drawn again.
"""

import argparse
import gzip
import hashlib
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
OPTIONS = ["-d", "publishers.csv", "-f", "articles.fpr", "--keep-records", "--census", "--zero-rows", "--threads", "2"]


def words(seed, count):
    """Words without sense, the same for the same seed."""
    draw = random.Random(seed)
    return " ".join("".join(draw.choices("abcdefghijklmnoprstuv", k=draw.randint(3, 9))) for _ in range(count))


def articles():
    return [{"id": f"a{n}", "url": f"https://www.lemonde.fr/{n}", "publisher": "lemonde.fr", "text": words(n, 400)} for n in range(8)]


def pages(draw, count):
    """Addresses and texts; some are of a listed site, some hold an article."""
    all_articles = articles()
    for n in range(count):
        host = draw.choice(["www.lemonde.fr", "a.example", "b.example", f"host-{n % 50}.example"])
        text = words(f"page {draw.random()}", 60)
        if draw.random() < 0.05:
            text += "\n" + draw.choice(all_articles)["text"]
        yield f"https://{host}/{n}", text


def c4(draw, count, more=()):
    all_pages = [*pages(draw, count), *more]
    lines = [json.dumps({"text": text, "timestamp": "2019-04-25T12:57:54Z", "url": url}) for url, text in all_pages]
    return "".join(line + "\n" for line in lines).encode()


def wet(draw, count, more=()):
    out = b""
    for n, (url, text) in enumerate([*pages(draw, count), *more]):
        body = text.encode()
        head = (
            "WARC/1.0\r\nWARC-Type: conversion\r\n"
            f"WARC-Target-URI: {url}\r\nWARC-Date: 2024-05-18T00:10:00Z\r\n"
            f"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{n:012}>\r\n"
            f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        out += gzip.compress(head.encode() + body + b"\r\n\r\n", 1, mtime=0)
    return out


def large(draw, make):
    """A shard of some 40 MB: pages like the others, between stretches of bytes that hardly compress."""
    one_stream = make is c4
    parts = []
    for n in range(25):
        filler = [(f"https://filler.example/{n}/{m}", draw.randbytes(10_000).hex(" ", 4)) for m in range(150)]
        parts.append(make(draw, 20, filler))
    return gzip.compress(b"".join(parts), 1, mtime=0) if one_stream else b"".join(parts)


def prepare(binary, folder, seed):
    """The shards, the list and the fingerprints."""
    draw = random.Random(seed)
    for name in ["shards", "damaged"]:
        shutil.copytree(ROOT / "fixtures" / name, folder / "s" / name)
    shutil.copy(ROOT / "fixtures" / "publishers.csv", folder)
    for n in range(10):
        (folder / f"s/c4-{n}.json.gz").write_bytes(gzip.compress(c4(draw, 300), mtime=0))
        (folder / f"s/wet-{n}.warc.wet.gz").write_bytes(wet(draw, 150))
    (folder / "s/large.json.gz").write_bytes(gzip.compress(c4(draw, 6000), mtime=0))
    for name, make in [("c4-train.00000-of-00001.json.gz", c4), ("x.warc.wet.gz", wet)]:
        (folder / "large").mkdir(exist_ok=True)
        (folder / "large" / name).write_bytes(large(draw, make))
    (folder / "articles.jsonl").write_text("".join(json.dumps(article) + "\n" for article in articles()))
    subprocess.run([binary, "fingerprint", "articles.jsonl", "-o", "articles.fpr"], cwd=folder, check=True, capture_output=True)


def picture(folder):
    """Each evidential file by its digest."""
    files = (path for path in folder.rglob("*") if path.is_file())
    names = {str(path.relative_to(folder)): path for path in files}
    kept = {name: path for name, path in names.items() if name not in ("manifest.json", "manifest.sha256") and not name.startswith((".shardproof/", "parts/"))}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in kept.items()}


class Trouble(Exception):
    """What was found."""


def check(what, expected, folder):
    found = picture(folder)
    differ = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if differ:
        raise Trouble(f"{what}: these differ from an uninterrupted run: {', '.join(differ[:10])}")
    if not (folder / "manifest.json").is_file():
        raise Trouble(f"{what}: no manifest.json")


def says_no(expected, folder):
    """The comparison can fail: a byte more, or a file more or less, is seen."""
    for change in [lambda path: path.write_bytes(path.read_bytes() + b"\n"), pathlib.Path.unlink, lambda path: path.rename(f"{path}.tmp")]:
        with tempfile.TemporaryDirectory(prefix="shardproof-") as copy:
            copy = pathlib.Path(copy) / "copy"
            shutil.copytree(folder, copy)
            check("a copy", expected, copy)
            change(copy / "hosts.csv")
            try:
                check("a changed copy", expected, copy)
            except Trouble:
                continue
            raise Trouble("the comparison does not see a change")


class Runs:
    """Runs that are killed and go on."""

    def __init__(self, binary, folder, draw):
        self.binary, self.folder, self.draw = binary, folder, draw
        self.killed = self.ended_before = self.inside = 0

    def whole(self, args, code=3):
        """Runs to the end. Some shards are damaged on purpose, so there are gaps."""
        done = subprocess.run([self.binary, *args, "--quiet"], cwd=self.folder, capture_output=True, text=True)
        if done.returncode != code or done.stderr:
            raise Trouble(f"exit {done.returncode} of {' '.join(args)}: {done.stderr}")

    def killed_and_resumed(self, args, duration, end=3):
        for _ in range(self.draw.randint(1, 4)):
            process = subprocess.Popen([self.binary, *args, "--quiet"], cwd=self.folder, stderr=subprocess.PIPE)
            try:
                # Rather early: what is left to do becomes less with each time.
                process.wait(duration * self.draw.random() ** 2)
            except subprocess.TimeoutExpired:
                process.kill()
            process.stderr.close()
            code = process.wait()
            if code not in (-signal.SIGKILL, end):
                raise Trouble(f"exit {code} of {' '.join(args)}")
            self.killed += code != end
            self.ended_before += code == end
            self.inside += any((self.folder / "out" / ".shardproof").glob("*.checkpoint"))
        self.whole(args, end)


def timed(work):
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def rounds(runs, count):
    scan = ["scan", "s", *OPTIONS]
    scan_large = ["scan", "large", *OPTIONS, "-o"]
    duration = timed(lambda: runs.whole([*scan, "-o", "whole"]))
    duration_large = timed(lambda: runs.whole([*scan_large, "whole-large"], 0))
    expected_large = picture(runs.folder / "whole-large")
    expected = picture(runs.folder / "whole")
    says_no(expected, runs.folder / "whole")
    shards = (runs.folder / "whole/shards.csv").read_text(encoding="utf-8").count("\n") - 1
    print(f"{shards} shards, {len(expected)} files of evidence; an uninterrupted run takes {duration:.2f} s", flush=True)
    for number in range(1, count + 1):
        folders = ["out", "part-1", "part-2"]
        if number % 4 == 0:
            runs.killed_and_resumed([*scan_large, "out"], duration_large, 0)
        elif number % 3:
            runs.killed_and_resumed([*scan, "-o", "out"], duration)
        else:
            for share in (1, 2):
                runs.killed_and_resumed([*scan, "-o", f"part-{share}", "--partition", f"{share}/2"], duration / 2)
            runs.killed_and_resumed(["merge", "part-1", "part-2", "-o", "out"], duration / 4)
        check(f"round {number}", expected if number % 4 else expected_large, runs.folder / "out")
        for folder in folders:
            shutil.rmtree(runs.folder / folder, ignore_errors=True)
        if number % 20 == 0 or number == count:
            print(
                f"{number} rounds are the same bytes; {runs.killed} kills, of which {runs.inside} left a checkpoint inside "
                f"a shard, {runs.ended_before} came too late",
                flush=True,
            )
    if runs.killed < count / 2:
        raise Trouble(f"only {runs.killed} kills in {count} rounds: the runs ended before")
    if count >= 20 and not runs.inside:
        raise Trouble("no kill left a checkpoint inside a shard")
    return expected


def limited(size, ignore):
    """Files of the process may not grow beyond `size` bytes; what would make one grow fails, or ends the process."""

    def prepare_child():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN if ignore else signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    return prepare_child


def full_disk(runs, expected):
    args = ["scan", "s", *OPTIONS, "-o", "out", "--quiet"]
    stopped = 0
    for size in [0, 100, 1000, 3000, 10_000, 40_000, 100_000, 200_000]:
        for ignore in (True, False):
            process = subprocess.run(
                [runs.binary, *args], cwd=runs.folder, capture_output=True, text=True, preexec_fn=limited(size, ignore)
            )
            if process.returncode not in (1, 2, 3, -signal.SIGXFSZ) or "panicked" in process.stderr:
                raise Trouble(f"files of {size} bytes: exit {process.returncode}: {process.stderr}")
            # A run that says that it is done must be.
            if process.returncode == 3:
                check(f"files of {size} bytes", expected, runs.folder / "out")
                continue
            if process.returncode in (1, 2) and not process.stderr.startswith("error: "):
                raise Trouble(f"files of {size} bytes: no error is named: {process.stderr}")
            if (runs.folder / "out/manifest.json").exists():
                raise Trouble(f"files of {size} bytes: a manifest of a run that did not end")
            stopped += 1
    runs.whole(args[:-1])
    check("after the disk was full", expected, runs.folder / "out")
    shutil.rmtree(runs.folder / "out")
    if stopped < 4:
        raise Trouble(f"only {stopped} runs met the limit")
    print(f"{stopped} runs stopped at a limit of file size; the next one went on and is the same bytes")


def full_file_system(runs, expected):
    out = runs.folder / "out"
    stopped = 0
    for kilobytes in [16, 64, 200, 400, 800]:
        out.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", out], capture_output=True)
        if mounted.returncode:
            out.rmdir()
            print("not tried: a full file system of its own, since mounting is not allowed here")
            return
        try:
            args = [runs.binary, "scan", "s", *OPTIONS, "-o", "out", "--quiet"]
            process = subprocess.run(args, cwd=runs.folder, capture_output=True, text=True)
            if process.returncode in (1, 2):
                stopped += 1
                if not process.stderr.startswith("error: "):
                    raise Trouble(f"{kilobytes} kB: no error is named: {process.stderr}")
            elif process.returncode != 3:
                raise Trouble(f"{kilobytes} kB: exit {process.returncode}: {process.stderr}")
            subprocess.run(["mount", "-o", "remount,size=100m", out], check=True)
            runs.whole(args[1:-1])
            check(f"after a file system of {kilobytes} kB was full", expected, out)
        finally:
            subprocess.run(["umount", out], check=True)
            out.rmdir()
    if not stopped:
        raise Trouble("no run met a full file system")
    print(f"{stopped} runs met a full file system; with room the same command went on and is the same bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=TARGET / "debug" / "shardproof", type=pathlib.Path)
    parser.add_argument("--rounds", default=200, type=int)
    parser.add_argument("--seed", default=random.randrange(1 << 32), type=int)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="shardproof-") as folder:
        folder = pathlib.Path(folder)
        binary = options.binary.resolve()
        prepare(binary, folder, options.seed)
        runs = Runs(binary, folder, random.Random(options.seed))
        try:
            expected = rounds(runs, options.rounds)
            full_disk(runs, expected)
            full_file_system(runs, expected)
        except Trouble as trouble:
            print(f"error: {trouble}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
