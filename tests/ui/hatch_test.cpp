// What a picture tells without its colours.

#include "tests/ui/exported.h"
#include "tests/ui/plot_frames.h"
#include "ui/paint/hatch.h"
#include "ui/paint/palette.h"

#include <QTemporaryDir>
#include <QTest>

using namespace ui;
using unrolled::CellKind;

namespace {

unrolled::Experiment wide(CellKind cell, int units)
{
    unrolled::Experiment experiment = experimentOf(cell, "adding", 40);
    experiment.model.hidden = {units};
    return experiment;
}

/// A coloured cell of a heat map.
struct Place
{
    QRectF rect;
    bool blue = false;
    int strength = 0; ///< how far it is from grey
    int lines = 0;    ///< of the hatching
};

} // namespace

class HatchTest : public QObject
{
    Q_OBJECT
    QTemporaryDir m_dir;

    QByteArray plotted(const char* kind, const unrolled::Experiment& experiment, const char* file = "a.svg")
    {
        Run run;
        run.add(QStringLiteral("a model"), experiment);
        exportPlot(QLatin1String(kind), run.lanes, 3, m_dir.filePath(QLatin1String(file)));
        return contents(m_dir.filePath(QLatin1String(file)));
    }

private slots:
    void negative_cells_are_hatched_and_no_others_data()
    {
        QTest::addColumn<QByteArray>("kind");
        QTest::addColumn<CellKind>("cell");
        QTest::newRow("hidden states") << QByteArray("hidden") << CellKind::Rnn;
        QTest::newRow("gates") << QByteArray("gates") << CellKind::Lstm;
        QTest::newRow("weights") << QByteArray("weights") << CellKind::Rnn;
    }
    void negative_cells_are_hatched_and_no_others()
    {
        QFETCH(QByteArray, kind);
        QFETCH(CellKind, cell);
        const QByteArray svg = plotted(kind.constData(), wide(cell, kind == "gates" ? 12 : 24));
        QVERIFY(words(svg).contains(QStringLiteral("hatched: negative")));
        std::vector<Place> cells;
        std::vector<QPointF> lines; // their middles
        for (const Element& one : elements(svg)) {
            if (one.name != QLatin1String("path"))
                continue;
            QRectF rect;
            for (const QPointF& point : one.points)
                rect |= QRectF(point - QPointF(1e-9, 1e-9), QSizeF(2e-9, 2e-9));
            if (one.fill == QLatin1String("none")) {
                for (std::size_t i = 0; i + 1 < one.points.size(); i += 2)
                    lines.push_back((one.points[i] + one.points[i + 1]) / 2);
            } else if (rect.width() > 4 && rect.width() < 60 && rect.height() > 4) {
                const QColor color(one.fill);
                cells.push_back({rect, color.blue() > color.red(), std::abs(color.blue() - color.red())});
            }
        }
        QVERIFY(cells.size() > 100);
        for (Place& place : cells) {
            for (const QPointF& line : lines)
                place.lines +=
                    place.rect.adjusted(0, 0, -0.5, -0.5).contains(line) ? 1 : 0; // neighbours overlap
        }
        int hatched = 0;
        for (const Place& place : cells) {
            if (place.strength < 24) // of next to nothing
                continue;
            QVERIFY2((place.lines > 0) == place.blue, qPrintable(QStringLiteral("%1 lines at (%2, %3)")
                                                                     .arg(place.lines)
                                                                     .arg(place.rect.center().x())
                                                                     .arg(place.rect.center().y())));
            hatched += place.blue ? 1 : 0;
        }
        QVERIFY(hatched > 20);
    }

    void strips_of_the_network_are_hatched()
    {
        const QByteArray svg = plotted("unrolled", wide(CellKind::Rnn, 12));
        QVERIFY(words(svg).contains(QStringLiteral("hatched: negative")));
        qsizetype longest = 0;
        for (const Element& one : elements(svg)) {
            if (one.name == QLatin1String("path") && one.fill == QLatin1String("none"))
                longest = std::max(longest, static_cast<qsizetype>(one.points.size()));
        }
        QVERIFY(longest > 200);
        QVERIFY(!words(plotted("unrolled", experimentOf(CellKind::Rnn))).contains(QStringLiteral("hatched")));
    }

    /// Edge to edge, of one colour several in a path.
    void small_cells_are_hatched_and_the_smallest_are_not()
    {
        const auto hatching = [&](int units) {
            qsizetype longest = 0;
            for (const Element& one : elements(plotted("hidden", wide(CellKind::Rnn, units)))) {
                if (one.name == QLatin1String("path") && one.fill == QLatin1String("none"))
                    longest = std::max(longest, static_cast<qsizetype>(one.points.size()));
            }
            return longest;
        };
        QVERIFY(hatching(80) > 2000);
        QVERIFY(hatching(400) < 20);
    }

    void where_numbers_tell_there_is_no_hatching()
    {
        for (const char* kind : {"hidden", "weights"})
            QVERIFY2(!words(plotted(kind, experimentOf(CellKind::Rnn))).contains(QStringLiteral("hatched")),
                     kind);
    }

    void lines_stay_in_their_rectangle_and_share_a_grid()
    {
        QImage image(60, 40, QImage::Format_RGB32);
        const auto drawn = [&](const std::vector<QRectF>& rects, Qt::BrushStyle style) {
            image.fill(Qt::white);
            QPainter painter(&image);
            for (const QRectF& rect : rects)
                drawPattern(painter, rect, style, Qt::black);
            painter.end();
            return image;
        };
        for (const Qt::BrushStyle style : {Qt::BDiagPattern, Qt::DiagCrossPattern}) {
            const QImage part = drawn({QRectF(10, 8, 30, 20)}, style);
            int inside = 0;
            for (int y = 0; y < 40; ++y) {
                for (int x = 0; x < 60; ++x) {
                    const bool within = QRectF(8, 6, 34, 24).contains(x + 0.5, y + 0.5);
                    const bool inked = qGray(part.pixel(x, y)) < 250;
                    QVERIFY(within || !inked);
                    inside += inked ? 1 : 0;
                }
            }
            QVERIFY(inside > 150);
        }
        // Lines go on from one rectangle to the next: well inside, two halves look as one.
        const QImage halves =
            drawn({QRectF(10, 8, 30, 10), QRectF(10, 18, 30, 10)}, Qt::BDiagPattern).copy(12, 10, 26, 6);
        QCOMPARE(drawn({QRectF(10, 8, 30, 20)}, Qt::BDiagPattern).copy(12, 10, 26, 6), halves);
    }

    /// A brush with a pattern would be a picture of device pixels.
    void vector_files_have_lines_in_bars()
    {
        for (const char* kind : {"hops", "update"}) {
            const QByteArray pdf = plotted(kind, wide(CellKind::Lstm, 8), "a.pdf");
            QVERIFY(pdf.startsWith("%PDF"));
            QVERIFY2(!pdf.contains("/PatternType 1"), kind);
        }
    }
};

QTEST_MAIN(HatchTest)
#include "hatch_test.moc"
