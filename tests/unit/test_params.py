"""params.yaml: what is accepted, and what is said about the rest."""

from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from mnist_mlp import initialization, torch_network
from mnist_mlp.errors import InputError
from mnist_mlp.network import activations, losses, optimizers
from mnist_mlp.params import SplitParams, TrainParams, load_params
from tests.factory import ROOT, params_text, train_params

TRAIN_KEYS = (
    "hidden_sizes, activation, output_activation, loss, loss_reduction, weight_init, init_std, optimizer, "
    "lr, epochs, batch_size, init_seed, shuffle_seed, dtype"
)
SECTION_NAMES = "fetch_mnist, split, train_custom, train_torch, evaluate, plot"
NO_SECTION = "must be a section of `key: value` lines"


def written(folder: Path, text: str) -> Path:
    path = folder / "params.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path) -> list[str]:
    """Return the lines of the error that reading ``path`` ends with, without the file's name."""
    with pytest.raises(InputError) as caught:
        load_params(path)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{path}: ") for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_the_committed_file_is_valid() -> None:
    params = load_params(ROOT / "params.yaml")
    assert params.split.counts(70_000) == (10_000, 5_000)


def test_the_committed_file_trains_both_engines_for_the_same_epochs_on_the_same_batches() -> None:
    params = load_params(ROOT / "params.yaml")
    custom, torch = params.train_custom, params.train_torch
    assert (custom.epochs, custom.batch_size, custom.shuffle_seed) == (50, 100, 10)
    assert (torch.epochs, torch.batch_size, torch.shuffle_seed) == (50, 100, 10)


def test_the_default_path_is_params_yaml_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, params_text({"plot.dpi": "77"}))
    monkeypatch.chdir(tmp_path)
    assert load_params().plot.dpi == 77


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("train_custom.lr", "-1", "must be > 0, got -1"),
        ("train_custom.lr", "0", "must be > 0, got 0"),
        ("train_custom.lr", "oops", "must be a finite number, got 'oops'"),
        ("train_custom.lr", ".inf", "must be a finite number, got inf"),
        ("train_custom.lr", ".nan", "must be a finite number, got nan"),
        ("train_custom.lr", "[1]", "must be a finite number, got [1]"),
        ("train_custom.lr", "1e39", "must be <= 1e+38, got '1e39'"),
        ("train_custom.lr", "1.0e+39", "must be <= 1e+38, got 1e+39"),
        ("train_custom.init_std", "0", "must be > 0, got 0"),
        ("train_torch.batch_size", "0", "must be >= 1, got 0"),
        ("train_torch.batch_size", "60001", "must be from 1 to 55000 (the rows to train on), got 60001"),
        ("train_custom.batch_size", "55001", "must be from 1 to 55000 (the rows to train on), got 55001"),
        ("train_custom.epochs", "0", "must be >= 1, got 0"),
        ("train_custom.epochs", "1.5", "must be a whole number, got 1.5"),
        ("train_custom.epochs", "ten", "must be a whole number, got 'ten'"),
        ("train_custom.epochs", "", "must be a whole number, got None"),
        ("train_custom.epochs", "true", "must be a number or a name, not true or false, got True"),
        ("train_custom.hidden_sizes", "50", "must be a list, got 50"),
        ("train_custom.hidden_sizes", "many", "must be a list, got 'many'"),
        ("train_custom.activation", "relu", "must be 'sigmoid', got 'relu'"),
        ("train_custom.output_activation", "softmax", "must be 'sigmoid', got 'softmax'"),
        ("train_custom.loss", "hinge", "must be 'mse', got 'hinge'"),
        ("train_custom.loss_reduction", "sum", "must be 'batch_mean' or 'mean', got 'sum'"),
        ("train_custom.weight_init", "zeros", "must be 'normal' or 'uniform_fan_in', got 'zeros'"),
        ("train_custom.optimizer", "adam", "must be 'sgd', got 'adam'"),
        ("train_custom.dtype", "float16", "must be 'float32' or 'float64', got 'float16'"),
        ("train_custom.init_seed", "-1", "must be >= 0, got -1"),
        ("train_custom.shuffle_seed", "4294967296", "must be <= 4294967295, got 4294967296"),
        ("split.seed", "-1", "must be >= 0, got -1"),
        ("split.seed", "4294967296", "must be <= 4294967295, got 4294967296"),
        ("split.test_size", "0", "must be > 0, got 0"),
        ("split.val_size", "-0.1", "must be > 0, got -0.1"),
        ("split.test_size", "1.5", "must be a whole number of rows or a share below 1, got 1.5"),
        ("split.val_size", "true", "must be a number or a name, not true or false, got True"),
        ("fetch_mnist.dataset", "cifar", "must be 'mnist' or 'digits', got 'cifar'"),
        ("evaluate.published_torch", "1.01", "must be <= 1, got 1.01"),
        ("evaluate.confidence", "1", "must be < 1, got 1"),
        ("plot.dpi", "49", "must be >= 50, got 49"),
        ("plot.digits_shown", "101", "must be <= 100, got 101"),
        ("train_custom.lr", None, "is missing"),
        ("train_custom.bach_size", "1", "is not a parameter; did you mean batch_size?"),
        ("train_custom.hiden_sizes", "[1]", "is not a parameter; did you mean hidden_sizes?"),
        ("split.vall_size", "1", "is not a parameter; did you mean val_size?"),
        ("train_custom.learning_rate", "1", f"is not a parameter; known here: {TRAIN_KEYS}"),
        ("plot.momentum", "1", "is not a parameter; known here: digits_shown, dpi"),
    ],
)
def test_a_bad_value_is_refused_with_key_what_is_allowed_and_what_was_found(
    tmp_path: Path, name: str, text: str | None, message: str
) -> None:
    assert refusal(written(tmp_path, params_text({name: text}))) == [f"{name} {message}"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[0]", "train_custom.hidden_sizes[0] must be >= 1, got 0"),
        ("[50, -3]", "train_custom.hidden_sizes[1] must be >= 1, got -3"),
        ("[2.5]", "train_custom.hidden_sizes[0] must be a whole number, got 2.5"),
    ],
)
def test_a_bad_item_of_a_list_is_named_by_its_place(tmp_path: Path, text: str, message: str) -> None:
    assert refusal(written(tmp_path, params_text({"train_custom.hidden_sizes": text}))) == [message]


