"""``python -m tools.schema``: JSON Schemas of both params.yaml for editors, from the classes that check them.

Rules about several values at once are not in the schemas; only the stages check those.
"""

from pathlib import Path

from mnist_mlp.core.files import save_json
from mnist_mlp.harness.params import Params
from mnist_mlp.harness.yaml_sections import Section
from studies.study_params import StudyParams

FILES: dict[Path, type[Section]] = {Path("params.yaml"): Params, Path("studies/params.yaml"): StudyParams}
DRAFT = "http://json-schema.org/draft-07/schema#"  # the newest that all common editors support


def main() -> None:
    """Write a schema beside each params.yaml."""
    for path, sections in FILES.items():
        save_json(path.with_suffix(".schema.json"), {"$schema": DRAFT, **sections.model_json_schema()})


if __name__ == "__main__":
    main()
