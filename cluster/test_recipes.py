#!/usr/bin/env python3
"""Runs the scripts of docs/cluster.md as their schedulers would, and compares the merged evidence with that of one run.

    python3 cluster/test_recipes.py [--binary PATH]

Needs PyYAML. No scheduler is started: the variables that it would set are set here, for each task of the array.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import kill  # noqa: E402  how two folders of evidence are compared


def blocks(text, heading, language):
    """The code blocks of a section."""
    section = re.split(r"^## ", text, flags=re.M)
    section = next(part for part in section if part.startswith(heading + "\n"))
    return re.findall(rf"^```{language}\n(.*?)^```$", section, flags=re.M | re.S)


def slurm(text):
    script, submit = blocks(text, "Slurm", "sh")
    count = int(re.search(r"^#SBATCH --array=1-(\d+)$", script, flags=re.M)[1])
    for task in range(1, count + 1):
        yield ["bash", "-c", script], {"SLURM_ARRAY_TASK_ID": str(task), "SLURM_CPUS_PER_TASK": "2"}
    yield ["sh", "-c", re.search(r"--wrap '(.*)'", submit)[1]], {}


def batch(text):
    (job,) = blocks(text, "AWS Batch", "json")
    job, (submit,) = json.loads(job), blocks(text, "AWS Batch", "sh")
    given = {entry["name"] for entry in job["containerOverrides"]["environment"]}
    assert given == {"DATA"}, given
    for task in range(job["arrayProperties"]["size"]):
        yield job["containerOverrides"]["command"], {"AWS_BATCH_JOB_ARRAY_INDEX": str(task)}
    merge = json.loads(re.search(r"--container-overrides '(.*)'", submit)[1])["command"]
    assert "/data" in merge[-1], merge
    yield [*merge[:-1], merge[-1].replace("/data", '"$DATA"')], {}


def kubernetes(text):
    (job,) = blocks(text, "Kubernetes", "yaml")
    spec = yaml.safe_load(job)["spec"]
    assert spec["completionMode"] == "Indexed" and spec["template"]["spec"]["restartPolicy"] == "Never", spec
    (container,) = spec["template"]["spec"]["containers"]
    assert {entry["name"] for entry in container["env"]} == {"DATA"}, container
    for task in range(spec["completions"]):
        yield container["command"] + container["args"], {"JOB_COMPLETION_INDEX": str(task)}
    (merge,) = blocks(text, "Kubernetes", "sh")
    yield ["sh", "-c", merge], {}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=kill.TARGET / "debug" / "shardproof", type=pathlib.Path)
    binary = parser.parse_args().binary.resolve()
    text = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    for name, recipe in [("Slurm", slurm), ("AWS Batch", batch), ("Kubernetes", kubernetes)]:
        with tempfile.TemporaryDirectory(prefix="shardproof-") as folder:
            folder = pathlib.Path(folder)
            shutil.copytree(ROOT / "fixtures", folder / "s")
            shutil.copy(folder / "s/publishers.csv", folder)
            shards = (path for kind in ["shards", "damaged"] for path in (folder / "s" / kind).rglob("*") if path.is_file())
            (folder / "wet.paths.gz").write_text("".join(f"{path.relative_to(folder)}\n" for path in sorted(shards)))
            (folder / "bin").mkdir()
            (folder / "bin/shardproof").symlink_to(binary)
            environment = os.environ | {"PATH": f"{folder}/bin:{os.environ['PATH']}", "DATA": str(folder)}
            whole = ["shardproof", "scan", "wet.paths.gz", "-d", "publishers.csv", "-o", "whole", "--quiet"]
            expected = subprocess.run(whole, cwd=folder, env=environment).returncode
            *tasks, merge = recipe(text)
            for command, variables in tasks:
                done = subprocess.run(command, cwd=folder, env=environment | variables)
                if done.returncode:
                    sys.exit(f"error: {name}: exit {done.returncode} with {variables}")
            done = subprocess.run(merge[0], cwd=folder, env=environment, capture_output=True, text=True)
            if done.returncode != expected:
                sys.exit(f"error: {name}: merge: exit {done.returncode}: {done.stderr}")
            try:
                kill.check(name, kill.picture(folder / "whole"), folder / "evidence")
            except kill.Trouble as trouble:
                sys.exit(f"error: {trouble}")
            print(f"{name}: {len(tasks)} tasks and a merge, the same bytes as one run")


if __name__ == "__main__":
    main()
