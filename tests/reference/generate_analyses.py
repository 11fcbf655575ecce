#!/usr/bin/python3
"""Makes the reference values of tests/core/analyses_parity_test.cpp with PyTorch, in float64.

    python3 tests/reference/generate_analyses.py

Takes the cases, weights and data that generate.py wrote, and writes analyses.safetensors beside itself: for the first sequence
of each traced case, per layer, itemised[s, t] = ‖∂L_s/∂h_t‖ (0 where t > s or s is not counted), and the singular values,
falling, of ∂h_T/∂h_t and ∂c_T/∂c_t, with what the layer reads held, in row t of jacobian_h and jacobian_c. All by automatic
differentiation, one loss or one unit at a time.
"""
import json

import torch

import cells
from expected import read_safetensors, write_safetensors
from generate import HERE, read_series
from tasks import Task


def gradients(of, by):
    found = torch.autograd.grad(of, by, retain_graph=True, allow_unused=True)
    return [torch.zeros_like(b) if f is None else f for f, b in zip(found, by)]


def jacobian(last, states):
    """Row t: the singular values of ∂last/∂states[t]."""
    rows = [gradients(unit, states) for unit in last[0]]
    return torch.stack([torch.linalg.svdvals(torch.stack([row[t][0] for row in rows])) for t in range(len(states))])


def main():
    torch.set_default_dtype(torch.float64)
    cases = json.loads((HERE / "cases.json").read_text(encoding="utf-8"))
    rows = read_series()
    expected = {}
    for case in cases["traces"]:
        experiment = case["experiment"]
        state = {name: tensor.requires_grad_() for name, tensor in read_safetensors(HERE / experiment["weights"]).items()}
        batch = Task(experiment, rows).batch(1, 0)
        sequence, held = (cells.forward(experiment["model"], state, batch, each)[0] for each in (False, True))
        for index, layer in enumerate(sequence.layers):
            hidden = [step["h"] for step in layer["steps"]]
            itemised = torch.zeros(len(hidden), len(hidden))
            for s, loss in enumerate(sequence.losses):
                if sequence.counted[s]:
                    itemised[s] = torch.stack([gradient.norm() for gradient in gradients(loss, hidden)])
            prefix = f"{case['prefix']}/layer{index}"
            expected[f"{prefix}/itemised"] = itemised
            for name in ("h", "c") if layer["c0"] is not None else ("h",):
                states = [step[name] for step in held.layers[index]["steps"]]
                expected[f"{prefix}/jacobian_{name}"] = jacobian(states[-1], states)
    write_safetensors(HERE / "analyses.safetensors", expected)
    print(f"{len(cases['traces'])} cases, {len(expected)} tensors")


if __name__ == "__main__":
    main()
