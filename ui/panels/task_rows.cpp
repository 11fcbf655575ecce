#include "ui/panels/task_rows.h"

#include "core/files/task_fields.h"
#include "core/tasks/task.h"
#include "ui/panels/form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QSpinBox>

#include <algorithm>

namespace ui {

using unrolled::TaskSettings;

namespace {

constexpr int longest = 5000; // steps that are offered; an experiment may have more

bool has(const std::vector<std::string>& tasks, const std::string& id)
{
    return std::find(tasks.begin(), tasks.end(), id) != tasks.end();
}

bool feeds(const std::string& id)
{
    return id == "hello" || id == "text";
}

} // namespace

TaskRows::TaskRows(FormBuilder& form, QWidget* parent) : QObject(parent)
{
    m_form = new QComboBox(parent);
    m_form->addItems({tr("Arjovsky, 2016"), tr("Hochreiter, 1997")});
    form.row(
        tr("Definition"), m_form,
        tr("Two marked numbers to add: one in each half of a sequence of fixed length, or as first posed, "
           "in sequences of varying length"));
    m_feed = new QComboBox(parent);
    m_feed->addItems({tr("The sequence"), tr("Zeros after the first step")});
    form.row(tr("Inputs"), m_feed, tr("What the network reads after its first input"));

    const auto number = [&](const QString& label, const QString& tip, std::vector<std::string> tasks,
                            int TaskSettings::*field, int least, int most, bool inSequence = false) {
        auto* box = new QSpinBox(parent);
        box->setRange(least, most);
        form.row(label, box, tip);
        connect(box, &QSpinBox::valueChanged, this, &TaskRows::changed);
        m_numbers.push_back({std::move(tasks), field, box, most, inSequence});
    };
    number(tr("Lag"), tr("Steps between a symbol and its answer"), {"copy", "echo"}, &TaskSettings::lag, 1,
           longest, true);
    number(tr("Symbols"), tr("How many symbols are to be remembered"), {"copy"}, &TaskSettings::symbols, 1,
           unrolled::maximumSymbols);
    number(tr("Alphabet"), tr("How many different symbols there are"), {"copy", "echo"},
           &TaskSettings::alphabet, 2, unrolled::maximumAlphabet);
    number(tr("Signal"), tr("The first steps, which tell the class"), {"latch"}, &TaskSettings::signal, 1,
           longest, true);
    m_noise = new NumberEdit([](double v) { return v >= 0; }, tr("a number, 0 or more"), parent);
    form.row(tr("Noise"), m_noise, tr("The standard deviation of what comes after the signal"));
    number(tr("Digits"), tr("Digits of each number, at most"), {"addition"}, &TaskSettings::digits, 1,
           unrolled::maximumDigits);
    m_reversed = new QCheckBox(tr("from its last character"), parent);
    form.row(tr("Reads the sum"), m_reversed, tr("So that the last digits, written last, were read first"));

    for (QComboBox* box : {m_form, m_feed})
        connect(box, &QComboBox::currentIndexChanged, this, &TaskRows::changed);
    connect(m_noise, &QLineEdit::textChanged, this, &TaskRows::changed);
    connect(m_noise, &NumberEdit::problemChanged, this, &TaskRows::changed);
    connect(m_reversed, &QCheckBox::toggled, this, &TaskRows::changed);
}

void TaskRows::show(const TaskSettings& task)
{
    for (const Number& each : m_numbers) {
        const int value = task.*each.field;
        each.box->setMaximum(std::max(each.most, value));
        each.box->setValue(value);
    }
    m_noise->setValue(task.noise);
    m_form->setCurrentIndex(static_cast<int>(task.form));
    m_feed->setCurrentIndex(static_cast<int>(task.feed));
    m_reversed->setChecked(task.reversed);
}

void TaskRows::showRows(const std::string& id, int length)
{
    const unrolled::TaskInfo* info = unrolled::findTaskInfo(id);
    for (const Number& each : m_numbers) {
        const bool shown = has(each.tasks, id);
        FormBuilder::setRowVisible(each.box, shown);
        if (shown && each.inSequence && info && info->defaultLength > 0)
            each.box->setMaximum(std::max(each.box->minimum(), length - 1));
    }
    FormBuilder::setRowVisible(m_noise, id == "latch");
    FormBuilder::setRowVisible(m_form, id == "adding");
    FormBuilder::setRowVisible(m_feed, feeds(id));
    FormBuilder::setRowVisible(m_reversed, id == "addition");
}

void TaskRows::read(TaskSettings& task) const
{
    for (const Number& each : m_numbers) {
        if (has(each.tasks, task.id))
            task.*each.field = each.box->value();
    }
    if (task.id == "latch")
        task.noise = m_noise->typed();
    if (task.id == "adding")
        task.form = static_cast<unrolled::AddingForm>(m_form->currentIndex());
    if (feeds(task.id))
        task.feed = static_cast<unrolled::Feed>(m_feed->currentIndex());
    if (task.id == "addition")
        task.reversed = m_reversed->isChecked();
}

bool TaskRows::isRight() const
{
    return m_noise->isRight();
}

} // namespace ui
