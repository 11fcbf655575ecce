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
    bytes += trace.plan.capacity() * sizeof(PlanRow) + trace.inputClasses.capacity() * sizeof(int);
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
    for (const Entry& entry : m_entries) {
        if (entry.trace->iteration == iteration && entry.trace->sequence == sequence)
            return entry.trace;
    }
    return nullptr;
}

TracePtr TraceCache::use(std::int64_t iteration, int sequence)
{
    for (auto entry = m_entries.begin(); entry != m_entries.end(); ++entry) {
        if (entry->trace->iteration == iteration && entry->trace->sequence == sequence) {
            m_entries.splice(m_entries.begin(), m_entries, entry);
            return m_entries.front().trace;
        }
    }
    return nullptr;
}

void TraceCache::insert(TracePtr trace, std::size_t bytes)
{
    m_entries.push_front({std::move(trace), bytes});
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
    for (auto entry = m_entries.begin(); entry != m_entries.end();) {
        if (entry->trace->iteration >= iteration) {
            m_bytes -= entry->bytes;
            entry = m_entries.erase(entry);
        } else {
            ++entry;
        }
    }
}

void TraceCache::dropLast()
{
    m_bytes -= m_entries.back().bytes;
    m_entries.pop_back();
}

} // namespace unrolled
