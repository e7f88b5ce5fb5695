"""The generated table of operators."""

from pathlib import Path

from harness import operator
from reports.operator_table import called, document, frameworks_calls

PAGE = Path(__file__).parent.parent / "docs" / "operators.md"


def test_the_page_is_what_the_code_says():
    assert PAGE.read_text(encoding="utf-8") == document(), "run: python -m reports.operator_table > docs/operators.md"


def test_every_operator_has_a_row():
    rows = {
        line.split("|")[1].strip() for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")
    }
    assert set(operator.load()) <= rows


def test_what_a_framework_calls_an_operator():
    assert frameworks_calls(operator.get("exp"), "tensorflow") == "`tf.math.exp`"
    assert "jax.lax.conv_transpose" in frameworks_calls(operator.get("conv_transpose:aligned"), "jax")
    assert frameworks_calls(operator.get("log2"), "tensorflow") == "–"


def test_a_name_that_elsewhere_only_moves_arrays_is_the_operator_where_it_stands_alone():
    assert frameworks_calls(operator.get("add"), "jax") == "`jax.numpy.add`"
    assert frameworks_calls(operator.get("flip"), "keras") == "`keras.ops.flip`"
    assert "add" not in frameworks_calls(operator.get("conv:aligned"), "keras")


def test_names_that_are_computed_are_shown_with_a_star():
    def call(torch, x, *, rank):
        return getattr(torch.nn.functional, f"max_pool{rank}d")(x)

    assert called(call) == ("torch.nn.functional.max_pool*d",)
