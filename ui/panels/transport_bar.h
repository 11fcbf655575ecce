#pragma once

#include <QWidget>

class QComboBox;
class QProgressBar;
class QPushButton;

namespace ui {

struct Actions;
class FlatButton;
class RoundButton;

/// Reset · step back · play/pause · step forward, the size of a step, the speed, and training at full speed.
/// Its buttons trigger the actions of the menus.
class TransportBar : public QWidget
{
    Q_OBJECT
public:
    explicit TransportBar(const Actions& actions, QWidget* parent = nullptr);

    void setPlaying(bool playing);
    void setTraining(bool training);

private:
    QComboBox* comboOf(class QActionGroup* group, const QString& name);

    RoundButton* m_play;
    QPushButton* m_train;
};

} // namespace ui
