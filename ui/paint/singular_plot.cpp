#include "ui/paint/singular_plot.h"

#include "ui/paint/arrow.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

struct SingularWords
{
    Q_DECLARE_TR_FUNCTIONS(ui::SingularPlot)
};

constexpr double lowestLog = -16;
constexpr double letterRoom = 18; // for a line to a letter that stands apart
constexpr double factMark = 14;

/// The next of 1, 2, 5 times a power of ten, downwards or upwards, as a logarithm.
double roundedLog(double log, bool up)
{
    const double whole = std::floor(log);
    const double digits[] = {0, std::log10(2.0), std::log10(5.0), 1};
    constexpr double near = 1e-9;
    if (up)
        return whole + *std::find_if(std::begin(digits), std::end(digits),
                                     [&](double digit) { return whole + digit >= log - near; });
    return whole + *std::find_if(std::rbegin(digits), std::rend(digits),
                                 [&](double digit) { return whole + digit <= log + near; });
}

/// An end of the axis that stays for a while, so that curves do not shrink with every iteration.
std::int64_t roundedEnd(std::int64_t last)
{
    for (std::int64_t power = 1;; power *= 10) {
        for (const std::int64_t tenths : {10, 12, 15, 20, 25, 30, 40, 50, 60, 80}) {
            if (power * tenths >= last)
                return power * tenths;
        }
    }
}

/// "0.5", "10⁻⁴"
QString markText(double log)
{
    const bool power = std::abs(log - std::round(log)) < 1e-9;
    if (power && std::abs(log) > 3.5)
        return QStringLiteral("10") + superscript(static_cast<int>(std::lround(log)));
    return chosenNumber(std::pow(10, log));
}

/// Places at least `each` apart and not above `top`, as near to those that are wanted (falling down the
/// picture) as can be: those that would overlap stand around their middle.
std::vector<double> spread(const std::vector<double>& wanted, double each, double top)
{
    struct Group
    {
        double sum;
        int count;
    };
    const auto first = [&](const Group& group) {
        return std::max(top, group.sum / group.count - each * (group.count - 1) / 2);
    };
    std::vector<Group> groups;
    for (const double place : wanted) {
        groups.push_back({place, 1});
        while (groups.size() > 1) {
            const Group& before = groups[groups.size() - 2];
            if (first(before) + each * before.count <= first(groups.back()))
                break;
            groups[groups.size() - 2] = {before.sum + groups.back().sum, before.count + groups.back().count};
            groups.pop_back();
        }
    }
    std::vector<double> places;
    for (const Group& group : groups) {
        for (int i = 0; i < group.count; ++i)
            places.push_back(first(group) + each * i);
    }
    return places;
}

} // namespace

SingularPlot::SingularPlot(SingularData data, const QRectF& room, const QFont& font)
    : m_data(std::move(data)), m_font(font)
{
    findScale();
    const QFontMetricsF metrics(font);
    double labels = 0;
    for (const double log : marks())
        labels = std::max(labels, metrics.horizontalAdvance(markText(log)));
    labels += m_below ? metrics.horizontalAdvance(QStringLiteral("≤")) : 0;
    double right = 6;
    for (const SingularSeries& series : m_data.series)
        right = std::max(right,
                         series.letter.isEmpty() ? 8 : metrics.horizontalAdvance(series.letter) + letterRoom);
    m_area = room.adjusted(std::ceil(labels) + 6, std::ceil(metrics.height() / 2), -std::ceil(right),
                           -std::ceil(metrics.height()) - 3);
    if (m_area.width() < 30 || m_area.height() < 24)
        m_area = QRectF();
}

const unrolled::RecurrentMatrix& SingularPlot::matrixOf(const SingularSeries& series) const
{
    return m_data.samples->matrices()[series.matrix];
}

/// Of several matrices only the ends are drawn.
bool SingularPlot::drawn(Eigen::Index k, Eigen::Index count) const
{
    return m_data.series.size() == 1 || k == 0 || k == count - 1;
}

