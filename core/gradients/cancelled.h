#pragma once

#include <exception>
#include <functional>

namespace unrolled {

/// Thrown out of long analyses when nobody wants their result any more.
class Cancelled : public std::exception
{
public:
    const char* what() const noexcept override { return "called off"; }
};

/// Asked now and then by long analyses; false calls them off. Empty: they go on.
using GoOn = std::function<bool()>;

inline void throwUnless(const GoOn& goOn)
{
    if (goOn && !goOn())
        throw Cancelled();
}

} // namespace unrolled
