#!/usr/bin/env python3
"""Compares shardproof with warcio and FastWARC, record by record.

    python3 tests/compare_with_readers.py [--binary PATH] [--samples FOLDER]

For each WARC, WET, WAT and ARC file a publisher list is made that covers every host in it, so every content record with
a web address becomes a row. Then three runs (depth `content`, depth `address`, depth `address` with a list that covers
nothing) are held against what the two readers say: records by type, and for each row offset, length, URL, record id, date,
digest check, and the SHA-256 of the stored bytes at its place. A record without a web host (`dns:`, `metadata:`) has no
row; such records are counted.

Exit code 1 when anything differs that is not in the table `KNOWN`. The readers are installed into a virtual environment
of their own under `target/`; without a package index the script fails and says so, it never skips.
"""

import argparse
import collections
import contextlib
import csv
import datetime
import gzip
import hashlib
import io
import json
import logging
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import venv
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
READERS = ["warcio==1.8.1", "FastWARC==2.0.1"]

CONTENT = {"response", "resource", "revisit", "conversion"}

# Files that no reader takes as they are: the decoded bytes are compared instead, and places count decoded bytes.
DECODED = {
    "cc-wet/cc-main-2016-50-singlemember.wet.gz": "one gzip member over all records",
    "cc-wet/fragment_incomplete_last.wet.gz": "one gzip member over all records",
    "warc-malformed/bad-non-chunked.warc.gz": "one gzip member over all records",
    "warc-malformed/unparsable-date.warc.gz": "one gzip member over all records",
    "fixtures/damaged/one_member.warc.gz": "one gzip member over all records",
}

# What differs for a reason. Each entry names one file, what differs in it and why. Nothing else may differ.
#   warcio, fastwarc   this reader is not asked about this file
#   stops              the readers stop with an error; what they hand on before it is compared
#   cut                the last content record is cut off; the readers hand it on, shardproof counts it as damaged
#   empty members      the readers count the empty gzip members around a record as part of its place
KNOWN = {
    "arc-other/alexa_charset_in_header.arc.gz": {
        "warcio": "it cuts the head line from the right, so the blank in `text/html; Charset=...` shifts address and date",
    },
    "cc-warc/cc-bbc-truncated.warc": {
        "fastwarc": "without its quirks mode it reads no head with bare line feeds, and takes all of it for one field",
        "cut": "the closing line ends are missing at the end of the file, so nothing shows that the record is whole",
    },
    "cc-wet/fragment_incomplete_last.wet.gz": {
        "stops": "what follows record 2 does not begin with a version line",
    },
    "fixtures/damaged/empty_members.warc.gz": {
        "fastwarc": "it ends at the first empty member without an error, after 8 of 13 records",
        "empty members": "three of them stand before a record",
    },
    "warc-malformed/clipped.warc.gz": {
        "cut": "the file ends inside the only member; the readers hand on what is there without an error",
    },
    "warc-malformed/empty-gzips.warc.gz": {
        "fastwarc": "it ends at the first empty member without an error, after 0 of 9 records",
        "empty members": "seven of them stand between records",
    },
    "warc-malformed/example-trunc.warc": {
        "fastwarc": "it ends with an error at six bytes between two records that belong to none, after 3 of 4 records",
    },
}

# Hosts that no row of a list can name, with the rule that covers them all the same, or None where there is none: such a
# record is examined and clear.
UNLISTABLE = {
    # 2009, crawl-002: the last label is `com%3Fnats=...`, which is no name, so no rule ends in it.
    "www.babelicious.com%3Fnats=stiff7788:partner": None,
    # 2010, crawl-002: the labels at the end are a listed name, which counts as from below a wildcard name.
    "www.insuranceforpets.net]www.insuranceforpets.net": "insuranceforpets.net",
}


def enter_environment():
    """Goes on in a virtual environment that has the readers."""
    folder = TARGET / "readers"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if pathlib.Path(sys.prefix).resolve() == folder.resolve():
        return
    wanted = "\n".join(READERS)
    mark = folder / "installed.txt"
    if not (python.exists() and mark.exists() and mark.read_text() == wanted):
        print(f"installing {', '.join(READERS)}", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *READERS]
        if subprocess.run(command).returncode != 0:
            sys.exit("error: the readers could not be installed; nothing was compared")
        mark.write_text(wanted)
    os.execv(python, [str(python), *sys.argv])


class Rec:
    """One record, as a reader sees it."""

    def __init__(self, kind, offset, url, ident, date, length=None, check=None):
        self.kind, self.offset, self.url, self.id, self.date = kind, offset, url, ident, date
        self.length, self.check = length, check

    @property
    def host(self):
        return host_of(self.url)