void SingularPlot::findScale()
{
    double low = std::min(0.0, m_data.low); // the line at 1 is always there
    double high = std::max(0.0, m_data.high);
    std::int64_t last = m_data.iteration;
    const auto take = [&](double sigma) {
        if (!std::isfinite(sigma))
            return;
        const double log = std::log10(sigma); // −∞ of 0
        m_below = m_below || log < lowestLog;
        low = std::min(low, std::max(lowestLog, log));
        high = std::max(high, log);
    };
    for (const SingularSeries& series : m_data.series) {
        for (const auto* of : {m_data.samples.get(), m_data.without.get()}) {
            for (std::size_t sample = 0; of && sample < of->samples(); ++sample) {
                const auto values = of->values(sample, matrixOf(series));
                take(values[0]);
                take(values[values.size() - 1]);
            }
        }
        if (series.now.size() > 0) {
            take(series.now[0]);
            take(series.now[series.now.size() - 1]);
        }
    }
    for (const auto* of : {m_data.samples.get(), m_data.without.get()}) {
        if (of && of->samples() > 0)
            last = std::max(last, of->iterationOf(of->samples() - 1));
    }
    m_low = std::min(roundedLog(low, false), roundedLog(-0.3, false));
    m_high = std::max(roundedLog(high, true), roundedLog(0.3, true));
    m_last = last <= m_data.planned ? std::max<std::int64_t>(1, m_data.planned) : roundedEnd(last);
}

QPointF SingularPlot::at(std::int64_t iteration, double sigma) const
{
    const double log = sigma > 0 ? std::clamp(std::log10(sigma), m_low, m_high) : m_low;
    return {m_area.left() + m_area.width() * static_cast<double>(iteration) / static_cast<double>(m_last),
            m_area.bottom() - m_area.height() * (log - m_low) / (m_high - m_low)};
}

std::int64_t SingularPlot::iterationAt(double x) const
{
    const double share = std::clamp((x - m_area.left()) / m_area.width(), 0.0, 1.0);
    return std::llround(share * static_cast<double>(m_last));
}

std::vector<double> SingularPlot::marks() const
{
    std::vector<double> result;
    const bool fine = m_high - m_low < 2.2;
    const int step = std::max(1, static_cast<int>(std::ceil((m_high - m_low) / 8)));
    for (int exponent = static_cast<int>(std::floor(m_low)); exponent <= m_high; ++exponent) {
        for (const double digit : {0.0, std::log10(2.0), std::log10(5.0)}) {
            const double log = exponent + digit;
            if (log > m_low - 1e-9 && log < m_high + 1e-9 && (fine || (digit == 0 && exponent % step == 0)))
                result.push_back(log);
        }
    }
    return result;
}

QPen SingularPlot::penOf(const SingularSeries& series, Eigen::Index k, Eigen::Index count,
                         const Palette& palette) const
{
    if (k > 0 && k < count - 1)
        return {mixed(palette.background, series.color, count > 24 ? 0.3 : 0.55), 1};
    QPen pen(series.color, 1.8);
    pen.setCapStyle(Qt::FlatCap);
    if (k > 0)
        pen.setDashPattern({3.5, 1.8});
    return pen;
}

