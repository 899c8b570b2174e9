#pragma once

#include <string>

#include "cuda/runtime/microscope/report.h"

namespace cadena::cuda::microscope {

/// Where a report goes.
struct Outputs {
  ReportOptions report;
  std::string json;  ///< a file; empty: none
  std::string html;  ///< a file; empty: none
  std::string root;  ///< where sources are looked for, see to_html
};

/// From CADENA_MICROSCOPE_GPU, _JSON, _HTML, _SOURCE (a file to ask nvcc about) and CADENA_ROOT.
Outputs outputs_from_environment();

/// Makes the report, prints its text, and writes the files. False where there are findings. Throws std::runtime_error
/// for a file that cannot be written.
bool write_outputs(const Outputs& outputs);

}  // namespace cadena::cuda::microscope
