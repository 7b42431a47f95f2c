#!/usr/bin/env python3
"""Scans the shards of a listing on an Apache Spark cluster and merges the evidence.

    spark-submit cluster/spark_scan.py --shared FOLDER --shards FILE.paths.gz --out NAME [--binary PATH]
        [--shards-per-task N] -- OPTIONS OF `shardproof scan`

A task is one partition of the scan: `shardproof scan FILE.paths.gz --partition K/N`. It works in a temporary folder of its
executor and moves the result into `NAME.parts/` when it is complete, so a task that dies leaves nothing half done. Spark
starts a task that fails again, on another executor if it can, up to `spark.task.maxFailures` times. A shard that could
not be opened or read fails its task too; at the last attempt the partition is taken as it is, and the receipt says what
was not read. At the end `shardproof merge` makes one evidence folder, and its exit code is the exit code of the job.

FOLDER is seen by the driver and all executors under the same path (NFS, Lustre, EFS). All other paths are relative to it
or absolute. The same job started again goes on: partitions that are complete are not scanned again, those with gaps are
tried again.
"""

import argparse
import csv
import gzip
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

WRONG_REQUEST = 2


def lines(listing):
    """The different paths of a listing, compressed or not."""
    stored = listing.read_bytes()
    text = gzip.decompress(stored) if stored.startswith(b"\x1f\x8b") else stored
    return {line.strip() for line in text.decode().splitlines() if line.strip()}


def failed_shards(evidence):
    """How many shards of an evidence folder could not be read at all."""
    csv.field_size_limit(1 << 30)
    count = 0
    for path in evidence.glob("shards*.csv"):
        with open(path, encoding="utf-8", newline="") as file:
            count += sum(row["status"] == "failed" for row in csv.DictReader(file))
    return count


def scan(number, of, attempts, command, shared, parts):
    """One task. Returns the exit code of the scan and what it said, or raises to be started again."""
    from pyspark import TaskContext

    share, final = f"{number}/{of}", pathlib.Path(parts) / f"part-{number}-of-{of}"

    def run(out):
        words = [*command, "--partition", share, "--out", str(out), "--quiet"]
        done = subprocess.run(words, cwd=shared, capture_output=True, text=True, errors="replace")
        return done.returncode, f"{share}: exit {done.returncode}: {done.stderr.strip()}"

    if (final / "manifest.json").is_file():
        # The program itself says whether it is of the same run; if there are gaps, it tries them again.
        return run(final)
    context = TaskContext.get()
    last = context.attemptNumber() + 1 >= attempts
    with tempfile.TemporaryDirectory(prefix="shardproof-") as scratch:
        out = pathlib.Path(scratch) / "part"
        code, said = run(out)
        if code == WRONG_REQUEST:
            return code, said
        if not (out / "manifest.json").is_file():
            raise RuntimeError(said)
        unread = failed_shards(out)
        if unread and not last:
            raise RuntimeError(f"{said} {unread} shards could not be read; they are tried again")
        # On the shared file system only the last step shows, and it is one step.
        aside = f"{final}.{context.taskAttemptId()}.tmp"
        shutil.rmtree(aside, ignore_errors=True)
        shutil.copytree(out, aside)
    try:
        os.rename(aside, final)
    except OSError:
        if not (final / "manifest.json").is_file():
            raise
        # Another attempt at the same task was quicker; both have the same bytes.
        shutil.rmtree(aside)
    return code, said


def attempts(context):
    """How often Spark starts a task. In local mode the master says so: `local[threads,attempts]`."""
    if context.master.startswith("local"):
        _, _, given = context.master.rstrip("]").partition(",")
        return int(given) if given else 1
    return int(context.getConf().get("spark.task.maxFailures", "4"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog="Options of `scan` stand behind `--`.")
    parser.add_argument("--shared", required=True, type=pathlib.Path, help="folder that the driver and all executors see")
    parser.add_argument("--shards", required=True, help="listing of shards, *.paths or *.paths.gz")
    parser.add_argument("--out", required=True, help="folder for the evidence")
    parser.add_argument("--binary", default="shardproof", help="the program, under this path on each machine")
    parser.add_argument("--shards-per-task", default=4, type=int)
    parser.add_argument("options", nargs="*", help="options of `shardproof scan`")
    given = parser.parse_args()
    if given.shards_per_task < 1:
        parser.error("--shards-per-task: at least 1")
    shared = given.shared.resolve()
    try:
        count = len(lines(shared / given.shards))
    except (OSError, ValueError) as error:
        parser.error(f"cannot read the listing: {error}")
    if not count:
        parser.error(f"the listing {given.shards} is empty")
    of = -(-count // given.shards_per_task)
    command = [given.binary, "scan", given.shards, *given.options]
    out = shared / given.out
    parts = out.with_name(f"{out.name}.parts")
    parts.mkdir(parents=True, exist_ok=True)

    from pyspark import SparkContext

    context = SparkContext.getOrCreate()
    tries = attempts(context)

    def task(number):
        return scan(number, of, tries, command, str(shared), str(parts))

    print(f"{count} shards in {of} tasks on {context.master}, up to {tries} attempts each", flush=True)
    results = context.parallelize(range(1, of + 1), of).map(task).collect()
    context.stop()
    # What executors left that died while they copied.
    for left in parts.glob("*.tmp"):
        shutil.rmtree(left, ignore_errors=True)
    for code, said in results:
        if code:
            print(said, flush=True)
    if any(code == WRONG_REQUEST for code, _ in results):
        return WRONG_REQUEST
    folders = [str(parts / f"part-{number}-of-{of}") for number in range(1, of + 1)]
    merged = subprocess.run([given.binary, "merge", *folders, "--out", str(out)], cwd=shared)
    return merged.returncode


if __name__ == "__main__":
    sys.exit(main())
