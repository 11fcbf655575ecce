#include "core/gradients/gate_saturation.h"

namespace unrolled {

std::vector<GateSaturation> gateSaturation(const IterationTrace& trace)
{
    constexpr double closed = 0.1;
    constexpr double open = 0.9;
    std::vector<GateSaturation> result;
    for (int layer = 0; layer < static_cast<int>(trace.layers.size()); ++layer) {
        for (const Channel& channel : channels(trace.cell)) {
            if (channel.role != ChannelRole::Gate || channel.low != 0)
                continue;
            const Eigen::MatrixXd& values = trace.channel(layer, channel.name).value;
            for (Eigen::Index unit = 0; unit < values.rows(); ++unit) {
                const auto row = values.row(unit).array();
                const double steps = double(row.size());
                result.push_back({layer, channel.name, static_cast<int>(unit),
                                  double((row < closed).count()) / steps,
                                  double((row > open).count()) / steps});
            }
        }
    }
    return result;
}

} // namespace unrolled
