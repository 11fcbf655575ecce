#pragma once

#include "core/trace/curve.h"
#include "core/training/trainer.h"
#include "ui/session/frame.h"
#include "ui/views/view.h"

#include <QImage>
#include <QPainter>
#include <QTest>
#include <memory>

Q_DECLARE_METATYPE(unrolled::CellKind)

/// A run's frame at the end of the backward pass of an iteration, computed by a trainer.
inline ui::Frame frameOf(const unrolled::Experiment& experiment, std::int64_t iteration,
                         std::size_t capacity = 4096)
{
    unrolled::Trainer beginning(experiment);
    unrolled::Trainer trainer(experiment);
    auto curve = std::make_shared<unrolled::Curve>(capacity);
    for (std::int64_t i = 0; i < iteration; ++i)
        curve->append(trainer.step());
    ui::Lane lane;
    lane.name = QStringLiteral("a run");
    lane.first = beginning.record();
    lane.trace = trainer.record();
    lane.curve = curve;
    lane.frontier = iteration;
    lane.planned = experiment.training.iterations;
    ui::Frame frame;
    frame.ticks =
        unrolled::TickLayout(lane.trace->cell, static_cast<int>(lane.trace->layers.size()),
                             lane.trace->steps(), lane.trace->lossKind == unrolled::LossKind::CrossEntropy);
    frame.position = frame.ticks.endOfTick(iteration, frame.ticks.tickOf(unrolled::Phase::Backward, 1));
    frame.lanes.push_back(lane);
    return frame;
}

inline unrolled::Experiment experimentOf(unrolled::CellKind cell, const char* task = "hello", int length = 0)
{
    unrolled::Experiment experiment;
    experiment.task.id = task;
    experiment.task.length = length;
    experiment.model.cell.kind = cell;
    return experiment;
}

/// A row for each cell, in the column "cell".
inline void addCells()
{
    using unrolled::CellKind;
    QTest::addColumn<CellKind>("cell");
    QTest::newRow("a simple RNN") << CellKind::Rnn;
    QTest::newRow("a GRU") << CellKind::Gru;
    QTest::newRow("an LSTM") << CellKind::Lstm;
}

/// A view as a picture of it is exported; what it leaves out is magenta.
inline QImage drawn(ui::View& view, const QSize& size)
{
    QImage image(size, QImage::Format_RGB32);
    image.fill(Qt::magenta);
    QPainter painter(&image);
    view.paintTo(painter, size);
    return image;
}
