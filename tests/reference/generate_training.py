#!/usr/bin/python3
"""Makes the reference values of tests/core/training_test.cpp: min-char-rnn in NumPy, learning rates by PyTorch.

    apt-get install python3-numpy python3-torch
    python3 tests/reference/generate_training.py

Writes beside itself: weights/min-char-rnn.safetensors (initial weights), min-char-rnn.safetensors (expected losses and
weights) and schedules.json. min-char-rnn is the one of Karpathy (2015): hidden 100, 25 characters at a time, the state
carried on, weights 0.01·randn, no biases at first, the loss summed, each gradient entry clipped to ±5, Adagrad with rate 0.1
and 1e-8 inside the root, the state set to zero where the data start again.
"""
import json
import pathlib

import numpy as np
import torch

from expected import write_safetensors

HERE = pathlib.Path(__file__).resolve().parent
HIDDEN, LENGTH, UPDATES, LIMIT = 100, 25, 22, 5.0
RATE, INSIDE = np.longdouble("0.1"), np.longdouble("1e-8")


def state_dict(weights):
    wxh, whh, why, bh, by = weights
    return {"rnn.weight_ih_l0": wxh, "rnn.weight_hh_l0": whh, "rnn.bias_ih_l0": bh, "rnn.bias_hh_l0": 0 * bh,
            "out.weight": why, "out.bias": by}


def loss_and_gradients(weights, inputs, targets, before):
    wxh, whh, why, bh, by = weights
    states, probabilities, loss = [before], [], 0.0
    for symbol, target in zip(inputs, targets):
        states.append(np.tanh(wxh[:, symbol] + whh @ states[-1] + bh))
        scores = np.exp(why @ states[-1] + by)
        probabilities.append(scores / scores.sum())
        loss -= np.log(probabilities[-1][target])
    gradients = [np.zeros_like(w) for w in weights]
    from_later = np.zeros_like(bh)
    for t in reversed(range(len(inputs))):
        dy = probabilities[t].copy()
        dy[targets[t]] -= 1
        da = (why.T @ dy + from_later) * (1 - states[t + 1] ** 2)
        gradients[0][:, inputs[t]] += da
        gradients[1] += np.outer(da, states[t])
        gradients[2] += np.outer(dy, states[t + 1])
        gradients[3] += da
        gradients[4] += dy
        from_later = whh.T @ da
    return loss, gradients, states[-1]


def min_char_rnn():
    text = (HERE / "text.txt").read_text(encoding="utf-8")
    vocabulary = sorted(set(text))
    data = [vocabulary.index(symbol) for symbol in text]
    assert (len(data) - 1) % LENGTH, "the original drops a last chunk that ends with the text"
    # These first updates are large, and multiply rounding errors: from most seeds double precision is left with some five
    # digits after 22 of them. From this one it keeps eleven. Computed in extended precision.
    random = np.random.RandomState(243)
    size = len(vocabulary)
    weights = [0.01 * random.randn(*shape) for shape in ((HIDDEN, size), (HIDDEN, HIDDEN), (size, HIDDEN))]
    weights += [np.zeros(HIDDEN), np.zeros(size)]
    write_safetensors(HERE / "weights" / "min-char-rnn.safetensors", state_dict(weights))
    weights = [w.astype(np.longdouble) for w in weights]

    memory = [np.zeros_like(w) for w in weights]
    losses, clipped, restarts, place, state = [], [], 0, 0, np.zeros(HIDDEN, np.longdouble)
    for update in range(UPDATES):
        if place + LENGTH + 1 >= len(data):
            place, state, restarts = 0, np.zeros(HIDDEN, np.longdouble), restarts + 1
        inputs, targets = data[place:place + LENGTH], data[place + 1:place + LENGTH + 1]
        loss, gradients, state = loss_and_gradients(weights, inputs, targets, state)
        clipped.append(max(abs(g).max() for g in gradients) > LIMIT)
        for w, g, m in zip(weights, gradients, memory):
            g = np.clip(g, -LIMIT, LIMIT)
            m += g * g
            w -= RATE * g / np.sqrt(m + INSIDE)
        losses.append(loss)
        place += LENGTH
    assert restarts >= 2 and 0 < sum(clipped) < UPDATES, (restarts, sum(clipped))
    expected = {f"after/{name}": tensor for name, tensor in state_dict(weights).items()}
    expected["losses"] = np.array(losses)
    expected["clipped"] = np.array(clipped, dtype=float)
    expected["state"] = state
    write_safetensors(HERE / "min-char-rnn.safetensors", expected)
    print(f"min-char-rnn: {UPDATES} updates, {restarts} restarts, {sum(clipped)} clipped, loss {losses[0]:.4f} to {losses[-1]:.4f}")


def rates(make, updates):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.2)
    scheduler = make(optimizer)
    found = []
    for _ in range(updates):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def schedules():
    of = torch.optim.lr_scheduler
    cases = [
        ({"schedule": "step", "schedule_period": 4, "schedule_factor": 0.3}, lambda o: of.StepLR(o, 4, 0.3)),
        ({"schedule": "exponential", "schedule_factor": 0.9}, lambda o: of.ExponentialLR(o, 0.9)),
        ({"schedule": "cosine", "schedule_period": 7, "schedule_floor": 0.01},
         lambda o: of.CosineAnnealingLR(o, 7, 0.01)),
        ({"schedule": "constant", "warmup": 5}, lambda o: of.LinearLR(o, 1 / 5, 1.0, 4)),
        ({"schedule": "exponential", "schedule_factor": 0.9, "warmup": 6},
         lambda o: of.ChainedScheduler([of.LinearLR(o, 1 / 6, 1.0, 5), of.ExponentialLR(o, 0.9)])),
    ]
    rows = [{"training": settings, "rates": rates(make, 30)} for settings, make in cases]
    text = json.dumps({"made_with": f"PyTorch {torch.__version__}", "learning_rate": 0.2, "cases": rows}, indent=1)
    (HERE / "schedules.json").write_text(text + "\n")


if __name__ == "__main__":
    min_char_rnn()
    schedules()
