#!/usr/bin/python3
"""Makes the reference values of tests/core/parity_test.cpp with PyTorch, in float64.

    apt-get install python3-torch
    python3 tests/reference/generate.py

Writes beside itself: text.txt and series.csv (the data), weights/*.safetensors (initial weights),
expected.safetensors (all expected numbers, those of a case in one row, as they are listed here) and cases.json (what belongs to
what). The files are committed; the tests need no Python. cells.py has the cells and their network, tasks.py the data, plans.py
the sequence plans, expected.py the order of the numbers. Where PyTorch has a cell as a module, outputs and gradients are first
checked against the module.
"""
import json
import pathlib

import torch

import cells
import plans
from cells import CELLS, keeps_recurrent_bias, layers_of, title
from expected import Expected, expect_sequence, gradient_of, retain, write_safetensors
from tasks import COLUMNS, TEXT, Task

HERE = pathlib.Path(__file__).resolve().parent
ROWS = 97  # a prime, so that no batch divides it
SERIES = {"inputs": COLUMNS[:3], "targets": COLUMNS[3:]}
PAIRS = {"inputs": ["a", "b"], "targets": ["y", "z"]}  # as many numbers out as in, so that an answer can be read


def make_series():
    rows = []
    state = 0.0
    for _ in range(ROWS):
        a, b, c = (2 * torch.rand(3, dtype=torch.float64) - 1).tolist()
        state = 0.7 * state + 0.5 * a * b
        rows.append([a, b, c, state, a - 0.3 * c])
    lines = [",".join(COLUMNS)] + [",".join(repr(v) for v in row) for row in rows]
    (HERE / "series.csv").write_text("\n".join(lines) + "\n")


def read_series():
    lines = (HERE / "series.csv").read_text().splitlines()[1:]
    return torch.tensor([[float(number) for number in line.split(",")] for line in lines], dtype=torch.float64)


# --- what is expected -------------------------------------------------------------------------------------------------

def own_gradients(model, gradients):
    """Of the program's parameters: each row's bias counts once, b_hn apart for a GRU with reset after the product."""
    own = []
    for name, gradient in sorted(gradients.items()):
        if "bias_hh" in name:
            size = model["hidden"][int(name[-1])]
            gradient = gradient[2 * size:] if keeps_recurrent_bias(model) else gradient[:0]
        own.append(gradient)
    return own


def joint_norm(tensors):
    return sum((tensor ** 2).sum() for tensor in tensors) ** 0.5


def merge_biases(model, state):
    """One bias a row, as the program keeps them; b_hn apart for a GRU with reset after the product."""
    merged = dict(state)
    for name in state:
        if "bias_hh" in name:
            size, other = model["hidden"][int(name[-1])], name.replace("bias_hh", "bias_ih")
            kept = torch.zeros_like(state[name])
            if keeps_recurrent_bias(model):
                kept[2 * size:] = state[name][2 * size:]
            merged[other] = state[other] + (state[name] - kept)
            merged[name] = kept
    return merged


def check_against_module(experiment, state, batch, gradients, sequences):
    """Where PyTorch has the cell and the plan is many-to-many, its module must give the same outputs and gradients."""
    model, task = experiment["model"], experiment["task"]
    rnn = cells.module(model, batch.x.shape[2])
    told = all(source == "data" for sources in batch.sources for source in sources)
    if rnn is None or not told or task["id"] not in ("text", "series"):
        return
    state = {name: tensor.detach() for name, tensor in state.items()}
    made = torch.nn.ModuleDict({"rnn": rnn, "out": torch.nn.Linear(model["hidden"][0], state["out.bias"].shape[0])}).double()
    made.load_state_dict(state)
    y = made["out"](made["rnn"](batch.x)[0])
    if batch.numbers:
        losses = ((y - batch.targets) ** 2).mean(dim=2)
    else:
        losses = torch.nn.functional.cross_entropy(y.flatten(0, 1), batch.targets.flatten(), reduction="none").view(y.shape[:2])
    losses = losses[batch.counted[0]]
    (losses.sum(dim=0) if experiment["training"]["loss"] == "sum" else losses.mean(dim=0)).mean().backward()
    for b, sequence in enumerate(sequences):
        torch.testing.assert_close(y[:, b], torch.cat(sequence.y), rtol=1e-12, atol=1e-14)
    for name, parameter in made.named_parameters():
        torch.testing.assert_close(parameter.grad, gradients[name], rtol=1e-11, atol=1e-14)


def trace_case(expect, case, state, task):
    """States, gates, outputs, losses and all gradients of iteration 0."""
    experiment, prefix = case["experiment"], case["prefix"]
    model, training = experiment["model"], experiment["training"]
    state = {name: tensor.clone().requires_grad_() for name, tensor in state.items()}
    batch = task.batch(training["batch"], 0)
    sequences = cells.forward(model, state, batch)
    retain(sequences)
    loss = cells.objective(sequences, training["loss"])
    loss.backward()
    gradients = {name: gradient_of(tensor) for name, tensor in state.items()}
    check_against_module(experiment, state, batch, gradients, sequences)
    expect(prefix, loss.reshape(1), joint_norm(own_gradients(model, gradients)).reshape(1))
    expect(prefix, *(gradient for _, gradient in sorted(gradients.items())))
    for b in case["watched"]:
        expect_sequence(expect, f"{prefix}/sequence{b}", sequences[b], task.numbers)


