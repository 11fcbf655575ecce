#include "ui/paint/math_text.h"

#include <QFont>
#include <QFontInfo>
#include <QFontMetricsF>
#include <QHash>
#include <QPaintDevice>
#include <QPainter>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace ui {

namespace {

constexpr double scriptScale = 0.72;
constexpr double subscriptDrop = 0.20; // of the font's pixel size
constexpr double superscriptRise = 0.36;
constexpr double subscriptBelow = 0.33; // under a superscript, which then rises further, too
constexpr double superscriptAbove = 0.40;
constexpr double italicLean = 0.05;
constexpr int deepestLevel = 2; // scripts of scripts get no smaller than this

struct Node;
using Row = std::vector<Node>;

/// A piece of one style, with what hangs below and above its end.
struct Node
{
    QString text;
    bool italic = false;
    Row sub, super;
};

bool isFunctionName(const QString& word)
{
    static const std::array<QLatin1StringView, 12> names{
        QLatin1StringView("tanh"), QLatin1StringView("max"),     QLatin1StringView("min"),
        QLatin1StringView("log"),  QLatin1StringView("ln"),      QLatin1StringView("exp"),
        QLatin1StringView("diag"), QLatin1StringView("softmax"), QLatin1StringView("relu"),
        QLatin1StringView("ReLU"), QLatin1StringView("argmax"),  QLatin1StringView("logistic")};
    return std::find(names.begin(), names.end(), word) != names.end();
}

bool isLatin(QChar c)
{
    return (c >= QLatin1Char('a') && c <= QLatin1Char('z')) ||
           (c >= QLatin1Char('A') && c <= QLatin1Char('Z'));
}

class Parser
{
public:
    explicit Parser(const QString& math) : m_math(math) {}

    Row parse() { return row(0, false); }

private:
    Row row(int level, bool braced)
    {
        Row nodes;
        int openBraces = 0;
        while (m_at < m_math.size()) {
            const QChar c = m_math[m_at];
            if (c == QLatin1Char('}') && braced && openBraces == 0)
                break;
            if ((c == QLatin1Char('_') || c == QLatin1Char('^')) && m_at + 1 < m_math.size()) {
                ++m_at;
                if (nodes.empty())
                    nodes.push_back({});
                Row& script = c == QLatin1Char('_') ? nodes.back().sub : nodes.back().super;
                const Row parsed = this->script(level + 1);
                script.insert(script.end(), parsed.begin(), parsed.end());
                continue;
            }
            // Braces that belong to no script only group: they are not drawn.
            if (c == QLatin1Char('{') || (c == QLatin1Char('}') && openBraces > 0)) {
                openBraces += c == QLatin1Char('{') ? 1 : -1;
                ++m_at;
                continue;
            }
            append(nodes, piece(level));
        }
        return nodes;
    }

    Row script(int level)
    {
        if (m_math[m_at] == QLatin1Char('{')) {
            ++m_at;
            Row inner = row(level, true);
            if (m_at < m_math.size())
                ++m_at;
            return inner;
        }
        const qsizetype length = m_math[m_at].isHighSurrogate() && m_at + 1 < m_math.size() ? 2 : 1;
        const QString one = m_math.mid(m_at, length);
        m_at += length;
        return {{one, isLatin(one[0]), {}, {}}};
    }

    /// A word, or everything up to the next word or script.
    Node piece(int level)
    {
        if (m_math[m_at] == QLatin1Char('\\') && m_at + 1 < m_math.size()) {
            ++m_at;
            return {m_math.mid(m_at++, 1), false, {}, {}};
        }
        const qsizetype begin = m_at;
        if (isLatin(m_math[m_at])) {
            while (m_at < m_math.size() && isLatin(m_math[m_at]))
                ++m_at;
            const QString word = m_math.mid(begin, m_at - begin);
            const bool variable =
                word.size() == 1 || (level > 0 && word.size() <= 2 && !isFunctionName(word));
            return {word, variable, {}, {}};
        }
        // One character at a time, so that a script hangs on the character before it.
        const qsizetype length = m_math[m_at].isHighSurrogate() && m_at + 1 < m_math.size() ? 2 : 1;
        m_at += length;
        QString text = m_math.mid(begin, length);
        if (text == QLatin1String("-") && !isHyphen(begin))
            text = QChar(0x2212);
        return {text, false, {}, {}};
    }

