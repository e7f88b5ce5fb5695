"""Messages of frameworks reduced to what identifies a defect: sizes, addresses, paths and names differ from case to case."""

from __future__ import annotations

import re

_RULES = tuple(
    (re.compile(pattern, flags), replacement)
    for pattern, replacement, flags in (
        (r"^[FEWI]\d{4} [\d:.]+\s+\d+ ", "", 0),  # the logger's severity, time and thread
        (r"\x1b\[[0-9;]*[A-Za-z]", "", 0),  # terminal colours
        (r"\{\{.*?\}\}", "", 0),  # TensorFlow's node names
        (r"\[Op:(\w+)\].*", r"[\1]", re.S),  # what follows TensorFlow's operation name is the stack
        (r"\s+at loc\(.*", "", re.S),  # where XLA's caller, opdiff itself, stands
        (r"/job:\S+|/device:\S+", "DEVICE", 0),
        (r"(?:[A-Za-z]:)?(?:/[\w.+-]+){2,}(?::\d+)?", "PATH", 0),
        (r"\bat 0x[0-9a-f]+|\b0x[0-9a-f]+", "ADDRESS", re.I),
        (
            r"\b(?:torch\.)?(?:c10::)?(?:BFloat16|Half|Float|Double|bfloat16|float16|float32|float64|bf16|f16|f32|f64)\b"
            r"|\b(?:u?int(?:8|16|32|64)|complex(?:64|128)|bool|DT_[A-Z0-9]+)\b|\btorch\.(?:cuda\.)?\w+Tensor\b|\b(?:CPU|CUDA)\w+Type\b",
            "DTYPE",
            0,
        ),
        (r"'([A-Za-z]\w*?)_\d+'", r"'\1'", 0),  # Keras numbers its layers
        (r"[+-]?\b\d+(?:\.\d+)?(?:e[+-]?\d+)?", "N", re.I),
        (r"\d+", "N", 0),  # inside identifiers: conv2d and conv3d are one
        (r"\bNone\b", "N", 0),
        (r"N(?:\s*[,xX]\s*N|\s+N\b)*,?", "N", 0),
        (r"[\(\[\{<]\s*N?\s*[\)\]\}>]", "[N]", 0),
        (r"\s+", " ", 0),
    )
)


_WRAPPED = re.compile(r"Exception encountered when calling (?:layer )?\S+(?: \(type \w+\))?\.\s*", re.S)
_ARGUMENTS = re.compile(r"\s*(?:Call a|A)rguments received by .*", re.S)
_TRACED = re.compile(r"^(?:in user code:|Graph execution error:|Exception encountered)", re.I)
_INNER = re.compile(r"^\s*(?:\w+\.)*\w*(?:Error|Exception): ", re.M)


def essence(message: str) -> str:
    """A message without what Keras and tracing put around the one that was raised inside: layer names, arguments, a traceback."""
    message = _ARGUMENTS.sub("", _WRAPPED.sub("", message))
    inner = list(_INNER.finditer(message))
    return message[inner[-1].end() :] if inner and _TRACED.match(message.strip()) else message


def normalise(message: str, limit: int = 240) -> str:
    """One line of at most ``limit`` characters that is equal for messages which differ in numbers, shapes, dtypes and places only."""
    message = essence(message)
    for pattern, replacement in _RULES:
        message = pattern.sub(replacement, message)
    return message.strip()[:limit]


_INTERNAL = re.compile(
    r"INTERNAL ASSERT|please report a bug|internal error|This is a bug|verifier errors|Check failed|unreachable|should never happen"
    r"|Expected.*to be true, but got false|not supposed to",
    re.I,
)


def is_internal(kind: str, message: str) -> bool:
    """Whether a refusal comes from an internal assertion instead of a check of the arguments."""
    return kind in {
        "KeyError",
        "AssertionError",
        "UnboundLocalError",
        "AttributeError",
        "NameError",
        "SystemError",
    } or bool(_INTERNAL.search(message))
