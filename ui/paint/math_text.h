#pragma once

#include <QPointF>
#include <QRectF>
#include <QSizeF>
#include <QString>

class QColor;
class QFont;
class QPainter;

namespace ui {

/// A line of mathematics: plain text with `_x`, `_{…}`, `^x`, `^{…}` for sub- and superscripts, as in
/// "h_{t-1} = tanh(W_{xh} x_t)". Single Latin letters that name variables are set in italics, function names
/// upright. The minus sign is U+2212.
/// `\\` before a character takes it as it is.
QSizeF mathSize(const QFont& font, const QString& math);
/// Draws it with the painter's pen, aligned in `rect`.
void drawMath(QPainter& painter, const QRectF& rect, Qt::Alignment alignment, const QString& math);
/// The same as HTML for labels and tooltips.
QString mathHtml(const QString& math);
/// Words as mathematics that looks like them, letter by letter.
QString mathWords(const QString& words);
/// As plain words for screen readers: "h t-1 = tanh(W xh x t)".
QString mathPlain(const QString& math);

/// The font, smaller where plain words would not fit into the room, down to `least` pixels.
QFont narrowed(QFont font, const QString& words, double room, int least);

} // namespace ui
