#include "ui/views/decay_view.h"

#include "ui/paint/arrow.h"
#include "ui/paint/lane_look.h"
#include "ui/paint/loss_name.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"

#include <QFontMetricsF>
#include <qcustomplot.h>

#include "ui/views/decay_trail.h"
#include "ui/views/plot_tickers.h"

#include <cmath>
#include <limits>

namespace ui {

using unrolled::ChannelRole;

namespace {

constexpr LegendEntry::Marker markers[] = {LegendEntry::Marker::Disc, LegendEntry::Marker::Square,
                                           LegendEntry::Marker::Triangle, LegendEntry::Marker::Diamond};

QString normSymbol(const Frame& frame, const unrolled::Channel& channel)
{
    return QStringLiteral("‖∂%1/∂%2_t‖").arg(lossSymbol(frame), QString::fromUtf8(channel.symbol));
}

} // namespace

struct DecayView::Parts
{
    QCPItemText* floorText = nullptr;
    std::vector<DecayTrail> pending, done, first;
    double markSize = 6;
};

DecayView::DecayView(QWidget* parent) : NormPlot(parent), m_parts(std::make_unique<Parts>())
{
    setAccessibleName(DecayView::title());
    timeAxis()->setLabel(tr("time step t"));
    QCPItemText* text = m_parts->floorText = new QCPItemText(plot());
    text->setLayer(liveLayer()); // over the line of the present step
    text->position->setAxes(timeAxis(), normAxis());
    text->setClipToAxisRect(false);
    text->setPositionAlignment(Qt::AlignLeft | Qt::AlignBottom);
    text->setPadding({0, 0, 4, 1});
    restyle();
}

DecayView::~DecayView() = default;

QString DecayView::title() const
{
    return tr("Gradient over time");
}

void DecayView::restyle()
{
    NormPlot::restyle();
    const Palette& palette = colors();
    m_parts->floorText->setFont(smallFont());
    m_parts->floorText->setColor(palette.muted);
    m_parts->floorText->setBrush(palette.background);
    m_parts->markSize = std::clamp(QFontMetricsF(smallFont()).height() * 0.42, 5.0, 12.0);
    m_drawn.clear();
    refresh();
}

std::vector<DecayView::Series> DecayView::series() const
{
    std::vector<Series> result;
    const auto& lanes = frame().lanes;
    const Palette& palette = colors();
    const std::vector<std::size_t> looks = laneLooks(frame());
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
        const auto& trace = lanes[lane].trace;
        if (!trace || !hasCaughtUp(frame(), lanes[lane]))
            continue;
        const auto& all = unrolled::channels(trace->cell);
        for (std::size_t layer = 0; layer < trace->layers.size(); ++layer) {
            for (const auto role : {ChannelRole::Hidden, ChannelRole::CellState}) {
                for (std::size_t i = 0; i < all.size(); ++i) {
                    if (all[i].role != role)
                        continue;
                    const bool cell = role == ChannelRole::CellState;
                    Series one{
                        static_cast<int>(lane), static_cast<int>(layer), static_cast<int>(i), cell, {}};
                    one.look.math = normSymbol(frame(), all[i]);
                    if (trace->layers.size() > 1)
                        one.look.math += tr(" layer %1").arg(layer + 1);
                    if (lanes.size() > 1)
                        one.look.math = mathWords(lanes[lane].name) + QLatin1Char(' ') + one.look.math;
                    const bool layered = trace->layers.size() > 1;
                    const CurveLook look = curveLook(lanes.size() > 1, looks[lane], layered, layer);
                    one.look.color = lanes.size() > 1 || layered ? palette.series[look.color]
                                     : cell                      ? palette.series[2]
                                                                 : palette.backward;
                    one.look.style = laneStyles[look.dashes];
                    one.look.width = cell ? 1.4 : 2;
                    one.look.marker = markers[look.mark];
                    one.look.hollow = cell;
                    result.push_back(one);
                }
            }
        }
    }
    return result;
}

