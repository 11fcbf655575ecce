#include "ui/exports/animation.h"

#include "core/gradients/cancelled.h"
#include "core/training/error.h"
#include "ui/exports/drawing.h"
#include "ui/exports/export.h"
#include "ui/exports/gif_film.h"
#include "ui/paint/caption.h"
#include "ui/paint/number_format.h"
#include "ui/paint/palette.h"
#include "ui/session/picked_loss.h"
#include "ui/views/film_extent.h"

#include <QBuffer>
#include <QFile>
#include <QFileInfo>
#include <QImage>
#include <QPainter>
#include <QRegularExpression>
#include <QSaveFile>
#include <QTemporaryDir>
#include <QTextLayout>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <future>
#include <stdexcept>

namespace ui {

using unrolled::InputError;
using unrolled::Phase;

namespace {

std::string quotedName(const QString& text)
{
    return '"' + text.toStdString() + '"';
}

/// One %d, %4d or %04d in a name; nothing else with a %.
const QRegularExpression& numberPattern()
{
    static const QRegularExpression pattern(QStringLiteral("^[^%]*%(0?)([1-9]?)d[^%]*\\.png$"),
                                            QRegularExpression::CaseInsensitiveOption);
    return pattern;
}

/// The moments of all frames, in order.
std::vector<PlotMoment> momentsOf(const AnimationRequest& request, const unrolled::TickLayout& ticks)
{
    std::vector<PlotMoment> moments;
    if (request.training) {
        for (std::int64_t at = request.first; at < request.last; at += request.every)
            moments.push_back({at, -1, -1, request.last, request.loss});
        moments.push_back({request.last, -1, -1, request.last, request.loss});
        return moments;
    }
    for (int tick = 0; tick < ticks.ticks(); ++tick) {
        if (!request.operations) { // the end of the step, whatever number of parts a model has
            moments.push_back({request.first, tick, -1, 0, request.loss});
            continue;
        }
        const int parts = static_cast<int>(ticks.parts(tick).size());
        for (int part = 0; part < parts; ++part)
            moments.push_back({request.first, tick, part, 0, request.loss});
    }
    return moments;
}

QString lossText(const unrolled::IterationTrace& trace)
{
    return std::isfinite(trace.loss) ? lossNumber(trace.loss) : norm(trace.loss);
}

/// The words under a frame.
QString wordsOf(const AnimationRequest& request, const Frame& frame)
{
    const QString iteration = Export::tr("Iteration %1").arg(count(frame.position.iteration));
    if (!request.training && frame.lanes.size() == 1)
        return iteration + QStringLiteral(". ") + caption(frame);
    if (!request.training) {
        switch (frame.phase()) {
        case Phase::Forward:
            return iteration + Export::tr(". Forward, step %1").arg(frame.time());
        case Phase::Loss:
            return iteration + Export::tr(". The loss");
        case Phase::Backward:
            return iteration + Export::tr(". Backward, step %1").arg(frame.time());
        case Phase::Update:
            return iteration + Export::tr(". The update");
        }
    }
    QStringList losses;
    for (const Lane& lane : frame.lanes) {
        const QString loss = Export::tr("loss %1").arg(lossText(*lane.trace));
        losses << (frame.lanes.size() > 1 ? lane.name + QLatin1Char(' ') + loss : loss);
    }
    return iteration + QStringLiteral(": ") + losses.join(QStringLiteral(", "));
}

QFont wordsFont(const QSize& size)
{
    QFont font = plotFont(size);
    font.setPixelSize(std::max(font.pixelSize(), size.width() / 45));
    return font;
}

/// The height of the line of words: two lines for a caption, one for a number. None where there is no room.
int wordsHeight(const AnimationRequest& request, const QSize& size)
{
    if (size.height() < 200)
        return 0;
    const int lines = request.training ? 1 : 2;
    return static_cast<int>(std::lround(wordsFont(size).pixelSize() * (1.35 * lines + 0.7)));
}

void paintWords(QPainter& painter, const QRectF& room, const QFont& font, const QString& words, Phase phase)
{
    const Palette& colors = lightPalette();
    painter.fillRect(room, phase == Phase::Forward    ? colors.forwardSoft
                           : phase == Phase::Backward ? colors.backwardSoft
                                                      : colors.panel);
    const QFontMetricsF metrics(font);
    const double margin = 0.8 * font.pixelSize();
    const double width = room.width() - 2 * margin;
    const int most = std::max(1, static_cast<int>(room.height() / (1.2 * metrics.height())));
    QTextLayout text(words, font);
    text.beginLayout();
    QStringList lines;
    for (QTextLine line = text.createLine(); line.isValid(); line = text.createLine()) {
        line.setLineWidth(width);
        lines << words.mid(line.textStart(), line.textLength());
        if (lines.size() == most) {
            lines.last() = metrics.elidedText(words.mid(line.textStart()), Qt::ElideRight, width);
            break;
        }
    }
    text.endLayout();
    painter.setFont(font);
    painter.setPen(colors.text);
    double y = room.top() + (room.height() - static_cast<double>(lines.size()) * metrics.height()) / 2;
    for (const QString& line : lines) {
        painter.drawText(QRectF(room.left() + margin, y, width + margin, metrics.height()),
                         Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, line);
        y += metrics.height();
    }
}

/// The size of a whole frame, and of the picture above its words.
struct FrameSizes
{
    QSize whole;
    QSize picture;
};

FrameSizes sizesOf(const AnimationRequest& request, const std::vector<PlotLane>& lanes)
{
    FrameSizes sizes;
    if (!request.size.isEmpty()) {
        sizes.whole = sizes.picture = request.size;
        sizes.picture.rheight() -= wordsHeight(request, request.size);
    } else {
        sizes.whole = sizes.picture =
            sizeThatSuits(request.kind, lanes, {request.first, request.training ? -1 : 0});
        sizes.whole.rheight() += wordsHeight(request, sizes.picture);
    }
    return sizes;
}

QImage imageOf(const AnimationRequest& request, const std::vector<PlotLane>& lanes, const PlotMoment& moment,
               const Drawing& drawing, const FrameSizes& sizes)
{
    QImage image(sizes.whole, QImage::Format_RGB32);
    image.fill(lightPalette().background);
    QPainter painter(&image);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing |
                           QPainter::SmoothPixmapTransform);
    painter.save();
    drawing.paint(painter, sizes.picture);
    painter.restore();
    const QRectF below(0, sizes.picture.height(), sizes.whole.width(),
                       sizes.whole.height() - sizes.picture.height());
    if (!below.isEmpty()) {
        const Frame frame = PickedLoss::aloneNow(frameOf(lanes, moment));
        paintWords(painter, below, wordsFont(sizes.picture), wordsOf(request, frame),
                   request.training ? Phase::Update : frame.phase());
    }
    return image;
}

QByteArray pngOf(const QImage& image)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    if (!image.save(&buffer, "PNG"))
        throw std::bad_alloc();
    return bytes;
}

