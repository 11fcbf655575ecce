#include "ui/paint/lane_look.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/paint/palette.h"

#include <QFont>
#include <QImage>
#include <QPainter>
#include <QPalette>
#include <QTest>

#include <cmath>
#include <limits>
#include <set>
#include <utility>

using namespace ui;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

double luminance(const QColor& color)
{
    const auto linear = [](double c) {
        return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

double contrast(const QColor& a, const QColor& b)
{
    const double high = std::max(luminance(a), luminance(b));
    const double low = std::min(luminance(a), luminance(b));
    return (high + 0.05) / (low + 0.05);
}

const Palette& paletteNamed(const QString& set)
{
    return set == QLatin1String("dark") ? darkPalette() : lightPalette();
}

QRect inkOf(const QImage& image)
{
    QRect ink;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            if (qGray(image.pixel(x, y)) < 200)
                ink |= QRect(x, y, 1, 1);
        }
    }
    return ink;
}

QImage drawn(const QString& math, const QRectF& rect, Qt::Alignment alignment)
{
    QImage image(400, 120, QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    QFont font;
    font.setPixelSize(20);
    painter.setFont(font);
    drawMath(painter, rect, alignment, math);
    return image;
}

} // namespace

class PaintTest : public QObject
{
    Q_OBJECT

private slots:
    void textReadsOnItsBackground_data();
    void textReadsOnItsBackground();
    void divergingScale_data();
    void divergingScale();
    void paletteFollowsTheWindow();
    void textOnTakesTheBetterOne();
    void signedNumbers_data();
    void signedNumbers();
    void plainNumbers_data();
    void plainNumbers();
    void norms_data();
    void norms();
    void chosenNumbersAreShort_data();
    void chosenNumbersAreShort();
    void numbersOnAScale_data();
    void numbersOnAScale();
    void exactNumbersComeBack();
    void countsAndIndices();
    void mathAsHtml_data();
    void mathAsHtml();
    void aCellLooksTheSameInEveryComparison();
    void mathAsWords_data();
    void mathAsWords();
    void mathDrawsInsideWhatItMeasures_data();
    void mathDrawsInsideWhatItMeasures();
    void scriptsLeaveTheBaselineAlone();
    void scriptsAboveEachOtherKeepApart();
};

void PaintTest::textReadsOnItsBackground_data()
{
    QTest::addColumn<QString>("set");
    QTest::newRow("in the light set every text colour has 4.5:1") << "light";
    QTest::newRow("in the dark set every text colour has 4.5:1") << "dark";
}

void PaintTest::textReadsOnItsBackground()
{
    QFETCH(QString, set);
    const Palette& p = paletteNamed(set);
    for (const QColor& text : {p.text, p.muted, p.forward, p.backward, p.right, p.wrong, p.series[0],
                               p.series[1], p.series[2], p.series[3]}) {
        for (const QColor& ground : {p.background, p.panel})
            QVERIFY2(contrast(text, ground) >= 4.5, qPrintable(text.name() + " on " + ground.name()));
    }
    for (const QColor& text : {p.text, p.muted, p.forward, p.backward, p.right, p.wrong}) {
        for (const QColor& ground : {p.forwardSoft, p.backwardSoft})
            QVERIFY2(contrast(text, ground) >= 4.5, qPrintable(text.name() + " on " + ground.name()));
    }
    for (double value = -1; value <= 1; value += 0.05) {
        const QColor ground = diverging(p, value);
        QVERIFY(contrast(textOn(ground), ground) >= 4.5);
    }
}

void PaintTest::divergingScale_data()
{
    QTest::addColumn<QString>("set");
    QTest::newRow("the light scale is neutral at zero and darkens evenly to both ends") << "light";
    QTest::newRow("the dark scale is neutral at zero and lightens evenly to both ends") << "dark";
}

