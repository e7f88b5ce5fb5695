"""Normalisations."""

from harness.operators.normalisation import batch as batch
from harness.operators.normalisation import channels as channels
from harness.operators.normalisation import layers as layers
