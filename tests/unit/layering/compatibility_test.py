#!/usr/bin/env python3
"""Every test that docs/compatibility.md and docs/security.md name exists; each row under a section of the protocol sheet has
one in a file that names the section."""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
TABLES = [ROOT / "docs" / "compatibility.md", ROOT / "docs" / "security.md"]
INTEROP = ROOT / "tests" / "interop"
GTEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", re.MULTILINE)
JS_TITLE = re.compile(r"^test\((?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\")", re.MULTILINE)
SECTION = re.compile(r"§\d+(?:\.\d+)?")
WHOLE_NAME = re.compile(r"\w+\.\w+")


def gtests():
    """Suite.Name -> the text of its file."""
    found = {}
    for path in (ROOT / "tests").rglob("*_test.cpp"):
        text = path.read_text(encoding="utf-8")
        found.update({f"{suite}.{name}": text for suite, name in GTEST.findall(text)})
    return found


def interop_tests():
    """File name -> the titles in it, each with the text that must name the section."""
    found = {}
    for path in INTEROP.glob("*.test.js"):
        text = path.read_text(encoding="utf-8")
        found[path.name] = [(single or double, text) for single, double in JS_TITLE.findall(text)]
    runner = (INTEROP / "replay.test.js").read_text(encoding="utf-8")
    for path in (INTEROP / "replay").glob("*.json"):
        prefix = "CONNECT" if path.name.startswith("mqtt") else path.name
        for exchange in json.loads(path.read_text(encoding="utf-8")):
            found["replay.test.js"].append((f"{prefix}: {exchange['name']}", exchange["sheet"] + runner))
    return found


def system_tests():
    """File name -> the names of its methods in words, each with the text of the file."""
    found = {}
    for path in [*(ROOT / "tests" / "system").glob("*_test.py"), *(ROOT / "tests" / "integration").rglob("*_test.py")]:
        text = path.read_text(encoding="utf-8")
        found[path.name] = [(name.replace("_", " "), text) for name in re.findall(r"def test_(\w+)", text)]
    return found


def rows(text):
    """(line number, sections of the heading, the names in the last cell, whether there must be one) of each row of a table
    with tests."""
    sections, tested = [], None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            sections, tested = SECTION.findall(line), None
        elif line.startswith("|"):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if cells[-1] in ("Test", "Shown by"):
                tested = cells[-1]
            elif tested and not set(line) <= set("|- "):
                yield number, sections, re.findall(r"`([^`]+)`", cells[-1]), tested == "Test"
        elif line.startswith("Shown by "):
            yield number, [], re.findall(r"`([^`]+)`", line), True
        else:
            tested = None


def main():
    known, in_files = gtests(), interop_tests() | system_tests()
    mistakes, count = [], 0
    found = ((table, *row) for table in TABLES for row in rows(table.read_text(encoding="utf-8")))
    for table, number, sections, names, needed in found:
        where = f"{table.relative_to(ROOT)}:{number}"
        if needed and not names:
            mistakes.append(f"{where}: the row names no test")
        shown = not sections
        for name in names:
            count += 1
            file, _, title = name.partition(": ")
            if file in in_files:
                texts = [section for found, section in in_files[file] if found.startswith(title)]
            elif WHOLE_NAME.fullmatch(name):
                texts = [known[name]] if name in known else []
            else:
                texts = []
            if not texts:
                mistakes.append(f"{where}: there is no test '{name}'")
            shown = shown or any(re.search(rf"{section}(?!\d)", text) for text in texts for section in sections)
        if not shown:
            mistakes.append(f"{where}: none of its tests names {' or '.join(sections)}")
    if count < 100:
        mistakes.append(f"only {count} names were found: has the form of the tables changed?")
    print("\n".join(mistakes) or f"{count} names, all there")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
