#include "ui/panels/compare_dialog.h"

#include "core/files/comparison.h"
#include "core/files/experiment_file.h"
#include "ui/panels/form.h"
#include "ui/session/experiment_edit.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QVBoxLayout>

namespace ui {

using unrolled::CellKind;
using unrolled::Experiment;

namespace {

constexpr std::string_view hiddenPath = "model.hidden";
constexpr std::size_t mostValues = 3;

/// "16+8" of [16,8], as one types it here.
QString listed(const std::string& json)
{
    return QString::fromStdString(json.substr(1, json.size() - 2))
        .replace(QLatin1Char(','), QLatin1Char('+'));
}

} // namespace

CompareDialog::CompareDialog(const Experiment& experiment, QWidget* parent)
    : QDialog(parent), m_experiment(experiment), m_setting(new QComboBox(this)),
      m_values(new QLineEdit(this)), m_own(noteLabel(this)), m_problem(new ProblemLabel(this))
{
    m_experiment.compare.clear();
    setWindowTitle(tr("Compare values of a setting"));
    const CellKind cell = experiment.model.cell.kind;
    const auto add = [this](const QString& text, const char* path, const QString& example) {
        m_setting->addItem(text, QLatin1String(path));
        m_setting->setItemData(m_setting->count() - 1, example, Qt::UserRole + 1);
    };
    add(tr("Hidden units"), "model.hidden", QStringLiteral("8, 16, 32"));
    if (cell == CellKind::Lstm)
        add(tr("Forget bias"), "model.forget_bias", QStringLiteral("0, 1, 3"));
    if (cell == CellKind::Rnn)
        add(tr("Activation"), "model.activation", QStringLiteral("relu, identity"));
    if (cell == CellKind::Gru)
        add(tr("Reset gate"), "model.gru_reset", QStringLiteral("before"));
    add(tr("Initial weights"), "model.init", QStringLiteral("orthogonal, identity"));
    add(tr("Recurrent scale"), "model.init_scale", QStringLiteral("0.5, 2"));
    add(settingTitle("training.learning_rate"), "training.learning_rate", QStringLiteral("0.01, 0.1"));
    add(settingTitle("training.optimizer"), "training.optimizer", QStringLiteral("sgd, rmsprop"));
    add(settingTitle("training.clip_norm"), "training.clip_norm", QStringLiteral("1, 5"));
    add(tr("Truncate the gradient after"), "training.truncate", QStringLiteral("5, 10"));

    auto* rows = new QVBoxLayout(this);
    rows->setContentsMargins(20, 16, 20, 14);
    rows->setSpacing(8);
    const auto field = [&](const QString& text, QWidget* widget) {
        auto* label = new QLabel(text, this);
        label->setBuddy(widget);
        widget->setAccessibleName(QString(text).remove(QLatin1Char('&')));
        rows->addWidget(label);
        rows->addWidget(widget);
    };
    field(tr("&Setting"), m_setting);
    field(tr("&Values to compare with, up to three"), m_values);
    m_values->setMinimumWidth(320);
    rows->addWidget(m_own);
    rows->addWidget(m_problem);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    buttons->button(QDialogButtonBox::Ok)->setText(tr("&Compare"));
    for (QAbstractButton* button : buttons->buttons())
        button->setIcon(QIcon());
    rows->addSpacing(6);
    rows->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &CompareDialog::finish);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_setting, &QComboBox::currentIndexChanged, this, &CompareDialog::showOwn);
    rows->setSizeConstraint(QLayout::SetFixedSize); // grows by the line that tells a problem
    connect(m_values, &QLineEdit::textChanged, m_problem, &QWidget::hide);
    showOwn();
    m_values->setFocus();
}

std::string CompareDialog::path() const
{
    return m_setting->currentData().toString().toStdString();
}

void CompareDialog::showOwn()
{
    const std::string own = unrolled::settingText(m_experiment, path());
    m_own->setText(
        tr("This experiment's own value, %1, comes first. Task, data and seed are the same for all.")
            .arg(path() == hiddenPath ? listed(own) : QString::fromStdString(own)));
    m_values->setPlaceholderText(tr("such as %1").arg(m_setting->currentData(Qt::UserRole + 1).toString()));
    m_problem->hide();
}

std::vector<std::string> CompareDialog::values() const
{
    std::vector<std::string> result;
    const QStringList parts =
        m_values->text().split(QRegularExpression(QStringLiteral("[,;\\s]+")), Qt::SkipEmptyParts);
    for (const QString& part : parts) {
        QString value = part;
        if (path() == hiddenPath) // "16+8": two layers
            value = QLatin1Char('[') + value.replace(QLatin1Char('+'), QLatin1Char(',')) + QLatin1Char(']');
        result.push_back(value.toStdString());
    }
    return result;
}

void CompareDialog::finish()
{
    const auto fail = [this](const QString& problem) {
        m_problem->setProblem(problem);
        m_values->setFocus();
    };
    try {
        const Experiment compared = unrolled::comparedWithValues(m_experiment, path(), values());
        if (compared.compare.empty())
            return fail(tr("Name a value other than the experiment's own."));
        if (compared.compare.size() > mostValues)
            return fail(tr("Found %1 values, expected up to three.").arg(compared.compare.size()));
        unrolled::lanesOf(compared);
        emit chosen(compared);
        accept();
    } catch (const std::exception& problem) {
        fail(QString::fromUtf8(problem.what()));
    }
}

} // namespace ui
