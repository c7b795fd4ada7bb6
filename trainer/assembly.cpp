#include "trainer/assembly.h"

#include "agent/model.h"
#include "agent/pretrained.h"
#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "trainer/losses.h"
#include "trainer/start.h"
#include "trainer/worlds.h"

#include <ATen/Context.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <thread>
#include <utility>

namespace atl::trainer {
namespace {

// Development data is the same for every run, whatever its seed, so that runs can be compared.
constexpr std::uint64_t kDevelopmentSeed = 0x646576;
constexpr std::size_t kTokenizerExamples = 1024;
constexpr const char* kNothingAsked = "nothing";  // the words of a run without instructions

SourceSetup setup_of(const RunConfig& config, DataPart part) {
  return {.shape = shape_of(config),
          .contract = config.contract,
          .data = config.trainer.data,
          .part = part,
          .seed = part == DataPart::kTraining ? derive_seed(config.trainer.seed, kSourceSeed) : kDevelopmentSeed,
          .world_weights = config.trainer.world_weights,
          .worlds = worlds_of(config.trainer.sources),
          .only = part == DataPart::kTraining ? config.island.sources : std::vector<int>{}};
}

// Whether this processor multiplies bfloat16 faster than float.
bool multiplies_bf16() {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

// The file `name` among published weights.
std::filesystem::path published_file(const RunConfig& config, const std::filesystem::path& folder,
                                     const std::string& encoder, const std::string& ending) {
  const std::filesystem::path weights =
      config.trainer.weights.empty() ? folder : std::filesystem::path(config.trainer.weights);
  std::filesystem::path file = weights / (encoder + ending);
  if (!std::filesystem::exists(file)) {
    fail(ErrorKind::kFile,
         "the encoder {} begins from published weights, and {} is not there: fetch it with `tools/weights.py --out {} "
         "{}`, "
         "or name another folder in trainer.weights",
         encoder, file.string(), weights.empty() ? "FOLDER" : weights.string(), encoder);
  }
  return file;
}

void load_published(const agent::Model& model, const RunConfig& config, const std::filesystem::path& folder) {
  const agent::ModelConfig& m = config.model;
  if (m.encoder != "conv" && config.trainer.pretrained)
    agent::load_pretrained(published_file(config, folder, m.encoder, ".safetensors"), model.parameters(),
                           std::string(agent::kBackbonePrefix));
  if (m.text != "own")
    agent::load_pretrained(published_file(config, folder, m.text, ".safetensors"), model.parameters(),
                           std::string(agent::kTextPrefix));
}

}  // namespace

ExampleShape shape_of(const RunConfig& config) {
  const agent::PatchGrid grid = agent::patch_grid(config.contract.frame_size());
  return {.frame = config.contract.frame_size(),
          .window = config.trainer.data.window,
          .instructions = config.trainer.data.instructions,
          .chunk_actions = config.contract.chunk_actions,
          .patch_pixels = agent::kPatchPixels,
          .patch_rows = grid.rows,
          .patch_columns = grid.columns,
          .steps_per_policy = config.contract.actions_per_policy_step,
          .past_actions = config.model.past_actions,
          .delay_steps = config.contract.delay_steps,
          .roles = config.model.roles};
}

RunConfig resolve(RunConfig config) {
  if (config.trainer.precision == "auto")
    config.trainer.precision = config.trainer.device != "cpu" || multiplies_bf16() ? "bf16" : "fp32";
  if (config.trainer.replicas == 0) {
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    config.trainer.replicas = config.trainer.device == "cpu" ? cores : 1;
  }
  validate(config);
  const agent::PatchGrid grid = agent::patch_grid(config.contract.frame_size());
  const LossConfig& loss = config.trainer.loss;
  if ((loss.window > 0 || loss.carried > 0 || loss.contrast > 0) &&
      (grid.columns < kGoalFrameColumns || grid.rows < kGoalFrameRows)) {
    fail(
        ErrorKind::kConfig,
        "pictures of {}x{} px have {} x {} patches, and losses on goal frames need {} x {} to tell the middle from the "
        "sides: take larger pictures, or set trainer.loss.window, carried and contrast to 0",
        config.contract.frame_width_px, config.contract.frame_height_px, grid.columns, grid.rows, kGoalFrameColumns,
        kGoalFrameRows);
  }
  return config;
}

std::unique_ptr<ExampleSource> create_training_source(const RunConfig& config, const SourceServices& services) {
  return create_mixed_source(config.trainer.sources, setup_of(config, DataPart::kTraining), services);
}

agent::Tokenizer create_tokenizer(const RunConfig& config, ExampleSource& source, const std::filesystem::path& folder) {
  const agent::TokenizerKind kind = agent::tokenizer_kind(config.model);
  if (kind != agent::TokenizerKind::kOwn) {
    const char* ending = kind == agent::TokenizerKind::kWordPiece ? ".vocab.txt" : ".spiece.model";
    return agent::Tokenizer(read_text_file(published_file(config, folder, config.model.text, ending)), kind);
  }
  std::set<std::string> texts;
  source.add_instructions(texts);
  for (const Example& e : source.create_block(0, kTokenizerExamples))
    texts.insert(e.instructions.begin(), e.instructions.end());
  // What comes next can be learned from recordings in which nothing is asked for.
  const bool has_words = std::ranges::any_of(texts, [](const std::string& text) { return !text.empty(); });
  if (!has_words && config.trainer.loss.future > 0) texts.insert(kNothingAsked);
  return agent::train_tokenizer(std::vector<std::string>(texts.begin(), texts.end()), config.tokenizer);
}

StreamOptions stream_options(const RunConfig& config) {
  const DataConfig& data = config.trainer.data;
  return {.seed = derive_seed(config.trainer.seed, kOrderSeed),
          .block_examples = static_cast<std::size_t>(data.block_examples),
          .passes = data.passes,
          .producers = data.producers,
          .goal_frame_share = data.goal_frame_share};
}

std::unique_ptr<const FeatureFiles> open_features(const RunConfig& config, const SourceServices& services,
                                                  const ModelStart& start) {
  const std::vector<SourceConfig>& sources = config.trainer.sources;
  if (std::all_of(sources.begin(), sources.end(), [](const SourceConfig& s) { return s.features.empty(); }))
    return nullptr;
  agent::FrozenEncoder encoder(config.model, config.contract.frame_size());
  if (start.checkpoint != nullptr) {
    encoder.load(*start.checkpoint);
  } else {
    agent::load_pretrained(published_file(config, start.folder, config.model.encoder, ".safetensors"),
                           encoder.parameters(), std::string(agent::kBackbonePrefix));
    take_encoder(config.trainer, encoder.parameters());
  }
  encoder.move_to(config.trainer.device);
  return std::make_unique<const FeatureFiles>(config, encoder, services);
}

namespace {

// Of the whole process. Where there is no such kernel, LibTorch warns and takes the one there is.
void use_deterministic_kernels() {
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);  // cuBLAS's own condition
  at::Context& context = at::globalContext();
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
  context.setDeterministicAlgorithms(true, /*warn_only=*/true);
}

}  // namespace

Replicas create_replicas(const RunConfig& config, const agent::Tokenizer& tokenizer, const ModelStart& start,
                         const FeatureFiles* features) {
  if (config.trainer.device != "cpu" && config.trainer.deterministic) use_deterministic_kernels();
  std::vector<agent::Model> models;
  for (int i = 0; i < config.trainer.replicas; ++i) {
    agent::Model& model = models.emplace_back(config.model, config.contract, tokenizer.vocabulary_size(),
                                              derive_seed(config.trainer.seed, kModelSeed));
    if (start.checkpoint != nullptr)
      model.load_state(*start.checkpoint);
    else
      load_published(model, config, start.folder);
  }
  if (start.checkpoint == nullptr) start_from_run(config.trainer, models);
  for (agent::Model& model : models) model.move_to(config.trainer.device);
  const BatchOptions options{.shape = shape_of(config),
                             .loss = config.trainer.loss,
                             .actions = agent::action_sizes(config.contract),
                             .max_words = config.model.max_words,
                             .num_worlds = worlds_of(config.trainer.sources).size(),
                             .training = true,
                             .features = features,
                             .pinned = config.trainer.device.starts_with("cuda")};
  const TrainerConfig& trainer = config.trainer;
  return {std::move(models),
          {.batch = options,
           .accumulate = trainer.accumulate,
           .bf16 = trainer.precision == "bf16",
           .recompute = trainer.recompute,
           .graphs = uses_graphs(config),
           .future_seed = derive_seed(trainer.seed, kFutureSeed)},
          tokenizer};
}

std::vector<HeldApart> create_held_apart(const RunConfig& config, const SourceServices& services) {
  std::vector<HeldApart> parts;
  const auto count = static_cast<std::size_t>(config.trainer.development_examples);
  for (const auto& [name, part] : {std::pair{"development", DataPart::kDevelopment}, {"unseen", DataPart::kUnseen}}) {
    if (count == 0) continue;
    const auto source = create_mixed_source(config.trainer.sources, setup_of(config, part), services);
    if (source) parts.push_back({name, source->create_block(0, count)});
  }
  return parts;
}

}  // namespace atl::trainer
