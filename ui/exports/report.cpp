#include "ui/exports/report.h"

#include "core/code_path.h"
#include "core/files/built_ins.h"
#include "core/files/experiment_file.h"
#include "core/gradients/cancelled.h"
#include "core/network/parameters.h"
#include "core/tasks/task.h"
#include "core/training/error.h"
#include "ui/exports/drawing.h"
#include "ui/exports/export.h"
#include "ui/exports/report_layout.h"
#include "ui/paint/number_format.h"
#include "ui/session/intervention_edit.h"

#include <QFileInfo>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>

namespace ui {

using unrolled::Experiment;
using unrolled::InputError;
using unrolled::Phase;

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// The fields of an experiment file by their dotted paths, in the file's order.
void flatten(const nlohmann::ordered_json& json, const std::string& path, Fields& fields)
{
    for (const auto& [name, value] : json.items()) {
        std::string place = path;
        place.append(path.empty() ? "" : ".").append(name);
        if (value.is_object())
            flatten(value, place, fields);
        else
            fields.emplace_back(place, value.is_string() ? value.get<std::string>() : value.dump());
    }
}

Fields fieldsOf(const Experiment& experiment)
{
    Fields fields;
    flatten(nlohmann::ordered_json::parse(unrolled::toJson(experiment)), {}, fields);
    return fields;
}

/// What was changed in the runs, a line each, in words.
QString interventionLines(const std::vector<PlotLane>& lanes)
{
    QStringList words;
    for (const PlotLane& lane : lanes) {
        const Experiment& experiment = lane.history->experiment();
        for (const unrolled::Intervention& each : experiment.interventions)
            words << interventionText(each, experiment.model.cell.kind);
    }
    words.removeDuplicates();
    return words.join(QLatin1Char('\n'));
}

struct ChosenField
{
    QString path;
    QString value; ///< of every lane, where they differ
    QString usual;
};

/// The task, the cell and the seed, and of all else what differs from the defaults, or among the lanes.
std::vector<ChosenField> chosenFields(const std::vector<PlotLane>& lanes)
{
    Experiment plain;
    plain.task = lanes.front().history->experiment().task;
    std::map<std::string, std::string> usual;
    for (const auto& [path, value] : fieldsOf(plain))
        usual[path] = value;
    std::vector<Fields> all;
    all.reserve(lanes.size());
    for (const PlotLane& lane : lanes)
        all.push_back(fieldsOf(lane.history->experiment()));
    std::vector<ChosenField> chosen;
    for (std::size_t i = 0; i < all.front().size(); ++i) {
        const std::string& path = all.front()[i].first;
        QStringList values;
        bool differs = false;
        for (const Fields& fields : all) {
            values << QString::fromStdString(i < fields.size() ? fields[i].second : "");
            differs = differs || (i < fields.size() && fields[i].second != usual[path]);
        }
        if (path == "interventions") {
            if (differs)
                chosen.push_back(
                    {QString::fromStdString(path), interventionLines(lanes), Export::tr("none")});
            continue;
        }
        const bool task = path.starts_with("task.");
        if (path == "unrolled" || (!task && !differs && path != "seed" && path != "model.cell"))
            continue;
        if (values.count(values.front()) == values.size())
            values = {values.front()};
        chosen.push_back({QString::fromStdString(path), values.join(QStringLiteral(", ")),
                          task ? QString() : QString::fromStdString(usual[path])});
    }
    return chosen;
}

/// Whether a built-in experiment has been given another task than its own.
bool anotherTask(const Experiment& experiment)
{
    const auto& all = unrolled::builtInFiles();
    return std::any_of(all.begin(), all.end(),
                       [&](const unrolled::BuiltInFile& file) { return file.id == experiment.source; }) &&
           unrolled::readExperiment(experiment.source).task.id != experiment.task.id;
}

/// What a report is made of.
struct ReportSubject
{
    const Experiment& experiment; ///< the lanes are its models
    const std::vector<PlotLane>& lanes;
    std::int64_t iteration;
    Frame frame;

