#pragma once

#include "core/trace/spectrum_curve.h"
#include "ui/paint/complex_plane.h"

#include <QFont>

#include <memory>
#include <optional>
#include <vector>

namespace ui {

/// One matrix of a plot of singular values.
struct SingularSeries
{
    std::size_t matrix = 0; ///< of SpectrumCurve::matrices()
    QString letter;         ///< of its gate; empty where it is alone
    QColor color;
    PlaneMark mark = PlaneMark::Disc;
    Eigen::VectorXd now; ///< at the iteration on show, falling; empty while it is being computed
};

/// What a plot of singular values shows.
struct SingularData
{
    std::shared_ptr<const unrolled::SpectrumCurve> samples;
    /// Of the run without the user's changes, drawn behind; null where there is none.
    std::shared_ptr<const unrolled::SpectrumCurve> without;
    std::vector<SingularSeries> series;
    std::int64_t iteration = 0; ///< the one on show
    std::int64_t planned = 0;   ///< room is kept up to here
    double low = 0;             ///< log10 of what the scale reaches at least
    double high = 0;
};

/// Singular values of matrices over the iterations, on a logarithmic scale with a line at 1: of one matrix
/// all of them, of several the largest (solid) and the smallest (dashed). A function of sizes and data.
class SingularPlot
{
public:
    SingularPlot(SingularData data, const QRectF& room, const QFont& font);

    /// What the axes enclose; empty where there is no room.
    QRectF area() const { return m_area; }
    QPointF at(std::int64_t iteration, double sigma) const;
    std::int64_t iterationAt(double x) const;

    /// What stays while the iteration on show moves on: axes and curves.
    void paintCurves(QPainter& painter, const Palette& palette) const;
    /// Whether paintCurves() would paint the same.
    bool paintsCurvesOf(const SingularPlot& other) const;
    /// The iteration on show, its largest and smallest values, and the way there from the last sample.
    void paintNow(QPainter& painter, const Palette& palette) const;

    /// The numbers that go with it, a line for each matrix; all in few words where one has no room for more,
    /// or they are to be `brief`.
    void paintFacts(QPainter& painter, const QRectF& place, const QFont& font, const Palette& palette,
                    bool brief = false) const;
    /// What paintFacts() needs to tell them in full.
    double factsWidth(const QFont& font) const;

    /// A value that is drawn.
    struct Value
    {
        std::size_t series = 0;
        Eigen::Index k = 0; ///< from 0
        std::int64_t iteration = 0;
        double sigma = 0;
    };
    /// The one next to a pixel inside the area; nothing outside, or where nothing is drawn.
    std::optional<Value> nearest(const QPointF& pixel) const;
    const SingularData& data() const { return m_data; }
    double low() const { return m_low; } ///< log10 at the foot
    double high() const { return m_high; }

private:
    bool drawn(Eigen::Index k, Eigen::Index count) const;
    QPen penOf(const SingularSeries& series, Eigen::Index k, Eigen::Index count,
               const Palette& palette) const;
    const unrolled::RecurrentMatrix& matrixOf(const SingularSeries& series) const;
    QString fact(const SingularSeries& series, bool brief) const;
    void findScale();
    void paintAxes(QPainter& painter, const Palette& palette) const;
    void paintCurve(QPainter& painter, const unrolled::SpectrumCurve& of,
                    const unrolled::RecurrentMatrix& matrix, Eigen::Index k) const;
    /// The largest and the smallest values without the changes: paler, dotted.
    void paintWithout(QPainter& painter, const Palette& palette) const;
    void paintMarks(QPainter& painter) const;
    void paintLetters(QPainter& painter, const Palette& palette) const;
    /// Exponents and first digits of the marks of the scale.
    std::vector<double> marks() const;

    SingularData m_data;
    QFont m_font;
    QRectF m_area;
    double m_low = -1; ///< log10 at the foot
    double m_high = 1;
    std::int64_t m_last = 1; ///< iteration at the right end
    bool m_below = false;    ///< something lies under the floor, and is drawn on it
};

} // namespace ui
