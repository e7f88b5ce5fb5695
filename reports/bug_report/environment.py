"""The environment of a finding as each tracker's own printer lays it out, as far as the store knows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reports.bug_report.facts import Facts


def _lines(rows: Mapping[str, str | None]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in rows.items() if value)


def _machine(facts: Facts) -> dict[str, str | None]:
    """What no framework's printer says: how the workers were set up."""
    return {"Devices": facts.environment.get("devices"), "Set for the run": facts.settings}


def collect_env(facts: Facts) -> str:
    """As ``python -m torch.utils.collect_env`` prints it."""
    known, versions = facts.environment, facts.versions
    rows = {
        "PyTorch version": versions.get("torch"),
        "OS": known.get("system"),
        "Python version": known.get("python") or versions.get("python"),
        "CPU": known.get("cpu"),
        "Architecture": known.get("machine"),
        "CPU flags": known.get("flags"),
        "CPU(s)": known.get("cores"),
        "Memory": known.get("memory"),
    }
    return _lines({**rows, **_machine(facts), "[pip3] numpy": versions.get("numpy")})


def environment_info(facts: Facts) -> str:
    """As ``jax.print_environment_info()`` prints it."""
    known, versions = facts.environment, facts.versions
    rows = {
        "jax": versions.get("jax"),
        "jaxlib": versions.get("jaxlib"),
        "numpy": versions.get("numpy"),
        "python": known.get("python") or versions.get("python"),
        "device info": facts.device,
        "platform": " ".join(filter(None, (known.get("system"), known.get("machine")))),
        "cpu": known.get("cpu"),
        "cpu flags": known.get("flags"),
        "cores": known.get("cores"),
    }
    return _lines({**rows, **_machine(facts)})


def system(facts: Facts) -> str:
    """All that is stored, for forms whose own fields ask for less."""
    names = {"tensorflow": "TensorFlow", "keras": "Keras", "tf_keras": "tf_keras", "torch": "PyTorch", "jax": "JAX"}
    rows = {title: facts.versions.get(name) for name, title in names.items()}
    known = {name: facts.environment.get(name) for name in ("cpu", "machine", "flags", "cores", "memory")}
    return _lines({**rows, **known, **_machine(facts)})


LAYOUTS: Mapping[str, Callable[[Facts], str]] = {
    "pytorch": collect_env,
    "jax": environment_info,
    "tensorflow": system,
    "keras": system,
}
"""By the tracker's name."""
