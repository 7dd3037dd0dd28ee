"""What the workflow puts together to publish, run here on the page's template and a report."""

import subprocess
from pathlib import Path

from tests.support.factory import ROOT
from tests.support.workflow import SHELL, load_workflow

SHOWN = '<p id="report"><a href="report/index.html">'
HIDDEN = SHOWN.replace(">", " hidden>", 1)


def test_only_the_published_page_links_the_report(tmp_path: Path) -> None:
    template = (ROOT / "page/template.html").read_text(encoding="utf-8")
    for name, text in (("page", template), ("report", "the report")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text(text, encoding="utf-8")
    steps = load_workflow(ROOT / ".github/workflows/page.yml")["jobs"]["make"]["steps"]
    (script,) = (step["run"] for step in steps if step.get("name") == "Put both together")
    subprocess.run([*SHELL, script], cwd=tmp_path, check=True)
    assert HIDDEN in template
    published = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    assert published == template.replace(HIDDEN, SHOWN)
    assert (tmp_path / "site/report/index.html").read_text(encoding="utf-8") == "the report"
