#include "tests/ui/frames.h"
#include "tests/ui/plot_frames.h"
#include "ui/paint/cell_geometry.h"
#include "ui/paint/cell_painter.h"
#include "ui/paint/cell_signal.h"
#include "ui/views/cell_view.h"

#include <QBuffer>
#include <QImage>
#include <QPainter>
#include <QSignalSpy>
#include <QSvgGenerator>
#include <QTest>
#include <QXmlStreamReader>

#include <cmath>
#include <cstring>

using namespace unrolled;
using namespace ui;
using Eigen::VectorXd;
using frames::everyCell;
using frames::find;
using frames::specOf;

namespace {

/// Whether a piece of an edge runs through a rectangle.
bool crosses(const QPolygonF& line, const QRectF& rect)
{
    for (qsizetype i = 1; i < line.size(); ++i) {
        const QRectF piece = QRectF(line[i - 1], line[i]).normalized();
        if (piece.left() < rect.right() && piece.right() > rect.left() && piece.top() < rect.bottom() &&
            piece.bottom() > rect.top())
            return true;
        if (piece.width() < 0.01 && piece.left() > rect.left() && piece.left() < rect.right() &&
            piece.top() < rect.bottom() && piece.bottom() > rect.top())
            return true;
        if (piece.height() < 0.01 && piece.top() > rect.top() && piece.top() < rect.bottom() &&
            piece.left() < rect.right() && piece.right() > rect.left())
            return true;
    }
    return false;
}

QString told(const char* what, const QString& a, const QString& b, const QSizeF& size)
{
    return QStringLiteral("%1: %2 and %3 at %4×%5")
        .arg(QString::fromUtf8(what), a, b)
        .arg(size.width())
        .arg(size.height());
}

QImage picture(CellView& view, const QSize& size = {340, 430})
{
    QImage image(size, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::magenta);
    QPainter painter(&image);
    view.paintTo(painter, size);
    return image;
}

struct Word
{
    QString text;
    int pixels; ///< of its font
    double y;
};

std::vector<Word> wordsDrawn(CellView& view, const QSize& size)
{
    QBuffer buffer;
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setSize(size);
    generator.setResolution(72);
    QPainter painter(&generator);
    view.paintTo(painter, size);
    painter.end();
    std::vector<Word> words;
    QXmlStreamReader xml(buffer.data());
    while (!xml.atEnd()) {
        if (xml.readNext() != QXmlStreamReader::StartElement || xml.name() != QLatin1String("text"))
            continue;
        const double y = xml.attributes().value(QLatin1String("y")).toDouble();
        const int pixels = xml.attributes().value(QLatin1String("font-size")).toInt();
        words.push_back({xml.readElementText().trimmed(), pixels, y});
    }
    return words;
}

} // namespace

