"""The notebook walks through the project's network: it has none of its own, whole or in parts."""

import ast

import pytest

from tests.support.factory import ROOT

NAMES = {"forward", "backward"}
"""Functions that only a network defines."""
PARTS = {
    "matmul", "dot", "vdot", "inner", "outer", "einsum", "tensordot", "mm", "mv", "exp", "tanh", "log", "maximum",
    "sigmoid", "relu", "softmax", "nn", "optim", "functional",
}  # fmt: skip
"""What NumPy and PyTorch have to make one of."""


def network_code(code: str) -> list[str]:
    """Return what a script has of a network: definitions, matrix products, the libraries' parts of one."""
    found = []
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.ClassDef(name=name):
                found.append(f"class {name}")
            case ast.FunctionDef(name=name) if name in NAMES:
                found.append(f"def {name}")
            case ast.BinOp(op=ast.MatMult()) | ast.AugAssign(op=ast.MatMult()):
                found.append("@")
            case ast.Attribute(value=ast.Name(id="np" | "torch" as library), attr=name) if name in PARTS:
                found.append(f"{library}.{name}")
            case ast.ImportFrom(module=module, names=names) if module in {"numpy", "torch"}:
                found += [f"from {module} import {one.name}" for one in names]
    return found


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("class Network: pass", "class Network"),
        ("def forward(x): return x", "def forward"),
        ("def backward(grad): return grad", "def backward"),
        ("z = x @ w.T", "@"),
        ("x @= w", "@"),
        ("z = np.matmul(x, w)", "np.matmul"),
        ("a = 1 / (1 + np.exp(-z))", "np.exp"),
        ("a = torch.sigmoid(z)", "torch.sigmoid"),
        ("layer = torch.nn.Linear(784, 50)", "torch.nn"),
        ("from torch import nn", "from torch import nn"),
        ("from numpy import exp", "from numpy import exp"),
    ],
)
def test_network_code_is_found(code: str, found: str) -> None:
    assert network_code(code) == [found]


def test_the_notebook_has_none() -> None:
    code = (ROOT / "notebooks" / "walkthrough.py").read_text(encoding="utf-8")
    assert "network.linears[1].backward(grad_z2)" in code
    assert network_code(code) == []