def make_optimizer(settings, parameters):
    lr, momentum = settings["learning_rate"], settings.get("momentum", 0.0)
    return {
        "sgd": lambda: torch.optim.SGD(parameters, lr=lr),
        "momentum": lambda: torch.optim.SGD(parameters, lr=lr, momentum=momentum),
        "nesterov": lambda: torch.optim.SGD(parameters, lr=lr, momentum=momentum, nesterov=True),
        "adagrad": lambda: torch.optim.Adagrad(parameters, lr=lr),
        "rmsprop": lambda: torch.optim.RMSprop(parameters, lr=lr, momentum=momentum),
        "adam": lambda: torch.optim.Adam(parameters, lr=lr),
    }[settings["optimizer"]]()


def updates_case(expect, case, state, task, updates=10):
    """The parameters after the first and the last of ten updates, and the losses and gradient norms of all."""
    experiment, prefix = case["experiment"], case["prefix"]
    model, training = experiment["model"], experiment["training"]
    limit = training.get("clip_norm", 0.0)
    state = merge_biases(model, state)
    leaves = {name: tensor.clone().requires_grad_() for name, tensor in state.items()
              if "bias_hh" not in name or keeps_recurrent_bias(model)}
    state.update(leaves)
    optimizer = make_optimizer(training, list(leaves.values()))
    losses, norms, clipped, own = [], [], 0, 0
    for iteration in range(updates):
        optimizer.zero_grad()
        batch = task.batch(training["batch"], iteration)
        own += sum(sources.count("own_output") for sources in batch.sources)
        loss = cells.objective(cells.forward(model, state, batch), training["loss"])
        loss.backward()
        for name, tensor in leaves.items():
            if "bias_hh" in name:  # only b_hn is a parameter of its own
                tensor.grad[:2 * model["hidden"][int(name[-1])]] = 0
        norm = joint_norm([tensor.grad for tensor in leaves.values()])
        if limit and norm > limit:
            clipped += 1
            for tensor in leaves.values():
                tensor.grad *= limit / norm
        optimizer.step()
        losses.append(loss.detach())
        norms.append(norm.detach())
        if iteration in (0, updates - 1):
            expect(prefix, *(tensor for _, tensor in sorted(state.items())))
    assert not limit or 0 < clipped, "choose a smaller clip_norm"
    assert task.share == 1 or own > updates, "no step reads an answer"
    expect(prefix, torch.stack(losses), torch.stack(norms))


# --- the cases ----------------------------------------------------------------------------------------------------------

class Cases:
    """Experiments with weights of their own; those of one model and task share them."""

    def __init__(self):
        self.rows, self.states = read_series(), {}

    def task_of(self, experiment):
        return Task(experiment, self.rows)

    def make(self, cell, hidden, task, **training):
        model = {**cell, "hidden": hidden}
        experiment = {"unrolled": 1, "task": task, "model": model, "training": training}
        pairs = ["pairs"] if task.get("inputs") == PAIRS["inputs"] else [task["id"]]
        kind = [cell[key] for key in ("cell", "activation", "gru_reset") if key in cell]
        slug = "-".join(kind + [str(size) for size in hidden] + pairs)
        experiment["weights"] = f"weights/{slug}.safetensors"
        if slug not in self.states:
            made = self.task_of(experiment)
            self.states[slug] = cells.random_state_dict(model, made.inputs, made.outputs, made.banks)
            write_safetensors(HERE / experiment["weights"], self.states[slug])
        return {"name": self.words(experiment), "experiment": experiment, "slug": slug}

    def words(self, experiment):
        task, training, model = experiment["task"], experiment["training"], experiment["model"]
        words = f"{title(model)}, {layers_of(model)}, {training['loss']} of "
        words += "squared error" if self.task_of(experiment).numbers else "cross-entropy"
        words += " at the last step" if task.get("counted") == "last" else ""
        words += f", T={task['length']}" if "length" in task else f", {task['digits']} digits"
        words += f", B={training['batch']}"
        words += {"addition": ", encoder and decoder", "adding": ", different lengths"}.get(task["id"], "")
        words += ", zeros after the first input" if task.get("feed") == "zeros" else ""
        if "teacher_forcing" in training:
            words += f", teacher forcing {training['teacher_forcing']}"
        return words


def text(length, **more):
    return {"id": "text", "file": "text.txt", "length": length, **more}


def series(length, columns=SERIES, **more):
    return {"id": "series", "file": "series.csv", **columns, "length": length, **more}


