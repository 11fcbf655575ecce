// Plots in the size of a slide, 1920 × 1080.

#include "tests/ui/exported.h"
#include "tests/ui/plot_frames.h"
#include "ui/exports/drawing.h"

#include <QTemporaryDir>
#include <QTest>

using namespace ui;
using unrolled::CellKind;

class SlidesTest : public QObject
{
    Q_OBJECT
    QTemporaryDir m_dir;

    QString path(const char* name) const { return m_dir.filePath(QLatin1String(name)); }

private slots:
    void a_slide_is_filled_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<CellKind>("cell");
        QTest::newRow("inside an RNN") << "cell" << CellKind::Rnn;
        QTest::newRow("inside an LSTM") << "cell" << CellKind::Lstm;
        QTest::newRow("one model alone") << "comparison" << CellKind::Rnn;
        QTest::newRow("a single loss") << "itemised" << CellKind::Rnn;
    }
    void a_slide_is_filled()
    {
        QFETCH(QString, kind);
        QFETCH(CellKind, cell);
        Run run;
        run.add(QStringLiteral("one"), experimentOf(cell, "adding", 6));
        exportPlot(kind, run.lanes, 0, path("a.png"), {1920, 1080});
        const QImage image(path("a.png"));
        const int rows = widestBand(image);
        const int columns = widestBand(image.transformed(QTransform().rotate(90)));
        QVERIFY2(rows < 1080 / 5, qPrintable(QString::number(rows)));
        QVERIFY2(columns < 1920 / 5, qPrintable(QString::number(columns)));
        // No model alone has its usual picture half empty.
        exportPlot(kind, run.lanes, 0, path("a.png"));
        const QImage usual(path("a.png"));
        QVERIFY2(widestBand(usual) < usual.height() / 4, qPrintable(QString::number(widestBand(usual))));
    }

    /// The unrolled network says the most, in the smallest letters.
    void letters_of_several_models_grow_with_a_slide_data()
    {
        QTest::addColumn<QString>("kind");
        for (const QString& kind : plotKinds()) {
            if (leastSize(kind, 3) != QSize(1, 1))
                QTest::addRow("%s", qPrintable(kind)) << kind;
        }
    }
    void letters_of_several_models_grow_with_a_slide()
    {
        QFETCH(QString, kind);
        Run run;
        for (const CellKind cell : {CellKind::Rnn, CellKind::Gru, CellKind::Lstm})
            run.add(QString::fromUtf8(unrolled::name(cell).data()), experimentOf(cell));
        exportPlot(kind, run.lanes, 1, path("a.svg"), {1920, 1080});
        const std::vector<double> heights = textHeights(contents(path("a.svg")));
        const double median = heights[heights.size() / 2] * 1920 / 900;
        QVERIFY2(median >= 12.5, qPrintable(QString::number(median)));
        QCOMPARE(outside(contents(path("a.svg"))), QString());
    }
};

QTEST_MAIN(SlidesTest)
#include "slides_test.moc"
