#!/usr/bin/python3
"""Makes the reference values of tests/core/parity_test.cpp with PyTorch, in float64.

    apt-get install python3-torch
    python3 tests/reference/generate.py

Writes beside itself: text.txt and series.csv (the data), weights/*.safetensors (initial weights),
expected.safetensors (all expected numbers) and cases.json (what belongs to what). The files are committed; the tests
need no Python. Each cell is written out in torch operations, so that every intermediate has a gradient; where PyTorch has
the cell as a module, states, outputs and gradients are first checked against the module.
"""
import json
import pathlib
import struct

import torch

import plans

HERE = pathlib.Path(__file__).resolve().parent
EXPECTED = {}

TEXT = ("hello, hollow hill; a yellow eel, a lowly owl\n"
        "안녕, hello: all the whole hole is on the hall wall, oh well, he fell in love\n") * 2
ROWS = 97  # a prime, so that no batch divides it
INPUTS, TARGETS = ["a", "b", "c"], ["y", "z"]

CELLS = [
    {"cell": "rnn", "activation": "tanh"},
    {"cell": "rnn", "activation": "relu"},
    {"cell": "rnn", "activation": "identity"},
    {"cell": "rnn", "activation": "sigmoid"},
    {"cell": "gru", "gru_reset": "after"},
    {"cell": "gru", "gru_reset": "before"},
    {"cell": "lstm"},
]
GATES = {"rnn": 1, "gru": 3, "lstm": 4}
ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu, "identity": lambda a: a, "sigmoid": torch.sigmoid}


# --- data ---------------------------------------------------------------------------------------------------------------

def make_series():
    rows = []
    state = 0.0
    for _ in range(ROWS):
        a, b, c = (2 * torch.rand(3, dtype=torch.float64) - 1).tolist()
        state = 0.7 * state + 0.5 * a * b
        rows.append([a, b, c, state, a - 0.3 * c])
    lines = [",".join(INPUTS + TARGETS)] + [",".join(repr(v) for v in row) for row in rows]
    (HERE / "series.csv").write_text("\n".join(lines) + "\n")
    return torch.tensor(rows, dtype=torch.float64)


class TextData:
    """Consecutive chunks; the target is one character on."""

    def __init__(self, length):
        self.vocabulary = sorted(set(TEXT))
        self.classes = [self.vocabulary.index(symbol) for symbol in TEXT]
        self.length = length
        self.count = (len(TEXT) - 1) // length
        self.inputs = self.outputs = len(self.vocabulary)

    def batch(self, size, iteration):
        starts = [(iteration * size + b) % self.count * self.length for b in range(size)]
        classes = torch.tensor([self.classes[s:s + self.length + 1] for s in starts]).T
        x = torch.nn.functional.one_hot(classes[:-1], self.inputs).to(torch.float64)
        return x, classes[1:]  # T × B × V, T × B


class SeriesData:
    """Consecutive chunks of rows; the target is of the same row."""

    def __init__(self, rows, length):
        self.rows, self.length = rows, length
        self.count = len(rows) // length
        self.inputs, self.outputs = len(INPUTS), len(TARGETS)

    def batch(self, size, iteration):
        starts = [(iteration * size + b) % self.count * self.length for b in range(size)]
        chunk = torch.stack([self.rows[s:s + self.length] for s in starts], dim=1)
        return chunk[:, :, :len(INPUTS)], chunk[:, :, len(INPUTS):]


# --- the network --------------------------------------------------------------------------------------------------------

def random_state_dict(spec, hidden, data):
    """Random weights under the names of a state_dict; both biases are there."""
    state = {}
    size = data.inputs
    for layer, h in enumerate(hidden):
        rows = GATES[spec["cell"]] * h
        for name, shape in (("weight_ih", (rows, size)), ("weight_hh", (rows, h)),
                            ("bias_ih", (rows,)), ("bias_hh", (rows,))):
            state[f"rnn.{name}_l{layer}"] = (2 * torch.rand(shape, dtype=torch.float64) - 1) / h ** 0.5
        size = h
    state["out.weight"] = 2 * torch.rand((data.outputs, size), dtype=torch.float64) - 1
    state["out.bias"] = torch.rand((data.outputs,), dtype=torch.float64) - 0.5
    return state


