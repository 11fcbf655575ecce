#pragma once

#include <QRgb>

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace ui {

/// How many pixels have a colour.
using ColorCounts = std::unordered_map<QRgb, std::uint64_t>;

/// At most `most` colours that stand for all of these: all of them where they are few enough. Else the
/// commonest ones, so that flat areas and letters keep theirs exactly, and means of the boxes into which the
/// others fall when the box of the largest variance is split again and again (Wan, Wong & Prusinkiewicz
/// 1988). In a fixed order: equal counts give equal tables.
std::vector<QRgb> colorTable(const ColorCounts& counts, std::size_t most);

/// The index of the entry nearest to a colour; the eye sees green best.
int nearestColor(const std::vector<QRgb>& table, QRgb color);

} // namespace ui