void SingularPlot::paintAxes(QPainter& painter, const Palette& palette) const
{
    const QFontMetricsF metrics(m_font);
    painter.setFont(m_font);
    double free = m_area.bottom() + metrics.height();
    for (const double log : marks()) {
        const double y = at(0, std::pow(10, log)).y();
        painter.setPen(QPen(palette.line, 1));
        painter.drawLine(QPointF(m_area.left(), y), QPointF(m_area.right(), y));
        const bool one = std::abs(log) < 1e-9;
        if (!one &&
            (y + metrics.height() * 0.9 > free || std::abs(y - at(0, 1).y()) < metrics.height() * 0.9))
            continue; // no room; the 1 always stands
        free = y;
        QString label = markText(log);
        if (m_below && log < lowestLog + 0.5)
            label.prepend(QStringLiteral("≤"));
        painter.setPen(palette.muted);
        painter.drawText(QRectF(m_area.left() - 300, y - metrics.height(), 296, 2 * metrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter, label);
    }
    const double one = at(0, 1).y();
    painter.setPen(QPen(palette.muted, 1.2));
    painter.drawLine(QPointF(m_area.left(), one), QPointF(m_area.right(), one));
    painter.drawLine(m_area.bottomLeft(), m_area.bottomRight());
    painter.drawLine(m_area.bottomLeft(), m_area.topLeft());
    const QRectF beneath(m_area.left() - 4, m_area.bottom() + 2, m_area.width() + 8, metrics.height());
    const QString last = count(m_last);
    painter.drawText(beneath, Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("0"));
    painter.drawText(beneath, Qt::AlignRight | Qt::AlignVCenter, last);
    const QString words = SingularWords::tr("iteration");
    if (metrics.horizontalAdvance(words) + 2 * metrics.horizontalAdvance(last) + 12 < beneath.width())
        painter.drawText(beneath, Qt::AlignCenter, words);
}

void SingularPlot::paintCurves(QPainter& painter, const Palette& palette) const
{
    if (m_area.isEmpty())
        return;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    paintAxes(painter, palette);
    const std::size_t samples = m_data.samples ? m_data.samples->samples() : 0;
    if (samples == 0) {
        painter.restore();
        return;
    }
    if (m_data.without)
        paintWithout(painter, palette);
    for (const bool inner : {true, false}) { // the ends lie on top
        for (const SingularSeries& series : m_data.series) {
            const unrolled::RecurrentMatrix& matrix = matrixOf(series);
            for (Eigen::Index k = 0; k < matrix.size; ++k) {
                if (!drawn(k, matrix.size) || (k > 0 && k < matrix.size - 1) != inner)
                    continue;
                painter.setPen(penOf(series, k, matrix.size, palette));
                paintCurve(painter, *m_data.samples, matrix, k);
            }
        }
    }
    if (m_data.series.size() > 1)
        paintMarks(painter);
    painter.restore();
}

void SingularPlot::paintCurve(QPainter& painter, const unrolled::SpectrumCurve& of,
                              const unrolled::RecurrentMatrix& matrix, Eigen::Index k) const
{
    std::vector<QPointF> points;
    points.reserve(of.samples());
    const auto draw = [&] {
        if (points.size() == 1)
            painter.drawPoint(points.front());
        painter.drawPolyline(points.data(), static_cast<int>(points.size()));
        points.clear();
    };
    for (std::size_t sample = 0; sample < of.samples(); ++sample) {
        const double sigma = of.values(sample, matrix)[k];
        if (std::isfinite(sigma))
            points.push_back(at(of.iterationOf(sample), sigma));
        else
            draw();
    }
    draw();
}

void SingularPlot::paintWithout(QPainter& painter, const Palette& palette) const
{
    for (const SingularSeries& series : m_data.series) {
        const unrolled::RecurrentMatrix& matrix = matrixOf(series);
        painter.setPen(QPen(mixed(palette.background, series.color, 0.55), 1.6, Qt::DotLine));
        for (const Eigen::Index k : {Eigen::Index(0), matrix.size - 1})
            paintCurve(painter, *m_data.without, matrix, k);
    }
    const QFontMetricsF metrics(m_font);
    const QString words = SingularWords::tr("dotted: without the changes");
    const QRectF line(m_area.left() + 6, m_area.bottom() - metrics.height() - 2, m_area.width() - 8,
                      metrics.height());
    if (metrics.horizontalAdvance(words) > line.width())
        return;
    painter.setFont(m_font);
    painter.setPen(palette.muted);
    painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, words);
}