def keeps_recurrent_bias(spec):
    return spec["cell"] == "gru" and spec["gru_reset"] == "after"


def merge_biases(spec, hidden, state):
    """One bias a row, as the program keeps them; b_hn apart for a GRU with reset after the product."""
    merged = dict(state)
    for layer, h in enumerate(hidden):
        ih, hh = state[f"rnn.bias_ih_l{layer}"].clone(), state[f"rnn.bias_hh_l{layer}"].clone()
        kept = torch.zeros_like(hh)
        if keeps_recurrent_bias(spec):
            kept[2 * h:] = hh[2 * h:]
        merged[f"rnn.bias_ih_l{layer}"] = ih + (hh - kept)
        merged[f"rnn.bias_hh_l{layer}"] = kept
    return merged


def cell_step(spec, gates_x, weight_hh, bias_hh, h, c):
    """One step for a batch (rows); returns the channels by name, and the new c (None where there is none)."""
    size = h.shape[1]
    if spec["cell"] == "rnn":
        a = gates_x + h @ weight_hh.T + bias_hh
        return {"a_h": a, "h": ACTIVATIONS[spec["activation"]](a)}, None
    if spec["cell"] == "lstm":
        a = (gates_x + h @ weight_hh.T + bias_hh).split(size, dim=1)
        ch = {"a_i": a[0], "a_f": a[1], "a_g": a[2], "a_o": a[3]}
        ch["i"], ch["f"] = torch.sigmoid(a[0]), torch.sigmoid(a[1])
        ch["g"], ch["o"] = torch.tanh(a[2]), torch.sigmoid(a[3])
        ch["c"] = ch["f"] * c + ch["i"] * ch["g"]
        ch["tanh_c"] = torch.tanh(ch["c"])
        ch["h"] = ch["o"] * ch["tanh_c"]
        return ch, ch["c"]
    w_r, w_z, w_n = weight_hh.split(size)
    b_r, b_z, b_n = bias_hh.split(size)
    x_r, x_z, x_n = gates_x.split(size, dim=1)
    ch = {"a_r": x_r + h @ w_r.T + b_r, "a_z": x_z + h @ w_z.T + b_z}
    ch["r"], ch["z"] = torch.sigmoid(ch["a_r"]), torch.sigmoid(ch["a_z"])
    if spec["gru_reset"] == "after":
        ch["u_n"] = h @ w_n.T + b_n
        ch["a_n"] = x_n + ch["r"] * ch["u_n"]
    else:
        ch["rh"] = ch["r"] * h
        ch["a_n"] = x_n + ch["rh"] @ w_n.T + b_n
    ch["n"] = torch.tanh(ch["a_n"])
    ch["h"] = (1 - ch["z"]) * ch["n"] + ch["z"] * h
    return ch, None


def forward(spec, hidden, state, x):
    """Returns layers[l] = {"steps": [channels of each step], "h0": …, "c0": …} and y, T × B × outputs."""
    steps, batch = x.shape[:2]
    current = [x[t].clone().requires_grad_() for t in range(steps)]
    layers = []
    for layer, size in enumerate(hidden):
        w_ih, w_hh = state[f"rnn.weight_ih_l{layer}"], state[f"rnn.weight_hh_l{layer}"]
        b_ih, b_hh = state[f"rnn.bias_ih_l{layer}"], state[f"rnn.bias_hh_l{layer}"]
        h = h0 = torch.zeros(batch, size, dtype=torch.float64, requires_grad=True)
        c = c0 = torch.zeros(batch, size, dtype=torch.float64, requires_grad=True)
        record = []
        for t in range(steps):
            channels, new_c = cell_step(spec, current[t] @ w_ih.T + b_ih, w_hh, b_hh, h, c)
            channels["x"] = current[t]
            h, c = channels["h"], new_c
            record.append(channels)
        layers.append({"steps": record, "h0": h0, "c0": c0 if spec["cell"] == "lstm" else None})
        current = [channels["h"].clone() for channels in record]  # a node of its own: the x of the layer above
    y = torch.stack([h @ state["out.weight"].T + state["out.bias"] for h in current])
    return layers, y