def test_true_in_a_list_is_no_number(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, params_text({"train_custom.hidden_sizes": "[true]"}))) == [
        "train_custom.hidden_sizes must be a number or a name, not true or false, got [True]"
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("plot:\n  digits_shown: 20\n  dpi: 110\n", "", "plot is missing"),
        ("plot:\n  digits_shown: 20\n  dpi: 110\n", "plot: 3\n", f"plot {NO_SECTION}, got 3"),
        ("plot:\n  digits_shown: 20\n  dpi: 110\n", "plot:\n", f"plot {NO_SECTION}, got None"),
        ("plot:", "train_numpy: {}\nplot:", "train_numpy is not a parameter; did you mean train_custom?"),
        ("plot:", "zzz: {}\nplot:", f"zzz is not a parameter; known here: {SECTION_NAMES}"),
    ],
)
def test_a_section_that_is_missing_unknown_or_no_section_is_named(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert refusal(written(tmp_path, params_text().replace(old, new))) == [message]


@pytest.mark.parametrize(("text", "found"), [("", "None"), ("- 1\n", "[1]"), ("word\n", "'word'")])
def test_a_file_without_sections_is_refused(tmp_path: Path, text: str, found: str) -> None:
    assert refusal(written(tmp_path, text)) == [f"the file {NO_SECTION}, got {found}"]


@pytest.mark.parametrize("content", [b"a: [1", b"a\x00b", b"\xff\xfe\xff"])
def test_a_file_that_is_not_yaml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_params(path)
    assert str(caught.value).startswith(f"{path}: expected YAML, got: ")


def test_the_place_of_a_yaml_mistake_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "a: 1\nb: [1\n")
    with pytest.raises(InputError, match=r"line 2, column 4"):
        load_params(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "params.yaml") == ["no such file; run from the root of the repository"]