/// Gates differ without colour, too: each has its mark on its curves, at places of its own.
void SingularPlot::paintMarks(QPainter& painter) const
{
    const auto last = static_cast<double>(m_data.samples->samples() - 1);
    const auto gates = static_cast<double>(m_data.series.size());
    constexpr int marks = 4;
    for (std::size_t i = 0; i < m_data.series.size(); ++i) {
        const SingularSeries& series = m_data.series[i];
        const unrolled::RecurrentMatrix& matrix = matrixOf(series);
        for (int k = 0; k < marks; ++k) {
            const double share = (k + (static_cast<double>(i) + 0.5) / gates) / marks;
            const auto sample = static_cast<std::size_t>(std::lround(share * last));
            const auto values = m_data.samples->values(sample, matrix);
            for (const Eigen::Index at : {Eigen::Index(0), matrix.size - 1}) {
                if (std::isfinite(values[at]))
                    paintPlaneMark(painter, this->at(m_data.samples->iterationOf(sample), values[at]),
                                   series.mark, 2.6, series.color, at == 0);
            }
        }
    }
}

bool SingularPlot::paintsCurvesOf(const SingularPlot& other) const
{
    const auto alike = [](const SingularSeries& a, const SingularSeries& b) {
        return a.matrix == b.matrix && a.color == b.color;
    };
    return m_data.samples == other.m_data.samples && m_data.without == other.m_data.without &&
           m_area == other.m_area && m_low == other.m_low && m_high == other.m_high &&
           m_last == other.m_last && m_below == other.m_below && m_font == other.m_font &&
           std::equal(m_data.series.begin(), m_data.series.end(), other.m_data.series.begin(),
                      other.m_data.series.end(), alike);
}

void SingularPlot::paintNow(QPainter& painter, const Palette& palette) const
{
    if (m_area.isEmpty())
        return;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const std::size_t samples = m_data.samples ? m_data.samples->samples() : 0;
    const std::int64_t lastSampled = samples > 0 ? m_data.samples->iterationOf(samples - 1) : -1;
    const double x = at(m_data.iteration, 1).x();
    painter.setPen(QPen(palette.forward, 1));
    painter.drawLine(QPointF(x, m_area.top()), QPointF(x, m_area.bottom()));
    painter.setFont(m_font);
    for (const SingularSeries& series : m_data.series) {
        const Eigen::Index count = series.now.size();
        if (count == 0 || !std::isfinite(series.now[0]))
            continue;
        if (samples > 0 && lastSampled < m_data.iteration) {
            const auto values = m_data.samples->values(samples - 1, matrixOf(series));
            for (Eigen::Index k = 0; k < std::min(count, values.size()); ++k) {
                if (!drawn(k, count) || !std::isfinite(values[k]))
                    continue;
                painter.setPen(penOf(series, k, count, palette));
                painter.drawLine(at(lastSampled, values[k]), at(m_data.iteration, series.now[k]));
            }
        }
        for (const Eigen::Index k : {Eigen::Index(0), count - 1})
            paintPlaneMark(painter, at(m_data.iteration, series.now[k]), series.mark, 3, series.color,
                           k == 0);
    }
    paintLetters(painter, palette);
    painter.restore();
}