def step_losses(kind, y, targets):
    if kind == "cross_entropy":
        return torch.nn.functional.cross_entropy(y.flatten(0, 1), targets.flatten(), reduction="none").view(y.shape[:2])
    return ((y - targets) ** 2).mean(dim=2)


def objective(losses, reduction, counted):
    if counted == "last":
        losses = losses[-1:]
    return (losses.sum(dim=0) if reduction == "sum" else losses.mean(dim=0)).mean()


def check_against_module(spec, hidden, state, x, targets, case, gradients, y):
    """Where PyTorch has the cell, its module must give the same outputs and gradients."""
    if spec.get("activation") in ("identity", "sigmoid") or spec.get("gru_reset") == "before" or len(set(hidden)) > 1:
        return
    size, layers = hidden[0], len(hidden)
    if spec["cell"] == "rnn":
        rnn = torch.nn.RNN(x.shape[2], size, layers, nonlinearity=spec["activation"])
    else:
        rnn = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[spec["cell"]](x.shape[2], size, layers)
    model = torch.nn.ModuleDict({"rnn": rnn, "out": torch.nn.Linear(size, y.shape[2])}).double()
    model.load_state_dict(state)
    module_y = model["out"](model["rnn"](x)[0])
    objective(step_losses(case["kind"], module_y, targets), case["loss"], case["counted"]).backward()
    torch.testing.assert_close(module_y, y, rtol=1e-12, atol=1e-14)
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, gradients[name], rtol=1e-11, atol=1e-14)


# --- what is written ----------------------------------------------------------------------------------------------------

