#include "core/trace/curve.h"
#include "core/training/trainer.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace unrolled;

namespace {

std::vector<IterationSummary> randomRun(int size, unsigned seed)
{
    std::mt19937 engine(seed);
    std::vector<IterationSummary> run;
    for (int i = 0; i < size; ++i)
        run.push_back(
            {i, engine() % 1000 / 7.0, engine() % 100 / 100.0, engine() % 5000 / 3.0, engine() % 50 == 0});
    return run;
}

// Each stretch against the minimum and maximum of the iterations it covers.
void verifyAgainst(const Curve& curve, const std::vector<IterationSummary>& run)
{
    const auto size = curve.size();
    QCOMPARE(static_cast<std::int64_t>(curve.stretches().size()),
             (size + curve.stride() - 1) / curve.stride());
    for (std::size_t k = 0; k < curve.stretches().size(); ++k) {
        const auto first = static_cast<std::int64_t>(k) * curve.stride();
        const auto last = std::min(size, first + curve.stride());
        const auto low = [&](auto member) {
            double value = run[first].*member;
            for (auto i = first; i < last; ++i)
                value = std::min(value, run[i].*member);
            return value;
        };
        const auto high = [&](auto member) {
            double value = run[first].*member;
            for (auto i = first; i < last; ++i)
                value = std::max(value, run[i].*member);
            return value;
        };
        const Curve::Stretch& stretch = curve.stretches()[k];
        QCOMPARE(stretch.loss.low, low(&IterationSummary::loss));
        QCOMPARE(stretch.loss.high, high(&IterationSummary::loss));
        QCOMPARE(stretch.accuracy.low, low(&IterationSummary::accuracy));
        QCOMPARE(stretch.accuracy.high, high(&IterationSummary::accuracy));
        QCOMPARE(stretch.gradientNorm.low, low(&IterationSummary::gradientNorm));
        QCOMPARE(stretch.gradientNorm.high, high(&IterationSummary::gradientNorm));
        QCOMPARE(stretch.anyClipped, std::any_of(run.begin() + first, run.begin() + last,
                                                 [](const auto& row) { return row.clipped; }));
    }
}

} // namespace

class CurveTest : public QObject
{
    Q_OBJECT
private slots:
    void isExactUpToItsCapacity()
    {
        const auto run = randomRun(16, 1);
        Curve curve(16);
        for (const auto& row : run)
            curve.append(row);
        QCOMPARE(curve.size(), 16);
        QCOMPARE(curve.stride(), 1);
        for (std::size_t i = 0; i < run.size(); ++i) {
            QCOMPARE(curve.stretches()[i].loss.low, run[i].loss);
            QCOMPARE(curve.stretches()[i].loss.high, run[i].loss);
        }
    }

    void doublesItsStrideWhenFull()
    {
        Curve curve(16);
        for (const auto& row : randomRun(17, 1))
            curve.append(row);
        QCOMPARE(curve.stride(), 2);
        QCOMPARE(static_cast<int>(curve.stretches().size()), 9);
    }

    void keepsMinimumAndMaximumOfEveryStretchAtEverySize()
    {
        const auto run = randomRun(1000, 2);
        Curve curve(16);
        for (const auto& row : run) {
            curve.append(row);
            verifyAgainst(curve, run);
            QVERIFY(curve.stretches().size() <= 16);
        }
        QCOMPARE(curve.size(), 1000);
        QCOMPARE(curve.stride(), 64);
    }

    void truncatesToAWholeStretchAndGoesOn()
    {
        const auto run = randomRun(1000, 3);
        const auto other = randomRun(1000, 4);
        for (const int cut : {0, 1, 63, 64, 65, 500, 999, 1000, 2000}) {
            Curve curve(16);
            for (const auto& row : run)
                curve.append(row);
            curve.truncate(cut);
            QVERIFY(curve.size() <= std::min(cut, 1000));
            QVERIFY(curve.size() > std::min(cut, 1000) - 64);
            verifyAgainst(curve, run);
            auto joined = run;
            for (auto i = static_cast<std::size_t>(curve.size()); i < joined.size(); ++i) {
                joined[i] = other[i];
                curve.append(joined[i]);
            }
            verifyAgainst(curve, joined);
        }
    }

    void startsExactAgainAfterAFullCut()
    {
        Curve curve(16);
        for (const auto& row : randomRun(100, 5))
            curve.append(row);
        curve.truncate(0);
        QCOMPARE(curve.size(), 0);
        QVERIFY(curve.exact());
    }

