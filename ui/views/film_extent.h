#pragma once

#include <algorithm>
#include <map>
#include <string>

namespace ui {

/// What the axes and the heads of a film's pictures take, so that they all stand still: the largest that any
/// picture asked for, once each has been drawn.
class FilmExtent
{
public:
    /// The largest so far under this name, `own` among it.
    double grow(const std::string& name, double own)
    {
        double& most = m_most.try_emplace(name, own).first->second;
        return most = std::max(most, own);
    }

private:
    std::map<std::string, double> m_most;
};

} // namespace ui
