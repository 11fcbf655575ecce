// The tables of what views draw (outputs, ellipses, eigenvalues), against the trace, the analyses that the
// views ask for, and closed forms.

#include "core/files/experiment_file.h"
#include "core/files/tables.h"
#include "core/gradients/analyses.h"
#include "core/gradients/jacobian.h"
#include "tests/core/networks.h"

#include <Eigen/Eigenvalues>
#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <complex>
#include <fstream>
#include <limits>
#include <numbers>

using namespace unrolled;

namespace {

using Settings = std::vector<std::string>;

std::shared_ptr<IterationTrace> traceOf(const Experiment& experiment, int sequence = 0)
{
    Trainer trainer(experiment);
    for (int i = 0; i < 3; ++i)
        trainer.step();
    return trainer.record(sequence);
}

std::shared_ptr<IterationTrace> traceOf(const std::string& id, const Settings& settings = {},
                                        int sequence = 0)
{
    return traceOf(withSettings(readExperiment(id), settings), sequence);
}

double number(const std::string& text)
{
    bool isNumber = false;
    const double value = QByteArray::fromStdString(text).toDouble(&isNumber);
    return isNumber ? value : std::numeric_limits<double>::quiet_NaN();
}

std::string header(const Table& table)
{
    return csvLine(table.columns);
}

/// Whether two numbers agree to `allowed` of the size of the second.
bool near(double actual, double expected, double allowed)
{
    return std::abs(actual - expected) <= allowed * std::abs(expected);
}

Eigen::Matrix2d rotation(double angle)
{
    Eigen::Matrix2d r;
    r << std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle);
    return r;
}

double radians(const std::string& degrees)
{
    return number(degrees) * std::numbers::pi / 180;
}

/// What angle, from and mirrored say of the map, its half-axes as 1 and `minor`.
Eigen::Matrix2d mapOf(const std::vector<std::string>& row, double minor)
{
    const Eigen::Vector2d sizes(1, row[10] == "1" ? -minor : minor);
    return rotation(radians(row[8])) * sizes.asDiagonal() * rotation(-radians(row[9]));
}

/// The rows of a layer and a state, t from 1.
std::vector<std::vector<std::string>> rowsOf(const Table& ellipses, int layer, const std::string& state)
{
    std::vector<std::vector<std::string>> rows;
    for (const auto& row : ellipses.rows) {
        if (row[0] == std::to_string(layer + 1) && row[1] == state)
            rows.push_back(row);
    }
    return rows;
}

} // namespace

class ViewTablesTest : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_directory;

