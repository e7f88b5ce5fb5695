"""docs/findings.md: every script still shows its finding on the pinned releases, and every reported defect is a row that explains it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pytest
from forking import Done, Forking
from scripted import conv, transposed

from harness import operator
from harness.case import Case, Described, Died, InputSpec, Outcome, Returned, Target
from harness.compare import Judgement, judge
from harness.meaning import Accuracy
from harness.values import generate

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "docs" / "findings"
PAGE = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")

# What each script ends with today. Its controls, the second ways to the right result, begin their messages with "control".
LAST_WORDS = {
    "jax_abort_huge_array": "'zeros: signal 6', 'pad: signal 6'",
    "jax_bessel_overflow": "i0(89) is inf; expected 1.901e+37",
    "jax_bincount_int8": "OverflowError: Python integer 300 out of bounds for int8",
    "jax_conv_transpose_assertion": "refused by 'AssertionError: '",
    "jax_float64_groups_infinity": "float64",
    "jax_gcd_smallest_integer": "gcd(-2**31, 7): no result after 20 s",
    "jax_gelu_float16_gradient": "float16, x = [140, 150, 1000, -150, -1000]: the gradient is [1.0, nan, nan, nan, nan]",
    "jax_histogram_sixteen_bits": "'float16': 2048.0}; expected 4096",
    "jax_istft": "'two frames of eight, one step': '3 elements for 9'",
    "jax_lu_stack": "too many values to unpack (expected 2)",
    "jax_matrix_rank_empty": "ValueError: zero-size array to reduction operation max",
    "jax_median_overflow": "the median is inf; expected 3",
    "jax_pad_reflect_one": "pad(x, (2**62, 0), mode='reflect'): no result after 20 s",
    "jax_partition_smallest_integer": "the least of [5, -2147483648, 3] is 3, at 2",
    "jax_power_subnormal": "1e-40 ** -0.5 is 3.778e+22; expected 1e+20 or infinity",
    "jax_quantile_keepdims": "'median': (1,)}; expected ()",
    "jax_reduce_window_strides": "ValueError: safe_zip() argument 1 has length 0",
    "jax_reshape_description": "three elements described as two",
    "jax_resize_negative": "accepted a size of -1: {'nearest': (1, 0, 4, 1)",
    "jax_sinc_overflow": "{'float16, 30000': nan, 'float32, 3e38': nan}; expected 0",
    "jax_subnormal_functions": "subnormal numbers: {'cbrt': -5.59",
    "jax_take_int8": "int8: index -1 of 200 elements",
    "jax_tile_description": "tile(x, -1) of three elements is described as (-3,)",
    "keras_activations_symbolic": "'sparsemax': 'ValueError'}; expected (2, 4)",
    "keras_angle_description": "returned as float32",
    "keras_bitwise_description": "described with the shape (1,); expected (3,)",
    "keras_categorical_crossentropy_description": "described with the shape (5, 7); expected (5, 3)",
    "keras_contraction_description": "'einsum, ij->iz': (3, 1), 'einsum, ij->ii': (3, 3)}",
    "keras_eig_description": "described as ['float32', 'float32'], returned as ['complex64', 'complex64']",
    "keras_float64_description": "described as float32, returned float64",
    "keras_ignore_class_16_bit": "only the second is to be ignored",
    "keras_initial_state_description": "described: {'SimpleRNN': (2, 4), 'GRU': (2, 4), 'LSTM': (2, 4)}",
    "keras_jax_cholesky_inverse": "(3, 2, 2): 'ValueError', (3, 1, 1): [[0.75]]",
    "keras_jax_conv_dtypes": "described as float16, returned float32",
    "keras_jax_gru_without_bias": "carry input and carry output must have equal types",
    "keras_jax_hinge_symbolic": "hinge of KerasTensors: Exception",
    "keras_jax_huber_symbolic": "huber of KerasTensors: A KerasTensor",
    "keras_jax_moments_range": "the mean of 1e5 and 3e5 is 65536.0",
    "keras_jax_simple_rnn_float64": "SimpleRNN of float64: TypeError, of a scan's carry",
    "keras_jax_sparse_categorical_dtype": "returned as {'bfloat16': 'float32', 'float16': 'float32'}",
    "keras_label_smoothing_axis": "axis 1: the loss is 0.433",
    "keras_logarithmic_error_dtype": "the loss of float16 is float32",
    "keras_logsumexp_description": "described as float32, computed as float16",
    "keras_lu_factor_description": "described as float32, returned as int32",
    "keras_map_coordinates_description": "order 2 is described as (3,)",
    "keras_meshgrid_description": "described as ['float32', 'float32'], returned as ['int8', 'int8']",
    "keras_normalize_description": "bfloat16: described as float32, returned bfloat16",
    "keras_reciprocal_description": "described as float32, returned float16",
    "keras_refused_described": "'separable_conv': (1, 4, 4, 3), 'einsum': (2, 2)}",
    "keras_repeated_axis_description": "sum is described as (1, 3); expected a refusal",
    "keras_rgb_to_hsv_bfloat16": "ACTUAL: array([0., 0., 0.]",
    "keras_rot90_description": "k = 2: described as (3, 2), returned (2, 3)",
    "keras_scatter_update_description": "described: [(None, (5, 4, 9)), (None, (5, 9)), ('add', (5, 4, 9))",
    "keras_slogdet_description": "described as [(), (5,)], returned [(5,), (5,)]",
    "keras_sparsemax": "sparsemax: two in the support",
    "keras_stft_window_description": "described: {'stft': (1, 7, 3), 'istft': (1, 6)}",
    "keras_tensorflow_add": "add",
    "keras_tensorflow_argpartition": "gives the indices [3, 2, 2, 3]",
    "keras_tensorflow_argpartition_matrix": "{1: [[1, 3, 2, 3], [0, 1, 2, 0]], 2: 'InvalidArgumentError",
    "keras_tensorflow_argpartition_range": "{'computed': [4, -5, 2147483648], 'described': [4, -5, 2147483648]}",
    "keras_tensorflow_attention_bias": "[1.0, 0.5, 0.333]; expected [1, 1, 1]",
    "keras_tensorflow_cbrt": "{'float32': '6.8e-07', 'bfloat16': '4.5e-02'}; the root of -0 is 0.0",
    "keras_tensorflow_celu_gradient": "the slope at 0 is 2.0",
    "keras_tensorflow_complex_bool": "Cannot convert True to EagerTensor of dtype complex64",
    "keras_tensorflow_correlate": "Computed output size would be negative",
    "keras_tensorflow_einsum_implicit": "(shapes (2, 4), (4, 2) mismatch)",
    "keras_tensorflow_eye": "(shapes (6, 3), (5, 2) mismatch)",
    "keras_tensorflow_eye_diagonal": "(8, 4, -3): (9, 5)",
    "keras_tensorflow_fmod_smallest": "fmod(-2**31, 6) is -4; expected -2",
    "keras_tensorflow_hypot_infinity": "two infinities: hypot is nan; expected inf",
    "keras_tensorflow_istft": "a stride of 2: off by 0.18 at the ends",
    "keras_tensorflow_ldexp": "0.25 * 2**128 is inf; expected 8.507e+37",
    "keras_tensorflow_less_uint64": "uint64: 2**32 + 1 is less than 2",
    "keras_tensorflow_log_cosh_float64": "float64 log_cosh of 0: -1.9",
    "keras_tensorflow_lstm_empty_batch": "an empty batch is refused by ['LSTM(4)', 'add']",
    "keras_tensorflow_lstsq_empty": "{'no equations': 'refused', 'no unknowns': 'refused'}",
    "keras_tensorflow_lu_factor": "{'pivots': [2, 0, 1], 'stack': 'InvalidArgumentError'}",
    "keras_tensorflow_map_coordinates": "'reflect at [-3, -2, -1]': [4.0, 3.0, 2.0]",
    "keras_tensorflow_matmul_int32": "'vdot': 50331648, 'einsum': 50331648}; expected 50331651",
    "keras_tensorflow_median_infinity": "is nan; expected inf",
    "keras_tensorflow_nanquantile": "Incompatible shape for value (()), expected ((2,))",
    "keras_tensorflow_prod_dtype": "is (16.0, 'int8'); expected 10000 of float32",
    "keras_tensorflow_quantile_float64": "is 0.10000000149011612; expected 0.1",
    "keras_tensorflow_rot90": "half a turn",
    "keras_tensorflow_round_float64": "round(1234567, -2) is 1234600.027",
    "keras_tensorflow_same_even_kernel": "AbortedError",
    "keras_tensorflow_searchsorted": "Leading dim_size of both",
    "keras_tensorflow_sign_uint32": "the sign of 2**31 + 5 is 4294967295",
    "keras_tensorflow_ties": "at a tie: {'hypot': [1.4142, 0.0], 'logaddexp': [1.0, 0.0]}",
    "keras_tensorflow_tril_bound": "('triu', -5): 'InvalidArgumentError'",
    "keras_torch_argpartition": "the second smallest is 0.2",
    "keras_torch_attention_bias_causal": "Explicit attn_mask should not be set when is_causal=True",
    "keras_torch_average_pool_same": "one element of padding",
    "keras_torch_cbrt": "the root of 1e30 is 1.05e+10, that of -0 is 0.0",
    "keras_torch_correlate": "same: shape (3,); expected (5,); valid: shape (); expected (1,)",
    "keras_torch_count_nonzero": "two axes left",
    "keras_torch_dot_int32": "{'dot': 50331648, 'tensordot': 50331648}; expected 50331651",
    "keras_torch_dot_stack": "the shape is (2, 3, 5), described as (2, 3, 2, 5)",
    "keras_torch_keepdims": "{'sum': (), 'prod': (), 'min': (), 'max': ()}; expected (1, 1)",
    "keras_torch_layer_normalization_axis": "layer_normalization over axis 1",
    "keras_torch_median_infinity": "is nan; expected inf",
    "keras_torch_nancumsum": "nancumsum",
    "keras_torch_nextafter": "the number after 1 is array(1., dtype=float32)",
    "keras_torch_pad_integers": "{'int32': [16777216, 5, 16777216, 7, 16777216]",
    "keras_torch_pad_symmetric": "symmetric, two elements",
    "keras_torch_padding_word": "'max_pool', 'average_pool', 'MaxPooling1D', 'conv'",
    "keras_torch_prod_axes": "prod along (0, -2), by keepdims: {False: 5040.0, True: [[10.0, 18.0, 28.0]]}",
    "keras_torch_scatter_update_gradient": "'mul: one of the variables needed for gradient",
    "keras_torch_segment_sum": "segment_sum, int32",
    "keras_torch_take_negative": "take of (2, 3), no axis",
    "keras_torch_tri_columns": "no columns: (2, 2)",
    "keras_vstack_vectors": "{'vstack': (6,), 'vstack, described': (6,)",
    "tensorflow_abort_large_dilation": "died of signal 6",
    "tensorflow_abort_lstm_block_cell": "a state of the shape (2,): died of signal 6",
    "tensorflow_abort_pool_stride": "2**31: died of signal 6",
    "tensorflow_atan2_subnormal": "subnormal numbers: atan2 is nan",
    "tensorflow_bessel_i1_gradient": "at zero",
    "tensorflow_bessel_overflow": "89",
    "tensorflow_bfloat16_groups": "bfloat16",
    "tensorflow_bfloat16_transpose_channels_first": "bfloat16, channels first",
    "tensorflow_block_lstm_v2_gradient": "the gradient by the gates i, f, c, o is [0.190",
    "tensorflow_conv3d_gradient_empty": "stride 2: died of signal 11",
    "tensorflow_conv3d_static_shape": "the static shape is (1, 8, 7, 6, 1); expected (1, 8, 6, 7, 1)",
    "tensorflow_conv_transpose_large_stride": "width: died of signal 11",
    "tensorflow_cumprod_gradient": "a zero in the middle",
    "tensorflow_cumulative_logsumexp_infinity": "two infinities",
    "tensorflow_cumulative_logsumexp_nan": "nan location mismatch",
    "tensorflow_depthwise_backprop_dilation": "AbortedError",
    "tensorflow_depthwise_gradient_empty_batch": "expected zeros",
    "tensorflow_elu_small": "elu, float32",
    "tensorflow_erf_float64": "erf, float64",
    "tensorflow_erfinv_small": "erfinv, float32",
    "tensorflow_expm_vector": "of shape (1,): (1, 1); expected a refusal",
    "tensorflow_gelu_float16_gradient": "float16, x = [250, 256, 1000, -256, -1000]: the gradient is [1.0, nan, nan, nan, nan]",
    "tensorflow_gelu_float64": "gelu, float64",
    "tensorflow_graph_reshape": "accepted: (2, 3)",
    "tensorflow_hann_window_odd": "length 5",
    "tensorflow_leaky_relu_float64": "alpha 0.3: leaky_relu(-1) is -0.3000000119",
    "tensorflow_lstm_block_cell_description": "described: ['h of one axis', 'w of seven rows']; expected refusals",
    "tensorflow_max_pool_gradient_empty": "the gradients are off by",
    "tensorflow_max_pool_infinity": "max_pool: -3.4028234663852886e+38; expected -inf",
    "tensorflow_max_pool_long_window": "'max_pool1d: signal 8', 'keras.ops.adaptive_max_pool: signal 8'",
    "tensorflow_mirror_pad_gradient_empty": "an empty batch: ",
    "tensorflow_onednn_empty_batch": "float32 has the shape (0, 9, 9, 2); expected (0, 7, 7, 5)",
    "tensorflow_pool_gradient_volume": "'max_pool_v2': \"'NoneType' object has no attribute 'decode'\"",
    "tensorflow_reciprocal_large": "64 elements: the relative error of the reciprocal of 1e+36 is 8.9e-05",
    "tensorflow_reduce_axis": "'reduce_mean'] of 2 x 3 elements take the axis 2^32",
    "tensorflow_repeat_description": "-1 times: described as {'repeat': [None], 'tile': [None]}",
    "tensorflow_repeated_axis_description": "described as (3,); expected a refusal",
    "tensorflow_rfft_gradient_length": "ACTUAL: array([3.5, 3.5, 3.5, 3.5, 3.5, 3.5])",
    "tensorflow_rfftnd_description": "{'rfftnd': False, 'an axis out of range': False, 'norm': False}",
    "tensorflow_roll_description": "the axis 2 of two axes is described: {'roll': [2, 3], 'fftshift': [2, 3]}",
    "tensorflow_roll_shift": "a shift of 2**31",
    "tensorflow_scalar_to_numpy": "object __array__ method not producing an array",
    "tensorflow_scan_axis_description": "described: {('cumsum', 7): (3,), ('cumsum', 1): ()",
    "tensorflow_searchsorted_scalar": "{'tf': 'InvalidArgumentError: slice index -1 of dimension 0 out of bounds.'",
    "tensorflow_segment_infinity": "the extremes are 3.403e+38 and -3.403e+38; expected infinities",
    "tensorflow_softmax_nan": "float32: [nan",
    "tensorflow_top_k_count": "k = 2**32 + 2 of four elements returns [4.0, 3.0]; expected a refusal",
    "tensorflow_triu_bool": "triu: Cannot convert 0 to EagerTensor of dtype bool",
    "tensorflow_weighted_cross_entropy_gradient": "is 0.0; expected -1.5",
    "tensorflow_xla_depth_to_space": "signal 11",
    "tensorflow_xla_maximum_nan": "of 0 and NaN: {'maximum': 0.0, 'minimum': 0.0}",
    "tensorflow_xla_slice_gradient": "'slice(0, 0, 2)': [3, 3, 4]",
    "tensorflow_xla_svd_empty": "Slice dim size 1 greater than dynamic slice dimension: 0.",
    "tensorflow_xla_svd_float64": "departs from the float64 matrix by 2.6e-07",
    "tf_keras_conv3d_transpose_dilation": "Conv3DTranspose: (1, 5, 5, 5, 1); expected (1, 7, 7, 7, 1)",
    "torch_antialias_width_one": "width 1: [0.714",
    "torch_attention_masked_gradient": "the gradient is [4.00000",
    "torch_bessel_infinity": "expected inf, inf, 5.139e37",
    "torch_bfloat16_groups_channels_last": "group 2 is [nan",
    "torch_bfloat16_groups_infinity": "channel 0 is [nan",
    "torch_bicubic_factor_gradient": "the same size: [1.0, 0.0, 0.0]; expected [1.14",
    "torch_binary_cross_entropy_gradient": "1e-30: the gradient is -1000000003995",
    "torch_circular_pad_unwritten": "one left: [nan, nan, 0.0, 0.0]; expected [0, 0, 0, 0]",
    "torch_compiled_mse_loss_empty": "ZeroDivisionError: float division by zero",
    "torch_complex_acos": "acos((1+1e-13j)) is (3.16227765972954e-07",
    "torch_cond_gradient": "1: 'one of the variables needed for gradient computation has bee'",
    "torch_conv_transpose_bias_dtype": "accepted by ['conv_transpose1d', 'conv_transpose2d'] only",
    "torch_dilation_overflow": "returns [[[1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]]]; expected a refusal",
    "torch_einsum_int32": "expected scalar type Long but found Int', 'Keras: torch.int64'",
    "torch_erf_sixteen_bits": "float16: erf is",
    "torch_float64_activation_gradients": "hardsigmoid 0.1666666716337204",
    "torch_gammainc_float64": "gammaincc(37, 45) is 0.0994443988036",
    "torch_gcd_smallest_integer": "gcd(-2**31, 6) is -2; expected 2",
    "torch_gelu_infinity": "float32, eight elements: [nan",
    "torch_hardswish_range": "hardswish(3e38) is inf; expected 3e+38",
    "torch_histogram_sixteen_bits": "'torch.float16': 2048.0}; expected 4096",
    "torch_index_add_meta": "for 5 x 3 is described by ['index_add', 'index_reduce']",
    "torch_interpolate_factor_same_size": "linear, 3 elements, 1.3: [0.0, 1.0, 2.0]; expected [0.0, 0.65",
    "torch_interpolate_meta_empty": "nearest: TypeError",
    "torch_kron_transposed": "view size is not compatible",
    "torch_lcm_smallest_integer": "lcm(-2**31, 2**31 - 1): the process ended by SIGFPE",
    "torch_lgamma_overflow": "lgamma(4.07e36) is inf; expected 3.39e+38",
    "torch_lp_pool_ceil_mode": "the last window has one element: [4.0, 4.0]",
    "torch_lstsq_batch": "ranks [3, 0]",
    "torch_lstsq_no_right_sides": "died of signal 11",
    "torch_median_expanded": "{'median': 3.0, 'nanmedian': 3.0}; expected 5",
    "torch_meta_accepts": "meta accepts; weight of another dtype; kernel of length 0",
    "torch_pixel_unshuffle_empty": "an empty batch: (0, 3, 4, 4); expected (0, 12, 2, 2)",
    "torch_remainder_overflow": "16 elements: remainder is nan",
    "torch_sinc_overflow": "sinc(3e38): {'torch.float32': nan, 'torch.bfloat16': nan}",
    "torch_softmax_meta": "along axis 5 of 2 is described",
    "torch_stft_gradient_expanded": "expanded: the gradient is [0.0, 0.0]",
    "torch_trigamma_float64": "polygamma(1, 1) is 1.64493406763",
    "torch_truncated_division_smallest": "truncated_division(-2**31, -1): the process ended by SIGFPE",
    "torch_var_mean_infinity": "the mean is nan; expected inf",
    "torch_vecdot_dim": "vectors of one axis: [('vecdot', 2), ('vecdot', -3)",
}

# Run in an interpreter of their own, one of each framework; the others run in forks of a process that has imported it.
FRESH = {
    "jax_bessel_overflow",
    "keras_jax_conv_dtypes",
    "keras_tensorflow_add",
    "keras_torch_padding_word",
    "tensorflow_elu_small",
    "torch_antialias_width_one",
}


def differing() -> list[str]:
    """Frameworks that are installed in another version than the tested one. TensorFlow has two distributions: one is enough."""
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line)
    installed = {}
    for name in ("torch", "tensorflow", "tensorflow-cpu", "keras", "tf_keras", "jax"):
        try:
            installed[name] = version(name).split("+")[0]
        except PackageNotFoundError:
            installed[name] = "none"
    tensorflow = {installed.pop("tensorflow"), installed.pop("tensorflow-cpu")} - {"none"}
    installed["tensorflow"] = ", ".join(sorted(tensorflow)) or "none"
    return [f"{name} {found}, tested {pinned[name]}" for name, found in installed.items() if found != pinned[name]]


def processor() -> str:
    """What Linux says of the processors."""
    path = Path("/proc/cpuinfo")
    return path.read_text() if path.exists() else ""


def surroundings() -> dict[str, str]:
    """The environment of a script: nothing that turns a framework's switches, and no accelerator."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "TF_ENABLE", "KERAS"))}
    return {**kept, "CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"}


