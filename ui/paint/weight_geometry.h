#pragma once

#include "ui/paint/heat_geometry.h"

namespace ui {

/// What the text around the maps of a matrix needs, in pixels.
struct WeightMetrics
{
    double lineHeight = 14;    ///< of a caption, and of a label
    double rowLabelWidth = 12; ///< of the widest name of a row; only the leftmost maps have them
    bool columnLabels = true;
    double numberWidth = 34; ///< from this width on, cells show their number
    double numberHeight = 13;
    double factsWidth = 90; ///< of the words beside the complex plane
    int factLines = 2;
    bool headAcross = false; ///< the plane's head goes over all its panel, in place of only over the facts
};

/// Maps of one matrix, all of one size, and beside them the complex plane, where there is one.
struct WeightLayout
{
    int columns = 1; ///< of maps beside each other
    bool numbers = false;
    std::vector<HeatBlock> maps; ///< their "time" runs over columns, their "unit" over rows
    QRectF planeCaption;         ///< above the plane, or above the facts beside it
    QRectF plane;                ///< square; empty where there is none
    QRectF facts;                ///< beside it, or beneath
};

/// Arranges `maps` heat maps of a matrix of this shape, and the plane after them, in rows and columns: so
/// that the cells find room for their numbers, or else are as large as may be.
WeightLayout weightLayout(const QRectF& area, int rows, int columns, int maps, bool plane,
                          const WeightMetrics& metrics);

/// The cell at a pixel: `block` is the map, -1 outside all.
HeatPlace placeAt(const WeightLayout& layout, const QPointF& pixel);

} // namespace ui
