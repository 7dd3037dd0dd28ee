# %% [markdown]
# # A walk through the network
#
# One handwritten digit goes forward through the network, its error comes back through it, and the network takes
# a step. Then it trains for an epoch, we look at what its hidden units have learnt, and see why two networks of
# the same shape ended four points of accuracy apart. Finally we see why the last digits of two libraries differ,
# and how this project makes them equal.
#
# The project's own code in `src/mnist_mlp` computes everything here; this walkthrough defines no network. Read
# [`network/mlp.py`](../src/mnist_mlp/network/mlp.py) along with it. To run it yourself, run `make repro` once at
# the root of the checkout, then open it with the Python of `.venv`.
#
# These are the symbols. $n$ is the number of images that go through at once; each image is one row.
#
# | symbol | in the code | shape | meaning |
# | --- | --- | --- | --- |
# | $X$ | `x` | $(n, 784)$ | the images: 28 × 28 pixels, from −1 (paper) to 1 (ink) |
# | $W_1$, $b_1$ | `layers.0.weight`, `layers.0.bias` | $(50, 784)$, $(50)$ | parameters of the hidden layer |
# | $Z_1$, $A_1$ | `z1`, `a1` | $(n, 50)$ | its sums, and the sigmoids of them |
# | $W_2$, $b_2$ | `layers.1.weight`, `layers.1.bias` | $(10, 50)$, $(10)$ | parameters of the output layer |
# | $Z_2$, $A_2$ | `z2`, `a2` | $(n, 10)$ | its sums, called logits, and the outputs |
# | $Y$ | `y` | $(n, 10)$ | the targets: 1 at the true digit, 0 elsewhere |
# | $L$ | `loss` | one number | how far the outputs are from the targets |

# %% [markdown]
# ## 1. Set up
#
# First, Python has to find the code. `import stages` then asks for one thread, as in the pipeline. It has to come
# before NumPy and PyTorch.

# %%
import sys
from pathlib import Path

ROOT = Path("..")  # a notebook runs in its own folder
sys.path.insert(0, str(ROOT))

import stages  # noqa: F401

# %% [markdown]
# Next come the imports. Two engines implement the same specification: `MLP`, from scratch in NumPy, which
# `build_mlp` assembles, and `TorchMLP`, its twin in PyTorch, which will check each of our gradients.

# %%
import json
from itertools import islice

import numpy as np
import torch
from numpy.random import RandomState

from mnist_mlp.core.arrays import Floats
from mnist_mlp.training.batches import Batches, scale_pixels
from mnist_mlp.custom_engine import build_mlp
from mnist_mlp.harness.errors import InputError
from mnist_mlp.figures import HISTORY
from mnist_mlp.core.files import load_csv, load_dataset
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.torch_engine import TorchMLP
from mnist_mlp.training.loop import score
from mnist_mlp.training.weights import load_weights
from mnist_mlp.exact import WEIGHTS, to_grid
from notebooks import drawing, sum_order

# %% [markdown]
# The pipeline keeps its images in `data/split` and the trained networks in `models`. We need the training
# images, the validation images and both networks. The test images stay unused.

# %%
try:
    train, val = load_dataset(ROOT / "data/split/train"), load_dataset(ROOT / "data/split/val")
    sizes = train.pixels, len(train.classes)
    trained, params = load_weights(ROOT / "models/custom.safetensors", *sizes)
    _, torch_params = load_weights(ROOT / "models/torch.safetensors", *sizes)
except InputError as error:
    raise SystemExit(
        f"{error}\nThe pipeline has not run yet: run `make repro` at the root of the checkout"
    ) from None

print(f"training images   {train.images.shape}  {train.images.dtype}")
print(f"validation images {val.images.shape}   {val.images.dtype}")

# %% [markdown]
# ## 2. One digit
#
# We take one training image, scaled from 0 … 255 to −1 … 1. To the network it is a row of 784 numbers; we draw
# it as a square. The pipeline trains with `dtype: exact`, which rounds to grids (section 11); we compute in plain
# `float64`, so that the formulas are all that happens.

# %%
row = slice(1, 2)  # a slice keeps the shape: (1, 784), not (784,)
x = scale_pixels(train.rows[row], "float64")
labels = train.labels[row].copy()  # PyTorch wants arrays that it could write to
print("x", x.shape, "from", f"{x.min():.2f} to {x.max():.2f}")

