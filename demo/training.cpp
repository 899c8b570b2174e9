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

using Identity = std::map<std::string, std::string>;

/// What a checkpoint must share with a run to continue it, but for the model.
Identity identity_of(const Settings& settings, const Plan& plan) {
  return {{"seed", std::to_string(settings.seed)},
          {"steps", std::to_string(settings.steps(plan.steps))},
          {"device", cadena::concat("", settings.device)},
          {"text", fingerprint(plan.learns_text ? settings.text : "")}};
}

/// "seed 1, now 2; device cpu, now cuda": where a checkpoint and this run differ.
std::string differences(const Identity& there, const Identity& here) {
  std::string result;
  for (const auto& [key, value] : here) {
    const auto found = there.find(key);
    const std::string saved = found == there.end() ? "not stated" : found->second;
    if (saved != value)
      result += (result.empty() ? "" : "; ") + key + " " + cadena::printable(saved) + ", now " + value;
  }
  return result;
}

std::filesystem::path file_of(const Settings& settings, const Plan& plan) {
  return checkpoint_folder(settings) / (std::string(plan.name) + ".safetensors");
}

/// Hands the checkpoint in `file` to `use`. Throws cadena::IoError naming the file and `--fresh` if it is damaged, of a
/// run that differs from `identity`, or `use` throws.
template <class Use>
void with_checkpoint(const std::string& file, const Identity& identity, const Use& use) {
  try {
    const cadena::Safetensors saved = cadena::load_safetensors(file);
    const std::string differing = differences(saved.metadata, identity);
    if (!differing.empty()) cadena::fail<cadena::IoError>(file, ": a checkpoint of another run: ", differing);
    use(saved.tensors);
  } catch (const cadena::Error& error) {
    const std::string what = error.what();
    cadena::fail<cadena::IoError>(what.starts_with(file) ? "" : file + ": ", what,
                                  ". To continue it, give it back as it was with its options; to start anew: --fresh");
  }
}

}  // namespace

void check_checkpoint(const Settings& settings, const Plan& plan) {
  const std::filesystem::path file = file_of(settings, plan);
  if (settings.fresh || !std::filesystem::exists(file)) return;
  with_checkpoint(file.string(), identity_of(settings, plan), [](const auto&) {});
}

void remove_checkpoints(const Settings& settings) {
  std::error_code ignored;  // a checkpoint that stays behind does no harm
  for (const auto& file : written()) std::filesystem::remove(file, ignored);
  std::filesystem::remove(checkpoint_folder(settings), ignored);
}

Training::Training(const Settings& settings, const Plan& plan, cadena::nn::Module& model, cadena::Optimizer& optimizer)
    : name_(plan.name),
      model_(model),
      optimizer_(optimizer),
      steps_(settings.steps(plan.steps)),
      file_(file_of(settings, plan)),
      identity_(identity_of(settings, plan)) {
  identity_.emplace("model", fingerprint(model.summary()));
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
  with_checkpoint(file_.string(), identity_, [&](const std::map<std::string, Tensor>& saved) {
    std::map<std::string, Tensor> model, optimizer;
    for (const auto& [name, value] : saved) {
      if (name.starts_with("model.")) model.emplace(name.substr(6), value);
      if (name.starts_with("optimizer.")) optimizer.emplace(name.substr(10), value);
    }
    const auto losses = saved.find("losses");
    if (losses == saved.end() || losses->second.numel() > steps_) {
      cadena::fail<cadena::IoError>(file_.string(), ": damaged: expected up to ", steps_, " losses");
    }
    model_.load_state_dict(model);
    optimizer_.load_state_dict(optimizer);
    losses_ = losses->second.to_vector();
  });
}

}  // namespace demo