void writeBytes(const QString& file, const QByteArray& bytes)
{
    QSaveFile out(file);
    if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size() || !out.commit())
        throw InputError(Export::tr("%1: cannot be written: %2").arg(file, out.errorString()).toStdString());
}

/// All files are written into a folder beside their places first, and then renamed: a full disk leaves what
/// was there.
void writeFrames(const QString& pattern, const std::vector<QByteArray>& frames)
{
    const QTemporaryDir aside(QFileInfo(pattern).absolutePath() + QStringLiteral("/.frames-XXXXXX"));
    if (!aside.isValid())
        throw InputError(
            Export::tr("%1: cannot be written: %2").arg(pattern, aside.errorString()).toStdString());
    const int number = static_cast<int>(frames.size());
    for (int i = 0; i < number; ++i) {
        if (const QString file = frameFile(pattern, i); QFileInfo(file).isDir())
            throw InputError(file.toStdString(), "", "a directory", "the name of a file to write");
    }
    const auto besides = [&](int frame) { return aside.filePath(QString::number(frame)); };
    for (int i = 0; i < number; ++i)
        writeBytes(besides(i), frames[static_cast<std::size_t>(i)]);
    for (int i = 0; i < number; ++i) {
        const QString file = frameFile(pattern, i);
        std::error_code error;
        std::filesystem::rename(besides(i).toStdString(), file.toStdString(), error);
        if (error)
            throw InputError(Export::tr("%1: cannot be written: %2")
                                 .arg(file, QString::fromStdString(error.message()))
                                 .toStdString());
    }
}

} // namespace

