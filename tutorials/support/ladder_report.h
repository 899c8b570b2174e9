// What the ladder of a kernel predicts, and what the microscope counted.
#pragma once

#include <string>
#include <vector>

#include "tutorials/support/chapter.h"

namespace cadena::tutorials {

/// A step of a ladder with its metric, before and after the step; NaN where the emulator cannot count it.
struct LadderStep {
  std::string id, title, metric;
  double predicted_before, predicted, counted;
};

/// Runs the ladder `name` under the emulator, by the program that was built beside this one. Throws std::runtime_error
/// if it is not in this build, or if a step gives a wrong result.
std::vector<LadderStep> run_ladder(const std::string& name);

/// Prints the steps as a table, in the section that was begun.
void print_ladder(Run& run, const std::vector<LadderStep>& steps);

}  // namespace cadena::tutorials
