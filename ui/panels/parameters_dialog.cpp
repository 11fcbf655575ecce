#include "ui/panels/parameters_dialog.h"

#include "core/files/tables.h"
#include "ui/paint/number_format.h"
#include "ui/session/frame.h"

#include <QApplication>
#include <QClipboard>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QShortcut>
#include <QTableWidget>
#include <QVBoxLayout>

namespace ui {

using unrolled::CellKind;
using unrolled::GruReset;
using unrolled::IterationTrace;
using unrolled::ParameterRole;

namespace {

unrolled::Table layerTable(const IterationTrace& trace)
{
    unrolled::ModelSettings model;
    model.cell = trace.cell;
    model.hidden.clear();
    for (const unrolled::LayerTrace& layer : trace.layers)
        model.hidden.push_back(static_cast<int>(layer.hiddenSize()));
    model.readoutBias = trace.hasParameter(ParameterRole::ReadoutBias, -1);
    const auto inputs = trace.parameter(ParameterRole::InputWeight, 0).before.cols();
    const auto outputs = trace.parameter(ParameterRole::ReadoutWeight, -1).before.rows();
    return unrolled::summaryTable(model, static_cast<int>(inputs), static_cast<int>(outputs), trace.plan);
}

} // namespace

ParametersDialog::ParametersDialog(QWidget* parent)
    : QDialog(parent), m_table(new QTableWidget(this)), m_why(new QLabel(this))
{
    setWindowTitle(tr("Parameters"));
    m_table->setAccessibleName(tr("Layers and their parameters"));
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setShowGrid(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setTabKeyNavigation(false);
    m_table->verticalHeader()->hide();
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->setFocusPolicy(Qt::TabFocus); // so that no row is marked from the start
    m_why->setWordWrap(true);
    m_why->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    auto* copyButton = buttons->addButton(tr("&Copy"), QDialogButtonBox::ActionRole);
    copyButton->setToolTip(tr("Copy the table, to paste it into a sheet"));
    for (QAbstractButton* button : buttons->buttons())
        button->setIcon(QIcon());
    connect(copyButton, &QAbstractButton::clicked, this, &ParametersDialog::copy);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    connect(new QShortcut(QKeySequence::Copy, m_table, nullptr, nullptr, Qt::WidgetShortcut),
            &QShortcut::activated, this, &ParametersDialog::copy);
    auto* rows = new QVBoxLayout(this);
    rows->addWidget(m_table, 1);
    rows->addWidget(m_why);
    rows->addWidget(buttons);
    buttons->button(QDialogButtonBox::Close)->setFocus();
    resize(640, 300);
}

namespace {

/// Why a cell is counted differently.
QString conventionOf(const unrolled::CellSpec& cell)
{
    if (cell.kind == CellKind::Gru && cell.gruReset == GruReset::After)
        return ParametersDialog::tr(
            "GRU: this one resets after the product, so b_hn stands inside r ∘ (W_hn h + b_hn) and is kept "
            "apart; the biases of r and z are one each. Keras (reset_after) and PyTorch keep two biases for "
            "every gate, of which only the sum counts in r and z.");
    if (cell.kind == CellKind::Gru)
        return ParametersDialog::tr("GRU: here and in Keras (reset_after=False) every gate has one bias. "
                                    "PyTorch keeps two, bias_ih and bias_hh, and knows no reset before the "
                                    "product.");
    if (cell.kind == CellKind::Lstm)
        return ParametersDialog::tr("LSTM: here and in Keras every gate has one bias. PyTorch keeps two, "
                                    "bias_ih and bias_hh, of which only the sum counts.");
    return ParametersDialog::tr("RNN: here and in Keras every unit has one bias. PyTorch keeps two, bias_ih "
                                "and bias_hh, of which only the sum counts.");
}

} // namespace

void ParametersDialog::setFrame(const Frame& frame)
{
    if (frame.empty())
        return;
    unrolled::Table table;
    QStringList why;
    for (const Lane& lane : frame.lanes) {
        if (!lane.trace)
            continue;
        unrolled::Table one = layerTable(*lane.trace);
        if (frame.lanes.size() > 1)
            one = unrolled::withLane(one, lane.name.toStdString());
        unrolled::append(table, one);
        if (const QString words = conventionOf(lane.trace->cell); !why.contains(words))
            why << words;
    }
    if (table.rows == m_rows)
        return;
    m_rows = table.rows;
    m_why->setText(why.join(QLatin1Char('\n')));
    QStringList names{tr("Layer"),      tr("Type"),     tr("Output (steps × units)"),
                      tr("Parameters"), tr("in Keras"), tr("in PyTorch")};
    const int numbers = static_cast<int>(table.columns.size()) - 3;
    if (frame.lanes.size() > 1)
        names.prepend(tr("Model"));
    m_table->setColumnCount(static_cast<int>(table.columns.size()));
    m_table->setRowCount(static_cast<int>(table.rows.size()));
    m_table->setHorizontalHeaderLabels(names);
    for (int row = 0; row < m_table->rowCount(); ++row) {
        const std::vector<std::string>& cells = table.rows[static_cast<std::size_t>(row)];
        const bool total = cells[static_cast<std::size_t>(numbers - 3)] == "total";
        for (int column = 0; column < m_table->columnCount(); ++column) {
            QString text = QString::fromStdString(cells[static_cast<std::size_t>(column)]);
            if (column >= numbers)
                text = count(text.toLongLong());
            else if (column == numbers - 1)
                text.replace(QLatin1Char('x'), QStringLiteral(" × "));
            else if (total && column == numbers - 3)
                text = tr("total");
            auto* item = new QTableWidgetItem(text);
            item->setTextAlignment((column >= numbers ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
            QFont font = m_table->font();
            font.setBold(total);
            item->setFont(font);
            m_table->setItem(row, column, item);
        }
    }
    for (int column = 0; column < m_table->columnCount(); ++column)
        m_table->horizontalHeaderItem(column)->setTextAlignment(
            (column >= numbers ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    m_table->resizeColumnsToContents();
    for (int column = 0; column < m_table->columnCount(); ++column)
        m_table->setColumnWidth(column, m_table->columnWidth(column) + 20);
}

QString ParametersDialog::text() const
{
    QStringList lines;
    for (int row = -1; row < m_table->rowCount(); ++row) {
        QStringList cells;
        for (int column = 0; column < m_table->columnCount(); ++column)
            cells << (row < 0 ? m_table->horizontalHeaderItem(column) : m_table->item(row, column))->text();
        lines << cells.join(QLatin1Char('\t'));
    }
    return lines.join(QLatin1Char('\n')).remove(QChar(0x2009)) + QLatin1Char('\n');
}

void ParametersDialog::copy() const
{
    QApplication::clipboard()->setText(text());
}

} // namespace ui
