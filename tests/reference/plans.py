"""The reference values of sequence plans: each sequence by itself, one step after the other.

generate.py calls make(). Where PyTorch has the cell as a module, its own steps must give the same; where besides all inputs are
known, pack_padded_sequence over the batch, too.
"""
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import cells
from cells import CELLS, Batch, layers_of, step_loss, title
from expected import expect_sequence, gradient_of, retain

SIZE = 4  # classes, and numbers in and out
START = SIZE - 1


def row(bank="rnn", source="data"):
    return {"bank": bank, "input": source}


def plans():
    """name, plan, steps that each sequence takes (from 0), the first step that counts, numbers instead of classes, share of
    steps whose input is the data's; the others read the network's own answers."""
    whole = [list(range(5))] * 2
    own = [row()] + [row(source="own_output")] * 4
    encoder = [row("encoder")] * 4
    told = encoder + [row(source="start")] + [row()] * 2
    lengths = [list(range(length)) for length in (5, 3, 2)]
    read_and_write = [[0, 1, 2, 3, 4, 5, 6], [0, 1, 4, 5], [0, 1, 2, 4, 5, 6]]
    return [
        ("one step", [row()], [[0]], 0, False, 1),
        ("one step of numbers", [row()], [[0]] * 2, 0, True, 1),
        ("zeros after the first input", [row()] + [row(source="zero")] * 4, whole, 0, False, 1),
        ("own answers after the first input", own, whole, 0, False, 1),
        ("own numbers after the first input", own, whole, 0, True, 1),
        ("some own answers", [row()] * 5, lengths, 0, False, 0.5),
        ("some own numbers", [row()] * 5, lengths, 1, True, 0.5),
        ("a delayed answer", [row()] * 5, whole, 2, False, 1),
        ("one answer at the end", [row()] * 5, whole, 4, True, 1),
        ("sequences of different lengths", [row()] * 5, lengths, 0, False, 1),
        ("sequences of numbers of different lengths", [row()] * 5, lengths, 0, True, 1),
        ("an encoder of one step and a decoder of one", [row("encoder"), row(source="start")], [[0, 1]], 1, False, 1),
        ("an encoder and a decoder that is told", told, read_and_write, 4, False, 1),
        ("an encoder and a decoder that is told in part", told, read_and_write, 4, False, 0.5),
        ("an encoder and a decoder that reads its own answers",
         encoder + [row(source="start")] + [row(source="own_output")] * 2, read_and_write, 4, False, 1),
    ]


def make_batch(plan, taken, first, numbers, share):
    steps, size = len(plan), len(taken)
    sources = [[each["input"]] * size for each in plan]
    if share < 1:
        for t in range(1, steps):
            if plan[t]["bank"] == plan[t - 1]["bank"]:
                sources[t] = ["data" if keep < share else "own_output" for keep in torch.rand(size).tolist()]
        of_taken = {sources[t][b] for b, each in enumerate(taken) for t in each}
        assert {"data", "own_output"} <= of_taken, "draw again"
    if numbers:
        x, targets = (2 * torch.rand(steps, size, SIZE) - 1 for _ in range(2))
    else:
        symbols = torch.randint(0, START, (steps, size))
        symbols[[each["input"] == "start" for each in plan]] = START
        x, targets = torch.nn.functional.one_hot(symbols, SIZE).to(torch.float64), torch.randint(0, SIZE, (steps, size))
    counted = [[t for t in each if t >= first] for each in taken]
    return Batch(x, targets, taken, counted, [each["bank"] for each in plan], sources)


def modules(model, state):
    """PyTorch's own, with these weights; None where it lacks the cell."""
    if cells.module(model, SIZE) is None:
        return None
    made = torch.nn.ModuleDict({"out": torch.nn.Linear(model["hidden"][-1], SIZE)})
    for bank in sorted({name.split(".")[0] for name in state} - {"out"}):
        made[bank] = cells.module(model, SIZE)
    made.double()
    made.load_state_dict({name: tensor.detach() for name, tensor in state.items()})
    return made


