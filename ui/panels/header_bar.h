#pragma once

#include "core/training/experiment.h"

#include <QWidget>

class QMenu;

namespace ui {

struct Actions;
class ChoiceRow;
class FlatButton;

/// The line at the top: which experiment, which cell, the settings that matter most, and the way to all
/// others.
class HeaderBar : public QWidget
{
    Q_OBJECT
public:
    /// `experiments` opens under the experiment's name.
    HeaderBar(const Actions& actions, QMenu* experiments, QWidget* parent = nullptr);

    /// Shows an experiment with the training settings in force at an iteration.
    void show(const unrolled::Experiment& experiment, std::int64_t iteration, const QString& name,
              bool modified);
    using QWidget::show;

signals:
    void cellChosen(unrolled::CellKind kind);
    /// The user pressed one of the settings: show its field.
    void settingPressed(const QString& field);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void fit(); ///< leaves words out where there is no room for all
    FlatButton* chip(const QString& field, const QString& tip);

    FlatButton* m_name;
    ChoiceRow* m_cell;
    FlatButton* m_units;
    FlatButton* m_activation;
    FlatButton* m_optimizer;
    FlatButton* m_seed;
    FlatButton* m_more;
};

} // namespace ui
