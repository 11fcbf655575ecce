#include "tests/benchmarks/experiments.h"

#include "core/files/atomic_file.h"

#include <filesystem>
#include <random>
#include <string>

using namespace unrolled;

namespace bench {

namespace {

/// A directory that lives as long as the program, with a text of 65 symbols, as many as in the usual
/// Shakespeare file.
class TextDirectory
{
public:
    TextDirectory()
        : m_path(std::filesystem::temp_directory_path() /
                 ("unrolled-bench-" + std::to_string(std::random_device{}())))
    {
        std::filesystem::create_directories(m_path);
        constexpr char symbols[] = "\n !$&',-.3:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        constexpr std::size_t count = sizeof symbols - 1;
        static_assert(count == 65);
        std::string text(symbols);
        std::mt19937 engine(1);
        while (text.size() < 100'000)
            text += symbols[engine() % count];
        writeFile(m_path / "text.txt", text);
    }
    ~TextDirectory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
    TextDirectory(const TextDirectory&) = delete;
    TextDirectory& operator=(const TextDirectory&) = delete;

    const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
};

} // namespace

Experiment helloExperiment(CellKind cell)
{
    Experiment result;
    result.model.cell.kind = cell;
    result.training.iterations = 1'000'000; // never at its end while it is measured
    return result;
}

Experiment textExperiment(CellKind cell, int hidden, int length, int batch)
{
    static const TextDirectory directory;
    Experiment result = helloExperiment(cell);
    result.model.hidden = {hidden};
    result.task.id = "text";
    result.task.length = length;
    result.task.file = "text.txt";
    result.directory = directory.path();
    result.source = "text";
    result.training.batch = batch;
    result.training.loss = Reduction::Mean;
    result.training.learningRate = 0.001;
    return result;
}

Experiment addingExperiment(CellKind cell, int hidden, int length, int batch)
{
    Experiment result = helloExperiment(cell);
    result.model.hidden = {hidden};
    result.task.id = "adding";
    result.task.length = length;
    result.training.batch = batch;
    result.training.learningRate = 0.001;
    return result;
}

} // namespace bench
