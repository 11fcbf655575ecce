#!/usr/bin/env python3
"""The workloads of bench_core's train/… in PyTorch (float64, one thread), with its fused layers.

usage: torch_peer.py NAME [SECONDS]    prints the processor time of one update, in seconds; the faster of
                                       Adam's two implementations counts
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


def seconds_of(update, seconds):
    update()
    begin = time.process_time()
    count = 0
    while time.process_time() - begin < seconds or count < 2:
        update()
        count += 1
    return (time.process_time() - begin) / count


def main():
    name = sys.argv[1]
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 0.3
    parts = re.fullmatch(r"train/(rnn|gru|lstm)/h(\d+)/T(\d+)/B(\d+)(/adding)?", name)
    if not parts:
        sys.exit(f"torch_peer.py: {name} is not a workload; expected e.g. train/lstm/h128/T100/B32")
    torch.set_num_threads(1)
    torch.manual_seed(1)
    cell, hidden, steps, batch = parts[1], int(parts[2]), int(parts[3]), int(parts[4])
    task = "adding" if parts[5] else "hello" if hidden == 3 else "text"
    print(min(seconds_of(update_of(cell, hidden, steps, batch, task, foreach), seconds)
              for foreach in (False, True)))


main()
