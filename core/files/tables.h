#pragma once

#include "core/files/number_text.h"
#include "core/trace/history.h"
#include "core/trace/iteration_trace.h"

#include <string>
#include <string_view>
#include <vector>

namespace unrolled {

class Trainer;

/// A table as text cells; numbers are written with 17 significant digits, so that they read back exactly.
struct Table
{
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
};

// What a trace holds, and what is computed from it; the README tells their columns. `loss` is a counted step,
// from 1, whose loss is told of alone, unreduced; 0 the one that the table tells of by itself.
Table decayTable(const IterationTrace& trace, int loss = 0);
Table fitTable(const IterationTrace& trace, int loss = 0);
Table itemisedTable(const IterationTrace& trace);
Table jacobianTable(const IterationTrace& trace);
Table spectrumTable(const IterationTrace& trace);
Table reachTable(const IterationTrace& trace, int loss = 0);
Table hopTable(const IterationTrace& trace, int loss = 0);
Table ellipseTable(const IterationTrace& trace, int loss = 0);
Table lyapunovTable(const IterationTrace& trace);
Table contributionTable(const IterationTrace& trace);
Table gatesTable(const IterationTrace& trace);
Table saturationTable(const IterationTrace& trace);
Table hiddenTable(const IterationTrace& trace);
Table outputsTable(const IterationTrace& trace);
Table weightsTable(const IterationTrace& trace);
Table eigenvalueTable(const IterationTrace& trace);
/// The singular values of the recurrent weights along a run, those of its last iteration included.
Table singularTable(const SpectrumCurve& curve, std::int64_t last, const Eigen::VectorXd& parametersAtLast);
/// The update that each step alone causes at the trainer's iteration, where the trainer stays; by the part of
/// one loss in L where `loss` names one. Throws RunError where that iteration diverges.
Table updateTable(Trainer& trainer, int loss = 0);
Table summaryTable(const ModelSettings& model, int inputSize, int outputSize, const SequencePlan& plan);
Table lossTable(const std::vector<IterationSummary>& summaries);
/// What a model costs and how far it is at an iteration; `curve` is of all before it. Throws RunError, with
/// `source` in front, where the loss left the range of numbers.
Table comparisonTable(const IterationTrace& trace, const Curve& curve, const std::string& source = {});
Table metricsTable(const std::vector<IterationSummary>& summaries);

/// The gradient below which fitTable says a loss is out of reach.
constexpr double horizonEpsilon = 1e-6;

/// Puts the column `lane` first.
Table withLane(Table table, const std::string& lane);
/// Appends rows of a table with the same columns.
void append(Table& table, const Table& more);
/// RFC 4180: quotes where needed; lines end in \n.
std::string toCsv(const Table& table);
/// One line of it, with its line end.
std::string csvLine(const std::vector<std::string>& fields);

/// The table of a kind that a trace alone has: all but update, singular, loss, comparison and summary. Throws
/// InputError for another, and RunError, with `source` in front, where what it tells left the range of
/// numbers.
Table traceTable(std::string_view kind, const IterationTrace& trace, const std::string& source = {},
                 int loss = 0);

/// The kinds of tables that can tell of one loss alone.
const std::vector<std::string>& lossTableKinds();
/// Throws InputError, as of the option --loss, where a kind is not among those that `can` tell of one loss
/// alone, or the sequence has no loss at step `loss`, from 1. 0 stands for none: all can.
void checkLoss(const std::string& kind, const std::vector<std::string>& can, const IterationTrace& trace,
               int loss);

/// Throws InputError where a kind of tables or plots tells of gates and none of the models has any.
void checkGates(std::string_view kind, const std::vector<CellKind>& models);

/// Names of the kinds that tableOf knows, in the order of the help.
const std::vector<std::string_view>& tableKinds();
/// The table of a kind at an iteration of a run. Throws as traceTable().
Table tableOf(std::string_view kind, History& history, std::int64_t iteration,
              const History::Progress& progress = {});

/// The trace file as JSON, ending in a line end. Numbers read back exactly; what JSON cannot hold (NaN, ±∞)
/// is null.
std::string toJson(const IterationTrace& trace);

} // namespace unrolled
