#pragma once

#include <QDialog>

#include <string>
#include <vector>

class QLabel;
class QTableWidget;

namespace ui {

struct Frame;

/// The layers with their shapes and numbers of parameters, counted as here, as in Keras and as in PyTorch,
/// and why these differ. Not modal.
class ParametersDialog : public QDialog
{
    Q_OBJECT
public:
    explicit ParametersDialog(QWidget* parent);

    void setFrame(const Frame& frame);
    /// The table as it is copied: tabs between columns, a line a row.
    QString text() const;

public slots:
    void copy() const;

private:
    QTableWidget* m_table;
    QLabel* m_why;
    std::vector<std::vector<std::string>> m_rows; ///< on show
};

} // namespace ui