    bool several() const { return lanes.size() > 1; }
    QString cells() const
    {
        QStringList names;
        for (const PlotLane& lane : lanes)
            names << lane.name;
        return names.join(QStringLiteral(", "));
    }
    QString name() const
    {
        QString source = QString::fromStdString(experiment.source);
        if (anotherTask(experiment)) // its name would be that of a task that this is not
            return QString::fromStdString(experiment.task.id);
        if (source.endsWith(QLatin1String(".json")))
            source = QFileInfo(source).completeBaseName();
        return source.isEmpty() ? QString::fromStdString(experiment.task.id) : source;
    }
    QString title() const
    {
        return Export::tr("%1, %2, iteration %3").arg(name(), cells(), count(frame.position.iteration));
    }
    QString version() const
    {
        return QStringLiteral("Unrolled " UNROLLED_VERSION " (%1)")
            .arg(QString::fromUtf8(unrolled::codePath()));
    }
};

void addHead(ReportLayout& layout, const ReportSubject& subject)
{
    layout.heading(Export::tr("%1, %2").arg(subject.name(), subject.cells()), 25);
    const unrolled::TaskInfo* task = unrolled::findTaskInfo(subject.experiment.task.id);
    const QString about =
        task ? QString::fromUtf8(task->title) + QStringLiteral(" (%1). ").arg(QString::fromUtf8(task->mode))
             : QString();
    layout.paragraph(about + Export::tr("The state after %1 updates of %2 planned; seed %3.")
                                 .arg(count(subject.frame.position.iteration),
                                      count(subject.experiment.training.iterations))
                                 .arg(subject.experiment.seed),
                     14);
    layout.paragraph(Export::tr("Every number was computed by %1 in double precision; the experiment at the "
                                "end computes them again.")
                         .arg(subject.version()),
                     12, true);
    layout.space(8);
    const std::vector<double> shares{0.2, 0.2, 0.2, 0.2, 0.2};
    layout.row({Export::tr("cell"), Export::tr("parameters"), Export::tr("loss"), Export::tr("accuracy"),
                Export::tr("gradient norm")},
               shares, true);
    for (std::size_t i = 0; i < subject.lanes.size(); ++i) {
        const unrolled::IterationTrace& trace = *subject.frame.lanes[i].trace;
        const auto number = [](double value, QString (*format)(double) = norm) {
            return std::isfinite(value) ? format(value) : QStringLiteral("–");
        };
        layout.row({subject.lanes[i].name, count(subject.lanes[i].history->layout().size()),
                    number(trace.loss), number(trace.accuracy, chosenNumber), number(trace.gradientNorm)},
                   shares);
    }
    layout.space(22);
    layout.heading(Export::tr("Settings"), 17);
    layout.paragraph(
        Export::tr("The task, the cell, the seed, and what differs from the defaults; all else stands at "
                   "the end."),
        12, true);
    const std::vector<double> columns{0.36, 0.42, 0.22};
    layout.row({Export::tr("field"), Export::tr("value"), Export::tr("default")}, columns, true);
    for (const ChosenField& field : chosenFields(subject.lanes))
        layout.row({field.path, field.value, field.usual}, columns);
    layout.space(24);
}

/// The figures are numbered as they come, and made when all are known, so that one can say how far it is.
class ReportFigures
{
public:
    explicit ReportFigures(const ReportSubject& subject) : m_subject(subject) {}

    void add(const char* kind, const QSize& size, const QString& what)
    {
        const auto make = [&subject = m_subject, kind = QString::fromLatin1(kind),
                           size](const ExportProgress& progress) {
            return std::vector{drawingOf(kind, subject.lanes, {subject.iteration}, size, progress)};
        };
        add(make, what);
    }
    using Make = std::function<std::vector<Drawing>(const ExportProgress&)>;
    void add(const Make& make, const QString& what) { m_figures.emplace_back(make, what); }

