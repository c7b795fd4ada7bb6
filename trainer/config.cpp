#include "trainer/config.h"

#include "agent/patch_grid.h"
#include "core/error.h"
#include "core/log.h"
#include "core/random.h"
#include "distributed/global_state.h"
#include "trainer/dagger.h"
#include "trainer/worlds.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace atl::trainer {

void describe(ConfigVisitor& v, SourceConfig& c) {
  v.field("kind", &c.kind, {.one_of = {"collect", "replay", "video"}});
  v.field("world", &c.world);
  v.field("families", &c.families);
  v.field("recordings", &c.recordings);
  v.field("cache", &c.cache);
  v.field("features", &c.features);
  v.field("weight", &c.weight, {.min = 1e-6, .max = 1e6});
  v.field("relabel", &c.relabel);
  v.field("success_only", &c.success_only);
  v.field("ground", &c.ground);
  v.field("keep", &c.keep, {.min = 0.001, .max = 1});
  v.field("noise", &c.noise, {.min = 0, .max = 1});
  v.field("detour", &c.detour, {.min = 0, .max = 1});
  v.field("reaction_steps", &c.reaction_steps, {.min = 0, .max = 60});
  v.field("intervention", &c.intervention, {.min = 0, .max = 1000});
  v.field("development", &c.development, {.min = 0, .max = 0.9});
}

void describe(ConfigVisitor& v, DataConfig& c) {
  v.field("window", &c.window, {.min = 1, .max = 4096});
  v.field("instructions", &c.instructions, {.min = 1, .max = 64});
  v.field("block_examples", &c.block_examples, {.min = 1, .max = 1 << 20});
  v.field("passes", &c.passes, {.min = 1, .max = 1000});
  v.field("producers", &c.producers, {.min = 1, .max = 256});
  v.field("min_object_pixels", &c.min_object_pixels, {.min = 1, .max = 4096});
  v.field("goal_frame_steps", &c.goal_frame_steps, {.min = 1, .max = 1000});
  v.field("goal_frame_share", &c.goal_frame_share, {.min = 0, .max = 0.9});
  v.field("idle_keep", &c.idle_keep, {.min = 0, .max = 1});
  v.field("jitter_steps", &c.jitter_steps, {.min = 0, .max = 60});
  v.field("mirror", &c.mirror, {.min = 0, .max = 1});
  v.field("shift_px", &c.shift_px, {.min = 0, .max = 256});
  v.field("brightness", &c.brightness, {.min = 0, .max = 1});
  v.field("saturation", &c.saturation, {.min = 0, .max = 1});
  v.field("hue_deg", &c.hue_deg, {.min = 0, .max = 180});
}

void describe(ConfigVisitor& v, LossConfig& c) {
  v.field("action", &c.action, {.min = 0});
  v.field("balance", &c.balance, {.min = 0, .max = 1});
  v.field("chunk_weights", &c.chunk_weights, {.min = 0});
  v.field("patch", &c.patch, {.min = 0});
  v.field("patch_positive", &c.patch_positive, {.min = 0});
  v.field("goal", &c.goal, {.min = 0});
  v.field("goal_positive", &c.goal_positive, {.min = 0});
  v.field("window", &c.window, {.min = 0});
  v.field("window_positive", &c.window_positive, {.min = 0});
  v.field("contrast", &c.contrast, {.min = 0});
  v.field("carried", &c.carried, {.min = 0});
  v.field("view_deg", &c.view_deg, {.min = 1, .max = 179});
  v.field("hindsight", &c.hindsight, {.min = 0});
  v.field("least_word_after", &c.least_word_after, {.min = 0});
  v.field("future", &c.future, {.min = 0});
  v.field("future_steps", &c.future_steps, {.min = 1, .max = 4095});
  v.field("language", &c.language);
  v.field("language_dropout", &c.language_dropout, {.min = 0, .max = 1});
  v.field("pictures", &c.pictures);
  v.field("past_dropout", &c.past_dropout, {.min = 0, .max = 1});
}

