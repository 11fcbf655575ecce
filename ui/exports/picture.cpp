#include "ui/exports/picture.h"

#include "ui/exports/drawing.h"
#include "ui/exports/export.h"
#include "ui/exports/gui_thread.h"
#include "ui/paint/palette.h"
#include "ui/views/plot_pane.h"

#include <QBuffer>
#include <QFileInfo>
#include <QFontInfo>
#include <QHash>
#include <QImage>
#include <QMimeData>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>

namespace ui {

namespace {

constexpr int dotsPerInch = 96; // a device-independent pixel is 1/96 inch, as in SVG and CSS

/// Qt writes the name of the desktop's font, which may be an alias that no other program knows: says which
/// font it is, and what to take where that is missing.
void nameFonts(QByteArray& svg)
{
    const QByteArray key("font-family=\"");
    QHash<QByteArray, QByteArray> known;
    QByteArray result;
    result.reserve(svg.size());
    qsizetype done = 0;
    for (auto at = svg.indexOf(key); at >= 0; at = svg.indexOf(key, done)) {
        const auto from = at + key.size();
        const auto to = svg.indexOf('"', from);
        const QByteArray family = svg.mid(from, to - from);
        if (!known.contains(family)) {
            const QString real = QFontInfo(QFont(QString::fromUtf8(family))).family();
            known.insert(family, real.toHtmlEscaped().toUtf8() + ", sans-serif");
        }
        result += svg.mid(done, from - done) + known.value(family);
        done = to;
    }
    svg = result + svg.mid(done);
}

QByteArray svg(const PaintFunction& paint, const QString& title, const QSize& size)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setResolution(dotsPerInch);
    generator.setSize(size);
    generator.setViewBox(QRect(QPoint(0, 0), size));
    generator.setTitle(title.toHtmlEscaped());
    generator.setDescription(QString());
    QPainter painter(&generator);
    paint(painter, size);
    painter.end();
    nameFonts(bytes);
    return bytes;
}

/// A PDF carries the moment of its making; equal pictures shall be equal files.
void takeOutTime(QByteArray& pdf)
{
    const QByteArray key("/CreationDate (");
    const auto start = pdf.indexOf(key);
    if (start < 0)
        return;
    const auto from = start + key.size();
    const auto to = pdf.indexOf(')', from);
    const QByteArray fixed("D:20000101000000Z");
    if (to - from < fixed.size())
        return;
    // The length stays, so that the file's table of offsets stays right.
    pdf.replace(from, to - from, fixed + QByteArray(to - from - fixed.size(), ' '));
}

QByteArray pdf(const std::vector<PaintFunction>& pages, const QString& title, const QSize& size,
               const QPageSize& paper)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    {
        QPdfWriter writer(&buffer);
        writer.setTitle(title);
        writer.setCreator(QStringLiteral("Unrolled"));
        writer.setPageSize(paper);
        writer.setPageMargins(QMarginsF(0, 0, 0, 0));
        writer.setResolution(dotsPerInch * 10);
        QPainter painter(&writer);
        painter.scale(10, 10);
        for (const PaintFunction& paint : pages) {
            if (&paint != &pages.front())
                writer.newPage();
            painter.save();
            paint(painter, size);
            painter.restore();
        }
    }
    takeOutTime(bytes);
    return bytes;
}

QByteArray pdf(const PaintFunction& paint, const QString& title, const QSize& size)
{
    const QSizeF points(size.width() * 72.0 / dotsPerInch, size.height() * 72.0 / dotsPerInch);
    return pdf({paint}, title, size, QPageSize(points, QPageSize::Point, QString(), QPageSize::ExactMatch));
}

/// Whole or not at all.
bool writeWhole(const QByteArray& bytes, const QString& file, QString* error)
{
    QSaveFile out(file);
    const bool done = out.open(QIODevice::WriteOnly) && out.write(bytes) == bytes.size() && out.commit();
    if (!done && error)
        *error = Export::tr("%1: cannot be written: %2").arg(file, out.errorString());
    return done;
}

