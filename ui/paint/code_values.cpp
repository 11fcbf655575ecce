#include "ui/paint/code_values.h"

#include "core/code/algorithm.h"
#include "core/trace/iteration_input.h"
#include "ui/paint/number_format.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace ui {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using unrolled::CellKind;
using unrolled::IterationTrace;
using unrolled::ParameterRole;
using unrolled::PartKind;
using unrolled::Phase;

namespace {

/// Collects the variables of one part.
class CodeValueList
{
public:
    explicit CodeValueList(const Frame& frame)
        : m_trace(frame.trace()), m_part(frame.part()), m_phase(frame.phase()), m_t(frame.time()),
          m_layer(std::max(0, m_part.layer)), m_running(frame.alpha < 1)
    {
    }

    std::vector<CodeValue> all()
    {
        switch (m_phase) {
        case Phase::Forward:
            forward();
            break;
        case Phase::Loss:
            losses();
            break;
        case Phase::Backward:
            backward();
            break;
        case Phase::Update:
            update();
            break;
        }
        return std::move(m_values);
    }

private:
    void result(const std::string& name, const MatrixXd& value)
    {
        m_values.push_back({QString::fromStdString(name), value, !m_running});
    }
    void given(const std::string& name, const MatrixXd& value)
    {
        m_values.push_back({QString::fromStdString(name), value, true});
    }
    static MatrixXd scalar(double value) { return MatrixXd::Constant(1, 1, value); }

    std::string n(std::string_view name) const { return unrolled::codeName(m_trace, name, m_layer); }
    std::string at(std::string_view name) const { return n(name) + "[t]"; }
    VectorXd value(std::string_view channel) const { return value(channel, m_layer); }
    VectorXd value(std::string_view channel, int layer) const
    {
        return m_trace.channel(layer, channel).value.col(m_t - 1);
    }
    VectorXd gradient(std::string_view channel) const { return gradient(channel, m_layer, m_t); }
    VectorXd gradient(std::string_view channel, int layer, int t) const
    {
        return m_trace.channel(layer, channel).gradient.col(t - 1);
    }
    bool rnn() const { return m_trace.cell.kind == CellKind::Rnn; }
    bool lstm() const { return m_trace.cell.kind == CellKind::Lstm; }
    bool resetsAfter() const { return m_trace.hasChannel("u_n"); }
    Index units(int layer) const { return m_trace.layers[static_cast<std::size_t>(layer)].hiddenSize(); }

    const MatrixXd& weights(ParameterRole role) const { return m_trace.weightsAt(role, m_layer, m_t); }
    MatrixXd rows(ParameterRole role, int gate) const
    {
        return weights(role).middleRows(gate * units(m_layer), units(m_layer));
    }
    void previous(std::string_view state)
    {
        given(unrolled::codePrevious(m_trace, state, m_layer), m_trace.previousState(m_layer, state, m_t));
    }
    void inputOfLayer() { given(unrolled::codeInput(m_trace, m_layer), value("x")); }

    /// The gradients by the sums of a step, as the code stacks them: for the input weights, or for the
    /// recurrent ones.
    VectorXd stacked(int layer, int t, bool recurrent) const
    {
        if (rnn())
            return gradient("a_h", layer, t);
        std::vector<std::string_view> names = {"a_i", "a_f", "a_g", "a_o"};
        if (!lstm())
            names = {"a_r", "a_z", recurrent && resetsAfter() ? "u_n" : "a_n"};
        const Index size = units(layer);
        VectorXd all(static_cast<Index>(names.size()) * size);
        for (std::size_t i = 0; i < names.size(); ++i)
            all.segment(static_cast<Index>(i) * size, size) = gradient(names[i], layer, t);
        return all;
    }

