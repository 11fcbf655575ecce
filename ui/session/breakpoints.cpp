#include "ui/session/breakpoints.h"

#include "ui/paint/number_format.h"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>

#include <algorithm>

namespace ui {

namespace {

struct BreakpointWords
{
    Q_DECLARE_TR_FUNCTIONS(BreakpointWords)
};

/// What a condition is about, in the iteration that the trainer has just made.
double measuredBy(BreakpointKind kind, const unrolled::IterationSummary& summary,
                  const unrolled::Trainer& trainer, int sequence)
{
    switch (kind) {
    case BreakpointKind::Vanished: {
        double largest = 0;
        const auto layers = static_cast<int>(trainer.experiment().model.hidden.size());
        for (int layer = 0; layer < layers; ++layer)
            largest = std::max(largest, trainer.stateGradientNorm(layer, 1, sequence));
        return largest;
    }
    case BreakpointKind::Exploded:
        return summary.gradientNorm;
    case BreakpointKind::Right:
        return summary.accuracy;
    case BreakpointKind::Iteration:
        break;
    }
    return static_cast<double>(summary.iteration);
}

bool isMet(BreakpointKind kind, double value, double limit)
{
    switch (kind) {
    case BreakpointKind::Vanished:
        return value < limit;
    case BreakpointKind::Exploded:
        return value > limit;
    case BreakpointKind::Right:
        return value >= limit;
    case BreakpointKind::Iteration:
        break;
    }
    return value == limit;
}

/// "9.71·10⁻⁹", with as many digits as tell the number from the limit beside it.
QString besideLimit(double value, double limit)
{
    const QString text = norm(value);
    return text == norm(limit) && value != limit ? exact(value) : text;
}

QString reasonInWords(const BreakpointStop::Reason& reason)
{
    switch (reason.kind) {
    case BreakpointKind::Vanished: {
        const QString text = reason.crossed ? BreakpointWords::tr("‖∂L/∂h₁‖ = %1 fell under %2")
                                            : BreakpointWords::tr("‖∂L/∂h₁‖ = %1 is under %2");
        return text.arg(besideLimit(reason.measured, reason.limit), chosenNumber(reason.limit));
    }
    case BreakpointKind::Exploded: {
        const QString text = reason.crossed
                                 ? BreakpointWords::tr("the norm of all gradients, %1, rose above %2")
                                 : BreakpointWords::tr("the norm of all gradients, %1, is above %2");
        return text.arg(besideLimit(reason.measured, reason.limit), chosenNumber(reason.limit));
    }
    case BreakpointKind::Right:
        if (reason.measured >= 1)
            return reason.crossed ? BreakpointWords::tr("every answer is right now")
                                  : BreakpointWords::tr("every answer is right");
        return BreakpointWords::tr("%1 % of the answers are right")
            .arg(QLocale::c().toString(100 * reason.measured, 'g', 3));
    case BreakpointKind::Iteration:
        break;
    }
    return BreakpointWords::tr("the iteration asked for");
}

} // namespace

bool Breakpoints::any() const
{
    return std::any_of(all.begin(), all.end(), [](const Breakpoint& each) { return each.on; });
}

void BreakpointWatch::set(const Breakpoints& breakpoints)
{
    for (std::size_t k = 0; k < breakpointKinds; ++k)
        m_known[k] = m_known[k] && breakpoints.all[k] == m_breakpoints.all[k];
    m_breakpoints = breakpoints;
}

std::optional<BreakpointStop> BreakpointWatch::look(const unrolled::IterationSummary& summary,
                                                    const unrolled::Trainer& trainer, int sequence)
{
    const bool follows = summary.iteration == m_last + 1;
    m_last = summary.iteration;
    BreakpointStop stop;
    stop.iteration = summary.iteration;
    for (std::size_t k = 0; k < breakpointKinds; ++k) {
        const Breakpoint& each = m_breakpoints.all[k];
        if (!each.on) {
            m_known[k] = false;
            continue;
        }
        const auto kind = static_cast<BreakpointKind>(k);
        const double value = measuredBy(kind, summary, trainer, sequence);
        const bool met = isMet(kind, value, each.value);
        const bool known = follows && m_known[k];
        if (met && !(known && m_met[k]))
            stop.reasons.push_back({kind, value, each.value, known, {}});
        m_met[k] = met;
        m_known[k] = true;
    }
    if (stop.reasons.empty())
        return std::nullopt;
    return stop;
}

QString inWords(const BreakpointStop& stop, BreakpointMet met)
{
    QStringList reasons;
    for (const BreakpointStop::Reason& reason : stop.reasons)
        reasons << (reason.lane.isEmpty()
                        ? reasonInWords(reason)
                        : BreakpointWords::tr("%1 (%2)").arg(reasonInWords(reason), reason.lane));
    QString text;
    switch (met) {
    case BreakpointMet::Stopped:
        text = BreakpointWords::tr("Stopped at iteration %1: %2.");
        break;
    case BreakpointMet::Passed:
        text = BreakpointWords::tr("Iteration %1 met a breakpoint: %2.");
        break;
    case BreakpointMet::Found:
        text = BreakpointWords::tr("Iteration %1 is the first to meet a breakpoint: %2.");
        break;
    }
    return text.arg(count(stop.iteration), reasons.join(BreakpointWords::tr("; ")));
}

} // namespace ui