drawing.show(
    drawing.digit(x[0], int(labels[0])),
    f"One training image, 28 by 28 pixels: a handwritten {labels[0]}, dark ink on light paper.",
)

# %% [markdown]
# This is the network before training. Its weights are drawn from a normal distribution with mean 0 and standard
# deviation 0.1, and its biases are 0. Both engines start from the same numbers.

# %%
precise = params.model_copy(update={"dtype": "float64"})
start = initial_weights(precise, *sizes)
network, twin = build_mlp(start, precise), TorchMLP(start, precise)

for name, array in start.items():
    print(f"{name:<15} {array.shape!s:<10} {array.size:>6,} numbers, standard deviation {array.std():.3f}")
print(f"all             {'':<10} {sum(array.size for array in start.values()):>6,} numbers to be learnt")

# %% [markdown]
# ## 3. Forward
#
# **The hidden layer's sums.** Each hidden unit has one weight per pixel. It multiplies each pixel by its weight,
# sums the products and adds its bias:
#
# $$Z_1 = X\, W_1^\top + b_1 \qquad (n, 784) \cdot (784, 50) + (50) \to (n, 50)$$

# %%
z1 = network.linears[0].forward(x)
print("z1", z1.shape, "from", f"{z1.min():.2f} to {z1.max():.2f}")

# %% [markdown]
# **The hidden layer's activations.** The sigmoid maps each sum to $(0, 1)$. Without such a nonlinear function
# between them, two layers could compute no more than one:
#
# $$A_1 = \sigma(Z_1), \qquad \sigma(z) = \frac{1}{1 + e^{-z}} \qquad (n, 50) \to (n, 50)$$

# %%
a1 = network.layers[1].forward(z1)
print("a1", a1.shape, "from", f"{a1.min():.2f} to {a1.max():.2f}")

# %% [markdown]
# **The output layer** does the same again, with one unit per digit:
#
# $$Z_2 = A_1 W_2^\top + b_2, \qquad A_2 = \sigma(Z_2) \qquad (n, 50) \cdot (50, 10) + (10) \to (n, 10)$$

# %%
z2 = network.linears[1].forward(a1)
a2 = network.loss.output.forward(z2)
print("z2", z2.shape, "from", f"{z2.min():.2f} to {z2.max():.2f}")
print("a2", a2.shape, "from", f"{a2.min():.2f} to {a2.max():.2f}")

# %% [markdown]
# `network.forward` makes these four calls and no others. We check that, and look at the units of both layers.
# The prediction is the digit whose output is largest; with random weights, it is a guess.

# %%
assert np.array_equal(network.forward(x), a2), "network.forward gives other outputs"
print(f"predicted {a2.argmax()}, true {labels[0]}")

drawing.show(
    drawing.activations(a1[0], a2[0]),
    "Two bar charts of activations between 0 and 1 before training: the 50 hidden units are spread "
    f"over the whole range, the 10 outputs lie between {a2.min():.2f} and {a2.max():.2f}.",
)

# %% [markdown]
# ## 4. The loss
#
# How wrong is that? The target is 1 for the true digit and 0 for all other digits. The loss is the squared
# difference, summed over the digits and averaged over the images (`loss_reduction: batch_mean`):
#
# $$L = \frac{1}{n} \sum_{s=1}^{n} \sum_{c=0}^{9} \left(A_{2,sc} - Y_{sc}\right)^2$$
#
# `value_and_gradient` takes the logits, not the outputs: it applies the sigmoid itself. Along with the loss it
# returns the first gradient of the backward pass.

# %%
y = network.one_hot[labels]
loss, grad_z2 = network.loss.value_and_gradient(z2, y)
print("y   ", y.shape, y[0].astype(int))
print("loss", f"{loss:.4f}")

# %% [markdown]
# ## 5. Backward
#
# A gradient is the rate at which the loss changes with a number. The chain rule gives it for every parameter,
# starting at the loss, in the reverse order of the forward pass. PyTorch does this automatically: its *autograd*
# records each operation of the forward pass. So we send the same digit through the twin, and ask for all
# gradients at once.