const unrolled::IterationTrace* DecayView::behind(int lane) const
{
    const Frame& shown = frame();
    if (const unrolled::TracePtr ghost = ghostTrace(shown, static_cast<std::size_t>(lane)))
        return ghost.get();
    if (shown.lanes.size() > 1 || ghostEnded())
        return nullptr;
    const auto& first = shown.lane().first;
    const bool fits =
        first && first->layers.size() == shown.trace().layers.size() && first->cell == shown.trace().cell;
    return fits && shown.position.iteration > 0 ? first.get() : nullptr;
}

bool DecayView::haunted() const
{
    for (std::size_t lane = 0; lane < frame().lanes.size(); ++lane) {
        if (ghostTrace(frame(), lane))
            return true;
    }
    return false;
}

bool DecayView::ghostEnded() const
{
    return std::any_of(frame().ghosts.begin(), frame().ghosts.end(), [this](const Lane& ghost) {
        return ghost.divergedAt >= 0 && ghost.divergedAt < frame().position.iteration;
    });
}

bool DecayView::anyBehind() const
{
    for (std::size_t lane = 0; lane < frame().lanes.size(); ++lane) {
        if (behind(static_cast<int>(lane)))
            return true;
    }
    return false;
}

QString DecayView::behindName() const
{
    return haunted() || ghostEnded() ? ghostWords(frame(), frame().position.iteration)
                                     : tr("first iteration");
}

std::vector<double> DecayView::norms(const Series& one, bool first) const
{
    const Lane& lane = frame().lanes[static_cast<std::size_t>(one.lane)];
    const auto& trace = first ? *behind(one) : *lane.trace;
    const auto& gradient = trace.layers[static_cast<std::size_t>(one.layer)]
                               .channels[static_cast<std::size_t>(one.channel)]
                               .gradient;
    std::vector<double> result;
    for (Eigen::Index t = 0; t < gradient.cols(); ++t)
        result.push_back(unrolled::scaledNorm(gradient.col(t)));
    return result;
}

std::vector<double> DecayView::ghostNorms(const Series& one) const
{
    return DecayTrail::apart(norms(one, true), norms(one, false));
}

bool DecayView::findGhostIsSame() const
{
    if (frame().empty() || !haunted())
        return false;
    const std::vector<Series> all = series();
    return std::all_of(all.begin(), all.end(), [this](const Series& one) {
        if (!behind(one))
            return true;
        const std::vector<double> shown = ghostNorms(one);
        return std::all_of(shown.begin(), shown.end(), [](double norm) { return std::isnan(norm); });
    });
}

/// Behind a loss that goes back alone there is no gradient to be drawn.
int DecayView::lastStep(const std::vector<double>& norms) const
{
    const auto all = static_cast<int>(norms.size());
    return frame().pickedLoss > 0 ? std::min(frame().pickedLoss, all) : all;
}

double DecayView::share(const Series& one, int t) const
{
    const bool own = one.lane == static_cast<int>(frame().front);
    const std::string_view name =
        own ? unrolled::channels(frame().trace().cell)[static_cast<std::size_t>(one.channel)].name
            : std::string_view("h");
    const int layer = std::min(one.layer, static_cast<int>(frame().trace().layers.size()) - 1);
    if (channelGradientComputed(frame(), t, layer, name))
        return 1;
    if (frame().alpha >= 1)
        return 0;
    Frame settled = frame();
    settled.alpha = 1;
    return channelGradientComputed(settled, t, layer, name) ? frame().alpha : 0;
}

LegendEntry DecayView::paleLook(const Series& one, bool alone) const
{
    LegendEntry look = one.look;
    look.width = 1;
    // Each of several keeps its own colour where its gradient has not come yet, only paler.
    look.color = alone ? colors().faint : mixed(colors().background, one.look.color, 0.6);
    if (!alone) // they would show between those of the curve above
        look.marker = LegendEntry::Marker::None;
    return look;
}

