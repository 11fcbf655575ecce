#include "app/command_line.h"
#include "app/run_commands.h"
#include "app/window_commands.h"
#include "core/training/error.h"

#include <algorithm>
#include <cstdio>
#include <new>

namespace {

int run(const CommandLine& line, int& argc, char** argv)
{
    using Command = CommandLine::Command;
    switch (line.command) {
    case Command::Window:
        return runWindow(line, argc, argv);
    case Command::List:
        return runList();
    case Command::Show:
        return runShow(line);
    case Command::Train:
        return runTrain(line);
    case Command::Trace:
        return runTrace(line);
    case Command::Table:
        return runTable(line);
    case Command::Plot:
        return runPlot(line, argc, argv);
    case Command::Sample:
        return runSample(line);
    case Command::Check:
        return runCheck(line);
    case Command::Version:
        std::fputs(versionText().c_str(), stdout);
        return 0;
    case Command::Help:
        break;
    }
    std::fputs(helpText().c_str(), stdout);
    return 0;
}

int fail(int status, std::string message)
{
    std::replace(message.begin(), message.end(), '\n', ' ');
    std::fprintf(stderr, "unrolled: %s\n", message.c_str());
    return status;
}

} // namespace

int main(int argc, char** argv)
{
    CommandLine line;
    try {
        line = parseCommandLine({argv + std::min(argc, 1), argv + argc});
        return run(line, argc, argv);
    } catch (const unrolled::InputError& error) {
        return fail(2, error.what());
    } catch (const std::bad_alloc&) {
        std::string asked = line.name;
        for (const std::string* word : {&line.kind, &line.experiment})
            asked += (asked.empty() || word->empty() ? "" : " ") + *word;
        return fail(1, asked + ": needs more memory than there is beside the run itself; a smaller "
                               "model.hidden, task.length or training.batch helps");
    } catch (const std::exception& error) {
        return fail(1, error.what());
    }
}
