#include "core/gradients/decay_fit.h"

#include <cmath>
#include <limits>

namespace unrolled {

DecayFit fitDecay(const std::vector<ScaledNumber>& norms)
{
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    std::vector<double> lags;
    std::vector<double> logs;
    for (std::size_t lag = 0; lag < norms.size(); ++lag) {
        const double log = norms[lag].log10() * std::log(10.0);
        if (!std::isfinite(log))
            continue;
        lags.push_back(double(lag));
        logs.push_back(log);
    }
    if (lags.size() < 2)
        return {none, none, none, none};
    double meanLag = 0;
    double meanLog = 0;
    for (std::size_t i = 0; i < lags.size(); ++i) {
        meanLag += lags[i] / double(lags.size());
        meanLog += logs[i] / double(lags.size());
    }
    double lagLag = 0;
    double lagLog = 0;
    double logLog = 0;
    for (std::size_t i = 0; i < lags.size(); ++i) {
        lagLag += (lags[i] - meanLag) * (lags[i] - meanLag);
        lagLog += (lags[i] - meanLag) * (logs[i] - meanLog);
        logLog += (logs[i] - meanLog) * (logs[i] - meanLog);
    }
    const double slope = lagLog / lagLag;
    return {slope, meanLog - slope * meanLag, logLog > 0 ? lagLog * lagLog / (lagLag * logLog) : 1,
            slope != 0 ? std::log(0.5) / slope : std::numeric_limits<double>::infinity()};
}

int horizon(const std::vector<ScaledNumber>& norms, double epsilon)
{
    const double limit = std::log10(epsilon);
    int first = -1;
    for (std::size_t lag = norms.size(); lag-- > 0 && norms[lag].log10() < limit;)
        first = static_cast<int>(lag);
    return first;
}

} // namespace unrolled
