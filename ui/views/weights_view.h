#pragma once

#include "core/gradients/matrix_spectrum.h"
#include "ui/paint/singular_plot.h"
#include "ui/paint/weight_block.h"
#include "ui/paint/weight_geometry.h"
#include "ui/views/pane_view.h"

#include <QPixmap>
#include <QThreadPool>
#include <QTimer>

#include <optional>
#include <string>
#include <vector>

class QComboBox;

namespace ui {

/// One parameter of the network as heat maps: its value in this iteration, its gradient ∂L/∂W (raw, of the
/// whole batch), and the update ΔW that follows, over the same rows and columns. What the iteration has not
/// come to yet is blank. Of recurrent matrices the eigenvalues stand beside them in the complex plane, with
/// those of iteration 0 as hollow marks; or, in place of gradient and update, the singular values over the
/// iterations. Each map has a symmetric range of 1, 2 or 5 times a power of ten, that of the whole parameter.
class WeightsView : public PaneView
{
    Q_OBJECT
public:
    explicit WeightsView(QWidget* parent = nullptr);

    QString title() const override;
    QString describe() const override;
    QSize sizeHint() const override { return {340, 230}; }
    void paintTo(QPainter& painter, const QSize& size) override;

    std::vector<unrolled::Intervention> changesAt(const QPoint& place) const override;
    std::vector<unrolled::Intervention> changesAtCursor() const override;
    int modelAt(const QPoint& place) const override;
    QPoint cursorPlace() const override;

    /// Shows a parameter by its name ("rnn.weight_hh_l0"), and one gate of it, from 0, or all (-1).
    void choose(const std::string& parameter, int gate = -1);
    /// What is on show; nothing where the frame is empty.
    std::optional<WeightBlock> block() const;
    /// The matrices side by side.
    enum Map { Value, Gradient, Update };
    static constexpr int mapCount = 3;

    /// Where everything is at present; for tests.
    WeightLayout layout() const;
    /// What stands under the pointer, with every digit.
    QString textAt(const QPointF& pixel) const;
    /// The eigenvalues on show, one spectrum a gate; empty while they are being computed.
    std::vector<unrolled::MatrixSpectrum> spectra() const;
    ComplexPlane plane() const;
    /// Shows the singular values over the iterations where else the eigenvalues stand.
    void showSingularValues(bool singular);
    bool showsSingularValues() const { return m_singular; }
    /// Their plot, of recurrent weights; for tests.
    std::optional<SingularPlot> singularPlot() const;

protected:
    std::unique_ptr<View> another() const override { return std::make_unique<WeightsView>(); }
    void standAs(const View& other) override;
    QString caption() const override;
    QString mathCaption() const override;
    QString remark() const override;
    QString printedRemark() const override;
    void paintBody(QPainter& painter, const QRectF& body) override;
    void frameChanged() override;
    void bodyChanged(const QRect& body) override;
    void restyle() override;

    bool ownsKey(const QKeyEvent& key) const override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    /// The numbers of a map: a matrix, or the difference of two.
    struct Entries
    {
        const Eigen::MatrixXd* matrix;
        const Eigen::MatrixXd* less;
        int firstRow;
        double operator()(int row, int column) const
        {
            row += firstRow;
            return less ? (*matrix)(row, column) - (*less)(row, column) : (*matrix)(row, column);
        }
    };
    /// Of the numbers that share a cell, the one of largest magnitude.
    struct Entry
    {
        double value = 0;
        int row = 0;
        int column = 0;
    };
    /// A square matrix of a trace: which one, and the first row of it.
    struct SpectrumKey
    {
        unrolled::TracePtr trace;
        const Eigen::MatrixXd* matrix = nullptr;
        int firstRow = 0;
        bool operator==(const SpectrumKey&) const = default;
    };
    struct KnownSpectrum
    {
        SpectrumKey key;
        unrolled::MatrixSpectrum spectrum;
    };

    const Lane& lane() const;
    static const unrolled::ParameterTrace* parameterOf(const unrolled::IterationTrace& trace,
                                                       const std::string& name);
    void fillChoosers();
    bool computed(Map map) const;
    Entries entriesOf(Map map, const WeightBlock& block) const;
    double rangeOf(Map map, const unrolled::ParameterTrace& parameter) const;
    static Entry largestIn(const Entries& entries, const HeatBlock& place, int column, int row);