    /// Throws unrolled::Cancelled where `progress` calls it off.
    void make(ReportLayout& layout, const ExportProgress& progress) const
    {
        struct Made
        {
            std::vector<PaintFunction> pictures;
            QSize size;
            QString what;
        };
        std::vector<Made> waiting;
        waiting.reserve(m_figures.size());
        double done = 0;
        for (const auto& [make, what] : m_figures) {
            const auto goesOn = [&](double share) {
                return !progress ||
                       progress((done + std::max(0.0, share)) / static_cast<double>(m_figures.size()));
            };
            if (!goesOn(0))
                throw unrolled::Cancelled();
            const std::vector<Drawing> drawings = make(goesOn);
            std::vector<PaintFunction> pictures;
            pictures.reserve(drawings.size());
            for (const Drawing& drawing : drawings)
                pictures.push_back(drawing.paint);
            waiting.push_back({pictures, drawings.front().size, what});
            ++done;
        }
        // One of the next few that finds room comes first, rather than that a page stays half empty.
        constexpr std::ptrdiff_t furthest = 5;
        for (std::size_t number = 1; !waiting.empty(); ++number) {
            const auto caption = [&](const Made& one) {
                return Export::tr("Figure %1. %2 Iteration %3.")
                    .arg(number)
                    .arg(one.what, count(m_subject.frame.position.iteration));
            };
            const auto end = waiting.begin() + std::min(furthest, std::ssize(waiting));
            auto next = std::find_if(waiting.begin(), end, [&](const Made& one) {
                return layout.holdsFigure(one.pictures.size(), one.size, caption(one));
            });
            if (next == end)
                next = waiting.begin();
            layout.figure(next->pictures, next->size, caption(*next));
            waiting.erase(next);
        }
    }

private:
    const ReportSubject& m_subject;
    std::vector<std::pair<Make, QString>> m_figures;
};

bool hasGates(const ReportSubject& subject)
{
    return std::any_of(subject.lanes.begin(), subject.lanes.end(), [](const PlotLane& lane) {
        return lane.history->experiment().model.cell.kind != unrolled::CellKind::Rnn;
    });
}

/// One figure a model, each as wide as the page.
void addNetworks(ReportFigures& figures, const ReportSubject& subject)
{
    for (const PlotLane& lane : subject.lanes) {
        const auto make = [lane, iteration = subject.iteration](const ExportProgress& progress) {
            return std::vector{
                drawingOf(QStringLiteral("unrolled"), {lane}, {iteration}, {900, 600}, progress)};
        };
        const QString name =
            subject.several() ? Export::tr("The %1").arg(lane.name) : Export::tr("The network");
        figures.add(make, Export::tr("%1 unrolled in time, the input below and the loss on top. Blue: "
                                     "negative values, red: positive ones. Orange: gradients, whose sizes "
                                     "are on a logarithmic scale.")
                              .arg(name));
    }
}

/// The last step, its values and its gradients side by side.
void addCells(ReportFigures& figures, const ReportSubject& subject)
{
    for (const PlotLane& lane : subject.lanes) {
        const Frame frame = frameOf({lane}, {subject.iteration});
        const unrolled::TickLayout& ticks = frame.ticks;
        const auto top = static_cast<int>(frame.trace().layers.size()) - 1;
        const auto make = [=, iteration = subject.iteration](const ExportProgress& progress) {
            std::vector<Drawing> both;
            both.reserve(2);
            for (const Phase phase : {Phase::Forward, Phase::Backward}) {
                const int tick = ticks.tickOf(phase, ticks.steps());
                unrolled::Position end = ticks.endOfTick(iteration, tick);
                while (phase == Phase::Backward && ticks.part(end).layer != top) // the layers below come last
                    --end.part;
                const PlotMoment moment{iteration, tick, end.part, 0};
                both.push_back(drawingOf(QStringLiteral("cell"), {lane}, moment, {560, 690}, progress));
            }
            return both;
        };
        figures.add(make, Export::tr("Inside the %1 cell at the last step, t = %2: its values on the way "
                                     "forward (left) and the gradients on the way back (right), with its "
                                     "last operation in numbers.")
                              .arg(top > 0 ? Export::tr("top %1").arg(lane.name) : lane.name)
                              .arg(ticks.steps()));
    }
}

void addWeights(ReportFigures& figures, int lanes)
{
    figures.add("weights", {900, 560 * lanes},
                Export::tr("The recurrent weights of the first layer: value, gradient and update; and their "
                           "eigenvalues in the complex plane with the unit circle, hollow where they "
                           "began."));
}

/// Where the gradient goes, and what becomes of it on the way.
void addGradients(ReportFigures& figures, const ReportSubject& subject)
{
    const auto lanes = static_cast<int>(subject.lanes.size());
    figures.add("itemised", {},
                Export::tr("The gradient of each loss by itself: ‖∂Lₛ/∂hₜ‖, the time step t to the right, "
                           "the loss s upwards, on a logarithmic scale of colours. Grey: below the floor, "
                           "or 0."));
    figures.add(
        "reach", {900, 420 * lanes},
        Export::tr("What arrives at each step, ‖∂Lₛ/∂hₜ‖ of the last loss (of an LSTM also ‖∂Lₛ/∂cₜ‖), "
                   "on a logarithmic axis, against what the norms of the hops allow and, of a "
                   "simple RNN, the bound by γ and the largest singular value of its weights."));
    figures.add("hops", {900, 520 * lanes},
                Export::tr("Every hop back taken apart: bars down lose, bars up gain, on a logarithmic axis "
                           "around 1; the rows multiply to the last one."));
    figures.add(
        "jacobian", {900, 500},
        Export::tr("The largest and the smallest singular value of the last hidden state's Jacobian "
                   "with respect to an earlier one, against the lag; of a simple RNN the bound by its "
                   "weights, of an LSTM the largest one of cₜ, too, in full and with its gates held."));
    figures.add("ellipse", {},
                Export::tr("A circle of errors at the last step, and the ellipse that the hops make of it at "
                           "the steps before, with its half-axes; of an LSTM errors of hₜ and of cₜ."));
    if (subject.frame.position.iteration > 0)
        figures.add("singular", {900, 560},
                    Export::tr("The singular values of the recurrent weights over the iterations so far, on "
                               "a logarithmic axis."));
    figures.add("contribution", {900, 500},
                Export::tr("What each step adds to the gradient of the weights: norms on a logarithmic "
                           "axis."));
    figures.add("update", {900, 420 * lanes},
                Export::tr("What each step's gradient alone would change in the weights, and how much of it "
                           "float32 would keep."));
}

void addFigures(ReportFigures& figures, const ReportSubject& subject)
{
    const QString floor = QStringLiteral("10") + superscript(-16);
    const auto lanes = static_cast<int>(subject.lanes.size());
    addNetworks(figures, subject);
    addCells(figures, subject);
    figures.add("decay", {900, 500},
                Export::tr("The norm of the gradient that reaches each time step, ‖∂L/∂hₜ‖ and of an LSTM "
                           "‖∂L/∂cₜ‖ (hollow marks), on a logarithmic axis. The floor is %1: what is "
                           "smaller, or 0, is marked there.")
                    .arg(floor));
    if (subject.frame.position.iteration > 0)
        figures.add("loss", {900, 500},
                    Export::tr("The loss L (above) and the norm of the gradient by all parameters (below) of "
                               "the iterations so far; linear axes."));
    figures.add(
        "hidden", {900, 220 + 200 * lanes},
        Export::tr("The hidden states hₜ of the watched sequence, unit by unit (rows) and step by step "
                   "(columns), and the cell states cₜ of an LSTM; colours run linearly, those of hₜ from −1 "
                   "to +1."));
    if (hasGates(subject))
        figures.add(
            "gates", {900, 700},
            Export::tr("The gates at each step, unit by unit; colours run linearly from −1 to +1, gates "
                       "themselves from 0 to 1."));
    addWeights(figures, lanes);
    addGradients(figures, subject);
    if (subject.several())
        figures.add("comparison", {},
                    Export::tr("The models side by side: the norm of the gradient that reaches each step, "
                               "what an update costs, and how far each of them is."));
    figures.add("summary", {},
                Export::tr("The layers with the shapes of their outputs and their numbers of parameters, as "
                           "counted here, by Keras and by PyTorch."));
}

void addExperiment(ReportLayout& layout, const ReportSubject& subject)
{
    const QString json = QString::fromStdString(unrolled::toJson(subject.experiment));
    const QStringList lines = json.trimmed().split(QLatin1Char('\n'));
    constexpr int above = 8; // as high as so many lines
    if (!layout.holdsCode(lines.size() + above))
        layout.newPage();
    layout.space(8);
    layout.heading(Export::tr("The experiment"), 17);
    layout.paragraph(
        Export::tr("Saved as a file, it opens in Unrolled; iteration %1 of it is what this report shows.")
            .arg(count(subject.frame.position.iteration)),
        12, true);
    layout.space(4);
    for (const QString& line : lines)
        layout.code(line);
}

} // namespace

