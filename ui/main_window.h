#pragma once

#include "core/training/experiment.h"
#include "ui/actions.h"
#include "ui/document.h"
#include "ui/session/playback.h"
#include "ui/session/session.h"
#include "ui/view_host.h"

#include <QHash>
#include <QMainWindow>
#include <QPointer>

class QMenu;
class QSettings;

namespace ui {

class Arrangements;
class CaptionBar;
class CellView;
class CompareCommands;
class Dock;
class ExperimentPanel;
class FileCommands;
class HeaderBar;
class HelpDialog;
class MessageBar;
class Presentation;
class TimelineBar;
class TransportBar;

/// The window: wires the session, its playback and the document to the views and panels, and keeps no state
/// of the run itself.
class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    /// Everything remembered lives in `settings`, which outlives the window.
    explicit MainWindow(QSettings& settings, QWidget* parent = nullptr);
    ~MainWindow() override;

    /// Opens a built-in id or a file; false with a message where it cannot be read.
    bool open(const QString& idOrFile, QString* error = nullptr);
    void take(const unrolled::Experiment& experiment, const QString& file = {});

    Session& session() { return m_session; }
    Playback& playback() { return m_playback; }
    Document& document() { return m_document; }
    const Actions& actions() const { return m_actions; }
    ViewHost& views() { return m_views; }
    TimelineBar* timeline() const { return m_timeline; }
    ExperimentPanel* experimentPanel(); ///< made when first asked for

    QSize sizeHint() const override { return {1280, 800}; }

protected:
    void closeEvent(QCloseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void buildLayout();
    void buildMenus();
    QMenu* epsilonMenu(QMenu* parent);
    QAction* byTimeAction(QMenu* menu);
    void connectActions();
    void connectSession();
    void restoreSettings();
    void saveSettings();

    void showFrame(const Frame& frame);
    void showCaption(const Frame& shown);
    void showRange();
    void showExperiment();
    void showPanel(bool shown);
    void goToField(const QString& field); ///< of the panel; opens it
    void makeRoom();
    void showRightColumn(); ///< where the panel stands in its place
    void arrange(int which);
    void enableParts();
    void change(const unrolled::Experiment& experiment, const QString& text);
    void newSeed();
    void step(unrolled::StepSize size, bool forward);
    void toggleTraining();
    void watch(int by);
    void goToCell(int t, int layer);
    void followCell();
    void showDivergence(qint64 iteration, const QString& message);
    void note(const QString& text);
    void warn(const QString& text);

    QSettings& m_settings;
    Session m_session;
    Playback m_playback;
    Document m_document;
    Actions m_actions;
    ViewHost m_views;
    FileCommands* m_files = nullptr;

    HeaderBar* m_header = nullptr;
    MessageBar* m_message = nullptr;
    CaptionBar* m_caption = nullptr;
    TransportBar* m_transport = nullptr;
    TimelineBar* m_timeline = nullptr;
    QMainWindow* m_stage = nullptr; ///< the arrangements, and the panels docked beside them
    ExperimentPanel* m_panel = nullptr;
    Dock* m_dock = nullptr;          ///< of the panel
    QPointer<QWidget> m_focusBefore; ///< what had the focus before the panel
    HelpDialog* m_help = nullptr;
    Presentation* m_presentation = nullptr;
    CellView* m_cell = nullptr;
    CompareCommands* m_compare = nullptr;
    Arrangements* m_arrangements = nullptr;
    QHash<QString, QAction*> m_shown;    ///< which parts of the window are on show, by name
    QHash<QString, QAction*> m_floating; ///< which of them are windows of their own
    int m_pinnedTick = -1; ///< the tick at which a cell was picked; it is let go when the tick changes
    bool m_divergenceShown = false;
    QString m_noted;      ///< the last note
    QString m_divergence; ///< what was told of it
    std::int64_t m_shownIteration = -1;
};

} // namespace ui
