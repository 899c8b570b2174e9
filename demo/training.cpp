#include "demo/training.h"

#include <cmath>
#include <cstdio>

#include "demo/interrupt.h"
#include "demo/progress.h"
#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/io/file.h"
#include "tensor/io/safetensors.h"

namespace demo {

using cadena::Tensor;

namespace {

std::vector<std::filesystem::path>& written() {
  static std::vector<std::filesystem::path> files;
  return files;
}

/// "5120 bytes, 8c3f0a6e5d2b9147": length and FNV-1a hash of a text.
std::string fingerprint(const std::string& text) {
  std::uint64_t hash = 14695981039346656037u;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  char result[64];
  std::snprintf(result, sizeof result, "%zu bytes, %016llx", text.size(), static_cast<unsigned long long>(hash));
  return result;
}

/// "seed 1, now 2; device cpu, now cuda": where a checkpoint and this run differ.
std::string differences(const std::map<std::string, std::string>& there,
                        const std::map<std::string, std::string>& here) {
  std::string result;
  for (const auto& [key, value] : here) {
    const auto found = there.find(key);
    const std::string saved = found == there.end() ? "not stated" : found->second;
    if (saved != value)
      result += (result.empty() ? "" : "; ") + key + " " + cadena::printable(saved) + ", now " + value;
  }
  return result;
}

}  // namespace

void remove_checkpoints(const Settings& settings) {
  std::error_code ignored;  // a checkpoint that stays behind does no harm
  for (const auto& file : written()) std::filesystem::remove(file, ignored);
  std::filesystem::remove(checkpoint_folder(settings), ignored);
}

Training::Training(const Settings& settings, std::string name, cadena::nn::Module& model, cadena::Optimizer& optimizer,
                   std::int64_t steps, const std::string& text)
    : name_(std::move(name)),
      model_(model),
      optimizer_(optimizer),
      steps_(steps),
      file_(checkpoint_folder(settings) / (name_ + ".safetensors")),
      identity_{{"seed", std::to_string(settings.seed)},
                {"steps", std::to_string(steps)},
                {"device", cadena::concat("", settings.device)},
                {"model", fingerprint(model.summary())},
                {"text", fingerprint(text)}} {
  if (!std::filesystem::exists(file_)) return;
  if (settings.fresh) {
    std::printf("%s: starting anew; %s will be replaced\n", name_.c_str(), file_.c_str());
    return;
  }
  load();
  std::printf("%s: continuing from step %zu of %s\n", name_.c_str(), losses_.size(), file_.c_str());
}

bool Training::run(const std::function<double(std::int64_t)>& step) {
  Progress progress(name_, steps_);
  std::string note;
  for (auto i = static_cast<std::int64_t>(losses_.size()); i < steps_; ++i) {
    const double loss = step(i);
    if (!std::isfinite(loss)) cadena::fail<cadena::Error>(name_, ": the loss is ", loss, " in step ", i);
    losses_.push_back(loss);
    char text[32];
    std::snprintf(text, sizeof text, "loss %.4f", loss);
    note = text;
    progress.update(i + 1, note);
    if (interrupted()) {
      save();
      std::printf("\n%s: stopped after step %lld; the next run continues from %s\n", name_.c_str(),
                  static_cast<long long>(i + 1), file_.c_str());
      return false;
    }
  }
  progress.finish(note);
  save();
  return true;
}

void Training::save() const {
  std::map<std::string, Tensor> state;
  for (const auto& [name, value] : model_.state_dict()) state.emplace("model." + name, value);
  for (const auto& [name, value] : optimizer_.state_dict()) state.emplace("optimizer." + name, value);
  state.emplace("losses", cadena::from_values(std::span<const double>(losses_),
                                              {static_cast<cadena::i64>(losses_.size())}, cadena::Dtype::f64));
  written().push_back(file_);
  std::filesystem::create_directories(file_.parent_path());
  cadena::save_safetensors(file_.string(), state, identity_);
}

void Training::load() {
  try {
    const cadena::Safetensors saved = cadena::load_safetensors(file_.string());
    const std::string differing = differences(saved.metadata, identity_);
    if (!differing.empty()) {
      cadena::fail<cadena::IoError>(file_.string(), ": a checkpoint of another run: ", differing);
    }
    std::map<std::string, Tensor> model, optimizer;
    for (const auto& [name, value] : saved.tensors) {
      if (name.starts_with("model.")) model.emplace(name.substr(6), value);
      if (name.starts_with("optimizer.")) optimizer.emplace(name.substr(10), value);
    }
    const auto losses = saved.tensors.find("losses");
    if (losses == saved.tensors.end() || losses->second.numel() > steps_) {
      cadena::fail<cadena::IoError>(file_.string(), ": damaged: expected up to ", steps_, " losses");
    }
    model_.load_state_dict(model);
    optimizer_.load_state_dict(optimizer);
    losses_ = losses->second.to_vector();
  } catch (const cadena::Error& error) {
    const std::string what = error.what();
    const bool named = what.starts_with(file_.string());
    cadena::fail<cadena::IoError>(named ? "" : file_.string() + ": ", what,
                                  ". To continue it, give it back as it was with its options; to start anew: --fresh");
  }
}

}  // namespace demo
