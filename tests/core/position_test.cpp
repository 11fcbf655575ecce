#include "core/trace/position.h"

#include <QtTest>

#include <vector>

using namespace unrolled;

namespace {

std::vector<CellSpec> allCells()
{
    return {{CellKind::Rnn, Activation::Tanh, GruReset::After},
            {CellKind::Rnn, Activation::Relu, GruReset::After},
            {CellKind::Rnn, Activation::Identity, GruReset::After},
            {CellKind::Rnn, Activation::Sigmoid, GruReset::After},
            {CellKind::Gru, Activation::Tanh, GruReset::After},
            {CellKind::Gru, Activation::Tanh, GruReset::Before},
            {CellKind::Lstm, Activation::Tanh, GruReset::After}};
}

// Calls test(layout, cell, layers, softmax) for every layout of up to 7 steps and 3 layers.
template<typename Test>
void forEveryLayout(Test test)
{
    for (const CellSpec& cell : allCells()) {
        for (int layers = 1; layers <= 3; ++layers) {
            for (int steps = 1; steps <= 7; ++steps) {
                for (const bool softmax : {false, true})
                    test(TickLayout(cell, layers, steps, softmax), cell, layers, softmax);
            }
        }
    }
}

// Every position of the first three iterations, in order, enumerated without index().
std::vector<Position> allPositions(const TickLayout& layout)
{
    std::vector<Position> all;
    for (std::int64_t iteration = 0; iteration < 3; ++iteration) {
        for (int tick = 0; tick < layout.ticks(); ++tick) {
            for (int part = 0; part < static_cast<int>(layout.parts(tick).size()); ++part)
                all.push_back({iteration, tick, part});
        }
    }
    return all;
}

bool endsTick(const TickLayout& layout, const Position& position)
{
    return position == layout.endOfTick(position.iteration, position.tick);
}

bool endsPhase(const TickLayout& layout, const Position& position)
{
    return endsTick(layout, position) && (position.tick + 1 == layout.ticks() ||
                                          layout.phase(position.tick + 1) != layout.phase(position.tick));
}

} // namespace

class PositionTest : public QObject
{
    Q_OBJECT
private slots:
    void partsOfATickFollowTheOrderOfComputation()
    {
        const TickLayout layout({CellKind::Lstm, Activation::Tanh, GruReset::After}, 2, 4, true);
        const auto kinds = [](const std::vector<Part>& parts) {
            QString text;
            for (const Part& part : parts) {
                const char* names[] = {"x", "cell", "y", "p", "dh", "back", "L", "clip", "update"};
                text += names[static_cast<int>(part.kind)];
                if (part.layer >= 0)
                    text += QString::number(part.layer);
                if (part.operation >= 0)
                    text += "." + QString::number(part.operation);
                text += " ";
            }
            return text.trimmed();
        };
        QCOMPARE(kinds(layout.parts(layout.tickOf(Phase::Forward, 1))),
                 "x cell0.0 cell0.1 cell0.2 cell0.3 cell0.4 cell0.5 cell1.0 cell1.1 cell1.2 cell1.3 cell1.4 "
                 "cell1.5 y p");
        QCOMPARE(kinds(layout.parts(layout.tickOf(Phase::Loss))), "L");
        QCOMPARE(kinds(layout.parts(layout.tickOf(Phase::Backward, 2))),
                 "y dh1 cell1.5 cell1.4 cell1.3 cell1.2 cell1.1 cell1.0 back1 "
                 "dh0 cell0.5 cell0.4 cell0.3 cell0.2 cell0.1 cell0.0 back0");
        QCOMPARE(kinds(layout.parts(layout.tickOf(Phase::Update))), "clip update");

        const TickLayout regression({}, 1, 2, false);
        QCOMPARE(kinds(regression.parts(0)), "x cell0.0 cell0.1 y");
    }

    void ticksRunForwardLossBackwardUpdate()
    {
        const TickLayout layout({}, 1, 3, true);
        QCOMPARE(layout.ticks(), 8);
        const Phase phases[] = {Phase::Forward,  Phase::Forward,  Phase::Forward,  Phase::Loss,
                                Phase::Backward, Phase::Backward, Phase::Backward, Phase::Update};
        const int times[] = {1, 2, 3, 0, 3, 2, 1, 0};
        for (int tick = 0; tick < layout.ticks(); ++tick) {
            QCOMPARE(layout.phase(tick), phases[tick]);
            QCOMPARE(layout.time(tick), times[tick]);
            QCOMPARE(layout.tickOf(phases[tick], times[tick]), tick);
        }
    }

    void indexIsABijectionForEveryLayout()
    {
        forEveryLayout([](const TickLayout& layout, const CellSpec&, int, bool) {
            const std::vector<Position> all = allPositions(layout);
            QCOMPARE(static_cast<int>(all.size()), 3 * layout.partsPerIteration());
            for (std::size_t i = 0; i < all.size(); ++i) {
                QCOMPARE(layout.index(all[i]), static_cast<std::int64_t>(i));
                QVERIFY(layout.at(static_cast<std::int64_t>(i)) == all[i]);
                if (i > 0)
                    QVERIFY(all[i - 1] < all[i]);
            }
        });
    }

