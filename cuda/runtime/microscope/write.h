#pragma once

#include <string>

#include "cuda/runtime/microscope/report.h"

/// The forms in which a report leaves the program.
namespace cadena::cuda::microscope {

/// Tables for a terminal: for each kernel a line of the source a row, then totals, the bound, and what is wrong.
std::string to_text(const Report& report);

/// JSON; docs/microscope.md lists its fields.
std::string to_json(const Report& report);

/// One page of HTML that needs nothing else: the sources with their counts beside them, hot lines coloured. Sources
/// that cannot be read are left out. `root` is a folder in which the paths of the debug information are looked for
/// where they do not exist as they are.
std::string to_html(const Report& report, const std::string& root);

/// "12.3 KB" and the like, in powers of 1000.
std::string human_bytes(double bytes);
/// "1.23 G" and the like.
std::string human_count(double count);
/// "1.23 GFLOP" and the like.
std::string human_flop(double flop);
/// "1.23 ms" and the like.
std::string human_time(double microseconds);
/// A number in few characters: "32", "1.125".
std::string short_number(double value);

/// "race between warps of a block ...: gemm at a.cu:12:3, thread (0,1,0) of block (0,0,0); the other access at
/// a.cu:10:5".
std::string to_sentence(const FindingReport& finding);

}  // namespace cadena::cuda::microscope
