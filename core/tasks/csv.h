#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace unrolled {

/// One record of a CSV file with the line that it starts on (from 1).
struct CsvRecord
{
    int line = 1;
    std::vector<std::string> fields;
};

/// Splits CSV (RFC 4180) into records. Lines end in LF or CR LF; a byte order mark and empty lines are
/// skipped. Throws InputError where quotes do not match; `source` is what it calls the file.
std::vector<CsvRecord> parseCsv(std::string_view text, const std::string& source);

} // namespace unrolled
