"""What frameworks document not to do with the words of a nominal convolution.

Its numerical facts are those of the aligned form.
"""

from __future__ import annotations

from harness.case import Case, Kind, KnownDifference
from harness.operators.convolution import aligned, nominal
from harness.operators.convolution.known_keras import DILATIONS, LAYERS, SYMBOLIC_GROUPS, rows, same_output_padding


def strided(case: Case) -> bool:
    """Whether some stride is above 1."""
    return any(s > 1 for s in case.parameters["stride"])


STRIDED_SAME = KnownDifference(
    "torch:*",
    Kind.RAISED,
    r"padding='same' is not supported for strided convolutions|Dynamo failed to run FX node",
    "padding='same' takes stride 1 only",
    "torch.nn.Conv2d, note: \"However, this mode doesn't support any stride values other than 1.\" (of padding='same')",
    when=lambda case: case.parameters["padding"] == "same" and strided(case),
    name="torch-strided-same",
)

nominal.conv.differs(STRIDED_SAME, SYMBOLIC_GROUPS)
for _nominal, _aligned in ((nominal.conv, aligned.conv), (nominal.conv_transpose, aligned.conv_transpose)):
    _nominal.accuracies = _aligned.accuracies
    _nominal.differs(LAYERS, DILATIONS)
    for _framework in ("tensorflow", "keras-tensorflow", "tf-keras"):
        _nominal.differs(*rows(f"{_framework}:cpu:*"))
nominal.conv_transpose.differs(same_output_padding("keras-tensorflow:*"), same_output_padding("tf-keras:*"))
