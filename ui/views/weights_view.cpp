#include "ui/views/weights_view.h"

#include "ui/paint/color_legend.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/session/intervention_edit.h"

#include <QComboBox>
#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QSignalBlocker>

#include <algorithm>
#include <cmath>

namespace ui {

using unrolled::IterationTrace;
using unrolled::ParameterTrace;

namespace {

/// Sets a list's entries where they changed, and the one that is chosen.
void fillChooser(QComboBox& list, const QStringList& entries, int current)
{
    const QSignalBlocker blocker(list);
    QStringList present;
    for (int i = 0; i < list.count(); ++i)
        present << list.itemText(i);
    if (present != entries) {
        list.clear();
        list.addItems(entries);
    }
    list.setCurrentIndex(current);
    list.setHidden(entries.size() < 2);
}

/// The first step that uses the weights of a bank: its backward tick is the last that adds to their gradient.
int firstStepOf(const IterationTrace& trace, std::string_view bank)
{
    for (int t = 1; t <= trace.steps(); ++t) {
        if (trace.bankAt(t) == bank)
            return t;
    }
    return 1;
}

QString withoutBraces(QString symbol)
{
    return symbol.remove(QLatin1Char('{')).remove(QLatin1Char('}'));
}

} // namespace

WeightsView::WeightsView(QWidget* parent)
    : PaneView(parent), m_lanes(new QComboBox(this)), m_parameters(new QComboBox(this)),
      m_gates(new QComboBox(this)), m_spectrum(new QComboBox(this))
{
    setAccessibleName(WeightsView::title());
    m_lanes->setObjectName(QStringLiteral("lanes"));
    m_lanes->setToolTip(tr("Of which model"));
    m_parameters->setObjectName(QStringLiteral("parameters"));
    m_parameters->setToolTip(tr("Which weights to show"));
    m_gates->setObjectName(QStringLiteral("gates"));
    m_gates->setToolTip(tr("Which gate's weights to show"));
    for (QComboBox* list : {m_lanes, m_parameters, m_gates}) {
        list->setAccessibleName(list->toolTip());
        list->setSizeAdjustPolicy(QComboBox::AdjustToContents);
        list->hide();
        addSwitch(list);
    }
    connect(m_lanes, &QComboBox::currentIndexChanged, this, [this](int index) {
        m_lane = index;
        choose(m_parameter, m_gate);
    });
    connect(m_parameters, &QComboBox::currentIndexChanged, this, [this](int index) {
        if (!frame().empty() && index >= 0)
            choose(lane().trace->parameters[static_cast<std::size_t>(index)].block.name, m_gate);
    });
    connect(m_gates, &QComboBox::currentIndexChanged, this,
            [this](int index) { choose(m_parameter, index - 1); });
    addSpectrumSwitch();
    m_rest.setSingleShot(true);
    connect(&m_rest, &QTimer::timeout, this, &WeightsView::startSpectra);
    m_pool.setMaxThreadCount(1);
}

QString WeightsView::title() const
{
    return tr("Weights");
}

void WeightsView::standAs(const View& other)
{
    const auto& like = static_cast<const WeightsView&>(other);
    m_front = like.m_front;
    m_lane = like.m_lane;
    m_spectra = like.m_spectra;
    m_singular = like.m_singular;
    choose(like.m_parameter, like.m_gate);
    PaneView::standAs(other);
}

const Lane& WeightsView::lane() const
{
    const auto index = static_cast<std::size_t>(m_lane);
    const std::vector<Lane>& lanes = frame().lanes;
    return index < lanes.size() && lanes[index].trace ? lanes[index] : lanes.front();
}

const ParameterTrace* WeightsView::parameterOf(const IterationTrace& trace, const std::string& name)
{
    for (const ParameterTrace& parameter : trace.parameters) {
        if (parameter.block.name == name)
            return &parameter;
    }
    return nullptr;
}

std::optional<WeightBlock> WeightsView::block() const
{
    if (frame().empty() || lane().trace->parameters.empty())
        return std::nullopt;
    const IterationTrace& trace = *lane().trace;
    const ParameterTrace* parameter = parameterOf(trace, m_parameter);
    if (!parameter) // the model chosen since then has no such weights
        parameter = trace.hasParameter(unrolled::ParameterRole::RecurrentWeight, 0)
                        ? &trace.parameter(unrolled::ParameterRole::RecurrentWeight, 0)
                        : &trace.parameters.front();
    return WeightBlock(trace, *parameter, m_gate);
}

void WeightsView::choose(const std::string& parameter, int gate)
{
    m_parameter = parameter;
    m_gate = gate;
    m_hover = m_cursor = {};
    m_former.clear();
    m_now.clear();
    frameChanged();
}

void WeightsView::fillChoosers()
{
    const std::optional<WeightBlock> shown = block();
    if (!shown)
        return;
    QStringList names;
    for (const Lane& each : frame().lanes)
        names << each.name;
    fillChooser(*m_lanes, names, static_cast<int>(&lane() - frame().lanes.data()));

    const IterationTrace& trace = shown->trace();
    QStringList parameters;
    int current = 0;
    for (const ParameterTrace& parameter : trace.parameters) {
        if (&parameter == &shown->parameter())
            current = static_cast<int>(parameters.size());
        parameters << parameterTitle(trace, parameter);
    }
    fillChooser(*m_parameters, parameters, current);

    QStringList gates;
    if (gatesOf(trace, shown->parameter()) > 1) {
        const WeightBlock whole(trace, shown->parameter(), -1);
        gates << tr("all gates");
        for (int gate = 0; gate < whole.gates(); ++gate)
            gates << tr("gate %1").arg(whole.gateLetter(gate));
    }
    fillChooser(*m_gates, gates,
                std::clamp<int>(m_gate + 1, 0, std::max(0, static_cast<int>(gates.size()) - 1)));
}

void WeightsView::frameChanged()
{
    if (frame().front != m_front) {
        m_front = frame().front;
        m_lane = static_cast<int>(m_front);
    }
    fillChoosers();
    if (isVisible())
        followSpectra();
    PaneView::frameChanged();
    placeSpectrumSwitch();
}

void WeightsView::showEvent(QShowEvent* event)
{
    PaneView::showEvent(event);
    followSpectra();
}

void WeightsView::paintTo(QPainter& painter, const QSize& size)
{
    // A picture waits for its eigenvalues.
    followSpectra();
    computeSpectra();
    PaneView::paintTo(painter, size);
}

bool WeightsView::computed(Map map) const
{
    const std::optional<WeightBlock> shown = block();
    if (!shown)
        return false;
    const unrolled::ParameterBlock& of = shown->parameter().block;
    switch (map) {
    case Value:
        break;
    case Gradient: {
        const int t = firstStepOf(shown->trace(), of.bank);
        // Lanes march in step, and may differ in layers.
        const int layers = static_cast<int>(frame().trace().layers.size());
        return of.layer < 0 ? outputGradientComputed(frame(), t)
                            : gradientPassedBack(frame(), t, std::min(of.layer, layers - 1));
    }
    case Update:
        return updateComputed(frame());
    }
    return true;
}

WeightsView::Entries WeightsView::entriesOf(Map map, const WeightBlock& block) const
{
    const ParameterTrace& parameter = block.parameter();
    switch (map) {
    case Value:
        break;
    case Gradient:
        return {&parameter.gradient, nullptr, block.firstRow()};
    case Update:
        return {&parameter.after, &parameter.before, block.firstRow()};
    }
    return {&parameter.before, nullptr, block.firstRow()};
}

double WeightsView::rangeOf(Map map, const ParameterTrace& parameter) const
{
    const WeightBlock whole(*lane().trace, parameter, -1);
    const Entries entries = entriesOf(map, whole);
    double largest = 0;
    for (int column = 0; column < whole.columns(); ++column) {
        for (int row = 0; row < whole.rows(); ++row) {
            const double magnitude = std::abs(entries(row, column));
            if (std::isfinite(magnitude))
                largest = std::max(largest, magnitude);
        }
    }
    static constexpr const char* names[] = {"value", "gradient", "update"};
    return roundedRange(inFilm(names[map], largest));
}

WeightsView::Entry WeightsView::largestIn(const Entries& entries, const HeatBlock& place, int column, int row)
{
    Entry entry;
    double largest = -1;
    for (int c = place.time.first(column); c <= place.time.last(column); ++c) {
        for (int r = place.unit.first(row); r <= place.unit.last(row); ++r) {
            const double value = entries(r, c);
            const double magnitude = std::isnan(value) ? HUGE_VAL : std::abs(value);
            if (magnitude > largest) {
                largest = magnitude;
                entry = {value, r, c};
            }
        }
    }
    return entry;
}

WeightLayout WeightsView::layoutIn(const QRectF& area, const WeightBlock& block) const
{
    const QFontMetricsF small(smallFont());
    const QFontMetricsF number(textFont(0.8));
    WeightMetrics metrics;
    metrics.lineHeight = std::ceil(small.height()) + 1;
    metrics.rowLabelWidth = 0;
    const int labels = block.gates() > 1 ? block.gates() : block.rows();
    for (int i = 0; i < labels; ++i) {
        const QString label = block.gates() > 1 ? block.gateLetter(i) : block.rowLabel(i);
        metrics.rowLabelWidth = std::max(metrics.rowLabelWidth, small.horizontalAdvance(label));
    }
    metrics.rowLabelWidth = std::ceil(metrics.rowLabelWidth) + 2;
    metrics.columnLabels = !block.columnLabel(0).isEmpty();
    metrics.numberWidth = std::max(34.0, number.horizontalAdvance(signedNumber(-0.88)) + 4);
    metrics.numberHeight = number.height() - 2;
    metrics.factsWidth = std::ceil(mathSize(smallFont(), QStringLiteral("σ_{max} = 0.888")).width()) + 10;
    metrics.factLines = block.gates() > 1 ? block.gates() + 1 : 3;
    // Curves over the iterations take the room of the gradient and the update.
    const int maps = m_singular && block.recurrent() ? 1 : mapCount;
    metrics.headAcross = maps == 1;
    return weightLayout(area.adjusted(8, 0, -10, -3), block.rows(), block.columns(), maps, block.recurrent(),
                        metrics);
}

WeightLayout WeightsView::layout() const
{
    const std::optional<WeightBlock> shown = block();
    return shown ? layoutIn(body(), *shown) : WeightLayout();
}

ComplexPlane WeightsView::plane() const
{
    double largest = 0;
    for (const bool first : {false, true}) {
        for (const unrolled::MatrixSpectrum& each : known(keys(first)))
            largest = std::max(largest, each.radius);
    }
    return {layout().plane, planeReach(inFilm("eigenvalues", largest))};
}

QString WeightsView::caption() const
{
    const std::optional<WeightBlock> shown = block();
    if (!shown)
        return PaneView::caption();
    QString name = parameterTitle(shown->trace(), shown->parameter());
    if (!shown->gateLetter(0).isEmpty() && shown->gates() == 1)
        name = tr("%1, gate %2").arg(name, shown->gateLetter(0));
    if (frame().lanes.size() > 1)
        name = tr("%1, %2").arg(lane().name, name);
    return tr("%1: %2, iteration %3").arg(title(), name, count(frame().position.iteration));
}

QString WeightsView::remark() const
{
    const std::optional<WeightBlock> shown = block();
    if (!shown)
        return {};
    const QString size = tr("%1 × %2").arg(shown->rows()).arg(shown->columns());
    const QRectF area = body().isEmpty() ? QRectF(0, 0, 340, 200) : QRectF(body());
    const WeightLayout at = layoutIn(area, *shown);
    const HeatBlock& first = at.maps.front();
    if (first.time.group == 1 && first.unit.group == 1)
        return size;
    return tr("%1 (largest of each %2 × %3)").arg(size).arg(first.unit.group).arg(first.time.group);
}

QString WeightsView::entryText(const WeightBlock& block, const HeatBlock& place, const HeatPlace& at) const
{
    const auto map = static_cast<Map>(at.block);
    const Entry entry =
        largestIn(entriesOf(computed(map) ? map : Value, block), place, at.timeCell, at.unitCell);
    const QString from = block.columnName(entry.column);
    const QString symbol = withoutBraces(block.symbol());
    QStringList lines;
    lines << (from.isEmpty() ? tr("%1[%2]: %3").arg(symbol).arg(entry.row + 1).arg(block.rowName(entry.row))
                             : tr("%1[%2,%3]: %4 from %5")
                                   .arg(symbol)
                                   .arg(entry.row + 1)
                                   .arg(entry.column + 1)
                                   .arg(block.rowName(entry.row), from));
    const QString names[] = {tr("value"), tr("gradient"), tr("update")};
    for (const Map each : {Value, Gradient, Update}) {
        QString number = tr("not computed yet");
        if (computed(each)) {
            number = exact(entriesOf(each, block)(entry.row, entry.column));
            if (each == Gradient && block.trace().clipped)
                number = tr("%1, clipped to %2")
                             .arg(number, exact(block.parameter().clippedGradient(
                                              entry.row + block.firstRow(), entry.column)));
        }
        lines << tr("%1: %2").arg(names[each], number);
    }
    if (const unrolled::Intervention* change = changeOn(block, entry.row, entry.column))
        lines << interventionText(*change, block.trace().cell.kind);
    const int values = (place.time.last(at.timeCell) - place.time.first(at.timeCell) + 1) *
                       (place.unit.last(at.unitCell) - place.unit.first(at.unitCell) + 1);
    if (values > 1)
        lines << tr("the largest %1 of %2 that share the cell").arg(names[map]).arg(values);
    return lines.join(QLatin1Char('\n'));
}

QString WeightsView::eigenvalueText(const QPointF& pixel) const
{
    const std::optional<WeightBlock> shown = block();
    if (!shown || !shown->recurrent())
        return {};
    const ComplexPlane at = plane();
    if (!at.square.adjusted(-8, -8, 8, 8).contains(pixel))
        return {};
    double nearest = 8; // px
    QString text;
    for (const bool first : {false, true}) {
        const std::vector<unrolled::MatrixSpectrum> all = known(keys(first));
        for (std::size_t gate = 0; gate < all.size(); ++gate) {
            for (const std::complex<double>& number : all[gate].eigenvalues) {
                const double distance =
                    std::hypot(at.at(number).x() - pixel.x(), at.at(number).y() - pixel.y());
                if (distance >= nearest)
                    continue;
                nearest = distance;
                QString value = signedNumber(number.real(), 4);
                if (number.imag() != 0)
                    value += (number.imag() < 0 ? QStringLiteral(" − ") : QStringLiteral(" + ")) +
                             plainNumber(std::abs(number.imag()), 4) + QLatin1Char('i');
                text = tr("eigenvalue λ = %1, |λ| = %2").arg(value, plainNumber(std::abs(number), 4));
                if (shown->gates() > 1)
                    text = tr("gate %1: %2").arg(shown->gateLetter(static_cast<int>(gate)), text);
                if (first)
                    text = tr("at iteration 0: %1").arg(text);
            }
        }
    }
    if (text.isEmpty())
        text = tr("Eigenvalues of %1. Outside the unit circle a linear recurrence grows from step to step, "
                  "inside it fades.")
                   .arg(withoutBraces(shown->symbol()));
    return text;
}

QString WeightsView::textAt(const QPointF& pixel) const
{
    const std::optional<WeightBlock> shown = block();
    if (!shown)
        return {};
    const WeightLayout at = layoutIn(body(), *shown);
    const HeatPlace place = placeAt(at, pixel);
    if (place.block < 0)
        return m_singular ? singularText(pixel) : eigenvalueText(pixel);
    return entryText(*shown, at.maps[static_cast<std::size_t>(place.block)], place);
}

QString WeightsView::describe() const
{
    const std::optional<WeightBlock> shown = block();
    if (!shown)
        return tr("%1: nothing computed yet.").arg(title());
    QStringList lines;
    lines << tr("%1: %2 rows, %3 columns.").arg(caption()).arg(shown->rows()).arg(shown->columns());
    const QString names[] = {tr("Values"), tr("Gradients"), tr("Updates")};
    for (const Map map : {Value, Gradient, Update}) {
        if (!computed(map)) {
            lines << tr("%1: not computed yet.").arg(names[map]);
            continue;
        }
        const Entries entries = entriesOf(map, *shown);
        double low = HUGE_VAL;
        double high = -HUGE_VAL;
        for (int column = 0; column < shown->columns(); ++column) {
            for (int row = 0; row < shown->rows(); ++row) {
                low = std::min(low, entries(row, column));
                high = std::max(high, entries(row, column));
            }
        }
        lines << tr("%1 between %2 and %3.").arg(names[map], norm(low), norm(high));
    }
    const std::vector<unrolled::MatrixSpectrum> all = spectra();
    for (std::size_t gate = 0; gate < all.size(); ++gate) {
        if (all[gate].empty())
            continue;
        const QString line = tr("Spectral radius %1, largest singular value %2.")
                                 .arg(norm(all[gate].radius), norm(all[gate].sigmaMax));
        lines << (shown->gates() > 1 ? tr("Gate %1: %2").arg(shown->gateLetter(static_cast<int>(gate)), line)
                                     : line);
    }
    if (m_singular && shown->recurrent())
        lines << describeSingularValues();
    return lines.join(QLatin1Char(' '));
}

bool WeightsView::ownsKey(const QKeyEvent& key) const
{
    return movesCursor(key, Qt::Horizontal | Qt::Vertical);
}

void WeightsView::mouseMoveEvent(QMouseEvent* event)
{
    m_hover = placeAt(layout(), event->position());
    showWords(event->globalPosition().toPoint() + QPoint(8, 8), textAt(event->position()));
    update();
}

void WeightsView::leaveEvent(QEvent* event)
{
    m_hover = {};
    update();
    PaneView::leaveEvent(event);
}

void WeightsView::keyPressEvent(QKeyEvent* event)
{
    const WeightLayout at = layout();
    if (at.maps.empty())
        return PaneView::keyPressEvent(event);
    const HeatBlock& place = at.maps.front();
    if (ownsKey(*event)) {
        if (m_cursor.block < 0) {
            m_cursor = {0, 0, 0};
        } else {
            m_cursor.timeCell += (event->key() == Qt::Key_Right) - (event->key() == Qt::Key_Left);
            m_cursor.unitCell += (event->key() == Qt::Key_Down) - (event->key() == Qt::Key_Up);
            m_cursor.timeCell = std::clamp(m_cursor.timeCell, 0, place.time.cells() - 1);
            m_cursor.unitCell = std::clamp(m_cursor.unitCell, 0, place.unit.cells() - 1);
        }
        showCursorText();
        update();
        return;
    }
    if (m_cursor.block >= 0 && event->key() == Qt::Key_Escape) {
        m_cursor = {};
        showWords({}, {});
        update();
        return;
    }
    PaneView::keyPressEvent(event);
}

void WeightsView::showCursorText()
{
    const std::optional<WeightBlock> shown = block();
    const WeightLayout at = layoutIn(body(), *shown);
    const HeatBlock& place = at.maps.front();
    const QString words = entryText(*shown, place, m_cursor);
    setAccessibleDescription(words);
    const QRectF cell = place.cell(m_cursor.timeCell, m_cursor.unitCell);
    showWords(mapToGlobal(cell.bottomRight().toPoint()), words);
}

} // namespace ui
