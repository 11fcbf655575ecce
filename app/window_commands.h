#pragma once

#include "app/command_line.h"

// What needs Qt: the window, and plots, which are drawn without a display. They return the exit status; wrong
// input is thrown as unrolled::InputError before anything opens.
int runWindow(const CommandLine& line, int& argc, char** argv);
int runPlot(const CommandLine& line, int& argc, char** argv);