void PaintTest::divergingScale()
{
    QFETCH(QString, set);
    const Palette& p = paletteNamed(set);
    QVERIFY(diverging(p, 0).hslSaturationF() < 0.25);
    QVERIFY(contrast(diverging(p, 0), p.background) < 1.3);
    QVERIFY(diverging(p, -1).blue() > diverging(p, -1).red());
    QVERIFY(diverging(p, 1).red() > diverging(p, 1).blue());
    QCOMPARE(diverging(p, 7), diverging(p, 1));
    QCOMPARE(diverging(p, -infinity), diverging(p, -1));
    QCOMPARE(diverging(p, notANumber), diverging(p, 0));
    const double sign = p.dark ? 1 : -1;
    for (double side : {-1.0, 1.0}) {
        for (double value = 0.05; value <= 1.0; value += 0.05) {
            const double here = luminance(diverging(p, side * value));
            const double before = luminance(diverging(p, side * (value - 0.05)));
            QVERIFY2(sign * (here - before) > 0, qPrintable(QString::number(side * value)));
        }
    }
}

void PaintTest::paletteFollowsTheWindow()
{
    QVERIFY(paletteFor(QPalette(QColor(0x22, 0x22, 0x22))).dark);
    QVERIFY(!paletteFor(QPalette(QColor(0xef, 0xef, 0xef))).dark);
}

void PaintTest::textOnTakesTheBetterOne()
{
    QCOMPARE(textOn(Qt::white), QColor(Qt::black));
    QCOMPARE(textOn(QColor(0x1b, 0x69, 0xae)), QColor(Qt::white));
}

void PaintTest::signedNumbers_data()
{
    QTest::addColumn<double>("value");
    QTest::addColumn<int>("decimals");
    QTest::addColumn<QString>("text");
    QTest::newRow("a positive value has its sign") << 0.3 << 2 << "+0.30";
    QTest::newRow("a negative value has the true minus") << -1.25 << 2 << "−1.25";
    QTest::newRow("zero has no sign") << 0.0 << 2 << "0.00";
    QTest::newRow("negative zero is zero") << -0.0 << 2 << "0.00";
    QTest::newRow("a tiny value is scientific, not -0.00") << -0.001 << 2 << "−1.0·10⁻³";
    QTest::newRow("just large enough to round up stays fixed") << 0.0051 << 2 << "+0.01";
    QTest::newRow("hundreds have one decimal") << 123.456 << 2 << "+123.5";
    QTest::newRow("thousands have none") << -1234.5678 << 2 << "−1235";
    QTest::newRow("a large value is scientific") << 1.2e5 << 2 << "+1.2·10⁵";
    QTest::newRow("four decimals where asked for") << 0.12345 << 4 << "+0.1235";
    QTest::newRow("infinity") << -infinity << 2 << "−∞";
    QTest::newRow("not a number") << notANumber << 2 << "NaN";
}

void PaintTest::signedNumbers()
{
    QFETCH(double, value);
    QFETCH(int, decimals);
    QFETCH(QString, text);
    QCOMPARE(signedNumber(value, decimals), text);
}

void PaintTest::plainNumbers_data()
{
    QTest::addColumn<double>("value");
    QTest::addColumn<QString>("text");
    QTest::newRow("a loss") << 2.0794 << "2.08";
    QTest::newRow("a tiny probability is nought") << 1e-9 << "0.00";
    QTest::newRow("a tiny negative number loses its sign") << -1e-9 << "0.00";
    QTest::newRow("a negative number keeps it") << -0.5 << "−0.50";
    QTest::newRow("a huge loss is scientific") << 3.44e7 << "3.4·10⁷";
    QTest::newRow("an infinite loss") << infinity << "∞";
}

void PaintTest::plainNumbers()
{
    QFETCH(double, value);
    QFETCH(QString, text);
    QCOMPARE(plainNumber(value), text);
}

