"""What ``explain`` answers when a call or an input cannot be explained."""

from __future__ import annotations


class CallError(ValueError):
    """A call, argument or input that breaks a rule; the message names the argument, its value and the rule."""


def refuse(argument: str, value: object, rule: str) -> CallError:
    """The error for one argument."""
    shown = value if isinstance(value, str) else repr(value)
    return CallError(f"{argument}={shown if len(shown) <= 200 else shown[:197] + '...'}: {rule}")
