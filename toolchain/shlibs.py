"""Which libraries a program wants, and which Debian package says that it holds them."""

import re
import subprocess


def wanted(readelf, program):
    text = subprocess.run([readelf, "-d", program], check=True, capture_output=True, text=True, timeout=60).stdout
    return re.findall(r"\(NEEDED\).*\[(.+?)\]", text)


def split(soname):
    """libssl.so.3 is ("libssl", "3"); libfoo-1.2.so is ("libfoo", "1.2")."""
    match = re.fullmatch(r"(.+)\.so\.(.+)", soname) or re.fullmatch(r"(.+)-([0-9.]+)\.so", soname)
    return match.groups() if match else (soname, "")


def known(lines):
    """By what split() returns: "libssl3 (>= 3.0.0)". The lines are those of packages' shlibs files."""
    packages = {}
    for line in lines:
        words = line.split(None, 2)
        if len(words) == 3 and not words[0].endswith(":"):  # "udeb:" lines are the installer's
            packages[(words[0], words[1])] = words[2].strip()
    return packages