    /// What step t leaves in dhnext.
    VectorXd handedBack(int layer, int t) const
    {
        if (!m_trace.handsBack(layer, t - 1))
            return VectorXd::Zero(units(layer));
        const MatrixXd& w = m_trace.weightsAt(ParameterRole::RecurrentWeight, layer, t);
        const VectorXd sums = stacked(layer, t, true);
        if (rnn() || lstm())
            return w.transpose() * sums;
        const auto channel = [&](std::string_view name) {
            return m_trace.channel(layer, name).value.col(t - 1);
        };
        const VectorXd kept = channel("z").cwiseProduct(gradient("h", layer, t));
        if (resetsAfter())
            return kept + w.transpose() * sums;
        const Index two = 2 * units(layer);
        return kept + channel("r").cwiseProduct(gradient("rh", layer, t)) +
               w.topRows(two).transpose() * sums.head(two);
    }
    /// What step t leaves in dcnext.
    VectorXd handedBackCell(int layer, int t) const
    {
        if (!m_trace.handsBack(layer, t - 1))
            return VectorXd::Zero(units(layer));
        return m_trace.channel(layer, "f").value.col(t - 1).cwiseProduct(gradient("c", layer, t));
    }
    /// dhnext and dcnext as step t finds them.
    VectorXd arriving(int t) const
    {
        return t < m_trace.steps() ? handedBack(m_layer, t + 1) : VectorXd(VectorXd::Zero(units(m_layer)));
    }
    VectorXd arrivingCell(int t) const
    {
        return t < m_trace.steps() ? handedBackCell(m_layer, t + 1)
                                   : VectorXd(VectorXd::Zero(units(m_layer)));
    }

    /// The gradient of a parameter by the steps gone through so far, of this sequence.
    MatrixXd sumSoFar(ParameterRole role) const
    {
        const bool readout = role == ParameterRole::ReadoutWeight || role == ParameterRole::ReadoutBias;
        const MatrixXd& shape = m_trace.parameterAt(role, readout ? -1 : m_layer, m_t).before;
        MatrixXd sum = MatrixXd::Zero(shape.rows(), shape.cols());
        for (int t = m_t; t <= m_trace.steps(); ++t) {
            if (!readout && m_trace.bankAt(t) != m_trace.bankAt(m_t))
                continue;
            switch (role) {
            case ParameterRole::ReadoutWeight:
                sum.noalias() += m_trace.outputs.y.gradient.col(t - 1) *
                                 m_trace.layers.back().channels.back().value.col(t - 1).transpose();
                break;
            case ParameterRole::ReadoutBias:
                sum += m_trace.outputs.y.gradient.col(t - 1);
                break;
            case ParameterRole::InputWeight:
                sum.noalias() +=
                    stacked(m_layer, t, false) * m_trace.channel(m_layer, "x").value.col(t - 1).transpose();
                break;
            case ParameterRole::RecurrentWeight:
                addRecurrent(sum, t);
                break;
            case ParameterRole::Bias:
                sum += stacked(m_layer, t, false);
                break;
            case ParameterRole::RecurrentBias:
                sum += gradient("u_n", m_layer, t);
                break;
            }
        }
        return sum;
    }
    void addRecurrent(MatrixXd& sum, int t) const
    {
        const VectorXd sums = stacked(m_layer, t, true);
        const VectorXd before = m_trace.previousState(m_layer, "h", t);
        if (!m_trace.hasChannel("rh")) {
            sum.noalias() += sums * before.transpose();
            return;
        }
        const Index size = units(m_layer);
        sum.topRows(2 * size).noalias() += sums.head(2 * size) * before.transpose();
        sum.bottomRows(size).noalias() +=
            sums.tail(size) * m_trace.channel(m_layer, "rh").value.col(t - 1).transpose();
    }

    void target()
    {
        const auto& out = m_trace.outputs;
        if (!m_trace.plan[static_cast<std::size_t>(m_t - 1)].counted)
            return;
        if (m_trace.lossKind == unrolled::LossKind::CrossEntropy)
            given("targets[t]", scalar(out.targetClasses[static_cast<std::size_t>(m_t - 1)]));
        else
            given("targets[t]", out.targets.col(m_t - 1));
    }
    void stepLoss()
    {
        if (m_trace.plan[static_cast<std::size_t>(m_t - 1)].counted)
            result("losses[t]", scalar(m_trace.outputs.losses[m_t - 1]));
    }

