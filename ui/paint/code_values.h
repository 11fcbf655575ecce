#pragma once

#include "ui/session/frame.h"

#include <Eigen/Core>
#include <QString>
#include <vector>

namespace ui {

/// A variable of the algorithm in NumPy with its value of now: a column is a vector.
struct CodeValue
{
    QString name;
    Eigen::MatrixXd value;
    bool known = true; ///< false while its line is still running
};

/// The variables of the line that runs at a frame, what it computes first. Sums over time (dWhh, …) are those
/// of the watched sequence so far.
std::vector<CodeValue> codeValues(const Frame& frame);

/// A value in one line: up to eight numbers written out, more by shape, first numbers and norm. Parts that
/// belong together are joined by no-break spaces.
QString codeValueText(const Eigen::MatrixXd& value);

} // namespace ui
