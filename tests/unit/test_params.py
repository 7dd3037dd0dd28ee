"""params.yaml: what is accepted, and what is said about the rest."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from mnist_mlp import custom_network, torch_network
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import SplitParams, TrainParams, load_params
from mnist_mlp.splits import held_out
from mnist_mlp.training import initialization
from tests.support.factory import HEADS, ROOT, names, params_text, train_params
from tests.support.refusals import refusal

TRAIN_KEYS = (
    "hidden_sizes, activation, output_activation, loss, loss_reduction, weight_init, init_std, optimizer, "
    "lr, momentum, nesterov, weight_decay, beta1, beta2, eps, "
    "epochs, batch_size, init_seed, shuffle_seed, dtype, device"
)
SECTION_NAMES = "fetch_mnist, split, train_custom, train_torch, evaluate, plot"
NO_SECTION = "must be a section of `key: value` lines"


def written(folder: Path, text: str) -> Path:
    path = folder / "params.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def why_refused(path: Path) -> list[str]:
    """Return the lines of the error that reading ``path`` ends with, without the file's name."""
    lines = refusal(load_params, path).splitlines()
    assert all(line.startswith(f"{path}: ") for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_the_committed_file_is_valid() -> None:
    params = load_params(ROOT / "params.yaml")
    assert held_out(70_000, params.split) == (10_000, 5_000)


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
        ("train_custom.lr", "1e39", "must be <= 1e+38, got 1e+39"),
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
        ("train_custom.output_activation", "gelu", "must be 'sigmoid' or 'softmax', got 'gelu'"),
        ("train_custom.output_activation", "tanh", "must be 'sigmoid' or 'softmax', got 'tanh'"),
        ("train_custom.loss", "hinge", "must be 'mse' or 'cross_entropy', got 'hinge'"),
        ("train_custom.loss_reduction", "sum", "must be 'batch_mean' or 'mean', got 'sum'"),
        (
            "train_custom.weight_init",
            "zeros",
            "must be 'normal', 'uniform_fan_in', 'xavier' or 'he', got 'zeros'",
        ),
        ("train_custom.optimizer", "lbfgs", "must be 'sgd' or 'adam', got 'lbfgs'"),
        ("train_custom.optimizer", "true", "must be a number or a name, not true or false, got True"),
        ("train_custom.momentum", "-0.1", "must be >= 0, got -0.1"),
        ("train_custom.momentum", "1", "must be < 1, got 1"),
        ("train_custom.momentum", "high", "must be a finite number, got 'high'"),
        ("train_custom.momentum", "false", "must be a number or a name, not true or false, got False"),
        ("train_custom.nesterov", "2", "must be true or false, got 2"),
        ("train_custom.nesterov", "maybe", "must be true or false, got 'maybe'"),
        ("train_custom.nesterov", "", "must be true or false, got None"),
        ("train_custom.nesterov", "[true]", "must be true or false, got [True]"),
        ("train_custom.weight_decay", "-0.5", "must be >= 0, got -0.5"),
        ("train_custom.weight_decay", "1e39", "must be <= 1e+38, got 1e+39"),
        ("train_custom.weight_decay", ".nan", "must be a finite number, got nan"),
        ("train_custom.weight_decay", "true", "must be a number or a name, not true or false, got True"),
        ("train_custom.beta1", "-0.1", "must be >= 0, got -0.1"),
        ("train_custom.beta1", "1", "must be < 1, got 1"),
        ("train_custom.beta1", "b", "must be a finite number, got 'b'"),
        ("train_custom.beta2", "-0.1", "must be >= 0, got -0.1"),
        ("train_custom.beta2", "1.0", "must be < 1, got 1.0"),
        ("train_custom.beta2", "[0.9]", "must be a finite number, got [0.9]"),
        ("train_custom.eps", "0", "must be >= 1e-37, got 0"),
        ("train_custom.eps", "1.5", "must be <= 1, got 1.5"),
        ("train_custom.eps", "small", "must be a finite number, got 'small'"),
        ("train_torch.device", "tpu", "must be 'cpu' or 'cuda', got 'tpu'"),
        ("train_torch.device", "0", "must be 'cpu' or 'cuda', got 0"),
        ("train_custom.device", "cuda", "must be cpu, NumPy's only device, got 'cuda'"),
        ("train_custom.dtype", "float16", "must be 'exact', 'float32' or 'float64', got 'float16'"),
        ("train_custom.init_seed", "-1", "must be >= 0, got -1"),
        ("train_custom.shuffle_seed", "4294967296", "must be <= 4294967295, got 4294967296"),
        ("split.seed", "-1", "must be >= 0, got -1"),
        ("split.seed", "4294967296", "must be <= 4294967295, got 4294967296"),
        ("split.test_size", "0", "must be > 0, got 0"),
        ("split.val_size", "-0.1", "must be > 0, got -0.1"),
        ("split.test_size", "1.5", "must be a whole number of rows or a share below 1, got 1.5"),
        ("split.val_size", "true", "must be a number or a name, not true or false, got True"),
        ("fetch_mnist.dataset", "cifar", "must be 'mnist', 'fashion', 'digits' or 'folder', got 'cifar'"),
        ("fetch_mnist.path", "5", "must be text, got 5"),
        ("fetch_mnist.path", '""', "must not be empty, got ''"),
        ("fetch_mnist.classes", "cats", "must be a list, got 'cats'"),
        ("fetch_mnist.classes", "true", "must be a number or a name, not true or false, got True"),
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
    assert why_refused(written(tmp_path, params_text({name: text}))) == [f"{name} {message}"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1", "must be 2 to 256 names of classes, got 1"),
        ("257", "must be 2 to 256 names of classes, got 257"),
        ("-3", "must be 2 to 256 names of classes, got -3"),
        ("[cat]", "must be 2 to 256 names of classes, got 1"),
        ("[cat, dog, cat]", "must be different names, got 'cat' 2 times"),
        ("[cat, '']", "must be names of 1 to 40 characters on one line, without blanks around them, got ''"),
        (
            "[cat, ' dog']",
            "must be names of 1 to 40 characters on one line, without blanks around them, got ' dog'",
        ),
        (
            '[cat, "a\\nb"]',
            "must be names of 1 to 40 characters on one line, without blanks around them, got 'a\\nb'",
        ),
    ],
)
def test_names_of_classes_that_cannot_be_used_are_refused(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, params_text({"fetch_mnist.classes": text}))
    assert why_refused(path) == [f"fetch_mnist.classes {said}"]