private slots:
    void outputsAreThoseOfTheTrace_data()
    {
        QTest::addColumn<std::shared_ptr<IterationTrace>>("trace");
        QTest::addColumn<bool>("masked");
        QTest::newRow("RNN") << traceOf("hello") << false;
        QTest::newRow("GRU of two layers, mean loss")
            << traceOf("hello", {"model.cell=gru", "model.hidden=[3,2]", "training.loss=mean"}) << false;
        QTest::newRow("LSTM, the third sequence of a batch") << traceOf("reber", {}, 2) << false;
        QTest::newRow("echo") << traceOf("echo", {}, 1) << true;
        QTest::newRow("copy") << traceOf("copy", {"task.lag=5"}) << false;
        QTest::newRow("classes with names of their own") << traceOf("temporal-order") << true;
        QTest::newRow("two classes") << traceOf("latch") << true;
        QTest::newRow("encoder and decoder") << traceOf("addition") << true;
        QTest::newRow("outputs that are read back") << traceOf("generate") << false;
        QTest::newRow("numbers, only the last one counts") << traceOf("adding", {}, 4) << true;
        QTest::newRow("a series") << traceOf(reference::seriesExperiment(5)) << false;
        QTest::newRow("a silenced step")
            << traceOf("hello", {R"(interventions=[{"iteration":3,"silence":2}])"}) << true;
    }
    void outputsAreThoseOfTheTrace()
    {
        QFETCH(std::shared_ptr<IterationTrace>, trace);
        QFETCH(bool, masked);
        const Table table = outputsTable(*trace);
        QCOMPARE(header(table), std::string("t,output,symbol,y,probability,target,grad_y\n"));
        const OutputTrace& outputs = trace->outputs;
        const Eigen::Index size = outputs.y.value.rows();
        const bool classes = trace->lossKind == LossKind::CrossEntropy;
        const Eigen::MatrixXd& readout = trace->parameter(ParameterRole::ReadoutWeight, -1).before;
        const Eigen::VectorXd bias = trace->parameter(ParameterRole::ReadoutBias, -1).before;
        const int top = static_cast<int>(trace->layers.size()) - 1;
        std::size_t at = 0;
        int open = 0;
        for (int t = 0; t < trace->steps(); ++t) {
            const Eigen::VectorXd y = readout * trace->channel(top, "h").value.col(t) + bias;
            const Eigen::ArrayXd powers = (y.array() - y.maxCoeff()).exp();
            const bool counted = trace->plan[static_cast<std::size_t>(t)].counted;
            open += counted ? 0 : 1;
            double right = 0;
            for (Eigen::Index i = 0; i < size; ++i, ++at) {
                const auto& row = table.rows.at(at);
                QCOMPARE(row.size(), table.columns.size());
                QCOMPARE(row[0], std::to_string(t + 1));
                QCOMPARE(row[1], std::to_string(i + 1));
                QCOMPARE(row[2], trace->outputVocabulary
                                     ? (*trace->outputVocabulary)[static_cast<std::size_t>(i)]
                                     : std::string());
                QCOMPARE(number(row[3]), outputs.y.value(i, t));
                QVERIFY(std::abs(number(row[3]) - y[i]) < 1e-13);
                QCOMPARE(row[4].empty(), !classes);
                QCOMPARE(row[5].empty(), !counted);
                QCOMPARE(number(row[6]), outputs.y.gradient(i, t));
                if (classes)
                    QVERIFY(near(number(row[4]), powers[i] / powers.sum(), 1e-12));
                if (!counted)
                    continue;
                right += number(row[5]);
                if (!classes)
                    QCOMPARE(number(row[5]), outputs.targets(i, t));
                else if (row[5] == "1")
                    QVERIFY(near(-std::log(number(row[4])), outputs.losses[t], 1e-9));
                else
                    QCOMPARE(row[5], std::string("0"));
            }
            if (classes)
                QCOMPARE(right, counted ? 1.0 : 0.0);
        }
        QCOMPARE(table.rows.size(), at);
        QCOMPARE(open > 0, masked);
    }

    void symbolsAreQuotedWhereTheyMust()
    {
        const std::string file = m_directory.filePath("signs.txt").toStdString();
        std::ofstream(file) << "a,\"\n a,\"\n a,\"\n ";
        const Table table =
            outputsTable(*traceOf("hello", {"task.id=text", "task.file=" + file, "task.length=5"}));
        std::string symbols;
        for (std::size_t i = 0; i < 5; ++i) {
            symbols += table.rows[i][2];
            const std::string line = csvLine(table.rows[i]);
            const char symbol = table.rows[i][2].at(0);
            const std::string written = symbol == '"'   ? R"("""")"
                                        : symbol == ',' ? "\",\""
                                        : symbol == 'a' ? "a"
                                        : symbol == ' ' ? " "
                                                        : "\"\n\"";
            QVERIFY2(line.starts_with("1," + std::to_string(i + 1) + "," + written + ","), line.c_str());
        }
        std::sort(symbols.begin(), symbols.end());
        QCOMPARE(symbols, std::string("\n \",a"));
    }

    void ellipsesAreThoseOfTheView_data()
    {
        QTest::addColumn<std::shared_ptr<IterationTrace>>("trace");
        QTest::addColumn<int>("last");
        QTest::newRow("RNN") << traceOf("hello", {"model.hidden=[5,3]"}) << 4;
        QTest::newRow("RNN of two units") << traceOf("hello", {"model.hidden=[2]"}) << 4;
        QTest::newRow("RNN of one unit") << traceOf("hello", {"model.hidden=[1]"}) << 4;
        QTest::newRow("GRU of two layers") << traceOf("hello", {"model.cell=gru", "model.hidden=[2,4]"}) << 4;
        QTest::newRow("LSTM of two layers")
            << traceOf("hello", {"model.cell=lstm", "model.hidden=[4,1]"}) << 4;
        QTest::newRow("LSTM, a batch") << traceOf("reber", {"model.hidden=[6]"}, 2) << 0;
        QTest::newRow("numbers") << traceOf("adding", {"task.length=12"}) << 0;
        QTest::newRow("the last loss silenced")
            << traceOf("hello", {R"(interventions=[{"iteration":3,"silence":[3,4]}])"}) << 2;
        QTest::newRow("every loss silenced")
            << traceOf("hello", {R"(interventions=[{"iteration":3,"silence":[1,2,3,4]}])"}) << 4;
    }
    void ellipsesAreThoseOfTheView()
    {
        QFETCH(std::shared_ptr<IterationTrace>, trace);
        QFETCH(int, last);
        if (last == 0) {
            last = trace->steps();
            while (!trace->plan[static_cast<std::size_t>(last - 1)].counted)
                --last;
        }
        const Table table = ellipseTable(*trace);
        QCOMPARE(header(table), std::string("layer,state,s,t,sigma_1,log10_sigma_1,sigma_2,log10_sigma_2,"
                                            "angle,from,mirrored,tilt\n"));
        const auto analyses = analyse(analyse(trace), 0, Wanted{.ellipses = true});
        std::size_t at = 0;
        for (std::size_t layer = 0; layer < trace->layers.size(); ++layer) {
            std::vector<std::pair<std::string, const ErrorEllipse*>> shown{{"h", &analyses->ellipses[layer]}};
            if (trace->cell.kind == CellKind::Lstm)
                shown.emplace_back("c", &analyses->cellEllipses[layer]);
            for (const auto& [state, ellipse] : shown) {
                QCOMPARE(ellipse->steps.size(), static_cast<std::size_t>(last));
                const Eigen::Index units = trace->layers[layer].hiddenSize();
                for (int t = 1; t <= last; ++t, ++at) {
                    const auto& row = table.rows.at(at);
                    const ErrorEllipse::Step& step = ellipse->at(t);
                    QCOMPARE(row.size(), table.columns.size());
                    QCOMPARE(row[0], std::to_string(layer + 1));
                    QCOMPARE(row[1], state);
                    QCOMPARE(row[2], std::to_string(last));
                    QCOMPARE(row[3], std::to_string(t));
                    QCOMPARE(number(row[4]), step.major.value());
                    QCOMPARE(number(row[5]), step.major.log10());
                    QCOMPARE(row[6].empty(), units < 2);
                    QCOMPARE(row[7].empty(), units < 2);
                    QCOMPARE(row[10].empty(), units < 2);
                    QCOMPARE(row[11].empty(), units < 3 || t == last);
                    const double ratio =
                        units < 2 ? 1.0 : std::pow(10, step.minor.log10() - step.major.log10());
                    if (units > 1) {
                        QCOMPARE(number(row[6]), step.minor.value());
                        QCOMPARE(number(row[7]), step.minor.log10());
                    }
                    const Eigen::Matrix2d map =
                        step.axes * Eigen::Vector2d(1, ratio).asDiagonal() * step.from.transpose();
                    const Eigen::Matrix2d told = mapOf(row, ratio);
                    for (const double angle : {number(row[8]), number(row[9])})
                        QVERIFY(!(std::abs(angle) > 0 && std::abs(angle) < 1e-12));
                    if (units < 2)
                        QVERIFY(std::abs(told(0, 0) - map(0, 0)) < 1e-14);
                    else
                        QVERIFY((told - map).norm() < 1e-14);
                    if (!row[11].empty())
                        QVERIFY(std::abs(radians(row[11]) - step.tilt) < 1e-14);
                }
            }
        }
        QCOMPARE(table.rows.size(), at);
    }

    void ellipsesOfTwoUnitsAreTheJacobians_data()
    {
        QTest::addColumn<QString>("cell");
        for (const char* cell : {"rnn", "gru", "lstm"})
            QTest::newRow(cell) << cell;
    }
    void ellipsesOfTwoUnitsAreTheJacobians()
    {
        QFETCH(QString, cell);
        const auto trace = traceOf("hello", {"model.cell=" + cell.toStdString(), "model.hidden=[2,2]"});
        const Table ellipses = ellipseTable(*trace);
        for (int layer = 0; layer < 2; ++layer) {
            const auto hidden = rowsOf(ellipses, layer, "h");
            const auto byCell = rowsOf(ellipses, layer, "c");
            QCOMPARE(hidden.size(), std::size_t(4));
            QCOMPARE(byCell.size(), cell == "lstm" ? std::size_t(4) : std::size_t(0));
            for (const JacobianAt& known : jacobians(*trace, layer)) {
                const auto at = static_cast<std::size_t>(known.t - 1);
                QVERIFY(near(number(hidden[at][4]), known.hidden[0].value(), 1e-12));
                QVERIFY(near(number(hidden[at][6]), known.hidden[1].value(), 1e-12));
                if (byCell.empty())
                    continue;
                QVERIFY(near(number(byCell[at][4]), known.cell[0].value(), 1e-12));
                QVERIFY(near(number(byCell[at][6]), known.cell[1].value(), 1e-12));
            }
        }
    }

    void ellipsesOfALinearNetworkAreItsPowers()
    {
        // W_hh turns by 0.3 and shrinks to 0.01; W_hhᵀ turns back: 0.01^180 = 10^-360.
        const Table turning = ellipseTable(*networks::silentLinear(0.01 * rotation(0.3), 181));
        QCOMPARE(turning.rows.size(), std::size_t(181));
        QCOMPARE(turning.rows[0][4], std::string("0"));
        QVERIFY(near(number(turning.rows[0][5]), -360, 1e-12));
        for (int t = 1; t <= 181; ++t) {
            const auto& row = turning.rows[static_cast<std::size_t>(t - 1)];
            const int lag = 181 - t;
            QVERIFY(std::abs(number(row[5]) + 2 * lag) < 1e-9);
            QVERIFY(std::abs(number(row[7]) + 2 * lag) < 1e-9);
            QVERIFY((mapOf(row, 1) - rotation(-0.3 * lag)).norm() < 1e-11);
            QCOMPARE(row[10], std::string("0"));
        }
        // One direction is turned over at each hop.
        const Table turnedOver =
            ellipseTable(*networks::silentLinear(Eigen::Vector2d(1, -0.5).asDiagonal(), 5));
        for (int t = 1; t <= 5; ++t) {
            const auto& row = turnedOver.rows[static_cast<std::size_t>(t - 1)];
            QVERIFY(near(number(row[4]), 1, 1e-14));
            QVERIFY(near(number(row[6]), std::pow(0.5, 5 - t), 1e-14));
            QCOMPARE(row[10], std::string(t % 2 == 0 ? "1" : "0"));
        }
        // Nothing is left after two hops, and only one direction after one.
        Eigen::Matrix2d shift = Eigen::Matrix2d::Zero();
        shift(0, 1) = 3;
        const Table gone = ellipseTable(*networks::silentLinear(shift, 4));
        for (const std::size_t t : {1, 2}) {
            QCOMPARE(csvLine(gone.rows[t - 1]), "1,h,4," + std::to_string(t) + ",0,-inf,0,-inf,,,,\n");
        }
        QVERIFY(near(number(gone.rows[2][4]), 3, 1e-14));
        QCOMPARE(gone.rows[2][6], std::string("0"));
        QVERIFY(!gone.rows[2][8].empty());
        // Of three units the tilt is that of the plane: 90° where the third takes the place of the second.
        Eigen::Matrix3d swap = Eigen::Matrix3d::Zero();
        swap(0, 0) = 1;
        swap(1, 2) = 0.5; // W_hhᵀ: e_2 to e_3
        const Table tilted = ellipseTable(*networks::silentLinear(swap, 2));
        QVERIFY(near(number(tilted.rows[0][11]), 90, 1e-12));
        QVERIFY(tilted.rows[1][11].empty());
    }

    void anEllipseThatIsNoNumberSaysSo()
    {
        const auto trace =
            networks::silentLinear(Eigen::Matrix2d::Constant(std::numeric_limits<double>::quiet_NaN()), 3);
        const Table table = ellipseTable(*trace);
        QCOMPARE(csvLine(table.rows[0]), std::string("1,h,3,1,nan,nan,nan,nan,,,,\n"));
    }

    void eigenvaluesAreThoseOfEveryGate_data()
    {
        QTest::addColumn<std::shared_ptr<IterationTrace>>("trace");
        QTest::newRow("RNN of two layers") << traceOf("hello", {"model.hidden=[5,3]"});
        QTest::newRow("GRU of two layers") << traceOf("hello", {"model.cell=gru", "model.hidden=[4,2]"});
        QTest::newRow("LSTM, a batch") << traceOf("reber");
        QTest::newRow("numbers") << traceOf("adding");
        QTest::newRow("encoder and decoder") << traceOf("addition", {"model.hidden=[7]"});
    }
    void eigenvaluesAreThoseOfEveryGate()
    {
        QFETCH(std::shared_ptr<IterationTrace>, trace);
        const Table table = eigenvalueTable(*trace);
        QCOMPARE(header(table), std::string("layer,parameter,gate,index,re,im,modulus\n"));
        std::size_t at = 0;
        for (const ParameterTrace& parameter : trace->parameters) {
            if (parameter.block.name.find("weight_hh") == std::string::npos)
                continue;
            const Eigen::Index size = parameter.before.cols();
            const Eigen::Index gates = parameter.before.rows() / size;
            for (Eigen::Index gate = 0; gate < gates; ++gate) {
                const Eigen::MatrixXd matrix = parameter.before.middleRows(gate * size, size);
                const Eigen::VectorXcd known = matrix.eigenvalues();
                double modulus = std::numeric_limits<double>::infinity();
                std::complex<double> sum = 0;
                for (Eigen::Index i = 0; i < size; ++i, ++at) {
                    const auto& row = table.rows.at(at);
                    QCOMPARE(row[0], std::to_string(parameter.block.layer + 1));
                    QCOMPARE(row[1], parameter.block.name);
                    QCOMPARE(row[2], std::string(gateChannel(trace->cell.kind, static_cast<int>(gate))));
                    QCOMPARE(row[3], std::to_string(i + 1));
                    const std::complex<double> value(number(row[4]), number(row[5]));
                    QVERIFY((known.array() - value).abs().minCoeff() < 1e-12);
                    QVERIFY(near(number(row[6]), std::abs(value), 1e-15));
                    QVERIFY(number(row[6]) <= modulus);
                    modulus = number(row[6]);
                    sum += value;
                }
                // All of them, none twice.
                QVERIFY(std::abs(sum - matrix.trace()) < 1e-12);
            }
        }
        QVERIFY(at > 0);
        QCOMPARE(table.rows.size(), at);
    }

    void eigenvaluesOfTwoUnitsHaveAClosedForm()
    {
        const auto trace = traceOf("hello", {"model.hidden=[2]"});
        Eigen::MatrixXd* recurrent = nullptr;
        for (ParameterTrace& parameter : trace->parameters) {
            if (parameter.block.role == ParameterRole::RecurrentWeight)
                recurrent = &parameter.before;
        }
        *recurrent << 1, 2, 3, -4; // λ² + 3λ − 10 = 0
        Table table = eigenvalueTable(*trace);
        QCOMPARE(table.rows.size(), std::size_t(2));
        for (const auto& [row, value] : {std::pair(0, -5.0), std::pair(1, 2.0)}) {
            const auto& cells = table.rows[static_cast<std::size_t>(row)];
            QCOMPARE(cells[2], std::string("h"));
            QVERIFY(near(number(cells[4]), value, 1e-14));
            QCOMPARE(cells[5], std::string("0"));
            QVERIFY(near(number(cells[6]), std::abs(value), 1e-14));
        }
        *recurrent = 0.9 * rotation(0.3);
        table = eigenvalueTable(*trace);
        for (const auto& [row, sign] : {std::pair(0, 1.0), std::pair(1, -1.0)}) {
            const auto& cells = table.rows[static_cast<std::size_t>(row)];
            QVERIFY(near(number(cells[4]), 0.9 * std::cos(0.3), 1e-14));
            QVERIFY(near(number(cells[5]), sign * 0.9 * std::sin(0.3), 1e-14));
            QVERIFY(near(number(cells[6]), 0.9, 1e-14));
        }
        (*recurrent)(0, 0) = std::nan("");
        table = eigenvalueTable(*trace);
        QCOMPARE(table.rows.size(), std::size_t(2));
        QCOMPARE(csvLine(table.rows[1]), std::string("1,rnn.weight_hh_l0,h,2,nan,nan,nan\n"));
    }

    void theyAreKindsOfTables()
    {
        const auto trace = traceOf("hello", {"model.cell=lstm"});
        const std::pair<std::string_view, Table> known[] = {{"outputs", outputsTable(*trace)},
                                                            {"ellipse", ellipseTable(*trace)},
                                                            {"eigenvalues", eigenvalueTable(*trace)}};
        const auto& kinds = tableKinds();
        for (const auto& [kind, table] : known) {
            QCOMPARE(std::count(kinds.begin(), kinds.end(), kind), std::ptrdiff_t(1));
            QCOMPARE(toCsv(traceTable(kind, *trace)), toCsv(table));
        }
    }
};

QTEST_GUILESS_MAIN(ViewTablesTest)
#include "view_tables_test.moc"
