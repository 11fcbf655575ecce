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

std::vector<int> sample(const Experiment& experiment, const ParameterLayout& layout,
                        const Eigen::VectorXd& parameters, const std::vector<int>& prompt, int length,
                        double temperature, std::uint64_t seed)
{
    const auto inputSize = static_cast<int>(layout.find(ParameterRole::InputWeight, 0)->cols);
    const auto outputSize = static_cast<int>(layout.find(ParameterRole::ReadoutWeight, -1)->rows);
    if (inputSize != outputSize)
        throw InputError(experiment.source, "task",
                         std::to_string(inputSize) + " inputs and " + std::to_string(outputSize) + " outputs",
                         "a task whose outputs can be fed back as inputs (hello, text)");

    // One step at a time; what a step computes is carried over to the next one.
    PlanRow row;
    row.counted = false;
    Network network(experiment.model, inputSize, outputSize, LossKind::CrossEntropy, {row}, 1);
    Batch batch;
    batch.steps = 1;
    batch.size = 1;
    batch.targetClasses = {-1};
    const auto feed = [&](int symbol) {
        batch.inputClasses.assign(1, symbol);
        network.forward(parameters, batch, Reduction::Sum);
        network.carryState();
    };

    if (prompt.empty()) {
        batch.inputs.setZero(inputSize, 1); // nothing read yet
        network.forward(parameters, batch, Reduction::Sum);
        network.carryState();
    }
    for (const int symbol : prompt)
        feed(symbol);

    Random random(seed, samplingStream);
    std::vector<int> drawn;
    for (int i = 0; i < length; ++i) {
        if (i > 0)
            feed(drawn.back());
        drawn.push_back(draw(network.outputs().col(0), temperature, random));
    }
    return drawn;
}

} // namespace unrolled