void describe(ConfigVisitor& v, DaggerConfig& c) {
  v.field("every", &c.every, {.min = 0, .max = 1e9});
  v.field("episodes", &c.episodes, {.min = 1, .max = 1e7});
  v.field("share", &c.share, {.min = 0.01, .max = 0.99});
  v.field("keep_rounds", &c.keep_rounds, {.min = 0, .max = 1e6});
}

void describe(ConfigVisitor& v, TrainerConfig& c) {
  v.field("seed", &c.seed, {.max = 9.2e18});
  v.field("steps", &c.steps, {.min = 0});
  v.field("minutes", &c.minutes, {.min = 0});
  v.field("replicas", &c.replicas, {.min = 0, .max = 1024});
  v.field("batch", &c.batch, {.min = 1, .max = 1 << 20});
  v.field("accumulate", &c.accumulate, {.min = 1, .max = 4096});
  v.field("device", &c.device);
  v.field("deterministic", &c.deterministic);
  v.field("recompute", &c.recompute);
  v.field("precision", &c.precision, {.one_of = {"fp32", "bf16", "auto"}});
  v.field("graphs", &c.graphs, {.one_of = {"auto", "on", "off"}});
  v.field("log_every", &c.log_every, {.min = 1});
  v.field("evaluate_every", &c.evaluate_every, {.min = 1});
  v.field("development_examples", &c.development_examples, {.min = 0, .max = 1 << 20});
  v.field("weights", &c.weights);
  v.field("pretrained", &c.pretrained);
  v.field("start", &c.start);
  v.field("start_parts", &c.start_parts);
  v.field("checkpoint_minutes", &c.checkpoint_minutes, {.min = 0});
  v.field("keep_checkpoints", &c.keep_checkpoints, {.min = 1});
  v.field("keep_steps", &c.keep_steps, {.min = 1});
  v.table("data", c.data);
  v.table("loss", c.loss);
  v.table("optimizer", c.optimizer);
  v.table("dagger", c.dagger);
  v.list("sources", c.sources);
  // Its keys are the worlds that the sources name.
  v.begin_table("world_weights");
  for (const SourceConfig& source : c.sources) {
    const std::string world = source.kind == "collect" ? world_of(source) : source.world;
    if (!world.empty()) c.world_weights.try_emplace(world_family(world), 0.0);
  }
  for (auto& [world, weight] : c.world_weights) v.field(world, &weight, {.min = 0, .max = 1e6});
  v.end_table();
}

void describe(ConfigVisitor& v, RunNote& n) { v.field("kind", &n.kind); }

void describe(ConfigVisitor& v, RunConfig& c) {
  v.table("run", c.run);
  v.table("contract", c.contract);
  v.begin_table("agent");
  v.table("model", c.model);
  v.table("tokenizer", c.tokenizer);
  v.end_table();
  v.table("trainer", c.trainer);
  v.table("island", c.island);
}

