#include "trainer/trainer.h"

#include "agent/checkpoint.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"
#include "core/random.h"
#include "core/stop.h"
#include "trainer/assembly.h"
#include "trainer/bad_batch.h"
#include "trainer/dagger.h"
#include "trainer/island_member.h"
#include "trainer/kept_threads.h"
#include "trainer/metrics_line.h"
#include "trainer/profile.h"
#include "trainer/recorded_episodes.h"
#include "trainer/replicas.h"
#include "trainer/run_folder.h"
#include "trainer/source_note.h"
#include "trainer/step_budget.h"
#include "trainer/stream.h"
#include "trainer/worlds.h"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <utility>

namespace atl::trainer {
struct Trainer::State {
  RunConfig config;
  TrainOptions options;
  RunFolder folder;
  std::optional<ResumePoint> resumed;
  int round;               // trainer/dagger.h
  RunConfig round_config;  // what is learned from in it
  // Made for the tokenizer and then handed to the first producer: loading recordings takes a while. Guarded by mutex.
  std::mutex mutex;
  std::unique_ptr<ExampleSource> first_source;
  agent::Tokenizer tokenizer;
  std::unique_ptr<const FeatureFiles> features;  // null: batches are of pictures
  Replicas replicas;
  TrainingState training;
  double counts_per_turn;
  std::vector<std::string> worlds;
  StepBudget budget;
  std::vector<HeldApart> held_apart;
  std::optional<IslandMember> island;   // none: the run is by itself
  std::uint64_t leased_as = 0;          // incarnation of the island whose blocks are served
  std::optional<ExampleStream> stream;  // none: the round's episodes have to be played first
  double waited_s = 0.0;                // for streams of rounds before
  // Of the step to come, whose batches are on their way (prepare_next).
  struct NextStep {
    std::vector<const Example*> examples;
    StreamPosition position;  // before them
  };
  std::optional<NextStep> next;
  Duration waited_for_device{};
  Timestamp last_save = MonotonicClock::now();
  SpeedMeter speed;
  std::int64_t logged_step;  // of the last line, or where this process began

  State(const RunConfig& given, RunFolder run, const TrainOptions& train_options)
      : config(given),
        options(train_options),
        folder(std::move(run)),
        resumed(folder.load_latest()),
        round(dagger_round(config.trainer.dagger, resumed ? resumed->state.step : 0)),
        round_config(has_round(config, folder.path(), round) ? config_of_round(config, folder.path(), round) : config),
        first_source(create_training_source(round_config, options.services)),
        tokenizer(resumed ? std::move(resumed->checkpoint.tokenizer) : begin_tokenizer()),
        features(open_features(config, options.services, model_start())),
        replicas(create_replicas(config, tokenizer, model_start(), features.get())),
        training(begin_state()),
        counts_per_turn(counts_per_turn_of(config.trainer.sources, config.contract, options.services)),
        worlds(note_worlds()),
        budget(config.trainer),
        held_apart(create_held_apart(config, options.services)),
        logged_step(training.step) {
    folder.rewind_metrics(training.step);
    training.world_metrics.resize(worlds.size() < 2 ? 0 : worlds.size());
    if (!config.island.name.empty()) join_island();
    if (has_round(config, folder.path(), round)) open_stream();
  }

  // Islands have one vocabulary: that of the data which the seed that they have in common gives.
  agent::Tokenizer begin_tokenizer() {
    if (config.island.name.empty()) return create_tokenizer(config, *first_source, options.weights);
    RunConfig common = config;
    common.island = {};
    const std::unique_ptr<ExampleSource> source = create_training_source(common, options.services);
    return create_tokenizer(common, *source, options.weights);
  }

  void join_island() {
    const auto stops = [this] { return options.should_stop ? options.should_stop() : stop_requested(); };
    const IslandModel model{.tensors = replicas.places(),
                            .contract = to_toml(config.contract) + to_toml(config.model) + tokenizer.serialise(),
                            .lane = data_lane(config)};
    island.emplace(config.island, model, training.parameters, stops);
    if (island->has_joined()) leased_as = island->incarnation();
  }
  // Steps that the learning rate goes by, and by which the run ends.
  [[nodiscard]] std::int64_t clock() const { return island && island->has_joined() ? island->clock() : training.step; }

