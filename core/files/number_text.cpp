#include "core/files/number_text.h"

#include <charconv>
#include <cmath>

namespace unrolled {

std::string fullPrecision(double value)
{
    if (std::isnan(value))
        return "nan";
    char text[32];
    return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

void appendJson(std::string& text, double value)
{
    text += std::isfinite(value) ? fullPrecision(value) : "null";
}

} // namespace unrolled
