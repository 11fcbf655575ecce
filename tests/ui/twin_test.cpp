#include "tests/ui/exported.h"
#include "tests/ui/room.h"
#include "ui/actions.h"
#include "ui/exports/drawing.h"
#include "ui/exports/picture.h"
#include "ui/file_commands.h"
#include "ui/views/cell_view.h"
#include "ui/views/curve_view.h"
#include "ui/views/reach_view.h"
#include "ui/views/unrolled_view.h"
#include "ui/views/weights_view.h"

#include <QActionGroup>
#include <QClipboard>
#include <QComboBox>
#include <QMimeData>
#include <QScopedValueRollback>
#include <QSignalSpy>
#include <QTest>
#include <QThread>
#include <QTimer>
#include <QToolButton>
#include <QWheelEvent>

using namespace ui;

namespace {

constexpr QSize figureSize(900, 600);

/// The lines of a picture, whatever the order in which a plot has made its curves.
QList<QByteArray> linesOf(const QByteArray& svg)
{
    QList<QByteArray> lines = svg.split('\n');
    std::sort(lines.begin(), lines.end());
    return lines;
}

/// Says on which thread it was painted.
class Witness : public View
{
public:
    explicit Witness(std::shared_ptr<QThread*> painted) : m_painted(std::move(painted)) {}
    QString title() const override { return QStringLiteral("Witness"); }
    QString describe() const override { return {}; }
    void paintTo(QPainter&, const QSize&) override { *m_painted = QThread::currentThread(); }

protected:
    std::unique_ptr<View> another() const override { return std::make_unique<Witness>(m_painted); }

private:
    std::shared_ptr<QThread*> m_painted;
};

void choose(View& view, const char* list, int index)
{
    view.findChild<QComboBox*>(QLatin1String(list))->setCurrentIndex(index);
}

void press(View& view, const char* button)
{
    view.findChild<QToolButton*>(QLatin1String(button))->setChecked(true);
}

void scroll(View& view, int degrees)
{
    QWheelEvent event(view.rect().center(), view.mapToGlobal(view.rect().center()), {}, {0, degrees * 8},
                      Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(&view, &event);
}

/// What a reader can choose in each view, but for the frame.
void chooseIn(const QString& id, View& view)
{
    if (id == QLatin1String("unrolled")) {
        for (int i = 0; i < 3; ++i)
            static_cast<UnrolledView&>(view).zoomIn();
    } else if (id == QLatin1String("cell")) {
        static_cast<CellView&>(view).setCell(3, 0);
        static_cast<CellView&>(view).setUnit(2);
    } else if (id == QLatin1String("hidden") || id == QLatin1String("gates")) {
        press(view, "gradient");
        choose(view, "layers", 1);
    } else if (id == QLatin1String("weights")) {
        static_cast<WeightsView&>(view).choose("rnn.weight_hh_l1", 2);
        static_cast<WeightsView&>(view).showSingularValues(true);
    } else if (id == QLatin1String("code")) {
        scroll(view, -45);
    } else if (id == QLatin1String("curve")) {
        static_cast<CurveView&>(view).setLogarithmic(true);
        static_cast<CurveView&>(view).zoomTo(4, 20);
    } else if (id == QLatin1String("reach")) {
        static_cast<ReachView&>(view).setEpsilon(-3);
    } else if (id == QLatin1String("ellipse")) {
        choose(view, "state", 1);
    } else if (id == QLatin1String("updates")) {
        choose(view, "weights", 1);
    }
}

} // namespace

class TwinTest : public QObject
{
    Q_OBJECT
    QTemporaryDir m_dir;

    QString path(const QString& name) const { return m_dir.filePath(name); }

