#include "app/command_line.h"

#include "core/cells/cell_spec.h"
#include "core/code_path.h"
#include "core/files/json_reader.h"
#include "core/files/tables.h"
#include "core/training/error.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

using unrolled::InputError;
using Command = CommandLine::Command;

namespace {

constexpr std::int64_t mostIterations = 1'000'000'000'000'000;

std::string inQuotes(const std::string& text)
{
    return unrolled::shown(nlohmann::json(text));
}

template<typename Number>
bool parseWhole(const std::string& text, Number& number)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

std::int64_t whole(const std::string& option, const std::string& text, std::int64_t low, std::int64_t high)
{
    std::int64_t number = 0;
    if (!parseWhole(text, number) || number < low || number > high)
        throw InputError("", option, inQuotes(text),
                         "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    return number;
}

std::string fileName(const std::string& option, const std::string& text)
{
    if (text.empty())
        throw InputError("", option, "nothing", "the name of a file");
    return text;
}

std::vector<unrolled::CellKind> splitCells(const std::string& option, const std::string& text)
{
    using unrolled::CellKind;
    std::vector<CellKind> cells;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t comma = std::min(text.find(',', start), text.size());
        const std::string cell = text.substr(start, comma - start);
        const CellKind all[] = {CellKind::Rnn, CellKind::Gru, CellKind::Lstm};
        const auto* found = std::find_if(std::begin(all), std::end(all),
                                         [&cell](CellKind each) { return unrolled::name(each) == cell; });
        if (found == std::end(all) || std::find(cells.begin(), cells.end(), *found) != cells.end())
            throw InputError("", option, inQuotes(text),
                             "up to three different ones of rnn, gru, lstm, with commas between");
        cells.push_back(*found);
        start = comma + 1;
    }
    return cells;
}

void parseSize(CommandLine& line, const std::string& option, const std::string& text)
{
    const auto cross = text.find('x');
    constexpr int most = 16384;
    int width = 0;
    int height = 0;
    const bool good = cross != std::string::npos && parseWhole(text.substr(0, cross), width) &&
                      parseWhole(text.substr(cross + 1), height) && std::min(width, height) >= 100 &&
                      std::max(width, height) <= most;
    if (!good)
        throw InputError("", option, inQuotes(text),
                         "WIDTHxHEIGHT from 100x100 to 16384x16384, such as 900x500");
    line.size = std::pair(width, height);
}

double number(const std::string& option, const std::string& text, double low, double high,
              const std::string& expected)
{
    double result = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
    if (error != std::errc() || end != text.data() + text.size() || !(result >= low && result <= high))
        throw InputError("", option, inQuotes(text), expected);
    return result;
}

std::string granularity(const std::string& option, const std::string& text)
{
    if (text != "step" && text != "operation")
        throw InputError("", option, inQuotes(text), "step or operation");
    return text;
}

using Setter = std::function<void(CommandLine&, const std::string& option, const std::string& value)>;

/// Every option with a value.
const std::map<std::string, Setter>& setters()
{
    using Line = CommandLine;
    using Text = const std::string;
    static const std::map<std::string, Setter> all = {
        {"--set", [](Line& line, Text&, Text& value) { line.settings.push_back(value); }},
        {"--compare",
         [](Line& line, Text& option, Text& value) { line.compare = splitCells(option, value); }},
        {"--seed",
         [](Line& line, Text& option, Text& value) {
             std::uint64_t seed = 0;
             if (!parseWhole(value, seed))
                 throw InputError("", option, inQuotes(value),
                                  "a whole number from 0 to 18446744073709551615");
             line.seed = seed;
         }},
        {"--iteration", [](Line& line, Text& option,
                           Text& value) { line.iteration = whole(option, value, 0, mostIterations); }},
        {"--iterations", [](Line& line, Text& option,
                            Text& value) { line.iterations = whole(option, value, 0, mostIterations); }},
        {"--sequence",
         [](Line& line, Text& option, Text& value) {
             line.sequence = static_cast<int>(whole(option, value, 0, 1'000'000));
         }},
        {"--length",
         [](Line& line, Text& option, Text& value) {
             line.length = static_cast<int>(whole(option, value, 0, 100'000'000));
         }},
        {"--threads", [](Line& line, Text& option,
                         Text& value) { line.threads = static_cast<int>(whole(option, value, 1, 1024)); }},
        {"--temperature",
         [](Line& line, Text& option, Text& value) {
             line.temperature =
                 number(option, value, 0, std::numeric_limits<double>::max(), "a number, 0 or more");
         }},
        {"--from",
         [](Line& line, Text& option, Text& value) { line.from = whole(option, value, 0, mostIterations); }},
        {"--to",
         [](Line& line, Text& option, Text& value) { line.to = whole(option, value, 0, mostIterations); }},
        {"--every",
         [](Line& line, Text& option, Text& value) { line.every = whole(option, value, 1, mostIterations); }},
        {"--by", [](Line& line, Text& option, Text& value) { line.by = granularity(option, value); }},
        {"--fps",
         [](Line& line, Text& option, Text& value) {
             line.framesPerSecond =
                 number(option, value, 0.1, 50, "a number of frames a second from 0.1 to 50");
         }},
        {"--loss", [](Line& line, Text& option,
                      Text& value) { line.loss = static_cast<int>(whole(option, value, 1, 1'000'000)); }},
        {"--prompt", [](Line& line, Text&, Text& value) { line.prompt = value; }},
        {"--size", parseSize},
        {"--metrics", [](Line& line, Text& option, Text& value) { line.metrics = fileName(option, value); }},
        {"--weights", [](Line& line, Text& option, Text& value) { line.weights = fileName(option, value); }},
        {"--save", [](Line& line, Text& option, Text& value) { line.save = fileName(option, value); }},
        {"--out", [](Line& line, Text& option, Text& value) { line.out = fileName(option, value); }},
    };
    return all;
}

struct CommandInfo
{
    Command command;
    std::string_view name;
    bool kind;       ///< takes a KIND before the experiment
    bool experiment; ///< takes an EXPERIMENT, and with it --set and --seed
    std::vector<std::string_view> options;
};

const std::vector<CommandInfo>& commands()
{
    static const std::vector<CommandInfo> all = {
        {Command::List, "list", false, false, {}},
        {Command::Show, "show", false, true, {}},
        {Command::Train,
         "train",
         false,
         true,
         {"--iterations", "--metrics", "--weights", "--save", "--threads", "--compare"}},
        {Command::Trace, "trace", false, true, {"--iteration", "--sequence", "--out", "--threads"}},
        {Command::Table, "table", true, true, {"--iteration", "--loss", "--out", "--threads", "--compare"}},
        {Command::Plot,
         "plot",
         true,
         true,
         {"--iteration", "--size", "--out", "--threads", "--compare", "--from", "--to", "--every", "--by",
          "--fps", "--loss"}},
        {Command::Sample,
         "sample",
         false,
         true,
         {"--iteration", "--prompt", "--length", "--temperature", "--threads"}},
        {Command::Check, "check", false, true, {"--iteration", "--threads", "--compare"}},
    };
    return all;
}

const CommandInfo& windowInfo()
{
    static const CommandInfo info{Command::Window, "", false, true, {"--compare"}};
    return info;
}

bool allows(const CommandInfo& info, std::string_view option)
{
    return (info.experiment && (option == "--set" || option == "--seed")) ||
           std::find(info.options.begin(), info.options.end(), option) != info.options.end();
}

std::string allowedOptions(const CommandInfo& info)
{
    std::vector<std::string_view> options = info.options;
    if (info.experiment)
        options.insert(options.end(), {"--set", "--seed"});
    return options.empty() ? "no option" : unrolled::oneOf(options);
}

std::string calledName(const CommandInfo& info)
{
    return info.command == Command::Window ? "the window" : std::string(info.name);
}

/// Takes an option at arguments[at] and its value, here ("--seed=3") or in the next argument; moves `at` to
/// the last one taken.
void takeOption(CommandLine& line, const CommandInfo& info, const std::vector<std::string>& arguments,
                std::size_t& at, std::vector<std::string>& given)
{
    const std::string& argument = arguments[at];
    const auto equals = argument.starts_with("--") ? argument.find('=') : std::string::npos;
    const std::string option = argument.substr(0, equals);
    const auto setter = setters().find(option);
    if (setter == setters().end())
        throw InputError("", calledName(info), "an unknown option " + inQuotes(option), allowedOptions(info));
    if (!allows(info, option))
        throw InputError("", calledName(info), "the option " + option, allowedOptions(info));
    if (option != "--set" && std::find(given.begin(), given.end(), option) != given.end())
        throw InputError("", option, "it twice", "it once");
    given.push_back(option);
    if (equals != std::string::npos) {
        setter->second(line, option, argument.substr(equals + 1));
        return;
    }
    if (at + 1 >= arguments.size())
        throw InputError("", option, "nothing", "a value");
    setter->second(line, option, arguments[++at]);
}

void takeOperands(CommandLine& line, const CommandInfo& info, std::vector<std::string> operands)
{
    if (info.kind) {
        if (operands.empty())
            throw InputError("", calledName(info), "no KIND", unrolled::oneOf(unrolled::tableKinds()));
        line.kind = operands.front();
        operands.erase(operands.begin());
    }
    if (info.experiment && !operands.empty()) {
        line.experiment = operands.front();
        operands.erase(operands.begin());
    } else if (info.experiment && info.command != Command::Window) {
        throw InputError("", calledName(info), "no EXPERIMENT",
                         "a built-in experiment (see unrolled list) or a file");
    }
    if (!operands.empty() && info.command == Command::Window)
        throw InputError("", "unrolled", "no command " + inQuotes(line.experiment),
                         "list, show, train, trace, table, plot, sample or check; or an experiment alone, "
                         "for the window");
    if (!operands.empty())
        throw InputError("", calledName(info), "one argument too many, " + inQuotes(operands.front()),
                         info.experiment ? "one experiment" : "no argument");
}

} // namespace

