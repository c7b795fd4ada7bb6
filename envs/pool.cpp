#include "envs/pool.h"

#include "core/error.h"
#include "envs/players.h"

#include <algorithm>
#include <exception>

namespace atl::envs {
namespace {

PoolOptions checked(const PoolOptions& options) {
  if (options.num_environments < 1 || options.num_threads < 1 || options.batch_size < 1 ||
      options.batch_size > options.num_environments) {
    fail(ErrorKind::kConfig,
         "pool of {} environments, batches of {}, {} threads; expected at least 1 of each and batches no larger than "
         "the pool",
         options.num_environments, options.batch_size, options.num_threads);
  }
  return options;
}

}  // namespace

ImageView PoolRow::frame_of(std::size_t player) const {
  ImageView frame = observation.frame;
  frame.data += static_cast<std::ptrdiff_t>(player) * frame.stride_bytes * frame.height_px;
  return frame;
}

EnvironmentPool::EnvironmentPool(Factory factory, const PoolOptions& options)
    : factory_(std::move(factory)),
      options_(checked(options)),
      slots_(static_cast<std::size_t>(options.num_environments)),
      jobs_(static_cast<std::size_t>(options.num_environments)) {
  for (Slot& slot : slots_) slot.environment = factory_();
  spec_ = slots_[0].environment->spec();
  num_players_ = static_cast<std::size_t>(spec_.num_players);
  frame_bytes_ =
      static_cast<std::size_t>(spec_.frame.width_px) * static_cast<std::size_t>(spec_.frame.height_px) * kBytesPerPixel;
  row_bytes_ = num_players_ * frame_bytes_;
  for (Slot& slot : slots_) slot.actions.resize(num_players_);
  const auto rows = static_cast<std::size_t>(options.batch_size);
  batches_.resize((slots_.size() + rows - 1) / rows + 1);
  for (Batch& batch : batches_) batch.rows.resize(rows);
  slab_.resize(batches_.size() * rows * row_bytes_);
  for (int i = 0; i < options.num_threads; ++i) workers_.emplace_back([this] { work(); });
}

EnvironmentPool::~EnvironmentPool() {
  jobs_.close();
  for (std::thread& worker : workers_) worker.join();
}

std::span<std::uint8_t> EnvironmentPool::pixels_of(std::size_t batch, std::size_t row) {
  const auto rows = static_cast<std::size_t>(options_.batch_size);
  return std::span(slab_).subspan((batch * rows + row) * row_bytes_, row_bytes_);
}

SteppedEnvironment* EnvironmentPool::environment(int index) {
  ATOLL_CHECK(index >= 0 && index < options_.num_environments, "environment {} of {}", index,
              options_.num_environments);
  const Slot& slot = slots_[static_cast<std::size_t>(index)];
  ATOLL_CHECK(!slot.in_flight, "environment {} is being stepped; receive its row first", index);
  return slot.environment.get();
}

void EnvironmentPool::send_reset(int environment, std::uint64_t seed, const Task& task) {
  static_cast<void>(this->environment(environment));  // checks the index and whose hands it is in
  send({environment, Start{seed, task}});
}

void EnvironmentPool::send_step(int environment, const Action& action) {
  Slot& slot = slot_to_send(environment);
  std::fill(slot.actions.begin(), slot.actions.end(), Action{});
  slot.actions[0] = action;
  send({environment, std::nullopt});
}

void EnvironmentPool::send_step_all(int environment, std::span<const Action> actions) {
  Slot& slot = slot_to_send(environment);
  ATOLL_CHECK(actions.size() == num_players_, "{} actions for environment {}, expected one for each of {} players",
              actions.size(), environment, num_players_);
  std::copy(actions.begin(), actions.end(), slot.actions.begin());
  send({environment, std::nullopt});
}

EnvironmentPool::Slot& EnvironmentPool::slot_to_send(int index) {
  static_cast<void>(environment(index));
  Slot& slot = slots_[static_cast<std::size_t>(index)];
  ATOLL_CHECK(slot.is_running, "step of environment {} outside an episode; send_reset first", index);
  return slot;
}

void EnvironmentPool::send(Job job) {
  slots_[static_cast<std::size_t>(job.environment)].in_flight = true;
  ++num_in_flight_;
  const bool sent = jobs_.try_push(std::move(job));
  ATOLL_CHECK(sent, "job queue of {} environments is full", options_.num_environments);
}

PoolBatch EnvironmentPool::recv() {
  ATOLL_CHECK(num_in_flight_ >= options_.batch_size, "recv of {} rows while only {} are on their way; send more",
              options_.batch_size, num_in_flight_);
  const std::size_t index = num_received_ % batches_.size();
  Batch& batch = batches_[index];
  {
    std::unique_lock lock(mutex_);
    batch_done_.wait(lock, [&] { return batch.done == options_.batch_size; });
    batch.done = 0;
  }
  ++num_received_;
  num_in_flight_ -= options_.batch_size;
  for (const PoolRow& row : batch.rows) {
    Slot& slot = slots_[static_cast<std::size_t>(row.environment)];
    slot.in_flight = false;
    slot.is_running = !row.outcome.is_over();
    if (!slot.environment) ++num_aborted_;
  }
  return {batch.rows, {pixels_of(index, 0).data(), batch.rows.size() * row_bytes_}};
}

void EnvironmentPool::work() {
  const auto rows = static_cast<std::uint64_t>(options_.batch_size);
  while (std::optional<Job> job = jobs_.wait_pop()) {
    std::uint64_t ticket = 0;
    {
      const std::lock_guard lock(mutex_);
      ticket = num_started_++;
    }
    // A row's place in its batch is given when work on it begins, so that its pixels can be drawn there.
    const std::size_t index = ticket / rows % batches_.size();
    Batch& batch = batches_[index];
    carry_out(*job, batch.rows[ticket % rows], pixels_of(index, ticket % rows));
    bool is_done = false;
    {
      const std::lock_guard lock(mutex_);
      is_done = ++batch.done == options_.batch_size;
    }
    if (is_done) batch_done_.notify_one();
  }
}

void EnvironmentPool::carry_out(const Job& job, PoolRow& row, std::span<std::uint8_t> pixels) {
  Slot& slot = slots_[static_cast<std::size_t>(job.environment)];
  row = {};
  row.environment = job.environment;
  row.is_first = job.start.has_value();
  try {
    if (!slot.environment) {
      const std::lock_guard lock(factory_mutex_);
      slot.environment = factory_();
    }
    row.observation = move(job, slot, pixels);
    row.outcome = slot.environment->outcome();
  } catch (const std::exception& error) {
    slot.environment.reset();
    std::fill(pixels.begin(), pixels.end(), std::uint8_t{0});
    row.observation = {};
    row.observation.frame = {pixels.data(), spec_.frame.width_px, spec_.frame.height_px,
                             std::ptrdiff_t{spec_.frame.width_px} * kBytesPerPixel};
    row.outcome = {};
    row.outcome.truncated = true;
    row.outcome.verdict = Verdict::kAborted;
    row.outcome.reason = error.what();
  }
}

Observation EnvironmentPool::move(const Job& job, Slot& slot, std::span<std::uint8_t> pixels) {
  SteppedEnvironment& environment = *slot.environment;
  environment.render_into(pixels.first(frame_bytes_));
  if (num_players_ == 1)
    return job.start ? environment.reset(job.start->seed, job.start->task) : environment.step(slot.actions[0]);
  Players* players = environment.players();
  ATOLL_CHECK(players != nullptr, "a world of {} players that cannot move them all", num_players_);
  const Observation first =
      job.start ? environment.reset(job.start->seed, job.start->task) : players->step_all(slot.actions);
  for (std::size_t player = 1; player < num_players_; ++player)
    static_cast<void>(players->observe_as(player, pixels.subspan(player * frame_bytes_, frame_bytes_)));
  return first;
}

}  // namespace atl::envs