/// Beside the largest values; where they would overlap, apart, with a line to each.
void SingularPlot::paintLetters(QPainter& painter, const Palette& palette) const
{
    std::vector<std::pair<double, const SingularSeries*>> letters;
    for (const SingularSeries& series : m_data.series) {
        if (series.now.size() > 0 && std::isfinite(series.now[0]) && !series.letter.isEmpty())
            letters.emplace_back(at(m_data.iteration, series.now[0]).y(), &series);
    }
    std::sort(letters.begin(), letters.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    const QFontMetricsF metrics(m_font);
    std::vector<double> wanted;
    wanted.reserve(letters.size());
    for (const auto& letter : letters)
        wanted.push_back(letter.first);
    const std::vector<double> places = spread(wanted, metrics.height(), m_area.top());
    bool apart = false;
    for (std::size_t i = 0; i < letters.size(); ++i)
        apart = apart || std::abs(places[i] - wanted[i]) > 0.3 * metrics.ascent();
    const double x = at(m_data.iteration, 1).x();
    for (std::size_t i = 0; i < letters.size(); ++i) {
        const auto& [y, series] = letters[i];
        if (apart) {
            painter.setPen(QPen(mixed(palette.background, series->color, 0.6), 1));
            painter.drawLine(QPointF(x + 4, y), QPointF(x + letterRoom - 4, places[i]));
        }
        const QRectF place(x + (apart ? letterRoom - 2 : 6), places[i] - metrics.height() / 2,
                           metrics.horizontalAdvance(series->letter) + 2, metrics.height());
        painter.fillRect(place.adjusted(-1, 1, 0, -1), palette.background); // no line goes through it
        painter.setPen(series->color);
        painter.drawText(place, Qt::AlignLeft | Qt::AlignVCenter, series->letter);
    }
}

/// "i:  σ_max = 1.11,  σ_min = 0.0188", or "i:  1.11 … 0.0188"
QString SingularPlot::fact(const SingularSeries& series, bool brief) const
{
    const QString name = series.letter.isEmpty() ? QString() : series.letter + QStringLiteral(":  ");
    if (series.now.size() == 0)
        return name + QStringLiteral("…");
    const QString largest = norm(series.now[0]);
    const QString smallest = norm(series.now[series.now.size() - 1]);
    if (brief)
        return name + largest + QStringLiteral(" … ") + smallest;
    return name + QStringLiteral("σ_{max} = %1,  σ_{min} = %2").arg(largest, smallest);
}

double SingularPlot::factsWidth(const QFont& font) const
{
    double width = 0;
    for (const SingularSeries& series : m_data.series)
        width = std::max(width, factMark + mathSize(font, fact(series, false)).width());
    return width;
}

void SingularPlot::paintFacts(QPainter& painter, const QRectF& place, const QFont& font,
                              const Palette& palette, bool brief) const
{
    const double line = place.height() / static_cast<double>(std::max<std::size_t>(1, m_data.series.size()));
    brief = brief || factsWidth(font) > place.width();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(font);
    double y = place.top();
    for (const SingularSeries& series : m_data.series) {
        paintPlaneMark(painter, {place.left() + 5, y + line / 2}, series.mark, 3.2, series.color, true);
        painter.setPen(palette.text);
        drawMath(painter, QRectF(place.left() + factMark, y, place.width() - factMark, line),
                 Qt::AlignLeft | Qt::AlignVCenter, fact(series, brief));
        y += line;
    }
    painter.restore();
}

std::optional<SingularPlot::Value> SingularPlot::nearest(const QPointF& pixel) const
{
    if (m_area.isEmpty() || !m_area.adjusted(-6, -6, 6, 6).contains(pixel))
        return std::nullopt;
    std::optional<Value> best;
    double least = HUGE_VAL;
    const auto look = [&](std::size_t series, std::int64_t iteration, const auto& values) {
        for (Eigen::Index k = 0; k < values.size(); ++k) {
            if (!drawn(k, values.size()) || !std::isfinite(values[k]))
                continue;
            const QPointF away = at(iteration, values[k]) - pixel;
            const double distance = std::hypot(away.x(), away.y());
            if (distance < least) {
                least = distance;
                best = Value{series, k, iteration, values[k]};
            }
        }
    };
    for (std::size_t i = 0; i < m_data.series.size(); ++i) {
        look(i, m_data.iteration, m_data.series[i].now);
        if (!m_data.samples || m_data.samples->samples() == 0)
            continue;
        const std::int64_t stride = m_data.samples->stride();
        const std::int64_t last = static_cast<std::int64_t>(m_data.samples->samples()) - 1;
        const std::int64_t sample = std::min(last, (iterationAt(pixel.x()) + stride / 2) / stride);
        look(i, sample * stride,
             m_data.samples->values(static_cast<std::size_t>(sample), matrixOf(m_data.series[i])));
    }
    return best;
}

} // namespace ui
