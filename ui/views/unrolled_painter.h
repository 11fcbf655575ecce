#pragma once

#include "ui/paint/palette.h"
#include "ui/paint/unrolled_geometry.h"
#include "ui/session/frame.h"
#include "ui/views/unrolled_progress.h"

#include <QCoreApplication>
#include <QFont>
#include <QString>

#include <vector>

class QPainter;

namespace ui {

/// |error| below which a number counts as right.
inline constexpr double answerTolerance = 0.04;

/// Draws an unrolled network. Lives for one picture.
class UnrolledPainter
{
    Q_DECLARE_TR_FUNCTIONS(ui::UnrolledPainter)

public:
    UnrolledPainter(QPainter& painter, const Frame& frame, const UnrolledGeometry& geometry,
                    const Palette& palette, const UnrolledHit& hover = {});

    void paint();

private:
    // unrolled_painter.cpp
    void paintLabels();
    void paintTotal();
    void paintJointNorm();
    void paintLegend();
    void paintPinnedLabels();
    void weightBand(const QRectF& first, double end, UnrolledHit::Item item, int layer);
    void paintBands();
    int lastOfBank(int t) const;
    void setFont(double pixels, bool bold = false);
    void text(const QRectF& rect, Qt::Alignment alignment, const QString& words, const QColor& color);
    void math(const QRectF& rect, Qt::Alignment alignment, const QString& formula, const QColor& color);
    void signedBar(const QRectF& track, double value, double range, double share);
    /// Where a bar would end without the user's interventions; nothing where that is where it ends.
    void ghostBar(const QRectF& bar, const QRectF& present);
    void ghostMark(const QRectF& step, double top);               ///< the same of a column of a strip
    QString symbol(int cls) const;                                ///< of the outputs
    QString inputSymbol(int cls) const;                           ///< "–" for the zero vector
    QString indexed(const QString& name, int t, int layer) const; ///< "h_1^{(2)}"
    double range(int layer, std::string_view channel) const;
    bool isPicked(int t) const { return m_frame.pickedLoss == 0 || m_frame.pickedLoss == t; } ///< its loss

    // unrolled_output_painter.cpp
    bool roomForWords() const;
    void paintLoss(int t);
    void paintSilenced(int t);
    void paintAnswer(int t);
    void paintClasses(int t);
    void paintNumbers(int t);
    void mark(const QPointF& centre, bool right, double size);

    // unrolled_step_painter.cpp
    void paintStep(int t);
    void paintCell(int t, int layer);
    void paintCellHeader(int t, int layer);
    void paintUnits(int t, int layer, std::string_view channel, const QRectF& rect);
    void paintUnitColours(const QRectF& rect, int t, int layer, std::string_view channel);
    void paintInput(int t);
    void paintOneHot(int t, const QRectF& rect);
    void paintInputNumbers(int t, const QRectF& rect);
    void paintGradient(int t, int layer);

    // unrolled_arrow_painter.cpp
    void paintArrows(int t);
    void paintInitialStates();
    QString initialName(int layer, bool cellState) const;
    QRectF initialNameRect(int layer, bool cellState) const;
    void paintInitialName(int layer, bool cellState);
    void paintRecurrence(int t, int layer);
    void paintCut(const QLineF& line, double share);
    void paintInputArrow(int t, int layer);
    void paintOutputArrow(int t);
    void paintChips(int t);
    void paintSharedChips();
    void paintTokens();
    void paintBackwardTokens(int t, const unrolled::Part& part);
    void paintChip(const QRectF& rect, unrolled::ParameterRole role, int layer, UnrolledHit::Item item,
                   int t);
    double atWork(int t, UnrolledHit::Item item, int layer) const;
    void paintForward(const QLineF& line, double share, bool now);
    QLineF backwardRecurrence(int t, int layer) const; ///< from h_t to h_{t-1}
    QLineF backwardOutput(int t) const;                ///< from y_t to h_t
    QLineF backwardInput(int t, int layer) const;      ///< from a layer to the one below

    // unrolled_strip_painter.cpp
    void paintStrips();
    void paintStripStates();
    void stripImage(int layer, std::string_view channel, bool cellState);
    void hatchNegative(int layer, std::string_view channel, bool cellState); ///< in pictures
    double stripType(int count, QString (UnrolledPainter::*symbolOf)(int) const);
    void paintStripLosses();
    void paintStripAnswers();
    void paintStripOutputs();
    void paintStripInputs();
    void paintStripGradients();
    void paintStripAxis();
    void paintStripCuts();
    void paintStripPosition();

    QPainter& m_painter;
    const Frame& m_frame;
    const unrolled::IterationTrace& m_trace;
    const unrolled::IterationTrace* m_ghost;
    const UnrolledGeometry& m_geometry;
    const Palette& m_palette;
    UnrolledProgress m_progress;
    UnrolledHit m_hover;
    double m_scale;
    bool m_vector;          ///< the device keeps shapes: no images where that can be
    bool m_hatched = false; ///< what is negative, in strips
    std::vector<double> m_hiddenRange, m_cellStateRange;
    double m_outputLow = 0;
    double m_outputHigh = 1;
};

} // namespace ui