LegendEntry DecayView::behindLook(const Series& one, bool alone) const
{
    LegendEntry look = ghostLook(one.look, colors());
    if (stillToCome(one)) { // it would be taken for the curve itself
        look.color = mixed(colors().background, paleLook(one, alone).color, 0.65);
        look.marker = LegendEntry::Marker::None;
    }
    return look;
}

/// Of several models each has one entry, as has each quantity and each layer: all pairs would fill the plot.
std::vector<LegendEntry> DecayView::curveEntries(const std::vector<Series>& all) const
{
    std::vector<LegendEntry> models;
    std::vector<LegendEntry> quantities;
    std::vector<LegendEntry> layers;
    for (const Series& one : all) {
        if (frame().lanes.size() < 2) {
            models.push_back(one.look);
            continue;
        }
        const Lane& lane = frame().lanes[static_cast<std::size_t>(one.lane)];
        const bool layered = lane.trace->layers.size() > 1;
        LegendEntry mark = one.look;
        mark.color = colors().text;
        mark.style = Qt::NoPen;
        if (one.layer == 0 && !one.cell) {
            models.push_back(one.look);
            models.back().math = mathWords(lane.name);
            if (layered)
                models.back().marker = LegendEntry::Marker::None;
        }
        if (quantities.size() < (one.cell ? 2 : 1)) {
            quantities.push_back(mark);
            quantities.back().math = normSymbol(
                frame(), unrolled::channels(lane.trace->cell)[static_cast<std::size_t>(one.channel)]);
            quantities.back().marker = LegendEntry::Marker::Disc;
        }
        if (layered && !one.cell && layers.size() == static_cast<std::size_t>(one.layer)) {
            layers.push_back(mark);
            layers.back().math = mathWords(tr("layer %1").arg(one.layer + 1));
        }
    }
    models.insert(models.end(), quantities.begin(), quantities.end());
    models.insert(models.end(), layers.begin(), layers.end());
    return models;
}

std::vector<LegendEntry> DecayView::legend() const
{
    if (frame().empty())
        return {};
    const std::vector<Series> all = series();
    std::vector<LegendEntry> entries = curveEntries(all);
    // One for all that are pale, and one for all behind: each is the paler one of its curve.
    const bool alone = all.size() == 1;
    const auto forAll = [&](LegendEntry look, const QString& math) {
        look.math = math;
        if (!alone)
            look.marker = LegendEntry::Marker::None;
        entries.push_back(look);
    };
    const auto pale =
        std::find_if(all.begin(), all.end(), [this](const Series& one) { return stillToCome(one); });
    Series one = pale == all.end() ? all.front() : *pale;
    if (!alone) {
        one.look.color = colors().text;
        one.look.style = Qt::SolidLine;
    }
    if (pale != all.end())
        forAll(paleLook(one, alone), tr("still to come"));
    if (anyBehind() || ghostEnded())
        forAll(behindLook(one, alone), m_ghostIsSame ? tr("%1: the same").arg(behindName()) : behindName());
    return entries;
}

QString DecayView::headline() const
{
    return frame().empty() ? title() : tr("Gradient of %1 over time").arg(lossWords(frame().pickedLoss));
}

