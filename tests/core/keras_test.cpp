// Keras' layers, with weights in its layout, against a network of the same weights
// (tests/reference/generate_keras.py).

#include "core/files/weight_file.h"
#include "core/training/trainer.h"
#include "tests/core/reference.h"

#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <fstream>

using namespace unrolled;

namespace {

constexpr double tolerance = 1e-10;

const nlohmann::json& cases()
{
    static const nlohmann::json all = [] {
        std::ifstream file(reference::directory() / "keras.json");
        return nlohmann::json::parse(file);
    }();
    return all;
}

/// A kernel is inputs × gates·units, ours gates·units × inputs; a bias of two rows is one for the input and
/// one for the recurrent product. A vector is a column.
const Eigen::MatrixXd& expected(const std::string& name)
{
    static const Tensors tensors = readSafetensors(reference::directory() / "keras.safetensors");
    return tensors.at(name).values;
}

/// Rows of gates·units in Keras' order in ours, and the other way round: a GRU has z, r, h there and r, z, n
/// here; an LSTM i, f, c, o and i, f, g, o.
Eigen::MatrixXd reordered(Eigen::MatrixXd rows, bool gru)
{
    const Eigen::Index units = rows.rows() / 3;
    if (gru)
        rows.topRows(units).swap(rows.middleRows(units, units));
    return rows;
}

/// What a layer's weights, or their gradients, are in a state_dict.
Tensors toStateDict(const std::string& prefix, const nlohmann::json& row)
{
    const bool gru = row.at("layer") == "GRU";
    Tensors result;
    for (std::size_t layer = 0; layer < row.at("units").size(); ++layer) {
        const std::string from = prefix + "/layer" + std::to_string(layer) + "/";
        const std::string to = "_l" + std::to_string(layer);
        result["rnn.weight_ih" + to] = {reordered(expected(from + "kernel").transpose(), gru), 2};
        result["rnn.weight_hh" + to] = {reordered(expected(from + "recurrent_kernel").transpose(), gru), 2};
        const Eigen::MatrixXd& bias = expected(from + "bias");
        const bool two = row.value("reset_after", false);
        const Eigen::VectorXd input = two ? Eigen::VectorXd(bias.row(0)) : Eigen::VectorXd(bias);
        const Eigen::VectorXd recurrent =
            two ? Eigen::VectorXd(bias.row(1)) : Eigen::VectorXd::Zero(bias.size());
        result["rnn.bias_ih" + to] = {reordered(input, gru), 1};
        result["rnn.bias_hh" + to] = {reordered(recurrent, gru), 1};
    }
    result["out.weight"] = {expected(prefix + "/dense/kernel").transpose(), 2};
    result["out.bias"] = {expected(prefix + "/dense/bias"), 1};
    return result;
}

Experiment experimentOf(const nlohmann::json& row)
{
    const auto& task = row.at("task");
    const int length = task.at("length");
    Experiment result =
        task.at("id") == "text" ? reference::textExperiment(length) : reference::seriesExperiment(length);
    CellSpec& cell = result.model.cell;
    cell.kind = row.at("layer") == "LSTM"  ? CellKind::Lstm
                : row.at("layer") == "GRU" ? CellKind::Gru
                                           : CellKind::Rnn;
    cell.gruReset = row.value("reset_after", true) ? GruReset::After : GruReset::Before;
    for (const Activation each : {Activation::Relu, Activation::Identity, Activation::Sigmoid}) {
        const std::string keras = each == Activation::Identity ? "linear" : std::string(name(each));
        if (row.value("activation", "tanh") == keras)
            cell.activation = each;
    }
    result.model.hidden = row.at("units").get<std::vector<int>>();
    result.training.batch = row.at("batch");
    result.training.loss = Reduction::Mean;
    return result;
}

/// Empty where all entries agree to the largest one of their column (a time step, or an input of a kernel).
QString difference(const std::string& name, const Eigen::MatrixXd& actual, const Eigen::MatrixXd& wanted)
{
    if (actual.rows() != wanted.rows() || actual.cols() != wanted.cols())
        return QString::fromStdString(name + " has another shape");
    for (Eigen::Index col = 0; col < wanted.cols(); ++col) {
        const double off = (actual.col(col) - wanted.col(col)).cwiseAbs().maxCoeff();
        if (!(off <= tolerance * wanted.col(col).cwiseAbs().maxCoeff()))
            return QString("%1 is off by %2 in column %3")
                .arg(QString::fromStdString(name))
                .arg(off)
                .arg(col);
    }
    return {};
}

} // namespace