def host_of(url):
    """The host of a web address; None for `dns:`, `metadata:` and the like."""
    match = re.match(r"(?i)\s*<?(?:https?|ftp):[/\\]*([^/\\?#>]*)", url or "")
    if not match:
        return None
    return match[1].rsplit("@", 1)[-1].rsplit(":", 1)[0] or None


def coverable(record):
    """True for a record that a list can cover."""
    return record.host is not None and UNLISTABLE.get(record.host, record.host) is not None


def behind_empty_members(data, offset):
    """The first byte behind gzip members that decode to nothing."""
    while data[offset : offset + 2] == b"\x1f\x8b":
        inflater = zlib.decompressobj(31)
        if inflater.decompress(data[offset:], 1) or not inflater.eof:
            return offset
        offset = len(data) - len(inflater.unused_data)
    return offset


def bare(url):
    """The address without the `<...>` that wget wrote; warcio takes them off, and writes blanks as `%20`."""
    url = (url or "").strip()
    url = url[1:-1] if url.startswith("<") and url.endswith(">") else url
    return url.replace(" ", "%20")


def with_warcio(data):
    from warcio.archiveiterator import ArchiveIterator

    iterator = ArchiveIterator(io.BytesIO(data), check_digests=True)
    for record in iterator:
        head = record.rec_headers
        arc = record.format == "arc"
        block = record.raw_stream.read()
        url = head.get_header("uri" if arc else "WARC-Target-URI")
        kind = record.rec_type
        is_wat = kind == "metadata" and (head.get_header("Content-Type") or "").lower().startswith("application/json")
        if is_wat:
            envelope = json.loads(block)["Envelope"]["WARC-Header-Metadata"].get("WARC-Type", "")
            kind = "about " + envelope if envelope in CONTENT else kind
        problems = record.digest_checker.problems if record.digest_checker else []
        stated = {name: head.get_header(f"WARC-{name}-Digest") for name in ("Payload", "Block")}
        if arc or kind == "revisit" or not any(stated.values()):
            check = "none"
        else:
            name = "payload" if stated["Payload"] else "block"
            check = "mismatch" if any(f"{name} digest failed" in problem for problem in problems) else "match"
        date = head.get_header("archive-date" if arc else "WARC-Date")
        place = (iterator.get_record_offset(), iterator.get_record_length())
        yield Rec(kind, place[0], url, head.get_header("WARC-Record-ID"), date, place[1], check)


def with_fastwarc(data):
    from fastwarc.warc import ArchiveIterator

    for record in ArchiveIterator(io.BytesIO(data), parse_http=False):
        head = record.headers
        kind = (head.get("WARC-Type") or "").lower()
        payload, block = head.get("WARC-Payload-Digest"), head.get("WARC-Block-Digest")
        if (head.get("Content-Type") or "").lower().startswith("application/json") and kind == "metadata":
            record.freeze()
            envelope = json.loads(record.reader.read())["Envelope"]["WARC-Header-Metadata"].get("WARC-Type", "")
            kind = "about " + envelope if envelope in CONTENT else kind
            check = None
        elif payload and kind != "revisit":
            if kind == "response" and record.is_http:
                record.parse_http(auto_decode="none")
                check = "match" if record.verify_payload_digest() else "mismatch"
            else:
                # Without an HTTP message the payload is the block, which FastWARC checks by its own field only.
                check = None
        elif block:
            check = "match" if record.verify_block_digest() else "mismatch"
        else:
            check = "none"
        url, ident, date = (head.get(f"WARC-{name}") for name in ("Target-URI", "Record-ID", "Date"))
        yield Rec(kind, record.stream_pos, url, ident, date, check=check)


def read(reader, data):
    """The records that a reader hands on, and the error that stopped it."""
    records = []
    try:
        # warcio prints what it finds odd; what differs is told below.
        with contextlib.redirect_stderr(io.StringIO()):
            records.extend(reader(data))
        return records, None
    except Exception as error:  # whatever a reader raises is a result here
        return records, " ".join(f"{type(error).__name__}: {error}".split())[:120]