def framework(script: str) -> str:
    """The framework that a script imports, Keras with its backend: ``keras-jax``; nothing where only processes of its own import one."""
    backend = re.search(r'^os\.environ\["KERAS_BACKEND"\] = "(\w+)"$', script, re.M)
    imported = re.search(r"^(?:import|from) (jax|tensorflow|torch)\b", script, re.M)
    return f"keras-{backend[1]}" if backend else imported[1] if imported else ""


@pytest.fixture(scope="module")
def fork() -> Iterator[Callable[[str], Forking]]:
    """By the name of a framework the process that has imported it, which is started when it is first asked for."""
    with ExitStack() as running:

        @cache
        def started(name: str) -> Forking:
            module, _, backend = name.partition("-")
            return running.enter_context(Forking([module], surroundings() | {"KERAS_BACKEND": backend or "tensorflow"}))

        yield started


def run_fresh(path: Path, folder: Path) -> Done:
    """A script in an interpreter of its own, as a reader runs it."""
    command = [sys.executable, "-I", str(path)]
    done = subprocess.run(command, env=surroundings(), cwd=folder, capture_output=True, text=True, timeout=200)
    return Done(done.returncode, done.stdout, done.stderr)


def check_finding(name: str, done: Done) -> None:
    assert done.returncode == 1, f"{name} exits with {done.returncode}\n{done.stderr}"
    assert LAST_WORDS[name] in done.stderr, done.stderr
    assert "control" not in re.sub(r"^ .*", "", done.stderr, flags=re.M), done.stderr  # source lines are indented


