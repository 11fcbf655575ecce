#include "core/files/json_reader.h"

#include "core/training/error.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace unrolled {

namespace {

using nlohmann::json;

/// "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error while parsing value -
/// unexpected end of input; expected a digit" as an InputError.
InputError syntaxError(const std::string& message, const std::string& source)
{
    const std::string start = "parse error at ";
    auto from = message.find(start);
    from = from == std::string::npos ? 0 : from + start.size();
    const auto colon = message.find(": ", from);
    if (colon == std::string::npos)
        return InputError(source, "", message, "JSON");
    const std::string place = message.substr(from, colon - from);
    std::string found = message.substr(colon + 2);
    if (const auto dash = found.find(" - "); dash != std::string::npos)
        found = found.substr(dash + 3);
    std::string expected = "JSON";
    const std::string separator = "; expected ";
    if (const auto semicolon = found.find(separator); semicolon != std::string::npos) {
        expected = found.substr(semicolon + separator.size());
        found = found.substr(0, semicolon);
    }
    return InputError(source, place, found, expected);
}

/// Remembers the fields of the objects that are being read.
class FieldsSeen
{
public:
    FieldsSeen(const std::string& source, const std::string& place) : m_source(source), m_place(place) {}

    /// Of what is being read: "training.learning_rate".
    std::string path() const
    {
        std::string path = m_place;
        for (const std::string& part : m_path)
            path += (path.empty() ? "" : ".") + part;
        return path;
    }

    bool operator()(json::parse_event_t event, const json& parsed)
    {
        if (event == json::parse_event_t::object_start) {
            m_fields.emplace_back();
        } else if (event == json::parse_event_t::object_end) {
            m_fields.pop_back();
            if (!m_path.empty())
                m_path.pop_back();
        } else if (event == json::parse_event_t::key) {
            const auto& key = parsed.get_ref<const std::string&>();
            m_path.resize(m_fields.size() - 1);
            m_path.push_back(key);
            if (!m_fields.back().insert(key).second)
                throw InputError(m_source, path(), "the field twice", "it once");
        }
        return true;
    }

private:
    const std::string& m_source;
    const std::string& m_place;
    std::vector<std::set<std::string>> m_fields;
    std::vector<std::string> m_path;
};

/// "[json.exception.out_of_range.406] number overflow parsing '1e400'" as an InputError.
InputError rangeError(const std::string& message, const std::string& source, const std::string& place)
{
    const auto first = message.find('\'');
    const auto last = message.rfind('\'');
    const bool quoted = first != std::string::npos && last > first;
    return InputError(source, place, quoted ? message.substr(first + 1, last - first - 1) : message,
                      "a number that double precision can hold, up to 1.8e308 in size");
}

/// Throws json::parse_error where it is no JSON. `place` is the path of the whole.
json parsed(const std::string& text, const std::string& source, const std::string& place)
{
    FieldsSeen seen(source, place);
    try {
        return json::parse(text,
                           [&seen](int, json::parse_event_t event, json& part) { return seen(event, part); });
    } catch (const json::out_of_range& error) {
        throw rangeError(error.what(), source, seen.path());
    }
}

} // namespace

json parseJson(const std::string& text, const std::string& source)
{
    try {
        return parsed(text, source, "");
    } catch (const json::exception& error) {
        throw syntaxError(error.what(), source);
    }
}

json parseValue(const std::string& text, const std::string& source, const std::string& place)
{
    try {
        return parsed(text, source, place);
    } catch (const json::parse_error&) {
        return text;
    }
}

std::string shown(const json& value)
{
    if (value.is_object())
        return value.empty() ? "{}" : "an object";
    std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
    constexpr std::size_t most = 60;
    if (text.size() > most) {
        std::size_t end = most;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
            --end;
        text = text.substr(0, end) + "…";
    }
    return text;
}

std::string oneOf(const std::vector<std::string_view>& names)
{
    std::string text;
    for (const std::string_view each : names) {
        text += text.empty() ? (names.size() > 1 ? "one of " : "") : ", ";
        text += each;
    }
    return text;
}

JsonReader::JsonReader(const json& object, std::string path, Source source)
    : m_object(&object), m_path(std::move(path)), m_source(std::move(source))
{
    if (!object.is_object())
        throw InputError(m_source(m_path), m_path, shown(object), "an object");
}

std::string JsonReader::pathOf(std::string_view field) const
{
    return m_path.empty() ? std::string(field) : m_path + "." + std::string(field);
}

void JsonReader::fail(std::string_view field, const std::string& found, const std::string& expected) const
{
    const std::string path = pathOf(field);
    throw InputError(m_source(path), path, found, expected);
}

const json* JsonReader::find(std::string_view field)
{
    if (std::find(m_known.begin(), m_known.end(), field) == m_known.end())
        m_known.emplace_back(field);
    const auto entry = m_object->find(field);
    return entry == m_object->end() ? nullptr : &*entry;
}

