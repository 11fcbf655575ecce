#include "ui/panels/intervention_dialog.h"

#include "ui/paint/number_format.h"
#include "ui/panels/form.h"
#include "ui/session/intervention_edit.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>

#include <algorithm>
#include <cmath>
#include <functional>

namespace ui {

using unrolled::Intervention;
using unrolled::InterventionKind;

namespace {

constexpr int lastIteration = 1'000'000'000;

/// What numbers a change takes.
struct NumberRange
{
    std::function<bool(double)> allowed;
    QString expected;
};

NumberRange rangeOf(const Intervention& change)
{
    const auto any = [](double v) { return std::isfinite(v); };
    const auto notNegative = [](double v) { return v >= 0; };
    switch (change.kind) {
    case InterventionKind::Radius:
        return {notNegative, InterventionDialog::tr("a number, 0 or more")};
    case InterventionKind::Setting:
        if (change.set == "training.learning_rate")
            return {[](double v) { return v > 0; }, InterventionDialog::tr("a number above 0")};
        return {notNegative, InterventionDialog::tr("0 (off) or a number above 0")};
    case InterventionKind::Clamp:
        // Gates are shares, but for the candidate g (n) and the state of a simple RNN.
        if (change.set != "h" && change.set != "g" && change.set != "n")
            return {[](double v) { return v >= 0 && v <= 1; },
                    InterventionDialog::tr("a number from 0 to 1")};
        break;
    default:
        break;
    }
    return {any, InterventionDialog::tr("a number")};
}

QString numberName(const Intervention& change)
{
    switch (change.kind) {
    case InterventionKind::Radius:
        return InterventionDialog::tr("Spectral radius");
    case InterventionKind::Setting:
        return change.set == "training.learning_rate" ? InterventionDialog::tr("Learning rate")
                                                      : InterventionDialog::tr("Largest norm (0: off)");
    default:
        return InterventionDialog::tr("Value");
    }
}

/// The thing without its units and steps, which have rows of their own.
QString titleOf(Intervention change, unrolled::CellKind cell)
{
    change.units.clear();
    change.steps.clear();
    return changeText(change, cell, false);
}

} // namespace

InterventionDialog::InterventionDialog(const Intervention& change, const unrolled::Experiment& experiment,
                                       std::int64_t frontier, QWidget* parent)
    : QDialog(parent), m_change(change), m_problem(new ProblemLabel(this)), m_last(new QSpinBox(this))
{
    const QString name = titleOf(change, experiment.model.cell.kind);
    setWindowTitle(name);
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(20, 16, 20, 14);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(8);
    int line = 0;
    const auto row = [&](const QString& text, QWidget* field) {
        auto* label = new QLabel(text, this);
        label->setBuddy(field);
        field->setAccessibleName(text);
        grid->addWidget(label, line, 0);
        grid->addWidget(field, line++, 1);
        return label;
    };
    auto* title = new QLabel(name, this);
    QFont bold = title->font();
    bold.setWeight(QFont::DemiBold);
    title->setFont(bold);
    grid->addWidget(title, line++, 0, 1, 2);

    const NumberRange range = rangeOf(change);
    m_number = new NumberEdit(range.allowed, range.expected, this);
    if (change.kind == InterventionKind::Setting)
        m_number->setValue(std::get<double>(change.value));
    else
        m_number->setComputed(std::get<double>(change.value));
    row(numberName(change), m_number);
    grid->addWidget(m_problem, line++, 1);
    connect(m_number, &NumberEdit::problemChanged, m_problem, &ProblemLabel::setProblem);

    const auto choice = [this](const QString& all, const QString& one) {
        auto* box = new QComboBox(this);
        box->addItems({all, one});
        box->setCurrentIndex(1); // as it was pointed at
        return box;
    };
    if (!change.units.empty()) {
        m_units = choice(tr("all units"), tr("unit %1 only").arg(change.units.front() + 1));
        row(tr("Units"), m_units);
    }
    if (!change.steps.empty()) {
        m_steps = choice(tr("all time steps"), tr("time step %1 only").arg(change.steps.front()));
        row(tr("Time steps"), m_steps);
    }

    const bool weight = change.kind == InterventionKind::Weight || change.kind == InterventionKind::Radius;
    const QString from = count(change.iteration);
    m_time = new QComboBox(this);
    if (weight) {
        m_time->addItem(tr("once, at iteration %1: training goes on from there").arg(from),
                        static_cast<int>(Time::On));
    } else {
        m_time->addItem(tr("from iteration %1 on").arg(from), static_cast<int>(Time::On));
        m_time->addItem(tr("in iteration %1 only").arg(from), static_cast<int>(Time::Only));
    }
    m_time->addItem(
        (weight ? tr("held from iteration %1 up to another one") : tr("from iteration %1 up to another one"))
            .arg(from),
        static_cast<int>(Time::UpTo));
    m_last->setRange(static_cast<int>(std::min<std::int64_t>(change.iteration, lastIteration)),
                     lastIteration);
    m_last->setValue(static_cast<int>(
        std::clamp<std::int64_t>(experiment.training.iterations, change.iteration, lastIteration)));
    row(tr("When"), m_time);
    QLabel* last = row(tr("Last iteration"), m_last);
    const auto showLast = [this, last] {
        const bool upTo = m_time->currentData().toInt() == static_cast<int>(Time::UpTo);
        last->setVisible(upTo);
        m_last->setVisible(upTo);
    };
    connect(m_time, &QComboBox::currentIndexChanged, this, showLast);
    showLast();

    if (const QString cost = trainedAnewText(change.iteration, frontier); !cost.isEmpty()) {
        QLabel* note = noteLabel(this);
        note->setText(cost);
        grid->addWidget(note, line++, 0, 1, 2);
    }

    auto* buttons = new QDialogButtonBox(this);
    QPushButton* apply = buttons->addButton(tr("Apply"), QDialogButtonBox::AcceptRole);
    QPushButton* cancel = buttons->addButton(tr("Cancel"), QDialogButtonBox::RejectRole);
    cancel->setAutoDefault(false);
    apply->setDefault(true);
    connect(buttons, &QDialogButtonBox::accepted, this, &InterventionDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    grid->setRowMinimumHeight(line++, 4);
    grid->addWidget(buttons, line, 0, 1, 2);
    grid->setColumnMinimumWidth(1, 240);
    layout()->setSizeConstraint(QLayout::SetFixedSize);
    m_number->setFocus();
    m_number->selectAll();
}

Intervention InterventionDialog::change() const
{
    Intervention change = m_change;
    change.value = m_number->value();
    if (m_units && m_units->currentIndex() == 0)
        change.units.clear();
    if (m_steps && m_steps->currentIndex() == 0)
        change.steps.clear();
    switch (static_cast<Time>(m_time->currentData().toInt())) {
    case Time::On:
        change.until = Intervention::noEnd;
        break;
    case Time::Only:
        change.until = change.iteration + 1;
        break;
    case Time::UpTo:
        change.until = static_cast<std::int64_t>(m_last->value()) + 1;
        break;
    }
    return change;
}

/// Stays open on a number that is wrong; what is wrong stands under it.
void InterventionDialog::accept()
{
    m_number->clearFocus(); // ends the typing, which checks the number
    if (m_number->isRight())
        return QDialog::accept();
    m_number->setFocus();
    m_number->selectAll();
}

} // namespace ui