  [[nodiscard]] ModelStart model_start() const {
    return {.checkpoint = resumed ? &resumed->checkpoint.weights : nullptr, .folder = options.weights};
  }

  // Where to go on, or the fresh models' parameters; either way in the tensor that the models read.
  TrainingState begin_state() {
    at::Tensor& parameters = replicas.parameters();
    if (!resumed) return TrainingState(parameters);
    TrainingState state = std::move(resumed->state);
    if (state.parameters.numel() != parameters.numel()) {
      fail(ErrorKind::kFormat,
           "{}: its state is of {} parameters, its config makes a model of {}: they are of two runs",
           folder.path().string(), state.parameters.numel(), parameters.numel());
    }
    parameters.copy_(state.parameters);
    const auto on_device = [&](const at::Tensor& tensor) { return tensor.to(parameters.device()); };
    state.parameters = parameters;
    state.average = on_device(state.average);
    state.moments = {on_device(state.moments.mean), on_device(state.moments.square)};
    return state;
  }

  std::unique_ptr<ExampleSource> take_source() {
    {
      const std::lock_guard lock(mutex);
      if (first_source) return std::move(first_source);
    }
    return create_training_source(round_config, options.services);
  }
  void open_stream() {
    const auto source = [this] { return take_source(); };
    if (!island || !island->has_joined())
      stream.emplace(stream_options(round_config), source, training.position);
    else
      stream.emplace(stream_options(round_config), source, [this] { return lease_block(); });
  }
  // Of an island: the next block that nobody else learns from.
  std::optional<BlockLease> lease_block() {
    const std::optional<distributed::DataLease> lease = island->wait_lease(std::chrono::milliseconds(200));
    if (!lease) return std::nullopt;
    return BlockLease{.begin = {.block = lease->place.shard, .offset = lease->place.offset},
                      .owner = lease->incarnation};
  }
  [[nodiscard]] StreamPosition position() const { return next ? next->position : stream->position(); }
  // Once the island was given up, its blocks are others'. Not while a batch of one is on its way to the device.
  void drop_others_blocks() {
    if (!island || next || island->incarnation() == leased_as) return;
    leased_as = island->incarnation();
    stream->serve_only(leased_as);
  }
  // False: the process is to stop before the agent has played.
  [[nodiscard]] bool enter_round();
  // Before a producer takes the first source.
  [[nodiscard]] std::vector<std::string> note_worlds() const;
  void evaluate();
  void append_world_metrics(const std::string& part, const std::vector<MetricSums>& metrics);
  void decide_steps(Duration evaluation);
  void log(double gradient_norm, double learning_rate);
  void skip(const std::string& cause, std::span<const Example* const> batch);
  void update(const MetricSums& metrics, double learning_rate);
  void save();
  [[nodiscard]] std::vector<const Example*> take_examples();
  void prepare_next();
  [[nodiscard]] StepNumbers read_step(const at::Tensor& norm);
  [[nodiscard]] std::uint64_t seed_of(std::int64_t step) const {
    return derive_seed(derive_seed(island_seed(config), kStepSeed), static_cast<std::uint64_t>(step));
  }
  [[nodiscard]] std::size_t step_examples() const {
    return static_cast<std::size_t>(config.trainer.batch) * static_cast<std::size_t>(config.trainer.replicas);
  }
  [[nodiscard]] bool is_every(int interval) const { return training.step % interval == 0; }
};

namespace {

constexpr std::int64_t kMostSkippedInRow = 3;

// Which numbers of a step are none; empty if all are finite.
std::string cause_of(const MetricSums& metrics, double norm, Replicas& replicas) {
  for (std::size_t i = 0; i < kNumMetrics; ++i) {
    const std::size_t part = (i + 1) % kNumMetrics;  // parts before their sum, which is the first
    if (!std::isfinite(metrics.sum[part])) return fmt::format("{} is {}", kMetricNames[part], metrics.sum[part]);
  }
  if (std::isfinite(norm)) return {};
  const at::Tensor bad = replicas.gradient().isfinite().logical_not().nonzero().flatten();
  if (bad.numel() == 0) return "the gradient's norm is too large for a number";
  const auto index = bad[0].item<std::int64_t>();
  return fmt::format("the gradient of {} has a value {}", replicas.name_of(index),
                     replicas.gradient()[index].item<double>());
}

}  // namespace

void Trainer::State::skip(const std::string& cause, std::span<const Example* const> batch) {
  const std::filesystem::path saved =
      save_bad_batch(folder.path(), {.step = training.step, .cause = cause}, batch, shape_of(config));
  ++training.num_skipped;
  ++training.skipped_in_row;
  log_warning("step {} was skipped: {}; its batch is in {}", training.step, cause, saved.string());
  if (training.skipped_in_row < kMostSkippedInRow) return;
  const bool has_checkpoint = std::filesystem::exists(folder.path() / "latest");
  fail(ErrorKind::kConfig,
       "training stopped at step {}: {} steps in a row had a loss or gradient that is no number, the last because {}; "
       "{}; "
       "lower trainer.optimizer.learning_rate or look at {}",
       training.step, training.skipped_in_row, cause,
       has_checkpoint ? fmt::format("the last good checkpoint is in {}", folder.path().string())
                      : std::string("there is no checkpoint yet"),
       saved.string());
}

void Trainer::State::update(const MetricSums& metrics, double learning_rate) {
  const OptimizerConfig& optimizer = config.trainer.optimizer;
  replicas.each_part([&](std::int64_t begin, std::int64_t end) {
    const auto part = [&](const at::Tensor& flat) { return flat.slice(0, begin, end); };
    AdamState moments{.mean = part(training.moments.mean), .square = part(training.moments.square)};
    at::Tensor parameters = part(training.parameters);
    adamw_update(optimizer, training.step, learning_rate, part(replicas.gradient()), parameters, moments);
    at::Tensor average = part(training.average);
    update_average(optimizer.average_decay, training.step, parameters, average);
  });
  training.metrics.add(metrics);
  for (std::size_t i = 0; i < training.world_metrics.size(); ++i)
    training.world_metrics[i].add(replicas.world_metrics()[i]);
  training.skipped_in_row = 0;
}

std::vector<const Example*> Trainer::State::take_examples() {
  const ProfileSpan span("wait for examples");
  if (next) return std::exchange(next, std::nullopt)->examples;
  return stream->next_batch(step_examples());
}

// While the device computes a step, the host makes the next one's batches. Not where the next block is needed for it:
// the examples of this step may have to be saved yet.
void Trainer::State::prepare_next() {
  if (config.trainer.device == "cpu" && !options.prepares_steps) return;
  const std::int64_t step = training.step + 1;
  const bool is_last = config.trainer.steps > 0 && step >= config.trainer.steps;
  if (is_last || dagger_round(config.trainer.dagger, step) != round || !stream->goes_on_in_block(step_examples()))
    return;
  if (island && island->incarnation() != leased_as) return;
  const StreamPosition position = stream->position();
  next = {.examples = stream->next_batch(step_examples()), .position = position};
  replicas.prepare(next->examples, step, seed_of(step));
}

StepNumbers Trainer::State::read_step(const at::Tensor& norm) {
  const ProfileSpan span("wait for the device");
  const Timestamp begin = MonotonicClock::now();
  StepNumbers numbers = replicas.read_step(norm);
  waited_for_device += MonotonicClock::now() - begin;
  return numbers;
}

void Trainer::State::evaluate() {
  if (held_apart.empty()) return;
  if (config.trainer.optimizer.average_decay > 0) replicas.use(training.average);
  for (const HeldApart& part : held_apart) {
    std::vector<const Example*> examples;
    for (const Example& e : part.examples) examples.push_back(&e);
    const MetricSums metrics = replicas.measure(examples, static_cast<std::size_t>(config.trainer.batch));
    folder.append_metrics(evaluation_line(training.step, part.name, metrics));
    append_world_metrics(part.name, replicas.world_metrics());
    log_info("step {}: {}: {}", training.step, part.name, summary_of(metrics));
  }
  replicas.use(training.parameters);
}

// A line for each world that has examples, after that of all.
void Trainer::State::append_world_metrics(const std::string& part, const std::vector<MetricSums>& metrics) {
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    const MetricsLine line = evaluation_line(training.step, fmt::format("{}:{}", part, worlds[i]), metrics[i]);
    if (!line.values.empty()) folder.append_metrics(line);
  }
}

