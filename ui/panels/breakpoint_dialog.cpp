#include "ui/panels/breakpoint_dialog.h"

#include "ui/panels/form.h"

#include <QApplication>
#include <QCheckBox>
#include <QDialogButtonBox>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>

#include <cmath>

namespace ui {

BreakpointDialog::BreakpointDialog(const Breakpoints& breakpoints, QWidget* parent)
    : QDialog(parent), m_breakpoints(breakpoints), m_problem(new ProblemLabel(this))
{
    struct Condition
    {
        QString text;   ///< before the number
        QString number; ///< what the number is, for a screen reader
        QString unit;
        QString tip;
        double scale; ///< of what is shown
        std::function<bool(double)> allowed;
        QString expected;
    };
    const auto positive = [](double v) { return v > 0; };
    const std::array<Condition, breakpointKinds> conditions = {{
        {tr("The gradient at step &1, ‖∂L/∂h₁‖, falls under"),
         tr("Smallest norm of the gradient at step 1"),
         {},
         tr("In every layer of the watched sequence: the first step no longer learns from the loss"),
         1,
         positive,
         tr("a number above 0")},
        {tr("The norm of all &gradients rises above"),
         tr("Largest norm of all gradients"),
         {},
         tr("The joint norm of the gradients of all parameters, before clipping"),
         1,
         positive,
         tr("a number above 0")},
        {tr("&Right answers reach"), tr("Share of right answers in per cent"), tr("%"),
         tr("The accuracy over the iteration's batch"), 100, [](double v) { return v > 0 && v <= 100; },
         tr("a number above 0, up to 100")},
        {tr("&Iteration"),
         tr("Iteration to stop at"),
         {},
         tr("The iteration of this number is trained"),
         1,
         [](double v) { return v >= 0 && v < 1e15 && v == std::floor(v); },
         tr("a whole number from 0 on")},
    }};

    setWindowTitle(tr("Breakpoints"));
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(20, 16, 20, 14);
    grid->setHorizontalSpacing(10);
    grid->setVerticalSpacing(8);
    auto* intro = noteLabel(this);
    intro->setText(tr("Training stops after the first iteration for which one of these holds, in any of the "
                      "models, at full speed and while playing. Going on does not stop again before it has "
                      "ceased to hold. What is trained already can be searched."));
    grid->addWidget(intro, 0, 0, 1, 3);
    grid->setRowMinimumHeight(1, 4);
    int line = 2;
    for (std::size_t k = 0; k < breakpointKinds; ++k) {
        const Condition& condition = conditions[k];
        Row& row = m_rows[k];
        row.box = new QCheckBox(condition.text, this);
        row.box->setToolTip(condition.tip);
        row.box->setAccessibleName(row.box->text().remove(QLatin1Char('&')));
        row.box->setChecked(m_breakpoints.all[k].on);
        row.number = new NumberEdit(condition.allowed, condition.expected, this);
        row.number->setValue(condition.scale * m_breakpoints.all[k].value);
        row.number->setAccessibleName(condition.number);
        row.number->setToolTip(condition.tip);
        row.number->setFixedWidth(110);
        grid->addWidget(row.box, line, 0);
        grid->addWidget(row.number, line, 1);
        grid->addWidget(new QLabel(condition.unit, this), line, 2);
        ++line;
        connect(row.box, &QCheckBox::toggled, this, [this, k](bool on) {
            m_breakpoints.all[k].on = on;
            emit changed(m_breakpoints);
        });
        connect(row.number, &NumberEdit::valueEdited, this,
                [this, k, box = row.box, scale = condition.scale](double value) {
                    m_breakpoints.all[k].value = value / scale;
                    if (box->isChecked())
                        emit changed(m_breakpoints);
                    else
                        box->setChecked(true); // who gives the number wants it
                });
        connect(row.box, &QCheckBox::toggled, this, &BreakpointDialog::showProblem);
        connect(row.number, &NumberEdit::problemChanged, this, &BreakpointDialog::showProblem);
    }
    connect(qApp, &QApplication::focusChanged, this, &BreakpointDialog::showProblem);
    auto* always = new QCheckBox(tr("A number leaves the range of numbers (NaN or ∞)"), this);
    always->setChecked(true);
    always->setEnabled(false);
    always->setAccessibleName(always->text());
    always->setToolTip(tr("A run always stops here: there is nothing to compute beyond"));
    grid->addWidget(always, line, 0);
    auto* word = noteLabel(this);
    word->setText(tr("always"));
    grid->addWidget(word, line++, 1, 1, 2);
    grid->addWidget(m_problem, line++, 0, 1, 3);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    QPushButton* close = buttons->button(QDialogButtonBox::Close);
    close->setIcon(QIcon());
    close->setAutoDefault(false); // Return ends a number
    auto* search = buttons->addButton(tr("Go to the &first so far"), QDialogButtonBox::ActionRole);
    search->setAutoDefault(false);
    search->setToolTip(tr("Looks through the iterations trained, from the first on, and goes to the first "
                          "for which one of these holds"));
    search->setEnabled(m_breakpoints.any());
    connect(search, &QPushButton::clicked, this, [this, search] {
        search->setFocus(); // a number that is being typed counts, whichever way the button is pressed
        if (m_breakpoints.any())
            emit searchRequested();
    });
    connect(this, &BreakpointDialog::changed, search,
            [search](const Breakpoints& set) { search->setEnabled(set.any()); });
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    grid->setRowMinimumHeight(line++, 6);
    grid->addWidget(buttons, line, 0, 1, 3);
    grid->setColumnStretch(0, 1);
    layout()->setSizeConstraint(QLayout::SetFixedSize);
}

BreakpointDialog::~BreakpointDialog()
{
    disconnect(qApp, nullptr, this, nullptr); // what is left of it loses the focus
}

/// Of the conditions that are on, or whose number is being typed.
void BreakpointDialog::showProblem()
{
    for (const Row& row : m_rows) {
        if (!row.number->isRight() && (row.box->isChecked() || row.number->hasFocus()))
            return m_problem->setProblem(row.number->problem());
    }
    m_problem->setProblem({});
}

} // namespace ui