CommandLine parseCommandLine(const std::vector<std::string>& arguments)
{
    CommandLine line;
    const CommandInfo* info = &windowInfo();
    std::size_t at = 0;
    if (!arguments.empty()) {
        for (const CommandInfo& each : commands()) {
            if (each.name == arguments.front())
                info = &each;
        }
        at = info == &windowInfo() ? 0 : 1;
    }
    line.command = info->command;
    line.name = info->name;

    std::vector<std::string> operands;
    std::vector<std::string> given;
    bool optionsEnded = false;
    for (; at < arguments.size(); ++at) {
        const std::string& argument = arguments[at];
        if (optionsEnded || argument.size() < 2 || argument[0] != '-') {
            operands.push_back(argument);
        } else if (argument == "--") {
            optionsEnded = true;
        } else if (argument == "--help" || argument == "-h") {
            line.command = Command::Help;
            return line;
        } else if (argument == "--version") {
            line.command = Command::Version;
            return line;
        } else {
            takeOption(line, *info, arguments, at, given);
        }
    }
    takeOperands(line, *info, operands);
    return line;
}

std::string versionText()
{
    return "unrolled " UNROLLED_VERSION " (" + std::string(unrolled::codePath()) + ")\n";
}

std::string helpText()
{
    return R"(Unrolled shows how recurrent networks learn: step forwards and backwards
through one training iteration, and watch values flow and gradients vanish.

usage:
  unrolled [EXPERIMENT]      the window (on hello where nothing is named)
  unrolled list              built-in experiments: id, mode, title
  unrolled show EXPERIMENT   the full experiment as JSON
  unrolled train EXPERIMENT [--iterations N] [--metrics F.csv]
                 [--weights F.safetensors] [--save F.json]
  unrolled trace EXPERIMENT [--iteration N] [--sequence K] [--out F.json]
  unrolled table KIND EXPERIMENT [--iteration N] [--loss S] [--out F.csv]
  unrolled plot KIND EXPERIMENT [--iteration N] [--loss S] [--size WxH]
                 --out F.svg|.pdf|.png
  unrolled plot report EXPERIMENT [--iteration N] --out F.pdf
  unrolled plot KIND EXPERIMENT [--iteration N [--by step|operation] |
                 --from A --to B [--every K]] [--fps X] [--size WxH]
                 --out F.gif|frames/%04d.png
  unrolled sample EXPERIMENT [--iteration N] [--prompt TEXT] [--length N]
                 [--temperature T]
  unrolled check EXPERIMENT [--iteration N]
  unrolled --version | --help

EXPERIMENT is a built-in id (see list) or a file.

with every EXPERIMENT:
  --set PATH=VALUE    set a field of the experiment by its dotted path, such as
                      --set model.cell=lstm or --set model.hidden=[16,16];
                      VALUE is JSON, or a text where it is not JSON; repeatable
  --seed N            another seed, from 0 to 18446744073709551615
with the window, train, table, plot and check:
  --compare CELLS     several cells side by side, such as rnn,gru,lstm;
                      tables get the column lane first
with train, trace, table, plot, sample and check:
  --threads N         N threads share the sequences of large batches (default:
                      as many as the machine has); no number depends on it

an experiment's model, as the README explains field by field:
  cell (rnn, gru, lstm), hidden, activation (tanh, relu, identity, sigmoid),
  gru_reset (after, before), readout_bias; init (pytorch, keras, orthogonal,
  identity, normal), init_scale, forget_bias
its training:
  optimizer (sgd, momentum, nesterov, adagrad, rmsprop, adam), learning_rate,
  momentum, epsilon_inside_root; schedule (constant, step, exponential, cosine)
  with schedule_period, schedule_factor, schedule_floor, and warmup; clip_value,
  clip_norm; batch, loss, truncate, carry_state, iterations, teacher_forcing
its interventions, a list of objects with "iteration" and perhaps "until":
  "set" a training setting or a weight ("row", "column"), "scale" a recurrent
  matrix to a "spectral_radius", "clamp" a gate ("value", "layer", "units",
  "steps"), "cut" the state after a step ("layer"), "silence" a step's loss
the models it is compared with, "compare": up to three objects of what is
  different, such as {"model.cell": "lstm", "model.hidden": [8]}; "name"

train                 makes N updates (default: the experiment's own number)
  --iterations N      number of updates
  --metrics F.csv     iteration, loss, accuracy, grad_norm and clipped, a row
                      for each iteration, before its update
  --weights F         the weights after the updates, as a safetensors file
  --save F.json       the experiment, with that number of updates

trace                 everything computed in one iteration, as JSON
  --iteration N       the state before the N-th update (default 0)
  --sequence K        the K-th sequence of the batch, from 0
  --out F.json        write to a file instead of standard output

table KIND            CSV with all digits:
    decay             norms of the gradients of h and c against the time lag
    fit               a line through the logarithm of the last loss's gradient:
                      half-life, and the lag from which on it is below 1e-6
    itemised          norm of the gradient of each step's own loss L_s by each
                      h_t before it
    jacobian          largest and smallest singular value of dh_T/dh_t (and of
                      dc_T/dc_t, in full and with gates held), and their bound
    spectrum          all of these singular values
    reach             what arrives of the last loss at each step, and what the
                      hops, and the weights, would allow
    hops              each step back taken apart: saturation and recurrence of
                      an RNN, carry and the other paths of a GRU or an LSTM
    ellipse           a circle of errors at the last counted step, carried back:
                      half-axes and directions of its image at each step
    lyapunov          Lyapunov exponents of each layer along the sequence
    contribution      norm of what each step adds to the gradient of a weight
    gates             gate activations and their gradients
    saturation        shares of the time that a gate is below 0.1, above 0.9
    hidden            hidden and cell states and their gradients
    outputs           outputs with their probabilities, targets and gradients
    weights           every weight with its gradient and its update
    eigenvalues       eigenvalues of each gate's recurrent matrix
    update            the update that each step alone causes, and how much of it
                      float32 weights would lose
    singular          singular values of the recurrent weights along the
                      iterations up to N, at most 128 and N itself
    loss              loss, accuracy and gradient norm of the iterations 0 to N
    comparison        what each model costs a step, and how far it is
    summary           layers with their shapes and numbers of parameters
                      Columns log10_ stay right where norms leave the range of
                      numbers.
  --iteration N, --out F.csv
  --loss S            of the loss of step S (from 1) alone; decay, fit, reach,
                      hops, ellipse or update

plot KIND             decay, hidden, gates, weights, loss, comparison, itemised,
                      jacobian, contribution, singular, reach, hops, ellipse,
                      update, summary, unrolled: the unrolled network, and cell:
                      inside the cell of the last step; or report: all of these
                      with the settings and the seed as a PDF
  --iteration N
  --loss S            the loss of step S (from 1) alone on its way back; decay,
                      comparison, reach, hops, ellipse, update,
                      unrolled or cell
  --size WxH          in pixels (by default what suits the kind)
  --out F             ends in .svg, .pdf or .png; .gif or a pattern such as
                      frames/%04d.png (frames numbered from 0) makes an
                      animation of one iteration, forwards and backwards, of
                      decay, hidden, gates, weights, comparison, unrolled or
                      cell
  --by step           of such an animation: a frame a time step (default)
  --by operation      a frame an operation of the cell
  --from A --to B     an animation of the training from iteration A to B, of
                      any kind but summary
  --every K           a frame every K iterations (default 1)
  --fps X             frames a second of a GIF, 0.1 to 50 (default 1, of a
                      training 8)

sample                lets the trained network go on with a text
  --iteration N       after N updates (default: all of the experiment's)
  --prompt TEXT       what it reads first, such as 12+7 for addition (default:
                      the first symbol, or sum, that it learns from)
  --length N          number of new characters (default: text 200, else as
                      many as a sequence has)
  --temperature T     0 takes the most probable character (default); more gives
                      more variety

check                 every gradient against central differences, as CSV
  --iteration N

tasks (task.id) and their settings; the README tells what each one is:
  hello, text         feed (data, zeros); text: file, length, vocabulary
  series              file, inputs, targets, length, counted (all, last)
  adding              form (arjovsky, hochreiter), length
  copy                lag, symbols, alphabet
  echo                length, lag, alphabet
  temporal-order      length
  latch               length, signal, noise
  reber               length
  addition            digits, reversed
  training.teacher_forcing is the share of fed-back inputs that are the right
  ones; the others are the network's own answers

Exit status: 0 done; 1 the run failed (it diverged, a check failed);
2 the input or the call is wrong.
)";
}