def test_every_mistake_is_reported_on_a_line_of_its_own(tmp_path: Path) -> None:
    changes: dict[str, str | None] = {"train_custom.lr": "-1", "train_torch.epochs": None, "plot.dpi": "1"}
    assert refusal(written(tmp_path, params_text(changes))) == [
        "train_custom.lr must be > 0, got -1",
        "train_torch.epochs is missing",
        "plot.dpi must be >= 50, got 1",
    ]


def test_both_batch_sizes_that_are_too_large_are_reported(tmp_path: Path) -> None:
    changes: dict[str, str | None] = {"train_custom.batch_size": "60000", "train_torch.batch_size": "60001"}
    assert refusal(written(tmp_path, params_text(changes))) == [
        "train_custom.batch_size must be from 1 to 55000 (the rows to train on), got 60000",
        "train_torch.batch_size must be from 1 to 55000 (the rows to train on), got 60001",
    ]


def test_a_batch_may_hold_all_rows_to_train_on(tmp_path: Path) -> None:
    path = written(tmp_path, params_text({"train_custom.batch_size": "55000"}))
    assert load_params(path).train_custom.batch_size == 55_000


def test_the_rows_to_train_on_are_those_of_the_dataset_named(tmp_path: Path) -> None:
    changes: dict[str, str | None] = {
        "fetch_mnist.dataset": "digits", "split.test_size": "0.2", "split.val_size": "0.1",
        "train_custom.batch_size": "1259",
    }  # fmt: skip
    # 1797 - round(359.4) - round(179.7) = 1258
    assert refusal(written(tmp_path, params_text(changes))) == [
        "train_custom.batch_size must be from 1 to 1258 (the rows to train on), got 1259"
    ]


@pytest.mark.parametrize("text", ["1e-05", "1e-5", "0.00001", "1.0e-5"])
def test_a_learning_rate_may_be_written_with_an_exponent(tmp_path: Path, text: str) -> None:
    # YAML 1.1 takes 1e-05, without a point, for a string
    path = written(tmp_path, params_text({"train_custom.lr": text}))
    assert load_params(path).train_custom.lr == 1e-5


@pytest.mark.parametrize("seed", ["0", "4294967295"])
def test_the_ends_of_the_range_of_seeds_are_allowed(tmp_path: Path, seed: str) -> None:
    path = written(tmp_path, params_text({"split.seed": seed}))
    assert load_params(path).split.seed == int(seed)


def test_no_hidden_layer_is_allowed(tmp_path: Path) -> None:
    path = written(tmp_path, params_text({"train_custom.hidden_sizes": "[]"}))
    assert load_params(path).train_custom.hidden_sizes == ()


def test_parameters_do_not_change_after_reading() -> None:
    params = train_params()
    with pytest.raises(ValidationError, match="frozen"):
        params.lr = 0.2  # type: ignore[misc]


@pytest.mark.parametrize(
    ("test_size", "val_size", "rows", "counts"),
    [
        (10_000, 5_000, 70_000, (10_000, 5_000)),
        (0.2, 0.1, 1_797, (359, 180)),
        (1, 0.5, 10, (1, 5)),
        (0.999, 7, 10, (10, 7)),
    ],
)
def test_a_size_from_1_up_is_a_count_and_one_below_a_share_of_all_rows(
    test_size: float, val_size: float, rows: int, counts: tuple[int, int]
) -> None:
    assert SplitParams(test_size=test_size, val_size=val_size, seed=0).counts(rows) == counts


@pytest.mark.parametrize(
    ("field", "registry"),
    [
        ("activation", activations.ACTIVATIONS),
        ("activation", torch_network.ACTIVATIONS),
        ("output_activation", activations.ACTIVATIONS),
        ("output_activation", torch_network.ACTIVATIONS),
        ("loss", losses.LOSSES),
        ("loss", torch_network.LOSSES),
        ("optimizer", optimizers.OPTIMIZERS),
        ("optimizer", torch_network.OPTIMIZERS),
        ("weight_init", initialization.INITIALIZERS),
    ],
)
def test_the_names_allowed_are_those_that_the_engines_know(field: str, registry: dict[str, object]) -> None:
    assert set(get_args(TrainParams.model_fields[field].annotation)) == set(registry)
