"""The reference values of sequence plans: PyTorch's own modules, one step after the other for each sequence.

generate.py calls make(). Where sequences differ in length, pack_padded_sequence over the batch must give the same.
"""
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

CELLS = [{"cell": "rnn", "activation": "tanh"}, {"cell": "gru", "gru_reset": "after"}, {"cell": "lstm"}]
MODULES = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
SIZE = 4  # classes, and numbers in and out
START = SIZE - 1


def row(bank="rnn", source="data"):
    return {"bank": bank, "input": source}


def plans():
    """name, plan, steps that each sequence takes (from 0), steps that count, numbers instead of classes."""
    whole = [list(range(5))] * 2
    own = [row()] + [row(source="own_output")] * 4
    encoder = [row("encoder")] * 4
    lengths = [list(range(length)) for length in (5, 3, 2)]
    read_and_write = [[0, 1, 2, 3, 4, 5, 6], [0, 1, 4, 5], [0, 1, 2, 4, 5, 6]]
    return [
        ("zeros after the first input", [row()] + [row(source="zero")] * 4, whole, 0, False),
        ("own answers after the first input", own, whole, 0, False),
        ("own numbers after the first input", own, whole, 0, True),
        ("a delayed answer", [row()] * 5, whole, 2, False),
        ("one answer at the end", [row()] * 5, whole, 4, True),
        ("sequences of different lengths", [row()] * 5, lengths, 0, False),
        ("sequences of numbers of different lengths", [row()] * 5, lengths, 0, True),
        ("an encoder and a decoder that is told", encoder + [row(source="start")] + [row()] * 2, read_and_write, 4,
         False),
        ("an encoder and a decoder that reads its own answers",
         encoder + [row(source="start")] + [row(source="own_output")] * 2, read_and_write, 4, False),
    ]


def one_hot(symbol):
    return torch.nn.functional.one_hot(torch.tensor(symbol), SIZE).to(torch.float64)


def step_loss(numbers, y, target):
    return ((y - target) ** 2).mean() if numbers else torch.nn.functional.cross_entropy(y[None], target[None])


def run(model, plan, taken, first, numbers, inputs, targets):
    """Loss, and for each sequence y, and h of the top layer, of the steps it takes."""
    outputs, hidden, losses = [], [], []
    for b, steps in enumerate(taken):
        state, ys, hs, own = None, [], [], []
        for t in steps:
            source = plan[t]["input"]
            if source == "zero":
                x = torch.zeros(SIZE, dtype=torch.float64)
            elif source == "own_output":
                x = ys[-1] if numbers else one_hot(int(ys[-1].argmax()))
            else:
                x = inputs[t][b]
            _, state = model[plan[t]["bank"]](x.view(1, 1, -1), state)
            h = state[0] if isinstance(state, tuple) else state
            h.retain_grad()
            hs.append(h)
            ys.append(model["out"](h[-1, 0]))
            if t >= first:
                own.append(step_loss(numbers, ys[-1], targets[t][b]))
        losses.append(torch.stack(own).mean())
        outputs.append(ys)
        hidden.append(hs)
    return torch.stack(losses).mean(), outputs, hidden


def packed_loss(model, plan, taken, first, numbers, inputs, targets):
    """The same for all sequences at once; where each input is known."""
    state, total = None, [[] for _ in taken]
    for bank in dict.fromkeys(r["bank"] for r in plan):
        own = [[t for t in steps if plan[t]["bank"] == bank] for steps in taken]
        longest = max(own, key=len)
        x = torch.stack([torch.stack([inputs[t][b] for t in longest]) for b in range(len(taken))])
        lengths = [len(steps) for steps in own]
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        model[bank].batch_first = True
        out, state = model[bank](packed, state)
        model[bank].batch_first = False
        y = model["out"](pad_packed_sequence(out, batch_first=True)[0])
        for b, steps in enumerate(own):
            total[b] += [step_loss(numbers, y[b, i], targets[t][b]) for i, t in enumerate(steps) if t >= first]
    return torch.stack([torch.stack(each).mean() for each in total]).mean()


def make(expect):
    """Adds the tensors with expect(name, tensor); returns the cases."""
    cases = []
    for spec in CELLS:
        for hidden in ([4], [3, 3]):
            for name, plan, taken, first, numbers in plans():
                prefix = f"plan{len(cases)}"
                steps, batch = len(plan), len(taken)
                kinds = {"nonlinearity": spec["activation"]} if spec["cell"] == "rnn" else {}
                model = torch.nn.ModuleDict({"out": torch.nn.Linear(hidden[-1], SIZE)})
                for bank in dict.fromkeys(r["bank"] for r in plan):
                    model[bank] = MODULES[spec["cell"]](SIZE, hidden[0], len(hidden), **kinds)
                model.double()
                if numbers:
                    inputs = 2 * torch.rand(steps, batch, SIZE, dtype=torch.float64) - 1
                    targets = 2 * torch.rand(steps, batch, SIZE, dtype=torch.float64) - 1
                    expect(f"{prefix}/inputs", inputs.flatten(0, 1).T)
                    expect(f"{prefix}/targets", targets.flatten(0, 1).T)
                    classes, answers = [], []
                else:
                    symbols = torch.randint(0, SIZE - 1, (steps, batch))
                    for t, each in enumerate(plan):
                        if each["input"] == "start":
                            symbols[t] = START
                    targets = torch.randint(0, SIZE, (steps, batch))
                    inputs = torch.nn.functional.one_hot(symbols, SIZE).to(torch.float64)
                    classes, answers = symbols.flatten().tolist(), targets.flatten().tolist()
                arguments = (model, plan, taken, first, numbers, inputs, targets)
                loss, outputs, states = run(*arguments)
                loss.backward()
                gradients = {key: value.grad.clone() for key, value in model.named_parameters()}
                if all(r["input"] in ("data", "start") for r in plan):
                    model.zero_grad()
                    same = packed_loss(*arguments)
                    same.backward()
                    torch.testing.assert_close(same, loss, rtol=1e-12, atol=1e-14)
                    for key, value in model.named_parameters():
                        torch.testing.assert_close(value.grad, gradients[key], rtol=1e-11, atol=1e-14)
                expect(f"{prefix}/loss", loss.reshape(1))
                for key, value in model.named_parameters():
                    expect(f"{prefix}/weights/{key}", value)
                    expect(f"{prefix}/gradient/{key}", gradients[key])
                for b in range(batch):
                    expect(f"{prefix}/sequence{b}/y", torch.stack(outputs[b], dim=1))
                    expect(f"{prefix}/sequence{b}/h", torch.stack([h[-1, 0] for h in states[b]], dim=1))
                    expect(f"{prefix}/sequence{b}/h/gradient",
                           torch.stack([h.grad[-1, 0] for h in states[b]], dim=1))
                title = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}[spec["cell"]]
                layers = f"{len(hidden)} layer{'s' if len(hidden) > 1 else ''}"
                cases.append({"name": f"{title}, {layers}: {name}", "prefix": prefix, "model": spec, "hidden": hidden,
                              "plan": plan, "taken": taken, "first_counted": first, "numbers": numbers,
                              "input_classes": classes, "target_classes": answers})
    return cases
