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
    "[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufe00-\ufe0f\U000e0100-\U000e01ef\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]"
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
    """Step 0: the text with UTF-8 read as windows-1252 undone, if it is full of such sequences."""
    out, found, typical, lone, at = [], 0, 0, 0, 0
    while at < len(text):
        if hit := sequence(text, at):
            found += not text[at : at + hit[1]].isalpha()
            typical += text[at] in "ÃÂâ"
            out.append(hit[0])
            at += hit[1]
            continue
        lone += "\xc0" <= text[at] <= "\xff" and text[at] not in "×÷"
        if text[at] == "Ã" and text[at + 1 : at + 2] in (" ", "\xa0"):
            out.append("à")
            at += 1
        elif text[at : at + 2] == "â€":
            out.append("”")
            at += 2
        else:
            out.append(text[at])
            at += 1
    return "".join(out) if typical >= 3 or found >= max(3, 4 * lone + 1) else text


def single(text):
    """The characters of the reference that `text` begins with and its length, or None."""
    found = REFERENCE.match(text)
    if not found or not (found[0][1] == "#" or found[0][1:] in html.entities.html5):
        return None
    return (numbered(found[0]) or html.unescape(found[0])), found.end()


def numbered(reference):
    """The control or noncharacter that a number stands for. HTML 5 keeps them, `html.unescape` drops them."""
    if reference[1] != "#":
        return None
    digits = reference[2:-1]
    code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    is_dropped = 1 <= code <= 0x8 or code == 0xB or 0xE <= code <= 0x1F or code == 0x7F
    is_dropped |= 0xFDD0 <= code <= 0xFDEF or (code & 0xFFFE == 0xFFFE and code <= 0x10FFFF)
    return chr(code) if is_dropped else None


def decoded(text):
    """Step 1: references as their characters, also where `&amp;` begins another one."""
    out, at = [], 0
    while (found := text.find("&", at)) >= 0:
        out.append(text[at:found])
        characters, length = single(text[found:]) or ("&", 1)
        if characters == "&" and length > 1 and (second := single("&" + text[found + length :])):
            characters, length = second[0], length + second[1] - 1
        out.append(characters)
        at = found + length
    return "".join(out) + text[at:]


def words(text):
    """The words of `text` in normal form 1."""
    text = repaired(text)
    text = decoded(text)
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
