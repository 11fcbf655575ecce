#pragma once

#include <stdexcept>
#include <string>

namespace unrolled {

/// What the user gave is wrong (exit status 2). The message is one line: "file: place: found …, expected …".
class InputError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
    InputError(const std::string& file, const std::string& place, const std::string& found,
               const std::string& expected)
        : std::runtime_error((file.empty() ? "" : file + ": ") + (place.empty() ? "" : place + ": ") +
                             "found " + found + ", expected " + expected)
    {
    }
};

/// The run itself failed (exit status 1).
class RunError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

} // namespace unrolled
