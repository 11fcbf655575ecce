#pragma once

#include <string>

namespace unrolled {

/// Appends a number as JSON: the shortest form that reads back exactly; null for what JSON cannot hold (NaN,
/// ±∞).
void appendJson(std::string& text, double value);

} // namespace unrolled