namespace {

void check_source(const SourceConfig& source, std::size_t index, const RunConfig& run,
                  std::vector<std::string>& problems) {
  const TrainerConfig& config = run.trainer;
  const int past_actions = run.model.past_actions;
  const auto add = [&](std::string problem) {
    problems.push_back(fmt::format("trainer.sources[{}] {}", index, problem));
  };
  if (source.kind == "collect" && !source.recordings.empty())
    add("collects, but names recordings: use kind = \"replay\"");
  if (source.kind == "collect" && source.families.empty()) add("collects without families: name at least one");
  if (source.kind != "collect" && source.recordings.empty()) add("names no recordings");
  if (source.kind == "video" && source.relabel) add("has video, which no world can relabel: set relabel = false");
  if (source.kind == "video" && source.cache.empty()) add("has video and no cache: name a file for decoded pictures");
  if (source.relabel && config.data.shift_px > 0)
    add("relabels, and masks are not moved with pictures: set trainer.data.shift_px = 0, or relabel = false");
  if (source.relabel && source.intervention != 1.0)
    add("relabels, so that nothing of what people did is imitated: set intervention = 1, or relabel = false");
  const int delay = run.contract.delay_steps + config.data.jitter_steps;
  if (source.relabel && past_actions > 0 && past_actions < delay)
    add(fmt::format(
        "relabels with agent.model.past_actions = {}, fewer than the {} that are on their way when a chunk is "
        "asked for (contract.delay_steps, trainer.data.jitter_steps): set it to 0 or to at least {}",
        past_actions, delay, delay));
}

// What looks over several steps needs windows, and windows need what looks over them.
void check_window(const RunConfig& run, std::vector<std::string>& problems) {
  const int window = run.trainer.data.window;
  const LossConfig& loss = run.trainer.loss;
  const auto add = [&](std::string problem) { problems.push_back(std::move(problem)); };
  if (window > 1 && run.model.memory_steps == 0 && run.model.video_steps < 2 && loss.future == 0)
    add(fmt::format(
        "trainer.data.window = {} without memory: set agent.model.memory_steps or video_steps, or window = 1", window));
  if (run.model.video_steps > 1 && window < run.model.video_steps)
    add(fmt::format(
        "agent.model.video_steps = {} with trainer.data.window = {}: steps further back would be seen live and were "
        "never learned; set window to at least {}",
        run.model.video_steps, window, run.model.video_steps));
  if (loss.future > 0 && window < 1 + loss.future_steps)
    add(fmt::format(
        "trainer.loss.future_steps = {} with trainer.data.window = {}: the window holds no such future; set window to "
        "at least {}, or trainer.loss.future = 0",
        loss.future_steps, window, 1 + loss.future_steps));
  if (loss.future > 0 && !loss.pictures)
    add("trainer.loss.future with trainer.loss.pictures = false, which hides them: set future = 0");
  if (run.model.memory_steps > 0 && window == 1)
    add(fmt::format(
        "agent.model.memory_steps = {} with trainer.data.window = 1: what is remembered would be seen live and was "
        "never learned; set window to memory_steps (trainer.batch counts windows), or memory_steps = 0",
        run.model.memory_steps));
}

// Steps are recorded on a GPU only, and with nothing in them that the host has to look at.
void check_graphs(const RunConfig& run, std::vector<std::string>& problems) {
  const TrainerConfig& config = run.trainer;
  if (config.graphs != "on") return;
  if (!config.device.starts_with("cuda"))
    problems.push_back(
        fmt::format("trainer.graphs = \"on\" with trainer.device = \"{}\", expected \"cuda\": CUDA graphs are of GPUs; "
                    "set \"auto\" "
                    "or \"off\"",
                    config.device));
  if (run.model.text != "own")
    problems.push_back(fmt::format(
        "trainer.graphs = \"on\" with agent.model.text = \"{}\", which looks instructions up on the host: set \"auto\" "
        "or \"off\", or agent.model.text = \"own\"",
        run.model.text));
}

// Of each source, where one has features.
void check_feature_sources(const std::vector<SourceConfig>& sources, std::vector<std::string>& problems) {
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const SourceConfig& source = sources[i];
    const auto add = [&](const std::string& problem) {
      problems.push_back(fmt::format("trainer.sources[{}] {}", i, problem));
    };
    if (source.features.empty())
      add("has no features and others have: batches are of features or of pictures; give them to all or to none");
    else if (source.kind != "video")
      add(fmt::format(
          "has features and kind = \"{}\": they are made of recordings with video; set kind = \"video\", or "
          "features = \"\"",
          source.kind));
    if (source.features.empty()) continue;
    for (std::size_t k = 0; k < sources.size(); ++k) {
      if (source.features == sources[k].cache)
        add(fmt::format("has the cache of trainer.sources[{}] for features: name another file", k));
    }
    for (std::size_t k = 0; k < i; ++k) {
      if (sources[k].features == source.features && sources[k].recordings != source.recordings)
        add(fmt::format("has the features of trainer.sources[{}], which has other recordings: name another file", k));
    }
  }
}