    void forward()
    {
        const auto& out = m_trace.outputs;
        switch (m_part.kind) {
        case PartKind::Input:
            result("xs[t]", value("x", 0));
            if (!m_trace.inputClasses.empty())
                given("inputs[t]", scalar(m_trace.inputClasses[static_cast<std::size_t>(m_t - 1)]));
            break;
        case PartKind::Cell:
            forwardOperation();
            break;
        case PartKind::Logits:
            result("ys[t]", out.y.value.col(m_t - 1));
            if (m_trace.lossKind == unrolled::LossKind::SquaredError) {
                stepLoss();
                target();
            }
            m_layer = static_cast<int>(m_trace.layers.size()) - 1;
            given(at("hs"), value("h"));
            given("Why", m_trace.weightsAt(ParameterRole::ReadoutWeight, -1, m_t));
            if (m_trace.hasParameter(ParameterRole::ReadoutBias, -1))
                given("by", m_trace.weightsAt(ParameterRole::ReadoutBias, -1, m_t));
            break;
        case PartKind::Probabilities:
            result("ps[t]", out.probabilities.col(m_t - 1));
            stepLoss();
            given("ys[t]", out.y.value.col(m_t - 1));
            target();
            break;
        default:
            break;
        }
    }

    void gateOperands(char gate, int row)
    {
        inputOfLayer();
        previous("h");
        const std::string name(1, gate);
        given(n("Wx" + name), rows(ParameterRole::InputWeight, row));
        given(n("Wh" + name), rows(ParameterRole::RecurrentWeight, row));
        given(n("b" + name), rows(ParameterRole::Bias, row));
    }

    void forwardOperation()
    {
        const int operation = m_part.operation;
        if (rnn()) {
            const std::string sum = n("Wxh") + " @ " + unrolled::codeInput(m_trace, m_layer) + " + " +
                                    n("Whh") + " @ " + unrolled::codePrevious(m_trace, "h", m_layer) + " + " +
                                    n("bh");
            if (operation == 1)
                result(at("hs"), value("h"));
            if (operation == 1)
                given(sum, value("a_h"));
            else
                result(sum, value("a_h"));
            gateOperands('h', 0);
            return;
        }
        const std::string_view channel =
            unrolled::operations(m_trace.cell)[static_cast<std::size_t>(operation)].result;
        if (channel == "h") {
            result(at("hs"), value("h"));
            if (lstm()) {
                given(at("o"), value("o"));
                given(at("cs"), value("c"));
            } else {
                given(at("z"), value("z"));
                given(at("n"), value("n"));
                previous("h");
            }
        } else if (channel == "c") {
            result(at("cs"), value("c"));
            for (const char* gate : {"f", "i", "g"})
                given(at(gate), value(gate));
            previous("c");
        } else if (channel == "u_n") {
            result(at("u"), value("u_n"));
            previous("h");
            given(n("Whn"), rows(ParameterRole::RecurrentWeight, 2));
            given(n("bhn"), weights(ParameterRole::RecurrentBias));
        } else if (channel == "rh") {
            result(at("rh"), value("rh"));
            given(at("r"), value("r"));
            previous("h");
        } else if (channel == "n") {
            result(at("n"), value("n"));
            inputOfLayer();
            if (resetsAfter()) {
                given(at("r"), value("r"));
                given(at("u"), value("u_n"));
            } else {
                given(at("rh"), value("rh"));
                given(n("Whn"), rows(ParameterRole::RecurrentWeight, 2));
            }
            given(n("Wxn"), rows(ParameterRole::InputWeight, 2));
            given(n("bn"), rows(ParameterRole::Bias, 2));
        } else {
            result(at(channel), value(channel));
            gateOperands(channel.front(), operation);
        }
    }

    void losses()
    {
        result("loss", scalar(m_trace.loss));
        const auto& all = m_trace.outputs.losses;
        std::vector<double> counted;
        std::copy_if(all.begin(), all.end(), std::back_inserter(counted),
                     [](double each) { return !std::isnan(each); });
        given("losses.values()",
              Eigen::Map<const VectorXd>(counted.data(), static_cast<Index>(counted.size())));
    }

