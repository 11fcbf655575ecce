#pragma once

#include <QHash>
#include <QStackedWidget>

class QSplitter;
class QVBoxLayout;

namespace ui {

class ChoiceRow;
class ViewHost;

/// The middle of the window, arranged in different ways of which one is on show: step by step through an
/// iteration, its gradients as a whole, or several models side by side. The caption goes
/// along.
class Arrangements : public QStackedWidget
{
    Q_OBJECT
public:
    enum Which { Step, Gradients, Compare };

    Arrangements(const ViewHost& views, QWidget* caption, QWidget* parent = nullptr);

    Which current() const { return static_cast<Which>(currentIndex()); }
    void choose(Which which);
    /// Shows or hides a part of Step: "cell", "states", "decay", "curve".
    void showPart(const QString& id, bool shown);
    /// Gives the room of Step's right column to what stands beside the arrangements, and back.
    void hideRight(bool hidden);
    /// The names of the splitters whose state is worth remembering.
    static QStringList splitters();

private:
    void buildStep(const ViewHost& views);
    void buildGradients(const ViewHost& views);
    void buildCompare(const ViewHost& views);

    QWidget* m_caption;
    QSplitter *m_main, *m_left, *m_plots, *m_right, *m_compareRows;
    QVBoxLayout* m_rows[3]; ///< of each arrangement, the caption last
    QHash<QString, QWidget*> m_parts;
    QHash<QSplitter*, QList<int>> m_rowSizes; ///< of what the plots stood in, while they are elsewhere
    bool m_rightHidden = false;
};

} // namespace ui
