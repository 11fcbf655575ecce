#include "ui/paint/color_legend.h"

#include "ui/paint/hatch.h"

#include "ui/paint/number_format.h"

#include <QFontMetricsF>
#include <QPainter>

#include <cmath>

namespace ui {

double roundedRange(double magnitude)
{
    if (!(magnitude > 0) || !std::isfinite(magnitude))
        return 1;
    const double power = std::pow(10.0, std::floor(std::log10(magnitude)));
    for (const double mantissa : {1.0, 2.0, 5.0}) {
        if (magnitude <= mantissa * power * (1 + 1e-12))
            return mantissa * power;
    }
    return 10 * power;
}

QString rangeText(double range)
{
    return chosenNumber(range);
}

int rangeExponent(double range)
{
    if (range >= 0.5 && range <= 100)
        return 0;
    return static_cast<int>(std::floor(std::log10(range) + 1e-9));
}

double drawColorLegend(QPainter* painter, const QRectF& rect, const QFont& font, const Palette& palette,
                       double range, double bar, bool hatched)
{
    const QFontMetricsF metrics(font);
    const QString low = QChar(0x2212) + rangeText(range);
    const QString high = QLatin1Char('+') + rangeText(range);
    const double space = 4;
    const double lowWidth = metrics.horizontalAdvance(low);
    const double highWidth = metrics.horizontalAdvance(high);
    if (painter) {
        painter->save();
        painter->setFont(font);
        painter->setPen(palette.muted);
        painter->drawText(QRectF(rect.left(), rect.top(), lowWidth + 2, rect.height()),
                          Qt::AlignLeft | Qt::AlignVCenter, low);
        const double height = std::min(rect.height() - 2, metrics.height() - 1);
        const QRectF box(rect.left() + lowWidth + space, rect.center().y() - height / 2, bar, height);
        painter->setRenderHint(QPainter::Antialiasing, false);
        painter->setPen(Qt::NoPen);
        constexpr int pieces = 36;
        NegativeMarks marks;
        for (int i = 0; i < pieces; ++i) {
            const double value = 2 * (i + 0.5) / pieces - 1;
            const double left = box.left() + box.width() * i / pieces;
            const QColor color = diverging(palette, value);
            painter->fillRect(QRectF(left, box.top(), box.right() - left, box.height()), color);
            if (hatched && NegativeMarks::marked(value, 1) && i < pieces / 2 - 4) // not through the 0
                marks.add(QRectF(left, box.top(), box.width() / pieces, box.height()), color);
        }
        marks.draw(*painter);
        painter->setPen(palette.muted);
        painter->drawText(box, Qt::AlignCenter, QStringLiteral("0"));
        painter->drawText(QRectF(box.right() + space, rect.top(), highWidth + 2, rect.height()),
                          Qt::AlignLeft | Qt::AlignVCenter, high);
        painter->restore();
    }
    return lowWidth + highWidth + bar + 2 * space;
}

} // namespace ui
