#include "ui/panels/witness_dialog.h"

#include "ui/paint/loss_name.h"
#include "ui/paint/number_format.h"
#include "ui/paint/style.h"
#include "ui/paint/symbol_text.h"
#include "ui/panels/form.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QTreeWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ui {

using unrolled::Witness;
using unrolled::WitnessEntry;

namespace {

/// Sixteen digits, so that one sees to where two numbers agree: "−1.234567890123457·10⁻³".
QString allDigits(double value)
{
    if (!std::isfinite(value) || value == 0)
        return norm(value);
    QString text = QString::number(value, 'e', 15);
    const auto at = text.indexOf(QLatin1Char('e'));
    const int exponent = text.mid(at + 1).toInt();
    text = text.left(at).replace(QLatin1Char('-'), QChar(0x2212));
    if (!text.startsWith(QChar(0x2212)))
        text.prepend(QChar(0x2007)); // as wide as a digit, so that both signs line up
    return exponent == 0 ? text : text + QStringLiteral("·10") + superscript(exponent);
}

QString stateName(const WitnessTarget& target, int t, int layers)
{
    const QString name =
        QStringLiteral("∂%1/∂%2%3")
            .arg(lossName(target.loss), target.cell ? QLatin1String("c") : QLatin1String("h"),
                 t > 0 ? subscript(t) : QStringLiteral("ₜ"));
    return layers > 1 ? WitnessDialog::tr("%1 of layer %2").arg(name).arg(target.layer + 1) : name;
}

QString parameterName(const unrolled::ParameterBlock& block, int layers)
{
    QString name = QStringLiteral("∂L/∂") + plainSymbol(block.symbol);
    if (layers > 1 && block.layer >= 0)
        name = WitnessDialog::tr("%1 of layer %2").arg(name).arg(block.layer + 1);
    return QStringLiteral("%1  (%2)").arg(name, QString::fromStdString(block.name));
}

} // namespace

WitnessDialog::WitnessDialog(QWidget* parent)
    : QDialog(parent), m_intro(noteLabel(this)), m_gradient(new QComboBox(this)), m_step(new QSpinBox(this)),
      m_table(new QTreeWidget(this)), m_summary(new QLabel(this)), m_word(noteLabel(this)),
      m_progress(new QProgressBar(this))
{
    setWindowTitle(tr("Compare with central differences"));
    auto* rows = new QVBoxLayout(this);
    rows->setContentsMargins(20, 16, 20, 14);
    rows->setSpacing(10);
    rows->addWidget(m_intro);

    auto* choice = new QHBoxLayout;
    choice->setSpacing(8);
    auto* gradientLabel = new QLabel(tr("&Gradient"), this);
    gradientLabel->setBuddy(m_gradient);
    m_gradient->setAccessibleName(tr("Gradient to compare"));
    m_gradient->setToolTip(tr("Which gradient to compare"));
    auto* stepLabel = new QLabel(tr("at &step"), this);
    stepLabel->setBuddy(m_step);
    m_step->setAccessibleName(tr("Time step"));
    m_step->setToolTip(tr("The time step of the state"));
    choice->addWidget(gradientLabel);
    choice->addWidget(m_gradient);
    choice->addWidget(stepLabel);
    choice->addWidget(m_step);
    choice->addStretch(1);
    rows->addLayout(choice);

    m_table->setHeaderLabels(
        {tr("Entry"), tr("Back-propagation"), tr("Central difference"), tr("Relative difference")});
    m_table->setRootIsDecorated(false);
    m_table->setUniformRowHeights(true);
    m_table->setAccessibleName(tr("Both gradients"));
    m_table->header()->setStretchLastSection(true);
    m_table->setMinimumHeight(150);
    rows->addWidget(m_table, 1);
    m_progress->setRange(0, 1000);
    m_progress->setTextVisible(false);
    m_progress->setFixedHeight(4);
    m_progress->setAccessibleName(tr("Share of the differences taken"));
    QSizePolicy keepRoom = m_progress->sizePolicy();
    keepRoom.setRetainSizeWhenHidden(true);
    m_progress->setSizePolicy(keepRoom);
    rows->addWidget(m_progress);
    m_summary->setWordWrap(true);
    m_summary->setTextFormat(Qt::PlainText);
    m_summary->setTextInteractionFlags(Qt::TextSelectableByMouse);
    rows->addWidget(m_summary);
    rows->addWidget(m_word);

    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    buttons->button(QDialogButtonBox::Close)->setIcon(QIcon());
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    rows->addWidget(buttons);
    connect(m_gradient, &QComboBox::activated, this, &WitnessDialog::takeChoice);
    connect(m_step, &QSpinBox::valueChanged, this, &WitnessDialog::takeChoice);
    resize(700, 470);
}

