"""What the compiler and the linker were to do against the exploitation of a mistake stands in the programs themselves."""

import os
import subprocess
import unittest
from pathlib import Path

from rig import BIN, Rig

PROGRAMS = ("doorlockd", "lockhub", "lockctl")


def readelf(program, *what):
    return subprocess.run(["readelf", "-W", *what, BIN / program], capture_output=True, text=True, check=True,
                          env={**os.environ, "LC_ALL": "C"}).stdout


@unittest.skipIf(os.environ.get("DOORLOCK_SANITIZE"), "a sanitizer's build is never shipped, and is hardened by the sanitizer")
class Hardening(unittest.TestCase):
    def check(self, what, *holds, never=()):
        for program in PROGRAMS:
            with self.subTest(program):
                told = readelf(program, what)
                for pattern in holds:
                    self.assertRegex(told, pattern)
                for pattern in never:
                    self.assertNotRegex(told, pattern)

    def test_the_programs_are_position_independent(self):
        self.check("-h", r"Type:\s+DYN \(Position-Independent Executable file\)")

    def test_all_symbols_are_bound_at_the_start_and_read_only_afterwards(self):
        self.check("-d", r"\(FLAGS\)\s+BIND_NOW")
        self.check("-l", "GNU_RELRO")

    def test_nothing_is_both_writable_and_executable(self):
        self.check("-l", r"GNU_STACK\s+(0x\w+\s+){5}RW ", never=[r"LOAD\s+(0x\w+\s+){5}RWE"])
        self.check("-d", never=["TEXTREL"])

    def test_no_library_is_looked_for_outside_the_system(self):
        self.check("-d", never=["RPATH|RUNPATH"])

    def test_the_stack_is_guarded(self):
        self.check("--dyn-syms", "__stack_chk_fail")

    def test_copies_into_buffers_are_checked_in_what_ships(self):
        if os.environ["DOORLOCK_BUILD_TYPE"] == "Debug":
            self.skipTest("the C library checks copies in optimised builds only; this is a Debug build")
        self.check("--dyn-syms", r"__\w+_chk@")

    def test_no_core_is_written_of_what_holds_keys(self):
        with Rig() as rig:
            hub = rig.start_hub()
            door = rig.door("door-1")
            for program in (hub, door):
                limits = Path(f"/proc/{program.pid}/limits").read_text()
                self.assertRegex(limits, r"Max core file size\s+0\s+0\s", program.name)


if __name__ == "__main__":
    unittest.main()
