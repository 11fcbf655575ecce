"""The data of an experiment: batches of the program's tasks, drawn as the program draws them."""
import torch

from cells import Batch

TEXT = ("hello, hollow hill; a yellow eel, a lowly owl\n"
        "안녕, hello: all the whole hole is on the hall wall, oh well, he fell in love\n") * 2
COLUMNS = ["a", "b", "c", "y", "z"]
MASK = 2 ** 64 - 1
TASK_STREAM, FEEDING_STREAM = 0x7461736B, 0x66656564


class Random:
    """xoshiro256** (Blackman & Vigna 2018), seeded by SplitMix64 with a seed, a stream and an index."""

    def __init__(self, seed, stream, index):
        self.x = seed
        self.x = self.split_mix() ^ stream
        self.x = self.split_mix() ^ index
        self.state = [self.split_mix() for _ in range(4)]

    def split_mix(self):
        self.x = (self.x + 0x9E3779B97F4A7C15) & MASK
        z = self.x
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def bits(self):
        def rotated(word, by):
            return ((word << by) | (word >> (64 - by))) & MASK

        s = self.state
        result = (rotated((s[1] * 5) & MASK, 7) * 9) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotated(s[3], 45)
        return result

    def uniform(self):
        return (self.bits() >> 11) * 2.0 ** -53

    def below(self, n):
        limit = MASK - MASK % n
        x = self.bits()
        while x >= limit:
            x = self.bits()
        return x % n


def one_hot(classes, size):
    return torch.nn.functional.one_hot(torch.as_tensor(classes), size).to(torch.float64)


class Text:
    """Consecutive chunks; the target is one character on. Fed with zeros, only the first character is read."""
    numbers = False

    def __init__(self, task):
        self.vocabulary = sorted(set(TEXT))
        self.classes = [self.vocabulary.index(symbol) for symbol in TEXT]
        self.length, self.zeros = task["length"], task.get("feed") == "zeros"
        self.forced = [0 < t and not self.zeros for t in range(self.length)]
        self.count = (len(TEXT) - 1) // self.length
        self.inputs = self.outputs = len(self.vocabulary)

    def batch(self, size, iteration):
        starts = [(iteration * size + b) % self.count * self.length for b in range(size)]
        classes = torch.tensor([self.classes[s:s + self.length + 1] for s in starts]).T
        sources = [["zero" if self.zeros and t > 0 else "data"] * size for t in range(self.length)]
        return Batch(one_hot(classes[:-1], self.inputs), classes[1:], sources=sources)


class Series:
    """Consecutive chunks of rows; the target is of the same row."""
    numbers = True

    def __init__(self, task, rows):
        self.x = rows[:, [COLUMNS.index(name) for name in task["inputs"]]]
        self.y = rows[:, [COLUMNS.index(name) for name in task["targets"]]]
        self.length, self.last = task["length"], task.get("counted") == "last"
        self.inputs, self.outputs = len(task["inputs"]), len(task["targets"])
        self.forced = [0 < t and self.inputs == self.outputs for t in range(self.length)]
        self.count = len(rows) // self.length

    def batch(self, size, iteration):
        starts = [(iteration * size + b) % self.count * self.length for b in range(size)]
        x, targets = (torch.stack([of[s:s + self.length] for s in starts], dim=1) for of in (self.x, self.y))
        return Batch(x, targets, counted=[[self.length - 1]] * size if self.last else None)


class Addition:
    """"12+7", read from its end, and "19" (Keras' example): an encoder and a decoder, each pair of numbers as long as it is."""
    numbers = False
    inputs = outputs = 13
    PLUS, START, END = 10, 11, 12

    def __init__(self, task, seed):
        self.digits, self.seed = task["digits"], seed
        self.query, answer = 2 * self.digits + 1, self.digits + 2
        self.forced = [t > self.query for t in range(self.query + answer)]
        self.banks = ["encoder"] * self.query + ["rnn"] * answer

    def batch(self, size, iteration):
        random = Random(self.seed, TASK_STREAM, iteration)
        steps = len(self.banks)
        x, targets = torch.zeros(steps, size, self.inputs), torch.zeros(steps, size, dtype=torch.long)
        taken, counted = [], []
        for b in range(size):
            numbers = []
            for _ in range(2):
                count = 1 + random.below(self.digits)
                numbers.append(int("".join(str(random.below(10)) for _ in range(count))))
            query = [self.PLUS if symbol == "+" else int(symbol) for symbol in f"{numbers[0]}+{numbers[1]}"[::-1]]
            answer = [int(digit) for digit in str(sum(numbers))] + [self.END]
            for t, symbol in enumerate(query):
                x[t, b, symbol] = 1
            for i, (read, wanted) in enumerate(zip([self.START] + answer, answer)):
                x[self.query + i, b, read] = 1
                targets[self.query + i, b] = wanted
            counted.append([self.query + i for i in range(len(answer))])
            taken.append(list(range(len(query))) + counted[b])
        sources = [["start" if t == self.query else "data"] * size for t in range(steps)]
        return Batch(x, targets, taken, counted, self.banks, sources)


class Adding:
    """The form of Hochreiter & Schmidhuber 1997: T to 1.1 T steps, an answer at the last of them."""
    numbers = True
    inputs, outputs = 2, 1

    def __init__(self, task, seed):
        self.length, self.seed = task["length"], seed
        self.forced = [False] * (self.length + self.length // 10)

    def batch(self, size, iteration):
        random = Random(self.seed, TASK_STREAM, iteration)
        x, targets = torch.zeros(len(self.forced), size, 2), torch.zeros(len(self.forced), size, 1)
        taken = []
        for b in range(size):
            last = self.length + random.below(self.length // 10 + 1) - 1
            for t in range(last + 1):
                x[t, b, 0] = -1 + 2 * random.uniform()
            x[0, b, 1] = x[last, b, 1] = -1
            candidates = self.length // 2 - 1
            first = 1 + random.below(min(10, candidates) - 1)
            second = 1 + random.below(candidates - 2)
            second += second >= first
            x[first, b, 1] = x[second, b, 1] = 1
            targets[last, b, 0] = 0.5 + (x[first, b, 0] + x[second, b, 0]) / 4
            taken.append(list(range(last + 1)))
        return Batch(x, targets, taken, [steps[-1:] for steps in taken])


class Task:
    """The task of an experiment. A share of teacher forcing below 1 lets some steps read the network's own answers."""

    def __init__(self, experiment, rows):
        task, self.seed = experiment["task"], experiment.get("seed", 1)
        self.made = {"text": lambda: Text(task), "series": lambda: Series(task, rows),
                     "addition": lambda: Addition(task, self.seed), "adding": lambda: Adding(task, self.seed)}[task["id"]]()
        self.share = experiment["training"].get("teacher_forcing", 1.0)
        self.inputs, self.outputs, self.numbers = self.made.inputs, self.made.outputs, self.made.numbers
        self.banks = ("encoder", "rnn") if task["id"] == "addition" else ("rnn",)

    def batch(self, size, iteration):
        batch = self.made.batch(size, iteration)
        if self.share < 1:
            random = Random(self.seed, FEEDING_STREAM, iteration)
            for b in range(size):
                for t, forced in enumerate(self.made.forced):
                    if forced and random.uniform() >= self.share:
                        batch.sources[t][b] = "own_output"
        return batch
