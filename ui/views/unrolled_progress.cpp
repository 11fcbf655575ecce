#include "ui/views/unrolled_progress.h"

namespace ui {

using unrolled::Part;
using unrolled::PartKind;
using unrolled::Phase;

bool UnrolledProgress::atWork(Phase phase, int t, PartKind kind, int layer) const
{
    if (m_frame.phase() != phase || m_frame.time() != t)
        return false;
    const Part& part = m_frame.part();
    return part.kind == kind && (layer < 0 || part.layer == layer);
}

double UnrolledProgress::input(int t) const
{
    return share(inputArrived(m_frame, t), atWork(Phase::Forward, t, PartKind::Input));
}

double UnrolledProgress::arrival(int t, int layer) const
{
    const std::string_view first = unrolled::operations(m_frame.trace().cell).front().result;
    return channel(t, layer, first);
}

double UnrolledProgress::channel(int t, int layer, std::string_view name) const
{
    if (channelComputed(m_frame, t, layer, name))
        return 1;
    if (!atWork(Phase::Forward, t, PartKind::Cell, layer))
        return 0;
    const auto& operation =
        unrolled::operations(m_frame.trace().cell)[static_cast<std::size_t>(m_frame.part().operation)];
    return operation.result == name ? m_frame.alpha : 0;
}

double UnrolledProgress::scores(int t) const
{
    return share(outputComputed(m_frame, t), atWork(Phase::Forward, t, PartKind::Logits));
}

double UnrolledProgress::probabilities(int t) const
{
    const bool classes = m_frame.trace().lossKind == unrolled::LossKind::CrossEntropy;
    return share(probabilitiesComputed(m_frame, t),
                 atWork(Phase::Forward, t, classes ? PartKind::Probabilities : PartKind::Logits));
}

double UnrolledProgress::total() const
{
    return share(lossComputed(m_frame), m_frame.phase() == Phase::Loss);
}

double UnrolledProgress::outputGradient(int t) const
{
    return share(outputGradientComputed(m_frame, t), atWork(Phase::Backward, t, PartKind::Logits));
}

double UnrolledProgress::hiddenGradient(int t, int layer) const
{
    return share(hiddenGradientComputed(m_frame, t, layer),
                 atWork(Phase::Backward, t, PartKind::HiddenGradient, layer));
}

double UnrolledProgress::channelGradient(int t, int layer, std::string_view name) const
{
    // ∂L/∂c_t comes through h_t = o_t ∘ tanh(c_t).
    const bool working =
        atWork(Phase::Backward, t, PartKind::Cell, layer) &&
        unrolled::operations(m_frame.trace().cell)[static_cast<std::size_t>(m_frame.part().operation)]
                .result == (name == "c" ? "h" : name);
    return share(channelGradientComputed(m_frame, t, layer, name), working);
}

double UnrolledProgress::passedBack(int t, int layer) const
{
    return share(gradientPassedBack(m_frame, t, layer),
                 atWork(Phase::Backward, t, PartKind::PassBack, layer));
}

double UnrolledProgress::clip() const
{
    if (m_frame.phase() != Phase::Update)
        return 0;
    return m_frame.part().kind == PartKind::Clip ? m_frame.alpha : 1;
}

double UnrolledProgress::update() const
{
    return share(updateComputed(m_frame),
                 m_frame.phase() == Phase::Update && m_frame.part().kind == PartKind::Update);
}

bool UnrolledProgress::backward() const
{
    return m_frame.phase() == Phase::Backward || m_frame.phase() == Phase::Update;
}

} // namespace ui
