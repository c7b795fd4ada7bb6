#include "trainer/run_folder.h"

#include "agent/safetensors.h"
#include "core/error.h"
#include "core/files.h"
#include "trainer/dagger.h"

#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <span>
#include <utility>

namespace atl::trainer {
namespace {

constexpr std::string_view kStateFile = "trainer.safetensors";
constexpr std::string_view kStateVersion = "3";
constexpr std::string_view kOlderVersion = "2";  // measured less

template <class T>
at::Tensor to_tensor(std::span<const T> values, at::ScalarType type) {
  at::Tensor tensor = at::empty({static_cast<std::int64_t>(values.size())}, type);
  std::memcpy(tensor.mutable_data_ptr(), values.data(), values.size_bytes());
  return tensor;
}

[[noreturn]] void refuse_tensor(const std::filesystem::path& path, const std::string& name, const at::Tensor& tensor,
                                at::ScalarType type, std::int64_t size) {
  fail(ErrorKind::kFormat,
       "{}: tensor {} holds {} values of type {}, expected {} of {}: state and weights are of two runs", path.string(),
       name, tensor.numel(), c10::toString(tensor.scalar_type()), size, c10::toString(type));
}

const at::Tensor& find_tensor(const agent::TensorFile& file, const std::filesystem::path& path, const std::string& name,
                              at::ScalarType type) {
  const auto found = file.tensors.find(name);
  if (found == file.tensors.end())
    fail(ErrorKind::kFormat, "{} lacks the tensor {}: it is of another program, or damaged", path.string(), name);
  if (found->second.scalar_type() != type) refuse_tensor(path, name, found->second, type, found->second.numel());
  return found->second;
}

// Copies the tensor `name`, which must have exactly the type and size of `values`.
template <class T>
void from_tensor(const agent::TensorFile& file, const std::filesystem::path& path, const std::string& name,
                 at::ScalarType type, std::span<T> values) {
  const at::Tensor& tensor = find_tensor(file, path, name, type);
  if (tensor.numel() != static_cast<std::int64_t>(values.size()))
    refuse_tensor(path, name, tensor, type, static_cast<std::int64_t>(values.size()));
  std::memcpy(values.data(), tensor.const_data_ptr(), values.size_bytes());
}

// The same for sums over metrics: a state of before some of them has fewer, and those are 0.
void sums_from_tensor(const agent::TensorFile& file, const std::filesystem::path& path, const std::string& name,
                      std::span<double> sums) {
  const std::int64_t found = find_tensor(file, path, name, at::kDouble).numel();
  from_tensor<double>(file, path, name, at::kDouble,
                      sums.first(std::min(sums.size(), static_cast<std::size_t>(found))));
}

std::string world_name(std::size_t world, const char* what) { return fmt::format("metrics.world{}.{}", world, what); }

void save_state(const std::filesystem::path& folder, const TrainingState& state) {
  const std::array<std::int64_t, 2> position{static_cast<std::int64_t>(state.position.block),
                                             static_cast<std::int64_t>(state.position.offset)};
  const std::array<std::int64_t, 2> skipped{state.num_skipped, state.skipped_in_row};
  agent::TensorMap tensors{{"parameters", state.parameters},
                           {"adam.mean", state.moments.mean},
                           {"adam.square", state.moments.square},
                           {"average", state.average},
                           {"metrics.sum", to_tensor<double>(state.metrics.sum, at::kDouble)},
                           {"metrics.weight", to_tensor<double>(state.metrics.weight, at::kDouble)},
                           {"skipped", to_tensor<std::int64_t>(skipped, at::kLong)},
                           {"stream.position", to_tensor<std::int64_t>(position, at::kLong)}};
  for (std::size_t i = 0; i < state.world_metrics.size(); ++i) {
    tensors[world_name(i, "sum")] = to_tensor<double>(state.world_metrics[i].sum, at::kDouble);
    tensors[world_name(i, "weight")] = to_tensor<double>(state.world_metrics[i].weight, at::kDouble);
  }
  agent::save_tensors(folder / kStateFile, tensors, {{"version", std::string(kStateVersion)}});
}

// The flat tensor `name`; all of them have the size of the first.
at::Tensor flat_tensor(const agent::TensorFile& file, const std::filesystem::path& path, const std::string& name,
                       std::int64_t size) {
  const at::Tensor& tensor = find_tensor(file, path, name, at::kFloat);
  if (tensor.dim() != 1 || (size >= 0 && tensor.numel() != size))
    refuse_tensor(path, name, tensor, at::kFloat, std::max<std::int64_t>(size, 0));
  return tensor;
}

TrainingState load_state(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kStateFile;
  const agent::TensorFile file = agent::load_tensors(path);
  const auto version = file.metadata.find("version");
  if (version == file.metadata.end() || (version->second != kStateVersion && version->second != kOlderVersion)) {
    fail(ErrorKind::kVersion, "{} has version {}, expected {} or {}: resume with the Atoll that wrote it",
         path.string(), version == file.metadata.end() ? "none" : version->second, kStateVersion, kOlderVersion);
  }
  TrainingState state;
  state.parameters = flat_tensor(file, path, "parameters", -1);
  const std::int64_t size = state.parameters.numel();
  state.moments.mean = flat_tensor(file, path, "adam.mean", size);
  state.moments.square = flat_tensor(file, path, "adam.square", size);
  state.average = flat_tensor(file, path, "average", size);
  std::array<std::int64_t, 2> position{};
  sums_from_tensor(file, path, "metrics.sum", state.metrics.sum);
  sums_from_tensor(file, path, "metrics.weight", state.metrics.weight);
  for (std::size_t i = 0; file.tensors.contains(world_name(i, "sum")); ++i) {
    MetricSums& metrics = state.world_metrics.emplace_back();
    sums_from_tensor(file, path, world_name(i, "sum"), metrics.sum);
    sums_from_tensor(file, path, world_name(i, "weight"), metrics.weight);
  }
  from_tensor<std::int64_t>(file, path, "stream.position", at::kLong, position);
  std::array<std::int64_t, 2> skipped{};
  from_tensor<std::int64_t>(file, path, "skipped", at::kLong, skipped);
  state.num_skipped = skipped[0];
  state.skipped_in_row = skipped[1];
  state.position = {static_cast<std::uint64_t>(position[0]), static_cast<std::uint64_t>(position[1])};
  return state;
}

// A fork has steps of its own to make. Returns how many its checkpoint has behind it.
std::int64_t check_fork(const RunConfig& config, const std::filesystem::path& checkpoint) {
  if (!std::filesystem::exists(checkpoint / kStateFile)) {
    fail(ErrorKind::kFile, "{} has no {}: it can be played, but no training goes on from it", checkpoint.string(),
         kStateFile);
  }
  const std::int64_t step = atl::load_config<agent::CheckpointInfo>(checkpoint / agent::kCheckpointInfoFile).step;
  if (config.trainer.steps <= step) {
    fail(ErrorKind::kConfig, "trainer.steps = {} for a fork of {}, expected more than the {} it has behind it",
         config.trainer.steps, checkpoint.string(), step);
  }
  const std::filesystem::path run = checkpoint.parent_path();
  const int round = dagger_round(config.trainer.dagger, step);
  if (!has_round(config, run, round)) {
    fail(ErrorKind::kFile,
         "{} has not all that its agent played until round {}, which its fork learns from (trainer.dagger.every = {}, "
         "keep_rounds = {})",
         (run / "dagger").string(), round, config.trainer.dagger.every, config.trainer.dagger.keep_rounds);
  }
  return step;
}

}  // namespace

RunFolder RunFolder::create(const std::filesystem::path& path, const RunConfig& config) {
  create_output_folder(path);
  RunFolder folder(path);
  folder.save_config(config);
  return folder;
}

RunFolder RunFolder::create_fork(const std::filesystem::path& path, const RunConfig& config,
                                 const std::filesystem::path& checkpoint) {
  const std::int64_t step = check_fork(config, checkpoint);
  RunFolder folder = create(path, config);
  const std::string name = checkpoint.filename().string();
  std::error_code error;
  std::filesystem::copy(checkpoint, path / name, error);
  const std::filesystem::path metrics = checkpoint.parent_path() / "metrics.jsonl";
  if (!error && std::filesystem::exists(metrics)) std::filesystem::copy(metrics, path / "metrics.jsonl", error);
  if (error) fail(ErrorKind::kFile, "cannot copy {} into {}: {}", checkpoint.string(), path.string(), error.message());
  copy_rounds(config.trainer.dagger, step, checkpoint.parent_path(), path);
  agent::mark_latest(path, name);
  return folder;
}

RunFolder RunFolder::open(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path / "config.toml")) {
    fail(ErrorKind::kFile, "{} is no run to resume: it has no config.toml; start one without --resume", path.string());
  }
  return RunFolder(path);
}

