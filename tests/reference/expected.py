"""Expected numbers, and the files that they are in."""
import json
import struct

import numpy as np
import torch


def write_safetensors(path, tensors):
    """Tensors of PyTorch or arrays of NumPy, by name."""
    header, data, offset = {}, [], 0
    for name, tensor in tensors.items():
        numbers = tensor.detach() if isinstance(tensor, torch.Tensor) else tensor
        raw = np.ascontiguousarray(numbers).astype("<f8").tobytes()
        header[name] = {"dtype": "F64", "shape": list(tensor.shape), "data_offsets": [offset, offset + len(raw)]}
        data.append(raw)
        offset += len(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


def read_safetensors(path):
    raw = path.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    tensors = {}
    for name, entry in json.loads(raw[8:8 + size]).items():
        begin, end = entry["data_offsets"]
        numbers = struct.unpack(f"<{(end - begin) // 8}d", raw[8 + size + begin:8 + size + end])
        tensors[name] = torch.tensor(numbers, dtype=torch.float64).reshape(entry["shape"])
    return tensors


class Expected:
    """The numbers of a case one after the other, matrices column by column."""

    def __init__(self):
        self.rows, self.tensors = {}, {}

    def keep(self, name, tensor):
        """A tensor as it is."""
        self.tensors[name] = tensor

    def __call__(self, name, *tensors):
        for tensor in tensors:
            tensor = tensor.detach().clone()
            self.rows.setdefault(name, []).append((tensor.T if tensor.dim() == 2 else tensor).flatten())

    def write(self, path):
        write_safetensors(path, {**self.tensors, **{name: torch.cat(parts) for name, parts in self.rows.items()}})


def columns(tensors):
    """A matrix with a column for each step, of tensors of one row."""
    return torch.cat(tensors).T


def gradient_of(tensor):
    return torch.zeros_like(tensor) if tensor.grad is None else tensor.grad


def retain(sequences):
    """Asks for the gradients of everything."""
    for sequence in sequences:
        values = list(sequence.y)
        for layer in sequence.layers:
            values += [tensor for channels in layer["steps"] for tensor in channels.values()]
        for tensor in values:
            tensor.retain_grad()


def expect_sequence(expect, name, sequence, numbers):
    """Every channel of every layer and its gradient, what reaches the initial state, outputs and losses."""
    for layer in sequence.layers:
        for channel in layer["steps"][0]:
            steps = [channels[channel] for channels in layer["steps"]]
            expect(name, columns(steps), columns([gradient_of(step) for step in steps]))
        expect(name, gradient_of(layer["h0"])[0])
        if layer["c0"] is not None:
            expect(name, gradient_of(layer["c0"])[0])
    y = columns(sequence.y)
    expect(name, y, columns([gradient_of(step) for step in sequence.y]))
    if not numbers:
        expect(name, torch.softmax(y, dim=0))
    expect(name, torch.stack([loss if counts else torch.zeros(()) for loss, counts in zip(sequence.losses, sequence.counted)]))