std::vector<std::string> Trainer::State::note_worlds() const {
  std::vector<SourceNote> notes;
  first_source->add_notes(notes);
  for (std::size_t i = 0; i < notes.size(); ++i) log_info("{}", to_line(notes[i], i));
  folder.save_sources(sources_toml(notes));
  return worlds_of(config.trainer.sources);
}

void Trainer::State::decide_steps(Duration evaluation) {
  if (config.trainer.steps > 0) return;
  config.trainer.steps = budget.decide(training.step, evaluation);
  config.trainer.minutes = 0.0;
  folder.save_config(config);
  log_info("{} steps fit into the time given", config.trainer.steps);
}

void Trainer::State::log(double gradient_norm, double learning_rate) {
  const Lap lap = speed.lap();
  const double step_s = lap.wall_s / static_cast<double>(training.step - std::exchange(logged_step, training.step));
  const double pictures_per_s = static_cast<double>(step_examples()) * config.trainer.data.window / step_s;
  const StepFacts facts{.step = training.step,
                        .learning_rate = learning_rate,
                        .gradient_norm = gradient_norm,
                        .num_skipped = training.num_skipped,
                        .pictures_per_s = pictures_per_s,
                        .wall_s = speed.total(),
                        .waited_s = waited_s + stream->seconds_waited(),
                        .waited_for_device_s = to_seconds(waited_for_device),
                        .cores_busy = lap.cpu_s / lap.wall_s,
                        .ready_blocks = stream->num_ready_blocks()};
  folder.append_metrics(training_line(facts, training.metrics));
  append_world_metrics("training", training.world_metrics);
  show_progress(progress_line(facts, config.trainer.steps, training.metrics, step_s));
  training.metrics = {};
  std::fill(training.world_metrics.begin(), training.world_metrics.end(), MetricSums{});
}

