#include "core/trace/position.h"

#include <algorithm>

namespace unrolled {

namespace {

int count(const std::vector<Part>& parts)
{
    return static_cast<int>(parts.size());
}

} // namespace

TickLayout::TickLayout(const CellSpec& spec, int layers, int steps, bool softmax)
    : m_steps(std::max(1, steps))
{
    const int cellOperations = static_cast<int>(operations(spec).size());

    m_forward.push_back({PartKind::Input});
    for (int layer = 0; layer < layers; ++layer) {
        for (int operation = 0; operation < cellOperations; ++operation)
            m_forward.push_back({PartKind::Cell, layer, operation});
    }
    m_forward.push_back({PartKind::Logits});
    if (softmax)
        m_forward.push_back({PartKind::Probabilities});

    m_loss = {{PartKind::Loss}};

    m_backward.push_back({PartKind::Logits});
    for (int layer = layers - 1; layer >= 0; --layer) {
        m_backward.push_back({PartKind::HiddenGradient, layer});
        for (int operation = cellOperations - 1; operation >= 0; --operation)
            m_backward.push_back({PartKind::Cell, layer, operation});
        m_backward.push_back({PartKind::PassBack, layer});
    }

    m_update = {{PartKind::Clip}, {PartKind::Update}};

    m_partsPerIteration = m_steps * (count(m_forward) + count(m_backward)) + count(m_loss) + count(m_update);
}

Phase TickLayout::phase(int tick) const
{
    if (tick < m_steps)
        return Phase::Forward;
    if (tick == m_steps)
        return Phase::Loss;
    return tick <= 2 * m_steps ? Phase::Backward : Phase::Update;
}

int TickLayout::time(int tick) const
{
    switch (phase(tick)) {
    case Phase::Forward:
        return tick + 1;
    case Phase::Backward:
        return 2 * m_steps + 1 - tick;
    case Phase::Loss:
    case Phase::Update:
        break;
    }
    return 0;
}

int TickLayout::tickOf(Phase phase, int time) const
{
    switch (phase) {
    case Phase::Forward:
        return time - 1;
    case Phase::Loss:
        return m_steps;
    case Phase::Backward:
        return 2 * m_steps + 1 - time;
    case Phase::Update:
        break;
    }
    return 2 * m_steps + 1;
}

const std::vector<Part>& TickLayout::parts(int tick) const
{
    switch (phase(tick)) {
    case Phase::Forward:
        return m_forward;
    case Phase::Loss:
        return m_loss;
    case Phase::Backward:
        return m_backward;
    case Phase::Update:
        break;
    }
    return m_update;
}

std::int64_t TickLayout::index(const Position& position) const
{
    const int tick = position.tick;
    int before = std::min(tick, m_steps) * count(m_forward);
    if (tick > m_steps)
        before += count(m_loss) + std::min(tick - m_steps - 1, m_steps) * count(m_backward);
    return position.iteration * m_partsPerIteration + before + position.part;
}

Position TickLayout::at(std::int64_t index) const
{
    if (index <= 0 || m_partsPerIteration == 0)
        return {};
    const std::int64_t iteration = index / m_partsPerIteration;
    int rest = static_cast<int>(index % m_partsPerIteration);

    if (rest < m_steps * count(m_forward))
        return {iteration, rest / count(m_forward), rest % count(m_forward)};
    rest -= m_steps * count(m_forward);
    if (rest < count(m_loss))
        return {iteration, m_steps, rest};
    rest -= count(m_loss);
    if (rest < m_steps * count(m_backward))
        return {iteration, m_steps + 1 + rest / count(m_backward), rest % count(m_backward)};
    rest -= m_steps * count(m_backward);
    return {iteration, 2 * m_steps + 1, rest};
}

Position TickLayout::endOfTick(std::int64_t iteration, int tick) const
{
    return {iteration, tick, std::max(0, count(parts(tick)) - 1)};
}

namespace {

int lastTick(const TickLayout& layout, Phase phase)
{
    switch (phase) {
    case Phase::Forward:
        return layout.tickOf(Phase::Forward, layout.steps());
    case Phase::Backward:
        return layout.tickOf(Phase::Backward, 1);
    case Phase::Loss:
    case Phase::Update:
        break;
    }
    return layout.tickOf(phase);
}

} // namespace

Position TickLayout::next(const Position& position, StepSize size) const
{
    const std::int64_t iteration = position.iteration;
    switch (size) {
    case StepSize::Operation:
        return at(index(position) + 1);
    case StepSize::TimeStep: {
        const Position end = endOfTick(iteration, position.tick);
        if (position < end)
            return end;
        return position.tick + 1 < ticks() ? endOfTick(iteration, position.tick + 1)
                                           : endOfTick(iteration + 1, 0);
    }
    case StepSize::Pass: {
        const Phase here = phase(position.tick);
        const Position end = endOfTick(iteration, lastTick(*this, here));
        if (position < end)
            return end;
        if (here == Phase::Update)
            return endOfTick(iteration + 1, lastTick(*this, Phase::Forward));
        return endOfTick(iteration, lastTick(*this, phase(position.tick + 1)));
    }
    case StepSize::Iteration:
        break;
    }
    return {iteration + 1, position.tick, position.part};
}

Position TickLayout::previous(const Position& position, StepSize size) const
{
    const std::int64_t iteration = position.iteration;
    int firstTick = position.tick;
    switch (size) {
    case StepSize::Operation:
        return at(index(position) - 1);
    case StepSize::TimeStep:
        break;
    case StepSize::Pass:
        switch (phase(position.tick)) {
        case Phase::Forward:
            firstTick = 0;
            break;
        case Phase::Backward:
            firstTick = tickOf(Phase::Backward, m_steps);
            break;
        case Phase::Loss:
        case Phase::Update:
            break;
        }
        break;
    case StepSize::Iteration:
        return iteration > 0 ? Position{iteration - 1, position.tick, position.part} : start(0);
    }
    if (firstTick > 0)
        return endOfTick(iteration, firstTick - 1);
    return iteration > 0 ? endOfIteration(iteration - 1) : start(0);
}

bool TickLayout::happened(const Position& position, int tick, int part) const
{
    return tick < position.tick || (tick == position.tick && part <= position.part);
}

} // namespace unrolled
