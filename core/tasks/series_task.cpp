#include "core/tasks/series_task.h"

#include "core/files/atomic_file.h"
#include "core/tasks/csv.h"
#include "core/tasks/drawing.h"
#include "core/training/error.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace unrolled {

namespace {

std::string inQuotes(const std::string& text)
{
    return "\"" + text + "\"";
}

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool parseNumber(std::string_view text, double& value)
{
    text = trimmed(text);
    if (text.size() > 1 && text.front() == '+' && text[1] != '-')
        text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
}

/// The indices of the named columns in the header.
std::vector<std::size_t> findColumns(const CsvRecord& header, const std::vector<std::string>& names,
                                     const std::string& field, const std::string& source)
{
    if (names.empty())
        throw InputError("", field, "no column", "names of columns of " + source);
    std::vector<std::size_t> found;
    for (const std::string& name : names) {
        std::size_t column = 0;
        while (column < header.fields.size() && trimmed(header.fields[column]) != trimmed(name))
            ++column;
        if (column == header.fields.size()) {
            std::string expected;
            for (std::size_t i = 0; i < std::min<std::size_t>(header.fields.size(), 12); ++i)
                expected += (i == 0 ? "one of " : ", ") + inQuotes(std::string(trimmed(header.fields[i])));
            throw InputError(source, "line " + std::to_string(header.line),
                             "no column " + inQuotes(name) + " (" + field + ")",
                             expected + (header.fields.size() > 12 ? ", …" : ""));
        }
        found.push_back(column);
    }
    return found;
}

void readColumns(Eigen::MatrixXd& values, const std::vector<CsvRecord>& records,
                 const std::vector<std::size_t>& columns, const std::string& source)
{
    const CsvRecord& header = records.front();
    values.resize(static_cast<Eigen::Index>(columns.size()), static_cast<Eigen::Index>(records.size() - 1));
    for (std::size_t row = 1; row < records.size(); ++row) {
        const CsvRecord& record = records[row];
        for (std::size_t i = 0; i < columns.size(); ++i) {
            double value = 0;
            const std::string& field = record.fields[columns[i]];
            if (!parseNumber(field, value))
                throw InputError(source,
                                 "line " + std::to_string(record.line) + ", column " +
                                     inQuotes(std::string(trimmed(header.fields[columns[i]]))),
                                 trimmed(field).empty() ? "nothing" : inQuotes(field), "a number");
            values(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(row - 1)) = value;
        }
    }
}

} // namespace

SeriesTask::SeriesTask(const std::filesystem::path& file, const std::vector<std::string>& inputs,
                       const std::vector<std::string>& targets, Counted counted, int length, bool streams)
    : m_plan(counted == Counted::Last ? lastCounted(length) : countedFrom(0, length)), m_streams(streams)
{
    for (std::size_t t = 1; t < m_plan.size(); ++t)
        m_plan[t].forced = inputs.size() == targets.size();
    const std::string source = file.string();
    const std::vector<CsvRecord> records = parseCsv(readFile(file), source);
    if (records.empty())
        throw InputError(source, "", "an empty file", "a header line and rows of numbers");
    const auto inputColumns = findColumns(records.front(), inputs, "task.inputs", source);
    const auto targetColumns = findColumns(records.front(), targets, "task.targets", source);
    for (const CsvRecord& record : records) {
        if (record.fields.size() != records.front().fields.size())
            throw InputError(source, "line " + std::to_string(record.line),
                             std::to_string(record.fields.size()) +
                                 (record.fields.size() == 1 ? " field" : " fields"),
                             std::to_string(records.front().fields.size()) + ", as in the header");
    }
    m_sequences = static_cast<std::int64_t>(records.size() - 1) / length;
    if (m_sequences == 0)
        throw InputError(source, "",
                         std::to_string(records.size() - 1) + (records.size() == 2 ? " row" : " rows"),
                         "at least " + std::to_string(length) + " (task.length)");
    readColumns(m_inputs, records, inputColumns, source);
    readColumns(m_targets, records, targetColumns, source);
}

void SeriesTask::fill(Batch& batch, int size, std::int64_t iteration) const
{
    const int steps = static_cast<int>(m_plan.size());
    shapeNumbers(batch, inputSize(), outputSize(), steps, size);
    for (int b = 0; b < size; ++b) {
        const std::int64_t sequence = dataSequence(m_streams, m_sequences, size, b, iteration);
        for (int t = 0; t < steps; ++t) {
            const Eigen::Index column = Eigen::Index(t) * size + b;
            batch.inputs.col(column) = m_inputs.col(sequence * steps + t);
            batch.targets.col(column) = m_targets.col(sequence * steps + t);
        }
    }
}

} // namespace unrolled
