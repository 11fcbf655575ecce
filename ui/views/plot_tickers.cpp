#include <qcustomplot.h>

#include "ui/views/plot_tickers.h"

#include "ui/paint/number_format.h"

#include <cmath>

namespace ui {

namespace {

/// The smallest of 1, 2, 5, 10, 20, … (or 0.5, 0.2, …) that is not below `rough`.
double roundStep(double rough)
{
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    for (const double mantissa : {1.0, 2.0, 5.0}) {
        if (mantissa * power >= rough * (1 - 1e-9))
            return mantissa * power;
    }
    return 10 * power;
}

} // namespace

double IntegerTicker::getTickStep(const QCPRange& range)
{
    return roundStep(std::max(1.0, range.size() / m_most));
}

QVector<double> IntegerTicker::createTickVector(double step, const QCPRange& range)
{
    QVector<double> ticks;
    const double low = std::max(m_first, std::ceil(range.lower - 1e-9));
    // Multiples of the step, and the first number of all in place of the one just before it.
    for (double tick = std::ceil(low / step) * step; tick <= range.upper + 1e-9; tick += step)
        ticks.append(tick);
    if (low == m_first && (ticks.isEmpty() || ticks.first() > m_first)) {
        if (!ticks.isEmpty() && ticks.first() - m_first < 0.6 * step && step > 1)
            ticks.removeFirst();
        ticks.prepend(m_first);
    }
    return ticks;
}

QString IntegerTicker::getTickLabel(double tick, const QLocale&, QChar, int)
{
    return count(std::llround(tick));
}

QVector<double> DecadeTicker::createTickVector(double, const QCPRange& range)
{
    const int high = static_cast<int>(std::floor(std::log10(std::min(m_highest, range.upper)) + 1e-6));
    const int first = static_cast<int>(std::ceil(std::log10(std::max(m_lowest, range.lower)) - 1e-6));
    int step = 1;
    for (const int candidate : {1, 2, 4, 6, 8, 12, 20, 50, 100}) {
        step = candidate;
        if ((high - first) / candidate + 1 <= m_most)
            break;
    }
    QVector<double> ticks;
    for (int exponent = high - ((high % step) + step) % step; exponent >= first; exponent -= step)
        ticks.prepend(std::pow(10.0, exponent));
    return ticks;
}

QString DecadeTicker::getTickLabel(double tick, const QLocale&, QChar, int)
{
    const int exponent = static_cast<int>(std::lround(std::log10(tick)));
    if (exponent == 0)
        return QStringLiteral("1");
    if (exponent == 1)
        return QStringLiteral("10");
    return QStringLiteral("10") + superscript(exponent);
}

double NumberTicker::getTickStep(const QCPRange& range)
{
    return roundStep(range.size() / (mTickCount + 1));
}

QVector<double> NumberTicker::createTickVector(double step, const QCPRange& range)
{
    m_step = step;
    QVector<double> ticks = QCPAxisTicker::createTickVector(step, range);
    for (double& tick : ticks) {
        if (std::abs(tick) < 1e-6 * step)
            tick = 0;
    }
    return ticks;
}

QString NumberTicker::getTickLabel(double tick, const QLocale&, QChar, int)
{
    return numberOnScale(tick, m_step);
}

} // namespace ui
