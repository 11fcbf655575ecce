#include "ui/panels/restart_fields.h"

#include "core/files/atomic_file.h"
#include "core/files/inline_weights.h"
#include "core/tasks/csv.h"
#include "core/tasks/task.h"
#include "ui/panels/buttons.h"
#include "ui/panels/form.h"
#include "ui/panels/more_rows.h"
#include "ui/panels/task_rows.h"
#include "ui/session/experiment_edit.h"

#include <QAbstractItemView>
#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QRegularExpressionValidator>
#include <QSpinBox>
#include <QTreeWidget>

#include <algorithm>

namespace ui {

using namespace unrolled;

namespace {

// What is offered; an experiment may have more.
constexpr int maximumLayers = 4;
constexpr int longestSequence = 5000;
constexpr int largestBatch = 1024;
constexpr int largestLayer = 2048;

bool contains(const std::vector<std::string>& list, const std::string& name)
{
    return std::find(list.begin(), list.end(), name) != list.end();
}

} // namespace

RestartFields::RestartFields(QWidget* parent) : QWidget(parent)
{
    FormBuilder form(this);
    buildTask(form);
    buildModel(form);
    buildStart(form);
    form.finish();
    const auto changed = [this] {
        if (m_showing)
            return;
        showRows();
        emit edited();
    };
    for (QComboBox* box : {m_counted, m_cell, m_activation, m_reset, m_init, m_loss})
        connect(box, &QComboBox::currentIndexChanged, this, changed);
    for (QSpinBox* box : {m_length, m_batch})
        connect(box, &QSpinBox::valueChanged, this, changed);
    for (QLineEdit* edit :
         {m_vocabulary, m_seed, static_cast<QLineEdit*>(m_scale), static_cast<QLineEdit*>(m_forget)})
        connect(edit, &QLineEdit::textChanged, this, changed);
    for (NumberEdit* edit : {m_scale, m_forget})
        connect(edit, &NumberEdit::problemChanged, this, changed);
    connect(m_layers, &QSpinBox::valueChanged, this, [this, changed](int layers) {
        if (m_showing)
            return;
        setLayers(layers);
        changed();
    });
    connect(m_columns, &QTreeWidget::itemChanged, this, changed);
    connect(m_taskRows, &TaskRows::changed, this, changed);
    connect(m_more, &MoreRows::changed, this, changed);
    connect(m_task, &QComboBox::activated, this, &RestartFields::taskPicked);
}

void RestartFields::buildTask(FormBuilder& form)
{
    form.section(tr("Task"));
    m_task = new QComboBox(this);
    for (const TaskInfo& info : taskInfos())
        m_task->addItem(QString::fromUtf8(info.title), QString::fromUtf8(info.id));
    m_task->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_task->view()->setMinimumWidth(m_task->view()->sizeHintForColumn(0) + 24);
    m_task->setAccessibleName(tr("Task"));
    m_task->setToolTip(tr("What the network learns"));
    form.wide(m_task); // under its title, as some names are long

    m_fileRow = new QWidget(this);
    auto* file = new QHBoxLayout(m_fileRow);
    file->setContentsMargins(0, 0, 0, 0);
    m_fileName = noteLabel(m_fileRow);
    m_choose = new QPushButton(tr("Choose…"), m_fileRow);
    m_choose->setAccessibleName(tr("Choose the file of the task"));
    m_choose->setToolTip(tr("Choose the file that the task reads"));
    connect(m_choose, &QPushButton::clicked, this, &RestartFields::chooseFile);
    file->addWidget(m_fileName, 1);
    file->addWidget(m_choose);
    form.row(tr("File"), m_fileRow, tr("The file that the task reads"));

    m_length = new QSpinBox(this);
    m_length->setRange(1, longestSequence);
    m_length->setSuffix(tr(" steps"));
    form.row(tr("Sequence length"), m_length,
             tr("Time steps of one sequence: how far the network is unrolled"));
    m_vocabulary = new QLineEdit(this);
    m_vocabulary->setPlaceholderText(tr("all characters of the file"));
    form.row(tr("Vocabulary"), m_vocabulary,
             tr("The characters in their order; leave empty for all that the file has"));
    m_columns = new QTreeWidget(this);
    m_columns->setColumnCount(3);
    m_columns->setHeaderLabels({tr("Column"), tr("Input"), tr("Target")});
    m_columns->setRootIsDecorated(false);
    m_columns->setFixedHeight(128);
    m_columns->header()->setStretchLastSection(false);
    m_columns->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_columns->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    m_columns->header()->setSectionResizeMode(2, QHeaderView::ResizeToContents);
    form.row(tr("Columns"), m_columns, tr("Which columns go in, and which are to be predicted"));
    m_counted = new QComboBox(this);
    m_counted->addItems({tr("Every step"), tr("Last step only")});
    form.row(tr("Loss counts"), m_counted, tr("At which steps the answer is judged"));
    m_taskRows = new TaskRows(form, this);
}

void RestartFields::buildModel(FormBuilder& form)
{
    form.section(tr("Model"));
    m_cell = new QComboBox(this);
    for (const CellKind kind : {CellKind::Rnn, CellKind::Gru, CellKind::Lstm})
        m_cell->addItem(QString::fromUtf8(title(kind)));
    form.row(tr("Cell"), m_cell, tr("The recurrent cell"));
    m_activation = new QComboBox(this);
    m_activation->addItems({tr("tanh"), tr("ReLU"), tr("identity"), tr("sigmoid")});
    form.row(tr("Activation"), m_activation, tr("The nonlinearity of the simple recurrent cell"));
    m_reset = new QComboBox(this);
    m_reset->addItems({tr("After the product"), tr("Before the product")});
    form.row(tr("Reset gate"), m_reset,
             tr("After the recurrent product as PyTorch and Keras do, or before it as Cho et al. (2014)"));
    m_layers = new QSpinBox(this);
    m_layers->setRange(1, maximumLayers);
    form.row(tr("Layers"), m_layers, tr("Recurrent layers on top of each other"));
    m_sizes = new QWidget(this);
    m_sizesLayout = new QHBoxLayout(m_sizes);
    m_sizesLayout->setContentsMargins(0, 0, 0, 0);
    m_sizesLayout->setSpacing(4);
    form.row(tr("Hidden units"), m_sizes, tr("Units of each layer, the lowest layer first"));
}

void RestartFields::buildStart(FormBuilder& form)
{
    form.section(tr("Start"));
    m_weightsRow = new QWidget(this);
    auto* weights = new QHBoxLayout(m_weightsRow);
    weights->setContentsMargins(0, 0, 0, 0);
    m_weightsName = noteLabel(m_weightsRow);
    auto* drop = new QPushButton(tr("Draw instead"), m_weightsRow);
    drop->setToolTip(tr("Draw the initial weights from the seed instead of reading these"));
    drop->setAccessibleName(drop->toolTip());
    connect(drop, &QPushButton::clicked, this, [this] {
        m_weights.clear();
        showRows();
        emit edited();
    });
    weights->addWidget(m_weightsName, 1);
    weights->addWidget(drop);
    form.row(tr("Weights from"), m_weightsRow, tr("Where the initial weights are read from"));
    m_init = new QComboBox(this);
    m_init->addItems({tr("Uniform, as PyTorch"), tr("Glorot, as Keras"), tr("Orthogonal"), tr("Identity"),
                      tr("Small normal"), tr("From a file…")});
    m_init->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    connect(m_init, &QComboBox::activated, this, [this](int index) {
        if (index > static_cast<int>(Initialiser::Normal))
            chooseWeights();
    });
    form.row(tr("Initial weights"), m_init,
             tr("How the initial weights are drawn, or the safetensors file that they are read from"));
    m_scale = new NumberEdit([](double v) { return v >= 0; }, tr("a number from 0 up"), this);
    form.row(tr("Recurrent scale"), m_scale, tr("The initial recurrent matrix is multiplied by this"));
    m_forget = new NumberEdit([](double) { return true; }, tr("a number"), this);
    form.row(tr("Forget bias"), m_forget, tr("Added to the initial bias of the forget gate"));
    auto* seedRow = new QWidget(this);
    auto* seedLayout = new QHBoxLayout(seedRow);
    seedLayout->setContentsMargins(0, 0, 0, 0);
    seedLayout->setSpacing(4);
    m_seed = new QLineEdit(seedRow);
    m_seed->setValidator(
        new QRegularExpressionValidator(QRegularExpression(QStringLiteral("\\d{1,19}")), m_seed));
    auto* dice = new FlatButton(QString(), seedRow);
    dice->setLeadingIcon(Icon::Seed);
    dice->setToolTip(tr("Start again from another seed (N)"));
    dice->setAccessibleName(tr("New seed"));
    connect(dice, &QAbstractButton::clicked, this, &RestartFields::newSeedRequested);
    seedLayout->addWidget(m_seed, 1);
    seedLayout->addWidget(dice);
    form.row(tr("Seed"), seedRow, tr("The same seed gives the same weights and data, on every machine"));
    m_seed->setAccessibleName(tr("Seed"));
    m_seed->setToolTip(seedRow->toolTip());
    m_batch = new QSpinBox(this);
    m_batch->setRange(1, largestBatch);
    form.row(tr("Batch"), m_batch, tr("Sequences that are learned from in one iteration"));
    m_loss = new QComboBox(this);
    m_loss->addItems({tr("Sum over the steps"), tr("Mean over the steps")});
    form.row(tr("Loss"), m_loss, tr("How the losses of the steps become one number"));
    m_more = new MoreRows(form, this);
}

QString RestartFields::taskId() const
{
    return m_task->currentData().toString();
}

void RestartFields::setLayers(int layers)
{
    while (static_cast<int>(m_hidden.size()) > layers) {
        m_hidden.back()->deleteLater();
        m_hidden.pop_back();
    }
    while (static_cast<int>(m_hidden.size()) < layers) {
        auto* box = new QSpinBox(m_sizes);
        box->setRange(1, largestLayer);
        box->setValue(m_hidden.empty() ? 3 : m_hidden.back()->value());
        box->setMinimumWidth(44);
        box->setAccessibleName(tr("Hidden units of layer %1").arg(m_hidden.size() + 1));
        box->setToolTip(box->accessibleName());
        connect(box, &QSpinBox::valueChanged, this, [this] {
            if (!m_showing)
                emit edited();
        });
        m_sizesLayout->addWidget(box);
        QWidget::setTabOrder(m_hidden.empty() ? m_layers : m_hidden.back(), box);
        m_hidden.push_back(box);
    }
}

void RestartFields::show(const Experiment& experiment)
{
    m_showing = true;
    m_base = experiment;
    m_directory = experiment.directory;
    m_file = experiment.task.file;
    m_weights = experiment.weights;
    m_task->setCurrentIndex(m_task->findData(QString::fromStdString(experiment.task.id)));
    m_length->setMaximum(std::max(longestSequence, experiment.task.length));
    m_length->setValue(experiment.task.length);
    m_vocabulary->setText(QString::fromStdString(experiment.task.vocabulary));
    m_taskRows->show(experiment.task);
    m_counted->setCurrentIndex(static_cast<int>(experiment.task.counted));
    m_cell->setCurrentIndex(static_cast<int>(experiment.model.cell.kind));
    m_activation->setCurrentIndex(static_cast<int>(experiment.model.cell.activation));
    m_reset->setCurrentIndex(static_cast<int>(experiment.model.cell.gruReset));
    const auto layers = static_cast<int>(experiment.model.hidden.size());
    m_layers->setMaximum(std::max(maximumLayers, layers));
    m_layers->setValue(layers);
    setLayers(layers);
    for (std::size_t i = 0; i < m_hidden.size(); ++i) {
        m_hidden[i]->setMaximum(std::max(largestLayer, experiment.model.hidden[i]));
        m_hidden[i]->setValue(experiment.model.hidden[i]);
    }
    m_init->setCurrentIndex(static_cast<int>(experiment.model.init));
    m_scale->setValue(experiment.model.initScale);
    m_forget->setValue(experiment.model.forgetBias);
    m_seed->setText(QString::number(experiment.seed));
    m_batch->setMaximum(std::max(largestBatch, experiment.training.batch));
    m_batch->setValue(experiment.training.batch);
    m_loss->setCurrentIndex(static_cast<int>(experiment.training.loss));
    m_more->show(experiment);
    readColumns();
    showRows();
    m_showing = false;
}

void RestartFields::readColumns()
{
    const QSignalBlocker blocker(m_columns);
    m_columns->clear();
    if (taskId() != QLatin1String("series") || m_file.empty())
        return;
    try {
        const auto file = m_directory / m_file;
        const auto records = parseCsv(readFile(file), file.string());
        if (records.empty())
            return;
        for (const std::string& column : records.front().fields) {
            auto* item = new QTreeWidgetItem(m_columns, {QString::fromStdString(column)});
            item->setCheckState(1, contains(m_base.task.inputs, column) ? Qt::Checked : Qt::Unchecked);
            item->setCheckState(2, contains(m_base.task.targets, column) ? Qt::Checked : Qt::Unchecked);
        }
    } catch (const std::exception& problem) {
        m_fileName->setText(QString::fromUtf8(problem.what()));
    }
}

void RestartFields::showRows()
{
    const QString id = taskId();
    const TaskInfo* info = findTaskInfo(id.toStdString());
    FormBuilder::setRowVisible(m_fileRow, info && info->needsFile);
    m_fileName->setText(m_file.empty() ? tr("none yet")
                                       : QFileInfo(QString::fromStdString(m_file)).fileName());
    FormBuilder::setRowVisible(m_length, info && info->defaultLength > 0);
    if (info)
        m_length->setMinimum(std::max(1, info->minimumLength));
    m_taskRows->showRows(id.toStdString(), m_length->value());
    FormBuilder::setRowVisible(m_vocabulary, id == QLatin1String("text"));
    FormBuilder::setRowVisible(m_columns, id == QLatin1String("series"));
    FormBuilder::setRowVisible(m_counted, id == QLatin1String("series"));
    const auto cell = static_cast<CellKind>(m_cell->currentIndex());
    FormBuilder::setRowVisible(m_activation, cell == CellKind::Rnn);
    FormBuilder::setRowVisible(m_reset, cell == CellKind::Gru);
    const bool given = !m_weights.empty();
    FormBuilder::setRowVisible(m_weightsRow, given);
    m_weightsName->setText(areInline(m_weights) ? tr("the experiment itself")
                                                : QFileInfo(QString::fromStdString(m_weights)).fileName());
    FormBuilder::setRowVisible(m_init, !given);
    FormBuilder::setRowVisible(m_scale, !given);
    FormBuilder::setRowVisible(m_forget, !given && cell == CellKind::Lstm);
    m_more->showRows(read(m_base));
}

void RestartFields::taskPicked()
{
    Experiment other = withTask(read(m_base), taskId().toStdString());
    const Experiment base = m_base;
    show(other);
    m_base = base;
    const TaskInfo* info = findTaskInfo(other.task.id);
    if (info && info->needsFile && m_file.empty())
        chooseFile();
    emit edited();
}

void RestartFields::chooseFile()
{
    const bool text = taskId() == QLatin1String("text");
    const QString filter =
        text ? tr("Text (*.txt *.md);;All files (*)") : tr("Tables (*.csv);;All files (*)");
    const QString name =
        QFileDialog::getOpenFileName(window(), text ? tr("Choose a text") : tr("Choose a table"), {}, filter);
    if (name.isEmpty())
        return;
    m_file = name.toStdString();
    m_base.task.inputs.clear();
    m_base.task.targets.clear();
    readColumns();
    const QSignalBlocker blocker(m_columns);
    for (int i = 0; i < m_columns->topLevelItemCount(); ++i) // a guess: the last column is what is looked for
        m_columns->topLevelItem(i)->setCheckState(i + 1 == m_columns->topLevelItemCount() ? 2 : 1,
                                                  Qt::Checked);
    showRows();
    emit edited();
}

void RestartFields::chooseWeights()
{
    m_init->setCurrentIndex(static_cast<int>(m_base.model.init));
    const QString name = QFileDialog::getOpenFileName(window(), tr("Choose initial weights"), {},
                                                      tr("Weights (*.safetensors);;All files (*)"));
    if (name.isEmpty())
        return;
    m_weights = name.toStdString();
    showRows();
    emit edited();
}

Experiment RestartFields::read(const Experiment& experiment) const
{
    Experiment e = experiment;
    const std::string id = taskId().toStdString();
    if (e.task.id != id)
        e = withTask(e, id);
    const TaskInfo* info = findTaskInfo(id);
    if (info && info->defaultLength > 0)
        e.task.length = m_length->value();
    if (info && info->needsFile)
        e.task.file = m_file;
    if (id == "text")
        e.task.vocabulary = m_vocabulary->text().toStdString();
    if (id == "series") {
        e.task.counted = static_cast<Counted>(m_counted->currentIndex());
        if (m_columns->topLevelItemCount() > 0) {
            e.task.inputs.clear();
            e.task.targets.clear();
        }
        for (int i = 0; i < m_columns->topLevelItemCount(); ++i) {
            const QTreeWidgetItem* item = m_columns->topLevelItem(i);
            if (item->checkState(1) == Qt::Checked)
                e.task.inputs.push_back(item->text(0).toStdString());
            if (item->checkState(2) == Qt::Checked)
                e.task.targets.push_back(item->text(0).toStdString());
        }
    }
    e.model.cell = {static_cast<CellKind>(m_cell->currentIndex()),
                    static_cast<Activation>(m_activation->currentIndex()),
                    static_cast<GruReset>(m_reset->currentIndex())};
    e.model.hidden.clear();
    for (const QSpinBox* box : m_hidden)
        e.model.hidden.push_back(box->value());
    if (m_init->currentIndex() <= static_cast<int>(Initialiser::Normal)) // not while a file is chosen
        e.model.init = static_cast<Initialiser>(m_init->currentIndex());
    m_taskRows->read(e.task);
    e.model.initScale = m_scale->typed();
    e.model.forgetBias = m_forget->typed();
    bool right = false;
    const qulonglong seed = m_seed->text().toULongLong(&right);
    if (right)
        e.seed = seed;
    e.training.batch = m_batch->value();
    e.training.loss = static_cast<Reduction>(m_loss->currentIndex());
    e.weights = m_weights;
    m_more->read(e);
    return e;
}

bool RestartFields::isRight() const
{
    return m_taskRows->isRight() && m_scale->isRight() && m_forget->isRight() && m_more->isRight() &&
           !m_seed->text().isEmpty();
}

bool RestartFields::focusField(const QString& field)
{
    QWidget* target = nullptr;
    if (field == QLatin1String("hidden"))
        target = m_hidden.empty() ? nullptr : m_hidden.front();
    else if (field == QLatin1String("activation"))
        target = m_cell->currentIndex() == static_cast<int>(CellKind::Gru) ? m_reset : m_activation;
    else if (field == QLatin1String("seed"))
        target = m_seed;
    else if (field == QLatin1String("task"))
        target = m_task;
    if (target)
        target->setFocus(Qt::OtherFocusReason);
    return target;
}

} // namespace ui
