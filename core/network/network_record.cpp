#include "core/network/network.h"

#include "core/cells/product.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace unrolled {

namespace {

/// Edits as a sequence sees them that takes some of the plan's steps (from 0).
PassEdits renumbered(const PassEdits& edits, const std::vector<int>& taken)
{
    const auto before = [&](int t) {
        return static_cast<int>(std::lower_bound(taken.begin(), taken.end(), t) - taken.begin());
    };
    const auto renumber = [&](const std::vector<int>& steps) {
        std::vector<int> own;
        for (const int t : steps) {
            if (std::binary_search(taken.begin(), taken.end(), t - 1))
                own.push_back(before(t));
        }
        return own;
    };
    PassEdits result;
    result.silenced = renumber(edits.silenced);
    for (StateCut cut : edits.cuts) {
        cut.t = before(cut.t);
        // Behind the last step there is nothing to cut off; between two steps one cut is enough.
        if (cut.t < static_cast<int>(taken.size()) &&
            std::find(result.cuts.begin(), result.cuts.end(), cut) == result.cuts.end())
            result.cuts.push_back(cut);
    }
    for (GateClamp clamp : edits.clamps) {
        const bool always = clamp.steps.empty();
        clamp.steps = renumber(clamp.steps);
        if (always || !clamp.steps.empty())
            result.clamps.push_back(clamp);
    }
    return result;
}

} // namespace

void Network::record(const Eigen::VectorXd& parameters, const Batch& batch, int b, Reduction reduction,
                     IterationTrace& trace) const
{
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    // The trace holds the steps that the sequence takes.
    std::vector<int> taken;
    taken.reserve(m_plan.size());
    for (int t = 0; t < m_steps; ++t) {
        if (!batch.skipped(t, b))
            taken.push_back(t);
    }
    const auto steps = static_cast<Eigen::Index>(taken.size());
    const auto keep = [&](Eigen::MatrixXd& m) {
        if (m.cols() > steps)
            m = m(Eigen::all, taken).eval();
    };
    const auto all = [&](const Eigen::MatrixXd& m) {
        return sequenceOf(m, 0, m.rows(), b, m_steps, m_batch);
    };
    const auto take = [&](const Eigen::MatrixXd& m, Eigen::MatrixXd& to) {
        to = all(m);
        keep(to);
    };

    trace.cell = m_spec;
    trace.lossKind = m_lossKind;
    trace.batch = m_wholeBatch;
    trace.sequence = b;
    trace.edits = taken.size() < m_plan.size() ? renumbered(m_edits, taken) : m_edits;
    trace.truncate = m_truncate;
    trace.planRows.clear();
    if (taken.size() < m_plan.size()) {
        trace.planRows.reserve(taken.size());
        for (const int t : taken)
            trace.planRows.push_back(t + 1);
    }
    trace.loss = m_loss;

    OutputTrace& out = trace.outputs;
    take(m_y, out.y.value);
    take(m_dy, out.y.gradient);
    out.losses = Eigen::VectorXd::Constant(steps, none);
    trace.plan.clear();
    trace.plan.reserve(taken.size());
    trace.inputClasses.clear();
    trace.inputClasses.reserve(taken.size());
    out.targetClasses.clear();
    out.targetClasses.reserve(taken.size());
    if (m_lossKind == LossKind::CrossEntropy) {
        take(m_p, out.probabilities);
        out.predicted.resize(steps);
    } else {
        out.targets.setConstant(m_outputSize, steps, none);
    }
    double sum = 0;
    for (Eigen::Index i = 0; i < steps; ++i) {
        const int t = taken[static_cast<std::size_t>(i)];
        const Eigen::Index k = Eigen::Index(t) * m_batch + b;
        PlanRow row = m_plan[static_cast<std::size_t>(t)];
        row.input = batch.source(m_plan, t, b);
        row.counted = counted(batch, t, b);
        trace.plan.push_back(row);
        if (!inputClasses(batch).empty())
            trace.inputClasses.push_back(inputClasses(batch)[static_cast<std::size_t>(k)]);
        if (m_lossKind == LossKind::CrossEntropy) {
            out.predicted[i] = mostProbable(k);
            out.targetClasses.push_back(row.counted ? batch.targetClasses[static_cast<std::size_t>(k)] : -1);
        } else if (row.counted) {
            out.targets.col(i) = batch.targets.col(k);
        }
        if (row.counted) {
            out.losses[i] = stepLoss(batch, k);
            sum += out.losses[i];
        }
    }
    trace.sequenceLoss = sum * lossScale(batch, b, reduction) * m_wholeBatch;

    trace.layers.resize(m_layers.size());
    for (std::size_t l = 0; l < m_layers.size(); ++l) {
        const LayerState& state = m_layers[l].state;
        LayerTrace& recorded = trace.layers[l];
        recorded.channels.resize(channels(m_spec).size());

        Quantity& x = recorded.channels[0];
        if (l > 0) {
            x.value = trace.layers[l - 1].channels.back().value;
        } else if (!inputClasses(batch).empty()) {
            x.value.setZero(m_inputSize, steps);
            for (Eigen::Index i = 0; i < steps; ++i) {
                const int symbol = trace.inputClasses[static_cast<std::size_t>(i)];
                if (symbol >= 0)
                    x.value(symbol, i) = 1;
            }
        } else {
            take(inputs(batch), x.value);
        }
        // ∂L/∂x_t = W_xᵀ ∂L/∂a_t
        const auto da = all(state.da);
        x.gradient.setZero(m_layers[l].inputSize, m_steps);
        for (const Stretch& stretch : m_stretches)
            addTransposedProduct(x.gradient.middleCols(stretch.first, stretch.steps),
                                 weights(parameters, stretch.layers[l]).input,
                                 da.middleCols(stretch.first, stretch.steps));
        const CellWeights first = weights(parameters, m_stretches.front().layers[l]);
        if (m_edits.cuts.empty()) {
            m_cell->record(first, state, b, recorded);
        } else {
            // gradients by what a step reads, which is nothing behind a cut; but h and c as they were
            LayerState read = state;
            hideCutStates(m_edits, static_cast<int>(l), read);
            m_cell->record(first, read, b, recorded);
            recorded.channels.back().value = all(state.h);
            if (const int c = channelIndex(m_spec, "c"); c >= 0)
                recorded.channels[static_cast<std::size_t>(c)].value = all(state.c);
        }
        for (Quantity& channel : recorded.channels) {
            keep(channel.value);
            keep(channel.gradient);
        }

        recorded.initialHidden = state.h.col(b);
        recorded.initialHiddenGradient = state.dh.col(b);
        if (state.c.size() > 0) {
            recorded.initialCell = state.c.col(b);
            recorded.initialCellGradient = state.dc.col(b);
        }
    }
}

} // namespace unrolled