    static unrolled::Experiment layered()
    {
        unrolled::Experiment experiment;
        experiment.task.id = "hello";
        experiment.model.cell.kind = unrolled::CellKind::Lstm;
        experiment.model.hidden = {4, 3};
        return experiment;
    }
    /// What the view on the screen itself paints, with the letters of a figure.
    QByteArray painted(View& view) const
    {
        const bool own = view.testAttribute(Qt::WA_SetFont);
        const QFont before = view.font();
        if (const QFont letters = plotFont(figureSize); letters.pixelSize() > QFontInfo(before).pixelSize())
            view.setFont(letters);
        QString error;
        writePicture([&](QPainter& painter, const QSize& size) { view.paintTo(painter, size); }, view.title(),
                     path(QStringLiteral("itself.svg")), figureSize, &error);
        view.setFont(own ? before : QFont());
        return contents(path(QStringLiteral("itself.svg")));
    }

private slots:
    void init()
    {
        QTest::failOnWarning(QRegularExpression(QStringLiteral("thread"))); // where Qt minds
    }

    void a_pane_is_exported_as_it_stands_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<bool>("chosen"); // whether anything can be chosen in it
        for (const char* id : {"unrolled", "cell", "hidden", "gates", "weights", "code", "curve", "reach",
                               "ellipse", "updates"})
            QTest::newRow(id) << QString::fromLatin1(id) << true;
        for (const char* id : {"decay", "triangle", "hops", "comparison"})
            QTest::newRow(id) << QString::fromLatin1(id) << false;
    }
    void a_pane_is_exported_as_it_stands()
    {
        QFETCH(QString, id);
        QFETCH(bool, chosen);
        Room room;
        MainWindow& window = *room.window;
        window.take(layered(), {});
        room.settle();
        const unrolled::TickLayout& ticks = window.session().ticks();
        window.playback().setPosition(ticks.endOfTick(30, ticks.tickOf(unrolled::Phase::Backward, 2)));
        room.settle();
        window.views().pickLayer(0);
        View& view = *window.views().find(id);
        for (QWidget* above = &view; above; above = above->parentWidget())
            above->show();
        room.settle();
        QVERIFY(view.isVisible());
        const QByteArray plain = painted(view);
        chooseIn(id, view);
        room.settle();
        const QByteArray itself = painted(view);
        QCOMPARE(itself != plain, chosen);
        const QFont letters = view.font();

        auto* files = window.findChild<FileCommands*>();
        QSignalSpy failed(files, &FileCommands::failed);
        files->writePicture(view, path(QStringLiteral("twin.svg")), figureSize);
        QVERIFY(failed.empty());
        QCOMPARE(linesOf(contents(path(QStringLiteral("twin.svg")))), linesOf(itself));
        QCOMPARE(view.font(), letters);
        QCOMPARE(painted(view), itself); // it stands as it stood
    }

    void a_picture_is_painted_while_the_window_answers()
    {
        Room room;
        const auto thread = std::make_shared<QThread*>(nullptr);
        Witness witness(thread);
        room.window->findChild<FileCommands*>()->writePicture(witness, path(QStringLiteral("w.svg")),
                                                              figureSize);
        QVERIFY(*thread && *thread != QThread::currentThread());
    }

    void a_copy_is_made_while_the_window_answers_and_once_at_a_time()
    {
        Room room;
        auto* files = room.window->findChild<FileCommands*>();
        QSignalSpy told(files, &FileCommands::told);
        // As a key that is held down would.
        QTimer::singleShot(0, files, &FileCommands::copyCurrent);
        files->copyCurrent();
        QCoreApplication::processEvents();
        QCOMPARE(told.size(), 1);
        const QMimeData* copied = QApplication::clipboard()->mimeData();
        QVERIFY(copied && copied->hasImage());
        QVERIFY(copied->data(QStringLiteral("image/svg+xml")).contains("<text"));
        const View* view = room.window->views().current();
        QCOMPARE(copied->imageData().value<QImage>().size(), view->size() * 2);
    }
};

QTEST_MAIN(TwinTest)
#include "twin_test.moc"
