"""A whole Debian 13 for arm64 on a disk, as a fresh Raspberry Pi has it: installed by apt with all its scripts, with ssh and
nothing of Doorlock's. Made once, by programs for arm64 under qemu-user, and kept in the cache. Needs root."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import guest
from archive import Archive

SUITE = "trixie"
PACKAGES = ["systemd-sysv", "udev", "openssh-server", "iproute2", "kmod", "adduser", "libpaho-mqtt1.3", "libgpiod3", "libcjson1",
            "libssl3t64"]
SIZE = "900M"
INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /dev /proc /sys /disk
/bin/busybox mount -t devtmpfs none /dev
for module in /rig/modules/*.ko; do /bin/busybox insmod $module; done
while [ ! -e /dev/vda ]; do /bin/busybox sleep 0.1; done
/bin/busybox mount -t ext4 /dev/vda /disk
exec /bin/busybox switch_root /disk /sbin/init
"""
FILES = {
    "etc/hostname": "door-1\n",
    "etc/systemd/network/80-wired.network": "[Match]\nName=eth0\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\n",
    # An emulated machine on a busy host may not run for ten seconds; virt_test tries the 10 s that operations.md recommends.
    "etc/systemd/system.conf.d/watchdog.conf": "[Manager]\nRuntimeWatchdogSec=120\n",
    "etc/systemd/system/rig-shell.service": guest.UNITS["rig-shell.service"],
}


def prepare():
    """The directory with disk.ext4 and its ssh key; made if it is not there yet."""
    contents = hashlib.sha256(repr((PACKAGES, SIZE, FILES)).encode()).hexdigest()[:8]
    ready = guest.CACHE / f"image-{SUITE}-arm64-{contents}"
    if (ready / "disk.ext4").exists():
        return ready
    guest.CACHE.mkdir(parents=True, exist_ok=True)
    print("rig: installing Debian 13 for arm64 under qemu-user, once", flush=True)
    mirror = subprocess.run("apt-get indextargets --format '$(CREATED_BY) $(REPO_URI)' | "
                            "awk '$1 == \"Packages\" && $2 !~ /security/ { print $2; exit }'",
                            shell=True, check=True, capture_output=True, text=True, timeout=60).stdout.strip()
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="doorlock-image-") as directory:
        work = Path(directory)
        work.chmod(0o755)
        made = work / "made"
        made.mkdir()
        subprocess.run([guest.REPOSITORY / "tests" / "rig" / "emulated", "mmdebstrap", "--quiet", "--variant=minbase",
                        "--architectures=arm64", f"--include={','.join(PACKAGES)}", SUITE, work / "image.tar", mirror],
                       check=True, timeout=1800)
        assemble(work, made)
        shutil.rmtree(ready, ignore_errors=True)
        shutil.copytree(made, ready)
    return ready


def initrd(into):
    """Writes what finds the disk and starts the system there; returns the kernel."""
    system = guest.prepare(SUITE)
    with Archive(into) as archive:
        archive.file("init", INIT, 0o755)
        archive.file("bin/busybox", (system / "busybox").read_bytes(), 0o755)
        archive.device("dev/console", 5, 1)
        for module in sorted(system.glob("*.ko")):
            archive.file(f"rig/modules/{module.name}", module.read_bytes())
    return system / "vmlinuz"


def assemble(work, made):
    """Makes the disk from the archive: a network, a shell on the serial line, and a key that may come in by ssh."""
    root = work / "root"
    root.mkdir()
    subprocess.run(["tar", "-x", "-p", "--numeric-owner", "-f", work / "image.tar", "-C", root], check=True, timeout=300)
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    system = root / "etc" / "systemd" / "system"
    for unit, target in (("multi-user.target.wants/rig-shell.service", "/etc/systemd/system/rig-shell.service"),
                         ("multi-user.target.wants/systemd-networkd.service", "/usr/lib/systemd/system/systemd-networkd.service"),
                         ("default.target", "/usr/lib/systemd/system/multi-user.target"),
                         ("serial-getty@ttyAMA0.service", "/dev/null"), ("apt-daily.timer", "/dev/null"),
                         ("systemd-hwdb-update.service", "/dev/null"), ("systemd-networkd-wait-online.service", "/dev/null")):
        (system / unit).parent.mkdir(exist_ok=True)
        (system / unit).unlink(missing_ok=True)
        (system / unit).symlink_to(target)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", made / "key"], check=True, timeout=60)
    (root / "root" / ".ssh").mkdir(mode=0o700, exist_ok=True)
    shutil.copy(made / "key.pub", root / "root" / ".ssh" / "authorized_keys")
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", root, made / "disk.ext4", SIZE], check=True, timeout=300)