void PaintTest::numbersOnAScale_data()
{
    QTest::addColumn<double>("value");
    QTest::addColumn<double>("step");
    QTest::addColumn<QString>("text");
    QTest::newRow("zero has no digits") << 0.0 << 0.5 << "0";
    QTest::newRow("whole steps need no decimals") << 15.0 << 5.0 << "15";
    QTest::newRow("one decimal for steps of a half") << 1.0 << 0.5 << "1.0";
    QTest::newRow("large marks close together keep their digits") << 1234.25 << 0.05 << "1234.25";
    QTest::newRow("tiny steps are powers of ten") << 2.0e-5 << 1e-5 << "2·10⁻⁵";
    QTest::newRow("tiny marks close together keep their digits") << 2.18e-12 << 2e-14 << "2.18·10⁻¹²";
    QTest::newRow("so do their round neighbours") << 2.2e-12 << 2e-14 << "2.20·10⁻¹²";
    QTest::newRow("negative") << -0.2 << 0.2 << "−0.2";
    QTest::newRow("huge") << 3e7 << 1e7 << "3·10⁷";
}

void PaintTest::numbersOnAScale()
{
    QFETCH(double, value);
    QFETCH(double, step);
    QFETCH(QString, text);
    QCOMPARE(numberOnScale(value, step), text);
}

void PaintTest::norms_data()
{
    QTest::addColumn<double>("value");
    QTest::addColumn<QString>("text");
    QTest::newRow("about one") << 1.1342 << "1.13";
    QTest::newRow("small") << 0.0037 << "0.00370";
    QTest::newRow("rounds up into the fixed range") << 0.00099996 << "0.00100";
    QTest::newRow("tiny") << 3.7e-12 << "3.70·10⁻¹²";
    QTest::newRow("a power of ten") << 1e-5 << "1.00·10⁻⁵";
    QTest::newRow("zeros at the end are digits") << 0.09 << "0.0900";
    QTest::newRow("rounds up to a whole number") << 9.9996 << "10.0";
    QTest::newRow("tens") << 18.14 << "18.1";
    QTest::newRow("thousands keep their digits") << 1234.4 << "1234";
    QTest::newRow("large") << 1.234e7 << "1.23·10⁷";
    QTest::newRow("the smallest double") << 5e-324 << "4.94·10⁻³²⁴";
    QTest::newRow("zero") << 0.0 << "0";
    QTest::newRow("infinity") << infinity << "∞";
    QTest::newRow("not a number") << notANumber << "not a number";
}

void PaintTest::norms()
{
    QFETCH(double, value);
    QFETCH(QString, text);
    QCOMPARE(norm(value), text);
}

void PaintTest::chosenNumbersAreShort_data()
{
    QTest::addColumn<double>("value");
    QTest::addColumn<QString>("text");
    QTest::newRow("a limit") << 0.001 << "0.001";
    QTest::newRow("a whole number") << 5.0 << "5";
    QTest::newRow("a half") << 0.5 << "0.5";
    QTest::newRow("tiny") << 1e-6 << "1·10⁻⁶";
    QTest::newRow("with digits") << 0.0375 << "0.0375";
    QTest::newRow("large") << 2.5e7 << "2.5·10⁷";
    QTest::newRow("negative") << -0.25 << "−0.25";
}

void PaintTest::chosenNumbersAreShort()
{
    QFETCH(double, value);
    QFETCH(QString, text);
    QCOMPARE(chosenNumber(value), text);
}

void PaintTest::exactNumbersComeBack()
{
    for (double value : {0.29312983645127, -1.0 / 3.0, 1e-300, 6.02214076e23, 0.1 + 0.2}) {
        QString text = exact(value);
        text.replace(QChar(0x2212), QLatin1Char('-'));
        const auto power = text.indexOf(QStringLiteral("·10"));
        if (power >= 0) {
            QString exponent;
            for (const QChar c : text.mid(power + 3))
                exponent += c == QChar(u'⁻') ? QLatin1Char('-') : QChar(u'0' + c.digitValue());
            text = text.left(power) + QLatin1Char('e') + exponent;
        }
        QCOMPARE(text.toDouble(), value);
    }
    QCOMPARE(exact(0.29312983645127), QStringLiteral("0.29312983645127"));
    QCOMPARE(exact(-2.5e-7), QStringLiteral("−2.5·10⁻⁷"));
}

