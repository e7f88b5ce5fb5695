"""Softmax, its relatives and the losses."""

from harness.operators.losses import binary as binary
from harness.operators.losses import categorical as categorical
from harness.operators.losses import classes as classes
from harness.operators.losses import ctc as ctc
from harness.operators.losses import pairs as pairs
from harness.operators.losses import softmax as softmax
