"""The atlas: pages made of what runs stored."""

import pytest
from running import run_planted

from harness import operator
from harness.cli import _exit_code
from harness.store import Store
from reports import atlas


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("atlas")
    run_planted(folder, cases=100, operators=("exp", "conv_transpose:aligned"))
    run_planted(folder, cases=30, operators=("exp",))
    return folder


def test_every_operator_that_ran_has_a_page_and_the_index_links_to_it(store, tmp_path, capsys):
    assert _exit_code(["atlas", "--store", str(store), "-o", str(tmp_path / "pages")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "pages" / "index.md")
    pages = {path.name for path in (tmp_path / "pages").iterdir()}
    assert pages == {"index.md", "exp.md", "conv_transpose-aligned.md"}
    text = (tmp_path / "pages" / "index.md").read_text()
    assert "(exp.md)" in text
    assert "(conv_transpose-aligned.md)" in text


def test_a_page_says_names_and_accuracy_of_the_newest_run(store):
    with Store.open(store, write=False) as opened:
        found = atlas.seen(opened)
        newest = opened.runs()[0]
    assert found["exp"].run.id == newest.id
    assert found["conv_transpose:aligned"].run.id != newest.id
    text = atlas.page(operator.get("exp"), found["exp"])
    assert "* tensorflow: `tf.math.exp`" in text
    counted = sum(sum(row.counts.values()) for row in found["exp"].statistics if row.quantity == "gradient")
    assert f"| planted\\:cpu\\:eager | gradient | {counted} | {counted} | 0 |" in text


def test_a_bug_is_on_the_page_with_its_id(tmp_path):
    result = run_planted(tmp_path, "relative error of 1e-4", cases=60, operators=("conv:aligned",))
    with Store.open(tmp_path, write=False) as opened:
        text = atlas.page(operator.get("conv:aligned"), atlas.seen(opened)["conv:aligned"])
    assert "## What is wrong" in text
    assert all(f"`{finding.id}`" in text for finding in result.findings if finding.reproduced)


def test_a_store_without_runs_has_no_atlas(tmp_path, capsys):
    with Store.open(tmp_path / "store"):
        pass
    assert _exit_code(["atlas", "--store", str(tmp_path / "store")]) == 4
    assert "no run with an operator that is known" in capsys.readouterr().err