@pytest.mark.frameworks
@pytest.mark.parametrize("name", LAST_WORDS)
def test_a_finding_is_still_there(name: str, tmp_path: Path, fork: Callable[[str], Forking]) -> None:
    if differing():
        pytest.skip(f"the findings are those of the pinned releases: {'; '.join(differing())}")
    if "bfloat16" in name and "avx512_bf16" not in processor():
        pytest.skip("the bfloat16 findings need a processor with AVX512_BF16")
    path = SCRIPTS / f"{name}.py"
    imported = framework(path.read_text(encoding="utf-8"))
    done = fork(imported).run(path, tmp_path) if imported and name not in FRESH else run_fresh(path, tmp_path)
    check_finding(name, done)


def test_a_framework_has_a_finding_that_an_interpreter_of_its_own_shows() -> None:
    found = {name: framework((SCRIPTS / f"{name}.py").read_text(encoding="utf-8")) for name in LAST_WORDS}
    assert {found[name] for name in FRESH} == set(found.values()) - {""}


def test_a_script_turns_no_switch_before_the_import_that_is_not_turned_for_all() -> None:
    """What a framework reads when it is imported must be the same in the process that is forked."""
    for name in LAST_WORDS:
        script = (SCRIPTS / f"{name}.py").read_text(encoding="utf-8")
        backend = framework(script).partition("-")[2]
        turned = dict(re.findall(r'^os\.environ\["(\w+)"\] = "(.*)"$', script, re.M))
        assert turned.items() <= (surroundings() | {"KERAS_BACKEND": backend}).items(), name