# %%
torch_hidden, torch_output = twin.module.layers
torch_z1 = torch_hidden(torch.from_numpy(x))
torch_a1 = twin.module.activation(torch_z1)
torch_z2 = torch_output(torch_a1)
torch_loss = twin.loss(torch_z2, torch.from_numpy(y), twin.output, params.loss_reduction)
print("loss", f"{torch_loss.item():.4f}")

wanted = {
    "dL/dZ2": torch_z2, "dL/dW2": torch_output.weight, "dL/db2": torch_output.bias, "dL/dA1": torch_a1,
    "dL/dZ1": torch_z1, "dL/dW1": torch_hidden.weight, "dL/db1": torch_hidden.bias,
}  # fmt: skip
autograd = dict(zip(wanted, torch.autograd.grad(torch_loss, list(wanted.values())), strict=True))

# %% [markdown]
# To compare two arrays, we divide the largest difference between their numbers by the largest number. `float64`
# has about 16 digits, and we require 12 of them to agree. If they do not, the cell fails and the walkthrough
# stops.

# %%
BOUND = 1e-12


def compare(name: str, ours: Floats, theirs: Floats) -> None:
    """Print the shape and five of the numbers of both arrays; stop where they differ."""
    difference = np.abs(ours - theirs).max() / np.abs(theirs).max()
    print(f"{name} {ours.shape}")
    for engine, array in (("from scratch", ours), ("PyTorch", theirs)):
        numbers = array.ravel()[np.linspace(0, array.size - 1, 5).astype(int)]
        print(f"  {engine:<12}" + "  ...".join(f"{number:>+11.6f}" for number in numbers))
    assert ours.shape == theirs.shape
    assert difference < BOUND, f"{name}: the engines differ by {difference:.1e} of the largest number"


# %% [markdown]
# **From the loss to the logits.** The derivative of $(a - y)^2$ is $2(a - y)$, that of the sigmoid is
# $\sigma'(z) = a (1 - a)$, and $\odot$ multiplies element by element:
#
# $$\frac{\partial L}{\partial Z_2} = \frac{2}{n} (A_2 - Y) \odot A_2 \odot (1 - A_2) \qquad (n, 10)$$

# %%
compare("dL/dZ2", grad_z2, autograd["dL/dZ2"].numpy())

# %% [markdown]
# **The output layer.** A weight's gradient is its input times the gradient of its output. The layer also passes a
# gradient back to its inputs, which are the hidden activations:
#
# $$\frac{\partial L}{\partial W_2} = \left(\frac{\partial L}{\partial Z_2}\right)^{\!\top} A_1
# \quad (10, n) \cdot (n, 50) \to (10, 50)$$
#
# $$\frac{\partial L}{\partial b_2} = \sum_{s=1}^{n} \frac{\partial L}{\partial Z_{2,s}} \quad (10)
# \qquad \frac{\partial L}{\partial A_1} = \frac{\partial L}{\partial Z_2}\, W_2
# \quad (n, 10) \cdot (10, 50) \to (n, 50)$$

# %%
grad_a1 = network.linears[1].backward(grad_z2)
compare("dL/dW2", network.linears[1].weight_grad, autograd["dL/dW2"].numpy())
compare("dL/db2", network.linears[1].bias_grad, autograd["dL/db2"].numpy())
compare("dL/dA1", grad_a1, autograd["dL/dA1"].numpy())

# %% [markdown]
# **Through the sigmoid.** Its slope $a (1 - a)$ is at most 1/4, and nearly 0 if the activation is close to 0 or
# 1. Such a *saturated* unit learns slowly:
#
# $$\frac{\partial L}{\partial Z_1} = \frac{\partial L}{\partial A_1} \odot A_1 \odot (1 - A_1) \qquad (n, 50)$$

# %%
grad_z1 = network.layers[1].backward(grad_a1)
compare("dL/dZ1", grad_z1, autograd["dL/dZ1"].numpy())

# %% [markdown]
# **The hidden layer.** The formulas for weights and biases are the same as in the output layer. The gradient of
# the image, $\partial L / \partial X$, is not needed and not computed:
#
# $$\frac{\partial L}{\partial W_1} = \left(\frac{\partial L}{\partial Z_1}\right)^{\!\top} X
# \quad (50, n) \cdot (n, 784) \to (50, 784)
# \qquad \frac{\partial L}{\partial b_1} = \sum_{s=1}^{n} \frac{\partial L}{\partial Z_{1,s}} \quad (50)$$

