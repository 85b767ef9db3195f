"""toolchain/sbom for a program of one file, which this machine's compiler builds under Ninja."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SBOM = Path(__file__).resolve().parents[3] / "toolchain" / "sbom"
BUILD = """rule cxx
  command = g++ -MD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
rule link
  command = g++ $in -o $out
build door.o: cxx door.cpp
build test.o: cxx test.cpp
build bin/door: link door.o
build bin/test: link test.o
"""


class Sbom(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = Path(tempfile.mkdtemp(prefix="doorlock-sbom-"))
        cls.addClassCleanup(shutil.rmtree, cls.home)
        (cls.home / "build.ninja").write_text(BUILD)
        (cls.home / "CMakeCache.txt").write_text(f"CMAKE_HOME_DIRECTORY:INTERNAL={cls.home}/source\n")
        (cls.home / "door.cpp").write_text("#include <string>\nint main() { return std::string(1000, 'x').empty(); }\n")
        (cls.home / "test.cpp").write_text("#include <gtest/gtest.h>\nint main() {}\n")
        subprocess.run(["ninja", "-C", cls.home], check=True, capture_output=True, timeout=120)

    @staticmethod
    def sbom(*words, expect=0):
        done = subprocess.run([str(word) for word in (SBOM, *words)], env={**os.environ, "SOURCE_DATE_EPOCH": "1000000000"},
                              capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == expect, done.stderr
        return done.stdout if expect == 0 else done.stderr

    def listed(self, version="1.0"):
        return self.sbom(self.home, "--package", f"door={version}/amd64/bookworm", "door")

    def package(self, version, depends, document):
        tree = self.home / "tree"
        shutil.rmtree(tree, ignore_errors=True)
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN" / "control").write_text(f"Package: door\nVersion: {version}\nArchitecture: amd64\nDepends: {depends}\n"
                                                 "Maintainer: nobody <nobody@example.org>\nDescription: a door\n")
        if document:
            (tree / "usr" / "share" / "doc" / "door").mkdir(parents=True)
            (tree / "usr" / "share" / "doc" / "door" / "door.cdx.json").write_text(document)
        subprocess.run(["dpkg-deb", "-b", tree, self.home / "door.deb"], check=True, capture_output=True, timeout=60)
        return self.home / "door.deb"

    def test_it_lists_the_libraries_loaded_and_the_headers_compiled_in(self):
        document = json.loads(self.listed())
        uses = {part["name"]: [fact["value"] for fact in part["properties"] if fact["name"] == "doorlock:use"]
                for part in document["components"]}
        self.assertIn("library loaded at run time", uses["libc6"])
        self.assertIn("library loaded at run time", uses["libstdc++6"])
        self.assertTrue(any(name.startswith("libstdc++-") and "headers compiled in" in use for name, use in uses.items()), uses)
        self.assertNotIn("libgtest-dev", uses, "what only a test includes is not in the package")
        self.assertEqual(document["metadata"]["timestamp"], "2001-09-09T01:46:40Z")
        for part in document["components"]:
            self.assertRegex(part["purl"], rf"^pkg:deb/debian/.+@.+\?arch=\w+&distro=debian-\d+$")

    def test_the_same_build_has_the_same_list(self):
        self.assertEqual(self.listed(), self.listed())

    def test_a_package_is_checked_against_its_depends(self):
        self.sbom("--check", self.package("1.0", "adduser, libc6 (>= 2.34), libstdc++6", self.listed()))
        self.assertIn("lacks libssl3", self.sbom("--check", self.package("1.0", "libc6, libssl3 (>= 3.0)", self.listed()), expect=1))
        self.assertIn("another version", self.sbom("--check", self.package("2.0", "libc6", self.listed()), expect=1))
        self.assertIn("has no", self.sbom("--check", self.package("1.0", "libc6", None), expect=1))


if __name__ == "__main__":
    for needed in ("dpkg-deb", "ninja", "g++"):
        if not shutil.which(needed):
            print(f"SKIPPED: {needed} is missing")
            sys.exit(77)
    unittest.main()