def write_safetensors(path, tensors):
    header, data, offset = {}, [], 0
    for name, tensor in tensors.items():
        raw = tensor.detach().contiguous().numpy().astype("<f8").tobytes()
        header[name] = {"dtype": "F64", "shape": list(tensor.shape), "data_offsets": [offset, offset + len(raw)]}
        data.append(raw)
        offset += len(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


def expect(name, tensor):
    EXPECTED[name] = tensor.detach().clone()


def columns(tensors, b):
    """Sequence b of T tensors of B rows, as a matrix with a column for each step."""
    return torch.stack([tensor[b] for tensor in tensors], dim=1)


def joint_norm(spec, hidden, gradients):
    """Over the program's parameters: each row's bias counts once."""
    total = 0.0
    for name, gradient in gradients.items():
        if "bias_hh" in name:
            size = hidden[int(name[-1])]
            gradient = gradient[2 * size:] if keeps_recurrent_bias(spec) else gradient[:0]
        total += (gradient ** 2).sum()
    return total ** 0.5


def trace_case(prefix, case, data):
    """States, gates, outputs, losses and all gradients of iteration 0."""
    spec, hidden, batch = case["model"], case["hidden"], case["batch"]
    initial = case["state"]
    state = {name: tensor.clone().requires_grad_() for name, tensor in initial.items()}
    x, targets = data.batch(batch, 0)
    layers, y = forward(spec, hidden, state, x)
    y.retain_grad()
    for layer in layers:
        for channels in layer["steps"]:
            for tensor in channels.values():
                tensor.retain_grad()
    losses = step_losses(case["kind"], y, targets)
    loss = objective(losses, case["loss"], case["counted"])
    loss.backward()
    gradients = {name: tensor.grad for name, tensor in state.items()}
    check_against_module(spec, hidden, initial, x, targets, case, gradients, y)

    expect(f"{prefix}/loss", loss.reshape(1))
    expect(f"{prefix}/gradient_norm", joint_norm(spec, hidden, gradients).reshape(1))
    for name, gradient in gradients.items():
        expect(f"{prefix}/gradient/{name}", gradient)
    for b in sorted({0, batch - 1}):
        sequence = f"{prefix}/sequence{b}"
        for index, layer in enumerate(layers):
            for channel in layer["steps"][0]:
                tensors = [step[channel] for step in layer["steps"]]
                expect(f"{sequence}/layer{index}/{channel}", columns(tensors, b))
                expect(f"{sequence}/layer{index}/{channel}/gradient",
                       columns([torch.zeros_like(s) if s.grad is None else s.grad for s in tensors], b))
            expect(f"{sequence}/layer{index}/h0/gradient", layer["h0"].grad[b])
            if layer["c0"] is not None:
                expect(f"{sequence}/layer{index}/c0/gradient", layer["c0"].grad[b])
        expect(f"{sequence}/y", y[:, b].T)
        expect(f"{sequence}/y/gradient", y.grad[:, b].T)
        if case["kind"] == "cross_entropy":
            expect(f"{sequence}/probabilities", torch.softmax(y[:, b], dim=1).T)
        expect(f"{sequence}/losses", losses[:, b])


def make_optimizer(settings, parameters):
    lr, momentum = settings["learning_rate"], settings["momentum"]
    return {
        "sgd": lambda: torch.optim.SGD(parameters, lr=lr),
        "momentum": lambda: torch.optim.SGD(parameters, lr=lr, momentum=momentum),
        "nesterov": lambda: torch.optim.SGD(parameters, lr=lr, momentum=momentum, nesterov=True),
        "adagrad": lambda: torch.optim.Adagrad(parameters, lr=lr),
        "rmsprop": lambda: torch.optim.RMSprop(parameters, lr=lr, momentum=momentum),
        "adam": lambda: torch.optim.Adam(parameters, lr=lr),
    }[settings["optimizer"]]()


def updates_case(prefix, case, data, updates=10):
    """Losses and gradient norms of ten iterations, and the parameters after the first and the last update."""
    spec, hidden = case["model"], case["hidden"]
    state = merge_biases(spec, hidden, case["state"])
    leaves = {name: tensor.clone().requires_grad_() for name, tensor in state.items()
              if "bias_hh" not in name or keeps_recurrent_bias(spec)}
    for name, tensor in leaves.items():
        state[name] = tensor
    optimizer = make_optimizer(case, list(leaves.values()))
    losses, norms, clipped = [], [], 0
    for iteration in range(updates):
        optimizer.zero_grad()
        x, targets = data.batch(case["batch"], iteration)
        _, y = forward(spec, hidden, state, x)
        loss = objective(step_losses(case["kind"], y, targets), case["loss"], case["counted"])
        loss.backward()
        for name, tensor in leaves.items():
            if "bias_hh" in name:  # only b_hn is a parameter of its own
                tensor.grad[:2 * hidden[int(name[-1])]] = 0
        norm = sum((tensor.grad ** 2).sum() for tensor in leaves.values()) ** 0.5
        if case["clip_norm"] and norm > case["clip_norm"]:
            clipped += 1
            for tensor in leaves.values():
                tensor.grad *= case["clip_norm"] / norm
        optimizer.step()
        losses.append(loss.detach())
        norms.append(norm.detach())
        if iteration in (0, updates - 1):
            for name, tensor in state.items():
                expect(f"{prefix}/after{iteration + 1}/{name}", tensor)
    assert not case["clip_norm"] or 0 < clipped, "choose a smaller clip_norm"
    expect(f"{prefix}/losses", torch.stack(losses))
    expect(f"{prefix}/gradient_norms", torch.stack(norms))


# --- the cases ----------------------------------------------------------------------------------------------------------

def title(spec):
    if spec["cell"] == "rnn":
        return f"{spec['activation']} RNN"
    return "LSTM" if spec["cell"] == "lstm" else f"GRU with reset {spec['gru_reset']} the product"


def slug(spec, hidden, task):
    return "-".join([spec["cell"]] + [spec[k] for k in ("activation", "gru_reset") if k in spec]
                    + [str(h) for h in hidden] + [task])


def main():
    torch.manual_seed(20240229)
    torch.set_default_dtype(torch.float64)
    (HERE / "weights").mkdir(exist_ok=True)
    (HERE / "text.txt").write_text(TEXT, encoding="utf-8")
    rows = make_series()
    traces, updates, states = [], [], {}

    def data_of(task, length):
        return TextData(length) if task == "text" else SeriesData(rows, length)

    def base(spec, hidden, task, length, batch, loss, counted="all"):
        key = slug(spec, hidden, task)
        if key not in states:
            states[key] = random_state_dict(spec, hidden, data_of(task, length))
            write_safetensors(HERE / "weights" / f"{key}.safetensors", states[key])
        kind = "cross_entropy" if task == "text" else "squared_error"
        return {"model": spec, "hidden": hidden, "task": task, "length": length, "batch": batch, "loss": loss,
                "counted": counted, "kind": kind, "weights": f"weights/{key}.safetensors", "state": states[key]}

    def words(case):
        layers = f"{len(case['hidden'])} layer{'s' if len(case['hidden']) > 1 else ''} of {case['hidden']}"
        loss = {"cross_entropy": "cross-entropy", "squared_error": "squared error"}[case["kind"]]
        last = " at the last step" if case["counted"] == "last" else ""
        return f"{title(case['model'])}, {layers}, {case['loss']} of {loss}{last}, T={case['length']}, B={case['batch']}"

    for spec in CELLS:
        for hidden in ([3], [4, 4]):
            for task, length, batch, loss, counted in (("text", 4, 1, "sum", "all"), ("text", 6, 3, "mean", "all"),
                                                       ("series", 5, 2, "sum", "all"), ("series", 3, 1, "mean", "all"),
                                                       ("series", 7, 2, "sum", "last")):
                traces.append(base(spec, hidden, task, length, batch, loss, counted))
        traces.append(base(spec, [5, 3], "text", 5, 2, "sum"))
        traces.append(base(spec, [6], "series", 40, 2, "sum", "last"))
    for index, case in enumerate(traces):
        case["name"] = words(case)
        case["prefix"] = f"trace{index}"
        trace_case(case["prefix"], case, data_of(case["task"], case["length"]))

    rates = {"sgd": 0.1, "momentum": 0.05, "nesterov": 0.05, "adagrad": 0.1, "rmsprop": 0.01, "adam": 0.03}
    for spec in CELLS:
        for optimizer, rate in rates.items():
            for clip in (0.0, 0.5):
                case = base(spec, [3], "text", 6, 3, "sum")
                case.update(optimizer=optimizer, learning_rate=rate, clip_norm=clip,
                            momentum=0.9 if optimizer in ("momentum", "nesterov") else 0.0)
                updates.append(case)
    for spec in (CELLS[0], CELLS[4], CELLS[6]):  # two layers, batches that run over the end of the data
        case = base(spec, [4, 4], "series", 7, 4, "mean")
        case.update(optimizer="rmsprop", learning_rate=0.01, clip_norm=0.0, momentum=0.9)
        updates.append(case)
    for index, case in enumerate(updates):
        clip = f", clipped at {case['clip_norm']}" if case["clip_norm"] else ""
        momentum = f" with momentum {case['momentum']}" if case["momentum"] else ""
        case["name"] = f"{case['optimizer']}{momentum}{clip}: {words(case)}"
        case["prefix"] = f"updates{index}"
        updates_case(case["prefix"], case, data_of(case["task"], case["length"]))

    for case in traces + updates:
        del case["state"]
    planned = plans.make(expect)
    write_safetensors(HERE / "expected.safetensors", EXPECTED)
    cases = {"made_with": f"PyTorch {torch.__version__}", "inputs": INPUTS, "targets": TARGETS,
             "traces": traces, "updates": updates, "plans": planned}
    (HERE / "cases.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(traces)} traces, {len(updates)} runs of updates, {len(planned)} plans, {len(EXPECTED)} tensors")


if __name__ == "__main__":
    main()
