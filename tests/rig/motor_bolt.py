"""A motor bolt at the pins of an emulated machine."""

import threading

TRAVEL = 0.4  # seconds


class MotorBolt:
    """Plays the bolt and its end switches at the machine's pins: it moves while a line is driven."""

    def __init__(self, pins):
        self._pins = pins
        self._towards = {"GPIO17": "GPIO22", "GPIO27": "GPIO23"}
        self._timer = None
        pins.drive("GPIO23", 1)
        pins.listeners.append(self._changed)

    def _changed(self, _, name, level):
        if name not in self._towards:
            return
        if self._timer:
            self._timer.cancel()
        if level:
            away, there = self._towards["GPIO27" if name == "GPIO17" else "GPIO17"], self._towards[name]
            self._timer = threading.Timer(TRAVEL, self._arrive, (away, there))
            self._timer.daemon = True
            self._timer.start()

    def _arrive(self, away, there):
        self._pins.drive(away, 0)
        self._pins.drive(there, 1)
