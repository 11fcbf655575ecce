#!/usr/bin/python3
"""Makes the reference values of tests/core/keras_test.cpp: Keras' layers from their documented formulas, in float64.

    python3 tests/reference/generate_keras.py

Takes text.txt and series.csv, and writes keras.safetensors and keras.json beside itself. Weights are in Keras' layout, that of
layer.get_weights(): kernels are inputs × gates·units and multiplied from the right, the gates of an LSTM are i, f, c, o, those
of a GRU z, r, h, and reset_after gives a GRU a bias of 2 × 3·units, one for the input and one for the recurrent product
(https://keras.io/api/layers/recurrent_layers). Gradients by automatic differentiation, in the same layout.
"""
import json

import torch

from expected import write_safetensors
from generate import HERE, SERIES, read_series
from tasks import Task

ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu, "linear": lambda a: a, "sigmoid": torch.sigmoid}
LAYERS = [{"layer": "SimpleRNN", "activation": activation} for activation in ACTIVATIONS]
LAYERS += [{"layer": "GRU", "reset_after": False}, {"layer": "GRU", "reset_after": True}, {"layer": "LSTM"}]
GATES = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4}


def simple_rnn(spec, x, before, w, u, b):
    """h' = φ(x W + h U + b)"""
    return [ACTIVATIONS[spec["activation"]](x @ w + before[0] @ u + b)]


def gru(spec, x, before, w, u, b):
    """z, r = σ(x W + h U + b) and h' = z h + (1 − z) n; n = tanh(x W + (r h) U + b), or with reset_after
    n = tanh(x W + b₀ + r (h U + b₁)), where each product has a bias of its own."""
    h = before[0]
    w_z, w_r, w_n = w.chunk(3, dim=1)
    u_z, u_r, u_n = u.chunk(3, dim=1)
    (b_z, b_r, b_n), (c_z, c_r, c_n) = (each.chunk(3) for each in (b if spec["reset_after"] else (b, torch.zeros_like(b))))
    z = torch.sigmoid(x @ w_z + b_z + h @ u_z + c_z)
    r = torch.sigmoid(x @ w_r + b_r + h @ u_r + c_r)
    inner = r * (h @ u_n + c_n) if spec["reset_after"] else (r * h) @ u_n
    return [z * h + (1 - z) * torch.tanh(x @ w_n + b_n + inner)]


def lstm(spec, x, before, w, u, b):
    """c' = f c + i tanh(…) and h' = o tanh(c')"""
    h, c = before
    i, f, new, o = (x @ w + h @ u + b).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(new)
    return [torch.sigmoid(o) * torch.tanh(c), c]


CELLS = {"SimpleRNN": simple_rnn, "GRU": gru, "LSTM": lstm}


def random_weights(spec, units, inputs, outputs):
    """By name; layer0, layer1 … and the dense layer over all steps. The forget gate's bias has a 1 more, as Keras gives it."""
    weights, size = {}, inputs
    for layer, u in enumerate(units):
        wide = GATES[spec["layer"]] * u
        bias = (2, wide) if spec.get("reset_after") else (wide,)
        shapes = {"kernel": (size, wide), "recurrent_kernel": (u, wide), "bias": bias}
        for name, shape in shapes.items():
            weights[f"layer{layer}/{name}"] = (2 * torch.rand(shape) - 1) / u ** 0.5
        if spec["layer"] == "LSTM":
            weights[f"layer{layer}/bias"][u:2 * u] += 1
        size = u
    weights["dense/kernel"], weights["dense/bias"] = 2 * torch.rand(size, outputs) - 1, torch.rand(outputs) - 0.5
    return weights


def run(spec, units, weights, x):
    """States, T tensors of batch × units for each of a layer's states, and y, batch × T × outputs."""
    current, layers = list(x), []
    for layer, u in enumerate(units):
        states = [torch.zeros(x.shape[1], u)] * (2 if spec["layer"] == "LSTM" else 1)
        own = [weights[f"layer{layer}/{name}"] for name in ("kernel", "recurrent_kernel", "bias")]
        steps = []
        for x_t in current:
            states = CELLS[spec["layer"]](spec, x_t, states, *own)
            steps.append(states)
        layers.append([list(each) for each in zip(*steps)])
        current = layers[-1][0]
    return layers, torch.stack([h @ weights["dense/kernel"] + weights["dense/bias"] for h in current], dim=1)


def loss_of(numbers, y, targets):
    """MeanSquaredError, or SparseCategoricalCrossentropy(from_logits=True): means over batch and steps."""
    if numbers:
        return ((y - targets.transpose(0, 1)) ** 2).mean(dim=2).mean()
    return torch.nn.functional.cross_entropy(y.flatten(0, 1), targets.T.flatten())


def main():
    torch.manual_seed(20150327)
    torch.set_default_dtype(torch.float64)
    rows, tensors, cases = read_series(), {}, []
    tasks = [({"id": "text", "file": "text.txt", "length": 4}, [4], 2),
             ({"id": "series", "file": "series.csv", **SERIES, "length": 5}, [4, 3], 3)]
    for spec in LAYERS:
        for settings, units, batch in tasks:
            task = Task({"task": settings, "training": {}}, rows)
            data = task.batch(batch, 0)
            prefix = f"keras{len(cases)}"
            weights = {name: tensor.requires_grad_() for name, tensor in
                       random_weights(spec, units, task.inputs, task.outputs).items()}
            layers, y = run(spec, units, weights, data.x)
            loss = loss_of(task.numbers, y, data.targets)
            for step in (step for states in layers for each in states for step in each):
                step.retain_grad()
            loss.backward()
            for name, tensor in weights.items():
                tensors[f"{prefix}/{name}"], tensors[f"{prefix}/gradient/{name}"] = tensor, tensor.grad
            tensors[f"{prefix}/loss"], tensors[f"{prefix}/y"] = loss.reshape(1), y[-1]
            for layer, states in enumerate(layers):
                for name, each in zip("hc", states):  # T × units, of the last sequence
                    tensors[f"{prefix}/layer{layer}/{name}"] = torch.stack([step[-1] for step in each])
                    tensors[f"{prefix}/layer{layer}/{name}/gradient"] = torch.stack([step.grad[-1] for step in each])
            words = "".join(f", {key} {value}" for key, value in spec.items() if key != "layer")
            cases.append({"name": f"{spec['layer']}{words}, {units} units, {settings['id']}", "prefix": prefix, **spec,
                          "task": settings, "units": units, "batch": batch})
    write_safetensors(HERE / "keras.safetensors", tensors)
    (HERE / "keras.json").write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(f"{len(cases)} cases, {len(tensors)} tensors")


if __name__ == "__main__":
    main()
