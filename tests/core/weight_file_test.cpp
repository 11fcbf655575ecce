#include "core/files/atomic_file.h"
#include "core/files/weight_file.h"
#include "thrown.h"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <bit>
#include <cmath>
#include <random>

using namespace unrolled;

namespace {

/// A safetensors file of this header and data.
std::string fileOf(const std::string& header, const std::string& data)
{
    std::string text;
    for (int i = 0; i < 8; ++i)
        text += static_cast<char>(header.size() >> (8 * i));
    return text + header + data;
}

ParameterLayout layoutOf(bool recurrentBias)
{
    const int rows = recurrentBias ? 6 : 2;
    ParameterLayout layout;
    layout.add({"rnn.weight_ih_l0", "", ParameterRole::InputWeight, 0, rows, 3, 0});
    layout.add({"rnn.weight_hh_l0", "", ParameterRole::RecurrentWeight, 0, rows, 2, 0});
    layout.add({"rnn.bias_ih_l0", "", ParameterRole::Bias, 0, rows, 1, 0});
    if (recurrentBias)
        layout.add({"rnn.bias_hh_l0", "", ParameterRole::RecurrentBias, 0, 2, 1, 0});
    layout.add({"out.weight", "", ParameterRole::ReadoutWeight, -1, 4, 2, 0});
    layout.add({"out.bias", "", ParameterRole::ReadoutBias, -1, 4, 1, 0});
    return layout;
}

} // namespace

class WeightFileTest : public QObject
{
    Q_OBJECT

    QTemporaryDir m_directory;
    std::filesystem::path path() const
    {
        return std::filesystem::path(m_directory.path().toStdString()) / "w.safetensors";
    }

private slots:
    void writtenTensorsReadBackBitForBit()
    {
        Tensors tensors;
        tensors["a"].values = Eigen::MatrixXd::Random(3, 5);
        tensors["b"] = {Eigen::VectorXd::Random(7), 1};
        tensors["tiny"] = {Eigen::VectorXd::Constant(1, 5e-324), 1};
        writeSafetensors(tensors, path());
        const Tensors again = readSafetensors(path());
        QCOMPARE(again.size(), tensors.size());
        for (const auto& [name, tensor] : tensors) {
            QCOMPARE(again.at(name).dimensions, tensor.dimensions);
            QVERIFY(again.at(name).values == tensor.values);
        }
    }

