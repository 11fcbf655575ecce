#include "ui/panels/header_bar.h"

#include "ui/actions.h"
#include "ui/panels/buttons.h"
#include "ui/session/experiment_edit.h"

#include <QAction>
#include <QActionGroup>
#include <QHBoxLayout>
#include <QMenu>

namespace ui {

using namespace unrolled;

HeaderBar::HeaderBar(const Actions& actions, QMenu* experiments, QWidget* parent)
    : QWidget(parent), m_name(new FlatButton(QString(), this)),
      m_cell(new ChoiceRow(ChoiceRow::Look::Segments, this))
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(10, 6, 12, 6);
    layout->setSpacing(6);
    m_name->setStrong(true);
    m_name->setChevron(true);
    m_name->setToolTip(tr("The experiment: choose another one"));
    QFont larger = font();
    larger.setPointSizeF(larger.pointSizeF() * 1.15);
    m_name->setFont(larger);
    connect(m_name, &QAbstractButton::clicked, this, [this, experiments] {
        experiments->popup(m_name->mapToGlobal(QPoint(0, m_name->height() + 2)));
    });
    layout->addWidget(m_name);
    layout->addSpacing(8);
    m_cell->setAccessibleName(tr("Cell"));
    for (const CellKind kind : {CellKind::Rnn, CellKind::Gru, CellKind::Lstm}) {
        const QString name = QString::fromUtf8(title(kind));
        m_cell->addChoice(name, tr("%1 cell").arg(name))
            ->setToolTip(
                tr("Train the same task with %1 cells, from new weights (undo brings the old run back)")
                    .arg(name));
    }
    connect(m_cell, &ChoiceRow::chosen, this,
            [this](int index) { emit cellChosen(static_cast<CellKind>(index)); });
    layout->addWidget(m_cell);
    layout->addSpacing(8);
    m_units =
        chip(QStringLiteral("hidden"), tr("Hidden units of each layer: change them in the panel Experiment"));
    m_activation =
        chip(QStringLiteral("activation"), tr("The cell's nonlinearity: change it in the panel Experiment"));
    m_optimizer =
        chip(QStringLiteral("learning_rate"),
             tr("Optimizer and learning rate at this iteration: change them in the panel Experiment"));
    m_seed = chip(QStringLiteral("seed"), tr("The seed decides the initial weights and the data"));
    for (FlatButton* button : {m_units, m_activation, m_optimizer, m_seed})
        layout->addWidget(button);
    auto* dice = new FlatButton(QString(), this);
    dice->setLeadingIcon(Icon::Seed);
    dice->setToolTip(actions.newSeed->toolTip());
    dice->setAccessibleName(tr("New seed"));
    connect(dice, &QAbstractButton::clicked, actions.newSeed, &QAction::trigger);
    layout->addWidget(dice);
    m_more = new FlatButton(tr("All settings…"), this);
    m_more->setLink(true);
    m_more->setLeadingIcon(Icon::Settings);
    m_more->setCheckable(true);
    m_more->setToolTip(actions.settings->toolTip());
    m_more->setAccessibleName(tr("All settings"));
    connect(m_more, &QAbstractButton::toggled, actions.settings, &QAction::setChecked);
    connect(m_more, &QAbstractButton::clicked, this, [this](bool open) {
        if (open && m_more->hasFocus()) // by keyboard
            emit settingPressed(QStringLiteral("learning_rate"));
    });
    connect(actions.settings, &QAction::toggled, m_more, &QAbstractButton::setChecked);
    layout->addWidget(m_more);
    layout->addStretch(1);
    auto* arrangements = new ChoiceRow(ChoiceRow::Look::Tabs, this);
    arrangements->setAccessibleName(tr("Arrangement of the window"));
    const QList<QAction*> all = actions.arrangement->actions();
    for (const QAction* action : all) {
        const QString name = action->property("short").toString();
        arrangements->addChoice(name, name)->setToolTip(action->toolTip());
        connect(action, &QAction::toggled, arrangements, [arrangements, all, action](bool on) {
            if (on)
                arrangements->setCurrent(static_cast<int>(all.indexOf(action)));
        });
    }
    connect(arrangements, &ChoiceRow::chosen, this, [all](int index) { all.at(index)->trigger(); });
    layout->addWidget(arrangements);
}

FlatButton* HeaderBar::chip(const QString& field, const QString& tip)
{
    auto* button = new FlatButton(QString(), this);
    button->setToolTip(tip);
    connect(button, &QAbstractButton::clicked, this, [this, field] { emit settingPressed(field); });
    return button;
}

void HeaderBar::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fit();
}

void HeaderBar::fit()
{
    const auto tooWide = [this] { return layout()->sizeHint().width() > width(); };
    m_more->setText(tr("All settings…"));
    m_seed->show();
    if (tooWide())
        m_more->setText({});
    if (tooWide())
        m_seed->hide();
}

void HeaderBar::show(const Experiment& experiment, std::int64_t iteration, const QString& name, bool modified)
{
    const auto put = [](FlatButton* button, const QString& text, const QString& said) {
        if (button->text() != text) {
            button->setText(text);
            button->updateGeometry();
        }
        button->setAccessibleName(said);
    };
    put(m_name, modified ? name + QStringLiteral(" *") : name, tr("Experiment %1").arg(name));
    m_cell->setCurrent(static_cast<int>(experiment.model.cell.kind));
    QStringList sizes;
    for (const int size : experiment.model.hidden)
        sizes << QString::number(size);
    const QString units = sizes.size() == 1 && experiment.model.hidden.front() == 1
                              ? tr("1 unit")
                              : tr("%1 units").arg(sizes.join(QStringLiteral(" + ")));
    put(m_units, units, tr("Hidden size: %1").arg(units));
    const CellSpec& cell = experiment.model.cell;
    m_activation->setVisible(cell.kind != CellKind::Lstm);
    if (cell.kind == CellKind::Gru) {
        const QString reset = cell.gruReset == GruReset::After ? tr("reset after") : tr("reset before");
        put(m_activation, reset, tr("Reset gate: %1").arg(reset));
    } else {
        const std::string_view id = unrolled::name(cell.activation);
        const QString activation = QString::fromUtf8(id);
        put(m_activation, activation, tr("Activation: %1").arg(activation));
    }
    const TrainingSettings now = settingsAt(experiment, iteration);
    const QString optimizer =
        QStringLiteral("%1 %2").arg(optimizerTitle(now.optimizer), settingNumber(now.learningRate));
    put(m_optimizer, optimizer, tr("Optimizer and learning rate: %1").arg(optimizer));
    const QString seed = tr("seed %1").arg(experiment.seed);
    put(m_seed, seed, seed);
    fit();
}

} // namespace ui