bool namesAnimation(const QString& file)
{
    return QFileInfo(file).suffix().toLower() == QLatin1String("gif") || file.contains(QLatin1Char('%'));
}

void checkAnimationFile(const QString& file)
{
    const QFileInfo info(file);
    const bool gif = info.suffix().toLower() == QLatin1String("gif") && !file.contains(QLatin1Char('%'));
    const bool pattern =
        numberPattern().match(info.fileName()).hasMatch() && !info.path().contains(QLatin1Char('%'));
    if (!gif && !pattern)
        throw InputError(
            "", "--out", quotedName(file),
            "a file that ends in .gif, or PNG frames with one number in the file's name, such as "
            "frames/%04d.png");
}

QString frameFile(const QString& pattern, int number)
{
    const QFileInfo info(pattern);
    const QString name = info.fileName();
    const QRegularExpressionMatch found = numberPattern().match(name);
    const bool zeros = !found.captured(1).isEmpty();
    const QString digits =
        QStringLiteral("%1").arg(number, found.captured(2).toInt(), 10, QLatin1Char(zeros ? '0' : ' '));
    const auto from = name.indexOf(QLatin1Char('%'));
    const auto to = name.indexOf(QLatin1Char('d'), from) + 1;
    return pattern.left(pattern.size() - name.size()) + name.left(from) + digits + name.mid(to);
}

void checkAnimation(const AnimationRequest& request)
{
    if (request.training && request.kind == QLatin1String("summary"))
        throw InputError("", "KIND", quotedName(request.kind) + ", which no training changes",
                         "another kind of plot");
    if (!request.training && !followsSteps(request.kind)) {
        QStringList kinds;
        for (const QString& kind : plotKinds()) {
            if (followsSteps(kind))
                kinds << kind;
        }
        throw InputError("", "KIND", quotedName(request.kind) + ", which is the same at every step",
                         "one of " + kinds.join(QStringLiteral(", ")).toStdString() +
                             ", or a training with --from and --to");
    }
    if (request.training && request.last < request.first)
        throw InputError("", "--to", std::to_string(request.last),
                         "an iteration from " + std::to_string(request.first) + " on, where --from is");
    const auto frames = request.training ? frameCount(request, 0, 0) : 0;
    if (frames > mostAnimationFrames)
        throw InputError("", "--from and --to", std::to_string(frames) + " frames",
                         "at most " + std::to_string(mostAnimationFrames) + "; --every " +
                             std::to_string(request.every * frames / mostAnimationFrames + 1) +
                             " takes fewer");
}

std::int64_t frameCount(const AnimationRequest& request, int ticks, int parts)
{
    if (!request.training)
        return request.operations ? parts : ticks;
    const std::int64_t span = request.last - request.first;
    return span / request.every + (span % request.every != 0 ? 1 : 0) + 1;
}

bool exportAnimation(const AnimationRequest& request, const std::vector<PlotLane>& lanes, const QString& file,
                     const ExportProgress& progress, const std::function<void()>& writing)