void check_island(const RunConfig& run, std::vector<std::string>& problems) {
  const IslandConfig& island = run.island;
  if (island.name.empty()) {
    if (!island.syncer.empty())
      problems.emplace_back("island.syncer without island.name: give this island a name of its own");
    return;
  }
  if (island.syncer.empty())
    problems.push_back(fmt::format(
        "island.name = \"{}\" without island.syncer: give the address that `atoll sync` printed", island.name));
  for (const int source : island.sources) {
    if (source >= static_cast<int>(run.trainer.sources.size()))
      problems.push_back(fmt::format("island.sources names source {}, and trainer.sources has {} (the first is 0)",
                                     source, run.trainer.sources.size()));
  }
  if (run.trainer.minutes > 0)
    problems.push_back(fmt::format(
        "trainer.minutes = {} with island.name, but islands go by steps that they have in common: set trainer.steps",
        run.trainer.minutes));
}

// Features are of pictures as they are, made once by an encoder that does not change.
void check_features(const RunConfig& run, std::vector<std::string>& problems) {
  const std::vector<SourceConfig>& sources = run.trainer.sources;
  if (std::all_of(sources.begin(), sources.end(), [](const SourceConfig& s) { return s.features.empty(); })) return;
  check_feature_sources(sources, problems);
  if (run.model.encoder == "conv") {
    problems.emplace_back(
        "trainer.sources features with agent.model.encoder = \"conv\", which is trained: take a published encoder with "
        "agent.model.encoder_trained_blocks = 0, or set features = \"\"");
  } else if (run.model.encoder_trained_blocks != 0) {
    problems.push_back(fmt::format(
        "trainer.sources features with agent.model.encoder_trained_blocks = {}: what changes cannot be kept; set "
        "encoder_trained_blocks = 0, or features = \"\" to train on pictures",
        run.model.encoder_trained_blocks));
  }
  if (run.trainer.data.augments())
    problems.emplace_back(
        "trainer.sources features with trainer.data.mirror, shift_px, brightness, saturation or hue_deg: features are "
        "of "
        "pictures as they are; set these to 0, or features = \"\"");
  if (!run.trainer.loss.pictures)
    problems.emplace_back(
        "trainer.sources features with trainer.loss.pictures = false, which hides them: set features = \"\"");
}

}  // namespace

bool uses_graphs(const RunConfig& config) {
  return config.trainer.graphs != "off" && config.trainer.device.starts_with("cuda") && config.model.text == "own";
}

std::uint64_t island_seed(const RunConfig& config) {
  const std::string& name = config.island.name;
  if (name.empty()) return config.trainer.seed;
  return derive_seed(config.trainer.seed,
                     distributed::hash_bytes({reinterpret_cast<const std::uint8_t*>(name.data()), name.size()}));
}

