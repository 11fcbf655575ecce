#pragma once

#include "ui/views/pane_view.h"

#include <vector>

class QCPAxis;
class QCPGraph;
class QCPLayer;

namespace ui {

/// One curve of the decay plot: a line within the axis, and marks for what lies outside.
class DecayTrail
{
public:
    /// How many steps the axis cannot show.
    struct Outside
    {
        int below = 0;
        int zero = 0;
        int above = 0;
        int broken = 0; ///< not a number

        void add(const Outside& other);
    };
    /// What stands at the floor, with the marks: "floor 10⁻¹⁶: ▼ 45 steps below it, ○ 1 step exactly 0", of
    /// several curves points. Marks that only `others` have are told without a number.
    static QString floorNote(const Outside& outside, bool several);
    static QString floorNote(const Outside& outside, bool several, const Outside& others);

    DecayTrail(QCPAxis* x, QCPAxis* y, QCPLayer* layer);

    void clear() const;
    /// Shows steps first…last (from 1) of the norms. A line that leaves the axis ends where it crosses its
    /// edge.
    Outside fill(const std::vector<double>& norms, int first, int last) const;
    /// What of the norms `ghost` is to be drawn beside `own`: where they differ so that it can be seen, and a
    /// step beyond, where the curves part. Elsewhere not a number.
    static std::vector<double> apart(std::vector<double> ghost, const std::vector<double>& own);
    /// One more point before the first.
    void extend(double t, double norm) const;
    /// `size` is that of marks; a lone dense curve has none, since there is no other to tell it from.
    void look(const LegendEntry& entry, const QColor& color, const QColor& background, double pixelsPerStep,
              double size, bool lone) const;
    /// Where marks of several curves outside the axis coincide, each gets its turn.
    static void interleave(const std::vector<DecayTrail>& trails, double pixelsPerStep, double size);

private:
    QCPGraph *m_line = nullptr, *m_marks = nullptr, *m_below = nullptr, *m_zero = nullptr, *m_above = nullptr;
};

} // namespace ui