bool Trainer::State::enter_round() {
  const int due = dagger_round(config.trainer.dagger, training.step);
  if (stream && due == round) return true;
  if (stream) {
    waited_s += stream->seconds_waited();
    stream.reset();
    round = due;
    save();  // this checkpoint plays
  }
  if (!has_round(config, folder.path(), round)) {
    const std::optional<MetricsLine> line = record_round(config, folder.path(), round, options.services);
    if (!line) return false;
    folder.append_metrics(*line);
  }
  round_config = config_of_round(config, folder.path(), round);
  first_source.reset();
  open_stream();
  return true;
}

void Trainer::State::save() {
  if (!training.parameters.isfinite().all().item<bool>())
    return log_warning("step {}: no checkpoint, for some parameters are no numbers any more", training.step);
  const agent::CheckpointInfo info{.step = training.step,
                                   .seed = config.trainer.seed,
                                   .counts_per_turn = counts_per_turn,
                                   .vocabulary_size = tokenizer.vocabulary_size(),
                                   .git_revision = {},
                                   .torch_version = {},
                                   .model = config.model,
                                   .contract = config.contract};
  // A round begins at the first block of its own.
  const bool goes_on = stream && round == dagger_round(config.trainer.dagger, training.step);
  training.position = goes_on ? position() : StreamPosition{};
  const bool average = config.trainer.optimizer.average_decay > 0;
  folder.save_checkpoint(info, replicas.named(average ? training.average : training.parameters), tokenizer, training,
                         {.newest = config.trainer.keep_checkpoints, .steps = config.trainer.keep_steps});
  last_save = MonotonicClock::now();
}

