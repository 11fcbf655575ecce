#include "core/gradients/numerical_check.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace unrolled {

namespace {

/// L as a function of one parameter.
class Objective
{
public:
    Objective(Trainer& trainer, Eigen::VectorXd& point, Eigen::Index index)
        : m_trainer(trainer), m_point(point), m_index(index), m_value(point[index])
    {
    }
    ~Objective() { m_point[m_index] = m_value; }
    Objective(const Objective&) = delete;
    Objective& operator=(const Objective&) = delete;

    double at(double offset)
    {
        m_point[m_index] = m_value + offset;
        return m_trainer.objective(m_point);
    }
    double value() const { return m_value; }

private:
    Trainer& m_trainer;
    Eigen::VectorXd& m_point;
    Eigen::Index m_index;
    double m_value;
};

struct Comparison
{
    double difference = std::numeric_limits<double>::quiet_NaN();
    double error = std::numeric_limits<double>::quiet_NaN();
};

Comparison compare(Objective& objective, double gradient, double loss)
{
    Comparison best;
    for (const double step : {1e-3, 1e-4, 1e-2, 1e-5}) {
        // A power of two, so that w ± h loses no digits to rounding of h.
        const double wanted = step * std::max(1.0, std::abs(objective.value()));
        const double h = std::exp2(std::round(std::log2(wanted)));
        const double near = objective.at(h) - objective.at(-h);
        const double far = objective.at(2 * h) - objective.at(-2 * h);
        const double difference = (8 * near - far) / (12 * h);
        // L is known to some units in the last place; differences of it no better.
        const double seen = 64 * std::numeric_limits<double>::epsilon() * std::max(1.0, std::abs(loss)) / h;
        const double scale = std::max({std::abs(gradient), std::abs(difference), seen / checkTolerance});
        const double error = std::abs(gradient - difference) / scale;
        if (std::isnan(best.error) || error < best.error)
            best = {difference, error};
        if (best.error < checkTolerance / 10)
            break;
    }
    return best;
}

} // namespace

std::vector<BlockCheck> checkGradients(Trainer& trainer, const std::function<bool(double)>& progress)
{
    const Checkpoint start = trainer.checkpoint();
    const std::shared_ptr<IterationTrace> trace = trainer.record();
    std::vector<BlockCheck> checks;
    trainer.restore(start);
    Eigen::VectorXd point = trainer.parameters();
    for (const ParameterTrace& parameter : trace->parameters) {
        const ParameterBlock& block = parameter.block;
        BlockCheck check{block.name, block.size(), 0, 0, 0, parameter.gradient(0, 0), 0};
        for (Eigen::Index i = 0; i < block.size(); ++i) {
            if (progress && !progress(double(block.offset + i) / double(trainer.layout().size())))
                return checks;
            const double gradient = parameter.gradient(i % block.rows, i / block.rows);
            Objective objective(trainer, point, block.offset + i);
            const Comparison comparison = compare(objective, gradient, trace->loss);
            // Written so that NaN counts as the worst there is.
            if (i == 0 || (!std::isnan(check.largestError) && !(comparison.error <= check.largestError))) {
                check.largestError = comparison.error;
                check.row = static_cast<int>(i % block.rows);
                check.col = static_cast<int>(i / block.rows);
                check.gradient = gradient;
                check.difference = comparison.difference;
            }
        }
        checks.push_back(check);
    }
    return checks;
}

bool agree(const std::vector<BlockCheck>& checks)
{
    return std::all_of(checks.begin(), checks.end(),
                       [](const BlockCheck& check) { return check.largestError <= checkTolerance; });
}

} // namespace unrolled
