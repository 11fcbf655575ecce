#include "ui/session/intervention_edit.h"

#include "core/network/parameters.h"
#include "core/network/sequence_plan.h"
#include "core/training/interventions.h"
#include "ui/paint/number_format.h"
#include "ui/paint/symbol_text.h"
#include "ui/session/experiment_edit.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>

namespace ui {

using unrolled::Experiment;
using unrolled::Intervention;
using unrolled::InterventionKind;

namespace {

struct InterventionWords
{
    Q_DECLARE_TR_FUNCTIONS(ui::Interventions)
};

/// Whether two lists name something in common; an empty one names all.
bool meet(const std::vector<int>& a, const std::vector<int>& b)
{
    return a.empty() || b.empty() || std::find_first_of(a.begin(), a.end(), b.begin(), b.end()) != a.end();
}

bool sameThing(const Intervention& a, const Intervention& b)
{
    return a.kind == b.kind && a.set == b.set && a.layer == b.layer && a.row == b.row &&
           a.column == b.column && a.units == b.units && a.steps == b.steps;
}

bool changesWeights(const Intervention& each)
{
    return each.kind == InterventionKind::Weight || each.kind == InterventionKind::Radius;
}

bool holds(const Intervention& each, const Intervention& thing, std::int64_t iteration)
{
    return unrolled::inForce(each, iteration) && overlap(each, thing) &&
           !(changesWeights(each) && each.until == Intervention::noEnd);
}

void insert(std::vector<Intervention>& list, const Intervention& change)
{
    const auto place =
        std::upper_bound(list.begin(), list.end(), change.iteration,
                         [](std::int64_t at, const Intervention& each) { return at < each.iteration; });
    list.insert(place, change);
}

/// What a cut or a silence holds beside the thing.
std::vector<Intervention> restOf(const Intervention& each, const Intervention& thing, std::size_t layers)
{
    std::vector<Intervention> rest;
    if (each.kind != InterventionKind::Cut && each.kind != InterventionKind::Silence)
        return rest;
    Intervention others = each;
    std::erase_if(others.steps, [&](int step) { return meet({step}, thing.steps); });
    if (!others.steps.empty())
        rest.push_back(others);
    if (each.kind == InterventionKind::Cut && each.layer < 0 && thing.layer >= 0) {
        for (std::size_t layer = 0; layer < layers; ++layer) {
            Intervention other = each;
            other.layer = static_cast<int>(layer);
            std::erase_if(other.steps, [&](int step) { return !meet({step}, thing.steps); });
            if (other.layer != thing.layer)
                rest.push_back(other);
        }
    }
    return rest;
}

QString numbers(const std::vector<int>& list, int offset = 0)
{
    QStringList words;
    for (const int number : list)
        words << QString::number(number + offset);
    return words.join(QStringLiteral(", "));
}

QString layerWords(const Intervention& each)
{
    return each.layer < 0 ? QString() : InterventionWords::tr(" in layer %1").arg(each.layer + 1);
}

/// "h₂ → h₃"
QString connectionWords(const Intervention& each, unrolled::CellKind cell)
{
    QStringList words;
    for (const int step : each.steps)
        words << (cell == unrolled::CellKind::Lstm ? QStringLiteral("h%1, c%1 → h%2, c%2")
                                                   : QStringLiteral("h%1 → h%2"))
                     .arg(subscript(step), subscript(step + 1));
    return words.join(QStringLiteral(", ")) + layerWords(each);
}

QString lossWords(const Intervention& each)
{
    QStringList words;
    for (const int step : each.steps)
        words << QStringLiteral("L%1").arg(subscript(step));
    return words.join(QStringLiteral(", "));
}

/// "f, unit 2, at step 3"
QString gateWords(const Intervention& each)
{
    QString words = QString::fromStdString(each.set);
    if (!each.units.empty())
        words += InterventionWords::tr(" of unit %1").arg(numbers(each.units, 1));
    if (!each.steps.empty())
        words += InterventionWords::tr(" at step %1").arg(numbers(each.steps));
    return words + layerWords(each);
}

QString entryWords(const Intervention& each, unrolled::CellKind cell)
{
    const QString name = changedParameter(each.set, cell);
    const QString symbol = name.section(QLatin1Char(' '), 0, 0);
    return QStringLiteral("%1[%2,%3]").arg(symbol).arg(each.row + 1).arg(each.column + 1) +
           name.mid(symbol.size());
}

QString valueWords(const Intervention& each)
{
    if (const auto* text = std::get_if<std::string>(&each.value))
        return optimizerTitle(*text);
    const double number = std::get<double>(each.value);
    if (each.set.starts_with("training.clip_") && number == 0)
        return InterventionWords::tr("off");
    return settingNumber(number);
}

QString timeWords(const Intervention& each)
{
    if (each.until == Intervention::noEnd)
        return InterventionWords::tr("from iteration %1 on").arg(each.iteration);
    if (each.until == each.iteration + 1)
        return InterventionWords::tr("in iteration %1 only").arg(each.iteration);
    return InterventionWords::tr("from iteration %1 to %2").arg(each.iteration).arg(each.until - 1);
}

} // namespace

bool overlap(const Intervention& a, const Intervention& b)
{
    if (a.kind != b.kind || a.set != b.set)
        return false;
    if (a.kind == InterventionKind::Weight)
        return a.row == b.row && a.column == b.column;
    return (a.layer < 0 || b.layer < 0 || a.layer == b.layer) && meet(a.units, b.units) &&
           meet(a.steps, b.steps);
}

const Intervention* inForceOn(const std::vector<Intervention>& list, const Intervention& thing,
                              std::int64_t iteration)
{
    const auto found = std::find_if(list.rbegin(), list.rend(), [&](const Intervention& each) {
        return unrolled::inForce(each, iteration) && overlap(each, thing);
    });
    return found == list.rend() ? nullptr : &*found;
}

const Intervention* holding(const Experiment& experiment, const Intervention& thing, std::int64_t iteration)
{
    const auto& list = experiment.interventions;
    const auto found = std::find_if(list.rbegin(), list.rend(),
                                    [&](const Intervention& each) { return holds(each, thing, iteration); });
    return found == list.rend() ? nullptr : &*found;
}

Experiment withIntervention(const Experiment& experiment, const Intervention& change)
{
    if (change.kind == InterventionKind::Setting && change.until == Intervention::noEnd)
        return withTrainingIntervention(experiment, change.iteration, change.set, change.value);
    Experiment changed = changesWeights(change) ? withEnd(experiment, change, change.iteration) : experiment;
    std::erase_if(changed.interventions, [&](const Intervention& each) {
        return each.iteration == change.iteration && sameThing(each, change);
    });
    insert(changed.interventions, change);
    return changed;
}

Experiment withEnd(const Experiment& experiment, const Intervention& thing, std::int64_t iteration)
{
    Experiment changed = experiment;
    changed.interventions.clear();
    std::vector<Intervention> rest;
    for (Intervention each : experiment.interventions) {
        if (holds(each, thing, iteration)) {
            for (Intervention& other : restOf(each, thing, experiment.model.hidden.size())) {
                other.iteration = iteration;
                rest.push_back(other);
            }
            each.until = iteration;
        }
        if (each.until > each.iteration)
            changed.interventions.push_back(each);
    }
    for (const Intervention& each : rest)
        insert(changed.interventions, each);
    return changed;
}

Experiment withoutIntervention(const Experiment& experiment, std::size_t index)
{
    Experiment changed = experiment;
    if (index < changed.interventions.size())
        changed.interventions.erase(changed.interventions.begin() + static_cast<std::ptrdiff_t>(index));
    return changed;
}

QString changedParameter(const std::string& name, unrolled::CellKind cell)
{
    const QString whole = QString::fromStdString(name);
    const int layer = whole.section(QStringLiteral("_l"), -1).toInt();
    unrolled::ModelSettings model; // of the shape that the name tells
    model.cell.kind = cell;
    model.hidden.assign(static_cast<std::size_t>(layer) + 1, 1);
    const unrolled::ParameterLayout layout = unrolled::parameterLayout(model, 1, 1, true);
    const unrolled::ParameterBlock* block = layout.find(name);
    if (!block)
        return whole;
    QString title = plainSymbol(block->symbol);
    if (block->bank == unrolled::encoderBank)
        title += InterventionWords::tr(" of the encoder");
    if (layer > 0)
        title += InterventionWords::tr(" of layer %1").arg(layer + 1);
    return title;
}

QString changeText(const Intervention& change, unrolled::CellKind cell, bool withValue)
{
    const QString value = withValue ? InterventionWords::tr(" to %1").arg(valueWords(change)) : QString();
    switch (change.kind) {
    case InterventionKind::Setting:
        return InterventionWords::tr("Set %1").arg(settingTitle(change.set).toLower()) + value;
    case InterventionKind::Weight:
        return InterventionWords::tr("Set %1").arg(entryWords(change, cell)) + value;
    case InterventionKind::Radius:
        return InterventionWords::tr("Scale %1 to spectral radius").arg(changedParameter(change.set, cell)) +
               (withValue ? QStringLiteral(" ") + valueWords(change) : QString());
    case InterventionKind::Clamp:
        return InterventionWords::tr("Clamp %1").arg(gateWords(change)) + value;
    case InterventionKind::Cut:
        return InterventionWords::tr("Cut %1").arg(connectionWords(change, cell));
    case InterventionKind::Silence:
        return InterventionWords::tr("Silence %1").arg(lossWords(change));
    }
    return {};
}

QString interventionText(const Intervention& each, unrolled::CellKind cell)
{
    const QString value = valueWords(each);
    const QString time = timeWords(each);
    const QString once = InterventionWords::tr("at iteration %1").arg(each.iteration);
    switch (each.kind) {
    case InterventionKind::Setting:
        return QStringLiteral("%1 %2 %3").arg(settingTitle(each.set), value, time);
    case InterventionKind::Weight:
        return each.until == Intervention::noEnd
                   ? InterventionWords::tr("%1 set to %2 %3").arg(entryWords(each, cell), value, once)
                   : InterventionWords::tr("%1 held at %2 %3").arg(entryWords(each, cell), value, time);
    case InterventionKind::Radius:
        return InterventionWords::tr("%1 scaled to spectral radius %2 %3")
            .arg(changedParameter(each.set, cell), value, each.until == Intervention::noEnd ? once : time);
    case InterventionKind::Clamp:
        return InterventionWords::tr("%1 clamped to %2 %3").arg(gateWords(each), value, time);
    case InterventionKind::Cut:
        return InterventionWords::tr("%1 cut %2").arg(connectionWords(each, cell), time);
    case InterventionKind::Silence:
        return InterventionWords::tr("%1 silenced %2").arg(lossWords(each), time);
    }
    return {};
}

QString changesSoFar(const std::vector<Intervention>& list, unrolled::CellKind cell, std::int64_t iteration)
{
    constexpr int most = 3;
    QStringList words;
    for (const Intervention& each : list) {
        if (each.iteration <= iteration && iteration < each.until)
            words << interventionText(each, cell);
    }
    return words.size() > most ? InterventionWords::tr("%1 interventions so far").arg(words.size())
                               : words.join(QStringLiteral(", "));
}

QString trainedAnewText(std::int64_t iteration, std::int64_t frontier)
{
    if (frontier <= iteration)
        return {};
    return InterventionWords::tr("Iterations %1 to %2 will be trained anew.")
        .arg(count(iteration + 1), count(frontier));
}

} // namespace ui