void PaintTest::countsAndIndices()
{
    QCOMPARE(count(12345), QStringLiteral("12\u2009345"));
    QCOMPARE(count(999), QStringLiteral("999"));
    QCOMPARE(count(-1234567), QStringLiteral("−1\u2009234\u2009567"));
    QCOMPARE(count(-123), QStringLiteral("−123"));
    QCOMPARE(superscript(-12), QStringLiteral("⁻¹²"));
    QCOMPARE(subscript(304), QStringLiteral("₃₀₄"));
}

void PaintTest::mathAsHtml_data()
{
    QTest::addColumn<QString>("math");
    QTest::addColumn<QString>("html");
    QTest::newRow("variables lean, functions stand")
        << "h_t = tanh(a_t)"
        << "<i>h</i><sub><i>t</i></sub> = tanh(<i>a</i><sub><i>t</i></sub>)";
    QTest::newRow("braces group and the minus is a true one") << "h_{t-1}"
                                                              << "<i>h</i><sub><i>t</i>−1</sub>";
    QTest::newRow("weights have two-letter indices") << "W_{xh}"
                                                     << "<i>W</i><sub><i>xh</i></sub>";
    QTest::newRow("max stands as an index") << "σ_{max}"
                                            << "σ<sub>max</sub>";
    QTest::newRow("sub- and superscript on one letter") << "W_{hh}^⊤"
                                                        << "<i>W</i><sub><i>hh</i></sub><sup>⊤</sup>";
    QTest::newRow("scripts nest") << "x_{a_{b}}"
                                  << "<i>x</i><sub><i>a</i><sub><i>b</i></sub></sub>";
    QTest::newRow("an open brace does no harm") << "x_{a"
                                                << "<i>x</i><sub><i>a</i></sub>";
    QTest::newRow("a lone underscore at the end stays") << "x_"
                                                        << "<i>x</i>_";
    QTest::newRow("less-than is escaped") << "s < t"
                                          << "<i>s</i> &lt; <i>t</i>";
    QTest::newRow("a hyphen between words stays a hyphen") << "one-hot"
                                                           << "one-hot";
}

void PaintTest::mathAsHtml()
{
    QFETCH(QString, math);
    QFETCH(QString, html);
    QCOMPARE(mathHtml(math), html);
}

void PaintTest::aCellLooksTheSameInEveryComparison()
{
    using unrolled::CellKind;
    const auto looks = [](std::initializer_list<CellKind> cells) {
        return laneLooks(std::vector<CellKind>(cells));
    };
    QCOMPARE(looks({CellKind::Rnn, CellKind::Gru, CellKind::Lstm}), (std::vector<std::size_t>{0, 1, 2}));
    QCOMPARE(looks({CellKind::Rnn, CellKind::Lstm}), (std::vector<std::size_t>{0, 2}));
    QCOMPARE(looks({CellKind::Lstm, CellKind::Gru}), (std::vector<std::size_t>{2, 1}));
    QCOMPARE(looks({CellKind::Gru, CellKind::Gru, CellKind::Lstm}), (std::vector<std::size_t>{0, 1, 2}));
    // No two curves of models and layers have both the same colour and mark; one layer has one mark in all.
    for (const bool lanes : {false, true}) {
        for (const bool layers : {false, true}) {
            std::set<std::pair<std::size_t, std::size_t>> all;
            for (std::size_t lane = 0; lane < (lanes ? 4U : 1U); ++lane) {
                for (std::size_t layer = 0; layer < (layers ? 4U : 1U); ++layer) {
                    const CurveLook look = curveLook(lanes, lane, layers, layer);
                    QVERIFY(all.emplace(look.color, look.mark).second);
                    QCOMPARE(look.dashes, look.color);
                    QVERIFY(!layers || look.mark == layer);
                }
            }
        }
    }
}