#define AGREES(...)                                                                                          \
    do {                                                                                                     \
        const QString message = difference(__VA_ARGS__);                                                     \
        QVERIFY2(message.isEmpty(), qPrintable(message));                                                    \
    } while (false)

class KerasTest : public QObject
{
    Q_OBJECT

private slots:
    void layersAreThoseOfKeras_data()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < cases().size(); ++i)
            QTest::newRow(cases()[i].at("name").get<std::string>().c_str()) << static_cast<int>(i);
    }
    void layersAreThoseOfKeras()
    {
        QFETCH(int, index);
        const auto& row = cases()[static_cast<std::size_t>(index)];
        const std::string prefix = row.at("prefix");
        Experiment experiment = experimentOf(row);
        const QTemporaryDir directory;
        experiment.weights = directory.filePath("keras.safetensors").toStdString();
        writeSafetensors(toStateDict(prefix, row), experiment.weights);

        Trainer trainer(experiment);
        const TracePtr trace = trainer.record(experiment.training.batch - 1);
        const Eigen::MatrixXd loss = Eigen::MatrixXd::Constant(1, 1, trace->loss);
        AGREES("loss", loss, expected(prefix + "/loss"));
        AGREES("y", trace->outputs.y.value, expected(prefix + "/y").transpose());
        for (std::size_t layer = 0; layer < trace->layers.size(); ++layer) {
            for (const char* state : {"h", "c"}) {
                if (!trace->hasChannel(state))
                    continue;
                const std::string place = prefix + "/layer" + std::to_string(layer) + "/" + state;
                const Quantity& own = trace->channel(static_cast<int>(layer), state);
                AGREES(place, own.value, expected(place).transpose());
                AGREES(place + "/gradient", own.gradient, expected(place + "/gradient").transpose());
            }
        }
        Eigen::VectorXd gradient(trainer.layout().size());
        for (const ParameterTrace& parameter : trace->parameters)
            view(gradient, parameter.block) = parameter.gradient;
        const Tensors gradients = gradientStateDict(trainer.layout(), gradient);
        for (const auto& [name, tensor] : toStateDict(prefix + "/gradient", row)) {
            // One bias of a row has no second one to compare with.
            if (name.find("bias_hh") == std::string::npos || row.value("reset_after", false))
                AGREES("gradient of " + name, gradients.at(name).values, tensor.values);
        }
    }

    void theForgetGateStartsWithAOne()
    {
        // Keras' unit_forget_bias, its default: zeros, and ones in the second of four blocks.
        Experiment experiment = reference::seriesExperiment(4);
        experiment.model.cell.kind = CellKind::Lstm;
        experiment.model.init = Initialiser::Keras;
        experiment.model.forgetBias = 1;
        experiment.model.hidden = {3};
        const Trainer trainer(experiment);
        Eigen::VectorXd bias = Eigen::VectorXd::Zero(12);
        bias.segment(3, 3).setOnes();
        const Tensors tensors = unrolled::toStateDict(trainer.layout(), trainer.parameters());
        QVERIFY(tensors.at("rnn.bias_ih_l0").values == bias);
        QVERIFY(tensors.at("rnn.bias_hh_l0").values.isZero(0));
    }
};

QTEST_APPLESS_MAIN(KerasTest)
#include "keras_test.moc"
