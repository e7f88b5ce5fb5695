"""A device that fails as accelerators do: later than the call that is to blame, for ever after, or for want of memory."""

from __future__ import annotations

import numpy as np

from harness.adapters.base import Adapter
from harness.case import Case, Outcome, OutOfMemory, Raised, Returned

ASSERT = Raised("fake.DeviceError", "CUDA error: device-side assert triggered")


class FakeDevice(Adapter):
    """Does what the case's parameter ``fault`` says; returns the parameter ``value`` otherwise.

    ``assert``: the kernel fails, which the copy back of the same case reports. ``late``: it fails after the result was copied. Both
    break the context: every later case gets the same error until the process ends. ``memory``: the device has no memory left.
    """

    name = table = "fake"
    modes = ("eager",)
    devices = ("cpu", "cuda")

    def __init__(self, device: str = "cpu") -> None:
        self.device = device
        self.broken = False

    def versions(self) -> dict[str, str]:
        """A made-up distribution."""
        return {"fake": "1"}

    def execute(self, case: Case, mode: str) -> Outcome:
        """Take the place of ``harness.execute.execute``."""
        if self.broken:
            return ASSERT
        fault = case.parameters.get("fault")
        self.broken = fault in ("assert", "late")
        if fault == "assert":
            return ASSERT
        if fault == "memory":
            return OutOfMemory("CUDA out of memory. Tried to allocate 160.00 GiB")
        return Returned((np.array([case.parameters["value"]]),))