    WeightLayout layoutIn(const QRectF& area, const WeightBlock& block) const;
    QString entryText(const WeightBlock& block, const HeatBlock& place, const HeatPlace& at) const;
    // Changes of the run: weights_changes.cpp
    /// A weight and its matrix, as they can be changed; without a cell only the matrix.
    std::vector<unrolled::Intervention> changesOf(const WeightBlock& block, const HeatPlace& at) const;
    /// What the user made of a weight, from 0, or null.
    const unrolled::Intervention* changeOn(const WeightBlock& block, int row, int column) const;
    void paintChanges(QPainter& painter, const WeightBlock& block, const HeatBlock& place) const;
    QString eigenvalueText(const QPointF& pixel) const;
    void showCursorText();

    // Painting: weights_painting.cpp
    QString mapSymbol(Map map, const WeightBlock& block) const;
    void paintMap(QPainter& painter, const Entries& entries, const HeatBlock& place, double range,
                  bool numbers) const;
    void paintBlank(QPainter& painter, const HeatBlock& place) const;
    void paintGateBorders(QPainter& painter, const WeightBlock& block, const HeatBlock& place) const;
    void paintMapCaption(QPainter& painter, Map map, const WeightBlock& block, const HeatBlock& place,
                         double range, bool numbers) const;
    void paintMapLabels(QPainter& painter, const WeightBlock& block, const HeatBlock& place) const;
    void paintSpectrum(QPainter& painter, const WeightBlock& block, const WeightLayout& layout) const;
    void paintFacts(QPainter& painter, const WeightBlock& block, const QRectF& room,
                    const std::vector<unrolled::MatrixSpectrum>& now,
                    const std::vector<unrolled::MatrixSpectrum>& before) const;
    QColor gateColor(int gate, const WeightBlock& block) const;

    // Singular values over the iterations: weights_singular.cpp
    void addSpectrumSwitch();
    void placeSpectrumSwitch();
    SingularPlot singularPlotIn(const WeightBlock& block, const WeightLayout& layout) const;
    void paintSpectrumCaption(QPainter& painter, const WeightBlock& block, const WeightLayout& layout) const;
    void paintSingularValues(QPainter& painter, const WeightBlock& block, const WeightLayout& layout);
    QString singularText(const QPointF& pixel) const;
    QString describeSingularValues() const;

    // Eigenvalues: weights_spectra.cpp
    std::vector<SpectrumKey> keys(bool first) const;
    std::vector<unrolled::MatrixSpectrum> known(const std::vector<SpectrumKey>& keys) const;
    std::vector<SpectrumKey> missing() const;
    /// Small matrices at once, large ones on another thread when the position rests.
    void followSpectra();
    void startSpectra();
    void takeSpectra(const std::vector<KnownSpectrum>& found);
    void computeSpectra();
    /// A trace may be large: none is kept for eigenvalues that are not on show.
    void forgetSpectra();

    std::string m_parameter = "rnn.weight_hh_l0";
    int m_gate = -1;
    int m_lane = 0;
    std::size_t m_front = 0; ///< the lane in front, when m_lane was chosen
    HeatPlace m_hover;
    HeatPlace m_cursor;
    QComboBox* m_lanes;
    QComboBox* m_parameters;
    QComboBox* m_gates;
    QComboBox* m_spectrum; ///< what stands in the room of the plane
    bool m_singular = false;
    /// The curves as they were last painted on the screen.
    struct Painted
    {
        SingularPlot plot;
        QRect room;
        QColor background;
        QPixmap picture;
    };
    std::optional<Painted> m_painted;
    std::vector<KnownSpectrum> m_spectra;
    std::vector<SpectrumKey> m_now;                 ///< whose eigenvalues are on show
    std::vector<SpectrumKey> m_wanted;              ///< these and those of iteration 0
    std::vector<unrolled::MatrixSpectrum> m_former; ///< what was on show before, drawn faintly meanwhile
    QTimer m_rest;
    bool m_computing = false;
    QThreadPool m_pool; ///< last, so that nothing it runs outlives the rest
};

} // namespace ui
