#include "ui/panels/help_dialog.h"

#include <QAbstractButton>
#include <QAction>
#include <QDialogButtonBox>
#include <QMenu>
#include <QMenuBar>
#include <QTextBrowser>
#include <QVBoxLayout>

namespace ui {

namespace {

QString rowOf(const QString& keys, const QString& what)
{
    return QStringLiteral(
               "<tr><td style='padding:2px 18px 2px 0'><b>%1</b></td><td style='padding:2px 0'>%2</td></tr>")
        .arg(keys.toHtmlEscaped(), what.toHtmlEscaped());
}

void addRows(const QMenu& menu, QString& html)
{
    for (const QAction* action : menu.actions()) {
        if (action->menu()) {
            addRows(*action->menu(), html);
            continue;
        }
        if (action->shortcuts().isEmpty())
            continue;
        QStringList keys;
        for (const QKeySequence& key : action->shortcuts())
            keys << key.toString(QKeySequence::NativeText);
        html += rowOf(keys.join(QStringLiteral(", ")), action->statusTip());
    }
}

} // namespace

HelpDialog::HelpDialog(const QMenuBar& menus, QWidget* parent) : QDialog(parent)
{
    setWindowTitle(tr("Keyboard and first steps"));
    resize(620, 640);
    auto* layout = new QVBoxLayout(this);
    auto* text = new QTextBrowser(this);
    text->setAccessibleName(tr("Help"));
    text->setFrameShape(QFrame::NoFrame);
    QString html = QStringLiteral("<h3>%1</h3><ol>").arg(tr("First steps"));
    for (const QString& step :
         {tr("The window opens on the answers of the untrained network and their loss. Press Space: the "
             "gradients go back through the cells, the weights are updated, and the next iteration goes "
             "forward, letter after letter. Space again pauses."),
          tr("The arrow keys step forward and back. The step size beside the buttons says how far: an "
             "operation, a time step, a "
             "pass, an iteration."),
          tr("After the forward pass come the loss, then the gradients on their way back, then the update of "
             "the weights. The lower "
             "line of the timeline shows where you are; click or drag it."),
          tr("Press T to train at full speed, then drag the upper line of the timeline back to any "
             "iteration. Nothing is lost: every "
             "iteration can be looked at again."),
          tr("Click a cell, or press its number, to look inside. Point at anything for its numbers."),
          tr("Right-click a weight, a gate, a connection or a loss to change the run from that iteration on. "
             "Ctrl+Z takes it "
             "back."),
          tr("Choose RNN, GRU or LSTM at the top and compare how far back the gradient reaches.")})
        html += QStringLiteral("<li style='margin-bottom:5px'>%1</li>").arg(step.toHtmlEscaped());
    html += QStringLiteral("</ol><h3>%1</h3><table>").arg(tr("Keyboard"));
    for (const QAction* action : menus.actions()) {
        if (action->menu())
            addRows(*action->menu(), html);
    }
    html += rowOf(tr("Alt+arrow keys"),
                  tr("From value to value of the view that was clicked or reached with Tab")) +
            rowOf(tr("Shift+F10"), tr("What can be changed there")) +
            rowOf(tr("Esc"), tr("Let a picked loss, or value, go"));
    text->setHtml(html + QStringLiteral("</table>"));
    layout->addWidget(text);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    for (QAbstractButton* button : buttons->buttons())
        button->setIcon(QIcon());
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    layout->addWidget(buttons);
}

} // namespace ui
