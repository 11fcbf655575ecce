#include "core/cells/packed_matrix.h"
#include "core/code_path.h"

#include <QTest>

using namespace unrolled;

class PackedMatrixTest : public QObject
{
    Q_OBJECT

private slots:
    /// Else the last digits of a run would be those of the processor's caches.
    void productsAreCutAlikeOnEveryProcessor()
    {
        QVERIFY(!codePath().empty()); // from the library that sets the sizes
        QCOMPARE(Eigen::l1CacheSize(), std::ptrdiff_t(32 << 10));
        QCOMPARE(Eigen::l2CacheSize(), std::ptrdiff_t(512 << 10));
        QCOMPARE(Eigen::l3CacheSize(), std::ptrdiff_t(8 << 20));
    }

    void productsAreThoseOfThePlainMatrix_data()
    {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("cols");
        QTest::addColumn<int>("columns");
        for (const int rows : {1, 2, 5, 7, 12, 13, 16, 17, 24, 31, 128}) {
            for (const int columns : {1, 3, 4, 9, 16})
                QTest::addRow("%d rows times %d columns", rows, columns) << rows << 29 << columns;
        }
    }

    void productsAreThoseOfThePlainMatrix()
    {
        QFETCH(int, rows);
        QFETCH(int, cols);
        QFETCH(int, columns);
        std::srand(1);
        const Eigen::MatrixXd m = Eigen::MatrixXd::Random(rows, cols);
        const Eigen::MatrixXd x = Eigen::MatrixXd::Random(cols, columns);
        const Eigen::MatrixXd start = Eigen::MatrixXd::Random(rows + 2, columns);
        Eigen::MatrixXd expected = start; // a row above and one below stay as they are
        expected.middleRows(1, rows) += m * x;

        PackedMatrix packed;
        packed.resize(rows, cols);
        packed.pack(m);
        Eigen::MatrixXd found = start;
        packed.addProduct(found.middleRows(1, rows), x);
        QVERIFY((found - expected).cwiseAbs().maxCoeff() < 1e-13);

        Eigen::MatrixXd alone = start;
        packed.multiply(alone.middleRows(1, rows), x);
        QVERIFY((alone.middleRows(1, rows) - m * x).cwiseAbs().maxCoeff() < 1e-13);
        QVERIFY(alone.row(0) == start.row(0) && alone.row(rows + 1) == start.row(rows + 1));

        const Eigen::MatrixXd transposed = m.transpose();
        packed.packTransposed(transposed);
        found = start;
        packed.addProduct(found.middleRows(1, rows), x.topRows(10));
        packed.addProduct(found.middleRows(1, rows), x.bottomRows(cols - 10), 10);
        QVERIFY((found - expected).cwiseAbs().maxCoeff() < 1e-13);
    }

    /// So a batch may be taken apart without another bit in any sequence.
    void aColumnDoesNotDependOnItsNeighbours()
    {
        std::srand(1);
        const Eigen::MatrixXd m = Eigen::MatrixXd::Random(37, 41);
        const Eigen::MatrixXd x = Eigen::MatrixXd::Random(41, 11);
        PackedMatrix packed;
        packed.resize(37, 41);
        packed.pack(m);
        Eigen::MatrixXd together = Eigen::MatrixXd::Zero(37, 11);
        packed.addProduct(together, x);
        for (Eigen::Index j = 0; j < x.cols(); ++j) {
            Eigen::MatrixXd alone = Eigen::MatrixXd::Zero(37, 1);
            packed.addProduct(alone, x.col(j));
            QVERIFY(alone == together.col(j));
        }
    }
};

QTEST_APPLESS_MAIN(PackedMatrixTest)
#include "packed_matrix_test.moc"
