#include "ui/exports/view_picture.h"

#include "core/gradients/analyses.h"
#include "ui/exports/drawing.h"
#include "ui/exports/gui_thread.h"
#include "ui/exports/picture.h"
#include "ui/paint/palette.h"
#include "ui/session/picked_loss.h"
#include "ui/views/cell_view.h"
#include "ui/views/comparison_view.h"
#include "ui/views/ellipse_view.h"
#include "ui/views/pane_view.h"
#include "ui/views/unrolled_view.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>

namespace ui {

namespace {

constexpr double unrolledMagnification = 1.4; // its letters are made for a window

/// Figures of one iteration share what is found out of its gradients while one of them is there.
std::shared_ptr<const unrolled::TraceAnalysis> analysisOf(const unrolled::TracePtr& trace,
                                                          const unrolled::GoOn& goOn)
{
    static thread_local std::vector<std::weak_ptr<const unrolled::TraceAnalysis>> recent;
    std::erase_if(recent, [](const auto& one) { return one.expired(); });
    for (const auto& one : recent) {
        if (const auto known = one.lock(); known && known->trace == trace)
            return known;
    }
    const auto made = unrolled::analyse(trace, goOn);
    recent.push_back(made);
    return made;
}

/// With what its views want to know of the gradients; the top layer is looked at.
Frame analysed(Frame frame, const unrolled::Wanted& wanted, const unrolled::GoOn& goOn)
{
    for (Lane& lane : frame.lanes) {
        if (lane.trace && wanted.analyses)
            lane.analyses = unrolled::analyse(analysisOf(lane.trace, goOn), frame.pickedLoss, wanted, goOn);
    }
    if (!frame.empty())
        frame.pickedLayer = static_cast<int>(frame.trace().layers.size()) - 1;
    return frame;
}

/// How large a view is drawn: its own letters can be too small in a figure, or too large for all of it.
double magnification(const View& view, const QSize& size)
{
    double scale = 1;
    if (qobject_cast<const UnrolledView*>(&view))
        scale = std::max(1.0, unrolledMagnification * plotFont(size).pixelSize() / usualText);
    if (qobject_cast<const EllipseView*>(&view)) // low, so that its letters are small for its width
        scale = std::clamp(size.width() / 720.0, 1.0, 1.25);
    if (const auto* comparison = qobject_cast<const ComparisonView*>(&view)) {
        const double letters = plotFont(size).pixelSize() / usualText;
        scale = std::max(1.0, std::min(size.width() / 900.0, size.height() / 420.0) / letters);
        while (scale > 0.1 && !comparison->holdsAll((size / scale).width()))
            scale *= 0.97;
    }
    if (qobject_cast<const CellView*>(&view)) // its letters and its graph have a largest size
        scale = std::max(1.0, std::min(size.width() / 640.0, size.height() / 560.0));
    // In less room than that words would be lost.
    return std::min({scale, size.width() / 400.0, size.height() / 200.0});
}

} // namespace

std::shared_ptr<View> viewOf(MakeView make, const QSize& size, const Frame& frame,
                             const std::shared_ptr<FilmExtent>& film, const ExportProgress& progress)
{
    std::shared_ptr<View> view;
    inGuiThread([&] {
        view.reset(make().release(), [](View* gone) { inGuiThread([gone] { delete gone; }); });
        view->setPalette(figurePalette());
        view->setFont(plotFont(size));
        view->resize(size);
        if (auto* pane = qobject_cast<PaneView*>(view.get()))
            pane->setFilm(film);
    });
    Frame shown = analysed(frame, view->wanted(), [&] { return !progress || progress(-1); });
    if (view->showsPickedLoss())
        shown = PickedLoss::aloneNow(shown);
    inGuiThread([&] { view->setFrame(shown); });
    return view;
}

void paintView(const std::shared_ptr<View>& view, QPainter& painter, const QSize& size)
{
    const QSize own = size / magnification(*view, size);
    painter.save();
    painter.scale(double(size.width()) / own.width(), double(size.height()) / own.height());
    paintingOf(view)(painter, own);
    painter.restore();
}

void paintLanes(QPainter& painter, const QSize& size, const std::vector<NamedView>& lanes, const QSize& suits)
{
    painter.fillRect(QRect(QPoint(0, 0), size), lightPalette().background);
    const auto number = static_cast<int>(lanes.size());
    int columns = 1;
    double best = 0;
    for (int tried = 1; tried <= number; ++tried) {
        const int rows = (number + tried - 1) / tried;
        const double scale = std::min(double(size.width()) / tried / suits.width(),
                                      double(size.height()) / rows / suits.height());
        if (scale > 1.05 * best) {
            best = scale;
            columns = tried;
        }
    }
    const QSize each(size.width() / columns, size.height() / ((number + columns - 1) / columns));
    QFont font = plotFont(each);
    font.setWeight(QFont::DemiBold);
    const int head = 2 * font.pixelSize();
    const QSize room(each.width(), each.height() - head);
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        painter.save();
        const int row = static_cast<int>(i) / columns;
        painter.translate((static_cast<int>(i) - row * columns) * each.width(), row * each.height());
        painter.setFont(font);
        painter.setPen(lightPalette().text);
        painter.drawText(QRectF(8, 0, room.width() - 16, head),
                         Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, lanes[i].name);
        if (!lanes[i].changes.isEmpty()) {
            const double left = 8 + QFontMetricsF(font).horizontalAdvance(lanes[i].name) + font.pixelSize();
            QFont small = plotFont(each);
            small.setPixelSize(std::max(7, small.pixelSize() * 3 / 4)); // two lines of it in one
            painter.setFont(small);
            painter.setPen(lightPalette().muted);
            painter.drawText(QRectF(left, 0, room.width() - 8 - left, head),
                             Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap, lanes[i].changes);
        }
        painter.translate(0, head);
        const std::shared_ptr<View>& view = lanes[i].view;
        inGuiThread([&] {
            view->setFont(plotFont(room));
            view->resize(room);
        });
        paintView(view, painter, room);
        painter.restore();
    }
}

} // namespace ui
