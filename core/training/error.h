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

/// Makes something of a file that an experiment names; an error then names the experiment's file, too, where
/// `source` is one and no built-in id.
template<typename Make>
auto inExperiment(const std::string& source, const Make& make)
{
    try {
        return make();
    } catch (const InputError& error) {
        if (source.find('.') == std::string::npos)
            throw;
        throw InputError(source + ": " + error.what());
    }
}

/// The run itself failed (exit status 1).
class RunError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

} // namespace unrolled