# %%
network.linears[0].parameter_gradients(grad_z1)
compare("dL/dW1", network.linears[0].weight_grad, autograd["dL/dW1"].numpy())
compare("dL/db1", network.linears[0].bias_grad, autograd["dL/db1"].numpy())

# %% [markdown]
# All seven agree. What do these numbers *mean*? If we move one weight a little up and a little down, the slope of
# the loss is the gradient. We take the weight from the first hidden unit to the true digit.

# %%
weight, gradient = network.linears[1].weight, network.linears[1].weight_grad
place, little = (labels[0], 0), 1e-6
around = []
for move in (little, -2 * little, little):  # up, down, and back
    weight[place] += move
    around.append(network.loss.value_and_gradient(network.logits(x), y)[0])

slope = (around[0] - around[1]) / (2 * little)
print(f"slope of the loss {slope:+.6f}, gradient {gradient[place]:+.6f}")
assert abs(slope - gradient[place]) < 1e-8, "slope and gradient differ"

# %% [markdown]
# ## 6. One step
#
# The gradient points uphill, so the optimiser moves each parameter $p$ a little in the opposite direction. $\eta$
# is the learning rate:
#
# $$p \leftarrow p - \eta\, \frac{\partial L}{\partial p}$$
#
# Our network takes a step with the gradients from above; the twin takes its own step with `train_step`.

# %%
network.optimizer.step(network.parameters(), network.gradients())
twin.train_step(x, labels)
print(f"learning rate {params.lr}")
for name, array in network.weights().items():
    compare(name, array, twin.weights()[name])

# %% [markdown]
# The network now does better on this digit. On other digits it may do worse: it has seen only this image.

# %%
after = network.loss.value_and_gradient(network.logits(x), y)[0]
print(f"loss before the step {loss:.4f}, after {after:.4f}")
new_a2 = network.forward(x)
print(f"output for the true digit before {a2[0, labels[0]]:.3f}, after {new_a2[0, labels[0]]:.3f}")

# %% [markdown]
# ## 7. One epoch
#
# Training repeats that step. An *epoch* goes through all training images once, in random order and 100 at a time.
# So now $n = 100$; the formulas stay the same. We train a new network with `dtype: exact`, as the pipeline does.
# Each `train_step` returns the loss of its batch before the step. Every 50 steps we compute the accuracy on the
# validation images, from which the network never learns.

# %%
EVERY = 50
network = build_mlp(initial_weights(params, *sizes), params)
losses, accuracies = [], [score(network, val)[1]]
batches = Batches(train, params.batch_size, params.dtype)
for images, digits in batches.shuffled(RandomState(params.shuffle_seed)):
    losses.append(network.train_step(images, digits))
    if len(losses) % EVERY == 0:
        accuracies.append(score(network, val)[1])

print(f"{len(losses)} steps, images of a batch {images.shape}")
print(f"validation accuracy before {accuracies[0]:.2%}, after {score(network, val)[1]:.2%}")

# %% [markdown]
# The pipeline recorded the same accuracy after the first epoch of its own training, since both use the same
# seeds:

# %%
first = load_csv(ROOT / "plots/history_custom.csv", HISTORY).iloc[0]
print(f"plots/history_custom.csv: epoch {first.epoch:.0f}, validation accuracy {first.val_accuracy:.2%}")

# %% [markdown]
# In its first steps the network learns only that nine of ten targets are 0. An output of 0.1 for every digit of
# every image gives a loss of $0.9^2 + 9 \cdot 0.1^2 = 0.9$, and the loss drops quickly to about that. After that
# the network has to learn the differences between the digits. This is slower, and the loss fluctuates, since
# each batch holds different images.

# %%
drawing.show(
    drawing.epoch(losses, EVERY, accuracies),
    "Left: over the steps of the first epoch, the loss of a batch plunges to about 0.9, then falls "
    "slowly. Right: the validation accuracy, scored every 50 steps, rises from that of a guess, fast "
    "at first, then slowly.",
)