QString WitnessDialog::summary() const
{
    return m_summary->text();
}

void WitnessDialog::setTrace(const unrolled::TracePtr& trace, int loss, const QString& model)
{
    m_model = model;
    m_trace = trace;
    const auto layers = static_cast<int>(trace->layers.size());
    m_offered.clear();
    for (int layer = 0; layer < layers; ++layer) {
        m_offered.push_back({layer, false, 1, -1, loss});
        if (trace->hasChannel("c"))
            m_offered.push_back({layer, true, 1, -1, loss});
    }
    for (std::size_t k = 0; k < trace->parameters.size(); ++k)
        m_offered.push_back({0, false, 1, static_cast<int>(k)});
    fill();
    setTarget(m_target);
}

void WitnessDialog::fill()
{
    const QSignalBlocker blockGradient(m_gradient);
    const QSignalBlocker blockStep(m_step);
    QStringList names;
    const auto layers = static_cast<int>(m_trace->layers.size());
    for (const WitnessTarget& offered : m_offered)
        names << (offered.parameter >= 0
                      ? parameterName(m_trace->parameters[static_cast<std::size_t>(offered.parameter)].block,
                                      layers)
                      : stateName(offered, 0, layers));
    QStringList before;
    for (int i = 0; i < m_gradient->count(); ++i)
        before << m_gradient->itemText(i);
    if (names != before) {
        m_gradient->clear();
        m_gradient->addItems(names);
    }
    m_step->setRange(1, m_trace->steps());
}

void WitnessDialog::setTarget(const WitnessTarget& target)
{
    const auto sameThing = [&](const WitnessTarget& offered) {
        return offered.parameter == target.parameter &&
               (target.parameter >= 0 || (offered.layer == target.layer && offered.cell == target.cell));
    };
    auto found = std::find_if(m_offered.begin(), m_offered.end(), sameThing);
    if (found == m_offered.end())
        found = m_offered.begin();
    const int t = std::clamp(target.t, 1, m_trace->steps());
    m_target = *found;
    m_target.t = t;
    const QSignalBlocker blockGradient(m_gradient);
    const QSignalBlocker blockStep(m_step);
    m_gradient->setCurrentIndex(static_cast<int>(found - m_offered.begin()));
    m_step->setValue(m_target.t);
    m_step->setEnabled(m_target.parameter < 0);
    const QString iteration = count(m_trace->iteration);
    const QString where = m_model.isEmpty() ? tr("Iteration %1").arg(iteration)
                                            : tr("%1, iteration %2").arg(m_model, iteration);
    m_intro->setText(
        m_target.parameter < 0
            ? tr("%1. Each unit is moved a little and everything after it is computed again: what "
                 "the loss %2 then does must be what back-propagation said.")
                  .arg(where, lossName(m_target.loss))
            : tr("%1. Each weight is moved a little and the whole pass is computed again: what the "
                 "loss L then does must be what back-propagation said.")
                  .arg(where));
}

void WitnessDialog::takeChoice()
{
    if (!m_trace || m_gradient->currentIndex() < 0)
        return;
    WitnessTarget target = m_offered[static_cast<std::size_t>(m_gradient->currentIndex())];
    target.t = m_step->value();
    if (target == m_target)
        return;
    setTarget(target);
    emit targetChanged();
}

void WitnessDialog::showWaiting(double share)
{
    m_progress->show();
    m_progress->setValue(static_cast<int>(1000 * share));
    m_summary->setText(tr("Taking differences…"));
    m_word->clear();
}

