#pragma once

#include "core/trace/position.h"
#include "core/training/trainer.h"
#include "ui/session/breakpoints.h"
#include "ui/session/lane_run.h"

#include <QObject>
#include <QString>
#include <memory>
#include <vector>

namespace ui {

/// The QObject side of a run. Owns the one thread that works on the histories of its lanes; every call here
/// returns at once, answers come as signals in the GUI thread. Where it speaks of one run it is that of the
/// first lane, the experiment's own model.
class Session : public QObject
{
    Q_OBJECT
public:
    explicit Session(QObject* parent = nullptr);
    ~Session() override;

    /// Takes a new experiment, keeping the past up to the first difference. Emits experimentChanged, or
    /// failed (and keeps the old one).
    void setExperiment(const unrolled::Experiment& experiment);
    const unrolled::Experiment& experiment() const;
    const unrolled::TickLayout& ticks() const;

    std::int64_t frontier() const;   ///< updates made, as last reported
    std::int64_t divergedAt() const; ///< -1 where it has not
    std::shared_ptr<const unrolled::Curve> curve() const;
    unrolled::TracePtr firstTrace() const; ///< of iteration 0
    /// The first lane, those it is compared with, and last the ghosts of all of them where there are any.
    const std::vector<LaneRun>& lanes() const;

    /// Asks for the traces of an iteration; the newest request wins. Emits traceReady; at once where it is
    /// cached or cheap.
    void requestTrace(std::int64_t iteration);
    /// Asks for the exact values of first…last, both included, where the curve is thinned; the newest request
    /// wins. Emits exactCurveReady. Comes after traces.
    void requestExactCurve(qint64 first, qint64 last);
    /// Asks for a trainer of its own at an iteration up to the frontier, to try things on without touching
    /// the run; the newest request wins. Emits trainerReady.
    void requestTrainer(qint64 iteration, int lane = 0);
    /// Calls off a running replay.
    void cancel();

    /// Trains at full speed until stopped, `planned` is reached, or it diverges. Emits advanced about 30
    /// times a second.
    void startTraining(std::int64_t until);
    void stopTraining();
    bool isTraining() const;

    /// What training, at full speed or by playing, is to stop at.
    void setBreakpoints(const Breakpoints& breakpoints);

    /// Whether models with interventions run without them as well, from the next change on.
    void setGhost(bool wanted);

    /// Which sequence of the batch is watched, from 0.
    void setWatchedSequence(int sequence);
    int watchedSequence() const;

    /// How much the run's past may take; 256 MB where nothing is set.
    void setMemoryBound(qint64 bytes);

    /// Blocks until nothing is under way and all signals are out; for tests, exports and the start only.
    void wait();

signals:
    /// `restarted` tells that iteration 0 differs from before; else only iterations from `firstChanged` on
    /// do.
    void experimentChanged(bool restarted, qint64 firstChanged);
    void traceReady(const ui::LaneTraces& traces);
    void exactCurveReady(const std::vector<unrolled::IterationSummary>& rows);
    /// The frontier and the curve moved on.
    void advanced(qint64 frontier);
    void trainingChanged(bool training);
    /// A replay takes long: share done, 0…1; 1 when it ends or was called off.
    void progress(double share);
    /// The run left the range of double at this iteration; the message says where and what helps.
    void diverged(qint64 iteration, const QString& message);
    /// A breakpoint was met: training stopped behind this iteration, whose trace is at hand.
    void stopped(const ui::BreakpointStop& stop);
    void trainerReady(const std::shared_ptr<unrolled::Trainer>& trainer);
    /// The experiment could not be used; the message is one line for people.
    void failed(const QString& message);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace ui
