#include "ui/exports/color_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace ui {

namespace {

/// A colour among those that are gathered in boxes. The root keeps a large area from taking all entries.
struct Weighted
{
    std::array<double, 3> at; ///< red, green, blue, each as the eye weighs it
    double weight;
};

constexpr std::array<double, 3> eyeScale{1.0, 1.4, 0.8};

std::array<int, 3> channelsOf(QRgb color)
{
    return {qRed(color), qGreen(color), qBlue(color)};
}

struct ColorBox
{
    std::vector<Weighted> colors;
    std::array<double, 3> mean{};
    int axis = 0;
    double spread = 0; ///< weighted sum of squares along all axes
};

ColorBox boxOf(std::vector<Weighted> colors)
{
    ColorBox box;
    double weight = 0;
    for (const Weighted& color : colors) {
        weight += color.weight;
        for (std::size_t k = 0; k < 3; ++k)
            box.mean[k] += color.weight * color.at[k];
    }
    for (double& mean : box.mean)
        mean /= weight;
    std::array<double, 3> squares{};
    for (const Weighted& color : colors) {
        for (std::size_t k = 0; k < 3; ++k)
            squares[k] += color.weight * (color.at[k] - box.mean[k]) * (color.at[k] - box.mean[k]);
    }
    box.axis = static_cast<int>(std::max_element(squares.begin(), squares.end()) - squares.begin());
    box.spread = squares[0] + squares[1] + squares[2];
    box.colors = std::move(colors);
    return box;
}

/// At most `most` means of what is left.
std::vector<QRgb> boxMeans(std::vector<Weighted> colors, std::size_t most)
{
    std::vector<ColorBox> boxes;
    if (!colors.empty() && most > 0)
        boxes.push_back(boxOf(std::move(colors)));
    while (boxes.size() < most && !boxes.empty()) {
        const auto widest =
            std::max_element(boxes.begin(), boxes.end(),
                             [](const ColorBox& a, const ColorBox& b) { return a.spread < b.spread; });
        if (widest->spread <= 0)
            break;
        const auto axis = static_cast<std::size_t>(widest->axis);
        const double middle = widest->mean[axis];
        std::vector<Weighted> low;
        std::vector<Weighted> high;
        for (const Weighted& color : widest->colors)
            (color.at[axis] <= middle ? low : high).push_back(color);
        *widest = boxOf(std::move(low));
        boxes.push_back(boxOf(std::move(high)));
    }
    std::vector<QRgb> result;
    result.reserve(boxes.size());
    for (const ColorBox& box : boxes) {
        const auto channel = [&](std::size_t k) {
            return std::clamp(static_cast<int>(std::lround(box.mean[k] / eyeScale[k])), 0, 255);
        };
        result.push_back(qRgb(channel(0), channel(1), channel(2)));
    }
    return result;
}

} // namespace

std::vector<QRgb> colorTable(const ColorCounts& counts, std::size_t most)
{
    std::vector<std::pair<QRgb, std::uint64_t>> all(counts.begin(), counts.end());
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    std::vector<QRgb> table;
    table.reserve(most);
    const std::size_t exact = all.size() <= most ? all.size() : most / 3;
    for (std::size_t i = 0; i < exact; ++i)
        table.push_back(all[i].first);
    std::vector<Weighted> rest;
    rest.reserve(all.size() - exact);
    for (std::size_t i = exact; i < all.size(); ++i) {
        const auto channels = channelsOf(all[i].first);
        Weighted color{{}, std::sqrt(static_cast<double>(all[i].second))};
        for (std::size_t k = 0; k < 3; ++k)
            color.at[k] = eyeScale[k] * channels[k];
        rest.push_back(color);
    }
    const std::vector<QRgb> means = boxMeans(std::move(rest), most - exact);
    table.insert(table.end(), means.begin(), means.end());
    return table;
}

int nearestColor(const std::vector<QRgb>& table, QRgb color)
{
    int best = 0;
    double least = std::numeric_limits<double>::infinity();
    const auto wanted = channelsOf(color);
    for (std::size_t i = 0; i < table.size(); ++i) {
        const auto offered = channelsOf(table[i]);
        double distance = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            const double apart = eyeScale[k] * (offered[k] - wanted[k]);
            distance += apart * apart;
        }
        if (distance < least) {
            least = distance;
            best = static_cast<int>(i);
        }
    }
    return best;
}

} // namespace ui
