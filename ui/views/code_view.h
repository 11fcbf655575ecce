#pragma once

#include "core/code/algorithm.h"
#include "ui/views/view.h"

class QToolButton;

namespace ui {

/// The algorithm of the experiment in NumPy: the line that runs is lit, those that ran at this time step
/// are marked, and beneath stand the variables of the line with their values of now. A copy is a script that
/// runs with Python and NumPy and prints the numbers of this iteration.
class CodeView : public View
{
    Q_OBJECT
public:
    explicit CodeView(QWidget* parent = nullptr);

    /// The lines that run at the frame's position, as indices into lines().
    std::vector<int> litLines() const;
    const std::vector<unrolled::CodeLine>& lines() const { return m_lines; }
    void copyScript();

    QString title() const override;
    QString describe() const override;
    void paintTo(QPainter& painter, const QSize& size) override;
    QSize sizeHint() const override { return {340, 216}; }
    QSize minimumSizeHint() const override { return {280, 120}; }

protected:
    std::unique_ptr<View> another() const override { return std::make_unique<CodeView>(); }
    void standAs(const View& other) override;
    void frameChanged() override;
    bool ownsKey(const QKeyEvent& key) const override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    /// A row of text: a line of code, or what did not fit into its row.
    struct Row
    {
        int line;
        bool first;
        QString text;
    };
    struct Layout;

    Layout layout(const QSizeF& size) const;
    QString moment() const; ///< "Backward, step 3: t = 2"
    bool isDone(const unrolled::CodeLine& line) const;
    void scroll(int rows);

    std::vector<unrolled::CodeLine> m_lines;
    unrolled::TracePtr m_trace;
    unrolled::Position m_position;
    int m_scrolled = -1; ///< the first row, where the reader scrolled; -1: the running line is kept in sight
    QToolButton* m_copy;
};

} // namespace ui
