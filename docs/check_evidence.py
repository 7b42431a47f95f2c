#!/usr/bin/env python3
"""Checks a folder of evidence without shardproof, by the standard library alone: check_evidence.py EVIDENCE [SHARDS]

The files against manifest.json, the counts of the tables against each other, the match_id of each row from its cells, and
the SHA-256 of each row's bytes in the shards of a folder.
Exit codes: 0 all is as it was, 1 something is not, 3 something could not be checked (shards not there, zstd)."""
import csv, gzip, hashlib, io, json, os, sys
from collections import Counter, defaultdict

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

def twice(path):
    with open(path, newline="", encoding="utf-8") as file:
        return [column for column, number in Counter(next(csv.reader(file), [])).items() if number > 1]

def no_table(kind, error, trace):
    if not issubclass(kind, Exception):
        return sys.__excepthook__(kind, error, trace)
    print(*wrong, f"not of the form that shardproof writes: {kind.__name__}: {error}", sep="\n")
    sys.stdout.flush()
    os._exit(1)

def listed(words):
    return sum(int(word.rsplit("=", 1)[1]) for word in words.split(";") if word)

def decoded(path):
    with open(path, "rb") as file:
        start = file.read(4)
    if start == b"\x28\xb5\x2f\xfd" or start[1:] == b"\x2a\x4d\x18":
        return None
    return gzip.open(path) if start[:2] == b"\x1f\x8b" else open(path, "rb")

# A cell, a table or a manifest of another form is wrong as well.
sys.excepthook = no_table

# The files: each as listed, none missing, none more.
manifest = open(os.path.join(root, "manifest.json"), "rb").read()
line = open(os.path.join(root, "manifest.sha256")).read() if os.path.exists(os.path.join(root, "manifest.sha256")) else ""
if line != hashlib.sha256(manifest).hexdigest() + "  manifest.json\n":
    wrong.append("manifest.json: not the file whose SHA-256 manifest.sha256 states")
claims = json.loads(manifest)
outputs = {output["path"]: output for output in claims["outputs"]}
# A plan that was kept to, and the parts of a partition: each file of these is in a list with a digest in the manifest.
is_copy = "redactions" in claims
if claims.get("plan_followed") and not is_copy:
    outputs["plan.json"] = claims["plan_followed"]
if claims.get("parts") and not is_copy:
    outputs["parts/sha256sums.txt"] = {"sha256": claims["parts"]["sha256sums"]}
    with open(os.path.join(root, "parts/sha256sums.txt")) as sums:
        outputs |= {"parts/" + name: {"sha256": sha256} for sha256, name in (sum.rstrip("\n").split("  ", 1) for sum in sums)}
found = set()
for at, folders, names in os.walk(root):
    links = [name for name in folders if os.path.islink(os.path.join(at, name))]
    inside = [os.path.join(at, name) for name in names + links] or ([at] if at != root and not folders else [])
    found |= {os.path.relpath(path, root).replace(os.sep, "/") for path in inside}
found = {name for name in found if not name.startswith(".shardproof/")} - {"manifest.json", "manifest.sha256"}
wrong += [f"{name}: not listed in the manifest" for name in sorted(found - set(outputs))]
for name, output in outputs.items():
    if name not in found:
        wrong.append(f"{name}: missing")
    elif os.path.islink(os.path.join(root, name)):
        wrong.append(f"{name}: a link, not a file")
    elif digest(os.path.join(root, name)) != output["sha256"] or output.get("bytes") not in (None, os.path.getsize(os.path.join(root, name))):
        wrong.append(f"{name}: altered")
wrong += [f"{name}.csv: not listed in the manifest" for name in ("matches", "shards", "presence", "publishers") if name + ".csv" not in outputs]
if wrong:
    outputs = {name: output for name, output in outputs.items() if name in found}
# Of a column that stands twice each reader takes another one.
wrong += [f"{name}: the column {column} stands twice in its header" for name in outputs if name.endswith(".csv") for column in twice(os.path.join(root, name))]

