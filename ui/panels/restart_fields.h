#pragma once

#include "core/training/experiment.h"

#include <QWidget>

class QComboBox;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;
class QTreeWidget;

namespace ui {

class MoreRows;
class NumberEdit;
class TaskRows;

/// The settings that decide the run from its start: task, model, initial weights, data. They are edited as a
/// draft.
class RestartFields : public QWidget
{
    Q_OBJECT
public:
    explicit RestartFields(QWidget* parent = nullptr);

    /// Fills every field.
    void show(const unrolled::Experiment& experiment);
    using QWidget::show;
    /// What the fields say, on top of everything else in `experiment`.
    unrolled::Experiment read(const unrolled::Experiment& experiment) const;
    bool isRight() const;
    bool focusField(const QString& field);
    MoreRows* more() const { return m_more; }

signals:
    void edited();
    void newSeedRequested();

private:
    void buildTask(class FormBuilder& form);
    void buildModel(class FormBuilder& form);
    void buildStart(class FormBuilder& form);
    void showRows();
    void taskPicked();
    void chooseFile();
    void chooseWeights();
    void setLayers(int layers);
    void readColumns();
    QString taskId() const;

    unrolled::Experiment m_base; ///< what was shown last
    std::string m_file;          ///< relative to m_directory
    std::filesystem::path m_directory;
    std::string m_weights; ///< as Experiment::weights
    bool m_showing = false;

    QComboBox* m_task;
    QWidget* m_fileRow;
    QLabel* m_fileName;
    QPushButton* m_choose;
    QSpinBox* m_length;
    QLineEdit* m_vocabulary;
    QTreeWidget* m_columns;
    QComboBox* m_counted;
    TaskRows* m_taskRows;
    QComboBox* m_cell;
    QComboBox* m_activation;
    QComboBox* m_reset;
    QSpinBox* m_layers;
    QWidget* m_sizes;
    QHBoxLayout* m_sizesLayout;
    std::vector<QSpinBox*> m_hidden;
    QComboBox* m_init;
    NumberEdit* m_scale;
    NumberEdit* m_forget;
    QWidget* m_weightsRow;
    QLabel* m_weightsName;
    QLineEdit* m_seed;
    QSpinBox* m_batch;
    QComboBox* m_loss;
    MoreRows* m_more;
};

} // namespace ui
