#pragma once

#include "ui/exports/color_table.h"

#include <QByteArray>
#include <QImage>
#include <QRect>
#include <vector>

namespace ui {

/// Gathers the frames of an animation and writes them as a GIF that loops without end (GIF89a, by giflib):
/// one table of colours for all frames and no dither, so that letters stay sharp and flat areas flat; of each
/// frame only the rectangle that differs from the one before, with what is the same inside it transparent.
class GifFilm
{
public:
    explicit GifFilm(const QSize& size); ///< up to 65535 each way

    /// A frame of the size, held for so many hundredths of a second.
    void add(const QImage& frame, int hundredths);
    int frames() const { return static_cast<int>(m_frames.size()); }

    /// The whole file. Throws std::runtime_error with giflib's words.
    QByteArray encoded() const;

private:
    struct Frame
    {
        QRect changed;
        QByteArray pixels; ///< of that rectangle: colours, compressed; alpha 0 where nothing changed
        int hundredths;
    };

    QImage m_last;
    QSize m_size;
    ColorCounts m_counts;
    std::vector<Frame> m_frames;
};

} // namespace ui
