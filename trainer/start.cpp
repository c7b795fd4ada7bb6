#include "trainer/start.h"

#include "core/error.h"
#include "core/log.h"

#include <ATen/core/grad_mode.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

namespace atl::trainer {
namespace {

// "11 encoder.*, 20 video.*".
std::string counted(const std::vector<std::string>& names) {
  std::map<std::string, int> counts;
  for (const std::string& name : names) ++counts[name.substr(0, name.find('.'))];
  std::vector<std::string> words;
  for (const auto& [begin, count] : counts) words.push_back(fmt::format("{} {}.*", count, begin));
  return fmt::format("{}", fmt::join(words, ", "));
}

void check_parts(const agent::Model& model, const std::vector<std::string>& parts) {
  std::vector<std::string> begins;  // of the names that there are: "encoder.", "video.", ...
  for (const agent::NamedTensor& p : model.parameters()) {
    std::string begin = p.name.substr(0, p.name.find('.') + 1);
    if (std::find(begins.begin(), begins.end(), begin) == begins.end()) begins.push_back(std::move(begin));
  }
  for (const std::string& part : parts) {
    const auto is_in = [&](const agent::NamedTensor& p) { return p.name.starts_with(part); };
    const bool is_default = part == "encoder." || part == "video.";  // stands there where there is no video encoder
    if (part.empty() || (!is_default && std::ranges::none_of(model.parameters(), is_in)))
      fail(ErrorKind::kConfig, "trainer.start_parts has \"{}\", and no parameter's name begins so: they begin with {}",
           part, fmt::join(begins, ", "));
    const auto is_text = [&](const agent::NamedTensor& p) { return is_in(p) && p.name.starts_with("text."); };
    if (std::ranges::any_of(model.parameters(), is_text) && model.config().text == "own")
      fail(ErrorKind::kConfig, "trainer.start_parts has \"{}\": the words of another run are other words; leave it out",
           part);
  }
}

// All or nothing.
StartReport copy_parts(const std::vector<agent::NamedTensor>& parameters, const agent::Checkpoint& from,
                       const std::filesystem::path& path, const std::vector<std::string>& parts) {
  StartReport report;
  std::vector<std::pair<at::Tensor, at::Tensor>> pairs;
  for (const agent::NamedTensor& p : parameters) {
    if (std::ranges::none_of(parts, [&](const std::string& part) { return p.name.starts_with(part); })) continue;
    const auto found = from.weights.find(p.name);
    if (found == from.weights.end()) {
      report.left.push_back(p.name);
      continue;
    }
    if (found->second.sizes() != p.tensor.sizes())
      fail(ErrorKind::kConfig,
           "trainer.start: {} of {} has shape [{}], this run's has [{}]: set the same agent.model and picture size in "
           "both, or leave it out of trainer.start_parts",
           p.name, path.string(), fmt::join(found->second.sizes(), ", "), fmt::join(p.tensor.sizes(), ", "));
    report.taken.push_back(p.name);
    pairs.emplace_back(p.tensor, found->second);
  }
  const at::NoGradGuard no_grad;
  for (auto& [parameter, value] : pairs) parameter.copy_(value);
  return report;
}

}  // namespace

StartReport take_parameters(agent::Model& model, const agent::Checkpoint& from, const std::filesystem::path& path,
                            const std::vector<std::string>& parts) {
  if (from.info.model.encoder != model.config().encoder)
    fail(ErrorKind::kConfig,
         "trainer.start: the encoder of {} is \"{}\", this run's is \"{}\": set agent.model.encoder, or start from "
         "another run",
         path.string(), from.info.model.encoder, model.config().encoder);
  check_parts(model, parts);
  const StartReport report = copy_parts(model.parameters(), from, path, parts);
  if (report.taken.empty())
    fail(ErrorKind::kConfig, "trainer.start: {} has no parameter that begins with {}: it is of another model",
         path.string(), fmt::join(parts, " or "));
  return report;
}

void take_encoder(const TrainerConfig& config, const std::vector<agent::NamedTensor>& parameters) {
  if (config.start.empty()) return;
  const std::filesystem::path path = agent::find_checkpoint(config.start);
  copy_parts(parameters, agent::load_checkpoint(path), path, config.start_parts);
}

void start_from_run(const TrainerConfig& config, std::vector<agent::Model>& models) {
  if (config.start.empty()) return;
  const std::filesystem::path path = agent::find_checkpoint(config.start);
  const agent::Checkpoint from = agent::load_checkpoint(path);
  StartReport report;
  for (agent::Model& model : models) report = take_parameters(model, from, path, config.start_parts);
  log_info("parameters of {} to begin with: {}", path.string(), counted(report.taken));
  if (!report.left.empty())
    log_warning("{} does not have {}, as {}: they begin anew", path.string(), counted(report.left), report.left[0]);
}

}  // namespace atl::trainer
