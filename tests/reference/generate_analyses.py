#!/usr/bin/python3
"""Makes the reference values of tests/core/analyses_parity_test.cpp with PyTorch, in float64.

    python3 tests/reference/generate_analyses.py

Takes the cases, weights and data that generate.py wrote, and writes analyses.safetensors beside itself: for the first sequence
of each traced case, per layer, itemised[s, t] = ‖∂L_s/∂h_t‖ (0 where t > s or s is not counted), and the singular values,
falling, of ∂h_T/∂h_t and ∂c_T/∂c_t in row t of jacobian_h and jacobian_c. All by automatic differentiation, one loss or one
unit at a time.
"""
import json
import struct

import torch

import generate
from generate import HERE


def read_safetensors(path):
    raw = path.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + size])
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        numbers = struct.unpack(f"<{(end - begin) // 8}d", raw[8 + size + begin:8 + size + end])
        tensors[name] = torch.tensor(numbers, dtype=torch.float64).reshape(entry["shape"])
    return tensors


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
    lines = (HERE / "series.csv").read_text().splitlines()[1:]
    series = torch.tensor([[float(number) for number in line.split(",")] for line in lines])
    expected = {}
    for case in cases["traces"]:
        state = {name: tensor.requires_grad_() for name, tensor in read_safetensors(HERE / case["weights"]).items()}
        length = case["length"]
        data = generate.TextData(length) if case["task"] == "text" else generate.SeriesData(series, length)
        x, targets = data.batch(1, 0)
        layers, y = generate.forward(case["model"], case["hidden"], state, x)
        losses = generate.step_losses(case["kind"], y, targets)[:, 0]
        for index, layer in enumerate(layers):
            hidden = [step["h"] for step in layer["steps"]]
            itemised = torch.zeros(length, length)
            for s in range(length) if case["counted"] == "all" else [length - 1]:
                itemised[s] = torch.stack([gradient.norm() for gradient in gradients(losses[s], hidden)])
            prefix = f"{case['prefix']}/layer{index}"
            expected[f"{prefix}/itemised"] = itemised
            expected[f"{prefix}/jacobian_h"] = jacobian(hidden[-1], hidden)
            if "c" in layer["steps"][0]:
                cells = [step["c"] for step in layer["steps"]]
                expected[f"{prefix}/jacobian_c"] = jacobian(cells[-1], cells)
    generate.write_safetensors(HERE / "analyses.safetensors", expected)
    print(f"{len(cases['traces'])} cases, {len(expected)} tensors")


if __name__ == "__main__":
    main()
