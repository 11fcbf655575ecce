#include "ui/panels/more_rows.h"

#include "ui/panels/buttons.h"
#include "ui/panels/form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QSpinBox>

#include <algorithm>
#include <cmath>

namespace ui {

using unrolled::Experiment;
using unrolled::Schedule;

namespace {

constexpr int furthestTruncation = 5000; // steps that are offered; an experiment may have more
constexpr double mostUpdates = 1e15;     // as files have it

bool isWhole(double value)
{
    return value == std::floor(value) && value <= mostUpdates;
}

/// Whether the sequences of a task go on where those before them ended.
bool dataGoOn(const Experiment& experiment)
{
    return experiment.task.id == "text" || experiment.task.id == "series";
}

bool usesAdagrad(const Experiment& experiment)
{
    const auto& list = experiment.interventions;
    return experiment.training.optimizer == unrolled::OptimizerKind::Adagrad ||
           std::any_of(list.begin(), list.end(), [](const unrolled::Intervention& each) {
               const auto* text = std::get_if<std::string>(&each.value);
               return text && *text == unrolled::name(unrolled::OptimizerKind::Adagrad);
           });
}

bool hasSchedule(const Experiment& experiment)
{
    return experiment.training.schedule != Schedule::Constant;
}

} // namespace

MoreRows::MoreRows(FormBuilder& form, QWidget* parent) : QObject(parent)
{
    const auto always = [](const Experiment&) { return true; };
    const auto row = [&](const QString& label, QWidget* field, const QString& tip, Asked used, Asked isSet) {
        form.row(label, field, tip);
        m_rows.push_back({field, std::move(used), std::move(isSet)});
    };
    const auto of = [](std::initializer_list<Schedule> kinds) {
        return [list = std::vector<Schedule>(kinds)](const Experiment& e) {
            return std::find(list.begin(), list.end(), e.training.schedule) != list.end();
        };
    };
    m_rows.reserve(10);
    m_schedule = new QComboBox(parent);
    m_schedule->addItems({tr("Constant"), tr("Step decay"), tr("Exponential decay"), tr("Cosine annealing")});
    row(tr("Rate schedule"), m_schedule, tr("How the learning rate goes down from update to update"), always,
        hasSchedule);
    m_period =
        new NumberEdit([](double v) { return v >= 1 && isWhole(v); }, tr("a whole number from 1 on"), parent);
    row(tr("Period"), m_period,
        tr("Step decay: updates from one step down to the next. Cosine annealing: updates on the way down to "
           "the lowest rate"),
        of({Schedule::Step, Schedule::Cosine}), hasSchedule);
    m_factor = new NumberEdit([](double v) { return v >= 0 && v <= 1; }, tr("a number from 0 to 1"), parent);
    row(tr("Decay factor γ"), m_factor,
        tr("The learning rate is multiplied by this: at each step down, or at each update (exponential "
           "decay)"),
        of({Schedule::Step, Schedule::Exponential}), hasSchedule);
    m_floor = new NumberEdit([](double v) { return v >= 0; }, tr("a number, 0 or more"), parent);
    row(tr("Lowest rate"), m_floor, tr("The learning rate that cosine annealing comes down to"),
        of({Schedule::Cosine}), hasSchedule);
    m_warmup = new NumberEdit([](double v) { return v >= 0 && isWhole(v); }, tr("a whole number, 0 or more"),
                              parent);
    row(tr("Warm-up"), m_warmup,
        tr("The learning rate grows in a straight line over this many first updates; 0: it is whole at once"),
        always, [](const Experiment& e) { return e.training.warmup > 0; });
    m_truncate = new QSpinBox(parent);
    m_truncate->setRange(0, furthestTruncation);
    m_truncate->setSpecialValueText(tr("never"));
    m_truncate->setPrefix(tr("every "));
    m_truncate->setSuffix(tr(" steps"));
    row(tr("Truncate BPTT"), m_truncate,
        tr("No gradient goes back over every so many time steps, counted from the first one; the forward "
           "pass "
           "stays whole"),
        always, [](const Experiment& e) { return e.training.truncate > 0; });
    m_carry = new QCheckBox(tr("to the next iteration"), parent);
    row(tr("Carry the state"), m_carry,
        tr("The last state of an iteration is the first one of the next; no gradient goes back through it. "
           "Keras calls it stateful"),
        dataGoOn, [](const Experiment& e) { return e.training.carryState; });
    m_teacher = new NumberEdit([](double v) { return v >= 0 && v <= 1; }, tr("a number from 0 to 1"), parent);
    row(
        tr("Teacher forcing"), m_teacher,
        tr("The share of time steps that read the right answer of the step before; the others read the "
           "network's own"),
        [](const Experiment& e) { return unrolled::readsItsOutputs(e.task); },
        [](const Experiment& e) { return e.training.teacherForcing != 1; });
    m_bias = new QCheckBox(tr("has a bias b_y"), parent);
    row(tr("Readout"), m_bias, tr("Whether y = W_hy h + b_y or y = W_hy h"), always,
        [](const Experiment& e) { return !e.model.readoutBias; });
    m_epsilon = new QCheckBox(tr("inside the root"), parent);
    row(tr("ε of Adagrad"), m_epsilon,
        tr("Divide by √(s + 10⁻⁸), as min-char-rnn does, instead of √s + 10⁻¹⁰, as PyTorch does"),
        usesAdagrad, [](const Experiment& e) { return e.training.epsilonInsideRoot; });
    m_button = new FlatButton(QString(), parent);
    m_button->setLink(true);
    form.wide(m_button);
    nameButton();

    connect(m_button, &QAbstractButton::clicked, this, [this] {
        setOpen(!m_open);
        emit opened(m_open);
    });
    connect(m_schedule, &QComboBox::currentIndexChanged, this, &MoreRows::changed);
    connect(m_truncate, &QSpinBox::valueChanged, this, &MoreRows::changed);
    for (QCheckBox* box : {m_carry, m_bias, m_epsilon})
        connect(box, &QCheckBox::toggled, this, &MoreRows::changed);
    for (NumberEdit* edit : {m_period, m_factor, m_floor, m_warmup, m_teacher}) {
        connect(edit, &QLineEdit::textChanged, this, &MoreRows::changed);
        connect(edit, &NumberEdit::problemChanged, this, &MoreRows::changed);
    }
}

void MoreRows::setOpen(bool open)
{
    m_open = open;
    nameButton();
    showRows(Experiment(m_draft));
}

void MoreRows::nameButton()
{
    m_button->setText(m_open ? tr("Less") : tr("More: rate schedule, truncation…"));
    m_button->setAccessibleName(m_button->text());
    m_button->setToolTip(m_open ? tr("Show only what is set to something else than the default")
                                : tr("Show the settings that are seldom touched, too"));
    m_button->setChevron(!m_open);
}

void MoreRows::show(const Experiment& experiment)
{
    m_run = experiment;
    const unrolled::TrainingSettings& training = experiment.training;
    m_schedule->setCurrentIndex(static_cast<int>(training.schedule));
    m_period->setValue(static_cast<double>(training.schedulePeriod));
    m_factor->setValue(training.scheduleFactor);
    m_floor->setValue(training.scheduleFloor);
    m_warmup->setValue(static_cast<double>(training.warmup));
    m_truncate->setMaximum(std::max(furthestTruncation, training.truncate));
    m_truncate->setValue(training.truncate);
    m_carry->setChecked(training.carryState);
    m_teacher->setValue(training.teacherForcing);
    m_bias->setChecked(experiment.model.readoutBias);
    m_epsilon->setChecked(training.epsilonInsideRoot);
}

void MoreRows::showRows(const Experiment& draft)
{
    m_draft = draft;
    for (const Row& row : m_rows) {
        const auto* number = qobject_cast<const NumberEdit*>(row.field);
        const bool shown = m_open || row.isSet(m_run) || row.isSet(draft);
        FormBuilder::setRowVisible(row.field, (row.used(draft) && shown) || (number && !number->isRight()));
    }
}

void MoreRows::read(Experiment& draft) const
{
    unrolled::TrainingSettings& training = draft.training;
    training.schedule = static_cast<Schedule>(m_schedule->currentIndex());
    training.schedulePeriod = std::llround(m_period->typed());
    training.scheduleFactor = m_factor->typed();
    training.scheduleFloor = m_floor->typed();
    training.warmup = std::llround(m_warmup->typed());
    training.truncate = m_truncate->value();
    training.carryState = dataGoOn(draft) && m_carry->isChecked();
    training.teacherForcing = unrolled::readsItsOutputs(draft.task) ? m_teacher->typed() : 1;
    draft.model.readoutBias = m_bias->isChecked();
    training.epsilonInsideRoot = m_epsilon->isChecked();
}

bool MoreRows::isRight() const
{
    return std::all_of(m_rows.begin(), m_rows.end(), [](const Row& row) {
        const auto* number = qobject_cast<const NumberEdit*>(row.field);
        return !number || number->isRight();
    });
}

} // namespace ui