double DecayView::freePlace(double width, double needed) const
{
    // The lowest three decades are about as high as a line of text.
    std::vector<int> busy;
    const int steps = frame().empty() ? 1 : frame().ticks.steps();
    for (const Series& one : frame().empty() ? std::vector<Series>() : series()) {
        for (const bool first : {false, true}) {
            if (first && !behind(one))
                continue;
            const auto values = first ? ghostNorms(one) : norms(one, false);
            for (std::size_t t = 0; t < values.size(); ++t) {
                const double log = std::log10(values[t]);
                const double next = t + 1 < values.size() ? std::log10(values[t + 1]) : log;
                if (std::min(log, next) < floorExponent + 3 && std::max(log, next) >= floorExponent)
                    busy.push_back(static_cast<int>(t) + 1);
            }
        }
    }
    const double last = std::max(4.0, width - needed);
    for (const double share : {1.0, 0.0, 0.5, 0.75, 0.25, 0.9, 0.1, 0.6, 0.4}) {
        const double left = 14 + share * std::max(0.0, last - 14);
        const bool free = std::none_of(busy.begin(), busy.end(), [&](int t) {
            const double x = width * (t - 0.5) / steps;
            const double reach = width / steps;
            return x + reach >= left && x - reach <= left + needed;
        });
        if (free)
            return left;
    }
    return last;
}

std::vector<bool> DecayView::pale(const std::vector<Series>& all) const
{
    std::vector<bool> result(all.size());
    std::transform(all.begin(), all.end(), result.begin(),
                   [this](const Series& one) { return stillToCome(one); });
    return result;
}

void DecayView::rebuild(const QSize& size)
{
    Parts& parts = *m_parts;
    const std::vector<Series> all = frame().empty() ? std::vector<Series>() : series();
    while (parts.pending.size() < all.size()) {
        QCPLayer* still = plot()->layer(QStringLiteral("main"));
        parts.first.emplace_back(timeAxis(), normAxis(), still);
        parts.pending.emplace_back(timeAxis(), normAxis(), still);
        parts.done.emplace_back(timeAxis(), normAxis(), liveLayer());
    }
    for (std::size_t i = 0; i < parts.pending.size(); ++i) {
        parts.first[i].clear();
        parts.pending[i].clear();
        parts.done[i].clear();
    }
    const QFontMetricsF metrics(smallFont());
    const int steps = frame().empty() ? 1 : frame().ticks.steps();
    const double pad = std::max(0.5, 0.015 * steps);
    // QCustomPlot leaves a label out that would not fit the frame.
    const int labelEnd = static_cast<int>(metrics.horizontalAdvance(count(steps)) / 2) + 2;
    const double numbers = metrics.horizontalAdvance(QStringLiteral("10") + superscript(floorExponent));
    const double width = std::max(40.0, size.width() - numbers - std::max(10, labelEnd) - 18);
    const double height = std::max(30.0, size.height() - 40.0);
    setSteps(steps, pad, width);
    rect()->setMinimumMargins({2, 3, std::max(10, labelEnd), 2});
    decades().setRoom(height, metrics.height() * 2);

    const double pixels = width / (steps - 1 + 2 * pad);
    const Palette& palette = colors();
    const bool alone = all.size() == 1;
    const auto draw = [&](const DecayTrail& trail, const LegendEntry& look, double share) {
        trail.look(look, look.color, palette.background, pixels, parts.markSize * share, alone);
    };
    DecayTrail::Outside outside;
    m_drawnPale = pale(all);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto values = norms(all[i], false);
        outside.add(parts.pending[i].fill(values, 1, lastStep(values)));
        draw(parts.pending[i], paleLook(all[i], alone), 0.8);
        draw(parts.done[i], all[i].look, 1);
        if (behind(all[i])) {
            const auto before = ghostNorms(all[i]);
            parts.first[i].fill(before, 1, lastStep(before));
            draw(parts.first[i], behindLook(all[i], alone), 0.7);
        }
    }
    const QString note = DecayTrail::floorNote(outside, all.size() > 1);
    const double pixel = (steps - 1 + 2 * pad) / width;
    const double above = 2 * (highestExponent() - lowestExponent()) / height; // two pixels
    const QFont font = narrowed(smallFont(), note, width - 12, 7);
    const double noteWidth = QFontMetricsF(font).horizontalAdvance(note) + 12;
    parts.floorText->position->setCoords(1 - pad + pixel * freePlace(width, noteWidth),
                                         std::pow(10.0, floorExponent + above));
    parts.floorText->setFont(font);
    parts.floorText->setText(note);
}

