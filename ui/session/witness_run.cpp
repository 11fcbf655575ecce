#include "ui/session/witness_run.h"

#include <algorithm>
#include <chrono>

namespace ui {

using unrolled::Witness;

namespace {

constexpr std::chrono::milliseconds progressInterval{60};

/// As many entries as take some two seconds: each is some 24 forward passes, 1 ns a multiply–add.
std::size_t affordableEntries(const unrolled::Trainer& trainer)
{
    const double secondsEach = 24 * 1e-9 * trainer.costPerIteration() / 3;
    return static_cast<std::size_t>(std::clamp(2 / secondsEach, 8.0, 256.0));
}

} // namespace

WitnessRun::WitnessRun(QObject* parent) : QObject(parent)
{
    m_pool.setMaxThreadCount(1);
}

WitnessRun::~WitnessRun()
{
    cancel();
    m_pool.waitForDone();
}

void WitnessRun::cancel()
{
    if (m_called)
        *m_called = true;
    m_called.reset();
    m_running = false;
}

void WitnessRun::start(const std::shared_ptr<unrolled::Trainer>& trainer, const unrolled::TracePtr& trace,
                       const WitnessTarget& target, int picked)
{
    cancel();
    m_running = true;
    m_called = std::make_shared<std::atomic<bool>>(false);
    m_pool.start([this, trainer, trace, target, called = m_called, picked] {
        auto told = std::chrono::steady_clock::now();
        const auto goOn = [&](double share) {
            if (*called)
                return false;
            const auto now = std::chrono::steady_clock::now();
            if (now - told > progressInterval) {
                told = now;
                QMetaObject::invokeMethod(
                    this,
                    [this, share, called] {
                        if (!*called)
                            emit progress(share);
                    },
                    Qt::QueuedConnection);
            }
            return true;
        };
        const std::size_t most = affordableEntries(*trainer);
        const auto& [layer, cell, t, parameter, loss] = target;
        Witness witness = parameter >= 0
                              ? witnessParameter(*trainer, *trace, std::size_t(parameter), most, goOn)
                          : loss > 0 ? witnessState(trace, loss, layer, cell, t, most, goOn, picked)
                                     : witnessState(*trainer, *trace, layer, cell, t, most, goOn, picked);
        QMetaObject::invokeMethod(
            this,
            [this, called, witness = std::move(witness)] {
                if (*called)
                    return;
                m_running = false;
                emit finished(witness);
            },
            Qt::QueuedConnection);
    });
}

} // namespace ui