void PaintTest::mathAsWords_data()
{
    QTest::addColumn<QString>("math");
    QTest::addColumn<QString>("words");
    QTest::newRow("indices are set apart") << "h_{t−1} = tanh(W_{xh} x_t)"
                                           << "h t-1 = tanh(W xh x t)";
    QTest::newRow("squares and transposes have words") << "W_{hh}^⊤ h_t^2"
                                                       << "W hh transposed h t squared";
}

void PaintTest::mathAsWords()
{
    QFETCH(QString, math);
    QFETCH(QString, words);
    QCOMPARE(mathPlain(math), words);
}

void PaintTest::mathDrawsInsideWhatItMeasures_data()
{
    QTest::addColumn<QString>("math");
    QTest::newRow("one letter") << "L";
    QTest::newRow("a weight") << "W_{hh}";
    QTest::newRow("a transposed weight") << "W_{hh}^⊤";
    QTest::newRow("a norm of a gradient") << "‖∂L/∂h_{t−1}‖";
    QTest::newRow("an equation") << "h_t = (1 − z_t) ∘ n_t + z_t ∘ h_{t−1}";
    QTest::newRow("nested scripts") << "x_{a_{b_{c}}}";
}

void PaintTest::mathDrawsInsideWhatItMeasures()
{
    QFETCH(QString, math);
    QFont font;
    font.setPixelSize(20);
    const QSizeF size = mathSize(font, math);
    for (const Qt::Alignment vertical : {Qt::AlignVCenter, Qt::AlignTop, Qt::AlignBottom}) {
        const QRectF rect(QPointF(10, 20), size);
        const QRect ink = inkOf(drawn(math, rect, Qt::AlignLeft | vertical));
        QVERIFY(!ink.isEmpty());
        QVERIFY2(rect.adjusted(-2, -1, 2, 1).contains(QRectF(ink)), qPrintable(math));
    }
    const QRect left = inkOf(drawn(math, QRectF(0, 0, 400, 120), Qt::AlignLeft | Qt::AlignVCenter));
    const QRect right = inkOf(drawn(math, QRectF(0, 0, 400, 120), Qt::AlignRight | Qt::AlignVCenter));
    QVERIFY(std::abs((right.right() - left.right()) - (400 - size.width())) <= 1);
}

void PaintTest::scriptsLeaveTheBaselineAlone()
{
    const QRectF rect(10, 20, 300, 60);
    const QRect bare = inkOf(drawn("L", rect, Qt::AlignLeft | Qt::AlignVCenter));
    const QRect scripted = inkOf(drawn("L^2", rect, Qt::AlignLeft | Qt::AlignVCenter));
    QCOMPARE(scripted.bottom(), bare.bottom());
    const QRect sub = inkOf(drawn("L_2", rect, Qt::AlignLeft | Qt::AlignVCenter));
    QCOMPARE(sub.top(), bare.top());
    QVERIFY(sub.bottom() > bare.bottom());
}

void PaintTest::scriptsAboveEachOtherKeepApart()
{
    const QRectF rect(10, 20, 300, 60);
    for (const bool bold : {false, true}) {
        QImage image(320, 100, QImage::Format_RGB32);
        image.fill(Qt::white);
        QPainter painter(&image);
        QFont font;
        font.setPixelSize(40);
        font.setBold(bold);
        painter.setFont(font);
        drawMath(painter, rect, Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("h_1^{(2)}"));
        const int left = static_cast<int>(rect.left() + mathSize(font, QStringLiteral("h")).width() +
                                          3); // right of the letter
        // From above: ink, an empty line, ink.
        int changes = 0;
        bool inked = false;
        for (int y = 0; y < image.height(); ++y) {
            bool ink = false;
            for (int x = left; x < image.width(); ++x)
                ink = ink || qGray(image.pixel(x, y)) < 160;
            changes += ink != inked ? 1 : 0;
            inked = ink;
        }
        QCOMPARE(changes, 4);
    }
}

QTEST_MAIN(PaintTest)
#include "paint_test.moc"
