#pragma once

#include <QHash>
#include <QPointer>
#include <QStackedWidget>

class QSplitter;
class QVBoxLayout;

namespace ui {

class Part;
class View;
class ViewHost;

/// The middle of the window, arranged in different ways of which one is on show: step by step through an
/// iteration, its gradients as a whole, or several models side by side. The caption goes along.
class Arrangements : public QStackedWidget
{
    Q_OBJECT
public:
    enum Which { Step, Gradients, Compare };

    Arrangements(const ViewHost& views, QWidget* caption, QWidget* parent = nullptr);

    Which current() const { return static_cast<Which>(currentIndex()); }
    void choose(Which which);
    /// Gives the keys to the first view on show, unless a field or a button that stays had them before.
    void focusFirst(const QPointer<QWidget>& before);
    /// What stands around the middle: "cell", "states", "decay", "curve", "reach", "hops".
    const QHash<QString, Part*>& parts() const { return m_parts; }
    /// Whether it stands in the arrangement on show, shut or not.
    bool holds(const Part* part) const;
    /// Gives the room of Step's right column to what stands beside the arrangements, and back.
    void hideRight(bool hidden);
    /// Makes the panes over time higher while the code is on show, and back: each keeps its own height.
    void giveCodeRoom(bool wanted);
    /// The names of the splitters whose state is worth remembering.
    static QStringList splitters();

private:
    Part* addPart(const QString& id, View* view);
    Part* addPart(const QString& id, const QString& title, QWidget* content);
    void followParts();
    void buildStep(const ViewHost& views);
    void buildGradients(const ViewHost& views);
    void buildCompare(const ViewHost& views);

    QWidget* m_caption;
    QSplitter *m_main, *m_left, *m_plots, *m_right, *m_compareRows;
    QVBoxLayout* m_rows[3]; ///< of each arrangement, the caption last
    QHash<QString, Part*> m_parts;
    QHash<QSplitter*, QList<int>> m_rowSizes; ///< of what the plots stood in, while they are elsewhere
    bool m_rightHidden = false;
    bool m_codeHasRoom = false;
    QList<int> m_rightSizes[2]; ///< without the code, and with it
};

} // namespace ui
