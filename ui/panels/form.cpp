#include "ui/panels/form.h"

#include "ui/paint/style.h"
#include "ui/session/experiment_edit.h"

#include <QEvent>
#include <QGridLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>

#include <cmath>

namespace ui {

TintedLabel::TintedLabel(QColor Palette::*color, QWidget* parent) : QLabel(parent), m_color(color)
{
    setWordWrap(true);
    setTextFormat(Qt::PlainText);
    tint();
}

void TintedLabel::changeEvent(QEvent* event)
{
    QLabel::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !m_tinting)
        tint();
}

void TintedLabel::tint()
{
    m_tinting = true;
    QPalette tinted = palette();
    tinted.setColor(QPalette::WindowText, paletteFor(tinted).*m_color);
    setPalette(tinted);
    m_tinting = false;
}

QLabel* noteLabel(QWidget* parent)
{
    return new TintedLabel(&Palette::muted, parent);
}

ProblemLabel::ProblemLabel(QWidget* parent) : TintedLabel(&Palette::wrong, parent)
{
    setTextInteractionFlags(Qt::TextSelectableByMouse);
    hide();
}

void ProblemLabel::setProblem(const QString& problem)
{
    setText(problem);
    setAccessibleName(problem);
    setVisible(!problem.isEmpty());
}

NumberEdit::NumberEdit(std::function<bool(double)> allowed, const QString& expected, QWidget* parent)
    : QLineEdit(parent), m_allowed(std::move(allowed)), m_expected(expected)
{
    connect(this, &QLineEdit::textEdited, this, [this] {
        if (!m_problem.isEmpty())
            check();
    });
    connect(this, &QLineEdit::editingFinished, this, &NumberEdit::finish);
}

void NumberEdit::setValue(double value)
{
    const bool typing = hasFocus() && isModified();
    const bool same = value == m_value && !text().isEmpty();
    m_value = value;
    if (!same)
        m_short.clear();
    if (typing && same) // the picture moved on while a number is being typed
        return;
    if (!hasFocus() || m_problem.isEmpty())
        setText(shown());
    if (!m_problem.isEmpty() && !hasFocus()) {
        m_problem.clear();
        emit problemChanged(m_problem);
    }
}

void NumberEdit::setComputed(double value)
{
    constexpr int digits = 6;
    setValue(value);
    const QString rounded = settingNumber(QString::number(value, 'g', digits).toDouble());
    if (rounded.size() >= settingNumber(value).size())
        return;
    m_short = rounded;
    setText(m_short);
    setToolTip(tr("%1: stays so to the last digit until another number is typed").arg(settingNumber(value)));
}

QString NumberEdit::shown() const
{
    return m_short.isEmpty() ? settingNumber(m_value) : m_short;
}

/// Escape takes back what was typed.
void NumberEdit::keyPressEvent(QKeyEvent* event)
{
    if (event->key() != Qt::Key_Escape || text() == shown())
        return QLineEdit::keyPressEvent(event);
    setText(shown());
    check();
}

std::optional<double> NumberEdit::right() const
{
    if (!m_short.isEmpty() && text() == m_short)
        return m_value;
    QString typed = text().trimmed();
    typed.replace(QChar(0x2212), QLatin1Char('-')).replace(QLatin1Char(','), QLatin1Char('.'));
    bool number = false;
    const double value = QLocale::c().toDouble(typed, &number);
    return number && std::isfinite(value) && m_allowed(value) ? std::optional(value) : std::nullopt;
}

double NumberEdit::typed() const
{
    return right().value_or(m_value);
}

bool NumberEdit::check()
{
    const bool isRight = right().has_value();
    const QString problem =
        isRight ? QString() : tr("Found “%1”, expected %2.").arg(text().trimmed(), m_expected);
    if (problem != m_problem) {
        m_problem = problem;
        emit problemChanged(problem);
    }
    return isRight;
}

void NumberEdit::finish()
{
    if (!check())
        return;
    if (!m_short.isEmpty() && text() != m_short) {
        m_short.clear();
        setToolTip({});
    }
    const double value = typed();
    if (value != m_value) {
        m_value = value;
        emit valueEdited(value);
    }
    setText(shown());
}

FormBuilder::FormBuilder(QWidget* parent) : m_parent(parent), m_grid(new QGridLayout(parent))
{
    m_grid->setContentsMargins(18, 2, 18, 3);
    m_grid->setHorizontalSpacing(12);
    m_grid->setVerticalSpacing(3);
    m_grid->setColumnMinimumWidth(0, 104);
    m_grid->setColumnStretch(1, 1);
}

QLabel* FormBuilder::section(const QString& title)
{
    if (m_row > 0)
        m_grid->setRowMinimumHeight(m_row++, 2);
    auto* label = new QLabel(title, m_parent);
    QFont strong = label->font();
    strong.setBold(true);
    label->setFont(strong);
    m_grid->addWidget(label, m_row, 0, Qt::AlignLeft | Qt::AlignTop);
    QLabel* note = noteLabel(m_parent);
    note->hide();
    m_grid->addWidget(note, m_row++, 1);
    return note;
}

QLabel* FormBuilder::row(const QString& label, QWidget* field, const QString& tip)
{
    auto* words = new QLabel(label, m_parent);
    words->setToolTip(tip);
    words->setBuddy(field);
    field->setToolTip(tip);
    field->setAccessibleName(label);
    field->setSizePolicy(QSizePolicy::Expanding, field->sizePolicy().verticalPolicy());
    field->setMinimumWidth(60);
    m_grid->addWidget(words, m_row, 0, Qt::AlignLeft | Qt::AlignVCenter);
    m_grid->addWidget(field, m_row++, 1);
    field->setProperty("rowLabel", QVariant::fromValue<QObject*>(words));
    if (auto* number = qobject_cast<NumberEdit*>(field)) {
        auto* problem = new ProblemLabel(m_parent);
        m_grid->addWidget(problem, m_row++, 1);
        QObject::connect(number, &NumberEdit::problemChanged, problem, &ProblemLabel::setProblem);
    }
    return words;
}

void FormBuilder::wide(QWidget* widget)
{
    m_grid->addWidget(widget, m_row++, 0, 1, 2);
}

void FormBuilder::setRowVisible(QWidget* field, bool visible)
{
    field->setVisible(visible);
    if (auto* label = qobject_cast<QWidget*>(field->property("rowLabel").value<QObject*>()))
        label->setVisible(visible);
}

void FormBuilder::finish()
{
    m_grid->setRowStretch(m_row, 1);
}

} // namespace ui