std::string data_lane(const RunConfig& config) {
  RunConfig data;
  data.contract = config.contract;
  data.trainer.data = config.trainer.data;
  data.trainer.sources = config.trainer.sources;
  data.trainer.seed = config.trainer.seed;
  data.trainer.world_weights = config.trainer.world_weights;
  data.island.sources = config.island.sources;
  if (config.trainer.dagger.every > 0) data.island.name = config.island.name;  // it learns from what it did itself
  const std::string text = to_toml(data);
  return fmt::format("{:016x}",
                     distributed::hash_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
}

void validate(const RunConfig& run) {
  agent::validate(run.model);
  const TrainerConfig& config = run.trainer;
  std::vector<std::string> problems;
  if (run.contract.actions_per_policy_step > run.contract.chunk_actions) {
    problems.push_back(
        fmt::format("contract.actions_per_policy_step = {} of chunks of {} actions, expected at most that",
                    run.contract.actions_per_policy_step, run.contract.chunk_actions));
  }
  if (run.contract.has_pointer() && agent::kPatchPixels % run.contract.pointer_cells != 0)
    problems.push_back(fmt::format("contract.pointer_cells = {}, expected 1, 2, 4 or 8: they divide a patch of {} px",
                                   run.contract.pointer_cells, agent::kPatchPixels));
  if (config.batch % config.accumulate != 0)
    problems.push_back(fmt::format("trainer.batch = {} does not fall into trainer.accumulate = {} equal parts",
                                   config.batch, config.accumulate));
  if (config.device != "cpu" && config.replicas > 1)
    problems.push_back(
        fmt::format("trainer.device = \"{}\" with trainer.replicas = {}, expected 1", config.device, config.replicas));
  if (config.sources.empty()) problems.emplace_back("trainer.sources is empty: add a [[trainer.sources]]");
  if ((config.steps > 0) == (config.minutes > 0))
    problems.push_back(
        fmt::format("trainer.steps = {} and trainer.minutes = {}: give one of the two", config.steps, config.minutes));
  if (config.minutes > 0 && config.optimizer.warmup_steps < 1)
    problems.emplace_back("trainer.minutes needs trainer.optimizer.warmup_steps >= 1, in which the speed is measured");
  if (config.steps > 0 && config.steps < config.optimizer.warmup_steps)
    problems.push_back(fmt::format("trainer.steps = {}, expected at least trainer.optimizer.warmup_steps = {}",
                                   config.steps, config.optimizer.warmup_steps));
  check_window(run, problems);
  check_graphs(run, problems);
  if (config.loss.chunk_weights.empty()) problems.emplace_back("trainer.loss.chunk_weights is empty");
  if (config.loss.contrast > 0 && config.data.goal_frame_share <= 0)
    problems.emplace_back("trainer.loss.contrast needs trainer.data.goal_frame_share above 0");
  if (run.model.encoder != "conv" && !config.pretrained && run.model.encoder_trained_blocks != -1) {
    problems.push_back(fmt::format(
        "trainer.pretrained = false with agent.model.encoder_trained_blocks = {}: random blocks would stay random; "
        "expected -1",
        run.model.encoder_trained_blocks));
  }
  if (run.model.roles > 1 && config.loss.least_word_after > 0)
    problems.push_back(
        fmt::format("trainer.loss.least_word_after = {} with agent.model.roles = {}, expected 0 or one role",
                    config.loss.least_word_after, run.model.roles));
  check_dagger(config, problems);
  check_island(run, problems);
  for (std::size_t i = 0; i < config.sources.size(); ++i) check_source(config.sources[i], i, run, problems);
  check_features(run, problems);
  if (!problems.empty())
    fail(ErrorKind::kConfig, "the config does not fit together:\n  {}", fmt::join(problems, "\n  "));
  const bool grounds = config.loss.window > 0 || config.loss.contrast > 0 || config.loss.carried > 0;
  if (grounds && std::ranges::none_of(config.sources, [](const SourceConfig& s) { return !s.relabel && s.ground; }))
    log_warning(
        "trainer.loss.window, contrast and carried have no effect: they are for plain recordings, and every source "
        "relabels or has ground = false");
  if (run.model.memory_steps > config.data.window)
    log_warning(
        "agent.model.memory_steps = {} with trainer.data.window = {}: nothing further back than a window is "
        "learned to be remembered",
        run.model.memory_steps, config.data.window);
  if (config.loss.past_dropout > 0 && run.model.past_actions == 0)
    log_warning("trainer.loss.past_dropout has no effect: agent.model.past_actions is 0");
  if (!config.loss.language && (config.loss.patch > 0 || config.loss.window > 0))
    log_warning("trainer.loss.language = false: the grounding losses have no effect, for no instruction is read");
}

}  // namespace atl::trainer
