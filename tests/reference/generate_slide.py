#!/usr/bin/python3
"""Makes the built-in experiments that print the numbers of the h-e-l-l-o slide (cs231n, "RNN"; Karpathy 2015).

    apt-get install python3-numpy
    python3 tests/reference/generate_slide.py

Writes resources/experiments/hello-slide.json, hello-vanish.json and hello-explode.json. The slide tells the hidden states
and the scores, not the weights. W_hy and b_y solve 16 equations in 16 unknowns. The columns of W_xh follow from W_hh so that
every state is reached; as steps 3 and 4 read the same letter, W_hh (h_3 - h_2) = atanh(h_4) - atanh(h_3), which leaves it 6
free numbers. They change nothing in the forward pass and everything in the backward pass.
"""
import json
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "resources" / "experiments"

# The slide rounds to one digit; its 1.0 cannot come from a tanh, so 0.98 stands for it.
H = np.array([[0.3, -0.1, 0.9], [0.98, 0.3, 0.1], [0.1, -0.5, -0.3], [-0.3, 0.9, 0.7]])
Y = np.array([[1.0, 2.2, -3.0, 4.1], [0.5, 0.3, -1.0, 1.2], [0.1, 0.5, 1.9, -1.1], [0.2, -1.5, -0.1, 2.2]])
A = np.arctanh(H)
STEP, RISE = H[2] - H[1], A[3] - A[2]


def recurrent(first_two_columns):
    free = np.array(first_two_columns)
    return np.column_stack([free, (RISE - free @ STEP[:2]) / STEP[2]])


TWINS = {
    "hello-slide": np.outer(RISE, STEP) / (STEP @ STEP),  # of least norm
    "hello-vanish": recurrent([[0.3, 0.1], [-1.6, -0.5], [-1.0, -0.3]]),
    "hello-explode": recurrent([[0.0, 1.3], [-1.1, -1.4], [-1.3, 1.3]]),
}

solved = np.linalg.solve(np.column_stack([H, np.ones(4)]), Y).T
for name, whh in TWINS.items():
    letters = [A[0], A[1] - whh @ H[0], A[2] - whh @ H[1], np.zeros(3)]
    weights = {
        "rnn.weight_ih_l0": np.column_stack(letters),
        "rnn.weight_hh_l0": whh,
        "rnn.bias_ih_l0": np.zeros(3),
        "rnn.bias_hh_l0": np.zeros(3),
        "out.weight": solved[:, :3],
        "out.bias": solved[:, 3],
    }
    lines = []
    for key, tensor in weights.items():
        rows = [json.dumps(row) for row in np.atleast_2d(tensor).tolist()]
        text = rows[0] if tensor.ndim == 1 else "[" + (",\n" + " " * (len(key) + 9)).join(rows) + "]"
        lines.append(f'    "{key}": {text}')
    text = '{\n  "unrolled": 1,\n  "task": {"id": "hello"},\n  "weights": {\n' + ",\n".join(lines) + "\n  }\n}\n"
    (FOLDER / f"{name}.json").write_text(text)