# %% [markdown]
# ## 8. Fifty epochs
#
# The pipeline trained for 50 epochs and saved the network as `models/custom.safetensors`. These are the ten
# outputs of all three networks for our digit; the largest is the prediction.

# %%
stations = {
    "before training": build_mlp(initial_weights(params, *sizes), params),
    "after one epoch": network,
    "fully trained": build_mlp(trained, params),
}
print(f"{'digit':<16}" + "".join(f"{digit:>6}" for digit in range(10)))
for name, engine in stations.items():
    outputs = engine.forward(scale_pixels(train.rows[row], params.dtype))[0]
    print(f"{name:<16}" + "".join(f"{value:>6.2f}" for value in outputs) + f"   predicted {outputs.argmax()}")

# %% [markdown]
# ## 9. What the hidden units look like
#
# A hidden unit has one weight per pixel, so its 784 weights can be drawn as an image. White weights are above 0:
# ink there raises the activation of the unit. Black weights are below 0: ink there lowers it. The number is the
# digit whose output the unit raises most, according to $W_2$, and the units are sorted by it.

# %%
favourites = trained["layers.1.weight"].argmax(axis=0)  # (10, 50) -> (50,)
order = np.argsort(favourites, kind="stable")
captions = [f"for {digit}" for digit in favourites[order]]
drawing.show(
    drawing.units(trained["layers.0.weight"][order], captions, "weight (no unit)"),
    "The weights of the 50 hidden units after training, each drawn as a grey image of 28 by 28 pixels: "
    "strokes show faintly in noise.",
)

# %% [markdown]
# Much of that is the noise from which the weights started. We know the seed, so we can subtract the initial
# weights and see only what training has added. Strokes and arcs appear, white where ink raises the activation
# and black where it lowers it. At the margins every image is paper, so all weights there have changed by the
# same amount: plain grey.

# %% picture="hidden_units.png"
change = trained["layers.0.weight"] - initial_weights(params, *sizes)["layers.0.weight"]
drawing.show(
    drawing.units(change[order], captions, "change of the weight (no unit)"),
    "The same 50 images less the initial weights: black and white strokes and arcs in the middle, "
    "plain grey at the margins. A few units are grey all over.",
)

# %% [markdown]
# A few units are grey all over: they have learnt next to nothing. Section 5 explains how that can happen: a
# gradient that comes back through a sigmoid is multiplied by its slope. `backward` of ones returns that slope.
# Here it is after the first epoch, averaged over the validation images, for the units that changed least in the
# 50 epochs:

# %%
sigmoid = network.layers[1]
hidden = sigmoid.forward(network.linears[0].forward(scale_pixels(val.rows, params.dtype)))  # (n, 50)
slopes = sigmoid.backward(np.ones_like(hidden)).mean(axis=0)  # (n, 50) -> (50,)
changes = change.std(axis=1)  # (50, 784) -> (50,)
for unit in np.argsort(changes)[:4]:
    print(f"unit {unit:>2}       change {changes[unit]:.3f}, slope {slopes[unit]:.3f}")
print(f"median of 50  change {np.median(changes):.3f}, slope {np.median(slopes):.3f}")

# %% [markdown]
# ## 10. Where the gap comes from
#
# Two networks of this shape were published, one from scratch and one in PyTorch. The pipeline trains both and
# counts how many of the 10,000 test images each gets right:

# %%
metrics = json.loads((ROOT / "metrics/evaluate.json").read_text(encoding="utf-8"))
for model in ("custom", "torch"):
    published, reproduced = metrics["published"][model], metrics[model]["test_accuracy"]
    print(f"{model:<7} published {published:.2%}, reproduced {reproduced:.2%}")

# %% [markdown]
# Is NumPy better than PyTorch, then? No: all gradients above were equal. But the two networks were trained with
# different parameters, which are stored in the model files:

# %%
theirs = torch_params.model_dump()
for key, value in params.model_dump().items():
    if value != theirs[key]:
        print(f"{key:<15} custom: {value!s:<12} torch: {theirs[key]}")

