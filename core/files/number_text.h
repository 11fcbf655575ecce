#pragma once

#include <string>

namespace unrolled {

/// 17 significant digits at most: the shortest form that reads back exactly ("0.1", "1e-300", "nan", "inf").
std::string fullPrecision(double value);
/// Appends a number as JSON: the shortest form that reads back exactly; null for what JSON cannot hold (NaN,
/// ±∞).
void appendJson(std::string& text, double value);

} // namespace unrolled
