#include "ui/paint/magnitude_legend.h"

#include "ui/paint/arrow.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>

#include <cmath>
#include <limits>

namespace ui {

namespace {

struct MagnitudeLegend
{
    Q_DECLARE_TR_FUNCTIONS(MagnitudeLegend)
};

} // namespace

QColor gradientColor(const Palette& palette, double log10)
{
    if (std::isnan(log10))
        return mixed(palette.background, palette.wrong, 0.5);
    const double share = gradientShare(log10);
    return share < 0 ? palette.line : magnitude(palette, share);
}

double drawMagnitudeLegend(QPainter* painter, const QRectF& rect, const QFont& font, const Palette& palette,
                           const QString& math, bool broken)
{
    const QFontMetricsF metrics(font);
    const QString low = QStringLiteral("10") + superscript(floorExponent);
    const QString high = QStringLiteral("10") + superscript(ceilingExponent);
    constexpr double bar = 96;
    constexpr double space = 5;
    const double side = metrics.ascent();
    double x = rect.left();
    if (painter) {
        painter->save();
        painter->setFont(font);
        painter->setRenderHint(QPainter::Antialiasing, false);
    }
    const auto words = [&](const QString& text, const QColor& color) {
        const double width = mathSize(font, text).width();
        if (painter) {
            painter->setPen(color);
            drawMath(*painter, QRectF(x, rect.top(), width + 2, rect.height()),
                     Qt::AlignLeft | Qt::AlignVCenter, text);
        }
        x += width + space;
    };
    words(math, palette.text);
    x += space;
    words(low, palette.muted);
    constexpr int pieces = 48;
    for (int i = 0; painter && i < pieces; ++i)
        painter->fillRect(
            QRectF(x + bar * i / pieces, rect.center().y() - side / 2, bar / pieces + 0.5, side),
            magnitude(palette, (i + 0.5) / pieces));
    x += bar + space;
    words(high, palette.muted);
    const auto swatch = [&](const QColor& color, const QString& text) {
        x += space;
        if (painter)
            painter->fillRect(QRectF(x, rect.center().y() - side / 2, side, side), color);
        x += side + space;
        words(text, palette.muted);
    };
    swatch(palette.line, MagnitudeLegend::tr("below, or 0"));
    if (broken)
        swatch(gradientColor(palette, std::numeric_limits<double>::quiet_NaN()),
               mathWords(MagnitudeLegend::tr("not a number")));
    if (painter)
        painter->restore();
    return x - space - rect.left();
}

} // namespace ui
