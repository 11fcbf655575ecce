#include "ui/session/analyst.h"

namespace ui {

using unrolled::TracePtr;

Analyst::Analyst(QObject* parent)
    : QObject(parent),
      m_newest(
          this, [this](const Request& request, const unrolled::GoOn& goOn) { return work(request, goOn); },
          [this](AnalysesPtr&& analyses) { emit ready(analyses); })
{
}

void Analyst::request(const TracePtr& trace, int loss, const unrolled::Wanted& wanted, const TracePtr& ghost)
{
    m_newest.request({trace, loss, wanted, ghost});
}

AnalysesPtr Analyst::work(const Request& request, const unrolled::GoOn& goOn)
{
    if (!m_known || m_known->trace != request.trace)
        m_known = unrolled::analyse(request.trace, goOn);
    AnalysesPtr result = unrolled::analyse(m_known, request.loss, request.wanted, goOn, request.ghost);
    m_known = result->of;
    return result;
}

} // namespace ui
