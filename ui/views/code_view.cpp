#include "ui/views/code_view.h"

#include "ui/paint/code_values.h"
#include "ui/paint/palette.h"

#include <QClipboard>
#include <QFontDatabase>
#include <QFontInfo>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolButton>
#include <QWheelEvent>

#include <algorithm>

namespace ui {

using unrolled::CodeLine;
using unrolled::CodePart;
using unrolled::PartKind;
using unrolled::Phase;

namespace {

constexpr int codeMargin = 12;
constexpr int codeGutter = 14;

QFont codeFont(const QFont& font)
{
    QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    fixed.setPixelSize(std::max(9, QFontInfo(font).pixelSize() - 1));
    return fixed;
}

/// Breaks a line at spaces so that no row is longer than `most` characters; what follows is indented.
QStringList wrapped(const QString& text, int indent, int most)
{
    most = std::max(most, 16);
    QStringList rows;
    QString rest = QString(indent, QLatin1Char(' ')) + text;
    const int hanging = std::min(indent + 4, most / 2);
    while (rest.size() > most) {
        qsizetype at = rest.lastIndexOf(QLatin1Char(' '), most);
        const auto blank = static_cast<qsizetype>(rows.isEmpty() ? indent : hanging);
        if (at <= blank)
            at = most;
        rows << rest.left(at);
        rest = QString(hanging, QLatin1Char(' ')) + rest.mid(at).trimmed();
    }
    return rows << rest;
}

int orderOf(Phase phase)
{
    return static_cast<int>(phase);
}

} // namespace

/// Where everything stands in a view of some size.
struct CodeView::Layout
{
    QFont font;
    qreal rowHeight;
    QRectF code;
    QRectF values;
    std::vector<Row> rows;
    QStringList valueRows;
    std::vector<int> lit;
    int firstRow;
    int shownRows;
};

CodeView::CodeView(QWidget* parent) : View(parent), m_copy(new QToolButton(this))
{
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(CodeView::title());
    m_copy->setText(tr("Copy script"));
    m_copy->setAccessibleName(tr("Copy as a NumPy script"));
    m_copy->setToolTip(tr(
        "Copy as a NumPy script: weights and data inside, it prints the numbers of this iteration (Ctrl+C)"));
    m_copy->setAutoRaise(true);
    m_copy->setFocusPolicy(Qt::TabFocus);
    connect(m_copy, &QToolButton::clicked, this, &CodeView::copyScript);
}

QString CodeView::title() const
{
    return tr("Code");
}

void CodeView::standAs(const View& other)
{
    m_scrolled = static_cast<const CodeView&>(other).m_scrolled;
}

void CodeView::frameChanged()
{
    if (!frame().empty() && frame().lane().trace != m_trace) {
        m_trace = frame().lane().trace;
        m_lines.clear();
        if (m_trace->input)
            m_lines = unrolled::algorithm(*m_trace);
        std::erase_if(m_lines, [](const CodeLine& line) { return line.forPrint; });
    }
    if (frame().position != m_position) {
        m_position = frame().position;
        m_scrolled = -1;
    }
    update();
}

std::vector<int> CodeView::litLines() const
{
    std::vector<int> lit;
    if (frame().empty())
        return lit;
    const unrolled::Part& part = frame().part();
    const CodePart now{frame().phase(), part.kind, part.layer, part.operation};
    const int t = frame().time();
    const bool counted = t == 0 || frame().trace().plan[static_cast<std::size_t>(t - 1)].counted;
    for (std::size_t i = 0; i < m_lines.size(); ++i) {
        const CodeLine& line = m_lines[i];
        if (std::find(line.parts.begin(), line.parts.end(), now) != line.parts.end() &&
            (counted || !line.countedOnly))
            lit.push_back(static_cast<int>(i));
    }
    return lit;
}

bool CodeView::isDone(const CodeLine& line) const
{
    if (line.parts.empty())
        return false;
    const CodePart& last = line.parts.back();
    const Phase now = frame().phase();
    if (last.phase != now)
        return orderOf(last.phase) < orderOf(now);
    const auto& parts = frame().ticks.parts(frame().position.tick);
    for (int i = 0; i < frame().position.part; ++i) {
        const unrolled::Part& part = parts[static_cast<std::size_t>(i)];
        if (last == CodePart{now, part.kind, part.layer, part.operation})
            return true;
    }
    return false;
}

QString CodeView::moment() const
{
    const int t = frame().time();
    switch (frame().phase()) {
    case Phase::Forward:
        return tr("Forward, step %1: t = %2").arg(t).arg(t - 1);
    case Phase::Loss:
        return tr("The loss");
    case Phase::Backward: {
        const QString step = tr("Backward, step %1: t = %2").arg(t).arg(t - 1);
        return frame().pickedLoss > 0 ? tr("%1 (of all losses)").arg(step) : step; // as it is trained
    }
    case Phase::Update:
        break;
    }
    return frame().part().kind == PartKind::Clip ? tr("The gradient's norm") : tr("The update");
}

CodeView::Layout CodeView::layout(const QSizeF& size) const
{
    Layout result;
    result.font = codeFont(font());
    const QFontMetricsF metrics(result.font);
    result.rowHeight = std::ceil(metrics.height()) + 1;
    const qreal top = std::max<qreal>(26, QFontMetricsF(font()).height() + 8);
    const qreal width = size.width() - 2 * codeMargin;
    const int columns = static_cast<int>((width - codeGutter) / metrics.horizontalAdvance(QLatin1Char('0')));
    result.lit = litLines();
    int firstLit = -1;
    int lastLit = -1;
    for (std::size_t i = 0; i < m_lines.size(); ++i) {
        const QStringList rows =
            wrapped(QString::fromStdString(m_lines[i].text), 2 * m_lines[i].indent, columns);
        const bool lit =
            std::find(result.lit.begin(), result.lit.end(), static_cast<int>(i)) != result.lit.end();
        for (qsizetype k = 0; k < rows.size(); ++k) {
            if (lit && firstLit < 0)
                firstLit = static_cast<int>(result.rows.size());
            if (lit)
                lastLit = static_cast<int>(result.rows.size());
            result.rows.push_back({static_cast<int>(i), k == 0, rows[k]});
        }
    }
    const int valueColumns = static_cast<int>(width / metrics.horizontalAdvance(QLatin1Char('0')));
    for (const CodeValue& each : codeValues(frame()))
        result.valueRows << wrapped(each.name + QStringLiteral(" = ") +
                                        (each.known ? codeValueText(each.value) : QStringLiteral("…")),
                                    0, valueColumns);
    // The code keeps at least half of the height, or what the running lines take, and the values what they
    // need of the rest.
    const qreal whole = size.height() - top - 8;
    const qreal wanted = static_cast<qreal>(result.valueRows.size()) * result.rowHeight + 10;
    const qreal running = firstLit < 0 ? 0 : (lastLit - firstLit + 1) * result.rowHeight;
    const qreal half = std::floor(whole / 2 / result.rowHeight) * result.rowHeight + 10;
    const qreal values = std::min({wanted, half, std::max(whole - running, 2 * result.rowHeight + 10)});
    result.code = QRectF(codeMargin, top, width, whole - values);
    result.values = QRectF(codeMargin, result.code.bottom() + 8, width, values - 8);
    const int room = static_cast<int>(result.values.height() / result.rowHeight);
    if (result.valueRows.size() > room) {
        const auto hidden = result.valueRows.size() - std::max(0, room - 1);
        result.valueRows = result.valueRows.mid(0, std::max(0, room - 1));
        result.valueRows << tr("… %1 more lines: drag a border to make room").arg(hidden);
    }
    result.shownRows = std::max(1, static_cast<int>(result.code.height() / result.rowHeight));
    const int most = std::max(0, static_cast<int>(result.rows.size()) - result.shownRows);
    int first = m_scrolled;
    if (first < 0) {
        // The running lines in the middle; their beginning where they are too many.
        const int litRows = lastLit - firstLit + 1;
        first = firstLit < 0 ? 0 : firstLit - std::max(0, (result.shownRows - litRows) / 2);
    }
    result.firstRow = std::clamp(first, 0, most);
    return result;
}

void CodeView::paintTo(QPainter& painter, const QSize& size)
{
    const Palette& colors = paletteFor(palette());
    painter.save();
    painter.fillRect(QRect(QPoint(0, 0), size), colors.background);
    painter.setFont(font());
    if (frame().empty() || m_lines.empty()) {
        painter.setPen(colors.muted);
        painter.drawText(QRect(QPoint(0, 0), size), Qt::AlignCenter | Qt::TextDontClip,
                         tr("Nothing has run yet"));
        painter.restore();
        return;
    }
    const Layout l = layout(size);
    const bool backward = orderOf(frame().phase()) >= orderOf(Phase::Backward);
    const QColor& accent = backward ? colors.backward : colors.forward;
    const QColor& soft = backward ? colors.backwardSoft : colors.forwardSoft;
    painter.setPen(colors.muted);
    painter.drawText(QRectF(codeMargin, 2, l.code.width(), l.code.top() - 4),
                     Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, moment());
    painter.setFont(l.font);
    for (int i = 0; i < l.shownRows && l.firstRow + i < static_cast<int>(l.rows.size()); ++i) {
        const Row& row = l.rows[static_cast<std::size_t>(l.firstRow + i)];
        const CodeLine& line = m_lines[static_cast<std::size_t>(row.line)];
        const QRectF place(l.code.left(), l.code.top() + i * l.rowHeight, l.code.width(), l.rowHeight);
        const bool lit = std::find(l.lit.begin(), l.lit.end(), row.line) != l.lit.end();
        if (lit) {
            painter.fillRect(place.adjusted(-4, 0, 4, 0), soft);
            painter.fillRect(QRectF(place.left() - 4, place.top(), 3, place.height()), accent);
        } else if (row.first && isDone(line)) {
            const bool back = orderOf(line.parts.back().phase) >= orderOf(Phase::Backward);
            painter.save();
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(Qt::NoPen);
            painter.setBrush(back ? colors.backward : colors.forward);
            painter.drawEllipse(QPointF(place.left() + 3, place.center().y()), 2, 2);
            painter.restore();
        }
        painter.setPen(lit || (!line.parts.empty() && isDone(line)) ? colors.text : colors.muted);
        painter.drawText(place.adjusted(codeGutter, 0, codeMargin, 0),
                         Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, row.text);
    }
    painter.setPen(colors.line);
    painter.drawLine(QPointF(0, l.values.top() - 5), QPointF(size.width(), l.values.top() - 5));
    painter.setPen(colors.text);
    for (qsizetype i = 0; i < l.valueRows.size(); ++i)
        painter.drawText(QRectF(l.values.left(), l.values.top() + static_cast<qreal>(i) * l.rowHeight,
                                l.values.width() + codeMargin, l.rowHeight),
                         Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, l.valueRows[i]);
    painter.restore();
}

void CodeView::copyScript()
{
    if (!m_trace || !m_trace->input)
        return;
    QGuiApplication::clipboard()->setText(QString::fromStdString(unrolled::numpyScript(*m_trace)));
}

QString CodeView::describe() const
{
    if (frame().empty() || m_lines.empty())
        return tr("No code is shown yet.");
    QString text = moment() + QLatin1Char('.');
    for (const int line : litLines())
        text += QLatin1Char(' ') +
                tr("Running: %1.").arg(QString::fromStdString(m_lines[static_cast<std::size_t>(line)].text));
    for (const CodeValue& each : codeValues(frame())) {
        if (each.known)
            text += QStringLiteral(" %1 = %2.").arg(each.name, codeValueText(each.value));
    }
    return text;
}

bool CodeView::ownsKey(const QKeyEvent& key) const
{
    // Here a copy is the script, not the window's picture.
    return key.matches(QKeySequence::Copy);
}

void CodeView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    paintTo(painter, size());
}

