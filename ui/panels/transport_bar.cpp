#include "ui/panels/transport_bar.h"

#include "ui/actions.h"
#include "ui/paint/style.h"
#include "ui/panels/buttons.h"

#include <QAction>
#include <QActionGroup>
#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>

namespace ui {

namespace {

/// Has a dot at its corner while breakpoints are set, as they are remembered between starts.
class TrainButton : public QPushButton
{
public:
    using QPushButton::QPushButton;

    void setBreakpoints(bool set)
    {
        m_breakpoints = set;
        update();
    }

protected:
    void paintEvent(QPaintEvent* event) override
    {
        QPushButton::paintEvent(event);
        if (!m_breakpoints)
            return;
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(paletteFor(palette()).wrong);
        painter.drawEllipse(QPointF(width() - 8.5, 8.5), 3.5, 3.5);
    }

private:
    bool m_breakpoints = false;
};

} // namespace

TransportBar::TransportBar(const Actions& actions, QWidget* parent)
    : QWidget(parent), m_play(new RoundButton(Icon::Play, actions.playPause, true, this)),
      m_train(new TrainButton(this))
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(new RoundButton(Icon::Reset, actions.reset, false, this));
    layout->addWidget(new RoundButton(Icon::StepBack, actions.stepBack, false, this));
    layout->addWidget(m_play);
    layout->addWidget(new RoundButton(Icon::StepForward, actions.stepForward, false, this));
    layout->addSpacing(4);

    auto* settings = new QGridLayout;
    settings->setSpacing(4);
    settings->addWidget(comboOf(actions.stepSize, tr("Step size")), 0, 0);
    settings->addWidget(comboOf(actions.speed, tr("Speed")), 1, 0);
    layout->addLayout(settings);

    m_train->setFocusPolicy(Qt::TabFocus);
    m_train->setIconSize(QSize(20, 20));
    const auto follow = [button = static_cast<TrainButton*>(m_train), train = actions.train,
                         breakpoints = actions.breakpoints] {
        const int set = breakpoints->data().toInt();
        button->setEnabled(train->isEnabled());
        button->setAccessibleName(train->text().remove(QLatin1Char('&')));
        button->setBreakpoints(set > 0);
        button->setToolTip(set == 0 ? train->toolTip()
                                    : tr("%1\nBreakpoints that stop it: %2").arg(train->toolTip()).arg(set));
    };
    for (const QAction* each : {actions.train, actions.breakpoints})
        connect(each, &QAction::changed, this, follow);
    connect(m_train, &QPushButton::clicked, actions.train, &QAction::trigger);
    follow();
    m_train->setFixedHeight(36);
    setTraining(true);
    const int wide = m_train->sizeHint().width();
    setTraining(false);
    m_train->setMinimumWidth(std::max(wide, m_train->sizeHint().width()) + 6);
    layout->addWidget(m_train);
}

void TransportBar::setPlaying(bool playing)
{
    m_play->setIconKind(playing ? Icon::Pause : Icon::Play);
}

void TransportBar::setTraining(bool training)
{
    m_train->setIcon(themedIcon(training ? Icon::Stop : Icon::Train));
    m_train->setText(training ? tr("Stop") : tr("Train"));
}

QComboBox* TransportBar::comboOf(QActionGroup* group, const QString& name)
{
    auto* combo = new QComboBox(this);
    combo->setFocusPolicy(Qt::TabFocus);
    combo->setAccessibleName(name);
    combo->setToolTip(group->property("hint").toString());
    for (QAction* action : group->actions())
        combo->addItem(action->property("short").toString());
    const auto show = [combo, group] {
        combo->setCurrentIndex(static_cast<int>(group->actions().indexOf(group->checkedAction())));
    };
    for (QAction* action : group->actions())
        connect(action, &QAction::toggled, combo, show);
    connect(combo, &QComboBox::activated, group,
            [group](int index) { group->actions().at(index)->trigger(); });
    show();
    return combo;
}

} // namespace ui
