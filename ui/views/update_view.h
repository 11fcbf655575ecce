#pragma once

#include "ui/paint/time_axis.h"
#include "ui/views/step_pane.h"

#include <span>

class QComboBox;

namespace unrolled {
struct Analyses;
struct LayerUpdates;
struct UpdateOfStep;
} // namespace unrolled

namespace ui {

/// What the optimizer would change by each time step's gradient alone, of L or of the picked loss: how large
/// that is, as bars on a logarithmic axis with a floor, and beneath them which share of the weights would
/// change at all where they are kept in float32. A sentence tells which steps would change nothing. The time
/// axis is that of the views above.
class UpdateView : public StepPane
{
    Q_OBJECT
public:
    enum Fate { Kept, Lost, Zero }; ///< of an entry: changes, is rounded away, has no update

    explicit UpdateView(QWidget* parent = nullptr);

    QString title() const override;
    QString describe() const override;
    unrolled::Wanted wanted() const override { return {true, false, true}; }
    QSize sizeHint() const override { return {900, 200}; }

    double log(int t) const; ///< log10 ‖Δθ‖; NaN where it is none, -∞ for 0
    /// The share of the entries, 0 … 1; NaN where the run diverged or the step has no weights here.
    double share(int t, Fate fate) const;
    QRectF bar(int t) const; ///< from the floor up; empty below it
    QRectF part(int t, Fate fate) const;
    int stepAt(const QPointF& pixel) const override;
    QString textOf(int t) const override;
    /// Which steps would change nothing in float32, in words.
    QString sentence() const;
    /// How the update of a step is made, in words.
    QString formula() const;

protected:
    std::unique_ptr<View> another() const override { return std::make_unique<UpdateView>(); }
    bool showsLayer() const override { return true; }
    QString shortTitle() const override;
    double paintLegend(QPainter* painter, const QRectF& line) const override;
    QString remark() const override;
    void paintBody(QPainter& painter, const QRectF& body) override;
    void frameChanged() override;
    int lastStep() const override;
    int cursorStart() const override { return 0; }
    QPointF wordsPlace(int t) const override;

private:
    struct Layout
    {
        TimeAxis time;
        QRectF bars;
        QRectF shares;
        QRectF labels; ///< of the time steps
        QRectF sentence;
        int top = 0; ///< the axis' upper end, as a power of ten
        double y(double log) const;
    };
    /// Steps that share a column of pixels: the largest norm, all entries.
    struct Column
    {
        int first = 1;
        int last = 1;
        double log = 0;
        double shares[3] = {};
    };
    std::span<const unrolled::UpdateOfStep> updates() const; ///< to the last step that has a gradient
    Layout layoutIn(const QRectF& body) const;
    std::span<const unrolled::UpdateOfStep> stepsOf(const std::vector<unrolled::LayerUpdates>& layers) const;
    std::span<const unrolled::UpdateOfStep> ghostUpdates() const; ///< the same without the changes
    Column columnOf(std::span<const unrolled::UpdateOfStep> all, int first, int last) const;
    static QRectF barIn(const Layout& layout, const Column& column);
    static QRectF partIn(const Layout& layout, const Column& column, Fate fate);
    void fill(QPainter& painter, const QRectF& place, Fate fate) const;
    void paintAxis(QPainter& painter, const Layout& layout) const;
    void paintColumn(QPainter& painter, const Layout& layout, const Column& column) const;
    void paintGhost(QPainter& painter, const Layout& layout, const Column& column) const;

    QComboBox* m_weights;                           ///< all of the layer's, or the recurrent ones
    const unrolled::Analyses* m_analyses = nullptr; ///< the frame's, where they fit and have updates
};

} // namespace ui
