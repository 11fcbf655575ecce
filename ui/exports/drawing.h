#pragma once

#include "core/trace/divergence.h"
#include "ui/exports/picture.h"
#include "ui/exports/plot.h"
#include "ui/session/frame.h"

#include <memory>

class QFont;
class QPainter;
class QRectF;

namespace ui {

class FilmExtent;

/// A moment of a run, for pictures of it. With a tick of -1 everything of the iteration is computed and no
/// step is the current one.
struct PlotMoment
{
    std::int64_t iteration = 0;
    int tick = -1;
    int part = -1;         ///< -1: the last one of the tick
    std::int64_t last = 0; ///< curves of iterations go up to here, where it lies behind the moment
    int loss = 0;          ///< a counted step, from 1, whose loss is sent back alone; 0: L
    std::shared_ptr<FilmExtent> film = {}; ///< what it shares with other moments; null: it stands alone
};

/// The frame of a moment; the runs are trained on where it lies ahead. After a divergence it is that of the
/// last iteration there is.
Frame frameOf(const std::vector<PlotLane>& lanes, const PlotMoment& moment);

/// Trains and replays up to an iteration, ahead of the drawing; false where `progress` called it off.
bool reach(const std::vector<PlotLane>& lanes, std::int64_t iteration, const ExportProgress& progress);

/// A plot of a moment, ready to be painted in any size, on the thread that has made it.
struct Drawing
{
    QString title;
    QSize size; ///< the one asked for, or one that suits
    PaintFunction paint;
};

/// A size that suits a kind of plot. Throws unrolled::InputError for an unknown one.
QSize sizeThatSuits(const QString& kind, const std::vector<PlotLane>& lanes, const PlotMoment& moment);

/// Throws unrolled::InputError for an unknown kind, and unrolled::Cancelled where `progress` calls it off. An
/// empty size stands for one that suits the kind.
Drawing drawingOf(const QString& kind, const std::vector<PlotLane>& lanes, const PlotMoment& moment,
                  QSize size = {}, const ExportProgress& progress = {});

/// The least size in which a kind of plot of so many models can be read where they stand one above the other.
/// Throws as drawingOf().
QSize leastSize(const QString& kind, int models);

/// The last part of an iteration that a kind of plot shows the numbers of.
unrolled::IterationPart lastPartShown(const QString& kind);

/// Whether a kind of plot shows which step is the current one, so that it changes within an iteration.
bool followsSteps(const QString& kind);

/// Whether drawings of a kind have axes or ranges that go with the numbers, so that those of a film share
/// them.
bool hasAxes(const QString& kind);

/// Whether drawings of a kind are numbers alone, which took long to compute and are kept easily.
bool keepsNumbers(const QString& kind);

/// Whether a kind of plot can show one loss alone on its way back.
bool showsOneLoss(const QString& kind);

/// What was changed in a run and is in force at an iteration, in words.
QString changesOf(const PlotLane& lane, std::int64_t iteration);

inline constexpr double usualText = 18; ///< pixels, in a picture of 900
/// Legible at half size.
QFont plotFont(const QSize& size);
/// A picture's title, in the painter's font made bold, smaller where there is too little room; and below it
/// what was changed in the run, where anything was. Returns the height of both, which a film shares.
double paintHead(QPainter& painter, const QRectF& room, const QString& title, const QString& changes,
                 FilmExtent* film);

} // namespace ui