const json& JsonReader::require(std::string_view field, std::string_view expected)
{
    const json* value = find(field);
    if (!value)
        fail(field, "nothing", std::string(expected));
    return *value;
}

JsonReader JsonReader::object(std::string_view field)
{
    static const json empty = json::object();
    const json* value = find(field);
    return {value ? *value : empty, pathOf(field), m_source};
}

void JsonReader::read(std::string_view field, bool& value)
{
    const json* found = find(field);
    if (!found)
        return;
    if (!found->is_boolean())
        fail(field, shown(*found), "true or false");
    value = found->get<bool>();
}

void JsonReader::read(std::string_view field, std::string& value)
{
    const json* found = find(field);
    if (!found)
        return;
    if (!found->is_string())
        fail(field, shown(*found), "a text in quotes");
    value = found->get<std::string>();
}

void JsonReader::read(std::string_view field, std::vector<std::string>& value)
{
    const json* found = find(field);
    if (!found)
        return;
    const bool texts = found->is_array() && std::all_of(found->begin(), found->end(),
                                                        [](const json& each) { return each.is_string(); });
    if (!texts)
        fail(field, shown(*found), "a list of texts such as [\"a\", \"b\"]");
    value = found->get<std::vector<std::string>>();
}

void JsonReader::read(std::string_view field, double& value, double low, double high,
                      std::string_view expected)
{
    const json* found = find(field);
    if (!found)
        return;
    if (!found->is_number())
        fail(field, shown(*found), std::string(expected));
    const double number = found->get<double>();
    if (!std::isfinite(number) || number < low || number > high)
        fail(field, shown(*found), std::string(expected));
    value = number;
}

bool JsonReader::toInteger(const json& value, std::int64_t& integer) const
{
    constexpr double exact = 9007199254740992.0; // 2^53
    if (value.is_number_unsigned()) {
        const auto number = value.get<std::uint64_t>();
        integer = static_cast<std::int64_t>(std::min<std::uint64_t>(number, INT64_MAX));
        return number <= INT64_MAX;
    }
    if (value.is_number_integer()) {
        integer = value.get<std::int64_t>();
        return true;
    }
    if (!value.is_number_float())
        return false;
    const double number = value.get<double>();
    if (std::floor(number) != number || std::abs(number) > exact)
        return false;
    integer = static_cast<std::int64_t>(number);
    return true;
}

void JsonReader::read(std::string_view field, std::int64_t& value, std::int64_t low, std::int64_t high)
{
    const json* found = find(field);
    if (!found)
        return;
    std::int64_t number = 0;
    if (!toInteger(*found, number) || number < low || number > high)
        fail(field, shown(*found),
             "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    value = number;
}

void JsonReader::read(std::string_view field, int& value, int low, int high)
{
    std::int64_t number = value;
    read(field, number, low, high);
    value = static_cast<int>(number);
}

void JsonReader::read(std::string_view field, std::uint64_t& value)
{
    const json* found = find(field);
    if (!found)
        return;
    std::int64_t number = 0;
    if (found->is_number_unsigned())
        value = found->get<std::uint64_t>();
    else if (toInteger(*found, number) && number >= 0)
        value = static_cast<std::uint64_t>(number);
    else
        fail(field, shown(*found), "a whole number from 0 to 18446744073709551615");
}

void JsonReader::read(std::string_view field, std::vector<int>& value, int most, int low, int high)
{
    const json* found = find(field);
    if (!found)
        return;
    const std::string range = std::to_string(low) + " to " + std::to_string(high);
    if (!found->is_array() || found->empty() || found->size() > static_cast<std::size_t>(most))
        fail(field, shown(*found),
             "a list of 1 to " + std::to_string(most) + " whole numbers from " + range + ", such as [" +
                 std::to_string(value.empty() ? low : value.front()) + "]");
    std::vector<int> numbers;
    for (const json& each : *found) {
        std::int64_t number = 0;
        if (!toInteger(each, number) || number < low || number > high)
            fail(std::string(field) + "." + std::to_string(numbers.size()), shown(each),
                 "a whole number from " + range);
        numbers.push_back(static_cast<int>(number));
    }
    value = std::move(numbers);
}

void JsonReader::chooseIndex(std::string_view field, int& index, const std::vector<std::string_view>& names)
{
    const json* found = find(field);
    if (!found)
        return;
    const auto match = found->is_string()
                           ? std::find(names.begin(), names.end(), found->get_ref<const std::string&>())
                           : names.end();
    if (match == names.end())
        fail(field, shown(*found), oneOf(names));
    index = static_cast<int>(match - names.begin());
}

void JsonReader::finish() const
{
    for (const auto& [field, value] : m_object->items()) {
        if (std::find(m_known.begin(), m_known.end(), field) == m_known.end())
            fail(field, "an unknown field", oneOf({m_known.begin(), m_known.end()}));
    }
}

} // namespace unrolled
