"""TensorFlow: tf.experimental.numpy.triu and tril of booleans raise TypeError.

Exit status: 0 once the results are right, 1 while they are refused. Seen with tensorflow 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf

functions = {"triu": [[True, True], [False, True]], "tril": [[True, False], [True, True]]}
failures = []
for name, right in functions.items():
    function = getattr(tf.experimental.numpy, name)
    integers = function(tf.ones((2, 2), tf.int32)).numpy().astype(bool).tolist()
    assert integers == right, f"control: {name} of int32 is {integers}"
    try:
        found = function(tf.ones((2, 2), tf.bool)).numpy().tolist()
    except TypeError as error:
        found = str(error)
    if found != right:
        failures.append(f"{name}: {found}")
assert not failures, failures