def test_a_forked_script_is_a_process_of_its_own(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    with Forking(["json"], surroundings()) as forking:

        def run(text: str) -> Done:
            script.write_text(text)
            return forking.run(script, tmp_path)

        assert run("import json, os; json.dumps = None; os.environ['A'] = 'b'; print(__name__)") == Done(
            0, "__main__\n", ""
        )
        assert run("import json, os, sys; sys.exit(f'{json.dumps(1)} {os.environ.get(\"A\")}')") == Done(
            1, "", "1 None\n"
        )
        assert run("import os; os.abort()").returncode == -signal.SIGABRT
        failed = run("assert False, 'so it is'")
        assert (failed.returncode, failed.stderr.splitlines()[-1]) == (1, "AssertionError: so it is")
        assert run("import sys; print('harness' in sys.modules)").stdout == "False\n"


def test_every_script_is_run_and_described() -> None:
    scripts = {path.stem for path in SCRIPTS.glob("*.py")}
    assert scripts == set(LAST_WORDS) == set(re.findall(r"\(findings/(\w+)\.py\)", PAGE))


def test_every_reported_row_is_described_with_its_source() -> None:
    rows = {row.name: row for op in operator.load().values() for row in op.known if row.status == "reported"}
    assert rows
    for row in rows.values():
        assert re.split(r";|: | and ", row.source)[0] in PAGE, row.name


def judged(case: Case, target: str, outcome: Outcome) -> Judgement:
    op = operator.get(case.operator)
    arrays = {name: generate(spec) for name, spec in case.inputs.items()}
    return judge(op, case, Target.parse(target), op.meaning(case, arrays), outcome, Accuracy())


def with_inputs(case: Case, **specs: InputSpec) -> Case:
    return replace(case, inputs={**case.inputs, **specs})


def volume(dilation: int) -> Case:
    inputs = {
        "x": InputSpec((1, 1, 3, 3, 3), "float32", "exact", 1),
        "w": InputSpec((1, 1, 3, 3, 3), "float32", "exact", 2),
    }
    parameters = {
        "stride": (1,) * 3,
        "dilation": (dilation,) * 3,
        "groups": 1,
        "window": ((0, 7),) * 3,
        "batched": True,
    }
    return Case("conv_transpose:aligned", inputs, parameters)


CHECK = "mkl_layout_pass.cc:2704] Check failed: INVALID_ARGUMENT: Attr dilations has value 4294967295 out of range for an int32"
ABORTED = Died("SIGABRT", CHECK)
NO_DILATION = Returned((np.zeros((1, 1, 5, 5, 5), np.float32),))
WRONG = Returned((np.zeros((1, 1, 7, 7, 7), np.float32),))
SUM = Described(((2, 3, 2),), ("float32",))
BAD_BIAS = with_inputs(conv(), b=InputSpec((4,), "float32"))
BAD_TRANSPOSED_BIAS = with_inputs(transposed(), b=InputSpec((4,), "float32"))


@pytest.mark.parametrize(
    ("name", "case", "target", "outcome"),
    [
        ("tensorflow-int32-abort", conv(dilation=(2**31,)), "tensorflow", ABORTED),
        ("keras-tensorflow-int32-abort", conv(stride=(2**31,)), "keras-tensorflow", ABORTED),
        ("tf-keras-int32-abort", transposed(stride=(2**31, 1)), "tf-keras", ABORTED),
        ("", conv(dilation=(2**31 - 1,)), "tensorflow", ABORTED),
        ("", conv(dilation=(2**31,)), "torch", ABORTED),
        ("tf-keras-volume-dilation-shape", volume(2), "tf-keras", NO_DILATION),
        ("tf-keras-volume-dilation-value", volume(2), "tf-keras", WRONG),
        ("", volume(1), "tf-keras", WRONG),
        ("", volume(2), "tensorflow", WRONG),
        ("keras-torch-float64-sum", conv("float64"), "keras-torch:cpu:abstract", SUM),
        ("keras-jax-x64-float64-sum", conv("float64"), "keras-jax-x64:cpu:abstract", SUM),
        ("", conv("float64"), "keras-tensorflow:cpu:abstract", SUM),
        ("torch-meta-groups", conv(groups=2), "torch:cpu:abstract", SUM),
        ("torch-meta-bias", BAD_BIAS, "torch:cpu:abstract", SUM),
        ("torch-meta-bias", BAD_TRANSPOSED_BIAS, "torch:cpu:abstract", SUM),
        ("", BAD_BIAS, "jax:cpu:abstract", SUM),
        ("", conv(dilation=(0,)), "torch:cpu:abstract", SUM),
    ],
)
def test_a_reported_row_explains_its_defect_only(name: str, case: Case, target: str, outcome: Outcome) -> None:
    if name == "torch-meta-groups":  # three kernels of one channel in two groups
        case = with_inputs(case, w=InputSpec((3, 1, 3), "float32"))
    judgement = judged(case, target, outcome)
    assert judgement.disagreement, judgement
    assert (judgement.known.name if judgement.known else "") == name, judgement.disagreement.cause
