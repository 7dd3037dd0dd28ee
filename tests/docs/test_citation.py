"""CITATION.cff says what the licence and pyproject.toml say, and cites what the network and the data come from."""

import re
import tomllib

import yaml

from mnist_mlp import __version__
from tests.support.factory import ROOT


def test_the_citation_names_the_right_holder_version_and_licence() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (author,) = citation["authors"]
    assert re.search(
        f"^Copyright .* {author['name']}$", (ROOT / "LICENSE").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert (citation["version"], citation["license"]) == (__version__, project["license"])
    assert citation["title"] == project["description"]
    titles = [reference["title"] for reference in citation["references"]]
    assert [
        sum(name in title for title in titles)
        for name in ("PyTorch and Scikit-Learn", "MNIST database", "Fashion-MNIST")
    ] == [1, 1, 1]
