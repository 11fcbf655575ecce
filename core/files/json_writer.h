#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace unrolled {

/// JSON as people like to read it: objects a field a line, lists of plain values on one line; ends in a line
/// end.
std::string indented(const nlohmann::ordered_json& value);

} // namespace unrolled
