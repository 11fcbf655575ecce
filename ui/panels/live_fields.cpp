#include "ui/panels/live_fields.h"

#include "ui/paint/number_format.h"
#include "ui/panels/buttons.h"
#include "ui/panels/form.h"
#include "ui/session/experiment_edit.h"
#include "ui/session/intervention_edit.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <cmath>

namespace ui {

using namespace unrolled;

namespace {

constexpr double mostIterations = 1e15; // as files have it

} // namespace

LiveFields::LiveFields(QWidget* parent)
    : QWidget(parent), m_rate(new NumberEdit([](double v) { return v > 0; }, tr("a number above 0"), this)),
      m_optimizer(new QComboBox(this)), m_momentum(new NumberEdit([](double v) { return v >= 0 && v < 1; },
                                                                  tr("a number from 0 to below 1"), this)),
      m_clip(new NumberEdit([](double v) { return v >= 0; }, tr("0 (off) or a number above 0"), this)),
      m_clipValue(new NumberEdit([](double v) { return v >= 0; }, tr("0 (off) or a number above 0"), this)),
      m_iterations(
          new NumberEdit([](double v) { return v >= 1 && v <= mostIterations && v == std::floor(v); },
                         tr("a whole number from 1 on"), this)),
      m_list(new QWidget(this)), m_listLayout(new QVBoxLayout(m_list))
{
    FormBuilder form(this);
    m_note = form.section(tr("While training"));
    m_note->show();
    form.row(tr("Learning rate"), m_rate, tr("How far each update moves the weights"));
    m_scheduled = noteLabel(this);
    form.wide(m_scheduled);
    for (int kind = 0; kind <= static_cast<int>(OptimizerKind::Adam); ++kind)
        m_optimizer->addItem(optimizerTitle(static_cast<OptimizerKind>(kind)));
    form.row(tr("Optimizer"), m_optimizer, tr("The rule that turns gradients into an update"));
    form.row(tr("Momentum"), m_momentum, tr("The share of the last update that is kept, from 0 to below 1"));
    form.row(tr("Clip norm (0: off)"), m_clip,
             tr("Where the joint norm of all gradients is larger, they are scaled down to it; 0: off"));
    form.row(
        tr("Clip value (0: off)"), m_clipValue,
        tr("Each entry of a gradient that is further from 0 is cut to this, before the norm is; 0: off"));
    form.row(tr("Iterations"), m_iterations, tr("Iterations planned: where “Train” stops"));
    m_listLayout->setContentsMargins(0, 4, 0, 0);
    m_listLayout->setSpacing(2);
    form.wide(m_list);

    connect(m_rate, &NumberEdit::valueEdited, this,
            [this](double v) { request("training.learning_rate", v); });
    connect(m_momentum, &NumberEdit::valueEdited, this,
            [this](double v) { request("training.momentum", v); });
    connect(m_clip, &NumberEdit::valueEdited, this, [this](double v) { request("training.clip_norm", v); });
    connect(m_clipValue, &NumberEdit::valueEdited, this,
            [this](double v) { request("training.clip_value", v); });
    connect(m_optimizer, &QComboBox::activated, this, [this](int index) {
        request("training.optimizer", std::string(unrolled::name(static_cast<OptimizerKind>(index))));
    });
    connect(m_iterations, &NumberEdit::valueEdited, this, [this](double value) {
        Experiment changed = m_experiment;
        changed.training.iterations = std::llround(value);
        emit changeRequested(changed, tr("Planned iterations"));
    });
}

void LiveFields::request(const std::string& path, const std::variant<double, std::string>& value)
{
    const Experiment changed = withTrainingChange(m_experiment, m_iteration, path, value);
    if (!(changed == m_experiment))
        emit changeRequested(changed, settingTitle(path));
}

void LiveFields::show(const Experiment& experiment, std::int64_t iteration, std::int64_t frontier)
{
    m_experiment = experiment;
    m_iteration = iteration;
    const TrainingSettings now = settingsAt(experiment, iteration);
    m_rate->setValue(now.learningRate);
    const double scheduled = learningRateAt(now, iteration);
    m_scheduled->setText(
        tr("The schedule makes it %1 at iteration %2.").arg(chosenNumber(scheduled), count(iteration)));
    m_scheduled->setVisible(scheduled != now.learningRate);
    m_optimizer->setCurrentIndex(static_cast<int>(now.optimizer));
    m_momentum->setValue(now.momentum);
    FormBuilder::setRowVisible(m_momentum, usesMomentum(now.optimizer));
    m_clip->setValue(now.clipNorm);
    m_clipValue->setValue(now.clipValue);
    m_iterations->setValue(static_cast<double>(experiment.training.iterations));
    QString note = iteration == 0 ? tr("Takes effect from the start.")
                                  : tr("Takes effect from iteration %1 on.").arg(count(iteration));
    if (frontier > iteration)
        note += QLatin1Char(' ') + trainedAnewText(iteration, frontier);
    if (m_note->text() != note)
        m_note->setText(note);
    if (m_listed != experiment.interventions || m_listLayout->isEmpty())
        showInterventions();
}

void LiveFields::showInterventions()
{
    m_listed = m_experiment.interventions;
    while (QLayoutItem* item = m_listLayout->takeAt(0)) {
        if (item->widget())
            item->widget()->deleteLater();
        delete item;
    }
    if (m_listed.empty()) {
        auto* hint = noteLabel(m_list);
        hint->setText(tr("No interventions: right-click in a picture."));
        hint->setToolTip(tr("Right-click a weight, a gate, a connection or a loss to change the run there"));
        m_listLayout->addWidget(hint);
    } else {
        m_listLayout->addWidget(new QLabel(tr("Interventions"), m_list));
    }
    for (std::size_t i = 0; i < m_listed.size(); ++i) {
        auto* row = new QWidget(m_list);
        auto* layout = new QHBoxLayout(row);
        layout->setContentsMargins(0, 0, 0, 0);
        const QString text = interventionText(m_listed[i], m_experiment.model.cell.kind);
        const std::int64_t iteration = m_listed[i].iteration;
        auto* go = new FlatButton(count(iteration), row);
        go->setLink(true);
        go->setToolTip(tr("Go to iteration %1").arg(count(iteration)));
        go->setAccessibleName(tr("Go to iteration %1: %2").arg(iteration).arg(text));
        connect(go, &QAbstractButton::clicked, this,
                [this, iteration] { emit iterationRequested(iteration); });
        layout->addWidget(go, 0, Qt::AlignTop);
        auto* label = noteLabel(row);
        label->setText(text);
        layout->addWidget(label, 1);
        auto* remove = new FlatButton(QString(), row);
        remove->setLeadingIcon(Icon::Close);
        remove->setToolTip(tr("Take this change out of the experiment"));
        remove->setAccessibleName(tr("Remove: %1").arg(text));
        connect(remove, &QAbstractButton::clicked, this, [this, i] {
            const QString undo = tr("Remove: %1").arg(changeText(m_listed[i], m_experiment.model.cell.kind));
            emit changeRequested(withoutIntervention(m_experiment, i), undo);
        });
        layout->addWidget(remove, 0, Qt::AlignTop);
        m_listLayout->addWidget(row);
    }
}

bool LiveFields::focusField(const QString& field)
{
    if (field == QLatin1String("interventions")) {
        if (auto* first = m_list->findChild<QAbstractButton*>())
            first->setFocus(Qt::OtherFocusReason);
        return !m_listed.empty();
    }
    if (field != QLatin1String("learning_rate"))
        return false;
    m_rate->setFocus(Qt::OtherFocusReason);
    m_rate->selectAll();
    return true;
}

} // namespace ui
