#pragma once

#include "core/gradients/witness.h"

#include <QObject>
#include <QThreadPool>
#include <atomic>
#include <memory>

namespace ui {

/// Which gradient a witness is asked about.
struct WitnessTarget
{
    int layer = 0;      ///< from 0
    bool cell = false;  ///< ∂L/∂c_t instead of ∂L/∂h_t
    int t = 1;          ///< from 1
    int parameter = -1; ///< from 0: ∂L/∂W of a block of the trace instead
    int loss = 0;       ///< of a state: the counted step whose loss alone is meant, from 1; 0: L

    bool operator==(const WitnessTarget&) const = default;
};

/// Takes central differences in a thread of its own; the newest order wins.
class WitnessRun : public QObject
{
    Q_OBJECT
public:
    explicit WitnessRun(QObject* parent = nullptr);
    ~WitnessRun() override;

    /// `trainer` stands at the trace's iteration, and is nobody else's. A picked unit (from 0) is among the
    /// entries, which are the largest ones where all would take longer than some seconds.
    void start(const std::shared_ptr<unrolled::Trainer>& trainer, const unrolled::TracePtr& trace,
               const WitnessTarget& target, int picked);
    void cancel();
    bool isRunning() const { return m_running; }

signals:
    /// Share done, 0…1, now and then.
    void progress(double share);
    void finished(const unrolled::Witness& witness);

private:
    std::shared_ptr<std::atomic<bool>> m_called; ///< off
    bool m_running = false;
    QThreadPool m_pool; ///< last: its thread ends before anything else goes
};

} // namespace ui