class Scan:
    """One run of shardproof over one file."""

    def __init__(self, binary, shard, rules, depth, folder):
        folder.mkdir()
        table = folder / "list.csv"
        with table.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(["publisher", "title", "domain"])
            rows.writerows(["All", "All", rule] for rule in rules)
        command = [binary, "scan", shard, "-d", table, "-o", folder / "out", "--depth", depth, "--quiet"]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        self.code, self.errors = done.returncode, done.stderr.strip()
        if self.code not in (0, 1, 3):
            raise SystemExit(f"error: {' '.join(map(str, command))} ended with {self.code}: {self.errors}")
        self.bytes = (folder / "out/matches.csv").read_bytes()
        self.rows = list(csv.DictReader(io.StringIO(self.bytes.decode())))
        self.receipt = next(csv.DictReader((folder / "out/shards.csv").open(encoding="utf-8", newline="")))

    def count(self, column):
        return int(self.receipt[column])

    def others(self):
        pairs = filter(None, self.receipt["other_records"].split(";"))
        return {name: int(count) for name, count in (pair.split("=") for pair in pairs)}


def text(cell):
    """The value of a cell that may be a JSON literal."""
    return json.loads(cell) if cell.startswith('"') else cell


def iso(date):
    """The form of a capture date in rows, for the forms that occur here; anything else stays as it is."""
    if date and re.fullmatch(r"\d{14,18}", date):
        try:
            return datetime.datetime.strptime(date[:14], "%Y%m%d%H%M%S").strftime("%Y-%m-%dT%H:%M:%SZ")
        except ValueError:
            return date
    return date or ""


class File:
    """One file, and what was found to differ."""

    def __init__(self, name, path, binary, work):
        self.name, self.binary, self.work = name, binary, work
        self.path = path
        self.stored = path.read_bytes()
        self.known = KNOWN.get(name, {})
        self.differences = []
        self.checks = 0

    def differ(self, what):
        self.differences.append(f"{self.name}: {what}")

    def same(self, what, ours, theirs):
        self.checks += 1
        if ours != theirs:
            self.differ(f"{what}: shardproof {ours!r}, reader {theirs!r}")

    def compare(self):
        """One line of figures."""
        decoded = self.name in DECODED
        data = gzip.decompress(self.stored) if decoded else self.stored
        is_arc = ".arc" in self.path.name
        readers = {"warcio": with_warcio} | ({} if is_arc else {"fastwarc": with_fastwarc})
        views, notes = {}, []
        for name, reader in readers.items():
            if name in self.known:
                notes.append(f"{name} not asked: {self.known[name]}")
                continue
            views[name], error = read(reader, data)
            if error and "stops" in self.known:
                notes.append(f"{name} stops after {len(views[name])} records ({error})")
            elif error:
                self.differ(f"{name} stopped: {error}")
        if decoded:
            notes.append(f"decoded bytes compared: {DECODED[self.name]}")
        if not views:
            return "; ".join(["nothing to compare with", *notes])
        scans = self.scans(next(iter(views.values())))
        for name, records in views.items():
            self.counts(name, records, scans)
            self.records(name, records, scans["content"], data, decoded)
        self.depths(scans)
        notes += [f"known: {key}, {why}" for key, why in self.known.items() if key not in readers]
        content = scans["content"]
        checks = collections.Counter(row["digest_check"] for row in content.rows)
        figures = (
            f"{content.count('records')} records, {content.count('content_records')} content, {len(content.rows)} rows, digests "
            + (", ".join(f"{count} {name}" for name, count in sorted(checks.items())) or "-")
            + f"; {' and '.join(views)}"
        )
        self.totals = collections.Counter(
            files=1, records=content.count("records"), content=content.count("content_records"), rows=len(content.rows),
            **{f"digest {name}": count for name, count in checks.items()},
        )
        return figures + "".join(f"; {note}" for note in notes)

    def scans(self, records):
        hosts = {record.host for record in records if record.host}
        rules = sorted(filter(None, {UNLISTABLE.get(host, host) for host in hosts})) or ["nothing.example"]
        runs = {"content": (rules, "content"), "address": (rules, "address"), "skim": (["nothing.example"], "address")}
        return {
            run: Scan(self.binary, self.path, rules, depth, self.work / run) for run, (rules, depth) in runs.items()
        }

    def intact(self, records):
        """The records without the one that is known to be cut off."""
        return records[:-1] if "cut" in self.known else records

    def counts(self, name, records, scans):
        cut = len(records) - len(self.intact(records))
        kinds = collections.Counter(record.kind for record in self.intact(records))
        carries = lambda kind: kind in CONTENT or kind.startswith("about ")
        content = sum(count for kind, count in kinds.items() if carries(kind))
        others = {kind: count for kind, count in kinds.items() if not carries(kind)}
        with_host = sum(1 for record in self.intact(records) if carries(record.kind) and coverable(record))
        for run, scan in scans.items():
            label = f"{name}, run {run}: "
            self.same(label + "records", scan.count("records"), content + sum(others.values()) + cut)
            self.same(label + "content records", scan.count("content_records"), content + cut)
            self.same(label + "damaged", scan.count("damaged"), cut)
            self.same(label + "other records", scan.others(), others)
            found = 0 if run == "skim" else with_host
            self.same(label + "found", scan.count("found"), found)
            self.same(label + "clear", scan.count("clear"), content - found)
            self.same(label + "unread", scan.count("unread"), 0)

    def records(self, name, records, scan, data, decoded):
        wanted = [record for record in self.intact(records) if coverable(record) and (record.kind in CONTENT or record.kind.startswith("about "))]
        self.same(f"{name}: rows", len(scan.rows), len(wanted))
        plain = decoded or not self.stored.startswith(b"\x1f\x8b")
        for row, record in zip(scan.rows, wanted):
            at = f"{name}, record at {record.offset}: "
            start, end = record.offset, None if record.length is None else record.offset + record.length
            if "empty members" in self.known:
                start = behind_empty_members(data, start)
            self.same(at + "offset", int(row["offset"]), start)
            self.same(at + "type", row["record_type"], "metadata" if record.kind.startswith("about ") else record.kind)
            self.same(at + "URL", bare(text(row["archive_url"])), bare(record.url))
            self.same(at + "record id", text(row["archive_record_id"]), record.id or "")
            self.same(at + "date", text(row["archive_date"]), iso(record.date))
            self.same(at + "decoded place", "decoded_place" in row["flags"].split(";"), plain)
            offset, length = int(row["offset"]), int(row["length"])
            self.same(at + "SHA-256", row["record_sha256"], hashlib.sha256(data[offset : offset + length]).hexdigest())
            if end is not None and plain:
                # In a plain stream warcio leaves the closing line ends out of the length; a place has them in.
                self.same(at + "closing line ends", data[end : offset + length].strip(b"\r\n"), b"")
            elif end is not None:
                end_of_place = offset + length
                if "empty members" in self.known:
                    end_of_place = min(behind_empty_members(data, end_of_place), end)
                self.same(at + "end", end_of_place, end)
            # warcio does not check the digests of a revisit.
            if record.check is not None and not (name == "warcio" and record.kind == "revisit"):
                self.same(at + "digest check", row["digest_check"], record.check)

    def depths(self, scans):
        self.checks += 2
        if scans["content"].bytes != scans["address"].bytes:
            self.differ("matches.csv is not the same at both depths")
        if scans["skim"].rows:
            self.differ("a list that covers nothing gave rows")


