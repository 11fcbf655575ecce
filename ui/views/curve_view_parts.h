#pragma once

// After <qcustomplot.h>.

#include "ui/views/curve_view.h"
#include "ui/views/plot_tickers.h"

namespace ui {

/// One of the two plots.
struct CurveView::Panel
{
    QCPAxisRect* rect = nullptr;
    QCPAxis* x = nullptr;
    QCPAxis* y = nullptr;
    QSharedPointer<NumberTicker> numbers{new NumberTicker};
    QSharedPointer<DecadeTicker> decades{new DecadeTicker(1e-300, 1e300)};
    QCPItemText* name = nullptr;
    QCPItemLine* now = nullptr;
    QCPItemLine* planned = nullptr;
    std::vector<QCPGraph*> low, high; ///< of each lane; low is filled up to high where the curve is thinned
    std::vector<QCPGraph*> dots;      ///< of each lane, at the present iteration
};

struct CurveView::Parts
{
    Panel panels[2];
    QSharedPointer<IntegerTicker> iterations{new IntegerTicker(0)};
    QSharedPointer<NumberTicker> seconds{new NumberTicker};
};

} // namespace ui
