#pragma once

#include "core/trace/iteration_trace.h"
#include "ui/paint/cell_moment.h"
#include "ui/session/frame.h"

#include <QString>
#include <functional>
#include <vector>

namespace ui {

/// A piece of an equation with numbers put in: words, or a number.
struct EquationPiece
{
    enum class Kind {
        Text,
        Number, ///< "1.41", "−0.20"
        Addend, ///< "+ 0.53", "− 0.20"
        Factor  ///< "0.53", "(−0.20)"
    };
    Kind kind = Kind::Text;
    QString text;
    double value = 0;
};

/// One line with numbers: "tanh( 1.41 + 0.53 + 0.01 ) = +0.96".
struct EquationRow
{
    QString label; ///< "unit 1"
    std::vector<EquationPiece> pieces;
    double result = 0;
    bool signedResult = true;
    bool hasResult = true;
    /// The result from the numbers of the pieces, in order; null where nothing is to be worked out.
    std::function<double(const std::vector<double>&)> evaluate;

    std::vector<double> numbers() const;
};

/// The terms behind one row, for a table.
struct TermTable
{
    QString title;
    std::vector<unrolled::DotTerm> terms;
    QString sumName; ///< empty where the terms stand alone
    double sum = 0;
    QString resultName; ///< empty where the sum is the result
    double result = 0;
    bool significant = false;
};

/// An equation of one part of an iteration.
struct Equation
{
    QString symbols;
    bool known = false;       ///< its numbers exist at this frame
    bool significant = false; ///< gradients: significant digits instead of decimals
    bool byUnit = false;      ///< rows are units of the cell, in order
    int rows = 0;
    std::function<EquationRow(int row)> row;
    std::function<QString(int row)> note; ///< what it means, in words
    std::function<TermTable(int row)> terms;
};

/// The equation of the present part where it belongs to the cell of `moment`, else of the cell's last
/// operation so far.
Equation equationOf(const Frame& frame, const CellMoment& moment);

/// A number as an equation shows it: `digits` decimals, or significant digits.
QString equationNumber(double value, int digits, bool significant);
/// The value that equationNumber shows.
double shownValue(double value, int digits, bool significant);
/// The fewest digits (at most `most`) with which all rows work out as shown, as far as rounding allows.
int equationDigits(const std::vector<EquationRow>& rows, bool significant, int most);
/// A row's pieces and its result ("= +0.96") as mathematics, in columns: signs stand in columns of their own.
std::vector<QString> rowColumns(const EquationRow& row, int digits, bool significant);
/// The whole row as one line.
QString rowText(const EquationRow& row, int digits, bool significant);
/// A table of terms as HTML; at most `most` of them, the rest as a sum.
QString termsHtml(const TermTable& table, int most = 12);

/// "unit 1"; a class's symbol or number
QString unitLabel(int unit);
QString classLabel(const unrolled::IterationTrace& trace, int index);
/// “e”, with spaces and line ends shown by signs.
QString quoted(const QString& symbol);

} // namespace ui
