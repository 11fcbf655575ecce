#include "ui/paint/equation.h"
#include "ui/paint/loss_name.h"

#include "ui/paint/equation_parts.h"

#include <algorithm>

namespace ui {

using unrolled::PartKind;

namespace {

/// The equation of a stage of the cell (see CellMoment).
Equation ofStage(const unrolled::TracePtr& trace, const CellMoment& moment, int stage)
{
    const int count = static_cast<int>(unrolled::operations(trace->cell).size());
    if (!moment.backward)
        return stage < 0
                   ? detail::inputEquation(trace, moment.layer, moment.t)
                   : detail::forwardOperation(trace, moment.layer, moment.t, std::min(stage, count - 1));
    if (stage >= count)
        return detail::hiddenGradient(trace, moment.layer, moment.t);
    if (stage < 0)
        return detail::passBack(trace, moment.layer, moment.t);
    return detail::backwardOperation(trace, moment.layer, moment.t, stage);
}

} // namespace

namespace detail {

void appendSum(std::vector<EquationPiece>& pieces, const std::vector<double>& addends, int most)
{
    std::vector<double> shown = addends;
    double rest = 0;
    const bool cut = static_cast<int>(addends.size()) > most;
    if (cut) {
        std::stable_sort(shown.begin(), shown.end(),
                         [](double a, double b) { return std::abs(a) > std::abs(b); });
        for (std::size_t i = static_cast<std::size_t>(most) - 1; i < shown.size(); ++i)
            rest += shown[i];
        shown.resize(static_cast<std::size_t>(most) - 1);
    }
    for (std::size_t i = 0; i < shown.size(); ++i)
        pieces.push_back(i == 0 ? number(shown[i]) : addend(shown[i]));
    if (cut) {
        pieces.push_back(addend(rest));
        pieces.push_back({EquationPiece::Kind::Text, tr("(rest)"), 0});
    }
}

void tellClamps(Equation& equation, const unrolled::TracePtr& trace, int layer, int t,
                std::string_view channel, bool backward)
{
    if (trace->edits.clamps.empty())
        return;
    const auto clamp = [trace, layer, t, name = std::string(channel)](int unit) {
        return unrolled::clampAt(trace->edits, name, layer, unit, t);
    };
    equation.row = [clamp, bare = equation.row](int unit) {
        EquationRow row = bare(unit);
        if (clamp(unit)) {
            row.pieces = {{EquationPiece::Kind::Text, tr("clamped"), 0}};
            row.evaluate = nullptr;
            row.sum = false;
        }
        return row;
    };
    equation.note = [clamp, backward, bare = equation.note](int unit) {
        if (!clamp(unit))
            return bare ? bare(unit) : QString();
        return (backward ? tr("%1: the gate is clamped, so no gradient goes through it.")
                         : tr("%1: an intervention clamps the gate, whatever its inputs say."))
            .arg(unitAtStart(unit));
    };
    if (backward || !equation.terms)
        return;
    equation.terms = [clamp, bare = equation.terms](int unit) {
        TermTable table = bare(unit);
        if (clamp(unit))
            table.resultName.clear(); // the sum is all that these terms make
        return table;
    };
}

} // namespace detail

QString computationHtml(const Frame& frame, const CellMoment& moment, std::string_view channel, int unit)
{
    if (frame.empty())
        return {};
    const auto& operations = unrolled::operations(frame.trace().cell);
    for (std::size_t k = 0; k < operations.size(); ++k) {
        const std::string_view result = operations[k].result;
        if (channel != result && !(channel.starts_with("a_") && channel.substr(2) == result))
            continue;
        const Equation equation =
            detail::forwardOperation(frame.lane().trace, moment.layer, moment.t, static_cast<int>(k));
        if (unit < 0 || unit >= equation.rows)
            return {};
        return equation.terms ? termsHtml(equation.terms(unit)) : rowHtml(equation.row(unit), false);
    }
    return {};
}

namespace {

/// On the way back the gradients are those of the picked loss.
Equation ofPickedLoss(Equation equation, const Frame& frame)
{
    if (frame.pickedLoss == 0 || frame.phase() != unrolled::Phase::Backward)
        return equation;
    const int s = frame.pickedLoss;
    equation.symbols = withLossSymbol(std::move(equation.symbols), s);
    const auto named = [s](auto make, auto name) {
        return [=](int row) {
            auto made = make(row);
            name(made, s);
            return made;
        };
    };
    if (equation.row)
        equation.row = named(equation.row, [](EquationRow& row, int loss) {
            for (EquationPiece& piece : row.pieces)
                piece.text = withLossSymbol(std::move(piece.text), loss);
        });
    if (equation.note)
        equation.note =
            named(equation.note, [](QString& note, int loss) { note = withLossName(std::move(note), loss); });
    if (equation.terms)
        equation.terms = named(equation.terms, [](TermTable& table, int loss) {
            for (QString* text : {&table.title, &table.sumName, &table.resultName})
                *text = withLossSymbol(std::move(*text), loss);
        });
    return equation;
}

} // namespace

Equation equationOf(const Frame& frame, const CellMoment& moment)
{
    if (frame.empty())
        return {};
    const unrolled::TracePtr& trace = frame.lane().trace;
    const bool top = moment.layer + 1 == static_cast<int>(trace->layers.size());
    const PartKind kind = frame.part().kind;
    Equation equation;
    if (kind == PartKind::Loss && moment.follows)
        equation = detail::lossEquation(trace);
    else if (kind == PartKind::Clip)
        equation = detail::clipEquation(trace);
    else if (kind == PartKind::Update)
        equation = detail::updateEquation(trace, moment.layer);
    else if (moment.here && top && kind == PartKind::Probabilities)
        equation = detail::probabilitiesEquation(trace, moment.t);
    else if (moment.here && top && kind == PartKind::Logits)
        equation = frame.phase() == unrolled::Phase::Forward
                       ? detail::readoutEquation(trace, moment.t)
                       : detail::outputGradientEquation(trace, moment.t);
    else {
        const int count = static_cast<int>(unrolled::operations(trace->cell).size());
        const bool reached = moment.backward ? moment.done <= count : moment.done > CellMoment::nothing;
        const int stage = moment.lit != CellMoment::none ? moment.lit
                          : reached                      ? moment.done
                          : moment.backward              ? count
                                                         : 0;
        equation = ofStage(trace, moment, stage);
        equation.known = reached;
        return ofPickedLoss(std::move(equation), frame);
    }
    equation.known = true;
    return ofPickedLoss(std::move(equation), frame);
}

} // namespace ui
