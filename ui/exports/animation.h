#pragma once

#include "ui/exports/plot.h"

#include <QSize>
#include <QString>

#include <cstdint>
#include <functional>

class QImage;

namespace ui {

/// Frames a second, where nobody asks for others: the steps of one iteration are read, a training is watched.
constexpr double usualFrames(bool training)
{
    return training ? 8 : 1;
}

/// Seconds that the last frame stands, before it all starts again.
constexpr double lastFrameHold = 1.5;

/// What an animation shows: one iteration, step by step, or a training, iteration by iteration.
struct AnimationRequest
{
    QString kind;          ///< of plotKinds()
    bool training = false; ///< the iterations from `first` to `last`; else the one iteration `first`
    std::int64_t first = 0;
    std::int64_t last = 0;
    std::int64_t every = 1;  ///< of a training: a frame every so many iterations; the last one always
    bool operations = false; ///< of one iteration: a frame an operation instead of one a time step
    int loss = 0;            ///< the step, from 1, whose loss is sent back alone; 0: L
    double framesPerSecond = 8;
    QSize size; ///< of a frame, with its line of words; empty: one that suits the kind
};

inline constexpr std::int64_t mostAnimationFrames = 10000;
inline constexpr double slowestFrames = 0.1;
inline constexpr double fastestFrames = 50; ///< programs show a GIF's shorter holds as a tenth of a second

/// Whether a file's name asks for an animation: it ends in .gif, or has a % in it (numbered frames).
bool namesAnimation(const QString& file);
/// Throws unrolled::InputError where it is neither the name of a GIF nor a pattern for numbered PNG frames
/// such as frames/%04d.png.
void checkAnimationFile(const QString& file);
/// The name of a frame, from 0, for such a pattern.
QString frameFile(const QString& pattern, int number);

/// Throws unrolled::InputError for a kind that does not change, or a range that is empty or too long.
void checkAnimation(const AnimationRequest& request);
/// How many frames there are for sequences of `steps` steps with so many parts an iteration.
std::int64_t frameCount(const AnimationRequest& request, int ticks, int parts);

/// Makes all frames, then writes the file or files, whole or not at all: a GIF that loops without end, or
/// PNG frames numbered from 0. `writing` is called before the first byte is written: from there on it cannot
/// be called off. Returns false where it was called off. Throws unrolled::InputError for a request that does
/// not check, or files that cannot be written. Needs a QApplication, as exportPlot does.
bool exportAnimation(const AnimationRequest& request, const std::vector<PlotLane>& lanes, const QString& file,
                     const ExportProgress& progress = {}, const std::function<void()>& writing = {});

} // namespace ui
