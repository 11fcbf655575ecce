"""The cells, written out in torch operations so that every intermediate has a gradient, and a network of them."""
import torch

GATES = {"rnn": 1, "gru": 3, "lstm": 4}
ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu, "identity": lambda a: a, "sigmoid": torch.sigmoid}
CELLS = [
    {"cell": "rnn", "activation": "tanh"},
    {"cell": "rnn", "activation": "relu"},
    {"cell": "rnn", "activation": "identity"},
    {"cell": "rnn", "activation": "sigmoid"},
    {"cell": "gru", "gru_reset": "after"},
    {"cell": "gru", "gru_reset": "before"},
    {"cell": "lstm"},
]


def title(model):
    if model["cell"] == "rnn":
        return f"{model['activation']} RNN"
    return "LSTM" if model["cell"] == "lstm" else f"GRU with reset {model['gru_reset']} the product"


def layers_of(model):
    return f"{len(model['hidden'])} layer{'s' if len(model['hidden']) > 1 else ''} of {model['hidden']}"


def keeps_recurrent_bias(model):
    return model["cell"] == "gru" and model["gru_reset"] == "after"


def module(model, inputs):
    """PyTorch's own module of this cell, or None where it has none."""
    hidden = model["hidden"]
    if model.get("activation") in ("identity", "sigmoid") or model.get("gru_reset") == "before" or len(set(hidden)) > 1:
        return None
    if model["cell"] == "rnn":
        return torch.nn.RNN(inputs, hidden[0], len(hidden), nonlinearity=model["activation"])
    return {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[model["cell"]](inputs, hidden[0], len(hidden))


def random_state_dict(model, inputs, outputs, banks=("rnn",)):
    """Random weights under the names of a state_dict; both biases are there."""
    state = {}
    for bank in banks:
        size = inputs
        for layer, h in enumerate(model["hidden"]):
            rows = GATES[model["cell"]] * h
            for name, shape in (("weight_ih", (rows, size)), ("weight_hh", (rows, h)),
                                ("bias_ih", (rows,)), ("bias_hh", (rows,))):
                state[f"{bank}.{name}_l{layer}"] = (2 * torch.rand(shape, dtype=torch.float64) - 1) / h ** 0.5
            size = h
    state["out.weight"] = 2 * torch.rand((outputs, size), dtype=torch.float64) - 1
    state["out.bias"] = torch.rand((outputs,), dtype=torch.float64) - 0.5
    return state


def cell_step(model, gates_x, weight_hh, bias_hh, h, c):
    """One step for a batch (rows); returns the channels by name, and the new c (None where there is none)."""
    size = h.shape[1]
    if model["cell"] == "rnn":
        a = gates_x + h @ weight_hh.T + bias_hh
        return {"a_h": a, "h": ACTIVATIONS[model["activation"]](a)}, None
    if model["cell"] == "lstm":
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
    r, z = torch.sigmoid(ch["a_r"]), torch.sigmoid(ch["a_z"])
    if model["gru_reset"] == "after":
        u_n = h @ w_n.T + b_n
        ch["a_n"] = x_n + r * u_n
        ch["u_n"] = u_n
    else:
        rh = r * h
        ch["a_n"] = x_n + rh @ w_n.T + b_n
        ch["rh"] = rh
    ch["r"], ch["z"] = r, z
    ch["n"] = torch.tanh(ch["a_n"])
    ch["h"] = (1 - z) * ch["n"] + z * h
    return ch, None


class Batch:
    """The sequences of an iteration. x: T × B × inputs; targets: T × B classes or T × B × outputs numbers;
    banks[t]: whose weights; sources[t][b]: "data", "zero", "start" or "own_output"; taken[b]: the steps that a sequence
    takes, from 0; counted[b]: those of them whose loss counts."""

    def __init__(self, x, targets, taken=None, counted=None, banks=None, sources=None):
        steps, self.size = x.shape[:2]
        self.x, self.targets = x, targets
        self.taken = taken or [list(range(steps))] * self.size
        self.counted = counted or self.taken
        self.banks = banks or ["rnn"] * steps
        self.sources = sources or [["data"] * self.size for _ in range(steps)]
        self.numbers = targets.dim() == 3


class Sequence:
    """One sequence after a pass: layers[l] = {"steps": [channels of each step taken], "h0": …, "c0": …}, y and losses of the
    steps taken, and which of these count."""

    def __init__(self):
        self.layers, self.y, self.losses, self.counted = [], [], [], []


def step_loss(numbers, y, target):
    return ((y - target) ** 2).mean() if numbers else torch.nn.functional.cross_entropy(y[None], target[None])


def own_answer(numbers, y, inputs):
    """What a step reads in place of the data: the numbers before, or the most probable class, through which no gradient goes."""
    return y.clone() if numbers else torch.nn.functional.one_hot(y.argmax(), inputs).to(torch.float64)


def run_sequence(model, state, batch, b, held):
    """Step by step, each step through all layers; every value is a node of its own, whose gradient is the total one. No gradient
    goes through own answers where these are held."""
    made = Sequence()
    for size in model["hidden"]:
        h0 = torch.zeros(1, size, requires_grad=True)
        c0 = torch.zeros(1, size, requires_grad=True) if model["cell"] == "lstm" else None
        made.layers.append({"steps": [], "h0": h0, "c0": c0})
    h, c = [layer["h0"] for layer in made.layers], [layer["c0"] for layer in made.layers]
    for t in batch.taken[b]:
        bank, source, inputs = batch.banks[t], batch.sources[t][b], batch.x.shape[2]
        if source == "own_output":
            x = own_answer(batch.numbers, made.y[-1][0], inputs)[None]
            x = x.detach() if held else x
        else:
            x = (torch.zeros(inputs) if source == "zero" else batch.x[t, b].clone())[None]
        if not x.requires_grad:
            x.requires_grad_()
        for index, layer in enumerate(made.layers):
            weight = {name: state[f"{bank}.{name}_l{index}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
            channels, c[index] = cell_step(model, x @ weight["weight_ih"].T + weight["bias_ih"], weight["weight_hh"],
                                           weight["bias_hh"], h[index], c[index])
            h[index] = channels["h"]
            layer["steps"].append({"x": x, **channels})
            x = channels["h"].clone()  # the x of the layer above
        made.y.append(x @ state["out.weight"].T + state["out.bias"])
        made.losses.append(step_loss(batch.numbers, made.y[-1][0], batch.targets[t, b]))
        made.counted.append(t in batch.counted[b])
    return made


def forward(model, state, batch, held=False):
    return [run_sequence(model, state, batch, b, held) for b in range(batch.size)]


def objective(sequences, reduction):
    """L: the mean over the batch of the sum, or the mean, over the counted steps."""
    each = []
    for sequence in sequences:
        losses = torch.stack([loss for loss, counts in zip(sequence.losses, sequence.counted) if counts])
        each.append(losses.sum() if reduction == "sum" else losses.mean())
    return torch.stack(each).mean()