try {
    checkAnimationFile(file);
    checkAnimation(request);
    if (request.operations && lanes.size() > 1)
        throw InputError("", "--by", "\"operation\" with several cells, whose operations differ", "step");
    checkGates(request.kind, lanes);
    checkSize(request.kind, lanes.size(), request.size);
    double share = 0;
    const auto goesOn = [&] { return !progress || progress(share); };
    const auto replaying = [&](double) { return goesOn(); };
    if (request.training && !reach(lanes, request.last, replaying))
        return false;
    if (!reach(lanes, request.first, replaying))
        return false;
    checkLoss(request.kind, lanes, request.first, request.loss);
    std::vector<PlotMoment> moments = momentsOf(request, frameOf({lanes.front()}, {request.first}).ticks);
    if (static_cast<std::int64_t>(moments.size()) > mostAnimationFrames)
        throw InputError("", "--out", std::to_string(moments.size()) + " frames",
                         "at most " + std::to_string(mostAnimationFrames));
    const FrameSizes sizes = sizesOf(request, lanes);
    const bool gif = QFileInfo(file).suffix().toLower() == QLatin1String("gif");
    GifFilm film(sizes.whole);
    std::vector<QByteArray> frames;
    const auto all = static_cast<double>(moments.size());
    const auto drawn = [&](const PlotMoment& moment) {
        if (!goesOn() || !reach(lanes, moment.iteration, replaying))
            throw unrolled::Cancelled();
        return drawingOf(request.kind, lanes, moment, sizes.picture, replaying);
    };
    // The axes that all frames share are known when all have been drawn.
    std::vector<Drawing> ahead;
    const auto extent = std::make_shared<FilmExtent>();
    const bool shared = request.training && hasAxes(request.kind);
    if (keepsNumbers(request.kind))
        ahead.reserve(moments.size());
    for (std::size_t i = 0; shared && i < moments.size(); ++i) {
        share = 0.5 * static_cast<double>(i) / all;
        moments[i].film = extent;
        const Drawing one = drawn(moments[i]);
        QImage unseen(1, 1, QImage::Format_RGB32);
        QPainter painter(&unseen);
        one.paint(painter, sizes.picture);
        if (keepsNumbers(request.kind))
            ahead.push_back(one);
    }
    const double before = share;
    for (std::size_t i = 0; i < moments.size(); ++i) {
        share = before + (0.9 - before) * static_cast<double>(i) / all; // the rest is the encoding
        if (!goesOn())
            return false;
        const QImage image =
            imageOf(request, lanes, moments[i], ahead.empty() ? drawn(moments[i]) : ahead[i], sizes);
        if (!gif) {
            frames.push_back(pngOf(image));
            continue;
        }
        // Whole hundredths that keep the pace on the whole.
        const auto until = [&](std::size_t frame) {
            return std::llround(100.0 * static_cast<double>(frame) / request.framesPerSecond);
        };
        auto hold = static_cast<int>(until(i + 1) - until(i));
        if (i + 1 == moments.size())
            hold = std::max(hold, static_cast<int>(std::lround(100 * lastFrameHold)));
        film.add(image, hold);
    }
    share = 0.9;
    if (!goesOn())
        return false;
    try {
        QByteArray encoded;
        if (gif) {
            // Away from this thread, which goes on telling and asking.
            std::future<QByteArray> coding =
                std::async(std::launch::async, [&film] { return film.encoded(); });
            bool wanted = true;
            while (coding.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready)
                wanted = goesOn() && wanted;
            encoded = coding.get();
            if (!wanted)
                return false;
        }
        if (writing)
            writing();
        if (gif)
            writeBytes(file, encoded);
        else
            writeFrames(file, frames);
    } catch (const InputError&) {
        throw;
    } catch (const std::runtime_error& problem) {
        throw unrolled::RunError(file.toStdString() + ": " + problem.what());
    }
    return true;
} catch (const unrolled::Cancelled&) {
    return false;
}

} // namespace ui
