#pragma once

#include "ui/exports/plot.h"
#include "ui/session/frame.h"

#include <memory>
#include <vector>

class QPainter;

namespace ui {

class FilmExtent;
class View;

// Pictures of views that nobody sees.

using MakeView = std::unique_ptr<View> (*)();

/// A view of its own, out of sight, with all that it wants to know of a frame. It lives in the GUI thread;
/// what takes long is done in this one. Throws unrolled::Cancelled where `progress` calls that off.
std::shared_ptr<View> viewOf(MakeView make, const QSize& size, const Frame& frame,
                             const std::shared_ptr<FilmExtent>& film, const ExportProgress& progress);

/// Paints a view alone. In less room than its words need it is drawn smaller as a whole.
void paintView(const std::shared_ptr<View>& view, QPainter& painter, const QSize& size);

struct NamedView
{
    QString name;
    QString changes; ///< of the run, where the view does not tell them itself
    std::shared_ptr<View> view;
};

/// One network, or cell, above the other, each under its name; in a wide picture side by side, where those
/// that suit `each` size are larger so.
void paintLanes(QPainter& painter, const QSize& size, const std::vector<NamedView>& lanes, const QSize& each);

} // namespace ui
