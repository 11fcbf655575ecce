#include "ui/paint/cell_graph.h"

#include <QRegularExpression>

#include <cstring>

namespace ui {

using unrolled::Activation;
using unrolled::CellSpec;
using unrolled::GruReset;
using unrolled::PerCell;

namespace {

QString text(const char* utf8)
{
    return QString::fromUtf8(utf8);
}

constexpr Signal channel(std::string_view name)
{
    return {SignalKind::Channel, name};
}

constexpr QSizeF portSize(50, 35);
constexpr QSizeF gateSize(32, 22);
constexpr QSizeF circle(18, 18);
constexpr QSizeF dot(5, 5);

GraphNode port(const char* id, const char* label, const char* backwardLabel, QPointF center, int operation,
               int back, Signal signal, QSizeF size = portSize)
{
    return {id, NodeShape::Port, text(label), text(backwardLabel), center, size, operation, back, signal};
}

GraphNode node(const char* id, NodeShape shape, const char* label, QPointF center, int operation,
               const char* name = "")
{
    const QSizeF size = shape == NodeShape::Operator ? circle : shape == NodeShape::Junction ? dot : gateSize;
    return {id, shape, text(label), {}, center, size, operation, operation, {}, text(name)};
}

GraphNode weights(const char* id, const char* label, QPointF center, int operation, qreal width = 32)
{
    return {id, NodeShape::Weights, text(label), {}, center, QSizeF(width, 20), operation, operation};
}

/// What the nonlinearity of a simple cell is called inside its box.
const char* activationLabel(Activation activation)
{
    switch (activation) {
    case Activation::Tanh:
        return "tanh";
    case Activation::Relu:
        return "ReLU";
    case Activation::Identity:
        return "id";
    case Activation::Sigmoid:
        break;
    }
    return "σ";
}

CellGraph rnnGraph(Activation activation)
{
    constexpr qreal upper = 56;
    constexpr qreal lower = 172;
    constexpr qreal middle = 114;
    constexpr QSizeF tall(62, 64);
    CellGraph graph;
    graph.size = {344, 228};
    graph.operations = 2;
    graph.roomy = true;
    graph.nodes = {
        port("h'", "h_{t−1}", "to h_{t−1}", {34, upper}, -1, -1, {SignalKind::PreviousHidden, {}}, tall),
        port("x", "x_t", "to x_t", {34, lower}, -1, -1, channel("x"), tall),
        weights("Wh", "W_{hh} ·", {98, upper}, 0, 46),
        weights("Wx", "W_{xh} ·", {98, lower}, 0, 46),
        node("+", NodeShape::Operator, "+ b_h", {166, middle}, 0),
        node("φ", NodeShape::Gate, activationLabel(activation), {250, middle}, 1),
        port("h", "h_t", "∂L/∂h_t", {309, middle}, 1, 2, channel("h"), tall),
    };
    graph.nodes[4].shape = NodeShape::Gate;
    graph.nodes[4].size = {36, 22};
    graph.nodes[5].size = {38, 26};
    graph.edges = {
        {"h'", "Wh", {}, -1, 0, -1},
        {"x", "Wx", {}, -1, 0, -1},
        {"Wh",
         "+",
         {{166, upper}},
         0,
         0,
         0,
         {SignalKind::RecurrentPart, "a_h"},
         text("W_{hh} h_{t−1}"),
         {146, upper},
         LabelSide::Above},
        {"Wx",
         "+",
         {{166, lower}},
         0,
         0,
         0,
         {SignalKind::InputPart, "a_h"},
         text("W_{xh} x_t"),
         {146, lower},
         LabelSide::Below},
        {"+", "φ", {}, 0, 1, 1, channel("a_h"), text("a_t"), {207.5, middle}, LabelSide::Above, true},
        {"φ", "h", {}, 1, 2, 2},
    };
    return graph;
}

CellGraph gruGraph(GruReset reset)
{
    const bool after = reset == GruReset::After;
    constexpr qreal lane = 24;
    constexpr qreal blend = 76;
    constexpr qreal candidate = 120;
    constexpr qreal gates = 160;
    constexpr qreal linear = 202;
    constexpr qreal hiddenBus = 228;
    constexpr qreal inputBus = 246;
    constexpr qreal xZ = 92;
    constexpr qreal xR = 144;
    constexpr qreal xU = 208;
    constexpr qreal xN = 268;
    constexpr qreal tap = 7; // h to the left of x where a gate takes both
    CellGraph graph;
    graph.size = {340, 266};
    graph.operations = 5;
    graph.nodes = {
        port("h'", "h_{t−1}", "to h_{t−1}", {29, lane}, -1, -1, {SignalKind::PreviousHidden, {}}),
        port("x", "x_t", "to x_t", {29, inputBus}, -1, -1, channel("x")),
        weights("Wz", "W_z", {xZ, linear}, 1),
        weights("Wr", "W_r", {xR, linear}, 0),
        node("z", NodeShape::Gate, "σ", {xZ, gates}, 1, "z"),
        node("r", NodeShape::Gate, "σ", {xR, gates}, 0, "r"),
        node("r∘", NodeShape::Operator, "∘", {xU, gates}, after ? 3 : 2),
        node("n", NodeShape::Gate, "tanh", {xN, candidate}, 3, "n"),
        node("z·", NodeShape::Junction, "", {xZ, blend}, 4),
        node("1−", NodeShape::Operator, "1−", {182, blend}, 4),
        node("n∘", NodeShape::Operator, "∘", {xN, blend}, 4),
        node("z∘", NodeShape::Operator, "∘", {xZ, lane}, 4),
        node("+", NodeShape::Operator, "+", {xN, lane}, 4),
        port("h", "h_t", "∂L/∂h_t", {312, lane}, 4, 5, channel("h")),
        node("h·", NodeShape::Junction, "", {62, lane}, -1),
    };
    graph.nodes[9].size = {22, 18};
    graph.edges = {
        {"h'", "z∘", {}, -1, 4, 4},
        {"z∘",
         "+",
         {},
         4,
         4,
         4,
         {SignalKind::Held, {}},
         text("z_t ∘ h_{t−1}"),
         {182, lane},
         LabelSide::Above},
        {"+", "h", {}, 4, 5, 5},
        {"h·", "Wz", {{62, hiddenBus}, {xZ - tap, hiddenBus}, {xZ - tap, linear}}, -1, 1, -1},
        {"h·", "Wr", {{62, hiddenBus}, {xR - tap, hiddenBus}, {xR - tap, linear}}, -1, 0, -1},
        {"x", "Wz", {{xZ + tap, inputBus}, {xZ + tap, linear}}, -1, 1, -1},
        {"x", "Wr", {{xR + tap, inputBus}, {xR + tap, linear}}, -1, 0, -1},
        {"Wz", "z", {}, 1, 1, 1, channel("a_z"), text("a_z"), {xZ, 180.5}, LabelSide::Right},
        {"Wr", "r", {}, 0, 0, 0, channel("a_r"), text("a_r"), {xR, 180.5}, LabelSide::Right},
        {"r", "r∘", {}, 0, after ? 3 : 2, 0, channel("r"), text("r_t"), {180, gates}, LabelSide::Above},
        {"n", "n∘", {}, 3, 4, 3, channel("n"), text("n_t"), {xN, 97}, LabelSide::Right},
        {"z", "z·", {}, 1, 4, 1, channel("z"), text("z_t"), {xZ, 118}, LabelSide::Right},
        {"z·", "z∘", {}, 1, 4, 1},
        {"z·", "1−", {}, 1, 4, 1},
        {"1−",
         "n∘",
         {},
         4,
         4,
         4,
         {SignalKind::Complement, {}},
         text("1 − z_t"),
         {222, blend},
         LabelSide::Above},
        {"n∘",
         "+",
         {},
         4,
         4,
         4,
         {SignalKind::Fresh, {}},
         text("(1 − z_t) ∘ n_t"),
         {xN, 55},
         LabelSide::Right},
    };
    for (GraphEdge& edge : graph.edges) {
        if (std::strcmp(edge.from, "x") == 0)
            edge.over = true;
    }
    if (after) {
        graph.nodes.push_back(weights("u", "W_{hn}", {xU, linear}, 2));
        graph.nodes.push_back(weights("Wn", "W_{xn}", {xN, linear}, 3));
        graph.nodes.push_back(node("n+", NodeShape::Operator, "+", {xN, gates}, 3));
        graph.edges.push_back({"h·", "u", {{62, hiddenBus}, {xU, hiddenBus}}, -1, 2, -1});
        graph.edges.push_back(
            {"u", "r∘", {}, 2, 3, 2, channel("u_n"), text("u_t"), {xU, 181}, LabelSide::Right});
        graph.edges.push_back({"r∘",
                               "n+",
                               {},
                               3,
                               3,
                               3,
                               {SignalKind::ResetPart, {}},
                               text("r_t ∘ u_t"),
                               {238, gates},
                               LabelSide::Above});
        graph.edges.push_back({"x", "Wn", {{xN, inputBus}}, -1, 3, -1});
        graph.edges.push_back({"Wn",
                               "n+",
                               {},
                               3,
                               3,
                               3,
                               {SignalKind::InputPart, "a_n"},
                               text("W_{xn} x_t + b_n"),
                               {xN, 181},
                               LabelSide::Right});
        graph.edges.push_back(
            {"n+", "n", {}, 3, 3, 3, channel("a_n"), text("a_n"), {xN, 141}, LabelSide::Right});
    } else {
        graph.nodes.push_back(weights("Wn", "W_n", {xN, gates}, 3, 28));
        graph.edges.push_back({"h·", "r∘", {{62, hiddenBus}, {xU, hiddenBus}}, -1, 2, -1});
        graph.edges.push_back({"r∘",
                               "Wn",
                               {},
                               2,
                               3,
                               2,
                               channel("rh"),
                               text("r_t ∘ h_{t−1}"),
                               {235.5, gates},
                               LabelSide::Above});
        graph.edges.push_back({"x", "Wn", {{xN, inputBus}}, -1, 3, -1});
        graph.edges.push_back(
            {"Wn", "n", {}, 3, 3, 3, channel("a_n"), text("a_n"), {xN, 140}, LabelSide::Right});
    }
    return graph;
}

CellGraph lstmGraph()
{
    constexpr qreal lane = 26;
    constexpr qreal squash = 70;
    constexpr qreal write = 84;
    constexpr qreal expose = 112;
    constexpr qreal gates = 140;
    constexpr qreal linear = 190;
    constexpr qreal hidden = 203;
    constexpr qreal bus = 224;
    constexpr qreal input = 245;
    constexpr qreal xF = 80;
    constexpr qreal xI = 136;
    constexpr qreal xG = 184;
    constexpr qreal xO = 234;
    constexpr qreal xH = 280;
    constexpr qreal xJoin = 62;
    CellGraph graph;
    graph.size = {340, 266};
    graph.operations = 6;
    graph.nodes = {
        port("c'", "c_{t−1}", "to c_{t−1}", {28, lane}, -1, 4, {SignalKind::PreviousCell, {}}),
        port("h'", "h_{t−1}", "to h_{t−1}", {28, hidden}, -1, -1, {SignalKind::PreviousHidden, {}}),
        port("x", "x_t", "to x_t", {28, input}, -1, -1, channel("x")),
        node("·", NodeShape::Junction, "", {xJoin, bus}, -1),
        weights("Wf", "W_f", {xF, linear}, 1),
        weights("Wi", "W_i", {xI, linear}, 0),
        weights("Wg", "W_g", {xG, linear}, 2),
        weights("Wo", "W_o", {xO, linear}, 3),
        node("f", NodeShape::Gate, "σ", {xF, gates}, 1, "f"),
        node("i", NodeShape::Gate, "σ", {xI, gates}, 0, "i"),
        node("g", NodeShape::Gate, "tanh", {xG, gates}, 2, "g"),
        node("o", NodeShape::Gate, "σ", {xO, gates}, 3, "o"),
        node("f∘", NodeShape::Operator, "∘", {xF, lane}, 4),
        node("i∘", NodeShape::Operator, "∘", {xI, write}, 4),
        node("+", NodeShape::Operator, "+", {xI, lane}, 4),
        node("c·", NodeShape::Junction, "", {xH, lane}, 5),
        node("tanh", NodeShape::Gate, "tanh", {xH, squash}, 5),
        node("o∘", NodeShape::Operator, "∘", {xH, expose}, 5),
        port("c", "c_t", "from c_{t+1}", {311, lane}, 4, 6, {SignalKind::NextCell, {}}),
        port("h", "h_t", "∂L/∂h_t", {311, hidden}, 5, 6, channel("h")),
    };
    graph.edges = {
        {"c'", "f∘", {}, -1, 4, 4},
        {"f∘",
         "+",
         {},
         4,
         4,
         4,
         {SignalKind::Kept, {}},
         text("f_t ∘ c_{t−1}"),
         {108, lane},
         LabelSide::Above},
        {"+", "c·", {}, 4, 5, 5, channel("c"), text("c_t"), {206, lane}, LabelSide::Above, true},
        {"c·", "c", {}, 4, 5, 6},
        {"c·", "tanh", {}, 4, 5, 5},
        {"tanh", "o∘", {}, 5, 5, 5, channel("tanh_c"), text("tanh(c_t)"), {xH, 92}, LabelSide::Right},
        {"f", "f∘", {}, 1, 4, 1, channel("f"), text("f_t"), {xF, 84}, LabelSide::Right},
        {"i", "i∘", {}, 0, 4, 0, channel("i"), text("i_t"), {xI, 111}, LabelSide::Right},
        {"g", "i∘", {{xG, write}}, 2, 4, 2, channel("g"), text("g_t"), {xG, 111}, LabelSide::Right},
        {"i∘", "+", {}, 4, 4, 4, {SignalKind::Written, {}}, text("i_t ∘ g_t"), {xI, 56}, LabelSide::Right},
        {"o", "o∘", {{xO, expose}}, 3, 5, 3, channel("o"), text("o_t"), {252, expose}, LabelSide::Above},
        {"o∘", "h", {{xH, hidden}}, 5, 6, 6},
        {"h'", "·", {{xJoin, hidden}}, -1, -1, -1},
        {"x", "·", {{xJoin, input}}, -1, -1, -1},
    };
    const struct
    {
        const char* weights;
        const char* gate;
        std::string_view channel;
        const char* name;
        qreal x;
        int operation;
    } columns[] = {{"Wi", "i", "a_i", "a_i", xI, 0},
                   {"Wf", "f", "a_f", "a_f", xF, 1},
                   {"Wg", "g", "a_g", "a_g", xG, 2},
                   {"Wo", "o", "a_o", "a_o", xO, 3}};
    for (const auto& column : columns) {
        graph.edges.push_back({"·", column.weights, {{column.x, bus}}, -1, column.operation, -1});
        graph.edges.push_back({column.weights,
                               column.gate,
                               {},
                               column.operation,
                               column.operation,
                               column.operation,
                               channel(column.channel),
                               text(column.name),
                               {column.x, 165.5},
                               LabelSide::Right});
    }
    return graph;
}

} // namespace

int CellGraph::node(const char* id) const
{
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (std::strcmp(nodes[i].id, id) == 0)
            return static_cast<int>(i);
    }
    return -1;
}

const CellGraph& cellGraph(const CellSpec& spec)
{
    static const PerCell<CellGraph> all(rnnGraph, gruGraph, lstmGraph);
    return all[spec];
}

QString atTime(QString notation, int t)
{
    const QString now = QString::number(t);
    notation.replace(QStringLiteral("t−1"), QString::number(t - 1));
    notation.replace(QStringLiteral("t+1"), QString::number(t + 1));
    notation.replace(QStringLiteral(",t}"), QStringLiteral(",%1}").arg(now));
    notation.replace(QStringLiteral("{t}"), QStringLiteral("{%1}").arg(now));
    static const QRegularExpression single(QStringLiteral("_t(?![A-Za-z])"));
    return notation.replace(single, QStringLiteral("_{%1}").arg(now));
}

} // namespace ui
