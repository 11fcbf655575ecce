#pragma once

#include "ui/session/frame.h"

#include <QObject>
#include <memory>

namespace ui {

class Session;

/// The one cursor. Holds position, step size, speed and the animation between two positions; turns them into
/// frames. Setting the position that it has already is a no-op.
class Playback : public QObject
{
    Q_OBJECT
public:
    explicit Playback(Session& session, QObject* parent = nullptr);
    ~Playback() override;

    const Frame& frame() const;
    unrolled::Position position() const; ///< the one asked for; the frame follows when its trace is there
    unrolled::StepSize stepSize() const;
    double speed() const; ///< 1: normal
    bool isPlaying() const;
    bool reduceMotion() const;

    /// How long things take at speed 1, in milliseconds.
    struct Pace
    {
        int motion = 350;    ///< one operation travels
        int tick = 550;      ///< all operations of a time step, one after the other
        int pass = 1400;     ///< a whole pass
        int rest = 450;      ///< between two steps of playing
        int iteration = 400; ///< between two iterations; they do not move
    };
    void setPace(const Pace& pace);

public slots:
    void setPosition(const unrolled::Position& position);
    /// Shows another lane, from 0, in the views of one model.
    void bringToFront(int lane);
    void setStepSize(unrolled::StepSize size);
    void setSpeed(double speed);
    void setReduceMotion(bool reduce);
    void stepForward();
    void stepBack();
    void play();
    void pause();
    void togglePlaying();
    /// Iteration 0, before anything was computed; the same initial weights.
    void reset();
    void goToEnd(); ///< the last iteration trained

signals:
    void frameChanged(const ui::Frame& frame);
    void playingChanged(bool playing);
    void stepSizeChanged(unrolled::StepSize size);
    void speedChanged(double speed);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace ui
