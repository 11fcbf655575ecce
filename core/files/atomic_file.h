#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace unrolled {

/// Writes a file whole or not at all: a temporary name beside it, then a rename. Throws InputError.
void writeFile(const std::filesystem::path& file, std::string_view content);
/// Reads a whole file. Throws InputError.
std::string readFile(const std::filesystem::path& file);

} // namespace unrolled