class CellViewTest : public QObject
{
    Q_OBJECT
private slots:
    void nothingOverlapsAtAnySize_data() { everyCell(); }
    void nothingOverlapsAtAnySize()
    {
        QFETCH(int, cell);
        const CellGraph& graph = cellGraph(specOf(cell));
        for (int width = 320; width <= 900; width += 58) {
            for (int height = 380; height <= 1000; height += 62) {
                for (const int units : {3, 4, 128}) {
                    const QSizeF size(width, height);
                    const CellAreas areas = cellAreas(size, units);
                    const QRectF all(QPointF(0, 0), size);
                    const QRectF rects[] = {areas.heading, areas.graph, areas.symbols, areas.rows,
                                            areas.note};
                    for (int i = 0; i < 5; ++i) {
                        QVERIFY(all.contains(rects[i]));
                        QVERIFY(rects[i].height() > 0 && rects[i].width() > 0);
                        for (int j = 0; j < i; ++j)
                            if (rects[i].intersects(rects[j]))
                                QFAIL(
                                    qPrintable(told("areas", QString::number(i), QString::number(j), size)));
                    }
                    QVERIFY(areas.rowsShown >= 1 && areas.rowsShown <= units);

                    const CellLayout layout = layoutCell(graph, areas.graph, units);
                    struct Box
                    {
                        QString name;
                        QRectF rect;
                    };
                    std::vector<Box> boxes;
                    for (std::size_t i = 0; i < layout.nodes.size(); ++i) {
                        if (graph.nodes[i].shape != NodeShape::Junction)
                            boxes.push_back({QString::fromUtf8(graph.nodes[i].id), layout.nodes[i]});
                    }
                    const std::size_t nodes = boxes.size();
                    for (std::size_t i = 0; i < layout.labels.size(); ++i) {
                        if (!layout.labels[i].isNull())
                            boxes.push_back(
                                {QStringLiteral("label ") + graph.edges[i].name, layout.labels[i]});
                    }
                    for (std::size_t i = 0; i < layout.names.size(); ++i) {
                        if (!layout.names[i].isNull())
                            boxes.push_back({QStringLiteral("name %1").arg(i), layout.names[i]});
                    }
                    const qreal slack = 0.5;
                    for (std::size_t i = 0; i < boxes.size(); ++i) {
                        const QRectF rect = boxes[i].rect.adjusted(slack, slack, -slack, -slack);
                        if (!areas.graph.adjusted(-1, -1, 1, 1).contains(rect))
                            QFAIL(qPrintable(told("out of the picture", boxes[i].name, QString(), size)));
                        for (std::size_t j = 0; j < i; ++j)
                            if (rect.intersects(boxes[j].rect.adjusted(slack, slack, -slack, -slack)))
                                QFAIL(qPrintable(told("overlap", boxes[i].name, boxes[j].name, size)));
                        if (i < nodes)
                            continue;
                        for (std::size_t e = 0; e < layout.edges.size(); ++e)
                            if (crosses(layout.edges[e], rect))
                                QFAIL(qPrintable(told("edge through label", boxes[i].name,
                                                      QString::fromUtf8(graph.edges[e].from) +
                                                          QStringLiteral("→") +
                                                          QString::fromUtf8(graph.edges[e].to),
                                                      size)));
                    }
                    for (std::size_t e = 0; e < layout.edges.size(); ++e) {
                        const QPolygonF& line = layout.edges[e];
                        for (qsizetype i = 1; i < line.size(); ++i)
                            QVERIFY(std::abs(line[i].x() - line[i - 1].x()) < 0.01 ||
                                    std::abs(line[i].y() - line[i - 1].y()) < 0.01);
                        for (std::size_t n = 0; n < layout.nodes.size(); ++n) {
                            const GraphNode& node = graph.nodes[n];
                            if (node.shape == NodeShape::Junction ||
                                std::strcmp(node.id, graph.edges[e].from) == 0 ||
                                std::strcmp(node.id, graph.edges[e].to) == 0)
                                continue;
                            if (crosses(line, layout.nodes[n].adjusted(slack, slack, -slack, -slack)))
                                QFAIL(
                                    qPrintable(told("edge through node", QString::fromUtf8(graph.edges[e].to),
                                                    QString::fromUtf8(node.id), size)));
                        }
                    }
                }
            }
        }
    }

    void everyOperationLightsANodeAndAnEdge_data() { everyCell(); }
    void everyOperationLightsANodeAndAnEdge()
    {
        QFETCH(int, cell);
        const CellSpec spec = specOf(cell);
        const CellGraph& graph = cellGraph(spec);
        QCOMPARE(graph.operations, static_cast<int>(operations(spec).size()));
        const auto some = [](const auto& all, auto matches) {
            return std::any_of(all.begin(), all.end(), matches);
        };
        for (int k = 0; k < graph.operations; ++k) {
            QVERIFY(some(graph.nodes,
                         [k](const GraphNode& n) { return n.operation == k && n.shape != NodeShape::Port; }));
            QVERIFY(some(graph.edges, [k](const GraphEdge& e) { return e.target == k; }));
            QVERIFY(some(graph.edges, [k](const GraphEdge& e) { return e.back == k; }));
        }
        for (const int k : {-1, graph.operations}) {
            QVERIFY(some(graph.nodes, [k](const GraphNode& n) { return n.back == k; }));
            QVERIFY(some(graph.edges, [k](const GraphEdge& e) { return e.back == k; }));
        }
        for (const GraphEdge& edge : graph.edges)
            QVERIFY(graph.node(edge.from) >= 0 && graph.node(edge.to) >= 0);
    }

    void everyFrameIsDrawnAndTold_data() { everyCell(); }
    void everyFrameIsDrawnAndTold()
    {
        QFETCH(int, cell);
        CellView view;
        view.resize(340, 430);
        for (const std::vector<int>& hidden : {std::vector{3}, std::vector{3, 2}}) {
            Frame frame = frames::hello(specOf(cell), hidden);
            QImage last;
            for (std::int64_t i = 0; i < frame.ticks.partsPerIteration(); ++i) {
                frame.position = frame.ticks.at(i);
                view.setFrame(frame);
                const QImage image = picture(view);
                QVERIFY2(image != last,
                         qPrintable(QStringLiteral("part %1 looks like the one before").arg(i)));
                last = image;
                const QString words = view.describe();
                QVERIFY(words.contains(QStringLiteral("at step")));
                QVERIFY2(!words.contains(QLatin1Char('%')) || words.contains(QStringLiteral(" %")),
                         qPrintable(words));
                QVERIFY(!words.contains(QStringLiteral("%1")) && !words.contains(QStringLiteral("%2")));
            }
        }
    }

