#pragma once

#include "core/gradients/analyses.h"
#include "ui/session/newest.h"

#include <QObject>
#include <memory>

namespace ui {

using AnalysesPtr = std::shared_ptr<const unrolled::Analyses>;

/// Analyses traces on a thread of its own, the newest first.
class Analyst : public QObject
{
    Q_OBJECT
public:
    explicit Analyst(QObject* parent = nullptr);

    /// Emits ready() in this thread when it is done. `loss` and `ghost` as in unrolled::Analyses.
    void request(const unrolled::TracePtr& trace, int loss, const unrolled::Wanted& wanted = {},
                 const unrolled::TracePtr& ghost = {});
    /// Nobody looks any more: calls off what waits and what is in work.
    void drop() { m_newest.drop(); }
    /// Blocks until nothing is under way and all results are out; for tests and exports.
    void wait() { m_newest.wait(); }

signals:
    void ready(const ui::AnalysesPtr& analyses);

private:
    struct Request
    {
        unrolled::TracePtr trace;
        int loss = 0;
        unrolled::Wanted wanted;
        unrolled::TracePtr ghost;

        bool operator==(const Request&) const = default;
    };

    AnalysesPtr work(const Request& request, const unrolled::GoOn& goOn);

    std::shared_ptr<const unrolled::TraceAnalysis> m_known; ///< the thread's own
    Newest<Request, AnalysesPtr> m_newest;
};

} // namespace ui
