#!/usr/bin/env python3
"""Checks a folder of evidence without shardproof, by the standard library alone: check_evidence.py EVIDENCE [SHARDS]

The files against manifest.json, the counts of shards.csv, and the SHA-256 of each row's bytes in the shards of a folder.
Exit codes: 0 all is as it was, 1 something is not, 3 something could not be checked (shards not there, zstd)."""
import csv, gzip, hashlib, io, json, os, sys
from collections import defaultdict

csv.field_size_limit(1 << 30)
wrong, unchecked = [], defaultdict(int)
root = os.path.join(sys.argv[1], "data") if os.path.exists(os.path.join(sys.argv[1], "bagit.txt")) else sys.argv[1]

def text(cell):
    return json.loads(cell) if cell.startswith('"') else cell

def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

def table(name, outputs):
    files = [path for path in outputs if path == name + ".csv" or path.startswith(name + "-")]
    for path in files:
        with open(os.path.join(root, path), newline="", encoding="utf-8") as file:
            yield from csv.DictReader(file)

def listed(words):
    return sum(int(word.rsplit("=", 1)[1]) for word in words.split(";") if word)

def decoded(path):
    with open(path, "rb") as file:
        start = file.read(4)
    if start == b"\x28\xb5\x2f\xfd" or start[1:] == b"\x2a\x4d\x18":
        return None
    return gzip.open(path) if start[:2] == b"\x1f\x8b" else open(path, "rb")

# The files: each as listed, none missing, none more.
manifest = open(os.path.join(root, "manifest.json"), "rb").read()
line = open(os.path.join(root, "manifest.sha256")).read()
if line != hashlib.sha256(manifest).hexdigest() + "  manifest.json\n":
    wrong.append("manifest.json: not the file whose SHA-256 manifest.sha256 states")
claims = json.loads(manifest)
outputs = {output["path"]: output for output in claims["outputs"]}
# A plan that was kept to, and the parts of a partition: each file of these is in a list with a digest in the manifest.
if claims.get("plan_followed"):
    outputs["plan.json"] = claims["plan_followed"]
if claims.get("parts"):
    outputs["parts/sha256sums.txt"] = {"sha256": claims["parts"]["sha256sums"]}
    with open(os.path.join(root, "parts/sha256sums.txt")) as sums:
        outputs |= {"parts/" + name: {"sha256": sha256} for sha256, name in (sum.rstrip("\n").split("  ", 1) for sum in sums)}
found = {os.path.relpath(os.path.join(at, name), root).replace(os.sep, "/") for at, folders, names in os.walk(root) for name in names}
found = {name for name in found if not name.startswith(".shardproof/")} - {"manifest.json", "manifest.sha256"}
wrong += [f"{name}: not listed in the manifest" for name in sorted(found - set(outputs))]
for name, output in outputs.items():
    if name not in found:
        wrong.append(f"{name}: missing")
    elif digest(os.path.join(root, name)) != output["sha256"]:
        wrong.append(f"{name}: altered")

# The counts, and the rows of each shard by their places.
shards = [shard for shard in table("shards", outputs) if shard["status"] != "excluded"]
for shard in shards:
    n = lambda name: int(shard[name])
    if n("content_records") != n("clear") + n("found") + n("unread") + n("damaged") or \
       n("records") != n("content_records") + listed(shard["other_records"]) or n("unread") != listed(shard["unread_reasons"]):
        wrong.append(f"shards.csv: the counts of {shard['file']} do not add up")
key = lambda row, sha256: (text(row["dataset"]), text(row["release"]), text(row["shard"]), sha256)
places = defaultdict(dict)
for row in table("matches", outputs):
    kind = "decoded" if row["line"] or "decoded_place" in row["flags"].split(";") else "member"
    places[key(row, row["shard_sha256"])].setdefault((kind, int(row["offset"]), int(row["length"])), set()).add(row["record_sha256"])
for shard in shards:
    if shard["format"] not in ("text", "oscar with metadata") and len(places.get(key(shard, shard["sha256"]), {})) != int(shard["found"]) and shard["sha256"]:
        wrong.append(f"matches.csv: not a row for each record that was found in {shard['file']}")

# The bytes of each place.
files, same = defaultdict(list), 0
for at, folders, names in os.walk(sys.argv[2]) if len(sys.argv) > 2 else ():
    for name in names:
        files[name].append(os.path.join(at, name))
for which, wanted in places.items():
    read = {(text(shard["file"]), int(shard["bytes_read"])) for shard in shards if key(shard, shard["sha256"]) == which}
    is_it = lambda path, length: which[3] == digest(path) if which[3] else os.path.getsize(path) == length
    path = next((path for name, length in read for path in files[name] if is_it(path, length)), None)
    stream = path and decoded(path)
    for (kind, offset, length), sums in sorted(wanted.items(), key=lambda item: item[0]):
        source = open(path, "rb") if path and kind == "member" else stream
        if source is None:
            unchecked[f"{which[2]}: " + ("zstd" if path else "no such shard with this SHA-256")] += 1
            continue
        try:
            source.seek(offset)
            data = source.read(length)
        except (OSError, EOFError) as error:
            data = str(error).encode()
        if sums == {hashlib.sha256(data).hexdigest()} and len(data) == length:
            same += 1
        else:
            wrong.append(f"{which[2]}: the bytes at {offset} are not those of the row")

print(*wrong, *(f"not checked: {what} ({count} places)" for what, count in unchecked.items()), sep="\n")
print(f"{len(outputs)} files, {len(shards)} shards; {same} places have the bytes of their rows, {len(wrong)} things are wrong")
sys.exit(1 if wrong else 3 if unchecked else 0)
