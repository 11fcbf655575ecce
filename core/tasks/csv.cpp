#include "core/tasks/csv.h"

#include "core/tasks/utf8.h"
#include "core/training/error.h"

namespace unrolled {

namespace {

/// Reads the fields of one record and leaves `at` at its line end or at the end of the text.
class RecordReader
{
public:
    RecordReader(std::string_view text, const std::string& source) : m_text(text), m_source(source) {}

    bool atEnd() const { return m_at >= m_text.size(); }

    CsvRecord next()
    {
        CsvRecord record;
        record.line = m_line;
        for (;;) {
            record.fields.push_back(atEnd() || m_text[m_at] != '"' ? plainField() : quotedField());
            if (atEnd() || m_text[m_at] != ',')
                break;
            ++m_at;
        }
        skipLineEnd();
        return record;
    }

private:
    bool atLineEnd() const
    {
        return m_text[m_at] == '\n' ||
               (m_text[m_at] == '\r' && (m_at + 1 == m_text.size() || m_text[m_at + 1] == '\n'));
    }

    void skipLineEnd()
    {
        if (!atEnd() && m_text[m_at] == '\r')
            ++m_at;
        if (!atEnd() && m_text[m_at] == '\n')
            ++m_at;
        ++m_line;
    }

    std::string plainField()
    {
        const std::size_t start = m_at;
        while (!atEnd() && m_text[m_at] != ',' && !atLineEnd())
            ++m_at;
        return std::string(m_text.substr(start, m_at - start));
    }

    std::string quotedField()
    {
        const int line = m_line;
        std::string field;
        for (++m_at; !atEnd(); ++m_at) {
            if (m_text[m_at] == '"') {
                if (m_at + 1 >= m_text.size() || m_text[m_at + 1] != '"')
                    break;
                ++m_at;
            }
            m_line += m_text[m_at] == '\n';
            field += m_text[m_at];
        }
        if (atEnd())
            throw InputError(m_source, "line " + std::to_string(line), "a quote that is never closed",
                             "a closing quote");
        ++m_at;
        if (!atEnd() && m_text[m_at] != ',' && !atLineEnd())
            throw InputError(m_source, "line " + std::to_string(m_line), "text after a closing quote",
                             "a comma or a line end");
        return field;
    }

    std::string_view m_text;
    const std::string& m_source;
    std::size_t m_at = 0;
    int m_line = 1;
};

} // namespace

std::vector<CsvRecord> parseCsv(std::string_view text, const std::string& source)
{
    std::vector<CsvRecord> records;
    RecordReader reader(withoutByteOrderMark(text), source);
    while (!reader.atEnd()) {
        CsvRecord record = reader.next();
        if (record.fields.size() > 1 || !record.fields.front().empty())
            records.push_back(std::move(record));
    }
    return records;
}

} // namespace unrolled
