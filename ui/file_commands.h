#pragma once

#include <QObject>
#include <QString>

#include <functional>
#include <memory>

class QMenu;
class QSettings;
class QSize;
class QWidget;

namespace ui {

struct Actions;
class Document;
class Playback;
class Session;
class View;
class ViewHost;

/// What the File menu does: experiments from and to files, pictures, tables, the clipboard.
class FileCommands : public QObject
{
    Q_OBJECT
public:
    FileCommands(QWidget& window, Actions& actions, Document& document, Session& session, Playback& playback,
                 ViewHost& views, QSettings& settings);

    /// The built-in experiments, as menu entries that open them.
    QMenu* builtInMenu(QWidget* parent);
    QMenu* recentMenu(QWidget* parent);
    QMenu* pictureMenu(QWidget* parent);
    QMenu* tableMenu(QWidget* parent);

    /// Asks about unsaved work where there is some; false where the user thought better of it.
    bool mayLeave();
    void openFile(const QString& idOrFile);
    /// Without asking; tells of the outcome by the signals.
    void writePicture(const View& view, const QString& file, const QSize& size);

public slots:
    void open();
    bool save();
    bool saveAs();
    void exportCurrent();
    void copyCurrent();
    void copyScript(); ///< that computes the iteration on show with NumPy

signals:
    /// One line for people: something was saved or copied.
    void told(const QString& text);
    /// One line for people: something could not be done.
    void failed(const QString& text);
    /// Another experiment is there.
    void opened();

private:
    void exportPicture(View& view);
    /// Paints a picture of a view aside, of all that it would show where it is not on show; false where it
    /// was called off, or one is being made.
    bool make(const View& view, const std::shared_ptr<View>& picture, const std::function<void()>& paint);
    void exportTable(const QString& kind);
    void writeTable(const QString& kind, const QString& file);
    void fillRecent(QMenu* menu);

    QWidget& m_window;
    Document& m_document;
    Session& m_session;
    Playback& m_playback;
    ViewHost& m_views;
    QSettings& m_settings;
    bool m_making = false;
};

} // namespace ui
