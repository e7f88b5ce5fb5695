"""The trackers of the frameworks: which repository takes what, which form it asks for, and what it wants to know beside.

Headings and questions are those of the issue forms in each repository's ``.github/ISSUE_TEMPLATE``: PyTorch's ``bug-report.yml``
and ``pt2-bug-report.yml``, JAX's ``bug-report.yml``, TensorFlow's ``tensorflow_issue_template.yaml``, and ``00-bug-template.md`` of
Keras and tf-keras.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.operator import unknown
from harness.records import FindingRecord

BACKENDS = {"keras-tensorflow": "tensorflow", "keras-torch": "torch", "keras-jax": "jax", "keras-jax-x64": "jax-x64"}
"""The framework that computes what a Keras backend is asked for."""


@dataclass(frozen=True)
class Form:
    """An issue form: the file in ``templates/`` that fills it, and what follows ``/issues/new`` to open it."""

    template: str
    address: str


@dataclass(frozen=True)
class Tracker:
    """Where findings of some frameworks are filed. ``compiled`` is the form for compiled code, where there is one of its own.

    ``repositories`` maps a framework, as targets name it, to ``owner/name`` on GitHub; ``wishes`` are lines of the checklist
    that this tracker adds.
    """

    name: str
    title: str
    repositories: Mapping[str, str]
    form: Form
    compiled: Form | None = None
    wishes: tuple[str, ...] = ()


_KERAS = dict.fromkeys(BACKENDS, "keras-team/keras")

TRACKERS: Mapping[str, Tracker] = {
    tracker.name: tracker
    for tracker in (
        Tracker(
            "pytorch",
            "PyTorch",
            {"torch": "pytorch/pytorch"},
            Form("pytorch.md.j2", "?template=bug-report.yml"),
            Form("pytorch_compile.md.j2", "?template=pt2-bug-report.yml"),
            (
                "The contribution guide and its policy on AI-assisted development have been read; they hold for this report.",
                "About accuracy: the notes on numerical accuracy and reproducibility of the documentation do not explain the difference.",
            ),
        ),
        Tracker(
            "jax",
            "JAX",
            {"jax": "jax-ml/jax", "jax-x64": "jax-ml/jax"},
            Form("jax.md.j2", "?template=bug-report.yml"),
        ),
        Tracker(
            "tensorflow",
            "TensorFlow",
            {"tensorflow": "tensorflow/tensorflow"},
            Form("tensorflow.md.j2", "?template=tensorflow_issue_template.yaml"),
            wishes=(
                "The question about TensorFlow Nightly is answered with what was seen there.",
                "A notebook (Colab, Jupyter) with the script is linked, as the form asks.",
                "Script and log were pasted into the form's fields without their fences, which the form adds.",
            ),
        ),
        Tracker(
            "keras",
            "Keras",
            {**_KERAS, "tf-keras": "keras-team/tf-keras"},
            Form("keras.md.j2", "/choose"),
            wishes=("Whether a pull request will follow is answered under Contributing.",),
        ),
    )
}


class RefusedError(ValueError):
    """A finding of which no report is written. The message names it and the reason."""


def tracker_for(finding: FindingRecord, wanted: str | None) -> Tracker:
    """The tracker ``wanted``, or that of the framework the finding blames. Raises RefusedError."""
    framework = finding.fingerprint.framework
    own = next((tracker for tracker in TRACKERS.values() if framework in tracker.repositories), None)
    if wanted is not None:
        if wanted not in TRACKERS:
            raise RefusedError(unknown("tracker", wanted, TRACKERS))
        tracker = TRACKERS[wanted]
        if own is not tracker:
            place = f"the tracker of {framework} is {own.name!r}" if own else "no tracker is known for it"
            raise RefusedError(f"finding {finding.id}: blames {framework}, not {tracker.title}; {place}")
        return tracker
    if own is None:
        raise RefusedError(f"finding {finding.id}: no tracker is known for {framework!r}; known: {', '.join(TRACKERS)}")
    return own


def delegated(finding: FindingRecord, wanted: str | None, others: Sequence[FindingRecord]) -> FindingRecord:
    """The finding to report: itself, or for the tracker of a Keras backend what that backend shows without Keras.

    Keras hands its calls to a backend. Only a finding that blames the backend itself, with a script that calls it, is a report
    for the backend's tracker. Raises RefusedError where Keras delegates and the store has no such finding.
    """
    mark = finding.fingerprint
    backend = BACKENDS.get(mark.framework, "")
    if wanted is None or wanted not in TRACKERS or backend not in TRACKERS[wanted].repositories:
        return finding
    same = (mark.operator, mark.quantity, mark.kind)
    for other in others:
        its = other.fingerprint
        if its.framework == backend and (its.operator, its.quantity, its.kind) == same:
            return other
    verdicts = {outcome.verdict for outcome in finding.outcomes if outcome.target.startswith(f"{backend}:")}
    what = (
        f"{backend} itself is right on this case, so Keras is what is wrong"
        if verdicts and verdicts <= {"agreed", "agreed_refusal", "other_convention"}
        else f"the store has no finding of {backend} itself; 'opdiff run {mark.operator} --targets {backend}' looks for one"
    )
    raise RefusedError(f"finding {finding.id}: blames {mark.framework}: {what}")
