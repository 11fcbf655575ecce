#include "frames.h"
#include "tests/ui/room.h"
#include "ui/paint/code_values.h"
#include "ui/paint/palette.h"
#include "ui/views/code_view.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QImage>
#include <QPainter>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

#include <set>

using namespace ui;
using unrolled::ParameterRole;
using unrolled::PartKind;
using unrolled::Phase;

namespace {

/// The frame of an experiment when a part of a tick has just happened.
Frame atPart(Frame frame, Phase phase, int t, PartKind kind, int layer = -1, int operation = -1)
{
    const int tick = frame.ticks.tickOf(phase, t);
    const auto& parts = frame.ticks.parts(tick);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i].kind == kind && parts[i].layer == layer && parts[i].operation == operation)
            frame.position = {0, tick, static_cast<int>(i)};
    }
    return frame;
}

QStringList litText(const CodeView& view)
{
    QStringList lit;
    for (const int line : view.litLines())
        lit << QString::fromStdString(view.lines()[static_cast<std::size_t>(line)].text);
    return lit;
}

const CodeValue& valueOf(const std::vector<CodeValue>& values, const char* name)
{
    for (const CodeValue& each : values) {
        if (each.name == QLatin1String(name))
            return each;
    }
    throw std::out_of_range(name);
}

double distance(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b)
{
    return (a - b).lpNorm<Eigen::Infinity>();
}

} // namespace

class CodeViewTest : public QObject
{
    Q_OBJECT

private slots:
    void lightsTheLineThatRuns_data();
    void lightsTheLineThatRuns();
    void everyPositionLightsALineAndKnowsItsValues_data();
    void everyPositionLightsALineAndKnowsItsValues();
    void valuesAreThoseOfTheTrace_data();
    void valuesAreThoseOfTheTrace();
    void whatIsStillRunningHasNoValue();
    void writesVectorsOutAndMatricesByShapeAndNorm();
    void keepsTheRunningLineInSight();
    void runningLinesComeBeforeValues();
    void copiesAScriptThatPrintsTheseNumbers();
    void aClickOnALineGoesThere();
    void aStepWithoutALossRunsNoneOfItsLines();
    void saysThatItKeepsToAllLosses();
    void opensWithItsKey();
};

void CodeViewTest::lightsTheLineThatRuns_data()
{
    QTest::addColumn<int>("phase");
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("layer");
    QTest::addColumn<int>("operation");
    QTest::addColumn<QStringList>("lines");
    const auto row = [](const char* name, Phase phase, PartKind kind, int layer, int operation,
                        const QStringList& lines) {
        QTest::newRow(name) << static_cast<int>(phase) << static_cast<int>(kind) << layer << operation
                            << lines;
    };
    row("a symbol is read", Phase::Forward, PartKind::Input, -1, -1, {"xs[t] = onehot(inputs[t])"});
    row("the sum and its tanh are one line", Phase::Forward, PartKind::Cell, 0, 1,
        {"hs[t] = np.tanh(Wxh @ xs[t] + Whh @ hs[t-1] + bh)"});
    row("the scores", Phase::Forward, PartKind::Logits, -1, -1, {"ys[t] = Why @ hs[t] + by"});
    row("the loss", Phase::Loss, PartKind::Loss, -1, -1, {"loss += sum(losses.values())"});
    row("the target's probability less one", Phase::Backward, PartKind::Logits, -1, -1,
        {"dy = np.copy(ps[t])", "dy[targets[t]] -= 1", "dWhy += np.outer(dy, hs[t])", "dby += dy"});
    row("dhnext comes in", Phase::Backward, PartKind::HiddenGradient, 0, -1, {"dh = Why.T @ dy + dhnext"});
    row("through the tanh", Phase::Backward, PartKind::Cell, 0, 1, {"dhraw = (1 - hs[t]**2) * dh"});
    row("the gradients of the weights", Phase::Backward, PartKind::Cell, 0, 0,
        {"dbh += dhraw", "dWxh += np.outer(dhraw, xs[t])", "dWhh += np.outer(dhraw, hs[t-1])"});
    row("dhnext goes on", Phase::Backward, PartKind::PassBack, 0, -1, {"dhnext = Whh.T @ dhraw"});
}

