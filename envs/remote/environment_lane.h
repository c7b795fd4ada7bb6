// One environment behind a server: what SPEC, RESET, STEP, OUTCOME, SNAPSHOT and RESTORE of one env_id do. One player
// acts and sees; others, where the world has them, stand still. Used by envs/remote/environment_server.cpp.
#pragma once

#include "envs/environment.h"
#include "envs/remote/wire.h"
#include "net/server.h"

#include <memory>

namespace atl::envs::remote {

class EnvironmentLane final : public net::Lane {
 public:
  explicit EnvironmentLane(std::unique_ptr<SteppedEnvironment> environment);
  [[nodiscard]] std::shared_ptr<const net::Reply> handle(const net::Request& request) override;

 private:
  using ReplyPtr = std::shared_ptr<const net::Reply>;
  [[nodiscard]] ReplyPtr reset(const net::Request& request);
  [[nodiscard]] ReplyPtr step(const net::Request& request);
  [[nodiscard]] ReplyPtr outcome() const;
  [[nodiscard]] ReplyPtr snapshot(const net::Request& request);
  [[nodiscard]] std::shared_ptr<net::Reply> draw_target();
  void fill(net::Reply& reply, const Observation& observation, const Task* task);

  std::unique_ptr<SteppedEnvironment> environment_;
  std::uint32_t episode_ = 0;          // counts resets, from 1, those that failed too, and restores
  bool is_running_ = false;            // an episode is there to be stepped
  std::uint64_t tick_ = 0;             // steps since the reset
  std::shared_ptr<net::Reply> last_;   // the newest OBS: given again when its request is repeated
  std::shared_ptr<net::Reply> spare_;  // the one before, whose memory is used again once it has been sent
};

}  // namespace atl::envs::remote