# %% [markdown]
# The reductions differ: `batch_mean` sums the squared errors over the ten digits, `mean` averages over them
# (the default of `nn.MSELoss`). So with `mean` the loss is a tenth, and with it every gradient and every step:
#
# $$L_\text{mean} = \frac{L_\text{batch mean}}{10}
# \quad\Rightarrow\quad
# \frac{\partial L_\text{mean}}{\partial p} = \frac{1}{10}\, \frac{\partial L_\text{batch mean}}{\partial p}$$
#
# With plain gradient descent, that is the same as a learning rate of 0.01 instead of 0.1. These are the gradients
# for our digit, from the same weights:

# %%
summed = build_mlp(start, precise)
averaged = build_mlp(start, precise.model_copy(update={"loss_reduction": "mean"}))
for engine in (summed, averaged):
    engine.train_step(x, labels)
for name, large, small in zip(start, summed.gradients(), averaged.gradients(), strict=True):
    print(f"{name:<15} largest gradient {np.abs(large).max():.6f} and {np.abs(small).max():.6f}")
    assert np.abs(large - 10 * small).max() < BOUND * np.abs(large).max(), f"{name}: not a tenth"

# %% [markdown]
# Does that explain four points? [`studies/gap.py`](../studies/gap.py) trained all eight combinations of engine,
# initial weights and reduction, each with the same ten seeds. This is the effect of switching each of the three
# from the published PyTorch model's value to the custom model's:

# %%
gap = json.loads((ROOT / "studies/results/gap.json").read_text(encoding="utf-8"))["gap"]
print(f"{'switched':<16}{'points of test accuracy':>24}{'95 % interval':>20}")
for switch in ("loss_reduction", "weight_init", "engine"):
    effect = gap["effects"][switch]
    print(f"{switch:<16}{effect['points']:>+24.2f}{effect['low']:>+12.2f} to {effect['high']:+.2f}")

# %% [markdown]
# In the study's figure each marker is one training; circles are NumPy, squares are PyTorch. In each row, circles
# and squares lie at the same places. The two rows with `batch_mean` lie close together, far to the right of the
# rows with `mean`:

# %%
drawing.show_png(
    (ROOT / "studies/results/gap.png").read_bytes(),
    "Test accuracy of all trainings in four rows, by reduction and initial weights. Both rows with "
    "batch_mean lie far to the right of both rows with mean; NumPy and PyTorch agree in every row.",
)

# %% [markdown]
# So the gap comes from a learning rate that nobody chose. Here is the PyTorch model trained with the custom
# model's reduction, and nothing else changed:

# %%
as_published = gap["cells"]["torch, uniform_fan_in, mean"]["mean"]
switched = gap["cells"]["torch, uniform_fan_in, batch_mean"]["mean"]
print(f"torch, mean over ten seeds: as published {as_published:.2%}, with batch_mean {switched:.2%}")

# %% [markdown]
# ## 11. Why bits differ
#
# In section 5 we asked the engines to agree in 12 digits, not in all 16. The formulas are the same; what differs
# is the *order* in which 784 products are added up to one of the sums $Z_1$. A computer rounds after each
# addition, so another order gives other last digits. Libraries choose the order by the CPU, to keep it busy. Here
# are three common orders, written with plain additions. Each function takes rows of terms and returns their sums:


# %%
def in_order(terms: Floats) -> Floats:
    """Add one term after the other."""
    return np.cumsum(terms, axis=1)[:, -1]


def in_lanes(terms: Floats) -> Floats:
    """Add every eighth term, for eight sums at a time, as a CPU with vectors of eight does; then add the eight."""
    return in_order(np.stack([in_order(terms[:, lane::8]) for lane in range(8)], axis=1))


def in_pairs(terms: Floats) -> Floats:
    """Add neighbours, then neighbours of those sums, and so on."""
    while terms.shape[1] > 1:
        odd = terms.shape[1] % 2
        terms = np.hstack([terms[:, odd::2] + terms[:, odd + 1 :: 2], terms[:, :odd]])
    return terms[:, 0]


ORDERS = {"in order": in_order, "in eight lanes": in_lanes, "in pairs": in_pairs}

# %% [markdown]
# How can we see the order in which a library adds? A huge number $M$ reveals it. In `float32`,
# $2^{40} + 1 = 2^{40}$: the 1 is lost. So we add up 16 terms: $M$, seven ones, $-M$, seven ones. The ones that are
# added to $M$ or $-M$ before these meet are lost; the result counts the others:

# %%
probe = np.ones((1, 16), np.float32)
probe[0, [0, 8]] = 2.0**40, -(2.0**40)
for name, add in ORDERS.items():
    print(f"{name:<15} {add(probe)[0]:>2.0f} of 14 ones are left")

# %% [markdown]
# With $M$ and $-M$ in other places, such sums reveal the whole tree of additions. `sum_order.depths` does that,
# and returns the number of additions that each of the 784 terms goes through. One after the other, the first
# pixel goes through 783 additions and the last one through one. What NumPy and PyTorch do depends on the machine,
# so it is not shown here: [`python -m notebooks.sum_order`](sum_order.py) draws it for yours.

# %%
drawing.show(
    sum_order.figure({name: sum_order.depths(add, train.pixels) for name, add in ORDERS.items()}),
    "Three panels with the number of additions that each of the 784 terms goes through. In order: a line that "
    "falls from 783 to 1. In eight lanes: a line that falls from 104 to 2. In pairs: about 10 for all terms.",
)

# %% [markdown]
# Now we add up real terms: the pixels of our digit times the weights of the trained hidden units. In `float32`
# each order ends in other digits. In `float64` the difference is smaller, but it is there:

# %%
plain = x * trained["layers.0.weight"]  # (1, 784) * (50, 784) -> (50, 784)
for name, add in ORDERS.items():
    single, double = (add(plain.astype(dtype)) for dtype in ("float32", "float64"))
    print(f"{name:<15} unit 0: float32 {single[0]:.12f}, float64 {double[0]:.18f}")
for dtype in ("float32", "float64"):
    sums = np.stack([add(plain.astype(dtype)) for add in ORDERS.values()])  # (3, 50)
    print(f"{dtype}: {(sums != sums[0]).any(axis=0).sum()} of {sums.shape[1]} sums depend on the order")

# %% [markdown]
# One could force the same order everywhere, and do without the libraries' fast products. The other way is to make
# sure that nothing needs rounding. Every pixel becomes a multiple of $2^{-14}$, every weight one of
# $2^{-24}$. Their products are multiples of $2^{-38}$, and so are sums of these. A `float64` has 53 binary digits,
# so it holds each of them exactly up to $2^{53 - 38} = 32768$. The order then has nothing to change:

# %%
exact = scale_pixels(train.rows[row], "exact") * to_grid(trained["layers.0.weight"].copy(), WEIGHTS)
sums = np.stack([add(exact) for add in ORDERS.values()])
print("the same sums in every order:", (sums == sums[0]).all())
moved = np.abs(sums[0] - in_order(plain)).max()
print(f"largest sum {np.abs(sums).max():.1f}, rounding to the grids moved sums by up to {moved:.1e}")

# %% [markdown]
# The same is done to activations and gradients ([the grids](../docs/reproducibility.md#the-grids)). So both
# engines, whatever their orders, train the same weights to the last bit. Here are 100 steps of both:

# %%
engines = [build(initial_weights(params, *sizes), params) for build in (build_mlp, TorchMLP)]
for images, digits in islice(batches.shuffled(RandomState(0)), 100):
    for one in engines:
        one.train_step(images, digits)
for name, ours in engines[0].weights().items():
    assert np.array_equal(ours, engines[1].weights()[name]), f"{name}: not the same bits"
    print(f"{name:<15} {ours.size:>6,} numbers, all the same bits in NumPy and PyTorch")

# %% [markdown]
# ## Things to try
#
# 1. In section 2, put `"init_std": 1.0` beside `"dtype"`. Which units saturate, and what happens to
#    $\partial L / \partial W_1$?
# 2. Break a formula in [`network/activations.py`](../src/mnist_mlp/network/activations.py), restart, and run.
#    Which comparison fails first, and why that one?
# 3. In section 7, train with `params.model_copy(update={"loss_reduction": "mean"})`. Which accuracy does the
#    network reach in one epoch, and at which value does the loss settle first?
# 4. Change the pipeline itself: `dvc exp run -S train_torch.loss_reduction=batch_mean`. The
#    [README](../README.md#change-one-parameter-and-compare) continues from there.
# 5. In the last cell of section 11, build the engines from `precise` instead of `params`. After how many steps do
#    they differ?