void CodeViewTest::lightsTheLineThatRuns()
{
    QFETCH(int, phase);
    QFETCH(int, kind);
    QFETCH(int, layer);
    QFETCH(int, operation);
    QFETCH(QStringList, lines);
    CodeView view;
    view.setFrame(atPart(frames::hello({}), static_cast<Phase>(phase), phase == 1 ? 0 : 3,
                         static_cast<PartKind>(kind), layer, operation));
    QCOMPARE(litText(view), lines);
    for (const QString& line : lines)
        QVERIFY(view.describe().contains(line));
}

void CodeViewTest::everyPositionLightsALineAndKnowsItsValues_data()
{
    QTest::addColumn<int>("cell");
    QTest::addColumn<bool>("adding");
    QTest::addColumn<int>("layers");
    const auto cells = frames::cells();
    for (std::size_t i = 0; i < cells.size(); ++i) {
        QTest::addRow("%s on hello", qPrintable(cells[i].first)) << static_cast<int>(i) << false << 1;
        QTest::addRow("%s on hello, two layers", qPrintable(cells[i].first))
            << static_cast<int>(i) << false << 2;
        QTest::addRow("%s on adding", qPrintable(cells[i].first)) << static_cast<int>(i) << true << 1;
    }
}

void CodeViewTest::everyPositionLightsALineAndKnowsItsValues()
{
    QFETCH(int, cell);
    QFETCH(bool, adding);
    QFETCH(int, layers);
    const auto spec = frames::cells()[static_cast<std::size_t>(cell)].second;
    Frame frame = adding ? frames::adding(spec, 5)
                         : frames::hello(spec, layers == 1 ? std::vector<int>{3} : std::vector<int>{3, 2});
    CodeView view;
    for (int index = 0; index < frame.ticks.partsPerIteration(); ++index) {
        frame.position = frame.ticks.at(index);
        view.setFrame(frame);
        QVERIFY2(!view.litLines().empty(), qPrintable(QString::number(index)));
        const auto values = codeValues(frame);
        QVERIFY2(!values.empty(), qPrintable(QString::number(index)));
        for (const CodeValue& each : values) {
            QVERIFY2(each.known && each.value.size() > 0 && each.value.allFinite(), qPrintable(each.name));
            // what is told stands in the code that runs
            const QString name = each.name.section(QLatin1Char(' '), 0, 0);
            if (each.name != QLatin1String("norm after clipping") && !name.contains(QLatin1Char('"')))
                QVERIFY2(litText(view).join(QLatin1Char(' ')).contains(name.section(QLatin1Char('['), 0, 0)),
                         qPrintable(each.name + " in " + litText(view).join(" | ")));
        }
    }
}

void CodeViewTest::valuesAreThoseOfTheTrace_data()
{
    QTest::addColumn<int>("cell");
    const auto cells = frames::cells();
    for (std::size_t i = 0; i < cells.size(); ++i)
        QTest::addRow("%s", qPrintable(cells[i].first)) << static_cast<int>(i);
}

void CodeViewTest::valuesAreThoseOfTheTrace()
{
    QFETCH(int, cell);
    const auto spec = frames::cells()[static_cast<std::size_t>(cell)].second;
    const Frame frame = frames::hello(spec);
    const auto& trace = frame.trace();
    const int operations = static_cast<int>(unrolled::operations(spec).size());
    const bool rnn = spec.kind == unrolled::CellKind::Rnn;
    for (int t = 1; t <= 4; ++t) {
        const auto forward = codeValues(atPart(frame, Phase::Forward, t, PartKind::Cell, 0, operations - 1));
        QVERIFY(valueOf(forward, "hs[t]").value == trace.channel(0, "h").value.col(t - 1));
        const auto scores = codeValues(atPart(frame, Phase::Backward, t, PartKind::Logits));
        QVERIFY(valueOf(scores, "dy").value == trace.outputs.y.gradient.col(t - 1));
        // dh = Why.T @ dy + dhnext, to the last digits
        const auto values = codeValues(atPart(frame, Phase::Backward, t, PartKind::HiddenGradient, 0));
        const Eigen::MatrixXd sum = valueOf(values, "Why").value.transpose() * valueOf(values, "dy").value +
                                    valueOf(values, "dhnext").value;
        QVERIFY(distance(sum, valueOf(values, "dh").value) < 1e-14);
        QVERIFY(valueOf(values, "dh").value == trace.channel(0, "h").gradient.col(t - 1));
        // what step t + 1 left
        if (t < 4)
            QVERIFY(
                valueOf(codeValues(atPart(frame, Phase::Backward, t + 1, PartKind::PassBack, 0)), "dhnext")
                    .value == valueOf(values, "dhnext").value);
    }
    // Gone back to the first step, the sums are the gradients.
    const auto last = codeValues(rnn ? atPart(frame, Phase::Backward, 1, PartKind::Cell, 0, 0)
                                     : atPart(frame, Phase::Backward, 1, PartKind::PassBack, 0));
    const auto gradient = [&](ParameterRole role) { return trace.parameter(role, 0).gradient; };
    QVERIFY(distance(valueOf(last, rnn ? "dWhh" : "dWh").value, gradient(ParameterRole::RecurrentWeight)) <
            1e-14);
    QVERIFY(distance(valueOf(last, rnn ? "dWxh" : "dWx").value, gradient(ParameterRole::InputWeight)) <
            1e-14);
    QVERIFY(distance(valueOf(last, rnn ? "dbh" : "db").value, gradient(ParameterRole::Bias)) < 1e-14);
}

