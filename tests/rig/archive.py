"""Writes a directory as an archive that the kernel unpacks at boot (cpio, "newc"), with everything owned by root."""

import os
import stat


class Archive:
    """Files are added by name; the last one of a name counts. Use it as a context."""

    def __init__(self, path):
        self._file = open(path, "wb")
        self._number = 0
        self._directories = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._entry("TRAILER!!!", 0, b"")
        self._file.write(b"\0" * (-self._file.tell() % 512))
        self._file.close()

    def _entry(self, name, mode, content, device=(0, 0)):
        self._number += 1
        encoded = name.encode() + b"\0"
        fields = (self._number, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(encoded), 0)
        self._file.write(b"070701" + b"".join(b"%08x" % field for field in fields) + encoded)
        self._file.write(b"\0" * (-self._file.tell() % 4) + content)
        self._file.write(b"\0" * (-self._file.tell() % 4))

    def _parents(self, name):
        parent = os.path.dirname(name)
        if parent and parent not in self._directories:
            self._parents(parent)
            self._directories.add(parent)
            self._entry(parent, stat.S_IFDIR | 0o755, b"")

    def file(self, name, content, mode=0o644):
        self._parents(name)
        self._entry(name, stat.S_IFREG | mode, content if isinstance(content, bytes) else content.encode())

    def link(self, name, target):
        self._parents(name)
        self._entry(name, stat.S_IFLNK | 0o777, os.fsencode(target))

    def device(self, name, major, minor):
        self._parents(name)
        self._entry(name, stat.S_IFCHR | 0o600, b"", (major, minor))

    def tree(self, root, leave_out=()):
        """Everything below `root`, but for what begins with a name in `leave_out`."""
        for directory, directories, files in os.walk(root):
            below = os.path.relpath(directory, root)
            directories.sort()
            for name in sorted(directories + files):
                path = os.path.join(directory, name)
                inside = os.path.normpath(os.path.join(below, name))
                if inside.startswith(tuple(leave_out)):
                    continue
                mode = os.lstat(path).st_mode
                if stat.S_ISLNK(mode):
                    self.link(inside, os.readlink(path))
                elif stat.S_ISDIR(mode):
                    self._parents(os.path.join(inside, "x"))
                elif stat.S_ISREG(mode):
                    with open(path, "rb") as file:
                        self.file(inside, file.read(), stat.S_IMODE(mode))
