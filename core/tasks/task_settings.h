#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace unrolled {

enum class Counted { All, Last };

/// Which of the two definitions of the adding problem.
enum class AddingForm { Arjovsky, Hochreiter };

/// What a network of characters reads after its first input: the sequence, or zeros.
enum class Feed { Data, Zeros };

/// Which task, and what it reads. Fields that a task does not have stay at their defaults.
struct TaskSettings
{
    std::string id = "hello";
    int length = 0;   ///< time steps of a sequence; 0 where the task fixes it
    std::string file; ///< text, series: the user's file, relative to the experiment
    std::string
        vocabulary; ///< text: the characters in order; empty for all of the file's in code-point order
    std::vector<std::string> inputs, targets; ///< series: columns
    Counted counted = Counted::All;           ///< series: at every step, or at the last
    Feed feed = Feed::Data;                   ///< hello, text
    AddingForm form = AddingForm::Arjovsky;   ///< adding
    int lag = 0;          ///< copy, echo: steps between a symbol and its answer; 0: the task's own
    int symbols = 10;     ///< copy: how many are to be remembered
    int alphabet = 8;     ///< copy, echo: how many different ones there are
    int signal = 3;       ///< latch: steps that tell the class
    double noise = 0.2;   ///< latch: standard deviation of what comes after them
    int digits = 3;       ///< addition: of each number, at most
    bool reversed = true; ///< addition: the sum is read from its last character to its first

    bool operator==(const TaskSettings&) const = default;
};

std::string_view name(Counted counted);
std::string_view name(AddingForm form);
std::string_view name(Feed feed);

/// Whether an input of the task is the right output of the step before, so that the network's own output can
/// take its place (training.teacher_forcing).
bool readsItsOutputs(const TaskSettings& settings);

} // namespace unrolled