RunConfig RunFolder::load_config() const { return atl::load_config<RunConfig>(path_ / "config.toml"); }

void RunFolder::save_config(const RunConfig& config) const {
  write_file_atomically(path_ / "config.toml", to_toml(config));
}

void RunFolder::save_sources(const std::string& toml) const {
  if (!std::filesystem::exists(path_ / "sources.toml")) write_file_atomically(path_ / "sources.toml", toml);
}

std::optional<ResumePoint> RunFolder::load_latest() const {
  if (!std::filesystem::exists(path_ / "latest")) return std::nullopt;
  const std::filesystem::path folder = agent::find_checkpoint(path_);
  agent::Checkpoint checkpoint = agent::load_checkpoint(folder);
  TrainingState state = load_state(folder);
  state.step = checkpoint.info.step;
  return ResumePoint{std::move(checkpoint), std::move(state)};
}

void RunFolder::save_checkpoint(const agent::CheckpointInfo& info, const agent::TensorMap& average_weights,
                                const agent::Tokenizer& tokenizer, const TrainingState& state,
                                const CheckpointsKept& keep) const {
  const std::string name = agent::checkpoint_name(info.step);
  if (std::filesystem::exists(path_ / "latest") && agent::find_checkpoint(path_) == path_ / name) return;
  agent::save_checkpoint(path_ / name, info, average_weights, tokenizer,
                         [&](const std::filesystem::path& temporary) { save_state(temporary, state); });
  agent::mark_latest(path_, name);
  remove_old_checkpoints(info.step, keep);
}

