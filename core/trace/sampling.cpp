#include "core/trace/sampling.h"

#include "core/network/network.h"
#include "core/tasks/utf8.h"
#include "core/training/error.h"
#include "core/training/random.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace unrolled {

namespace {

constexpr std::uint64_t samplingStream = 0x73616d706c65; // apart from those of weights and tasks

/// Draws from softmax(scores / temperature).
int draw(const Eigen::VectorXd& scores, double temperature, Random& random)
{
    Eigen::Index best = 0;
    const double highest = scores.maxCoeff(&best);
    if (!(temperature > 0))
        return static_cast<int>(best);
    const Eigen::VectorXd weights = ((scores.array() - highest) / temperature).exp();
    double rest = random.uniform() * weights.sum();
    for (Eigen::Index k = 0; k + 1 < weights.size(); ++k) {
        rest -= weights[k];
        if (rest < 0)
            return static_cast<int>(k);
    }
    // Rounding may leave a little over: to the last class that can be drawn at all.
    Eigen::Index last = weights.size() - 1;
    while (last > 0 && !(weights[last] > 0))
        --last;
    return static_cast<int>(last);
}

/// "12+7": two numbers of up to so many digits.
bool isSum(const std::string& text, int digits)
{
    const std::size_t plus = text.find('+');
    if (plus == std::string::npos || text.find('+', plus + 1) != std::string::npos)
        return false;
    const auto fits = [digits](std::size_t length) {
        return length >= 1 && length <= static_cast<std::size_t>(digits);
    };
    return fits(plus) && fits(text.size() - plus - 1);
}

} // namespace

std::vector<int> encode(const std::string& text, const std::vector<std::string>& vocabulary,
                        const std::string& source)
{
    std::vector<int> classes;
    int place = 1;
    for (std::size_t at = 0; at < text.size(); ++place) {
        const std::size_t start = at;
        const std::string where = "character " + std::to_string(place);
        char32_t character = 0;
        if (!nextCharacter(text, at, character)) {
            char byte[8];
            std::snprintf(byte, sizeof byte, "0x%02X",
                          static_cast<unsigned>(static_cast<unsigned char>(text[at])));
            throw InputError(source, where, std::string("the byte ") + byte, "text in UTF-8");
        }
        const auto symbol = std::find(vocabulary.begin(), vocabulary.end(), text.substr(start, at - start));
        if (symbol == vocabulary.end())
            throw InputError(source, where, shown(character), "a character of the vocabulary");
        classes.push_back(static_cast<int>(symbol - vocabulary.begin()));
    }
    return classes;
}

std::vector<int> promptOf(const Experiment& experiment, const Task& task, const std::string& text)
{
    if (!text.empty()) {
        std::vector<int> prompt = encode(text, *task.vocabulary(), "--prompt");
        if (experiment.task.id != "addition")
            return prompt;
        const int digits = experiment.task.digits;
        if (!isSum(text, digits))
            throw InputError("", "--prompt", '"' + text + '"',
                             "two numbers of " + (digits == 1 ? "one digit (task.digits), such as 7+5"
                                                              : "1 to " + std::to_string(digits) +
                                                                    " digits (task.digits), such as 12+7"));
        if (experiment.task.reversed)
            std::reverse(prompt.begin(), prompt.end());
        return prompt;
    }
    Batch batch;
    task.fill(batch, 1, 0);
    std::vector<int> prompt;
    for (int t = 0; t < batch.steps; ++t) {
        const bool encoder = task.plan()[static_cast<std::size_t>(t)].bank == encoderBank;
        if ((encoder || t == 0) && !batch.skipped(t, 0))
            prompt.push_back(batch.inputClasses[batch.column(t, 0)]);
    }
    return prompt;
}

std::vector<int> sample(const Experiment& experiment, const ParameterLayout& layout,
                        const Eigen::VectorXd& parameters, const std::vector<int>& prompt, int length,
                        double temperature, std::uint64_t seed, int startSymbol, int endSymbol)
{
    const auto inputSize = static_cast<int>(layout.find(ParameterRole::InputWeight, 0)->cols);
    const auto outputSize = static_cast<int>(layout.find(ParameterRole::ReadoutWeight, -1)->rows);
    const bool zeros = experiment.task.feed == Feed::Zeros;
    if (inputSize != outputSize || !(zeros || readsItsOutputs(experiment.task)))
        throw InputError(experiment.source, "task",
                         std::to_string(inputSize) + " inputs and " + std::to_string(outputSize) + " outputs",
                         "a task whose outputs can be fed back as inputs (hello, text, reber, addition)");

    // One step at a time; what a step computes is carried over to the next one. With an encoder the plan has
    // one step of each bank, and the one that is not used holds the state.
    const bool encoder = layout.find(ParameterRole::InputWeight, 0, encoderBank) != nullptr;
    SequencePlan plan;
    if (encoder)
        plan.push_back({encoderBank, InputSource::Data, false, false});
    plan.push_back({rnnBank, InputSource::Data, false, false});
    Network network(experiment.model, inputSize, outputSize, LossKind::CrossEntropy, plan, 1);
    Batch batch;
    batch.steps = static_cast<int>(plan.size());
    batch.size = 1;
    batch.targetClasses.assign(plan.size(), -1);
    const auto feed = [&](int symbol, bool toEncoder) {
        batch.inputClasses.assign(plan.size(), symbol);
        if (encoder)
            batch.uses = {toEncoder ? StepUse::Silent : StepUse::Skipped,
                          toEncoder ? StepUse::Skipped : StepUse::Silent};
        network.forward(parameters, batch, Reduction::Sum);
        network.carryState();
    };

    if (prompt.empty() && !encoder)
        feed(-1, false); // nothing read yet
    for (const int symbol : prompt)
        feed(symbol, encoder);
    if (encoder)
        feed(startSymbol, false);

    Random random(seed, samplingStream);
    std::vector<int> drawn;
    for (int i = 0; i < length; ++i) {
        if (i > 0)
            feed(zeros ? -1 : drawn.back(), false);
        drawn.push_back(draw(network.outputs().rightCols(1), temperature, random));
        if (drawn.back() == endSymbol) {
            drawn.pop_back();
            break;
        }
    }
    return drawn;
}

} // namespace unrolled
