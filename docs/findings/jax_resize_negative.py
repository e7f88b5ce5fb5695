"""JAX: jax.image.resize to a negative size returns an empty array.

Exit status: 0 once the calls raise, 1 while they return. Seen with jax 0.10.2. A shape has no negative lengths: jax.numpy.zeros and
jax.numpy.broadcast_to refuse them.
"""

import contextlib

import jax

x = jax.numpy.ones((1, 4, 4, 1))
accepted = {}
for name, call in (
    ("control: zeros", lambda: jax.numpy.zeros((1, -1, 4, 1))),
    ("control: broadcast_to", lambda: jax.numpy.broadcast_to(x[:, :1], (1, -1, 4, 1))),
    *(
        (method, lambda method=method: jax.image.resize(x, (1, -1, 4, 1), method))
        for method in ("nearest", "linear", "lanczos3")
    ),
):
    with contextlib.suppress(TypeError, ValueError):
        accepted[name] = call().shape
assert not any(name.startswith("control") for name in accepted), f"control: {accepted}"
assert not accepted, f"accepted a size of -1: {accepted}"
