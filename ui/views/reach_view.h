#pragma once

#include "core/gradients/decay_fit.h"
#include "ui/views/norm_plot.h"

#include <memory>
#include <vector>

class QCPItemLine;
class QCPItemText;
class QComboBox;

namespace unrolled {
struct Analyses;
} // namespace unrolled

namespace ui {

class DecayTrail;

/// What arrives at each step of the loss that is picked (or of all of them), against what the norms of the
/// hops allow at most, and for an RNN the bound (γ·σ_max(W_hh))^lag. A line at ε, which can be chosen, shows
/// from which lag on the last loss (or the one that is picked) stays below it. The time axis is that of the
/// views above and below.
class ReachView : public NormPlot
{
    Q_OBJECT
public:
    explicit ReachView(QWidget* parent = nullptr);
    ~ReachView() override;

    QString title() const override;
    QString shortTitle() const override;
    QString describe() const override;
    unrolled::Wanted wanted() const override { return {true}; }
    QSize sizeHint() const override { return {900, 170}; }

    /// log10 of the curves, one number a step (NaN where a curve has none), by the legend's order; for tests.
    std::vector<std::vector<double>> curves() const;
    QString textAt(int t) const override;
    /// ε as a power of ten, −1 to −16.
    int epsilon() const { return m_epsilon; }
    std::vector<int> epsilons() const; ///< that can be chosen
    void setEpsilon(int exponent);     ///< one of these; others change nothing
    /// The lag from which on the loss that fades stays below ε; -1: it does not, or there is none.
    int crossing() const;
    /// The step at that lag as it is marked in the plot, 0 where it is not, and what is written at ε.
    int markedStep() const;
    QString mark() const;
    /// Where those words stand, and where a curve has its point at step t; for tests.
    QRectF markPlace() const;
    QPointF placeOf(int t, double log) const;
    /// How fast the loss that is picked (else the last one) fades on its way back, in words.
    QString rateWords() const; ///< empty where there is none
    QString decayWords() const;
    /// What lag the task asks for, and whether its answers are right; nothing where it asks for none.
    QString taskWords() const;

protected:
    std::unique_ptr<View> another() const override { return std::make_unique<ReachView>(); }
    bool showsLayer() const override { return true; }
    QString remark() const override;
    std::vector<LegendEntry> legend() const override;
    void rebuild(const QSize& size) override;
    void restyle() override;
    void frameChanged() override;

private:
    /// The loss of one step on its way back, norms by lag from 0; empty where there is none. Where it is the
    /// only one it has the size of L, as drawn.
    struct Fading
    {
        int s = 0;
        QString name;
        std::vector<unrolled::ScaledNumber> norms;
        unrolled::DecayFit fit = {};
    };
    struct Series
    {
        LegendEntry look;
        std::vector<unrolled::ScaledNumber> norms; ///< t from 1 at index t-1
        int last;                                  ///< step that has one
        int ghostOf = -1;                          ///< the series that it is the untouched one of; -1: none
    };
    std::vector<Series> makeSeries() const;
    /// What of it an axis is to show, t from 1 at index t-1; not a number where nothing is.
    std::vector<double> drawn(const Series& one) const;
    Fading makeFading() const;
    /// Puts the words at ε where they cover least; `axes` is the size of the axes' rectangle in pixels.
    void placeEpsilon(const QSizeF& axes);
    /// Points along all curves, in pixels of it.
    std::vector<QPointF> curvePoints(const QSizeF& axes) const;
    int start() const; ///< the last step that has a gradient

    std::vector<DecayTrail> m_trails;
    const unrolled::Analyses* m_analyses = nullptr; ///< the frame's, where they fit
    std::shared_ptr<const void> m_drawn;            ///< the analyses that the curves were made of
    int m_drawnLayer = -1;
    std::vector<Series> m_series; ///< made of m_analyses once, as the head alone asks for them several times
    Fading m_fading;
    int m_epsilon = -6;
    QComboBox* m_epsilons;
    QCPItemLine *m_limit, *m_drop; ///< at ε, and from it down at the lag
    QCPItemText *m_limitText, *m_floorText, *m_stepsText;
};

} // namespace ui
