"""Train A and B with the same seeds and say whether B is better: the terminal, and the folder compare/."""

import sys

from mnist_mlp.core.files import save_csv, save_json, write_atomically
from mnist_mlp.harness.run import run_program
from studies.study_params import load_study_params
from tools.compare.answers import answers
from tools.compare.asked import MEASURES, arguments, check
from tools.compare.comparison_report import markdown, numbers, page, setting, terminal, titles
from tools.compare.matches import find_matches, train_pairs
from tools.compare.pairs_figure import draw
from tools.compare.sides import read_side
from tools.preflight import preflight
from tools.text_files import save_text

DPI = 110


def main() -> None:
    """Compare, print the answer, and write it to the folder.

    Raises:
        InputError: an argument cannot be used, or trainings cannot be done.
    """
    asked = arguments().parse_args()
    options = check(asked)
    preflight()
    a = read_side("A", asked.a)
    others = [read_side("B", text, a) for text in asked.b.split(" ; ")]
    matches = find_matches(a, others, options.model, options.split)
    where = load_study_params().runs
    try:
        table = train_pairs(matches, options.seeds, options.split, MEASURES[options.measured], where)
    except KeyboardInterrupt:
        print("note: finished trainings are kept; the same command goes on with the others", file=sys.stderr)
        raise
    found, names = answers(table, options.effect, [match.title for match in matches]), titles(matches)
    lines = setting(matches, options.seeds, options.split, options.measured)
    text = markdown(matches, found, lines, options.measured)
    save_csv(asked.out / "pairs.csv", table.assign(match=[names[number] for number in table["match"]]))
    save_json(asked.out / "answers.json", numbers(matches, found))
    figure = draw(table, names, found)
    write_atomically(asked.out / "pairs.png", lambda path: figure.savefig(path, dpi=DPI, facecolor="white"))
    save_text(asked.out / "report.md", text)
    save_text(asked.out / "index.html", page(text, figure))
    print(terminal(matches, found, lines))
    print(f"\nMore, with a picture: {asked.out / 'index.html'}")


if __name__ == "__main__":
    run_program(main)