    bool isHyphen(qsizetype at) const
    {
        return at >= 2 && at + 2 < m_math.size() && isLatin(m_math[at - 1]) && isLatin(m_math[at - 2]) &&
               isLatin(m_math[at + 1]) && isLatin(m_math[at + 2]);
    }

    static void append(Row& nodes, Node node)
    {
        const bool joins = !nodes.empty() && !nodes.back().italic && !node.italic &&
                           nodes.back().sub.empty() && nodes.back().super.empty();
        if (joins)
            nodes.back().text += node.text;
        else
            nodes.push_back(std::move(node));
    }

    const QString& m_math;
    qsizetype m_at = 0;
};

/// A run ready to be drawn; y grows downwards from the baseline.
struct Run
{
    QPointF at;
    QFont font;
    QString text;
};

struct Layout
{
    std::vector<Run> runs;
    double width = 0;
    double ascent = 0;
    double descent = 0;
};

double pixelSize(const QFont& font, const QFontMetricsF& metrics)
{
    return font.pixelSize() > 0 ? font.pixelSize() : metrics.height() * 0.86;
}

void setScaled(QFont& font, double factor)
{
    // Pixel sizes are whole numbers in QFont; points are not.
    if (font.pixelSize() > 0)
        font.setPixelSize(std::max(1, qRound(font.pixelSize() * factor)));
    else
        font.setPointSizeF(std::max(1.0, font.pointSizeF() * factor));
}

class Typesetter
{
public:
    Typesetter(const QFont& font, const QPaintDevice* device) : m_device(device)
    {
        m_fonts[0] = font;
        for (std::size_t level = 1; level <= deepestLevel; ++level) {
            m_fonts[level] = m_fonts[level - 1];
            setScaled(m_fonts[level], level == 1 ? scriptScale : 0.85);
        }
    }

    Layout set(const Row& row)
    {
        Layout layout;
        layout.width = place(layout, row, 0, 0, 0);
        const QFontMetricsF metrics = metricsOf(m_fonts[0]);
        layout.ascent = std::max(layout.ascent, metrics.ascent());
        layout.descent = std::max(layout.descent, metrics.descent());
        return layout;
    }

private:
    QFontMetricsF metricsOf(const QFont& font) const
    {
        return m_device ? QFontMetricsF(font, const_cast<QPaintDevice*>(m_device)) : QFontMetricsF(font);
    }

    /// Places a row from x on and returns where it ends.
    double place(Layout& layout, const Row& row, std::size_t level, double x, double y)
    {
        const double size = pixelSize(m_fonts[level], metricsOf(m_fonts[level]));
        const std::size_t next = std::min<std::size_t>(level + 1, deepestLevel);
        for (std::size_t i = 0; i < row.size(); ++i) {
            const Node& node = row[i];
            if (!node.text.isEmpty()) {
                QFont font = m_fonts[level];
                font.setItalic(node.italic);
                const QFontMetricsF metrics = metricsOf(font);
                layout.runs.push_back({{x, y}, font, node.text});
                layout.ascent = std::max(layout.ascent, metrics.ascent() - y);
                layout.descent = std::max(layout.descent, metrics.descent() + y);
                x += metrics.horizontalAdvance(node.text);
            }
            const double lean = node.italic ? size * italicLean : 0;
            double end = x;
            const bool both = !node.sub.empty() && !node.super.empty();
            const double drop = size * (both ? subscriptBelow : subscriptDrop);
            const double rise = size * (both ? superscriptAbove : superscriptRise);
            if (!node.sub.empty())
                end = std::max(end, place(layout, node.sub, next, x, y + drop));
            if (!node.super.empty())
                end = std::max(end, place(layout, node.super, next, x + lean, y - rise));
            const bool followedByUpright = i + 1 < row.size() && !row[i + 1].italic;
            x = end > x ? end + size * 0.04 : x + (followedByUpright || i + 1 == row.size() ? lean : 0);
        }
        return x;
    }

