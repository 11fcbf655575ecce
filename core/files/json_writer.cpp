#include "core/files/json_writer.h"

#include <algorithm>

namespace unrolled {

namespace {

using nlohmann::ordered_json;

bool isFlat(const ordered_json& value)
{
    return std::none_of(value.begin(), value.end(),
                        [](const ordered_json& each) { return each.is_structured(); });
}

void write(std::string& text, const ordered_json& value, int depth)
{
    const std::string indent(static_cast<std::size_t>(2 * (depth + 1)), ' ');
    const std::string end(static_cast<std::size_t>(2 * depth), ' ');
    // Objects inside lists are short records.
    const bool oneLine = !value.is_structured() || value.empty() || (value.is_array() && isFlat(value)) ||
                         (value.is_object() && depth > 1 && isFlat(value));
    if (!value.is_structured() || value.empty()) {
        text += value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
        return;
    }
    text += value.is_object() ? '{' : '[';
    bool first = true;
    for (const auto& [key, each] : value.items()) {
        text += first ? "" : ",";
        if (!oneLine)
            text += "\n" + indent;
        else
            text += first ? "" : " ";
        first = false;
        if (value.is_object())
            text += ordered_json(key).dump(-1, ' ', false, ordered_json::error_handler_t::replace) + ": ";
        write(text, each, depth + 1);
    }
    if (!oneLine)
        text += "\n" + end;
    text += value.is_object() ? '}' : ']';
}

} // namespace

std::string indented(const ordered_json& value)
{
    std::string text;
    write(text, value, 0);
    return text + "\n";
}

} // namespace unrolled
