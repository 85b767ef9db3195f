"""What the pins did, as a Value Change Dump: `doorlockd wave` draws it, GTKWave opens it."""

NAMES = {"GPIO17": "lock_GPIO17", "GPIO27": "unlock_GPIO27", "GPIO22": "locked_switch_GPIO22", "GPIO23": "unlocked_switch_GPIO23"}


def write_vcd(path, changes, start, end, levels):
    """`changes` as of machine.Pins; `levels` are those of each recorded line at `start`. Times in seconds."""
    marks = {name: chr(ord("!") + number) for number, name in enumerate(levels)}
    lines = ["$timescale 1us $end", "$scope module door $end"]
    lines += [f"$var wire 1 {mark} {NAMES.get(name, name)} $end" for name, mark in marks.items()]
    lines += ["$upscope $end", "$enddefinitions $end", "#0", "$dumpvars"]
    lines += [f"{levels[name]}{mark}" for name, mark in marks.items()] + ["$end"]
    for at, name, level in sorted(changes):
        if start <= at <= end and name in marks:
            lines += [f"#{round((at - start) * 1e6)}", f"{level}{marks[name]}"]
    lines.append(f"#{round((end - start) * 1e6)}")
    path.write_text("\n".join(lines) + "\n")
