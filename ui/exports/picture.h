#pragma once

#include <QByteArray>
#include <QImage>
#include <QPalette>
#include <QSize>
#include <QString>

#include <functional>
#include <memory>
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

/// The colours of all pictures.
QPalette figurePalette();

/// A view's twin as a picture has it, never dark. It is made in the GUI thread, and goes there.
std::shared_ptr<View> pictureOf(const View& view);
/// The same with letters for a figure of this size.
std::shared_ptr<View> figureOf(const View& view, const QSize& size);
/// What paints a view that nobody else looks at, on any thread; the GUI thread, if another, must be serving
/// its events.
PaintFunction paintingOf(const std::shared_ptr<View>& view);

/// A picture for the clipboard.
struct ViewCopy
{
    QImage image;
    QByteArray svg;
};
ViewCopy copyOf(const PaintFunction& paint, const QString& title, const QSize& size, qreal pixelRatio = 2);
/// The caller owns it.
QMimeData* mimeOf(const ViewCopy& copy);

/// "PNG, SVG, PDF" as a filter for file dialogs.
QString pictureFilter();

} // namespace ui
