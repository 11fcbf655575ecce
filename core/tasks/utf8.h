#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace unrolled {

/// Reads one character of UTF-8 text at `at` and moves behind it. Overlong forms, surrogates and what lies
/// beyond U+10FFFF are not characters: returns false then, with `at` where it was.
bool nextCharacter(std::string_view text, std::size_t& at, char32_t& character);

/// A character as UTF-8.
std::string toUtf8(char32_t character);

/// A character as a message shows it: quoted, or "U+000A" where it cannot be seen.
std::string shown(char32_t character);

/// Removes the byte order mark that some editors put first.
std::string_view withoutByteOrderMark(std::string_view text);

} // namespace unrolled