void CodeViewTest::whatIsStillRunningHasNoValue()
{
    Frame frame = atPart(frames::hello({}), Phase::Backward, 2, PartKind::HiddenGradient, 0);
    frame.alpha = 0.5;
    const auto values = codeValues(frame);
    QVERIFY(!valueOf(values, "dh").known);
    QVERIFY(valueOf(values, "dhnext").known);
}

void CodeViewTest::writesVectorsOutAndMatricesByShapeAndNorm()
{
    QCOMPARE(codeValueText(Eigen::Vector3d(0.25, -1.5, 0)), QStringLiteral("[+0.25 −1.50 0]"));
    QCOMPARE(codeValueText(Eigen::MatrixXd::Constant(1, 1, 2)), QStringLiteral("2"));
    QCOMPARE(codeValueText(Eigen::MatrixXd::Constant(2, 2, 0.5)),
             QStringLiteral("[[+0.50 +0.50 … (2×2) ‖·‖ = 1.00"));
    QVERIFY(codeValueText(Eigen::VectorXd::Constant(9, 0.5)).endsWith(QStringLiteral("… (9) ‖·‖ = 1.50")));
}

void CodeViewTest::keepsTheRunningLineInSight()
{
    // Whatever the size and the place, the lit rows are painted: their background is there.
    Frame frame = frames::hello({unrolled::CellKind::Lstm, {}, {}}, {3, 3});
    CodeView view;
    for (const QSize size : {QSize(280, 120), QSize(360, 216), QSize(700, 500)}) {
        view.resize(size);
        for (int index = 0; index < frame.ticks.partsPerIteration(); index += 3) {
            frame.position = frame.ticks.at(index);
            view.setFrame(frame);
            QImage image(size, QImage::Format_ARGB32_Premultiplied);
            QPainter painter(&image);
            view.paintTo(painter, size);
            painter.end();
            const bool back = frame.phase() == Phase::Backward || frame.phase() == Phase::Update;
            const auto& colors = paletteFor(view.palette());
            const QRgb accent = (back ? colors.backward : colors.forward).rgb();
            bool seen = false;
            for (int y = 0; y < size.height() && !seen; ++y)
                seen = image.pixel(9, y) == accent;
            QVERIFY2(seen, qPrintable(QStringLiteral("%1 at %2").arg(index).arg(size.width())));
        }
    }
}

void CodeViewTest::runningLinesComeBeforeValues()
{
    Frame frame = frames::hello({});
    frame.position = frame.ticks.endOfIteration(0);
    const auto litHeight = [&](int height) {
        CodeView view;
        const QSize size(446, height);
        view.resize(size);
        view.setFrame(frame);
        QImage image(size, QImage::Format_ARGB32_Premultiplied);
        QPainter painter(&image);
        view.paintTo(painter, size);
        painter.end();
        int pixels = 0;
        for (int y = 0; y < height; ++y)
            pixels += image.pixel(9, y) == paletteFor(view.palette()).backward.rgb() ? 1 : 0;
        return pixels;
    };
    // Five lines of Adam, one of them broken: all are there, though the values would take more than half.
    QVERIFY(litHeight(600) > 6 * 12);
    QCOMPARE(litHeight(180), litHeight(600));
}

