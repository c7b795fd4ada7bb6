#include "agent/checkpoint.h"

#include "core/error.h"
#include "core/files.h"
#include "core/version.h"

#include <torch/version.h>
#include <unistd.h>

#include <system_error>

namespace atl::agent {
namespace {

constexpr const char* kInfoFile = kCheckpointInfoFile;
constexpr const char* kWeightsFile = "weights.safetensors";
constexpr const char* kTokenizerFile = "tokenizer.model";
constexpr const char* kLatestFile = "latest";

// Puts a finished folder in the place of `folder`. Two renames: a crash between them leaves the old one under a name
// of its own. A checkpoint that RUN/latest names is not written again: RunFolder sees to it.
void replace_folder(const std::filesystem::path& finished, const std::filesystem::path& folder) {
  const std::filesystem::path old = folder.string() + ".old" + std::to_string(::getpid());
  std::error_code error;
  if (std::filesystem::exists(folder)) std::filesystem::rename(folder, old, error);
  if (!error) std::filesystem::rename(finished, folder, error);
  if (error) fail(ErrorKind::kFile, "cannot put the checkpoint {} in its place: {}", folder.string(), error.message());
  std::filesystem::remove_all(old, error);
}

void create_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::remove_all(folder, error);
  std::filesystem::create_directories(folder, error);
  if (error) fail(ErrorKind::kFile, "cannot create {}: {}", folder.string(), error.message());
}

void check_vocabulary(const CheckpointInfo& info, const Tokenizer& tokenizer, const std::filesystem::path& folder) {
  if (tokenizer.vocabulary_size() == info.vocabulary_size) return;
  fail(ErrorKind::kFormat, "the tokenizer of {} has {} tokens, its {} says {}: the files are of two checkpoints",
       folder.string(), tokenizer.vocabulary_size(), kInfoFile, info.vocabulary_size);
}

}  // namespace

void describe(ConfigVisitor& v, CheckpointInfo& i) {
  v.field("version", &i.version, {.min = 1, .max = kCheckpointVersion});
  v.field("step", &i.step, {.min = 0});
  v.field("seed", &i.seed);
  v.field("counts_per_turn", &i.counts_per_turn, {.min = 0});
  v.field("vocabulary_size", &i.vocabulary_size, {.min = 1});
  v.field("git_revision", &i.git_revision);
  v.field("torch_version", &i.torch_version);
  v.field("goal_scale", &i.goal_scale, {.min = 1e-6, .max = 1e6});
  v.field("goal_offset", &i.goal_offset, {.min = -1e6, .max = 1e6});
  v.table("model", i.model);
  v.table("contract", i.contract);
}

void save_checkpoint(const std::filesystem::path& folder, const CheckpointInfo& info, const TensorMap& weights,
                     const Tokenizer& tokenizer, const std::function<void(const std::filesystem::path&)>& add_files) {
  CheckpointInfo written = info;
  written.version = kCheckpointVersion;
  written.git_revision = git_revision();
  written.torch_version = TORCH_VERSION;
  written.vocabulary_size = tokenizer.vocabulary_size();
  const std::filesystem::path temporary = folder.string() + ".tmp" + std::to_string(::getpid());
  create_folder(temporary);
  write_file_atomically(temporary / kInfoFile, to_toml(written));
  save_tensors(temporary / kWeightsFile, weights, {{"format", "pt"}});
  write_file_atomically(temporary / kTokenizerFile, std::string_view(tokenizer.serialise()));
  if (add_files) add_files(temporary);
  replace_folder(temporary, folder);
}

Checkpoint load_checkpoint(const std::filesystem::path& folder) {
  CheckpointInfo info = load_config<CheckpointInfo>(folder / kInfoFile);
  Tokenizer tokenizer = [&] {
    try {
      return Tokenizer(read_text_file(folder / kTokenizerFile), tokenizer_kind(info.model));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kFormat) throw;
      fail(error.kind(), "{}: {}", (folder / kTokenizerFile).string(), error.what());
    }
  }();
  check_vocabulary(info, tokenizer, folder);
  return {std::move(info), load_tensors(folder / kWeightsFile).tensors, std::move(tokenizer)};
}

Model create_model(const Checkpoint& checkpoint) {
  const CheckpointInfo& info = checkpoint.info;
  Model model(info.model, info.contract, info.vocabulary_size, info.seed);
  model.load_state(checkpoint.weights);
  return model;
}

std::string checkpoint_name(std::int64_t step) { return fmt::format("{}{:08}", kCheckpointPrefix, step); }

void mark_latest(const std::filesystem::path& run, const std::string& name) {
  write_file_atomically(run / kLatestFile, name + "\n");
}

std::filesystem::path find_checkpoint(const std::filesystem::path& run) {
  if (std::filesystem::exists(run / kInfoFile)) return run;
  if (!std::filesystem::exists(run / kLatestFile)) {
    fail(ErrorKind::kFile,
         "{} is no run and no checkpoint: it has neither {} nor {}; give a run directory that `atoll train` wrote",
         run.string(), kLatestFile, kInfoFile);
  }
  std::string name = read_text_file(run / kLatestFile);
  while (!name.empty() && (name.back() == '\n' || name.back() == '\r' || name.back() == ' ')) name.pop_back();
  const bool is_plain = !name.empty() && name.find('/') == std::string::npos && name != "." && name != "..";
  if (!is_plain || !std::filesystem::exists(run / name / kInfoFile)) {
    fail(ErrorKind::kFile, "{} names \"{}\", but there is no {}", (run / kLatestFile).string(), name,
         (run / name / kInfoFile).string());
  }
  return run / name;
}

}  // namespace atl::agent