void RunFolder::remove_old_checkpoints(std::int64_t newest_step, const CheckpointsKept& keep) const {
  std::vector<std::pair<std::int64_t, std::filesystem::path>> older;
  std::vector<std::filesystem::path> removed;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_directory() || !name.starts_with(agent::kCheckpointPrefix)) continue;
    const std::string rest = name.substr(agent::kCheckpointPrefix.size());
    std::int64_t step = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), step);
    if (error != std::errc() || end != rest.data() + rest.size())
      removed.push_back(entry.path());  // a temporary name
    else if (step < newest_step && std::ranges::count(keep.steps, step) == 0)
      older.emplace_back(step, entry.path());
  }
  std::sort(older.begin(), older.end());
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep.newest) <= older.size(); ++i)
    removed.push_back(older[i].second);
  for (const std::filesystem::path& path : removed) {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) fail(ErrorKind::kFile, "cannot remove the old {}: {}", path.string(), error.message());
  }
}

void RunFolder::rewind_metrics(std::int64_t step) {
  const std::filesystem::path path = path_ / "metrics.jsonl";
  std::string kept;
  if (std::filesystem::exists(path)) {
    const std::string text = read_text_file(path);
    for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      const std::string line = text.substr(begin, end - begin);
      const nlohmann::json object = nlohmann::json::parse(line, nullptr, false);
      if (object.is_object() && object.value("step", std::int64_t{0}) <= step) kept += line + "\n";
    }
  }
  write_file_atomically(path, kept);
  metrics_.open(path, std::ios::app);
  if (!metrics_) fail(ErrorKind::kFile, "cannot append to {}", path.string());
  events_.emplace(path_, step + 1);
}

void RunFolder::append_metrics(const MetricsLine& line) {
  metrics_ << to_json(line) << "\n" << std::flush;
  if (!metrics_) fail(ErrorKind::kFile, "cannot write {}: is the disk full?", (path_ / "metrics.jsonl").string());
  std::vector<Scalar> scalars;
  for (const auto& [name, value] : line.values) scalars.emplace_back(line.part + "/" + name, value);
  events_->append(line.step, scalars);
}

}  // namespace atl::trainer
