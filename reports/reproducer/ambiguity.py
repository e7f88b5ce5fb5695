"""An ambiguity as a script: what each installed framework makes of the same words, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.case import MODES, Target
from harness.records import FindingRecord
from reports.reproducer.arrays import inputs
from reports.reproducer.program import Program, adapter_of, info_of, present, runner, variables
from reports.reproducer.sources import literal, spread

_SHOW = """for name, run in RUNS.items():
    print(name)
    try:
        results = run()
    except Exception as error:
        print(f"  {type(error).__name__}: {error}\\n")
    else:
        for result in results:
            print(f"  shape {result.shape}, {result.dtype.name}\\n{result}\\n")"""

_DESCRIBE = _SHOW.replace(
    'f"  shape {result.shape}, {result.dtype.name}\\n{result}\\n"', 'f"  shape, dtype: {result}\\n"'
)


def comparison(finding: FindingRecord) -> tuple[list[str], str, set[str]]:
    """Sentences about the conventions, the script's text, and the distributions that it needs.

    Raises ValueError when the finding's detail names no targets (``conventions``).
    """
    conventions = {Target.parse(text): fits for text, fits in finding.detail.get("conventions", {}).items()}
    if not conventions:
        raise ValueError(f"finding {finding.id}: an ambiguity without detail['conventions']")
    result = Program()
    result.body.append("\n".join(inputs(result.sources, present(finding.case))))
    chosen = _one_process(conventions)
    runs = []
    for target in chosen:
        info = info_of(target)
        result.environment.update(variables(info, target.device))
        suffix = "_" + target.framework.replace("-", "_")
        result.body += runner(result.sources, finding.case, target, suffix, adapter_of(info).imports)
        title = f"{target} ({' = '.join(conventions[target])})"
        runs.append(f"{literal(title)}: run{suffix}")
    result.body.append("RUNS = " + spread("{", runs, "}"))
    result.body.append(_DESCRIBE if chosen[0].mode == "abstract" else _SHOW)
    shown = {target.framework for target in chosen}
    left_out = sorted({target.framework for target in conventions} - shown)
    return (
        _sentences(finding, left_out),
        result.text(),
        {name for target in chosen for name in info_of(target).requires},
    )


def _sentences(finding: FindingRecord, left_out: Sequence[str]) -> list[str]:
    """Per convention the arguments that give it elsewhere, as far as the finding tells, and what is not shown."""
    notes = finding.detail.get("notes", {})
    agree = [
        f"{name} elsewhere: {note['agree']}."
        for name, note in notes.items()
        if isinstance(note, dict) and note.get("agree")
    ]
    return [*agree, *([f"Not shown, as one process cannot hold them too: {', '.join(left_out)}."] if left_out else [])]


def _one_process(conventions: Mapping[Target, Sequence[str]]) -> list[Target]:
    """One target per framework that computes if any does, such that their environments do not contradict each other.

    Targets that add a convention come before those that follow one already shown.
    """
    abstract = all(target.mode == "abstract" for target in conventions)
    able = [target for target in conventions if abstract or target.mode != "abstract"]
    ordered = sorted(able, key=lambda target: (MODES.index(target.mode), target))
    chosen: dict[str, Target] = {}
    settings: dict[str, str] = {}
    shown: set[tuple[str, ...]] = set()
    for repeat in (False, True):
        for target in ordered:
            info = info_of(target)
            wanted = variables(info, target.device)
            contradicts = any(settings.get(name, value) != value for name, value in wanted.items())
            if info.table in chosen or contradicts or (tuple(conventions[target]) in shown and not repeat):
                continue
            chosen[info.table] = target
            settings.update(wanted)
            shown.add(tuple(conventions[target]))
    return sorted(chosen.values())
