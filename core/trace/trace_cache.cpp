#include "core/trace/trace_cache.h"

#include "core/trace/iteration_input.h"

namespace unrolled {

namespace {

constexpr std::size_t nodeBytes = 64; // what a container adds to an element

template<typename Matrix>
std::size_t bytesOf(const Matrix& matrix)
{
    return static_cast<std::size_t>(matrix.size()) * sizeof(typename Matrix::Scalar);
}

std::size_t bytesOf(const Quantity& quantity)
{
    return sizeof(Quantity) + bytesOf(quantity.value) + bytesOf(quantity.gradient);
}

std::size_t bytesOf(const IterationInput& input)
{
    const Batch& batch = input.batch;
    return sizeof(IterationInput) + input.plan.capacity() * sizeof(PlanRow) + bytesOf(batch.inputs) +
           bytesOf(batch.targets) + bytesOf(input.states) + bytesOf(input.memory) +
           (batch.inputClasses.capacity() + batch.targetClasses.capacity()) * sizeof(int) +
           batch.uses.capacity() * sizeof(StepUse) + batch.sources.capacity() * sizeof(InputSource);
}

} // namespace

std::size_t bytesOf(const IterationTrace& trace)
{
    std::size_t bytes = sizeof(IterationTrace) + nodeBytes;
    bytes += trace.plan.capacity() * sizeof(PlanRow) +
             (trace.inputClasses.capacity() + trace.planRows.capacity()) * sizeof(int);
    for (const LayerTrace& layer : trace.layers) {
        bytes += sizeof(LayerTrace) + bytesOf(layer.initialHidden) + bytesOf(layer.initialCell) +
                 bytesOf(layer.initialHiddenGradient) + bytesOf(layer.initialCellGradient);
        for (const Quantity& channel : layer.channels)
            bytes += bytesOf(channel);
    }
    const OutputTrace& outputs = trace.outputs;
    bytes += bytesOf(outputs.y) + bytesOf(outputs.probabilities) +
             outputs.targetClasses.capacity() * sizeof(int) + bytesOf(outputs.targets) +
             bytesOf(outputs.losses) + bytesOf(outputs.predicted);
    for (const ParameterTrace& parameter : trace.parameters) {
        bytes += sizeof(ParameterTrace) + parameter.block.name.capacity() +
                 parameter.block.symbol.capacity() + bytesOf(parameter.before) + bytesOf(parameter.gradient) +
                 bytesOf(parameter.clippedGradient) + bytesOf(parameter.after);
    }
    if (trace.input)
        bytes += bytesOf(*trace.input);
    return bytes;
}

TracePtr TraceCache::find(std::int64_t iteration, int sequence) const
{
    const auto place = m_places.find({iteration, sequence});
    return place == m_places.end() ? nullptr : place->second->trace;
}

TracePtr TraceCache::use(std::int64_t iteration, int sequence)
{
    const auto place = m_places.find({iteration, sequence});
    if (place == m_places.end())
        return nullptr;
    m_entries.splice(m_entries.begin(), m_entries, place->second);
    return m_entries.front().trace;
}

void TraceCache::insert(TracePtr trace, std::size_t bytes)
{
    m_entries.push_front({std::move(trace), bytes});
    m_places[keyOf(m_entries.front())] = m_entries.begin();
    m_bytes += bytes;
    while (m_entries.size() > mostTraces)
        dropLast();
}

void TraceCache::shrinkTo(std::size_t bytes)
{
    while (m_bytes > bytes && !m_entries.empty())
        dropLast();
}

void TraceCache::dropFrom(std::int64_t iteration)
{
    const auto first = m_places.lower_bound({iteration, 0});
    for (auto place = first; place != m_places.end(); ++place) {
        m_bytes -= place->second->bytes;
        m_entries.erase(place->second);
    }
    m_places.erase(first, m_places.end());
}

void TraceCache::dropLast()
{
    m_bytes -= m_entries.back().bytes;
    m_places.erase(keyOf(m_entries.back()));
    m_entries.pop_back();
}

} // namespace unrolled