def stepped_loss(made, batch):
    """The modules, step by step for each sequence."""
    losses = []
    for b, steps in enumerate(batch.taken):
        state, own, y = None, [], None
        for t in steps:
            source = batch.sources[t][b]
            if source == "own_output":
                x = cells.own_answer(batch.numbers, y, SIZE)
            else:
                x = torch.zeros(SIZE) if source == "zero" else batch.x[t, b]
            out, state = made[batch.banks[t]](x.view(1, 1, -1), state)
            y = made["out"](out[0, 0])
            if t in batch.counted[b]:
                own.append(step_loss(batch.numbers, y, batch.targets[t, b]))
        losses.append(torch.stack(own).mean())
    return torch.stack(losses).mean()


def packed_loss(made, batch):
    """The modules, all sequences at once; where each input is known."""
    state, total = None, [[] for _ in batch.taken]
    for bank in dict.fromkeys(batch.banks):
        own = [[t for t in steps if batch.banks[t] == bank] for steps in batch.taken]
        longest = max(own, key=len)
        x = torch.stack([torch.stack([batch.x[t, b] for t in longest]) for b in range(batch.size)])
        packed = pack_padded_sequence(x, [len(steps) for steps in own], batch_first=True, enforce_sorted=False)
        made[bank].batch_first = True
        out, state = made[bank](packed, state)
        made[bank].batch_first = False
        y = made["out"](pad_packed_sequence(out, batch_first=True)[0])
        for b, steps in enumerate(own):
            total[b] += [step_loss(batch.numbers, y[b, i], batch.targets[t, b]) for i, t in enumerate(steps) if t in batch.counted[b]]
    return torch.stack([torch.stack(each).mean() for each in total]).mean()


def check_against_modules(model, state, batch, loss):
    made = modules(model, state)
    known = all(source in ("data", "start") for sources in batch.sources for source in sources)
    for other in ([stepped_loss] + [packed_loss] * known) if made else []:
        made.zero_grad()
        same = other(made, batch)
        same.backward()
        torch.testing.assert_close(same, loss, rtol=1e-12, atol=1e-14)
        for name, value in made.named_parameters():
            torch.testing.assert_close(value.grad, gradient_of(state[name]), rtol=1e-11, atol=1e-14)


def make_batches(expect):
    """Adds what numbers they read and should give; returns the batches of plans(), and how cases.json tells them."""
    batches, told = [], []
    for index, (name, plan, taken, first, numbers, share) in enumerate(plans()):
        batch = make_batch(plan, taken, first, numbers, share)
        watched = min(range(batch.size), key=lambda b: (len(taken[b]), -b))  # the one that skips most
        row = {"name": name, "plan": plan, "taken": taken, "first_counted": first, "sources": batch.sources, "watched": watched}
        if numbers:
            row["numbers"] = f"plan-numbers{index}"
            expect(row["numbers"], *(of.flatten(0, 1).T for of in (batch.x, batch.targets)))
        else:
            row["input_classes"] = batch.x.argmax(dim=2).flatten().tolist()
            row["target_classes"] = batch.targets.flatten().tolist()
        batches.append(batch)
        told.append(row)
    return batches, told


def make(expect):
    """Adds what is expected; returns the plans, and the cases that take one each."""
    cases = []
    batches, told = make_batches(expect)
    for cell in CELLS:
        for hidden in ([3], [2, 2]):
            model = {**cell, "hidden": hidden}
            weights = f"plan-weights{len(cases)}"
            every = cells.random_state_dict(model, SIZE, SIZE, ("encoder", "rnn"))
            for name, tensor in every.items():
                expect.keep(f"{weights}/{name}", tensor)
            for index, (plan, batch) in enumerate(zip(told, batches)):
                prefix = f"plan{len(cases)}"
                state = {key: tensor.clone().requires_grad_() for key, tensor in every.items()
                         if key.split(".")[0] in batch.banks + ["out"]}
                sequences = cells.forward(model, state, batch)
                retain(sequences)
                loss = cells.objective(sequences, "mean")
                loss.backward()
                check_against_modules(model, state, batch, loss.detach())
                expect(prefix, loss.reshape(1), *(gradient_of(tensor) for _, tensor in sorted(state.items())))
                expect_sequence(expect, f"{prefix}/sequence", sequences[plan["watched"]], batch.numbers)
                cases.append({"name": f"{title(model)}, {layers_of(model)}: {plan['name']}", "prefix": prefix, "weights": weights,
                              "model": model, "plan": index})
    return told, cases