    void thePictureIsAFunctionOfTheFrame_data() { everyCell(); }
    void thePictureIsAFunctionOfTheFrame()
    {
        QFETCH(int, cell);
        Frame frame = frames::hello(specOf(cell));
        CellView wandering;
        for (std::int64_t i = 0; i < frame.ticks.partsPerIteration(); i += 3) {
            for (const double alpha : {0.0, 0.5, 1.0}) {
                frame.position = frame.ticks.at(i);
                frame.alpha = alpha;
                wandering.setFrame(frame);
            }
            CellView fresh;
            fresh.setFrame(frame);
            QCOMPARE(picture(wandering), picture(fresh));
        }
    }

    void movementEndsInTheStillPicture()
    {
        Frame frame = frames::hello(specOf(6));
        frame.position = find(frame, Phase::Forward, 2, PartKind::Cell, 4);
        CellView view;
        QImage images[3];
        for (int i = 0; i < 3; ++i) {
            frame.alpha = i / 2.0;
            view.setFrame(frame);
            images[i] = picture(view);
        }
        QVERIFY(images[0] != images[1]);
        QVERIFY(images[1] != images[2]);
        frame.alpha = 1.0;
        view.setFrame(Frame());
        view.setFrame(frame);
        QCOMPARE(picture(view), images[2]);
    }

    void edgesCarryWhatTheTraceSays()
    {
        const Frame frame = frames::hello(specOf(6));
        const IterationTrace& trace = frame.trace();
        for (int t = 1; t <= trace.steps(); ++t) {
            const VectorXd kept = signalValue(trace, 0, t, {SignalKind::Kept, {}});
            const VectorXd written = signalValue(trace, 0, t, {SignalKind::Written, {}});
            QVERIFY(((kept + written) - trace.channel(0, "c").value.col(t - 1)).norm() < 1e-14);
        }
        const Frame gru = frames::hello(specOf(4));
        for (int t = 1; t <= trace.steps(); ++t) {
            const VectorXd held = signalValue(gru.trace(), 0, t, {SignalKind::Held, {}});
            const VectorXd fresh = signalValue(gru.trace(), 0, t, {SignalKind::Fresh, {}});
            QVERIFY(((held + fresh) - gru.trace().channel(0, "h").value.col(t - 1)).norm() < 1e-14);
            const VectorXd input = signalValue(gru.trace(), 0, t, {SignalKind::InputPart, "a_n"});
            const VectorXd reset = signalValue(gru.trace(), 0, t, {SignalKind::ResetPart, {}});
            QVERIFY(((input + reset) - gru.trace().channel(0, "a_n").value.col(t - 1)).norm() < 1e-14);
        }
    }

    void aUnitIsChosenByKeyAndClick()
    {
        Frame frame = frames::hello({});
        frame.position = find(frame, Phase::Forward, 2, PartKind::Cell, 1);
        CellView view;
        view.resize(340, 430);
        view.show();
        view.setFrame(frame);
        QSignalSpy spy(&view, &CellView::unitChanged);
        QTest::keyClick(&view, Qt::Key_Down);
        QCOMPARE(view.unit(), 1);
        QTest::keyClick(&view, Qt::Key_Up);
        QTest::keyClick(&view, Qt::Key_Up);
        QCOMPARE(view.unit(), 0);
        const CellAreas areas = cellAreas(QSizeF(340, 430), 4);
        const QPointF third(areas.rows.left() + 20, areas.rows.top() + 2.5 * areas.rowHeight);
        QTest::mouseClick(&view, Qt::LeftButton, {}, third.toPoint());
        QCOMPARE(view.unit(), 2);
        QCOMPARE(spy.count(), 3);
    }