    void backward()
    {
        const auto& out = m_trace.outputs;
        const bool softmax = m_trace.lossKind == unrolled::LossKind::CrossEntropy;
        switch (m_part.kind) {
        case PartKind::Logits:
            result("dy", out.y.gradient.col(m_t - 1));
            given(softmax ? "ps[t]" : "ys[t]",
                  softmax ? out.probabilities.col(m_t - 1) : out.y.value.col(m_t - 1));
            target();
            result("dWhy", sumSoFar(ParameterRole::ReadoutWeight));
            if (m_trace.hasParameter(ParameterRole::ReadoutBias, -1))
                result("dby", sumSoFar(ParameterRole::ReadoutBias));
            break;
        case PartKind::HiddenGradient:
            result(n("dh"), gradient("h"));
            given(n("dhnext"), arriving(m_t));
            if (m_layer + 1 == static_cast<int>(m_trace.layers.size())) {
                given("dy", out.y.gradient.col(m_t - 1));
                given("Why", m_trace.weightsAt(ParameterRole::ReadoutWeight, -1, m_t));
            } else {
                given(unrolled::codeName(m_trace, "dx", m_layer + 1), gradient("x", m_layer + 1, m_t));
            }
            break;
        case PartKind::Cell:
            backwardOperation();
            break;
        case PartKind::PassBack:
            passBack();
            break;
        default:
            break;
        }
    }

    void backwardOperation()
    {
        const int operation = m_part.operation;
        const auto slope = [&](const char* gate) {
            result(n(std::string("da") + gate), gradient(std::string("a_") + gate));
            given(at(gate), value(gate));
        };
        if (rnn()) {
            if (operation == 1) {
                result(n("dhraw"), gradient("a_h"));
                given(n("dh"), gradient("h"));
                if (m_trace.cell.activation != unrolled::Activation::Identity)
                    given(at("hs"), value("h"));
                return;
            }
            result(n("dWhh"), sumSoFar(ParameterRole::RecurrentWeight));
            result(n("dWxh"), sumSoFar(ParameterRole::InputWeight));
            result(n("dbh"), sumSoFar(ParameterRole::Bias));
            given(n("dhraw"), gradient("a_h"));
            inputOfLayer();
            previous("h");
            return;
        }
        const std::string channel(
            unrolled::operations(m_trace.cell)[static_cast<std::size_t>(operation)].result);
        if (channel == "h" && lstm()) {
            result(n("dc"), gradient("c"));
            given(n("dcnext"), arrivingCell(m_t));
            given(n("dh"), gradient("h"));
            given(at("cs"), value("c"));
            given(at("o"), value("o"));
        } else if (channel == "c") {
            result(n("dcnext"), value("f").cwiseProduct(gradient("c")));
            given(at("f"), value("f"));
            given(n("dc"), gradient("c"));
        } else if (lstm()) {
            slope(channel.c_str());
            if (channel == "o") {
                given(n("dh"), gradient("h"));
                given(at("cs"), value("c"));
                return;
            }
            given(n("dc"), gradient("c"));
            if (channel == "f")
                previous("c");
            else
                given(at(channel == "g" ? "i" : "g"), value(channel == "g" ? "i" : "g"));
        } else if (channel == "h") {
            result(n("dhprev"), value("z").cwiseProduct(gradient("h")));
            given(at("z"), value("z"));
            given(n("dh"), gradient("h"));
        } else if (channel == "n") {
            slope("n");
            given(at("z"), value("z"));
            given(n("dh"), gradient("h"));
        } else if (channel == "u_n") {
            result(n("du"), gradient("u_n"));
            given(at("r"), value("r"));
            given(n("dan"), gradient("a_n"));
        } else if (channel == "rh") {
            result(n("drh"), gradient("rh"));
            given(n("dan"), gradient("a_n"));
            given(n("Wh") + "[" + std::to_string(2 * units(m_layer)) + ":]",
                  rows(ParameterRole::RecurrentWeight, 2));
        } else if (channel == "z") {
            slope("z");
            given(at("n"), value("n"));
            previous("h");
            given(n("dh"), gradient("h"));
        } else {
            slope("r");
            if (resetsAfter()) {
                given(at("u"), value("u_n"));
                given(n("dan"), gradient("a_n"));
            } else {
                given(n("drh"), gradient("rh"));
                previous("h");
            }
        }
    }

