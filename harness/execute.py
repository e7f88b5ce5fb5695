"""Run one case on one adapter, in this process, and say what came of it. Read by the workers: Python 3.9 syntax."""

from __future__ import annotations

import re
import time
import traceback
from typing import Any, Callable, Dict, List, Optional

import numpy as np

from harness import limits, operator
from harness.adapters.base import Adapter
from harness.case import GRADIENT, Case, Described, Outcome, OutOfMemory, Raised, Returned, Unsupported
from harness.operator import Call, Operator
from harness.values import arrays_of, checksum

OUT_OF_MEMORY = re.compile(
    r"out of memory|can't allocate memory|not enough memory|RESOURCE_EXHAUSTED|bad_alloc|OOM when", re.I
)


TWICE = 4
"""One case in so many is called twice."""


def bind(call: Call, module: Any, arguments: Dict[str, Any]) -> Callable[..., Any]:
    """The call as a function of its tensors alone."""

    def function(*tensors: Any) -> Any:
        return call.function(module, *tensors, **arguments)

    return function


def execute(adapter: Adapter, case: Case, mode: str) -> Outcome:
    """The outcome of ``case`` on ``adapter`` in ``mode``; exceptions of the framework become Raised or OutOfMemory."""
    op = operator.get(case.operator)
    call = op.select(adapter.table, case, mode)
    if call is None:
        return Unsupported(op.unsaid(adapter.table, case, mode))
    lacking = sorted({spec.layout for spec in case.inputs.values()}.intersection(adapter.lacks))
    if lacking:
        return Unsupported(f"{adapter.name} has no {lacking[0]} arrays")
    arrays = op.in_order(case, arrays_of(case))
    started = time.perf_counter()
    try:
        function = bind(call, adapter.module, call.arguments(case))
        if mode == "abstract":
            described = adapter.describe(adapter.module, function, arrays)
            shapes, dtypes = tuple(shape for shape, _ in described), tuple(dtype for _, dtype in described)
            return Described(shapes, dtypes, time.perf_counter() - started)
        return _compute(adapter, op, case, mode, function, arrays)
    except MemoryError as error:
        return OutOfMemory(str(error) or "MemoryError")
    except Exception as error:
        if OUT_OF_MEMORY.search(str(error)):
            return OutOfMemory(str(error)[:2000])
        return _raised(error, time.perf_counter() - started)


def _compute(
    adapter: Adapter,
    op: Operator,
    case: Case,
    mode: str,
    function: Callable[..., Any],
    arrays: List[Optional[np.ndarray]],
) -> Returned:
    """Convert, call, convert back; only the call itself is timed."""
    transform = adapter.transforms[mode]
    if adapter.transforms_first:
        function = transform(adapter.module, function)
    if case.quantity == GRADIENT:
        function = adapter.gradient(adapter.module, function, [op.inputs.index(name) for name in op.wanted(case)])
    if not adapter.transforms_first:
        function = transform(adapter.module, function)
    inputs = checksum(arrays)
    tensors = [None if a is None else adapter.from_numpy(adapter.module, a, adapter.device) for a in arrays]
    started = time.perf_counter()
    results = function(*tensors)
    results = results if isinstance(results, (tuple, list)) else [results]
    returned = tuple(adapter.to_numpy(adapter.module, result) for result in results)
    seconds = time.perf_counter() - started
    if not runs_twice(adapter, case, mode):
        return Returned(returned, seconds, inputs, changed=checksum(arrays) != inputs)
    with limits.patterned_memory():
        results = function(*tensors)
        results = results if isinstance(results, (tuple, list)) else [results]
        again = tuple(adapter.to_numpy(adapter.module, result) for result in results)
    same = [one.tobytes() for one in again] == [one.tobytes() for one in returned]
    return Returned(returned, seconds, inputs, () if same else again, checksum(arrays) != inputs)


def runs_twice(adapter: Adapter, case: Case, mode: str) -> bool:
    """Whether a case is called a second time, on memory filled with a pattern: one in four, by the seed of its first input.

    Only eager calls on the CPU: there every result is computed anew, and in the same order.
    """
    first = next(iter(case.inputs.values()))
    return mode == "eager" and adapter.device == "cpu" and first.seed % TWICE == 0


def _raised(error: Exception, seconds: float) -> Raised:
    """The exception as data: qualified type, message, and where it came from."""
    kind = type(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].name}" if frames else ""
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return Raised(name, str(error)[:8000], seconds, where)
