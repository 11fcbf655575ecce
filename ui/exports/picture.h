#pragma once

#include <QSize>
#include <QString>

#include <functional>
#include <vector>

class QMimeData;
class QPainter;

namespace ui {

class View;

/// Paints into a picture of a size in device-independent pixels.
using PaintFunction = std::function<void(QPainter& painter, const QSize& size)>;

/// Writes a picture, in the format that the file's suffix names: .svg and .pdf as vectors with text as text,
/// .png in pixels. The file is written whole or not at all; equal pictures give equal bytes. Returns false
/// and tells why in `error` (one line: file, what was found, what is expected).
bool writePicture(const PaintFunction& paint, const QString& title, const QString& file, const QSize& size,
                  QString* error);

/// A4, upright.
inline constexpr QSize a4Pixels(793, 1122);
/// Writes pages of that size as one PDF; the rest as writePicture.
bool writePages(const std::vector<PaintFunction>& pages, const QString& title, const QString& file,
                QString* error);

/// The same of a view as it is now, always in the light palette and in letters of that size.
bool exportView(View& view, const QString& file, const QSize& size, QString* error);

/// The view as a picture for the clipboard: an image and SVG. The caller owns it.
QMimeData* copyOfView(View& view, const QSize& size, qreal pixelRatio = 2);

/// "PNG, SVG, PDF" as a filter for file dialogs.
QString pictureFilter();

} // namespace ui