# The counts, and the rows of each shard by their places.
receipts = list(table("shards", outputs))
shards = [shard for shard in receipts if shard["status"] != "excluded"]
for shard in shards:
    counts = {name: int(shard[name]) for name in ("records", "content_records", "clear", "found", "unread", "damaged")}
    n = counts.__getitem__
    if n("content_records") != n("clear") + n("found") + n("unread") + n("damaged") or min(counts.values()) < 0 or \
       n("records") != n("content_records") + listed(shard["other_records"]) or n("unread") != listed(shard["unread_reasons"]):
        wrong.append(f"shards.csv: the counts of {shard['file']} do not add up")
    if shard["status"] == "whole" and n("unread") + n("damaged"):
        wrong.append(f"shards.csv: {shard['file']} is whole, and not all of it was read")
key = lambda row, sha256: (text(row["dataset"]), text(row["release"]), text(row["shard"]), sha256)
of_key = Counter(key(shard, shard["sha256"]) for shard in shards)
places, ids, copies = defaultdict(dict), set(), Counter()
in_shard, in_release = defaultdict(lambda: [0, 0]), defaultdict(lambda: [0, 0])
for row in table("matches", outputs):
    kind = "decoded" if row["line"] or "decoded_place" in row["flags"].split(";") else "member"
    of = key(row, row["shard_sha256"])
    places[of].setdefault((kind, int(row["offset"]), int(row["length"])), set()).add(row["record_sha256"])
    article, names = row["match_kind"] == "article", [text(row["publisher"]), text(row["title"])]
    place = f"{'line' if row['line'] else kind} {row['offset']} {row['length']}"
    whose = ["article", names[0], text(row["article_id"])] if article else [text(row["rule"]), *names]
    match_id = "m_" + hashlib.sha256("\n".join([*of[:3], place, *whose]).encode()).hexdigest()[:24]
    # What redaction took from the id of an article is missing in its match_id.
    if row["match_id"] != match_id and not (is_copy and article):
        wrong.append(f"matches.csv: {row['match_id']} is not the match_id of the row's cells")
    if not of_key[of]:
        wrong.append(f"matches.csv: {row['match_id']} is of no shard in shards.csv")
    if (row["match_id"], of) in ids and of_key[of] == 1:
        wrong.append(f"matches.csv: {row['match_id']} stands there twice")
    ids.add((row["match_id"], of))
    copies["matches"] += 1
    for counts in () if article else (in_shard[*of[:3], *names], in_release[*of[:2], *names]):
        counts[0] += 1
        counts[1] += row["match_kind"] == "mirror"
for shard in shards:
    if shard["format"] not in ("text", "oscar with metadata") and len(places.get(key(shard, shard["sha256"]), {})) != int(shard["found"]) and shard["sha256"]:
        wrong.append(f"matches.csv: not a row for each record that was found in {shard['file']}")

# The summaries: captures and mirrors by shard and by release, and what the manifest repeats.
for name, rows, columns in (("presence", in_shard, ("dataset", "release", "shard")), ("publishers", in_release, ("dataset", "release"))):
    stated = defaultdict(lambda: [0, 0])
    for row in table(name, outputs):
        counts = stated[tuple(text(row[column]) for column in (*columns, "publisher", "title"))]
        counts[0] += int(row["captures"] or 0)
        counts[1] += int(row["mirror_captures"] or 0)
    for which in sorted({*stated, *rows}):
        if stated[which] != rows.get(which, [0, 0]):
            wrong.append(f"{name}.csv: {'; '.join(which)}: {stated[which]} captures and mirrors, and the rows give {rows.get(which, [0, 0])}")
titles, releases = {which[2:] for which in stated}, {key(shard, "")[:2] for shard in shards}
wrong += [f"publishers.csv: no row for {'; '.join(release + title)}" for release in sorted(releases) for title in sorted(titles) if release + title not in stated]
results, sums = claims["results"], lambda name: sum(int(shard[name]) for shard in shards)
repeated = {name: results["counts"][name] for name in ("records", "clear", "found", "damaged")}
repeated |= {"content_records": results["counts"]["content"], "bytes_read": results["stored_bytes_read"]}
wrong += [f"manifest.json: {name} is {stated}, and shards.csv gives {sums(name)}" for name, stated in repeated.items() if stated != sums(name)]
states = Counter(shard["status"] for shard in receipts)
if states != Counter(results["shards"]) - Counter() or results["matches"] != copies["matches"]:
    wrong.append("manifest.json: the numbers of shards and of matches are not those of the tables")

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
