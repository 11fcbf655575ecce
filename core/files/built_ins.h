#pragma once

#include <string_view>
#include <vector>

namespace unrolled {

/// A file of resources/experiments, compiled in.
struct BuiltInFile
{
    std::string_view id;
    std::string_view json;
};
const std::vector<BuiltInFile>& builtInFiles();

} // namespace unrolled
