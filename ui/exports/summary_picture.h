#pragma once

#include "core/files/tables.h"

#include <QSize>
#include <QString>

class QFont;
class QPainter;

namespace ui {

/// A table set as text: names of columns above hairlines, numbers to the right, words to the left. Made
/// smaller where it is too wide.
void paintTable(QPainter& painter, const QSize& size, const QFont& font, const QString& title,
                const unrolled::Table& table);

/// The size at which the table is set in the font as it is.
QSize tableSize(const QFont& font, const QString& title, const unrolled::Table& table);

} // namespace ui