@pytest.mark.parametrize(
    ("text", "names"),
    [("3", ("0", "1", "2")), ("[7, cat]", ("7", "cat")), ("[T-shirt/top, ß]", ("T-shirt/top", "ß"))],
)
def test_classes_may_be_a_number_or_names(tmp_path: Path, text: str, names: tuple[str, ...]) -> None:
    path = written(tmp_path, params_text({"fetch_mnist.classes": text}))
    assert load_params(path).fetch_mnist.classes == names


def test_the_rows_of_a_folder_are_not_known_beforehand(tmp_path: Path) -> None:
    changes: dict[str, str | None] = {"fetch_mnist.dataset": "folder", "split.test_size": "90000"}
    assert load_params(written(tmp_path, params_text(changes))).split.test_size == 90_000


@pytest.mark.parametrize("key", TrainParams.model_fields)
def test_each_training_parameter_is_required(tmp_path: Path, key: str) -> None:
    path = written(tmp_path, params_text({f"train_torch.{key}": None}))
    assert why_refused(path) == [f"train_torch.{key} is missing"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"loss": "cross_entropy"},
            "loss: cross_entropy needs output_activation: softmax; sigmoid outputs do not sum to 1",
        ),
        ({"nesterov": "true"}, "nesterov: true needs a momentum above 0, such as momentum: 0.9"),
        (
            {"optimizer": "adam", "momentum": "0.9"},
            "momentum and nesterov are for optimizer: sgd; adam has beta1: set momentum: 0, nesterov: false",
        ),
    ],
)
def test_contradicting_values_are_refused(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    path = written(tmp_path, params_text({f"train_custom.{key}": text for key, text in changes.items()}))
    assert why_refused(path) == [f"train_custom: {message}"]


def test_all_pairs_of_outputs_and_loss_are_allowed_but_sigmoids_with_cross_entropy() -> None:
    assert HEADS == [("sigmoid", "mse"), ("softmax", "mse"), ("softmax", "cross_entropy")]


@pytest.mark.parametrize(
    "changes",
    [
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True},
        {"momentum": 0.9, "weight_decay": 1e-4},
        {"optimizer": "adam"},
        {"optimizer": "adam", "weight_decay": 1e-4},
        {"optimizer": "adam", "beta1": 0, "beta2": 0, "eps": 1},
        {"device": "cuda"},
    ],
)
def test_values_that_go_together_are_taken_as_they_are(changes: dict[str, object]) -> None:
    params = train_params(**changes)
    assert {key: getattr(params, key) for key in changes} == changes


def test_train_torch_may_be_computed_on_cuda(tmp_path: Path) -> None:
    # whether there is such a device is found out by the engine
    path = written(tmp_path, params_text({"train_torch.device": "cuda"}))
    assert load_params(path).train_torch.device == "cuda"