QImage image(const PaintFunction& paint, const QSize& size, qreal pixelRatio)
{
    QImage result(size * pixelRatio, QImage::Format_RGB32);
    result.setDevicePixelRatio(pixelRatio);
    result.setDotsPerMeterX(qRound(dotsPerInch * pixelRatio / 0.0254));
    result.setDotsPerMeterY(qRound(dotsPerInch * pixelRatio / 0.0254));
    result.fill(lightPalette().background);
    QPainter painter(&result);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing |
                           QPainter::SmoothPixmapTransform);
    paint(painter, size);
    return result;
}

QByteArray png(const PaintFunction& paint, const QSize& size)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    image(paint, size, 1).save(&buffer, "PNG");
    return bytes;
}

} // namespace

QPalette figurePalette()
{
    const Palette& light = lightPalette();
    QPalette palette(light.background, light.background);
    palette.setColor(QPalette::WindowText, light.text);
    palette.setColor(QPalette::Text, light.text);
    palette.setColor(QPalette::Base, light.background);
    return palette;
}

bool writePicture(const PaintFunction& paint, const QString& title, const QString& file, const QSize& size,
                  QString* error)
{
    const auto fail = [&](const QString& message) {
        if (error)
            *error = message;
        return false;
    };
    if (size.width() < 16 || size.height() < 16 || size.width() > 20000 || size.height() > 20000)
        return fail(Export::tr("%1: found the size %2x%3, expected 16 to 20000 pixels each way")
                        .arg(file)
                        .arg(size.width())
                        .arg(size.height()));
    const QString suffix = QFileInfo(file).suffix().toLower();
    QByteArray bytes;
    if (suffix == QLatin1String("svg"))
        bytes = svg(paint, title, size);
    else if (suffix == QLatin1String("pdf"))
        bytes = pdf(paint, title, size);
    else if (suffix == QLatin1String("png"))
        bytes = png(paint, size);
    else
        return fail(Export::tr("%1: found the suffix \"%2\", expected .svg, .pdf or .png").arg(file, suffix));
    if (bytes.isEmpty())
        return fail(Export::tr("%1: the picture could not be made at %2x%3")
                        .arg(file)
                        .arg(size.width())
                        .arg(size.height()));
    return writeWhole(bytes, file, error);
}

bool writePages(const std::vector<PaintFunction>& pages, const QString& title, const QString& file,
                QString* error)
{
    return writeWhole(pdf(pages, title, a4Pixels, QPageSize(QPageSize::A4)), file, error);
}

std::shared_ptr<View> pictureOf(const View& view)
{
    std::shared_ptr<View> twin(view.twin().release(),
                               [](View* gone) { inGuiThread([gone] { delete gone; }); });
    if (paletteFor(view.palette()).dark)
        twin->setPalette(figurePalette());
    return twin;
}

std::shared_ptr<View> figureOf(const View& view, const QSize& size)
{
    std::shared_ptr<View> twin = pictureOf(view);
    const QFont letters = plotFont(size);
    if (letters.pixelSize() > QFontInfo(view.font()).pixelSize())
        twin->setFont(letters);
    return twin;
}

PaintFunction paintingOf(const std::shared_ptr<View>& view)
{
    return [view](QPainter& painter, const QSize& size) {
        if (qobject_cast<PlotPane*>(view.get()))
            inGuiThread([&] { view->paintTo(painter, size); });
        else
            view->paintTo(painter, size);
    };
}

ViewCopy copyOf(const PaintFunction& paint, const QString& title, const QSize& size, qreal pixelRatio)
{
    return {image(paint, size, pixelRatio), svg(paint, title, size)};
}

QMimeData* mimeOf(const ViewCopy& copy)
{
    auto* mime = new QMimeData;
    mime->setImageData(copy.image);
    mime->setData(QStringLiteral("image/svg+xml"), copy.svg);
    return mime;
}

QString pictureFilter()
{
    return Export::tr("SVG vector picture (*.svg);;PDF vector picture (*.pdf);;PNG picture (*.png)");
}

} // namespace ui