void WitnessDialog::showWitness(const Witness& witness)
{
    m_progress->hide();
    m_table->clear();
    const bool matrix = m_target.parameter >= 0 &&
                        m_trace->parameters[static_cast<std::size_t>(m_target.parameter)].block.cols > 1;
    const Palette& colors = paletteFor(palette());
    const WitnessEntry* worst = nullptr;
    int apart = 0;
    int unseen = 0;
    const auto rank = [](const WitnessEntry& entry) { // what differences cannot see tells least
        const double relative = entry.relative();
        return !entry.seen() ? -1 : std::isnan(relative) ? std::numeric_limits<double>::infinity() : relative;
    };
    for (const WitnessEntry& entry : witness.entries) {
        auto* row = new QTreeWidgetItem(m_table);
        const QString place = matrix ? tr("row %1, column %2").arg(entry.row + 1).arg(entry.col + 1)
                                     : tr("unit %1").arg(entry.row + 1);
        row->setText(0, place);
        row->setText(1, allDigits(entry.gradient));
        row->setText(2, allDigits(entry.difference.value));
        row->setText(3, entry.seen() ? norm(entry.relative()) : tr("too small for differences"));
        const QString tip =
            tr("ε = %1; by its own account this difference is good to %2")
                .arg(chosenNumber(entry.difference.epsilon), norm(entry.difference.uncertainty));
        for (int column = 0; column < 4; ++column)
            row->setToolTip(column, tip);
        if (!entry.agrees()) {
            ++apart;
            for (int column = 1; column < 4; ++column)
                row->setForeground(column, colors.wrong);
            row->setText(3, tr("%1, too far apart").arg(row->text(3)));
        }
        unseen += entry.seen() ? 0 : 1;
        if (!worst || rank(entry) > rank(*worst))
            worst = &entry;
        if (entry.row == m_unit && m_target.parameter < 0)
            m_table->setCurrentItem(row);
    }
    for (int column = 0; column < 3; ++column)
        m_table->resizeColumnToContents(column);
    if (!worst)
        return;
    const QString of = m_target.parameter >= 0
                           ? m_gradient->currentText()
                           : stateName(m_target, m_target.t, static_cast<int>(m_trace->layers.size()));
    const auto shown = static_cast<int>(witness.entries.size());
    QString text;
    if (apart > 0)
        text = tr("%1: the two are too far apart in %2 of %3 entries.").arg(of, count(apart), count(shown));
    else if (unseen == shown)
        text =
            tr("%1 is too small for differences of losses to see; back-propagation still tells it.").arg(of);
    else if (unseen > 0)
        text = tr("%1: both agree where differences can see it; %2 of %3 entries are too small for them.")
                   .arg(of, count(unseen), count(shown));
    else
        text = tr("%1: both agree, in every entry, as far as the differences can tell.").arg(of);
    if (unseen < shown)
        text += QLatin1Char(' ') + tr("Largest relative difference: %1.").arg(norm(worst->relative()));
    if (shown < witness.outOf)
        text +=
            QLatin1Char(' ') +
            tr("%1 of %2 entries: the largest, and the picked one.").arg(count(shown), count(witness.outOf));
    m_summary->setText(text);
    const double epsilon = worst->difference.epsilon;
    const double loss = m_target.loss > 0 ? m_trace->outputs.losses(m_target.loss - 1) : m_trace->loss;
    m_word->setText(
        tr("Central difference: (8(L(+ε) − L(−ε)) − (L(+2ε) − L(−2ε)))/12ε, here with ε = %1. The losses are "
           "nearly equal, so their first digits cancel: %4 = %2 is known to some 16 digits, and what is left "
           "of them leaves the quotient uncertain by about %3, however small the gradient is. "
           "Back-propagation loses nothing like that.")
            .arg(chosenNumber(epsilon), lossNumber(loss), norm(worst->difference.uncertainty),
                 lossName(m_target.loss)));
}

void WitnessDialog::hideEvent(QHideEvent* event)
{
    QDialog::hideEvent(event);
    emit closed();
}

} // namespace ui
