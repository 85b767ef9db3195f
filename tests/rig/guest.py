"""What the emulated machine boots: Debian's own arm64 kernel, systemd and udev, and doorlockd's package, as one archive.

Everything comes from Debian packages, is fetched once, and is kept in the cache (XDG_CACHE_HOME/doorlock/rig). The unit,
the udev rule, sysusers and tmpfiles are those of doorlockd's package, unchanged; its maintainer scripts do not run here
(tests/rig/image does that)."""

import lzma
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from archive import Archive

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "doorlock" / "rig"
RELEASES = {"bookworm": "deb12", "trixie": "deb13"}
LIBGPIOD = {"bookworm": "1.6", "trixie": "2.2"}
SYSTEM = ["systemd", "udev", "busybox-static", "base-files", "kmod", "libstdc++6"]
LIBRARIES = {"bookworm": ["libpaho-mqtt1.3", "libgpiod2", "libssl3", "libcjson1"],
             "trixie": ["libpaho-mqtt1.3", "libgpiod3", "libssl3t64", "libcjson1", "libpam0g"]}
# The bus of what is emulated, a network card, a watchdog in hardware, a disk.
MODULES = ["virtio_pci", "virtio_net", "i6300esb", "virtio_blk", "crc32c_generic", "ext4"]
# Slow under emulation, and of no use to a door.
LEFT_OUT = ["usr/share/doc", "usr/share/zoneinfo", "usr/share/bash-completion", "usr/share/perl", "usr/share/i18n",
            "usr/lib/udev/hwdb.d", "usr/lib/systemd/catalog", "usr/lib/aarch64-linux-gnu/gconv", "usr/sbin/ldconfig",
            "usr/lib/systemd/system-generators", "usr/lib/systemd/user", "usr/share/dbus-1"]
MASKED = ["systemd-hwdb-update", "systemd-journal-catalog-update", "systemd-machine-id-commit", "systemd-update-utmp",
          "systemd-firstboot", "systemd-pcrphase", "systemd-pcrphase-sysinit", "systemd-random-seed", "systemd-binfmt",
          "systemd-network-generator"]

INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin 2>/dev/null
for module in /rig/modules/*.ko; do insmod $module; done
exec /usr/lib/systemd/systemd
"""
# A door that is there when the service starts, as after `toolchain/deploy`.
PROVISION = """#!/bin/sh
ip link set lo up
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
for file in door.connection ca.pem motor-bolt.json strike.json magnetic-lock.json; do
    cp /rig/$file /etc/doorlockd/
    chown root:doorlockd /etc/doorlockd/$file
    chmod 640 /etc/doorlockd/$file
done
chown doorlockd /etc/doorlockd/door.connection
chmod 600 /etc/doorlockd/door.connection
cp -p /etc/doorlockd/motor-bolt.json /etc/doorlockd/doorlockd.json
"""
UNITS = {
    "rig.target": "[Unit]\nRequires=basic.target\nAfter=basic.target\n"
                  "Wants=doorlockd.service rig-shell.service\nAllowIsolate=yes\n",
    "rig-provision.service": "[Unit]\nBefore=doorlockd.service\n[Service]\nType=oneshot\nRemainAfterExit=yes\n"
                             "ExecStart=/rig/provision\n[Install]\nRequiredBy=doorlockd.service\n",
    "doorlockd.service.d/rig.conf": "[Unit]\nRequires=rig-provision.service\nAfter=rig-provision.service\n",
    # A root shell on the serial line, one command a line: how the test speaks with the machine.
    "rig-shell.service": "[Service]\nEnvironment=TERM=dumb SYSTEMD_COLORS=0 SYSTEMD_URLIFY=0 SYSTEMD_PAGER=cat\n"
                         "StandardInput=tty-force\nStandardOutput=tty\nStandardError=inherit\n"
                         "TTYPath=/dev/ttyAMA0\nExecStart=/bin/sh -c 'stty -echo -onlcr; echo @ready; "
                         "while read -r line; do eval \"$line\"; done'\n",
}


def package_of(suite):
    """The newest package of doorlockd for this guest, or None."""
    found = sorted((REPOSITORY / "build" / "packages").glob(f"doorlockd_*~{RELEASES[suite]}_arm64.deb"),
                   key=lambda path: path.stat().st_mtime)
    return found[-1] if found else None


def fetch(suite, into, *packages, alone=False):
    command = [REPOSITORY / "toolchain" / "fetch", suite, "arm64", into, *(["--alone"] if alone else []), *packages]
    subprocess.run([str(word) for word in command], check=True, timeout=600)


def unpack(into, debs):
    subprocess.run([str(REPOSITORY / "toolchain" / "unpack"), str(into), *map(str, debs)], check=True, timeout=300)


def copy_modules(root, into):
    """Copies MODULES and what they depend on, numbered in the order in which they are to be loaded."""
    files = {re.sub(r"\.ko.*", "", path.name).replace("-", "_"): path for path in root.rglob("*.ko*")}
    done = []

    def copy(name):
        if name in done or name not in files:  # what is no module is built in
            return
        content = files[name].read_bytes()
        if content.startswith(b"\xfd7zXZ"):
            content = lzma.decompress(content)
        depends = re.search(rb"\0depends=([^\0]*)\0", content)
        for other in depends[1].decode().split(",") if depends else []:
            copy(other.replace("-", "_"))
        done.append(name)
        (into / f"{len(done):02}-{name}.ko").write_bytes(content)

    for module in MODULES:
        copy(module)


def prepare(suite):
    """The directory with the kernel, its modules and the system of a suite; made if it is not there yet."""
    ready = CACHE / f"guest-{suite}-arm64"
    if (ready / "system.cpio").exists():
        return ready
    CACHE.mkdir(parents=True, exist_ok=True)
    print(f"rig: fetching Debian's {suite} kernel and system for arm64, once", flush=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as directory:
        work = Path(directory)
        fetch(suite, work / "meta", "linux-image-arm64", alone=True)
        meta = next((work / "meta").glob("*.deb"))
        depends = subprocess.run(["dpkg-deb", "-f", meta, "Depends"], check=True, capture_output=True, text=True).stdout
        fetch(suite, work / "kernel", depends.split()[0], alone=True)
        unpack(work / "kernel-root", (work / "kernel").glob("*.deb"))
        fetch(suite, work / "system", *SYSTEM, *LIBRARIES[suite])
        unpack(work / "root", (work / "system").glob("*.deb"))

        made = work / "made"
        made.mkdir()
        shutil.copy(next((work / "kernel-root" / "boot").glob("vmlinuz-*")), made / "vmlinuz")
        copy_modules(work / "kernel-root" / "usr" / "lib" / "modules", made)
        shutil.copy(work / "root" / "usr" / "bin" / "busybox", made)
        with Archive(made / "system.cpio") as archive:
            archive.tree(work / "root", LEFT_OUT)
        shutil.rmtree(ready, ignore_errors=True)
        made.rename(ready)
    return ready


def initrd(suite, package, files, into):
    """Writes what the guest boots: the system, `package`, and `files` (name: content) in /rig."""
    system = prepare(suite)
    with tempfile.TemporaryDirectory() as directory, tempfile.NamedTemporaryFile() as rest:
        unpack(directory, [package])
        with Archive(rest.name) as archive:
            archive.tree(directory)
            archive.file("init", INIT, 0o755)
            archive.device("dev/console", 5, 1)
            archive.file("rig/provision", PROVISION, 0o755)
            for name, content in files.items():
                archive.file(f"rig/{name}", content)
            for module in sorted(system.glob("*.ko")):
                archive.file(f"rig/modules/{module.name}", module.read_bytes())
            for directory_of_mounts in ("proc", "sys", "run", "tmp", "var/lib"):
                archive.file(f"{directory_of_mounts}/.keep", "")
            archive.file("etc/machine-id", "0123456789abcdef0123456789abcdef\n")
            archive.file("etc/systemd/system.conf.d/watchdog.conf", "[Manager]\nRuntimeWatchdogSec=10\n")
            for name, text in UNITS.items():
                archive.file(f"etc/systemd/system/{name}", text)
            archive.link("etc/systemd/system/default.target", "rig.target")
            for unit in MASKED:
                archive.link(f"etc/systemd/system/{unit}.service", "/dev/null")
        with open(into, "wb") as whole:
            for part in (system / "system.cpio", Path(rest.name)):
                with open(part, "rb") as file:
                    shutil.copyfileobj(file, whole)
    return system / "vmlinuz"