    void indexHoldsFarOut()
    {
        const TickLayout layout({CellKind::Lstm, Activation::Tanh, GruReset::After}, 3, 1000, true);
        const Position far{10'000'000'000, layout.tickOf(Phase::Backward, 77), 5};
        QVERIFY(layout.at(layout.index(far)) == far);
    }

    void everyPartNamesALayerAndAnOperationThatExist()
    {
        forEveryLayout([](const TickLayout& layout, const CellSpec& cell, int layers, bool) {
            for (const Position& position : allPositions(layout)) {
                const Part& part = layout.part(position);
                QVERIFY(part.layer >= -1 && part.layer < layers);
                QVERIFY(part.operation >= -1 && part.operation < static_cast<int>(operations(cell).size()));
                QCOMPARE(part.operation >= 0, part.kind == PartKind::Cell);
            }
        });
    }

    void nextByOperationIsTheNextIndex()
    {
        forEveryLayout([](const TickLayout& layout, const CellSpec&, int, bool) {
            const std::vector<Position> all = allPositions(layout);
            for (std::size_t i = 0; i + 1 < all.size(); ++i) {
                QVERIFY(layout.next(all[i], StepSize::Operation) == all[i + 1]);
                QVERIFY(layout.previous(all[i + 1], StepSize::Operation) == all[i]);
            }
            QVERIFY(layout.previous(all[0], StepSize::Operation) == all[0]);
        });
    }

    // The next position that ends a tick (or a phase) and lies after this one, found by looking at all of
    // them.
    void nextByTimeStepAndPassIsTheNearestEndAhead()
    {
        forEveryLayout([](const TickLayout& layout, const CellSpec&, int, bool) {
            const std::vector<Position> all = allPositions(layout);
            for (std::size_t i = 0; i < 2 * all.size() / 3; ++i) {
                std::size_t tick = i + 1;
                while (!endsTick(layout, all[tick]))
                    ++tick;
                QVERIFY(layout.next(all[i], StepSize::TimeStep) == all[tick]);
                std::size_t pass = i + 1;
                while (!endsPhase(layout, all[pass]))
                    ++pass;
                QVERIFY(layout.next(all[i], StepSize::Pass) == all[pass]);
            }
        });
    }

    void previousByTimeStepAndPassEndsTheOneBefore()
    {
        forEveryLayout([](const TickLayout& layout, const CellSpec&, int, bool) {
            const std::vector<Position> all = allPositions(layout);
            for (const Position& position : all) {
                // The last end of a tick before the tick (phase) that holds this position.
                Position tick = layout.start(0);
                Position pass = layout.start(0);
                for (const Position& other : all) {
                    if (other.iteration == position.iteration && other.tick == position.tick)
                        break;
                    if (endsTick(layout, other))
                        tick = other;
                }
                for (const Position& other : all) {
                    if (other.iteration == position.iteration &&
                        layout.phase(other.tick) == layout.phase(position.tick))
                        break;
                    if (endsPhase(layout, other))
                        pass = other;
                }
                QVERIFY(layout.previous(position, StepSize::TimeStep) == tick);
                QVERIFY(layout.previous(position, StepSize::Pass) == pass);
            }
        });
    }

    void iterationKeepsTickAndPart()
    {
        const TickLayout layout({}, 1, 4, true);
        QVERIFY((layout.next({7, 3, 2}, StepSize::Iteration) == Position{8, 3, 2}));
        QVERIFY((layout.previous({7, 3, 2}, StepSize::Iteration) == Position{6, 3, 2}));
        QVERIFY((layout.previous({0, 3, 2}, StepSize::Iteration) == Position{0, 0, 0}));
    }

    void previousTakesBackWhatNextDid()
    {
        forEveryLayout([](const TickLayout& layout, const CellSpec&, int, bool) {
            for (const Position& position : allPositions(layout)) {
                QVERIFY(layout.previous(layout.next(position, StepSize::Operation), StepSize::Operation) ==
                        position);
                QVERIFY(layout.previous(layout.next(position, StepSize::Iteration), StepSize::Iteration) ==
                        position);
                if (endsTick(layout, position))
                    QVERIFY(layout.previous(layout.next(position, StepSize::TimeStep), StepSize::TimeStep) ==
                            position);
                if (endsPhase(layout, position))
                    QVERIFY(layout.previous(layout.next(position, StepSize::Pass), StepSize::Pass) ==
                            position);
                for (const StepSize size :
                     {StepSize::Operation, StepSize::TimeStep, StepSize::Pass, StepSize::Iteration}) {
                    QVERIFY(position < layout.next(position, size));
                    QVERIFY(layout.previous(position, size) <= position);
                }
            }
        });
    }

    void happenedTellsBeforeFromAfter()
    {
        const TickLayout layout({}, 1, 3, true);
        QVERIFY(layout.happened({0, 2, 1}, 2, 1));
        QVERIFY(layout.happened({0, 2, 1}, 1, 4));
        QVERIFY(!layout.happened({0, 2, 1}, 2, 2));
        QVERIFY(!layout.happened({0, 2, 1}, 3, 0));
    }
};

QTEST_APPLESS_MAIN(PositionTest)
#include "position_test.moc"