    const QPaintDevice* m_device;
    std::array<QFont, deepestLevel + 1> m_fonts;
};

/// Layouts are kept from picture to picture: the same few formulas come again and again. A size in pixels is
/// the same on every device; one in points is set anew.
std::shared_ptr<const Layout> layoutOf(const QFont& font, const QPaintDevice* device, const QString& math)
{
    if (font.pixelSize() <= 0)
        return std::make_shared<const Layout>(Typesetter(font, device).set(Parser(math).parse()));
    constexpr qsizetype most = 4096;
    static thread_local QHash<QPair<QString, QFont>, std::shared_ptr<const Layout>> known;
    const QPair<QString, QFont> key(math, font);
    const auto found = known.constFind(key);
    if (found != known.constEnd())
        return *found;
    if (known.size() >= most)
        known.clear();
    return *known.insert(key,
                         std::make_shared<const Layout>(Typesetter(font, nullptr).set(Parser(math).parse())));
}

QString html(const Row& row)
{
    QString text;
    for (const Node& node : row) {
        const QString escaped = node.text.toHtmlEscaped();
        text += node.italic ? QStringLiteral("<i>%1</i>").arg(escaped) : escaped;
        if (!node.sub.empty())
            text += QStringLiteral("<sub>%1</sub>").arg(html(node.sub));
        if (!node.super.empty())
            text += QStringLiteral("<sup>%1</sup>").arg(html(node.super));
    }
    return text;
}

QString plain(const Row& row)
{
    QString text;
    for (const Node& node : row) {
        text += node.text;
        if (!node.sub.empty())
            text += QLatin1Char(' ') + plain(node.sub);
        if (node.super.empty())
            continue;
        const QString power = plain(node.super);
        if (power == QLatin1String("2"))
            text += QStringLiteral(" squared");
        else if (power == QStringLiteral("⊤"))
            text += QStringLiteral(" transposed");
        else
            text += QStringLiteral(" to the ") + power;
    }
    return text;
}

} // namespace

QSizeF mathSize(const QFont& font, const QString& math)
{
    const auto layout = layoutOf(font, nullptr, math);
    // Even above and below the plain line, so that centring in a box of this size keeps every baseline in
    // line.
    const QFontMetricsF metrics(font);
    const double extra = std::max(layout->ascent - metrics.ascent(), layout->descent - metrics.descent());
    return {layout->width, metrics.ascent() + metrics.descent() + 2 * extra};
}

void drawMath(QPainter& painter, const QRectF& rect, Qt::Alignment alignment, const QString& math)
{
    const QFont font = painter.font();
    const auto layout = layoutOf(font, painter.device(), math);
    const QFontMetricsF metrics(font, painter.device());

    double x = rect.left();
    if (alignment & Qt::AlignHCenter)
        x = rect.center().x() - layout->width / 2;
    else if (alignment & Qt::AlignRight)
        x = rect.right() - layout->width;

    double y = rect.center().y() + (metrics.ascent() - metrics.descent()) / 2;
    if (alignment & Qt::AlignTop)
        y = rect.top() + layout->ascent;
    else if (alignment & Qt::AlignBottom)
        y = rect.bottom() - layout->descent;

    for (const Run& run : layout->runs) {
        painter.setFont(run.font);
        painter.drawText(QPointF(x, y) + run.at, run.text);
    }
    painter.setFont(font);
}

QString mathHtml(const QString& math)
{
    return html(Parser(math).parse());
}

QString mathWords(const QString& words)
{
    QString math;
    math.reserve(2 * words.size());
    for (const QChar letter : words)
        (math += QLatin1Char('\\')) += letter;
    return math;
}

QString mathPlain(const QString& math)
{
    QString text = plain(Parser(math).parse());
    text.replace(QChar(0x2212), QLatin1Char('-'));
    return text.simplified();
}

QFont narrowed(QFont font, const QString& words, double room, int least)
{
    if (const double wanted = QFontMetricsF(font).horizontalAdvance(words); wanted > room)
        font.setPixelSize(std::max(least, static_cast<int>(QFontInfo(font).pixelSize() * room / wanted)));
    return font;
}

} // namespace ui
