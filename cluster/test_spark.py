#!/usr/bin/env python3
"""Runs spark_scan.py and compares its evidence with that of one machine, byte for byte.

    python3 cluster/test_spark.py [--binary PATH]             a master and two workers, one of which is killed midway
    python3 cluster/test_spark.py [--binary PATH] --local     local mode, a few shards, no cluster

Installs nothing: Java and the Python package `pyspark` must be there, and the script fails when they are not. The workers
are processes of this machine; one is ended with SIGKILL when a part of the tasks is done, and Spark must give its tasks
to the other one. A shard that is not there at first shows that Spark starts a failed task again.
"""

import argparse
import importlib.util
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import kill  # noqa: E402  the shards of the kill tests

LIMIT = 300
OPTIONS = ["-d", "publishers.csv", "-f", "articles.fpr", "--keep-records", "--census", "--zero-rows"]


def spark_home():
    found = importlib.util.find_spec("pyspark")
    if found is None:
        sys.exit("error: the Python package pyspark is not installed")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        sys.exit("error: there is no Java")
    return pathlib.Path(found.origin).parent


class Node:
    """A process of the cluster, with what it logs."""

    def __init__(self, home, folder, *words):
        environment = os.environ | {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
        command = [home / "bin" / "spark-class", *words]
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        self.log = []
        threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True).start()

    def wait_for(self, pattern):
        begun = time.monotonic()
        while time.monotonic() - begun < 60:
            for line in list(self.log):
                if found := re.search(pattern, line):
                    return found
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        sys.exit(f"error: no `{pattern}` from a process of the cluster:\n" + "".join(self.log[-20:]))

    def end(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait()


def submit(home, folder, master, options):
    command = [
        home / "bin" / "spark-submit", "--master", master, "--conf", "spark.ui.enabled=false",
        "--conf", "spark.driver.bindAddress=127.0.0.1", "--conf", "spark.driver.host=127.0.0.1",
        "--conf", "spark.pyspark.python=" + sys.executable,
        ROOT / "cluster" / "spark_scan.py", "--shared", folder, *options,
    ]
    environment = os.environ | {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def prepare(binary, folder, count):
    """The shards and their listing. One of them is not there yet."""
    kill.prepare(binary, folder, 1)
    shards = sorted(str(path.relative_to(folder)) for path in (folder / "s").rglob("*") if path.is_file())[-count:]
    (folder / "all.paths").write_text("".join(f"{shard}\n" for shard in shards))
    late = folder / shards[-1]
    print(f"{len(shards)} shards")
    return late


def compare(folder, out, code):
    whole = kill.picture(folder / "whole")
    kill.check(f"`{out}`", whole, folder / out)
    print(f"`{out}`: exit {code}; {len(whole)} files, the same bytes as of the run on one machine")


def run(binary, home, folder, master, per_task, out, on_the_way):
    """The job; `on_the_way` looks at the parts that are there and at the log."""
    options = ["--shards", "all.paths", "--out", out, "--binary", binary, "--shards-per-task", str(per_task), "--", *OPTIONS]
    job = submit(home, folder, master, options)
    said, log = [], []
    readers = [
        threading.Thread(target=lambda: said.extend(job.stdout), daemon=True),
        threading.Thread(target=lambda: log.extend(job.stderr), daemon=True),
    ]
    [reader.start() for reader in readers]
    begun = time.monotonic()
    while job.poll() is None:
        if time.monotonic() - begun > LIMIT:
            job.kill()
            sys.exit("error: no end of the job:\n" + "".join(log[-30:]))
        on_the_way(list(folder.glob(f"{out}.parts/part-*")), log)
        time.sleep(0.05)
    [reader.join() for reader in readers]
    print("".join(line for line in said if "shards" in line), end="")
    for pattern in ["Lost executor", "Lost task", "could not be read"]:
        lines = [line for line in log if pattern in line]
        if lines:
            print(f"{len(lines)} times in the log of Spark: {lines[0].strip()[:160]}")
    print(f"the job took {time.monotonic() - begun:.1f} s")
    return job.returncode, "".join(log)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=kill.TARGET / "debug" / "shardproof", type=pathlib.Path)
    parser.add_argument("--local", action="store_true", help="local mode")
    options = parser.parse_args()
    home, binary = spark_home(), options.binary.resolve()
    nodes = []
    with tempfile.TemporaryDirectory(prefix="shardproof-") as folder:
        folder = pathlib.Path(folder)
        late = prepare(binary, folder, 12 if options.local else 1000)
        expected = subprocess.run([binary, "scan", "all.paths", *OPTIONS, "-o", "whole", "--quiet"], cwd=folder).returncode
        aside = late.with_suffix(".aside")
        late.rename(aside)

        def comes_late(_, log):
            """The shard is there as soon as its task failed once."""
            if not late.exists() and any("could not be read" in line for line in log):
                aside.rename(late)

        try:
            if options.local:
                code, log = run(binary, home, folder, "local[2,4]", 2, "evidence", comes_late)
            else:
                words = ["org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0"]
                nodes.append(Node(home, folder, *words))
                master = nodes[0].wait_for(r"spark://127\.0\.0\.1:\d+")[0]
                for number in (1, 2):
                    words = ["--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port", "0"]
                    work = folder / f"worker-{number}"
                    nodes.append(Node(home, folder, "org.apache.spark.deploy.worker.Worker", *words, "--work-dir", work, master))
                [node.wait_for("Successfully registered with master") for node in nodes[1:]]
                print(f"master {master}, two workers")
                doomed = nodes[2]

                def kills_a_worker(parts, log):
                    comes_late(parts, log)
                    done = sum(not part.name.endswith(".tmp") for part in parts)
                    if done >= 5 and doomed.process.poll() is None:
                        doomed.process.kill()
                        doomed.process.wait()
                        print(f"worker {doomed.process.pid} killed after {done} tasks")

                code, log = run(binary, home, folder, master, 2, "evidence", kills_a_worker)
                if doomed.process.poll() != -signal.SIGKILL or "Lost executor" not in log:
                    sys.exit("error: the worker was not killed at work")
            if "could not be read" not in log:
                sys.exit("error: the shard that came late was not missed, so no task was started again")
            if code != expected:
                sys.exit(f"error: exit {code}, not {expected}:\n{log[-3000:]}")
            compare(folder, "evidence", code)
        except kill.Trouble as trouble:
            sys.exit(f"error: {trouble}")
        finally:
            [node.end() for node in nodes]


if __name__ == "__main__":
    main()
