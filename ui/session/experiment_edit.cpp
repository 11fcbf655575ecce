#include "ui/session/experiment_edit.h"

#include "core/tasks/task.h"

#include <QCoreApplication>
#include <QLocale>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace ui {

using namespace unrolled;

namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("ExperimentEdit", text);
}

OptimizerKind optimizerOf(const std::string& id)
{
    for (int kind = 0; kind <= static_cast<int>(OptimizerKind::Adam); ++kind) {
        if (name(static_cast<OptimizerKind>(kind)) == id)
            return static_cast<OptimizerKind>(kind);
    }
    return OptimizerKind::Sgd;
}

void setBase(TrainingSettings& settings, const std::string& path,
             const std::variant<double, std::string>& value)
{
    if (path == "training.optimizer")
        settings.optimizer = optimizerOf(std::get<std::string>(value));
    else if (path == "training.learning_rate")
        settings.learningRate = std::get<double>(value);
    else if (path == "training.momentum")
        settings.momentum = std::get<double>(value);
    else if (path == "training.clip_norm")
        settings.clipNorm = std::get<double>(value);
    else if (path == "training.clip_value")
        settings.clipValue = std::get<double>(value);
}

std::variant<double, std::string> valueOf(const TrainingSettings& settings, const std::string& path)
{
    if (path == "training.optimizer")
        return std::string(name(settings.optimizer));
    if (path == "training.learning_rate")
        return settings.learningRate;
    if (path == "training.clip_value")
        return settings.clipValue;
    return path == "training.momentum" ? settings.momentum : settings.clipNorm;
}

} // namespace

std::variant<double, std::string> trainingValue(const Experiment& experiment, std::int64_t iteration,
                                                const std::string& path)
{
    return valueOf(settingsAt(experiment, iteration), path);
}

Experiment withTrainingChange(const Experiment& experiment, std::int64_t iteration, const std::string& path,
                              const std::variant<double, std::string>& value)
{
    if (iteration > 0)
        return withTrainingIntervention(experiment, iteration, path, value);
    Experiment changed = experiment;
    std::erase_if(changed.interventions,
                  [&](const Intervention& i) { return i.iteration == iteration && i.set == path; });
    setBase(changed.training, path, value);
    return changed;
}

Experiment withTrainingIntervention(const Experiment& experiment, std::int64_t iteration,
                                    const std::string& path, const std::variant<double, std::string>& value)
{
    Experiment changed = experiment;
    auto& list = changed.interventions;
    std::erase_if(list, [&](const Intervention& i) { return i.iteration == iteration && i.set == path; });
    if (trainingValue(changed, iteration, path) == value)
        return changed;
    const auto place =
        std::upper_bound(list.begin(), list.end(), iteration,
                         [](std::int64_t at, const Intervention& i) { return at < i.iteration; });
    list.insert(place, Intervention{iteration, path, value});
    return changed;
}

Experiment withTask(const Experiment& experiment, const std::string& id)
{
    Experiment changed = experiment;
    if (changed.task.id == id)
        return changed;
    changed.task = {};
    changed.task.id = id;
    if (const TaskInfo* info = findTaskInfo(id)) {
        changed.task.length = info->defaultLength;
        changed.task.lag = info->defaultLag;
    }
    changed.training.teacherForcing = 1;
    changed.training.carryState = false;
    changed.weights.clear(); // their shapes belong to the old task
    changed.interventions.clear();
    return changed;
}

QString settingTitle(const std::string& path)
{
    if (path == "training.optimizer")
        return tr("Optimizer");
    if (path == "training.learning_rate")
        return tr("Learning rate");
    if (path == "training.momentum")
        return tr("Momentum");
    if (path == "training.clip_norm")
        return tr("Gradient clipping");
    if (path == "training.clip_value")
        return tr("Clipping of each entry");
    return QString::fromStdString(path);
}

QString settingNumber(double value)
{
    const double size = std::abs(value);
    const bool plain = value == 0 || (size >= 1e-6 && size < 1e7);
    QString text = QString::number(value, plain ? 'f' : 'e', QLocale::FloatingPointShortest);
    static const QRegularExpression padding(QStringLiteral("e\\+?(-?)0*"));
    text.replace(padding, QStringLiteral("e\\1")); // 1e+09 is 1e9
    text.replace(QLatin1Char('-'), QChar(0x2212));
    return text;
}

QString optimizerTitle(const std::string& id)
{
    return optimizerTitle(optimizerOf(id));
}

QString optimizerTitle(OptimizerKind kind)
{
    switch (kind) {
    case OptimizerKind::Sgd:
        return tr("SGD");
    case OptimizerKind::Momentum:
        return tr("SGD with momentum");
    case OptimizerKind::Nesterov:
        return tr("Nesterov momentum");
    case OptimizerKind::Adagrad:
        return tr("Adagrad");
    case OptimizerKind::RmsProp:
        return tr("RMSprop");
    case OptimizerKind::Adam:
        break;
    }
    return tr("Adam");
}

bool usesMomentum(OptimizerKind kind)
{
    return kind == OptimizerKind::Momentum || kind == OptimizerKind::Nesterov ||
           kind == OptimizerKind::RmsProp;
}

} // namespace ui