    void aNanHidesNoNeighbour()
    {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        Curve curve(2);
        for (const double loss : {1.0, nan, 3.0, nan})
            curve.append({0, loss, 0, 0, false});
        QCOMPARE(curve.stretches()[0].loss.high, 1.0);
        QCOMPARE(curve.stretches()[1].loss.low, 3.0);
    }

    void a_run_is_solved_where_enough_answers_in_a_row_are_right()
    {
        const auto run = [](std::size_t capacity, const std::vector<double>& accuracies) {
            Curve curve(capacity);
            for (const double accuracy : accuracies)
                curve.append({curve.size(), 0, accuracy, 0, false});
            return curve;
        };
        // Asked at the last iteration of the run.
        const auto solvedIn = [](const Curve& curve, std::int64_t batch) {
            return solvedAt(curve, curve.size() - 1, curve.stretches().back().accuracy.low, batch);
        };
        std::vector<double> answers(1000, 1.0);
        answers[2] = answers[300] = 0.5;
        // 297 iterations of 7 sequences are 2079 answers between the two errors, 6 of each 1782.
        QCOMPARE(solvedIn(run(1000, answers), 7).from, 3);
        QCOMPARE(solvedIn(run(1000, answers), 7).since, 301);
        QCOMPARE(solvedIn(run(1000, answers), 6).from, 301);
        // 699 answers: right, but not for long.
        QCOMPARE(solvedIn(run(1000, answers), 1).from, -1);
        QCOMPARE(solvedIn(run(1000, answers), 1).since, 301);
        // Exactly enough, and one short of it.
        QCOMPARE(solvedIn(run(2000, std::vector<double>(2000, 1.0)), 1).from, 0);
        QCOMPARE(solvedIn(run(2000, std::vector<double>(1999, 1.0)), 1).from, -1);
        // In stretches of 64 the row begins with the first one that has no error.
        QCOMPARE(run(16, answers).stride(), 64);
        QCOMPARE(solvedIn(run(16, answers), 6).from, 320);
        answers.back() = 0;
        QCOMPARE(solvedIn(run(1000, answers), 6).from, 301);
        QCOMPARE(solvedIn(run(1000, answers), 6).since, -1);
        QCOMPARE(solvedAt(Curve(), 0, 0.5, 1).since, -1);
        QCOMPARE(solvedAt(Curve(), 0, 1, 1).since, 0);
    }

    void what_comes_after_an_iteration_does_not_count_at_it()
    {
        std::vector<double> answers(1000, 1.0);
        answers[2] = answers[300] = answers[700] = 0.5;
        Curve exact(1000), thinned(16), early;
        for (const double accuracy : answers) {
            exact.append({exact.size(), 0, accuracy, 0, false});
            thinned.append({thinned.size(), 0, accuracy, 0, false});
            if (early.size() < 400)
                early.append({early.size(), 0, accuracy, 0, false});
        }
        QVERIFY(solvedAt(exact, 299, 1, 1).exact);
        QCOMPARE(solvedAt(exact, 299, 1, 1).since, 3);
        QCOMPARE(solvedAt(exact, 300, 0.5, 1).since, -1); // the one on show is wrong
        QCOMPARE(solvedAt(exact, 301, 1, 1).since, 301);
        QCOMPARE(solvedAt(exact, 287, 1, 7).from, -1); // 285 · 7 = 1995
        QCOMPARE(solvedAt(exact, 288, 1, 7).from, 3);  // 286 · 7 = 2002
        // A stretch of 64 that has an error may have it behind the iteration or before: the bound stands.
        for (const std::int64_t n : {250, 299, 301, 330, 650, 699, 720, 999}) {
            const Solved bound = solvedAt(thinned, n, 1, 1);
            QVERIFY(!bound.exact);
            QVERIFY(bound.since >= solvedAt(exact, n, 1, 1).since && bound.since <= n);
        }
        // Of a curve that ends earlier nothing is known in between.
        QVERIFY(!solvedAt(early, 500, 1, 1).exact);
        QCOMPARE(solvedAt(early, 500, 1, 1).since, 500);
    }

    void takesAnEvenCapacity()
    {
        Curve curve(15);
        for (const auto& row : randomRun(100, 6))
            curve.append(row);
        verifyAgainst(curve, randomRun(100, 6));
    }
};

QTEST_APPLESS_MAIN(CurveTest)
#include "curve_test.moc"