void CodeView::resizeEvent(QResizeEvent* event)
{
    const QSize wanted = m_copy->sizeHint();
    m_copy->setGeometry(width() - wanted.width() - 6, 1, wanted.width(), std::min(wanted.height(), 25));
    View::resizeEvent(event);
}

void CodeView::mousePressEvent(QMouseEvent* event)
{
    if (frame().empty() || event->button() != Qt::LeftButton)
        return View::mousePressEvent(event);
    const Layout l = layout(size());
    const int row = l.firstRow + static_cast<int>((event->position().y() - l.code.top()) / l.rowHeight);
    if (!l.code.contains(event->position()) || row >= static_cast<int>(l.rows.size()))
        return View::mousePressEvent(event);
    const auto& parts = m_lines[static_cast<std::size_t>(l.rows[static_cast<std::size_t>(row)].line)].parts;
    if (parts.empty())
        return View::mousePressEvent(event);
    // The same time step, or the one next to where the playback is.
    const CodePart& wanted = parts.back();
    const int steps = frame().ticks.steps();
    const int now = frame().time() > 0 ? frame().time() : steps;
    const int tick = frame().ticks.tickOf(wanted.phase, now);
    const auto& all = frame().ticks.parts(tick);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (wanted == CodePart{wanted.phase, all[i].kind, all[i].layer, all[i].operation})
            emit positionRequested({frame().position.iteration, tick, static_cast<int>(i)});
    }
    event->accept();
}

void CodeView::scroll(int rows)
{
    const Layout l = layout(size());
    const int most = std::max(0, static_cast<int>(l.rows.size()) - l.shownRows);
    m_scrolled = std::clamp(l.firstRow + rows, 0, most);
    update();
}

void CodeView::wheelEvent(QWheelEvent* event)
{
    if (frame().empty() || event->angleDelta().y() == 0)
        return event->ignore();
    scroll(event->angleDelta().y() > 0 ? -3 : 3);
    event->accept();
}

void CodeView::keyPressEvent(QKeyEvent* event)
{
    if (event->matches(QKeySequence::Copy))
        copyScript();
    else if (event->key() == Qt::Key_Up && !frame().empty())
        scroll(-1);
    else if (event->key() == Qt::Key_Down && !frame().empty())
        scroll(1);
    else
        View::keyPressEvent(event);
}

} // namespace ui