    void numbersInTheGraphAreLegible_data()
    {
        QTest::addColumn<CellKind>("cell");
        QTest::addColumn<QSize>("size");
        for (const QSize size : {QSize(362, 440), QSize(446, 440), QSize(640, 630)}) {
            const QString name = QStringLiteral("%1 in %2 pixels");
            QTest::newRow(qPrintable(name.arg(QStringLiteral("LSTM")).arg(size.width())))
                << CellKind::Lstm << size;
            QTest::newRow(qPrintable(name.arg(QStringLiteral("GRU")).arg(size.width())))
                << CellKind::Gru << size;
        }
    }
    void numbersInTheGraphAreLegible()
    {
        QFETCH(CellKind, cell);
        QFETCH(QSize, size);
        Frame frame = frameOf(experimentOf(cell, "hello"), 0);
        CellView view;
        for (int t = 1; t <= 4; ++t) {
            frame.position = frame.ticks.endOfTick(0, frame.ticks.tickOf(Phase::Backward, t));
            view.setFrame(frame);
            int numbers = 0;
            bool norms = false;
            for (const Word& word : wordsDrawn(view, size)) {
                if (word.y > cellAreas(size, 4).symbols.top() || word.text.size() < 2 ||
                    !QStringLiteral("+−‖").contains(word.text.front()))
                    continue;
                QVERIFY2(word.pixels >= 9,
                         qPrintable(QStringLiteral("%1 in %2 px").arg(word.text).arg(word.pixels)));
                norms = norms || word.text.front() == QChar(0x2016);
                ++numbers;
            }
            QVERIFY(numbers > 10);
            QVERIFY(norms);
        }
    }

    void everyParameterOfAnUpdateIsInSight()
    {
        Frame frame = frameOf(experimentOf(CellKind::Rnn, "hello"), 0);
        frame.position = frame.ticks.endOfTick(0, frame.ticks.tickOf(Phase::Update));
        CellView view;
        view.setFrame(frame);
        for (const QSize size : {QSize(362, 440), QSize(446, 440), QSize(640, 630)}) {
            std::vector<double> rows;
            const CellAreas areas = cellAreas(size, 4);
            for (const Word& word : wordsDrawn(view, size)) {
                if (word.text.contains(QStringLiteral("‖Δ")) || word.text == QStringLiteral("‖ ‖Δ"))
                    rows.push_back(word.y);
            }
            QCOMPARE(rows.size(), frame.trace().parameters.size());
            for (std::size_t i = 1; i < rows.size(); ++i)
                QVERIFY(rows[i] - rows[i - 1] > areas.text * 1.15);
            QVERIFY(rows.back() < areas.note.top());
        }
    }

    void allThatIsPassedBackIsLitAtOnce_data() { everyCell(); }
    void allThatIsPassedBackIsLitAtOnce()
    {
        QFETCH(int, cell);
        const CellGraph& graph = cellGraph(specOf(cell));
        for (const GraphEdge& edge : graph.edges) {
            // Every path of ∂L/∂h_{t−1} and ∂L/∂x_t; not what goes to c_{t−1}, nor on the way to a gate.
            const bool arrives = edge.source == -1 && std::strcmp(edge.from, "c'") != 0;
            QVERIFY2(litBackward(graph, edge, -1) == arrives, edge.from);
        }
    }

    void aCellCanBeHeldWhileTimeGoesOn()
    {
        Frame frame = frames::hello({});
        CellView view;
        view.setCell(3, 0);
        frame.position = find(frame, Phase::Forward, 1, PartKind::Input);
        view.setFrame(frame);
        QVERIFY(view.describe().contains(QStringLiteral("at step 3")));
        QVERIFY(view.describe().contains(QStringLiteral("Not computed yet")));
        frame.position = find(frame, Phase::Forward, 4, PartKind::Input);
        view.setFrame(frame);
        QVERIFY(!view.describe().contains(QStringLiteral("Not computed yet")));
        view.setCell(0, 0);
        QVERIFY(view.describe().contains(QStringLiteral("at step 4")));
    }

    void manyUnitsAreShownInPart()
    {
        Frame frame = frames::hello(specOf(6), {128});
        frame.position = find(frame, Phase::Forward, 2, PartKind::Cell, 4);
        CellView view;
        view.resize(340, 430);
        view.setFrame(frame);
        view.setUnit(100);
        const QImage one = picture(view);
        view.setUnit(127);
        QVERIFY(picture(view) != one);
    }

    void aLineGrowsByItsLength()
    {
        const QPolygonF line({{0, 0}, {10, 0}, {10, 30}});
        QCOMPARE(head(line, 1), line);
        QCOMPARE(head(line, 0.25).last(), QPointF(10, 0));
        QCOMPARE(head(line, 0.5).last(), QPointF(10, 10));
        QCOMPARE(head(line, 0).size(), qsizetype(1));
    }

    void anEmptyFrameIsNoError()
    {
        CellView view;
        view.resize(340, 430);
        picture(view);
        QTest::keyClick(&view, Qt::Key_Down);
        QTest::mouseMove(&view, QPoint(50, 50));
        QVERIFY(!view.describe().isEmpty());
    }
};

QTEST_MAIN(CellViewTest)
#include "cell_view_test.moc"