void CodeViewTest::copiesAScriptThatPrintsTheseNumbers()
{
    CodeView view;
    const Frame frame = frames::hello({});
    view.setFrame(frame);
    const QString script = QString::fromStdString(unrolled::numpyScript(frame.trace()));
    QVERIFY(script.contains(QStringLiteral("dhnext = Whh.T @ dhraw")));
    view.show();
    view.setFocus();
    QTest::keyClick(&view, Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QGuiApplication::clipboard()->text(), script);
    QGuiApplication::clipboard()->clear();
    view.findChild<QToolButton*>()->click();
    QCOMPARE(QGuiApplication::clipboard()->text(), script);
}

void CodeViewTest::aClickOnALineGoesThere()
{
    CodeView view;
    Frame frame = frames::hello({});
    view.resize(700, 900);
    view.setFrame(frame);
    QSignalSpy asked(&view, &View::positionRequested);
    std::set<int> reached;
    for (int y = 0; y < view.height(); y += 8) {
        QTest::mouseClick(&view, Qt::LeftButton, {}, QPoint(200, y));
        if (asked.isEmpty())
            continue;
        frame.position = asked.takeFirst().at(0).value<unrolled::Position>();
        view.setFrame(frame);
        QVERIFY(!view.litLines().empty());
        reached.insert(view.litLines().front());
    }
    QVERIFY2(reached.size() > 8, qPrintable(QString::number(reached.size())));
}

void CodeViewTest::aStepWithoutALossRunsNoneOfItsLines()
{
    CodeView view;
    Frame frame = frames::adding({}, 6); // the last step alone counts
    std::set<QString> ofTheLast;
    for (const int t : {6, 3}) {
        for (const auto& [phase, kind] :
             {std::pair(Phase::Forward, PartKind::Logits), {Phase::Backward, PartKind::Logits}}) {
            view.setFrame(atPart(frame, phase, t, kind));
            for (const int i : view.litLines()) {
                const auto& line = view.lines()[static_cast<std::size_t>(i)];
                QVERIFY2(t == 6 || !line.countedOnly, line.text.c_str());
                if (line.countedOnly)
                    ofTheLast.insert(QString::fromStdString(line.text));
            }
        }
    }
    QVERIFY(!ofTheLast.empty());
}

void CodeViewTest::saysThatItKeepsToAllLosses()
{
    CodeView view;
    Frame frame = frames::of(unrolled::Experiment());
    frame.position = frame.ticks.endOfTick(0, frame.ticks.tickOf(Phase::Backward, 2));
    view.setFrame(frame);
    QVERIFY(view.describe().startsWith(QStringLiteral("Backward, step 2: t = 1.")));
    frame.pickedLoss = 3;
    view.setFrame(frame);
    QVERIFY(view.describe().startsWith(QStringLiteral("Backward, step 2: t = 1 (of all losses).")));
}

void CodeViewTest::opensWithItsKey()
{
    Room room;
    MainWindow& window = *room.window;
    auto* view = qobject_cast<CodeView*>(window.views().find(QStringLiteral("code")));
    QVERIFY(view && !view->isVisible());
    QTest::keyClick(&window, Qt::Key_C);
    QVERIFY(view->isVisible());
    QVERIFY(view->hasFocus());
    QVERIFY(!view->frame().empty());
    QTest::keyClick(view, Qt::Key_C, Qt::ControlModifier);
    QVERIFY(QGuiApplication::clipboard()->text().contains(QStringLiteral("import numpy")));
    // Where the panel of the experiment stands in its place, that makes room.
    window.actions().settings->setChecked(true);
    QVERIFY(!view->isVisible());
    // The menu needs no pane.
    QGuiApplication::clipboard()->clear();
    QVERIFY(room.inMenu(QStringLiteral("Edit"), QStringLiteral("Copy as NumPy script")));
    window.actions().copyScript->trigger();
    QCOMPARE(QGuiApplication::clipboard()->text(),
             QString::fromStdString(unrolled::numpyScript(window.playback().frame().trace())));
    QTest::keyClick(&window, Qt::Key_C);
    QVERIFY(view->isVisible());
    QVERIFY(!window.actions().settings->isChecked());
}

QTEST_MAIN(CodeViewTest)
#include "code_view_test.moc"
