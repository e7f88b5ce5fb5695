"""Text, JSON, page and picture of an explanation, and the entry point of the command line."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from reports.explain.main import explain_command

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((ROOT / "reports" / "schemas" / "explain.json").read_text())
CALL = 'keras.layers.Conv2DTranspose(1, 3, strides=2, padding="same")'


@pytest.mark.parametrize(
    ("call", "shape", "options"),
    [
        (CALL, "1,12,12,16", {}),
        (CALL, "1,4,4,1", {"cell": "1,1", "channel": 0}),
        ("nn.Conv1d(2, 4, 3, stride=2)", "2,9", {"cell": "1"}),
        ("nn.ConvTranspose3d(2, 4, 3, stride=2, groups=2)", "1,2,3,3,3", {}),
        ("nn.ConvTranspose1d(2, 4, 3, stride=2, output_padding=2)", "1,2,3", {}),
        ("", "1,1,28,28", {"decode": "Conv2d(1,8,3)"}),
    ],
)
def test_json_follows_its_schema(call: str, shape: str, options: dict[str, object]) -> None:
    _, text = explain_command(call, shape, output_format="json", **options)
    jsonschema.validate(json.loads(text), SCHEMA)


def test_json_has_the_promised_keys() -> None:
    code, text = explain_command(CALL, "1,12,12,16", cell="0,1", output_format="json")
    document = json.loads(text)
    assert code == 0
    assert document["framework"] == "keras"
    assert document["input_shape"] == [1, 12, 12, 16]
    assert document["output_shape"] == [1, 24, 24, 1]
    first = document["dimensions"][0]
    assert {
        name: first[name] for name in ("input", "kernel", "stride", "dilation", "canvas", "window", "candidates")
    } == {
        "input": 12,
        "kernel": 3,
        "stride": 2,
        "dilation": 1,
        "canvas": 25,
        "window": [0, 24],
        "candidates": [23, 24],
    }
    assert {each["framework"] for each in document["equivalents"]} == {"torch", "tf_keras", "tensorflow", "jax"}
    assert document["cell"] == {"index": [0, 1], "products": [{"input": [0, 0], "kernel": [0, 1]}]}


def test_equivalents_say_the_flag_or_the_crop() -> None:
    _, text = explain_command(CALL, "1,12,12,16", output_format="json")
    calls = {each["framework"]: (each["call"], each["exact"]) for each in json.loads(text)["equivalents"]}
    assert calls["torch"] == ("torch.nn.ConvTranspose2d(16, 1, 3, stride=2)(x)[:, :, :24, :24]", False)
    assert calls["tensorflow"] == ('tf.nn.conv2d_transpose(x, w, (1, 24, 24, 1), 2, "SAME") + b', True)
    assert "transpose_kernel=True" in calls["jax"][0]
    assert calls["jax"][1]


def test_bias_is_added_after_cells_that_are_padded() -> None:
    call = "torch.nn.ConvTranspose1d(1, 1, 3, stride=4, padding=1, output_padding=3)"
    _, text = explain_command(call, "1,1,2", output_format="json")
    calls = {each["framework"]: each["call"] for each in json.loads(text)["equivalents"]}
    # The canvas has 7 cells and valid shows 8; the window takes 8 from 1 on.
    assert calls["keras"] == (
        "keras.ops.pad(keras.layers.Conv1DTranspose(1, 3, strides=4, use_bias=False)(x)[:, 1:8], "
        "[[0, 0], [0, 1], [0, 0]]) + b"
    )


def test_text_has_formula_canvas_candidates_and_the_selecting_arguments() -> None:
    code, text = explain_command(CALL, "1,12,12,16", cell="0,1")
    assert code == 0
    for words in (
        "(1, 12, 12, 16) -> (1, 24, 24, 1)",
        "x * s = 12 * 2 = 24",
        "(12 - 1) * 2 + 3 = 25 cells",
        "any of 23 to 24",
        "output_shape=23",
        "padding=1, output_padding=0",
        "input[0, 0] * kernel[0, 1]",
        "2 x 2 candidate sizes",
    ):
        assert words in text, words


def test_decode_prints_layers_and_sizes() -> None:
    code, text = explain_command(
        input_shape="1,1,28,28", decode="Conv2d(1,8,3,stride=2,padding=1); Conv2d(8,16,3,stride=2)"
    )
    assert code == 0
    assert text.splitlines() == [
        "ConvTranspose2d(16,8,3,stride=2,output_padding=1); ConvTranspose2d(8,1,3,stride=2,padding=1,output_padding=1)",
        "28 -> 14 -> 6 -> 14 -> 28",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"call": "nn.Conv9d(1)", "input_shape": "1,1"}, "unknown call 'nn.Conv9d'; did you mean"),
        ({"call": CALL}, "--input is missing"),
        ({"call": CALL, "input_shape": "1,2,3,4", "output_format": "yaml"}, "--format=yaml"),
        ({"call": CALL, "input_shape": "1,2,3,4", "decode": "Conv2d(1,1,1)"}, "takes the place of CALL"),
        ({"input_shape": "1,2,3,4", "decode": "Conv2d(2,1,1)", "verify": True}, "cannot be combined"),
        ({"input_shape": "1,2,3,4", "decode": "ConvTranspose2d(2,1,1)"}, "expected convolution layers"),
        ({"input_shape": "1,2,3,4", "decode": ";"}, "separated by semicolons"),
        ({"input_shape": "1,2,9,9", "decode": "Conv2d(2,3,3); Conv2d(2,3,3)"}, "3 channels"),
    ],
)
def test_errors_are_exit_code_2(arguments: dict[str, object], words: str) -> None:
    code, text = explain_command(**arguments)
    assert code == 2
    assert words in text


def test_errors_are_json_in_json() -> None:
    code, text = explain_command("nn.Conv9d(1)", "1,1", output_format="json")
    assert code == 2
    jsonschema.validate(json.loads(text), SCHEMA)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_page_is_one_file_with_no_script_but_its_own_and_with_every_text_escaped(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    hostile = 'nn.ConvTranspose2d(1, 1, 3, stride=2, device="<img src=x onerror=alert(1)></title><script>")'
    code, _ = explain_command(hostile, "1,1,4,4", cell="1,1", html=str(path))
    page = path.read_text(encoding="utf-8")
    tags = _Tags()
    tags.feed(page)
    assert code == 0
    assert not {"img", "link", "iframe"} & set(tags.tags)
    assert tags.tags.count("script") == tags.tags.count("style") == 1
    assert hostile in tags.words
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)[1]
    for element in ("style", "script"):
        inside = page.partition(f"<{element}>")[2].partition(f"</{element}>")[0]
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "svg" in tags.tags


def test_no_framework_and_no_hypothesis_is_imported() -> None:
    script = (
        "import sys\n"
        "from reports.explain.main import explain_command\n"
        f"assert explain_command({CALL!r}, '1,12,12,16', cell='0,1')[0] == 0\n"
        "heavy = {'torch', 'tensorflow', 'jax', 'keras', 'tf_keras', 'hypothesis', 'scipy', 'jinja2', 'sqlalchemy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
