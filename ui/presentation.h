#pragma once

#include "ui/session/frame.h"

#include <QTimer>
#include <QWidget>

class QLabel;
class QSplitter;

namespace ui {

struct Actions;
class CaptionBar;
class CellView;
class DecayView;
class Playback;
class Session;
class UnrolledView;
class ViewHost;

/// The run on a projector: a window of its own over the whole screen with nothing but the unrolled network
/// and one large line of words; on demand the inside of a cell and the gradient over time. Its views are its
/// own, so the window beneath stays as it is.
class Presentation : public QWidget
{
    Q_OBJECT
public:
    /// The commands that move through the run work here too; `owner` is the window beneath.
    Presentation(const Actions& actions, Playback& playback, Session& session, const ViewHost& views,
                 QWidget* owner);

    /// Over the screen on which the window beneath stands.
    void start();
    /// The cell that is looked into, 0 where none is; t from 1.
    int openCell() const;
    void toggleCell(int t, int layer);
    void showCell(bool show);
    bool isBlank() const;
    /// Something to be read besides the caption, until the next step.
    void tell(const QString& text);

    UnrolledView* network() const { return m_network; }
    CellView* cell() const { return m_cell; }
    DecayView* decay() const { return m_decay; }
    CaptionBar* caption() const { return m_caption; }

signals:
    void ended();

protected:
    bool event(QEvent* event) override;
    bool eventFilter(QObject* object, QEvent* event) override;
    void closeEvent(QCloseEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    class Spot;

    void addKeys(const Actions& actions);
    void showFrame();
    void setBlank(bool blank);
    void arrange();
    void placeHint();
    bool roomForDecay() const;

    Playback& m_playback;
    const ViewHost& m_views; ///< beneath
    UnrolledView* m_network;
    CellView* m_cell;
    DecayView* m_decay;
    CaptionBar* m_caption;
    QSplitter* m_columns;
    QSplitter* m_side;
    QLabel* m_hint;
    QWidget* m_blank;
    Spot* m_spot;
    QTimer m_rest; ///< after it the pointer is hidden
    QTimer m_hintTime;
    QString m_told;
    std::int64_t m_toldAt = -1;
    int m_steps = 0;
    bool m_decayChosen = false; ///< the user switched the plot on or off
    bool m_decayWanted = false;
    bool m_decayBesideCell = false;
};

} // namespace ui
