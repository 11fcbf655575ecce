#pragma once

#include "ui/paint/time_axis.h"
#include "ui/views/step_pane.h"

#include <QBrush>

namespace unrolled {
struct Analyses;
struct GradientPath;
} // namespace unrolled

namespace ui {

/// Every hop from t+1 back to t taken apart into factors, as bars on a logarithmic axis around 1: down is
/// lost, up is gained. The rows multiply to the last one, and its bars to the curve of what arrives. A
/// sentence tells what each factor took over all hops. The time axis is that of the views above.
class HopsView : public StepPane
{
    Q_OBJECT
public:
    explicit HopsView(QWidget* parent = nullptr);

    QString title() const override;
    QString shortTitle() const override;
    QString describe() const override;
    unrolled::Wanted wanted() const override { return {true}; }
    QSize sizeHint() const override { return {900, 200}; }

    int rows() const; ///< factors, and what they multiply to as the last one
    QString rowName(int row) const;
    /// log10 of a factor of the hop from t+1 to t; NaN where there is none, -∞ where nothing is left.
    double log(int row, int t) const;
    /// The bar of that factor; from the line of 1 down or up.
    QRectF bar(int row, int t) const;
    int stepAt(const QPointF& pixel) const override; ///< t of the hop from t+1 to t
    QString textOf(int t) const override;
    /// What each factor took over all hops, in words.
    QString sentence() const;

protected:
    std::unique_ptr<View> another() const override { return std::make_unique<HopsView>(); }
    bool showsLayer() const override { return true; }
    double paintLegend(QPainter* painter, const QRectF& line) const override;
    void paintBody(QPainter& painter, const QRectF& body) override;
    void restyle() override;
    void frameChanged() override;
    int lastStep() const override;
    int cursorStart() const override { return lastStep() + 1; }
    QPointF wordsPlace(int t) const override;

private:
    struct Factor
    {
        QString name;
        QString math;
        QColor color;
        Qt::BrushStyle pattern;
        double (unrolled::GradientPath::*of)(int t) const;
    };
    struct Layout
    {
        TimeAxis time;
        QRectF labels; ///< of the time steps
        QRectF sentence;
        std::vector<QRectF> names;
        std::vector<QRectF> bars;
        double low = -1; ///< the axis, in powers of ten
        double high = 0.3;
        double y(int row, double log) const;
    };
    const unrolled::GradientPath* path() const;
    const unrolled::GradientPath* ghost() const; ///< of the run without the changes; null where there is none
    std::vector<Factor> makeFactors() const;
    Layout layoutIn(const QRectF& body) const;
    static double logOf(const Factor& factor, const unrolled::GradientPath& of, int t);
    static QRectF barIn(const Layout& layout, int row, int t, double log);
    void paintRow(QPainter& painter, const Layout& layout, int row, const Factor& factor) const;
    /// Where the bars would end without the changes.
    void paintGhost(QPainter& painter, const Layout& layout, int row, const Factor& factor) const;

    const unrolled::Analyses* m_analyses = nullptr; ///< the frame's, where they fit
    std::vector<Factor> m_factors;
};

} // namespace ui