void DecayView::updateLive()
{
    NormPlot::updateLive();
    if (frame().empty())
        return;
    Parts& parts = *m_parts;
    const std::vector<Series> all = series();
    const int steps = frame().ticks.steps();
    for (std::size_t i = 0; i < all.size() && i < parts.done.size(); ++i) {
        int first = steps + 1;
        while (first > 1 && share(all[i], first - 1) >= 1)
            --first;
        const auto values = norms(all[i], false);
        const int last = lastStep(values);
        if (first > last) {
            parts.done[i].clear();
            continue;
        }
        parts.done[i].fill(values, first, last);
        // The step that is arriving: the line grows towards it.
        const double part = first > 1 ? share(all[i], first - 1) : 0;
        const double from = values[static_cast<std::size_t>(first - 1)];
        const double to = first > 1 ? values[static_cast<std::size_t>(first - 2)] : 0;
        if (part > 0 && from > 0 && to > 0) {
            const double log = std::lerp(std::log10(from), std::log10(to), part);
            if (log >= floorExponent && log <= ceilingExponent && std::log10(from) >= floorExponent)
                parts.done[i].extend(first - part, std::pow(10.0, log));
        }
    }
}

void DecayView::frameChanged()
{
    std::vector<const void*> traces;
    for (std::size_t lane = 0; lane < frame().lanes.size(); ++lane) {
        traces.push_back(frame().lanes[lane].trace.get());
        traces.push_back(frame().empty() ? nullptr : behind(static_cast<int>(lane)));
    }
    const bool same = traces == m_drawn;
    m_drawn = traces;
    if (!same)
        m_ghostIsSame = findGhostIsSame();
    NormPlot::frameChanged();
    if (same && (frame().empty() || pale(series()) == m_drawnPale))
        refreshLive();
    else
        refresh();
}

QString DecayView::textAt(int t) const
{
    QStringList lines{tr("t = %1, %2 before the end").arg(t).arg(frame().ticks.steps() - t)};
    for (const Series& one : series()) {
        const auto index = static_cast<std::size_t>(t - 1);
        QString name = one.look.math;
        name.replace(QStringLiteral("_t"), subscript(t));
        QString line = name + QStringLiteral(" = ") + norm(norms(one, false)[index]);
        if (share(one, t) < 1)
            line += tr(" (comes in on the way back)");
        if (behind(one))
            line += QStringLiteral("; %1 %2").arg(behindName(), norm(norms(one, true)[index]));
        lines << line;
    }
    return lines.join(QLatin1Char('\n'));
}

QString DecayView::describe() const
{
    if (frame().empty())
        return tr("%1: nothing computed yet.").arg(title());
    QStringList lines{tr("Norm of the gradient at each time step, iteration %1, on a logarithmic scale.")
                          .arg(count(frame().position.iteration))};
    const int steps = frame().ticks.steps();
    for (const Series& one : series()) {
        const auto values = norms(one, false);
        QString name = one.cell ? tr("cell state") : tr("hidden state");
        if (frame().trace().layers.size() > 1)
            name += tr(" of layer %1").arg(one.layer + 1);
        if (frame().lanes.size() > 1)
            name += tr(" of %1").arg(frame().lanes[static_cast<std::size_t>(one.lane)].name);
        int done = 0;
        for (int t = 1; t <= steps; ++t)
            done += share(one, t) >= 1 ? 1 : 0;
        QString line = tr("%1: from %2 at step %3 to %4 at step 1, %5 of %3 steps computed.")
                           .arg(name, norm(values.back()))
                           .arg(steps)
                           .arg(norm(values.front()))
                           .arg(done);
        lines << line;
    }
    return lines.join(QLatin1Char(' '));
}

std::vector<unrolled::Intervention> DecayView::changesAt(const QPoint&) const
{
    if (frame().empty())
        return {};
    return {settingOf("training.clip_norm")};
}

} // namespace ui
