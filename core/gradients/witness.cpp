#include "core/gradients/witness.h"

#include "core/gradients/loss_alone.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace unrolled {

namespace {

constexpr double roundingUnit = std::numeric_limits<double>::epsilon();

/// The places (column by column) of the entries of largest size, in order; the picked one counts as largest.
std::vector<Eigen::Index> largestEntries(const Eigen::MatrixXd& gradient, std::size_t most,
                                         Eigen::Index picked)
{
    std::vector<Eigen::Index> places(static_cast<std::size_t>(gradient.size()));
    std::iota(places.begin(), places.end(), Eigen::Index(0));
    if (places.size() <= most)
        return places;
    const auto size = [&](Eigen::Index i) {
        const double value = std::abs(gradient.data()[i]);
        return std::isnan(value) || i == picked ? std::numeric_limits<double>::infinity() : value;
    };
    std::stable_sort(places.begin(), places.end(),
                     [&](Eigen::Index a, Eigen::Index b) { return size(a) > size(b); });
    places.resize(most);
    std::sort(places.begin(), places.end());
    return places;
}

/// `lossAt` tells L with the entry at a place moved by an offset.
Witness witnessOf(const Eigen::MatrixXd& gradient, std::size_t most, Eigen::Index picked,
                  const WitnessProgress& progress, const std::function<double(Eigen::Index, double)>& lossAt)
{
    Witness witness;
    witness.outOf = gradient.size();
    const std::vector<Eigen::Index> places = largestEntries(gradient, most, picked);
    for (const Eigen::Index place : places) {
        if (progress && !progress(double(witness.entries.size()) / double(places.size())))
            return witness;
        witness.entries.push_back({static_cast<int>(place % gradient.rows()),
                                   static_cast<int>(place / gradient.rows()), gradient.data()[place],
                                   centralDifference([&](double offset) { return lossAt(place, offset); })});
    }
    witness.complete = true;
    return witness;
}

} // namespace

CentralDifference centralDifference(const std::function<double(double)>& f)
{
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    CentralDifference best{none, none, none};
    double before = none;
    for (int exponent = -4; exponent >= -40; exponent -= 3) {
        const double h = std::ldexp(1.0, exponent);
        const double near[] = {f(h), f(-h)};
        const double far[] = {f(2 * h), f(-2 * h)};
        const double value = (8 * (near[0] - near[1]) - (far[0] - far[1])) / (12 * h);
        // f is known to some units in its last place.
        const double rounding = 4 * roundingUnit * std::max(std::abs(near[0]), std::abs(near[1])) / h;
        const double uncertainty = std::abs(value - before) + rounding;
        before = value;
        if (uncertainty < best.uncertainty || (std::isnan(best.uncertainty) && !std::isnan(uncertainty)))
            best = {value, h, uncertainty};
        else if (uncertainty > 10 * best.uncertainty && 10 * rounding > best.uncertainty)
            break; // from here on rounding makes it worse
    }
    return best;
}

double WitnessEntry::relative() const
{
    const double scale = std::max(std::abs(gradient), std::abs(difference.value));
    const double apart = std::abs(gradient - difference.value);
    return apart == 0 ? 0 : apart / scale;
}

bool WitnessEntry::agrees() const
{
    return std::abs(gradient - difference.value) <= difference.uncertainty;
}

bool WitnessEntry::seen() const
{
    return gradient == difference.value ||
           !(std::max(std::abs(gradient), std::abs(difference.value)) <= difference.uncertainty);
}

Witness witnessState(Trainer& trainer, const IterationTrace& trace, int layer, bool cell, int t,
                     std::size_t most, const WitnessProgress& progress, int picked)
{
    const Eigen::MatrixXd gradient = trace.channel(layer, cell ? "c" : "h").gradient.col(t - 1);
    return witnessOf(gradient, most, picked, progress, [&](Eigen::Index unit, double offset) {
        return trainer.objective(StateShift{cell, layer, t, static_cast<int>(unit), trace.sequence, offset});
    });
}

Witness witnessState(const TracePtr& trace, int s, int layer, bool cell, int t, std::size_t most,
                     const WitnessProgress& progress, int picked)
{
    LossAlone pass(trace, s);
    const Eigen::MatrixXd gradient = pass.trace()->channel(layer, cell ? "c" : "h").gradient.col(t - 1);
    return witnessOf(gradient, most, picked, progress, [&](Eigen::Index unit, double offset) {
        return pass.loss(StateShift{cell, layer, t, static_cast<int>(unit), 0, offset});
    });
}

Witness witnessParameter(Trainer& trainer, const IterationTrace& trace, std::size_t parameter,
                         std::size_t most, const WitnessProgress& progress)
{
    const ParameterTrace& traced = trace.parameters.at(parameter);
    Eigen::VectorXd point = trainer.parameters();
    return witnessOf(traced.gradient, most, -1, progress, [&](Eigen::Index place, double offset) {
        double& entry = point[traced.block.offset + place];
        const double value = entry;
        entry = value + offset;
        const double loss = trainer.objective(point);
        entry = value;
        return loss;
    });
}

} // namespace unrolled
