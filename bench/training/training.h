#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nn/gpt.h"

namespace bench {

/// What is trained, where, and for how long. The defaults are GPT-2's smallest model with its vocabulary rounded up to
/// a multiple of 64, as whoever trains it fast does.
struct Plan {
  cadena::nn::GPTConfig model{.vocabulary = 50304, .context = 1024, .layers = 12, .heads = 12, .width = 768};
  cadena::Device device;                     ///< of the model and the tokens
  cadena::Dtype dtype = cadena::Dtype::f32;  ///< of the weights; behind bf16 ones the optimizer keeps f32
  cadena::i64 batch = 8;                     ///< sequences in a step
  int steps = 20;                            ///< whose losses are reported; they warm up, too
  int repetitions = 5;                       ///< that are timed after them
  int steps_each = 10;                       ///< of a repetition
  double seconds = 60;                       ///< after which no further repetition begins
  double learning_rate = 1e-4;               ///< constant
  bool graph = false;                        ///< a step is recorded as a CUDA graph and replayed
  std::uint64_t seed = 1;                    ///< of weights and tokens
  std::optional<std::string> save = {};      ///< a folder for the first weights and the tokens
  std::optional<std::string> load = {};      ///< the folder that they come from
};

/// What came of it.
struct Outcome {
  cadena::i64 parameters = 0;          ///< numbers that are trained
  std::vector<double> losses;          ///< of the first steps, before the update
  std::vector<double> gradient_norms;  ///< of the first steps, before they are clipped
  std::vector<double> seconds;         ///< of each repetition
  std::size_t graph_size = 0;          ///< kernels, copies and fills of the graph
  std::size_t peak_memory = 0;         ///< bytes taken from the device, or else the most of the process
};

/// Trains on four random batches of tokens, one after the other and again, with AdamW and gradients clipped to norm 1.
/// Nothing in a step waits for the device. Throws Error for a graph on the CPU, IoError for a folder that cannot be
/// read or written, and what Module::load throws.
Outcome train(const Plan& plan);

}  // namespace bench