def files(samples):
    """Name and path of all files to compare."""
    suffixes = (".warc", ".warc.gz", ".wet.gz", ".wat.gz", ".arc", ".arc.gz")
    found = []
    for folder in (ROOT / "fixtures/shards",):
        found += [(str(path.relative_to(ROOT)), path) for path in sorted(folder.rglob("*"))]
    for name in ("empty_members", "odd_gzip_heads", "one_member", "archive_inside", "archive_inside_twice"):
        path = ROOT / f"fixtures/damaged/{name}.warc.gz"
        found.append((str(path.relative_to(ROOT)), path))
    if samples.is_dir():
        found += [(str(path.relative_to(samples)), path) for path in sorted(samples.rglob("*"))]
    return [(name.replace(os.sep, "/"), path) for name, path in found if path.is_file() and path.name.endswith(suffixes)]


def main():
    enter_environment()
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, help="default: target/release/shardproof, built if need be")
    parser.add_argument("--samples", type=pathlib.Path, default=ROOT / "../shared/samples", help="more files, if they are at hand")
    options = parser.parse_args()
    if options.binary is None:
        print("building shardproof", flush=True)
        subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
        options.binary = TARGET / "release/shardproof"
    if not options.binary.is_file():
        sys.exit(f"error: there is no program at {options.binary}")
    found = files(options.samples)
    if not found:
        sys.exit("error: there is no file to compare")
    differences, totals, checks = [], collections.Counter(), 0
    for name, path in found:
        with tempfile.TemporaryDirectory() as work:
            file = File(name, path, options.binary, pathlib.Path(work))
            line = file.compare()
        print(f"{'differs' if file.differences else 'agrees ':8}{name}: {line}", flush=True)
        differences += file.differences
        totals += getattr(file, "totals", collections.Counter())
        checks += file.checks
    print(f"total: {', '.join(f'{count} {what}' for what, count in totals.items())}, {checks} comparisons, {len(differences)} differences")
    if not options.samples.is_dir():
        print(f"without the samples: {options.samples} is not there")
    for difference in differences:
        print(f"difference: {difference}", file=sys.stderr)
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
