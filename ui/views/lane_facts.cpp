#include "ui/views/lane_facts.h"

#include "core/trace/iteration_trace.h"

#include "ui/paint/number_format.h"
#include "ui/session/frame.h"

#include <QCoreApplication>

#include <cmath>

namespace ui {

namespace {

struct LaneWords
{
    Q_DECLARE_TR_FUNCTIONS(ui::ComparisonView)
};

/// "0.96 µs"
QString duration(double seconds)
{
    struct Unit
    {
        double size;
        const char* name;
    };
    constexpr Unit units[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}};
    for (const Unit& unit : units) {
        const double number = seconds / unit.size;
        if (number >= 0.995)
            return QStringLiteral("%1 %2").arg(plainNumber(number, number < 10    ? 2
                                                                   : number < 100 ? 1
                                                                                  : 0),
                                               QString::fromUtf8(unit.name));
    }
    return QStringLiteral("—");
}

} // namespace

QString textOfStop(const unrolled::IterationTrace& trace, int layer, int t)
{
    if (t >= trace.steps() || trace.handsBack(layer, t))
        return {};
    return (trace.edits.cutAfter(layer, t)
                ? LaneWords::tr("cut: no gradient goes back from step %1 to step %2")
                : LaneWords::tr("truncated: no gradient goes back from step %1 to step %2"))
        .arg(t + 1)
        .arg(t);
}

QString textOfUnits(const Lane& lane)
{
    QStringList sizes;
    for (const auto& layer : lane.trace->layers)
        sizes << count(static_cast<std::int64_t>(layer.hiddenSize()));
    return sizes.join(QStringLiteral(", "));
}

QString textOfParameters(const Lane& lane)
{
    return count(lane.trace->parameterCount());
}

QString textOfProducts(const Lane& lane)
{
    return count(lane.trace->multiplyAdds());
}

QString textOfTime(const Lane& lane)
{
    return duration(lane.secondsPerUpdate);
}

QString textOfLoss(const Lane& lane)
{
    return lossNumber(lane.trace->loss);
}

QString textOfAccuracy(const Lane& lane)
{
    return QStringLiteral("%1 %").arg(std::lround(100 * lane.trace->accuracy));
}

QString textOfSolved(const Lane& lane)
{
    const unrolled::IterationTrace& trace = *lane.trace;
    if (lane.divergedAt >= 0 && trace.iteration >= lane.divergedAt)
        return LaneWords::tr("diverged at %1").arg(count(lane.divergedAt));
    const unrolled::Solved solved =
        lane.curve ? unrolled::solvedAt(*lane.curve, trace.iteration, trace.accuracy, trace.batch)
                   : unrolled::Solved();
    const std::int64_t at = solved.from < 0 ? solved.since : solved.from;
    if (at < 0)
        return QStringLiteral("—");
    const bool exact = solved.exact || at == 0;
    const QString from = (exact ? QString() : QStringLiteral("≤ ")) + count(at);
    return solved.from < 0 ? LaneWords::tr("%1, so far").arg(from) : from;
}

} // namespace ui
