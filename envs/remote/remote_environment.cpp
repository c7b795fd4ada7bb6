#include "core/error.h"
#include "envs/remote/client.h"
#include "envs/snapshots.h"

#include <algorithm>
#include <span>
#include <vector>

namespace atl::envs::remote {
namespace {

// Environment 0 of a connection of its own.
class RemoteEnvironment final : public SteppedEnvironment, public Snapshots {
 public:
  explicit RemoteEnvironment(const net::ClientOptions& options)
      : options_(options), world_(std::make_unique<RemoteWorld>(options, 1)), spec_(world_->spec()) {}

  [[nodiscard]] const EnvironmentSpec& spec() const override { return spec_; }
  [[nodiscard]] const Task& task() const override { return task_; }
  [[nodiscard]] const Outcome& outcome() const override { return outcome_; }
  void render_into(std::span<std::uint8_t> pixels) override { target_ = pixels; }
  [[nodiscard]] Oracle* oracle() override { return nullptr; }
  [[nodiscard]] Snapshots* snapshots() override { return spec_.snapshot_bytes > 0 ? this : nullptr; }

  Observation reset(std::uint64_t seed, const Task& task) override {
    if (world_->is_lost()) reconnect();
    is_running_ = false;
    world_->send_reset(0, seed, task);
    Observation observation = wait();
    task_ = world_->task(0);
    return observation;
  }

  Observation step(const Action& action) override {
    ATOLL_CHECK(is_running_ && !outcome_.is_over(), "a step of {} outside an episode; reset first", options_.address);
    world_->send_step(0, action);
    return wait();
  }

  [[nodiscard]] std::vector<std::uint8_t> save() const override {
    ATOLL_CHECK(is_running_, "a snapshot of {} outside an episode; reset first", options_.address);
    world_->send_save(0);
    const std::span<const std::uint8_t> snapshot = world_->wait_row().snapshot;
    return {snapshot.begin(), snapshot.end()};
  }

  Observation restore(std::span<const std::uint8_t> snapshot) override {
    ATOLL_CHECK(is_running_, "a snapshot of {} is restored outside an episode; reset first", options_.address);
    world_->send_restore(0, snapshot);
    return take(world_->wait_row());
  }

 private:
  void reconnect() {
    auto world = std::make_unique<RemoteWorld>(options_, 1);
    if (world->spec().frame != spec_.frame || world->spec().controls != spec_.controls ||
        world->spec().snapshot_bytes != spec_.snapshot_bytes)
      fail(ErrorKind::kNetwork, "{} serves another world than before the connection was lost; start again",
           options_.address);
    world_ = std::move(world);
  }

  Observation wait() {
    try {
      return take(world_->wait_row());
    } catch (const Error& error) {
      // Whoever looks at the outcome later finds an episode that was cut off, not one that goes on.
      is_running_ = false;
      outcome_ = {};
      outcome_.truncated = true;
      outcome_.verdict = Verdict::kAborted;
      outcome_.reason = error.what();
      throw;
    }
  }

  Observation take(const RemoteRow& row) {
    outcome_ = *row.outcome;
    is_running_ = true;
    Observation observation = row.observation;
    if (!target_.empty()) {
      const std::size_t size = static_cast<std::size_t>(observation.frame.stride_bytes) *
                               static_cast<std::size_t>(observation.frame.height_px);
      ATOLL_CHECK(target_.size() == size, "pictures of {} bytes shall go to {} bytes", size, target_.size());
      std::copy_n(observation.frame.data, size, target_.data());
      observation.frame.data = target_.data();
    }
    return observation;
  }

  const net::ClientOptions options_;
  std::unique_ptr<RemoteWorld> world_;
  const EnvironmentSpec spec_;
  Task task_;
  Outcome outcome_;
  bool is_running_ = false;
  std::span<std::uint8_t> target_;
};

}  // namespace

std::unique_ptr<SteppedEnvironment> create_remote_environment(const net::ClientOptions& options) {
  return std::make_unique<RemoteEnvironment>(options);
}

}  // namespace atl::envs::remote
