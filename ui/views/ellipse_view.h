#pragma once

#include "ui/paint/ellipse_dial.h"
#include "ui/views/step_pane.h"

#include <QTransform>

class QComboBox;

namespace unrolled {
struct Analyses;
struct ErrorEllipse;
} // namespace unrolled

namespace ui {

/// The unit circle of errors at the step whose loss is picked (else the last step), and what the hops have
/// made of it at the steps before: one small picture a step, in the order of the unrolled network, as many as
/// find room, and the step of now large beside them. Shapes and directions are true; sizes, by the longer
/// half-axis, are on one logarithmic scale for all steps.
class EllipseView : public StepPane
{
    Q_OBJECT
public:
    explicit EllipseView(QWidget* parent = nullptr);

    QString title() const override;
    QString shortTitle() const override;
    QString describe() const override;
    unrolled::Wanted wanted() const override { return {true, true}; }
    QSize sizeHint() const override { return {900, 200}; }

    /// Shows the errors of c where the model has it, else those of h.
    void showErrorsOfCell(bool cell);

    /// The step on show in the large picture, and how much of the way from the step after it is done.
    struct Moment
    {
        int t = 0;        ///< 0: there is none
        double share = 1; ///< below 1 on the way from t+1
    };
    Moment moment() const;
    std::vector<int> panels() const; ///< the steps that have a small picture, rising
    QRectF dial(int t) const;        ///< of one of them; empty where it has none
    QRectF largeDial() const;
    int stepAt(const QPointF& pixel) const override;
    QTransform map(int t) const;       ///< what is drawn of step t
    QStringList halfAxes(int t) const; ///< what stands beneath its picture
    QString textOf(int t) const override;
    /// What became of the circle on the whole way, in words.
    QString sentence() const;

protected:
    std::unique_ptr<View> another() const override { return std::make_unique<EllipseView>(); }
    bool showsLayer() const override { return true; }
    double paintLegend(QPainter* painter, const QRectF& line) const override;
    void paintBody(QPainter& painter, const QRectF& body) override;
    void frameChanged() override;
    int lastStep() const override; ///< s, where the circle starts
    int cursorStart() const override { return moment().t; }
    QPointF wordsPlace(int t) const override;

private:
    struct Layout
    {
        QRectF large; ///< the dial
        QRectF words; ///< beside it
        QRectF sentence;
        double left = 0; ///< of the row
        double panelWidth = 1;
        double line = 1;
        QRectF row; ///< dials of the row
        std::vector<int> steps;
        QRectF panel(std::size_t i) const;
        QRectF dial(std::size_t i) const;
    };
    const unrolled::ErrorEllipse* ellipse() const;
    bool byCell() const;
    Layout layoutIn(const QRectF& body) const;
    DialScale scale() const;
    void paintScale(QPainter& painter, const QRectF& dial) const;
    Moment looked(const QPainter& painter) const;
    void paintLarge(QPainter& painter, const Layout& layout, const Moment& moment) const;
    void paintPanel(QPainter& painter, const Layout& layout, std::size_t i, bool now) const;

    QComboBox* m_state;
    const unrolled::Analyses* m_analyses = nullptr; ///< the frame's, where they fit
};

} // namespace ui
