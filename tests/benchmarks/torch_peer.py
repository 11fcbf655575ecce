#!/usr/bin/env python3
"""The workloads of bench_core's train/… and itemised/… in PyTorch (float64, one thread).

usage: torch_peer.py NAME [SECONDS]    prints the processor time of one update, in seconds: with PyTorch's
                                       fused layers, the faster of Adam's two implementations counts; or of one
                                       table, itemised/lstm/h64/T100/autograd or …/matrices: by all losses in
                                       one batched backward pass, or by hand in PyTorch's operations
"""
import os
import re
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import torch
from torch import nn
from torch.nn import functional

LAYERS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


def update_of(cell, hidden, steps, batch, task, foreach):
    """One update of a workload as a function."""
    inputs, outputs = {"hello": (4, 4), "text": (65, 65), "adding": (2, 1)}[task]
    layer = LAYERS[cell](inputs, hidden).double()
    readout = nn.Linear(hidden, outputs).double()
    optimizer = torch.optim.Adam([*layer.parameters(), *readout.parameters()], 1e-3, foreach=foreach)
    if task == "adding":
        x = torch.rand(steps, batch, inputs, dtype=torch.float64)
        y = torch.rand(batch, outputs, dtype=torch.float64)
    else:
        x = functional.one_hot(torch.randint(inputs, (steps, batch)), inputs).double()
        y = torch.randint(outputs, (steps * batch,))

    def update():
        optimizer.zero_grad(set_to_none=True)
        h, _ = layer(x)
        if task == "adding":
            loss = functional.mse_loss(readout(h[-1]), y)
        else:
            loss = functional.cross_entropy(readout(h).view(-1, outputs), y)
        loss.backward()
        optimizer.step()

    return update


def table_of(cell, hidden, steps, way):
    """The norms of dL_s/dh_t for all s >= t, of an untrained network on a text, as a function."""
    symbols = 65
    kind = {"rnn": nn.RNNCell, "gru": nn.GRUCell, "lstm": nn.LSTMCell}[cell]
    layer = kind(symbols, hidden).double()
    readout = nn.Linear(hidden, symbols).double()
    x = functional.one_hot(torch.randint(symbols, (steps,)), symbols).double()
    y = torch.randint(symbols, (steps,))

    def autograd():
        states, state = [], None
        for t in range(steps):
            state = layer(x[t:t + 1], state)
            states.append(state[0] if cell == "lstm" else state)
        losses = functional.cross_entropy(readout(torch.cat(states)), y, reduction="none")
        every = torch.eye(steps, dtype=torch.float64)
        gradients = torch.autograd.grad(losses, states, every, is_grads_batched=True)
        return torch.stack([each.norm(dim=(1, 2)) for each in gradients], 1)

    @torch.no_grad()
    def matrices():
        inputs = x @ layer.weight_ih.T + layer.bias_ih
        weights = layer.weight_hh.split(hidden)
        h = c = torch.zeros(hidden, dtype=torch.float64)
        hops, states = [], []  # (direct, mixing) of h; of an LSTM (out, forget, by c, by o)
        for t in range(steps):
            if cell == "rnn":
                h = torch.tanh(inputs[t] + layer.weight_hh @ h + layer.bias_hh)
                hops.append((1 - h * h)[:, None] * layer.weight_hh)
            elif cell == "gru":
                recurrent = (layer.weight_hh @ h + layer.bias_hh).split(hidden)
                own = inputs[t].split(hidden)
                r, z = torch.sigmoid(own[0] + recurrent[0]), torch.sigmoid(own[1] + recurrent[1])
                n = torch.tanh(own[2] + r * recurrent[2])
                written = (1 - z) * (1 - n * n)
                hops.append((z, (written * recurrent[2] * r * (1 - r))[:, None] * weights[0]
                             + ((h - n) * z * (1 - z))[:, None] * weights[1] + (written * r)[:, None] * weights[2]))
                h = (1 - z) * n + z * h
            else:
                a = inputs[t] + layer.weight_hh @ h + layer.bias_hh
                i, f, g, o = (torch.tanh(each) if k == 2 else torch.sigmoid(each)
                              for k, each in enumerate(a.split(hidden)))
                before, c = c, f * c + i * g
                squashed = torch.tanh(c)
                h = o * squashed
                by_cell = ((g * i * (1 - i))[:, None] * weights[0] + (before * f * (1 - f))[:, None] * weights[1]
                           + (i * (1 - g * g))[:, None] * weights[2])
                hops.append((o * (1 - squashed * squashed), f, by_cell,
                             (squashed * o * (1 - o))[:, None] * weights[3]))
            states.append(h)
        error = torch.softmax(readout(torch.stack(states)), 1)
        error[torch.arange(steps), y] -= 1
        error = error @ readout.weight
        table = torch.zeros(steps, steps, dtype=torch.float64)
        carried = torch.zeros(steps, hidden, dtype=torch.float64)
        carried_cell = torch.zeros_like(carried)
        for t in reversed(range(steps)):
            carried[t] = error[t]
            rows, cells, hop = carried[t:], carried_cell[t:], hops[t]
            table[t:, t] = rows.norm(dim=1)
            if cell == "rnn":
                carried[t:] = rows @ hop
            elif cell == "gru":
                carried[t:] = rows * hop[0] + rows @ hop[1]
            else:
                cells.addcmul_(rows, hop[0].expand_as(rows))
                carried[t:] = cells @ hop[2] + rows @ hop[3]
                cells.mul_(hop[1])
        return table

    return {"autograd": autograd, "matrices": matrices}[way]


def seconds_of(update, seconds):
    update()
    begin = time.process_time()
    count = 0
    while time.process_time() - begin < seconds:
        update()
        count += 1
    return (time.process_time() - begin) / count


def main():
    name = sys.argv[1]
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 0.3
    torch.set_num_threads(1)
    torch.manual_seed(1)
    table = re.fullmatch(r"itemised/(rnn|gru|lstm)/h(\d+)/T(\d+)/(autograd|matrices)", name)
    if table:
        print(seconds_of(table_of(table[1], int(table[2]), int(table[3]), table[4]), seconds))
        return
    parts = re.fullmatch(r"train/(rnn|gru|lstm)/h(\d+)/T(\d+)/B(\d+)(/adding)?", name)
    if not parts:
        sys.exit(f"torch_peer.py: {name} is not a workload; expected e.g. train/lstm/h128/T100/B32")
    cell, hidden, steps, batch = parts[1], int(parts[2]), int(parts[3]), int(parts[4])
    task = "adding" if parts[5] else "hello" if hidden == 3 else "text"
    print(min(seconds_of(update_of(cell, hidden, steps, batch, task, foreach), seconds)
              for foreach in (False, True)))


if __name__ == "__main__":
    main()
