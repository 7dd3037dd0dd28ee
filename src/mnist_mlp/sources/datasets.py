"""The data sets that are four IDX files of MNIST's names: where they are, and the hashes of their bytes."""

from collections.abc import Mapping
from dataclasses import dataclass

from mnist_mlp.core.arrays import DIGITS
from mnist_mlp.harness.params import FetchParams

NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


@dataclass(frozen=True)
class Original:
    """A published data set."""

    title: str
    variable: str
    """The environment variable that names a mirror of it."""
    folder: str
    """Its folder in a mirror of several data sets."""
    mirrors: tuple[str, ...]
    files: Mapping[str, str]
    """The original files and their SHA-256."""
    arrays: Mapping[str, str]
    """SHA-256 of both arrays' bytes: train rows, then test rows, in file order, as on OpenML."""
    openml: str
    """Its name on OpenML, where it is version 1."""
    classes: tuple[str, ...]


MNIST = Original(
    title="MNIST",
    variable="MNIST_MIRROR",
    folder="mnist",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    files={
        "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
    arrays={
        "images": "5b92582eb909c82a9bfefcd44acbe9233be3eb5b419a44cf211022ad2bf4bf96",
        "labels": "671ff9d70b4811116d55c3dd479efa7a981e2e62753ef7a6d5c15fea81e63d27",
    },
    openml="mnist_784",
    classes=DIGITS,
)
FASHION = Original(
    title="Fashion-MNIST",
    variable="FASHION_MNIST_MIRROR",
    folder="fashion-mnist",
    mirrors=("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
    files={
        "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
    arrays={
        "images": "0fbbfcb392782b3b702472ead3688778e1509e8cf40f5c24d9d3303618b193ab",
        "labels": "8ab940a680640f36c0bf1d2549cb2f3b3d4068c12547116cc7b1161b1d26663d",
    },
    openml="Fashion-MNIST",
    classes=(
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ),
)  # fmt: skip
ORIGINALS = {"mnist": MNIST, "fashion": FASHION}
"""By their names in params.yaml."""


def class_names(params: FetchParams) -> tuple[str, ...]:
    """Return the names of the classes of the dataset that params.yaml chooses."""
    if params.dataset == "folder":
        return params.classes
    return ORIGINALS[params.dataset].classes if params.dataset in ORIGINALS else DIGITS