std::vector<PaintFunction> reportPages(const Experiment& experiment, const std::vector<PlotLane>& lanes,
                                       std::int64_t iteration, const ExportProgress& progress)
try {
    if (!reach(lanes, iteration, progress))
        return {};
    const ReportSubject subject{experiment, lanes, iteration, frameOf(lanes, {iteration})};
    ReportLayout layout;
    addHead(layout, subject);
    ReportFigures figures(subject);
    addFigures(figures, subject);
    figures.make(layout, progress);
    addExperiment(layout, subject);
    return layout.pages(Export::tr("%1 · seed %2 · %3")
                            .arg(subject.title())
                            .arg(subject.experiment.seed)
                            .arg(subject.version()));
} catch (const unrolled::Cancelled&) {
    return {};
}

bool exportReport(const Experiment& experiment, const std::vector<PlotLane>& lanes, std::int64_t iteration,
                  const QString& file, const ExportProgress& progress, const std::function<void()>& writing)
{
    if (QFileInfo(file).suffix().toLower() != QLatin1String("pdf"))
        throw InputError(file.toStdString(), "suffix", '"' + QFileInfo(file).suffix().toStdString() + '"',
                         ".pdf");
    const auto told = [&](double share) { return !progress || progress(share); };
    std::vector<PaintFunction> pages =
        reportPages(experiment, lanes, iteration, [&](double share) { return told(0.9 * share); });
    if (pages.empty())
        return false;
    double share = 0.9; // the rest is the painting
    const double each = 0.1 / static_cast<double>(pages.size());
    for (PaintFunction& page : pages) {
        page = [&told, paint = page, share](QPainter& painter, const QSize& size) {
            told(share);
            paint(painter, size);
        };
        share += each;
    }
    if (writing)
        writing();
    QString error;
    if (!writePages(pages, ReportSubject{experiment, lanes, iteration, frameOf(lanes, {iteration})}.title(),
                    file, &error))
        throw InputError(error.toStdString());
    return true;
}

} // namespace ui
