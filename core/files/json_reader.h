#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace unrolled {

inline constexpr double unbounded = std::numeric_limits<double>::infinity(); ///< for `read`

/// Parses JSON. Throws InputError naming line and column, or the field that is there twice or holds a number
/// out of range.
nlohmann::json parseJson(const std::string& text, const std::string& source);

/// The same of the value of a field, `place`; what is no JSON is a string.
nlohmann::json parseValue(const std::string& text, const std::string& source, const std::string& place);

/// A value as an error message shows it: short, on one line.
std::string shown(const nlohmann::json& value);

/// Reads the fields of one JSON object strictly: what is missing keeps its default, what has the wrong type
/// or range or is not known is an InputError that names the source and the dotted path.
class JsonReader
{
public:
    /// Names the source of a field, by its dotted path.
    using Source = std::function<std::string(const std::string&)>;

    /// `path` is the object's own dotted path; empty for the whole file.
    JsonReader(const nlohmann::json& object, std::string path, Source source);

    /// The value of a field, null where it is missing.
    const nlohmann::json* find(std::string_view field);
    const nlohmann::json& require(std::string_view field, std::string_view expected);
    JsonReader object(std::string_view field); ///< empty where it is missing

    void read(std::string_view field, bool& value);
    void read(std::string_view field, std::string& value);
    void read(std::string_view field, std::vector<std::string>& value);
    void read(std::string_view field, double& value, double low, double high, std::string_view expected);
    void read(std::string_view field, std::int64_t& value, std::int64_t low, std::int64_t high);
    void read(std::string_view field, int& value, int low, int high);
    void read(std::string_view field, std::uint64_t& value);
    /// A list of 1 … `most` whole numbers.
    void read(std::string_view field, std::vector<int>& value, int most, int low, int high);

    /// One of an enumeration's names, from the first value to `last`.
    template<typename Enum>
    void choose(std::string_view field, Enum& value, Enum last)
    {
        std::vector<std::string_view> names;
        for (int i = 0; i <= static_cast<int>(last); ++i)
            names.push_back(name(static_cast<Enum>(i)));
        int index = static_cast<int>(value);
        chooseIndex(field, index, names);
        value = static_cast<Enum>(index);
    }

    /// Throws where the object has fields that nobody asked for.
    void finish() const;

    [[noreturn]] void fail(std::string_view field, const std::string& found,
                           const std::string& expected) const;
    std::string pathOf(std::string_view field) const;

private:
    void chooseIndex(std::string_view field, int& index, const std::vector<std::string_view>& names);
    bool toInteger(const nlohmann::json& value, std::int64_t& integer) const;

    const nlohmann::json* m_object;
    std::string m_path;
    Source m_source;
    std::vector<std::string> m_known;
};

/// "one of a, b, c"
std::string oneOf(const std::vector<std::string_view>& names);

} // namespace unrolled