@pytest.mark.parametrize(("text", "value"), [("true", True), ("True", True), ("FALSE", False)])
def test_true_and_false_may_be_written_in_capitals(tmp_path: Path, text: str, value: bool) -> None:
    path = written(tmp_path, params_text({"train_torch.momentum": "0.9", "train_torch.nesterov": text}))
    assert load_params(path).train_torch.nesterov is value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[0]", "train_custom.hidden_sizes[0] must be >= 1, got 0"),
        ("[50, -3]", "train_custom.hidden_sizes[1] must be >= 1, got -3"),
        ("[2.5]", "train_custom.hidden_sizes[0] must be a whole number, got 2.5"),
    ],
)
def test_a_bad_item_of_a_list_is_named_by_its_place(tmp_path: Path, text: str, message: str) -> None:
    assert why_refused(written(tmp_path, params_text({"train_custom.hidden_sizes": text}))) == [message]


def test_true_in_a_list_is_not_a_number(tmp_path: Path) -> None:
    assert why_refused(written(tmp_path, params_text({"train_custom.hidden_sizes": "[true]"}))) == [
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
def test_missing_unknown_or_malformed_section_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert why_refused(written(tmp_path, params_text().replace(old, new))) == [message]


@pytest.mark.parametrize(("text", "found"), [("", "None"), ("- 1\n", "[1]"), ("word\n", "'word'")])
def test_a_file_without_sections_is_refused(tmp_path: Path, text: str, found: str) -> None:
    assert why_refused(written(tmp_path, text)) == [f"the file {NO_SECTION}, got {found}"]


@pytest.mark.parametrize("content", [b"a: [1", b"a\x00b", b"\xff\xfe\xff"])
def test_a_file_that_is_not_yaml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_params(path)
    assert str(caught.value).startswith(f"{path}: expected YAML, got: ")


def test_yaml_mistake_is_reported_with_its_place(tmp_path: Path) -> None:
    path = written(tmp_path, "a: 1\nb: [1\n")
    with pytest.raises(InputError, match=r"line 2, column 4"):
        load_params(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert why_refused(tmp_path / "params.yaml") == ["no such file; run from the root of the repository"]


def test_every_mistake_is_reported_on_a_line_of_its_own(tmp_path: Path) -> None:
    changes: dict[str, str | None] = {"train_custom.lr": "-1", "train_torch.epochs": None, "plot.dpi": "1"}
    assert why_refused(written(tmp_path, params_text(changes))) == [
        "train_custom.lr must be > 0, got -1",
        "train_torch.epochs is missing",
        "plot.dpi must be >= 50, got 1",
    ]


def test_both_batch_sizes_that_are_too_large_are_reported(tmp_path: Path) -> None:
    changes: dict[str, str | None] = {"train_custom.batch_size": "60000", "train_torch.batch_size": "60001"}
    assert why_refused(written(tmp_path, params_text(changes))) == [
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
    assert why_refused(written(tmp_path, params_text(changes))) == [
        "train_custom.batch_size must be from 1 to 1258 (the rows to train on), got 1259"
    ]


@pytest.mark.parametrize("size", ["60000", "60001", "0.93"])
def test_split_without_training_rows_is_refused(tmp_path: Path, size: str) -> None:
    path = written(tmp_path, params_text({"split.test_size": size, "split.val_size": "10000"}))
    assert why_refused(path) == [
        "split.test_size + split.val_size must be at most 69999 of the 70000 rows of mnist, "
        f"got {size} + 10000; sizes below 1 are shares of all rows"
    ]


def test_at_most_twenty_mistakes_are_listed(tmp_path: Path) -> None:
    lines = why_refused(written(tmp_path, params_text() + "".join(f"k{i}: 1\n" for i in range(25))))
    assert len(lines) == 21
    assert lines[-1] == "and 5 more errors"


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
    assert held_out(rows, SplitParams(test_size=test_size, val_size=val_size, seed=0)) == counts


@pytest.mark.parametrize(
    ("field", "registry"),
    [
        ("activation", custom_network.ACTIVATIONS),
        ("activation", torch_network.ACTIVATIONS),
        ("output_activation", custom_network.OUTPUT_ACTIVATIONS),
        ("output_activation", torch_network.OUTPUT_ACTIVATIONS),
        ("loss", custom_network.LOSSES),
        ("loss", torch_network.LOSSES),
        ("optimizer", custom_network.OPTIMIZERS),
        ("optimizer", torch_network.OPTIMIZERS),
        ("weight_init", initialization.INITIALIZERS),
    ],
)
def test_the_names_allowed_are_those_that_the_engines_know(field: str, registry: dict[str, object]) -> None:
    assert set(names(field)) == set(registry)