def traced(cases):
    made = []
    for cell in CELLS:
        for hidden in ([3], [4, 4]):
            for task, batch, loss in ((text(4), 1, "sum"), (text(6), 3, "mean"), (series(5), 2, "sum"), (series(3), 1, "mean"),
                                      (series(7, counted="last"), 2, "sum")):
                made.append(cases.make(cell, hidden, task, batch=batch, loss=loss))
        made.append(cases.make(cell, [5, 3], text(5), batch=2, loss="sum"))
        made.append(cases.make(cell, [6], series(40, counted="last"), batch=2, loss="sum"))
    plain = len(made)
    for cell in CELLS:
        made.append(cases.make(cell, [4, 4], text(1), batch=1, loss="sum"))  # one to one
        made.append(cases.make(cell, [4, 4], series(1), batch=2, loss="mean"))
        made.append(cases.make(cell, [3, 2, 2], series(4), batch=2, loss="sum"))
        made.append(cases.make(cell, [4, 4], text(4, feed="zeros"), batch=2, loss="sum"))
        made.append(cases.make(cell, [4, 4], text(5), batch=32, loss="mean"))
        # Large enough for products of packed matrices; and to be cut into blocks of sequences, as all batches above 16 here.
        for batch, loss in ((1, "sum"), (33, "mean")):
            made.append(cases.make(cell, [17], series(4), batch=batch, loss=loss))
        made.append(cases.make(cell, [4, 4], text(5), batch=17, loss="mean", teacher_forcing=0.7))
        made.append(cases.make(cell, [3, 2], series(5, PAIRS), batch=3, loss="sum", teacher_forcing=0.4))
        for batch, loss in ((17, "mean"), (33, "sum")):
            made.append(cases.make(cell, [4, 3], {"id": "addition", "digits": 2}, batch=batch, loss=loss, teacher_forcing=0.5))
        made.append(cases.make(cell, [4], {"id": "adding", "form": "hochreiter", "length": 12}, batch=3, loss="sum"))
    for index, case in enumerate(made):
        batch = case["experiment"]["training"]["batch"]
        case["prefix"] = f"trace{index}"
        case["watched"] = sorted({0, batch - 1}) if index < plain else [batch - 1]
    return made


def updated(cases):
    rates = {"sgd": 0.1, "momentum": 0.05, "nesterov": 0.05, "adagrad": 0.1, "rmsprop": 0.01, "adam": 0.03}
    masked = {"id": "addition", "digits": 1}
    made = []
    for cell in CELLS:
        for optimizer, rate in rates.items():
            momentum = {"momentum": 0.9} if optimizer in ("momentum", "nesterov") else {}
            settings = {"optimizer": optimizer, "learning_rate": rate, **momentum}
            for clip in ({}, {"clip_norm": 0.5}):
                made.append(cases.make(cell, [3], text(6), batch=3, loss="sum", **settings, **clip))
            made.append(cases.make(cell, [3], masked, batch=5, loss="mean", teacher_forcing=0.5, **settings))
    for cell in (CELLS[0], CELLS[4], CELLS[6]):  # two layers, batches that run over the end of the data
        made.append(cases.make(cell, [4, 4], series(7), batch=4, loss="mean", optimizer="rmsprop", learning_rate=0.01, momentum=0.9))
    for index, case in enumerate(made):
        training = case["experiment"]["training"]
        momentum = f" with momentum {training['momentum']}" if "momentum" in training else ""
        clip = f", clipped at {training['clip_norm']}" if "clip_norm" in training else ""
        case["name"] = f"{training['optimizer']}{momentum}{clip}: {case['name']}"
        case["prefix"] = f"updates{index}"
    return made


def main():
    torch.manual_seed(20240229)
    torch.set_default_dtype(torch.float64)
    (HERE / "weights").mkdir(exist_ok=True)
    (HERE / "text.txt").write_text(TEXT, encoding="utf-8")
    make_series()
    cases, expect = Cases(), Expected()
    traces, updates = traced(cases), updated(cases)
    for case in traces:
        trace_case(expect, case, cases.states[case["slug"]], cases.task_of(case["experiment"]))
    for case in updates:
        updates_case(expect, case, cases.states[case["slug"]], cases.task_of(case["experiment"]))
    told, planned = plans.make(expect)
    expect.write(HERE / "expected.safetensors")
    for case in traces + updates:
        del case["slug"]
    lists = [f'"{kind}": [\n' + ",\n".join(json.dumps(case, ensure_ascii=False) for case in made) + "\n]"
             for kind, made in (("traces", traces), ("updates", updates), ("plans", told), ("planned", planned))]
    head = json.dumps({"made_with": f"PyTorch {torch.__version__}", **SERIES})[1:-1]
    (HERE / "cases.json").write_text("{" + ",\n".join([head] + lists) + "}\n", encoding="utf-8")
    print(f"{len(traces)} traces, {len(updates)} runs of updates, {len(planned)} plans")


if __name__ == "__main__":
    main()
