"""What the tests of operators by formulas share: drawn cases, their meanings, derivatives by finite differences."""

from __future__ import annotations

import numpy as np

from harness import operator
from harness.case import GRADIENT, VALUE, Case
from harness.draw import draw_block
from harness.meaning import Rule
from harness.values import arrays_of


def of_family(family):
    """Keys of the operators of a family."""
    return sorted(key for key, op in operator.load().items() if op.family == family)


def cases(key, quantity=VALUE, regime="rounding", count=50, dtypes=("float32", "float64"), least=1):
    """Computable cases of an operator with their arrays and meanings."""
    op = operator.get(key)
    for drawn in draw_block(op.structures(), key, 7, 0, count):
        for case in op.cases(drawn.case, 11):
            if case.quantity == quantity and case.regime in (regime, "full", "uniform") and case.dtype in dtypes:
                arrays = arrays_of(case)
                meaning = op.meaning(case, arrays)
                if meaning.rule is Rule.COMPUTE and arrays["x"].size >= least:
                    yield case, arrays, meaning


def values(meaning, convention=None):
    """The expected values of all outputs under a convention, by default the first."""
    outputs = meaning.variants[convention] if convention else next(iter(meaning.variants.values()))
    return [output.values[0] for output in outputs]


def directional(key, case, arrays, meaning):
    """(finite difference, vector-Jacobian product), both along one random direction of all differentiable inputs, per convention."""
    op = operator.get(key)
    names = op.wanted(case)
    plain = Case(case.operator, {n: s for n, s in case.inputs.items() if n != "cotangent"}, case.parameters, VALUE)
    generator = np.random.default_rng(3)
    directions = {n: generator.standard_normal(arrays[n].shape).astype(np.longdouble) for n in names}
    cotangent = arrays["cotangent"].astype(np.longdouble)
    step = np.longdouble(1e-7)

    def at(sign, convention):
        moved = {
            n: a if n not in names else a.astype(np.longdouble) + sign * step * directions[n] for n, a in arrays.items()
        }
        found = op.meaning(plain, moved)
        chosen = next((v for name, v in found.variants.items() if convention.startswith(name)), None)
        chosen = chosen or next(iter(found.variants.values()))
        return (cotangent * chosen[0].values[0]).sum()

    for convention, outputs in meaning.variants.items():
        difference = (at(1, convention) - at(-1, convention)) / (2 * step)
        product = sum((output.values[0] * directions[n]).sum() for n, output in zip(names, outputs, strict=True))
        scale = sum((np.abs(output.values[0] * directions[n])).sum() for n, output in zip(names, outputs, strict=True))
        yield convention, float(difference), float(product), float(scale)


def assert_gradients(keys, count=160, without="\0"):
    """The analytic products agree with finite differences in all operators, but for conventions that name what is ``without`` them."""
    for key in keys:
        checked = 0
        for case, arrays, meaning in cases(key, GRADIENT, count=count, dtypes=("float64",)):
            if arrays["x"].size > 600 or case.regime == "full":  # of zero variance: too curved for a step
                continue
            for convention, difference, product, scale in directional(key, case, arrays, meaning):
                if without in convention or not np.isfinite(difference):  # a logarithm of a negative number
                    continue
                assert abs(difference - product) <= 1e-6 * scale + 1e-9, (key, convention, case, difference, product)
            checked += 1
            if checked == 3:
                break
        assert checked, key
