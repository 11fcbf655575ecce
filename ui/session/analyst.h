#pragma once

#include "core/gradients/analyses.h"

#include <QObject>
#include <memory>

namespace ui {

using AnalysesPtr = std::shared_ptr<const unrolled::Analyses>;

/// Analyses traces on a thread of its own. The newest request wins: one waits at most, while the one in work
/// is brought to its end, so that results keep coming while a run trains.
class Analyst : public QObject
{
    Q_OBJECT
public:
    explicit Analyst(QObject* parent = nullptr);
    ~Analyst() override;

    /// Emits ready() in this thread when it is done. `loss` and `ghost` as in unrolled::Analyses.
    void request(const unrolled::TracePtr& trace, int loss, const unrolled::Wanted& wanted = {},
                 const unrolled::TracePtr& ghost = {});
    /// Nobody looks any more: calls off what waits and what is in work.
    void drop();
    /// Blocks until nothing is under way and all results are out; for tests and exports.
    void wait();

signals:
    void ready(const ui::AnalysesPtr& analyses);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace ui
