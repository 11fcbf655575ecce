#include "core/tasks/text_task.h"

#include "core/files/atomic_file.h"
#include "core/tasks/drawing.h"
#include "core/tasks/utf8.h"
#include "core/training/error.h"

#include <algorithm>
#include <cstdio>

namespace unrolled {

namespace {

struct Place
{
    int line = 1;
    int column = 1;

    void pass(char32_t character)
    {
        if (character == U'\n') {
            ++line;
            column = 1;
        } else {
            ++column;
        }
    }
    std::string text() const { return "line " + std::to_string(line) + ", column " + std::to_string(column); }
};

std::u32string decode(std::string_view text, const std::string& source)
{
    std::u32string characters;
    characters.reserve(text.size());
    Place place;
    for (std::size_t at = 0; at < text.size();) {
        char32_t character = 0;
        if (!nextCharacter(text, at, character)) {
            char byte[8];
            std::snprintf(byte, sizeof byte, "0x%02X",
                          static_cast<unsigned>(static_cast<unsigned char>(text[at])));
            throw InputError(source, place.text(), std::string("the byte ") + byte, "text in UTF-8");
        }
        if (character == U'\r' && at < text.size() && text[at] == '\n')
            continue;
        characters += character;
        place.pass(character);
    }
    return characters;
}

std::u32string orderedVocabulary(const std::u32string& text)
{
    std::u32string characters = text;
    std::sort(characters.begin(), characters.end());
    characters.erase(std::unique(characters.begin(), characters.end()), characters.end());
    return characters;
}

} // namespace

TextTask::TextTask(const std::filesystem::path& file, const std::string& vocabulary, Feed feed, int length,
                   bool streams)
    : m_plan(nextSymbolPlan(feed, length)), m_streams(streams)
{
    const std::string content = readFile(file);
    const std::u32string text = decode(withoutByteOrderMark(content), file.string());
    if (text.empty())
        throw InputError(file.string(), "", "an empty file",
                         "a text of at least " + std::to_string(length + 1) +
                             " characters (task.length + 1)");
    m_chunks = (static_cast<std::int64_t>(text.size()) - 1) / length;
    if (m_chunks == 0)
        throw InputError(file.string(), "",
                         std::to_string(text.size()) + (text.size() == 1 ? " character" : " characters"),
                         "at least " + std::to_string(length + 1) + " (task.length + 1)");

    const std::u32string characters =
        vocabulary.empty() ? orderedVocabulary(text) : decode(vocabulary, "task.vocabulary");
    std::vector<std::pair<char32_t, int>> classes;
    std::vector<std::string> symbols;
    for (const char32_t character : characters) {
        classes.emplace_back(character, static_cast<int>(classes.size()));
        symbols.push_back(toUtf8(character));
    }
    std::sort(classes.begin(), classes.end());
    for (std::size_t i = 1; i < classes.size(); ++i) {
        if (classes[i].first == classes[i - 1].first)
            throw InputError("", "task.vocabulary", shown(classes[i].first) + " twice",
                             "each character once");
    }

    m_classes.reserve(text.size());
    Place place;
    for (const char32_t character : text) {
        const auto entry = std::lower_bound(classes.begin(), classes.end(), std::pair(character, 0));
        if (entry == classes.end() || entry->first != character)
            throw InputError(file.string(), place.text(), shown(character), "a character of task.vocabulary");
        m_classes.push_back(entry->second);
        place.pass(character);
    }
    m_vocabulary = std::make_shared<const std::vector<std::string>>(std::move(symbols));
}

void TextTask::fill(Batch& batch, int size, std::int64_t iteration) const
{
    const int steps = static_cast<int>(m_plan.size());
    shapeClasses(batch, steps, size);
    for (int b = 0; b < size; ++b) {
        const std::int64_t chunk = dataSequence(m_streams, m_chunks, size, b, iteration);
        const auto start = static_cast<std::size_t>(chunk * steps);
        for (int t = 0; t < steps; ++t) {
            const bool read = m_plan[static_cast<std::size_t>(t)].input == InputSource::Data;
            const std::size_t column = batch.column(t, b);
            batch.inputClasses[column] = read ? m_classes[start + static_cast<std::size_t>(t)] : -1;
            batch.targetClasses[column] = m_classes[start + static_cast<std::size_t>(t) + 1];
        }
    }
}

double TextTask::baseline(Reduction reduction) const
{
    return guess(inputSize(), static_cast<int>(m_plan.size()), reduction);
}

} // namespace unrolled