    void rowsComeFirstAsInPyTorch()
    {
        std::string data;
        for (const float value : {1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 0.1f}) {
            const auto bits = std::bit_cast<std::uint32_t>(value);
            for (int i = 0; i < 4; ++i)
                data += static_cast<char>(bits >> (8 * i));
        }
        writeFile(path(), fileOf(R"({"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}})", data));
        const Tensors tensors = readSafetensors(path());
        QCOMPARE(tensors.at("a").values(0, 2), 3.0);
        QCOMPARE(tensors.at("a").values(1, 0), 4.0);
        QCOMPARE(tensors.at("a").values(1, 2), double(0.1f));
    }

    void wrongFilesAreExplained_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("message");
        const auto row = [](const char* name, const std::string& header, std::size_t bytes,
                            const char* message) {
            QTest::newRow(name) << QByteArray::fromStdString(fileOf(header, std::string(bytes, '\0')))
                                << QString(message);
        };
        QTest::newRow("four bytes") << QByteArray("abcd") << "found 4 bytes, expected a safetensors file";
        QTest::newRow("some other file")
            << QByteArray("PK\x03\x04 a zip file, perhaps, of weights") << "is it a safetensors file?";
        row("a header that is no JSON", "{\"a\"", 0, "header: line 1, column 5: found");
        row("a header that is a list", "[]", 0, "header: found [], expected an object of tensors");
        row("half precision", R"({"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}})", 2,
            "tensor \"a\": found dtype \"F16\", expected \"F32\" or \"F64\"");
        row("data that is cut off", R"({"a":{"dtype":"F64","shape":[4],"data_offsets":[0,32]}})", 31,
            "tensor \"a\": found data_offsets [0,32], expected offsets within the 31 bytes");
        row("offsets backwards", R"({"a":{"dtype":"F64","shape":[1],"data_offsets":[8,0]}})", 8,
            "found data_offsets [8,0]");
        row("a negative offset", R"({"a":{"dtype":"F64","shape":[1],"data_offsets":[-8,0]}})", 8,
            "found data_offsets [-8,0], expected two offsets");
        row("a shape that does not fit", R"({"a":{"dtype":"F64","shape":[3],"data_offsets":[0,16]}})", 16,
            "found 16 bytes of data, expected 3 numbers of 8 bytes for shape [3]");
        row("a shape beyond all bounds",
            R"({"a":{"dtype":"F64","shape":[2147483648,2147483648],"data_offsets":[0,0]}})", 0,
            "found 0 bytes of data");
        row("a shape beyond all numbers",
            R"({"a":{"dtype":"F64","shape":[18446744073709551615,2],"data_offsets":[0,0]}})", 0,
            "expected sizes of 1 or more");
        row("three dimensions", R"({"a":{"dtype":"F64","shape":[1,1,1],"data_offsets":[0,8]}})", 8,
            "found shape [1,1,1], expected a list of one or two sizes");
        row("no shape", R"({"a":{"dtype":"F64","data_offsets":[0,8]}})", 8, "found no shape");
        row("a tensor that is a number", R"({"a":3})", 8, "tensor \"a\": found 3");
    }
    void wrongFilesAreExplained()
    {
        QFETCH(QByteArray, content);
        QFETCH(QString, message);
        writeFile(path(), content.toStdString());
        const QString found = thrown([this] { readSafetensors(path()); });
        QVERIFY2(found.contains(message) && found.startsWith(QString::fromStdString(path().string())),
                 qPrintable(found));
    }

    void infiniteWeightsAreRefused()
    {
        Tensors tensors;
        tensors["a"].values = Eigen::MatrixXd::Constant(2, 2, 1.0);
        tensors["a"].values(1, 0) = std::nan("");
        writeSafetensors(tensors, path());
        QVERIFY(thrown([this] {
                    readSafetensors(path());
                }).endsWith("tensor \"a\": found NaN at row 2, column 1, expected finite numbers"));
    }

    void stateDictsReadBack_data()
    {
        QTest::addColumn<bool>("recurrentBias");
        QTest::newRow("one bias a row") << false;
        QTest::newRow("a GRU with reset after the product") << true;
    }
    void stateDictsReadBack()
    {
        QFETCH(bool, recurrentBias);
        const ParameterLayout layout = layoutOf(recurrentBias);
        const Eigen::VectorXd parameters = Eigen::VectorXd::Random(layout.size());
        const Tensors tensors = toStateDict(layout, parameters);
        QCOMPARE(tensors.size(), std::size_t(6));
        QCOMPARE(tensors.at("rnn.bias_ih_l0").dimensions, 1);
        QVERIFY(tensors.at("rnn.bias_hh_l0").values.topRows(recurrentBias ? 4 : 2).isZero(0));
        QVERIFY(fromStateDict(layout, tensors, "f") == parameters);
    }

    void bothBiasesAddUpButThatOfTheGrusCandidate()
    {
        const ParameterLayout layout = layoutOf(true);
        Tensors tensors = toStateDict(layout, Eigen::VectorXd::Zero(layout.size()));
        tensors["rnn.bias_ih_l0"].values.setConstant(1);
        tensors["rnn.bias_hh_l0"].values.setConstant(10);
        const Eigen::VectorXd parameters = fromStateDict(layout, tensors, "f");
        const Eigen::VectorXd bias = view(parameters, *layout.find(ParameterRole::Bias, 0));
        const Eigen::VectorXd apart = view(parameters, *layout.find(ParameterRole::RecurrentBias, 0));
        QVERIFY(bias == (Eigen::VectorXd(6) << 11, 11, 11, 11, 1, 1).finished());
        QVERIFY(apart == Eigen::VectorXd::Constant(2, 10));
    }

    void gradientsStandUnderBothNames()
    {
        const ParameterLayout layout = layoutOf(true);
        const Eigen::VectorXd gradients = Eigen::VectorXd::Random(layout.size());
        const Tensors tensors = gradientStateDict(layout, gradients);
        const Eigen::VectorXd bias = view(gradients, *layout.find(ParameterRole::Bias, 0));
        const Eigen::VectorXd apart = view(gradients, *layout.find(ParameterRole::RecurrentBias, 0));
        QVERIFY(tensors.at("rnn.bias_ih_l0").values == bias);
        QVERIFY(tensors.at("rnn.bias_hh_l0").values.topRows(4) == bias.head(4));
        QVERIFY(tensors.at("rnn.bias_hh_l0").values.bottomRows(2) == apart);
    }

    void weightsOfAnotherModelAreExplained()
    {
        const ParameterLayout layout = layoutOf(false);
        const Tensors good = toStateDict(layout, Eigen::VectorXd::Zero(layout.size()));
        Tensors missing = good;
        missing.erase("out.bias");
        QCOMPARE(thrown([&] { fromStateDict(layout, missing, "f"); }),
                 QString("f: tensor \"out.bias\": found nothing, expected shape [4]"));
        Tensors shape = good;
        shape["rnn.weight_hh_l0"].values.resize(2, 3);
        QCOMPARE(
            thrown([&] { fromStateDict(layout, shape, "f"); }),
            QString("f: tensor \"rnn.weight_hh_l0\": found shape [2, 3], expected [2, 2] for this model"));
        Tensors more = good;
        more["encoder.weight_ih_l0"] = good.at("out.bias");
        QVERIFY(thrown([&] { fromStateDict(layout, more, "f"); })
                    .startsWith(
                        "f: tensor \"encoder.weight_ih_l0\": found a tensor that this model does not have"));
    }

    void mutatedFilesNeverCrash()
    {
        const ParameterLayout layout = layoutOf(true);
        writeSafetensors(toStateDict(layout, Eigen::VectorXd::Random(layout.size())), path());
        const std::string good = readFile(path());
        std::mt19937 random(11);
        int refused = 0;
        for (int round = 0; round < 3000; ++round) {
            std::string content = good;
            for (unsigned change = 0; change < 1 + random() % 3; ++change) {
                const auto at = random() % (random() % 4 == 0 ? 16 : content.size());
                content[at] = static_cast<char>(random());
            }
            if (random() % 5 == 0)
                content.resize(random() % content.size());
            // Neither writeFile nor a truncated file: both wait for the disk.
            QFile file(path());
            QVERIFY(file.open(QIODevice::ReadWrite) &&
                    file.write(content.data(), qint64(content.size())) == qint64(content.size()) &&
                    file.resize(qint64(content.size())));
            file.close();
            refused += thrown([&] { fromStateDict(layout, readSafetensors(path()), "f"); }).isEmpty() ? 0 : 1;
        }
        QVERIFY(refused > 1000);
    }
};

QTEST_GUILESS_MAIN(WeightFileTest)
#include "weight_file_test.moc"