Trainer::Trainer(const RunConfig& config, const TrainOptions& options) {
  const auto resume = [&] {
    RunFolder folder = RunFolder::open(options.out);
    const RunConfig resolved = resolve(choose_worlds(folder.load_config()));
    return std::make_unique<State>(resolved, std::move(folder), options);
  };
  const auto start = [&] {
    const RunConfig resolved = choose_worlds(resolve(config));
    RunFolder folder = options.fork.empty() ? RunFolder::create(options.out, resolved)
                                            : RunFolder::create_fork(options.out, resolved, options.fork);
    return std::make_unique<State>(resolved, std::move(folder), options);
  };
  state_ = options.resume ? resume() : start();
  log_held_out_recordings(state_->config.trainer.sources);
}

Trainer::~Trainer() = default;

void Trainer::step() {
  State& s = *state_;
  TrainingState& training = s.training;
  ATOLL_CHECK(!is_finished(), "step {} of a run of {} steps", training.step, s.config.trainer.steps);
  // Threads of this one would wait actively between its few operations, on the replicas' cores.
  const KeptThreads kept;
  at::set_num_threads(1);
  const OptimizerConfig& optimizer = s.config.trainer.optimizer;
  if (s.island && !s.island->has_joined()) return;  // it was to stop before
  if (!s.enter_round()) return;
  s.budget.begin_step(training.step);
  const Timestamp begin = MonotonicClock::now();

  s.drop_others_blocks();
  const std::vector<const Example*> batch = s.take_examples();
  s.replicas.compute_gradient(batch, training.step, s.seed_of(training.step));
  if (s.options.on_gradient) s.options.on_gradient(training.step, s.replicas.gradient());
  const at::Tensor norm_on_device = clip_gradient(s.replicas.gradient(), optimizer.clip_norm);
  s.prepare_next();
  const auto [metrics, norm] = s.read_step(norm_on_device);
  const double rate = learning_rate_at(optimizer, s.clock(), s.config.trainer.steps);
  const std::string cause = cause_of(metrics, norm, s.replicas);
  const ProfileSpan span("update");
  if (cause.empty())
    s.update(metrics, rate);
  else
    s.skip(cause, batch);
  ++training.step;
  const double step_s = to_seconds(MonotonicClock::now() - begin);
  if (s.island) {
    const StreamPosition at = s.position();
    const auto examples = static_cast<std::int64_t>(s.step_examples());
    if (!s.island->after_step(examples, step_s, {.shard = at.block, .offset = at.offset})) return;
  }

  if (s.is_every(s.config.trainer.log_every)) s.log(norm, rate);
  const bool decides = s.config.trainer.steps == 0 && training.step == optimizer.warmup_steps;
  const Timestamp before = MonotonicClock::now();
  if (decides || s.is_every(s.config.trainer.evaluate_every) || training.step == s.config.trainer.steps) s.evaluate();
  if (decides) s.decide_steps(MonotonicClock::now() - before);
  const double save_minutes = to_seconds(MonotonicClock::now() - s.last_save) / 60.0;
  const bool is_due = s.config.trainer.checkpoint_minutes > 0 && save_minutes >= s.config.trainer.checkpoint_minutes;
  if (is_due || std::ranges::count(s.config.trainer.keep_steps, training.step) > 0) s.save();
}

bool Trainer::is_finished() const {
  return state_->config.trainer.steps > 0 && state_->clock() >= state_->config.trainer.steps;
}
std::int64_t Trainer::num_steps() const { return state_->training.step; }
std::int64_t Trainer::total_steps() const { return state_->config.trainer.steps; }
void Trainer::save() { state_->save(); }
void Trainer::leave() {
  if (state_->island) state_->island->leave();
}

}  // namespace atl::trainer
