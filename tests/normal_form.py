#!/usr/bin/env python3
"""Normal form 1 a second time, written from its definition and not from the Rust code.

    python3 tests/normal_form.py fixtures/vectors/normal-form.json
    python3 tests/normal_form.py --text FILE

The first recomputes the words of every vector: exit code 1 with the first differences when one does not agree. A reason
that begins "Agrees with `name`" or "Differs from `name`" is checked too. The second prints the words of a UTF-8 file,
one a line. Python 3.11 knows Unicode 14: a character added later is not a letter here.
"""

import html
import html.entities
import json
import pathlib
import re
import sys
import unicodedata

LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th"})
# Format characters and controls that no reader sees. White space among the controls stays: it separates.
UNSEEN = re.compile(
    "[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]"
)
REFERENCE = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
# Han and kana, Thai and Lao, Burmese, Khmer: no spaces between words.
ALONE = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\u1780-\u17ff]"
)

BYTE = {chr(value): value for value in range(0x80, 0x100)}
for value in range(0x80, 0xA0):
    BYTE[bytes([value]).decode("windows-1252", "ignore") or chr(value)] = value


def sequence(text, at):
    """The character that the misread UTF-8 at `at` stood for and how many characters it takes, or None."""
    first = BYTE.get(text[at], 0)
    length = 2 if 0xC2 <= first <= 0xDF else 3 if 0xE0 <= first <= 0xEF else 4 if 0xF0 <= first <= 0xF4 else 0
    taken = [BYTE.get(character, 0) for character in text[at : at + length]]
    try:
        return (bytes(taken).decode("utf-8"), length) if length and len(taken) == length else None
    except UnicodeDecodeError:
        return None


def repaired(text):
    """Step 0: the text with UTF-8 read as windows-1252 undone, if it holds three such sequences."""
    out, found, at = [], 0, 0
    while at < len(text):
        if hit := sequence(text, at):
            found += 1
            out.append(hit[0])
            at += hit[1]
        elif text[at] == "Ã" and text[at + 1 : at + 2] in (" ", "\xa0"):
            out.append("à")
            at += 1
        elif text[at : at + 2] == "â€":
            out.append("”")
            at += 2
        else:
            out.append(text[at])
            at += 1
    return "".join(out) if found >= 3 else text


def known(reference):
    """The characters of one reference; itself when HTML 5 does not know it."""
    name = reference[0][1:]
    return html.unescape(reference[0]) if name[0] == "#" or name in html.entities.html5 else reference[0]


def words(text):
    """The words of `text` in normal form 1."""
    text = repaired(text)
    for _ in range(2):
        text = REFERENCE.sub(known, text)
    text = UNSEEN.sub("", text)
    text = unicodedata.normalize("NFKC", text).casefold().replace("ı", "i")
    text = re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFD", text))
    text = unicodedata.normalize("NFC", text).translate(LETTERS)
    text = "".join(character if unicodedata.category(character)[0] in "LMN" else " " for character in text)
    return ALONE.sub(r" \g<0> ", text).split()


def differences(vectors):
    """One line for each vector that does not agree, and for each claim about another vector that does not hold."""
    stated = {vector["name"]: vector["words"] for vector in vectors}
    if len(stated) != len(vectors):
        yield "two vectors have the same name"
    for vector in vectors:
        found = words(vector["text"])
        if found != vector["words"]:
            yield f"{vector['name']}: stated {vector['words']!a}, found {found!a}"
        if claim := re.match(r"(Agrees with|Differs from) `([^`]+)`", vector["why"]):
            if (stated.get(claim[2]) == found) != (claim[1] == "Agrees with") or claim[2] not in stated:
                yield f"{vector['name']}: `{claim[0]}` does not hold"


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--text":
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
        for word in words(pathlib.Path(arguments[1]).read_bytes().decode("utf-8")):
            print(word)
        return 0
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.exit(__doc__)
    file = json.loads(pathlib.Path(arguments[0]).read_text(encoding="utf-8"))
    if file["normal_form"] != 1 or not file["vectors"]:
        sys.exit(f"`{arguments[0]}`: holds no vectors of normal form 1")
    differing = list(differences(file["vectors"]))
    for line in differing[:20]:
        print(line)
    if differing:
        print(f"{len(differing)} differences in {len(file['vectors'])} vectors")
        return 1
    print(f"{len(file['vectors'])} vectors agree")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
