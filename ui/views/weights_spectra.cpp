#include "ui/views/weights_view.h"

#include <algorithm>

namespace ui {

namespace {

constexpr int restingTime = 50;   // ms that an iteration must stay before large eigenvalues are found
constexpr int smallSpectrum = 64; // up to this size they take about a millisecond a matrix

} // namespace

std::vector<WeightsView::SpectrumKey> WeightsView::keys(bool first) const
{
    std::vector<SpectrumKey> result;
    const std::optional<WeightBlock> shown = block();
    if (!shown || !shown->recurrent())
        return result;
    const unrolled::TracePtr& trace = first ? lane().first : lane().trace;
    const unrolled::ParameterTrace* parameter =
        trace ? parameterOf(*trace, shown->parameter().block.name) : nullptr;
    if (!parameter)
        return result;
    const int size = shown->columns();
    if (parameter->before.cols() != size || parameter->before.rows() < shown->firstRow() + shown->rows())
        return result; // of a run before
    for (int gate = 0; gate < shown->gates(); ++gate)
        result.push_back({trace, &parameter->before, shown->firstRow() + gate * size});
    return result;
}

std::vector<unrolled::MatrixSpectrum> WeightsView::known(const std::vector<SpectrumKey>& keys) const
{
    std::vector<unrolled::MatrixSpectrum> result;
    for (const SpectrumKey& key : keys) {
        const auto found = std::find_if(m_spectra.begin(), m_spectra.end(),
                                        [&](const KnownSpectrum& one) { return one.key == key; });
        if (found == m_spectra.end())
            return {};
        result.push_back(found->spectrum);
    }
    return result;
}

std::vector<WeightsView::SpectrumKey> WeightsView::missing() const
{
    std::vector<SpectrumKey> result;
    for (const SpectrumKey& key : m_wanted) {
        if (known({key}).empty())
            result.push_back(key);
    }
    return result;
}

std::vector<unrolled::MatrixSpectrum> WeightsView::spectra() const
{
    return known(keys(false));
}

namespace {

unrolled::MatrixSpectrum spectrumAt(const Eigen::MatrixXd& matrix, int firstRow)
{
    return unrolled::spectrumOf(matrix.middleRows(firstRow, matrix.cols()));
}

} // namespace

void WeightsView::followSpectra()
{
    const std::vector<SpectrumKey> now = keys(false);
    std::vector<SpectrumKey> wanted = now;
    const std::vector<SpectrumKey> first = keys(true);
    wanted.insert(wanted.end(), first.begin(), first.end());
    if (wanted == m_wanted)
        return;
    if (std::vector<unrolled::MatrixSpectrum> shown = known(m_now); !shown.empty())
        m_former = std::move(shown);
    m_now = now;
    m_wanted = std::move(wanted);
    forgetSpectra();
    const std::vector<SpectrumKey> open = missing();
    m_rest.stop();
    if (open.empty())
        return;
    if (open.front().matrix->cols() <= smallSpectrum)
        computeSpectra();
    else if (isVisible()) // a picture may be painted where no timer can run
        m_rest.start(restingTime);
}

void WeightsView::forgetSpectra()
{
    std::erase_if(m_spectra, [this](const KnownSpectrum& one) {
        return std::find(m_wanted.begin(), m_wanted.end(), one.key) == m_wanted.end();
    });
}

void WeightsView::computeSpectra()
{
    for (const SpectrumKey& key : missing())
        m_spectra.push_back({key, spectrumAt(*key.matrix, key.firstRow)});
}

void WeightsView::startSpectra()
{
    if (m_computing || !isVisible())
        return;
    const std::vector<SpectrumKey> open = missing();
    if (open.empty())
        return;
    m_computing = true;
    m_pool.start([this, open] {
        std::vector<KnownSpectrum> found;
        found.reserve(open.size());
        for (const SpectrumKey& key : open)
            found.push_back({key, spectrumAt(*key.matrix, key.firstRow)});
        QMetaObject::invokeMethod(
            this, [this, found = std::move(found)] { takeSpectra(found); }, Qt::QueuedConnection);
    });
}

void WeightsView::takeSpectra(const std::vector<KnownSpectrum>& found)
{
    m_computing = false;
    for (const KnownSpectrum& one : found) {
        if (known({one.key}).empty())
            m_spectra.push_back(one);
    }
    forgetSpectra();
    if (!missing().empty())
        m_rest.start(restingTime);
    update();
}

} // namespace ui
