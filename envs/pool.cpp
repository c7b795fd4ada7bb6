#include "envs/pool.h"

#include "core/error.h"

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

EnvironmentPool::EnvironmentPool(Factory factory, const PoolOptions& options)
    : factory_(std::move(factory)),
      options_(checked(options)),
      slots_(static_cast<std::size_t>(options.num_environments)),
      jobs_(static_cast<std::size_t>(options.num_environments)) {
  for (Slot& slot : slots_) slot.environment = factory_();
  spec_ = slots_[0].environment->spec();
  frame_bytes_ =
      static_cast<std::size_t>(spec_.frame.width_px) * static_cast<std::size_t>(spec_.frame.height_px) * kBytesPerPixel;
  const auto rows = static_cast<std::size_t>(options.batch_size);
  batches_.resize((slots_.size() + rows - 1) / rows + 1);
  for (Batch& batch : batches_) batch.rows.resize(rows);
  slab_.resize(batches_.size() * rows * frame_bytes_);
  for (int i = 0; i < options.num_threads; ++i) workers_.emplace_back([this] { work(); });
}

EnvironmentPool::~EnvironmentPool() {
  jobs_.close();
  for (std::thread& worker : workers_) worker.join();
}

std::span<std::uint8_t> EnvironmentPool::pixels_of(std::size_t batch, std::size_t row) {
  const auto rows = static_cast<std::size_t>(options_.batch_size);
  return std::span(slab_).subspan((batch * rows + row) * frame_bytes_, frame_bytes_);
}

SteppedEnvironment* EnvironmentPool::environment(int index) {
  ATOLL_CHECK(index >= 0 && index < options_.num_environments, "environment {} of {}", index,
              options_.num_environments);
  const Slot& slot = slots_[static_cast<std::size_t>(index)];
  ATOLL_CHECK(!slot.in_flight, "environment {} is being stepped; receive its row first", index);
  return slot.environment.get();
}

void EnvironmentPool::send_reset(int environment, std::uint64_t seed, const Task& task) {
  send(environment, Start{seed, task});
}

void EnvironmentPool::send_step(int environment, const Action& action) { send(environment, action); }

void EnvironmentPool::send(int index, std::variant<Start, Action> input) {
  static_cast<void>(environment(index));  // checks the index and whose hands it is in
  Slot& slot = slots_[static_cast<std::size_t>(index)];
  ATOLL_CHECK(slot.is_running || std::holds_alternative<Start>(input),
              "step of environment {} outside an episode; send_reset first", index);
  slot.in_flight = true;
  ++num_in_flight_;
  const bool sent = jobs_.try_push({index, std::move(input)});
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
  return {batch.rows, {pixels_of(index, 0).data(), batch.rows.size() * frame_bytes_}};
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
  row.is_first = std::holds_alternative<Start>(job.input);
  try {
    if (!slot.environment) {
      const std::lock_guard lock(factory_mutex_);
      slot.environment = factory_();
    }
    slot.environment->render_into(pixels);
    if (const Start* start = std::get_if<Start>(&job.input)) {
      row.observation = slot.environment->reset(start->seed, start->task);
    } else {
      row.observation = slot.environment->step(std::get<Action>(job.input));
    }
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

}  // namespace atl::envs
