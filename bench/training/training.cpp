#include "bench/training/training.h"

#include <cuda_runtime.h>
#include <sys/resource.h>

#include <chrono>
#include <filesystem>

#include "autograd/recorded.h"
#include "cuda/runtime/device.h"
#include "cuda/runtime/error.h"
#include "nn/loss.h"
#include "optim/adam.h"
#include "optim/clip.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/io/safetensors.h"
#include "tensor/random.h"
#include "tensor/views.h"

namespace bench {
namespace {

using namespace cadena;
using Clock = std::chrono::steady_clock;

constexpr i64 kBatches = 4;

std::string weights_in(const std::string& folder) { return folder + "/weights.safetensors"; }
std::string tokens_in(const std::string& folder) { return folder + "/tokens.safetensors"; }

/// Token numbers (kBatches, batch, context + 1): each is to be foretold from those before it.
Tensor tokens_of(const Plan& plan) {
  const Shape expected{kBatches, plan.batch, plan.model.context + 1};
  if (!plan.load) {
    Generator generator(plan.seed, 1'000'000);
    return randint(generator, expected, 0, plan.model.vocabulary);
  }
  const auto tensors = load_safetensors(tokens_in(*plan.load)).tensors;
  const auto tokens = tensors.find("tokens");
  if (tokens == tensors.end() || tokens->second.shape() != expected) {
    fail<IoError>(tokens_in(*plan.load), ": expected a tensor `tokens` of shape ", expected);
  }
  return tokens->second;
}

/// Takes the first weights from the folder, or leaves them and the tokens in one.
void exchange(const Plan& plan, nn::GPT& model, const Tensor& tokens) {
  if (plan.load) model.load(weights_in(*plan.load));
  if (!plan.save) return;
  std::error_code error;
  std::filesystem::create_directories(*plan.save, error);
  model.save(weights_in(*plan.save));
  save_safetensors(tokens_in(*plan.save), {{"tokens", tokens}});
}

/// Weight decay is for matrices alone.
std::vector<ParameterGroup> groups_of(const nn::GPT& model) {
  std::vector<ParameterGroup> groups(2);
  groups[1].weight_decay = 0;
  for (const Variable& p : model.parameters()) groups[p.rank() >= 2 ? 0 : 1].parameters.push_back(p);
  return groups;
}

// What is taken from the device, context and all: pools and caches keep what they once had. Or the most of the process.
std::size_t peak_memory(Device device) {
  if (device.is_cuda()) {
    std::size_t rest = 0, all = 0;
    cuda::check(cudaMemGetInfo(&rest, &all), "cudaMemGetInfo");
    return all - rest;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

}  // namespace

Outcome train(const Plan& plan) {
  if (plan.graph && plan.device.is_cpu()) fail<Error>("a CUDA graph needs a CUDA device, not the CPU");
  Generator generator(plan.seed);
  nn::GPT model(plan.model, generator);
  const Tensor tokens = tokens_of(plan);
  exchange(plan, model, tokens);
  model.to(plan.device);
  model.to(plan.dtype);
  AdamW optimizer(groups_of(model), {.learning_rate = plan.learning_rate, .beta2 = 0.95, .weight_decay = 0.1});

  // The tokens and those that follow them -> loss, norm of its gradient. No number is read on the host.
  const auto step = [&](std::span<const Tensor> batch) -> std::vector<Tensor> {
    const Variable loss = nn::cross_entropy_loss(model(batch[0]), batch[1]);
    optimizer.zero_grad();
    loss.backward();
    const GradientNorm norm = clip_grad_norm_(optimizer.parameters(), 1.0);
    optimizer.step();
    return {loss.value(), norm.tensor()};
  };

  std::vector<std::vector<Tensor>> batches;
  for (i64 i = 0; i < kBatches; ++i) {
    const Tensor rows = select(tokens, 0, i);
    batches.push_back(
        {to(copy(slice(rows, 1, {.stop = -1})), plan.device), to(copy(slice(rows, 1, {.start = 1})), plan.device)});
  }
  std::size_t next = 0;
  Recorded recorded(plan.device, step);
  const auto one_more = [&] {
    const std::vector<Tensor>& batch = batches[next++ % batches.size()];
    return plan.graph ? recorded(batch) : step(batch);
  };
  const auto finish = [&] {
    if (plan.device.is_cuda()) cuda::synchronize();
  };

  Outcome outcome;
  outcome.parameters = model.parameter_count();
  std::vector<std::vector<Tensor>> results;
  for (int i = 0; i < plan.steps; ++i) results.push_back(one_more());
  for (const auto& result : results) {
    outcome.losses.push_back(result[0].item());
    outcome.gradient_norms.push_back(result[1].item());
  }

  finish();
  const auto begin = Clock::now();
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  for (int i = 0; i < plan.repetitions && (i == 0 || since(begin) < plan.seconds); ++i) {
    const auto start = Clock::now();
    for (int k = 0; k < plan.steps_each; ++k) one_more();
    finish();
    outcome.seconds.push_back(since(start));
  }
  outcome.graph_size = recorded.size();
  outcome.peak_memory = peak_memory(plan.device);
  return outcome;
}

}  // namespace bench
