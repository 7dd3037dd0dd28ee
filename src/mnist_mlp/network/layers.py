"""The fully connected layer: the only part of the network that learns."""

import numpy as np

from mnist_mlp.arrays import Floats


class Linear:
    """An affine map from ``in`` to ``out`` numbers a sample.

    Args:
        weight: (out, in), one row an output unit. Updated in place by the optimiser.
        bias: (out,). Likewise.
    """

    def __init__(self, weight: Floats, bias: Floats) -> None:
        # column by column in memory: the way forward multiplies by weight.T, which is row by row then
        self.weight: Floats = np.asfortranarray(weight)
        self.bias = bias
        self.weight_grad = np.empty_like(self.weight)
        self.bias_grad = np.empty_like(bias)

    def forward(self, inputs: Floats) -> Floats:
        """Return ``inputs @ weight.T + bias``; remember the inputs for the way back."""
        self.inputs = inputs
        outputs: Floats = inputs @ self.weight.T  # (n, in) @ (in, out) -> (n, out)
        outputs += self.bias
        return outputs

    def backward(self, grad: Floats) -> Floats:
        """Return dL/d(inputs) for a given ``grad`` = dL/d(outputs), and set the parameters' gradients.

        outputs[s, o] = sum_i inputs[s, i] weight[o, i] + bias[o], so by the chain rule
        dL/d(inputs)[s, i] = sum_o grad[s, o] weight[o, i].
        """
        self.parameter_gradients(grad)
        inputs_grad: Floats = grad @ self.weight  # (n, out) @ (out, in) -> (n, in)
        return inputs_grad

    def parameter_gradients(self, grad: Floats) -> None:
        """Set dL/d(weight) and dL/d(bias). All that the first layer needs: nobody asks for dL/d(images).

        With the same sum as above, dL/d(weight)[o, i] = sum_s grad[s, o] inputs[s, i]
        and dL/d(bias)[o] = sum_s grad[s, o].
        """
        np.matmul(grad.T, self.inputs, out=self.weight_grad)  # (out, n) @ (n, in) -> (out, in)
        grad.sum(axis=0, out=self.bias_grad)  # (n, out) -> (out,)