    void passBack()
    {
        result(n("dhnext"), handedBack(m_layer, m_t));
        if (lstm() && (m_trace.truncate > 0 || !m_trace.edits.cuts.empty()))
            result(n("dcnext"), handedBackCell(m_layer, m_t));
        if (m_layer > 0)
            result(n("dx"), gradient("x"));
        if (rnn()) {
            given(n("dhraw"), gradient("a_h"));
            given(n("Whh"), weights(ParameterRole::RecurrentWeight));
            return;
        }
        if (m_trace.cell.kind == CellKind::Gru)
            given(n("dhprev"), value("z").cwiseProduct(gradient("h")));
        result(n("da"), stacked(m_layer, m_t, false));
        result(n("dWh"), sumSoFar(ParameterRole::RecurrentWeight));
        result(n("dWx"), sumSoFar(ParameterRole::InputWeight));
        result(n("db"), sumSoFar(ParameterRole::Bias));
        if (resetsAfter())
            result(n("dbhn"), sumSoFar(ParameterRole::RecurrentBias));
        given(n("Wh"), weights(ParameterRole::RecurrentWeight));
    }

    void update()
    {
        if (m_part.kind == PartKind::Clip) {
            const double after = m_trace.gradientNorm * m_trace.clipScale;
            given("norm", scalar(m_trace.gradientNorm));
            if (m_trace.clipped)
                result("norm after clipping", scalar(after));
            for (const unrolled::ParameterTrace& each : m_trace.parameters)
                result("G[\"" + each.block.name + "\"]", each.clippedGradient);
            return;
        }
        for (const unrolled::ParameterTrace& each : m_trace.parameters) {
            result("P[\"" + each.block.name + "\"]", each.after);
            given("G[\"" + each.block.name + "\"]", each.clippedGradient);
        }
    }

    const IterationTrace& m_trace;
    const unrolled::Part& m_part;
    Phase m_phase;
    int m_t;
    int m_layer;
    bool m_running;
    std::vector<CodeValue> m_values;
};

} // namespace

std::vector<CodeValue> codeValues(const Frame& frame)
{
    if (frame.empty())
        return {};
    return CodeValueList(frame).all();
}

QString codeValueText(const MatrixXd& value)
{
    constexpr Index most = 8;
    const auto written = [](double number) {
        return number == std::round(number) && std::abs(number) < 1e5
                   ? QString::number(number).replace(QLatin1Char('-'), QChar(0x2212))
                   : signedNumber(number);
    };
    if (value.size() == 1)
        return value(0, 0) == std::round(value(0, 0)) ? written(value(0, 0)) : norm(value(0, 0));
    QStringList numbers;
    const bool vector = value.cols() == 1;
    const Index shown = vector ? std::min(most, value.rows()) : std::min<Index>(3, value.cols());
    for (Index i = 0; i < shown; ++i)
        numbers << written(vector ? value(i, 0) : value(0, i));
    const bool whole = vector && shown == value.rows();
    QString text = (vector ? QStringLiteral("[") : QStringLiteral("[[")) + numbers.join(QLatin1Char(' '));
    if (whole)
        return text + QLatin1Char(']');
    const QString shape =
        vector ? QString::number(value.rows())
               : QStringLiteral("%1×%2").arg(QString::number(value.rows()), QString::number(value.cols()));
    return QStringLiteral("%1 … (%2) ‖·‖ = %3")
        .arg(text, shape, norm(unrolled::scaledNorm(value.reshaped())));
}

} // namespace ui
