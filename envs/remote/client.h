// A world that lives behind a server (`remote:ADDRESS`): as one `SteppedEnvironment`, or as several environments over
// one connection whose requests overlap. What is hidden stays there: there is no oracle. It is a world for one: where
// the served one has more players, the others stand still.
//
// A server that is killed or cut off is noticed after 5 s of silence: the call throws Error(kNetwork), and the episode
// counts as truncated. Nothing waits for ever.
#pragma once

#include "envs/environment.h"
#include "net/client.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace atl::envs::remote {

/// What an environment answered to one send_reset, send_step, send_save or send_restore.
struct RemoteRow {
  int environment = 0;
  bool is_first = false;             // the answer to a reset
  Observation observation;           // valid until this environment is sent again; none in the answer to send_save
  const Outcome* outcome = nullptr;  // as long as the observation
  std::span<const std::uint8_t> snapshot{};  // the answer to send_save, as long as the observation
};

/// Environments 0 .. num_environments - 1 of one connection, each with at most one request under way. One thread.
class RemoteWorld {
 public:
  /// Connects. Throws Error(kNetwork) when that fails, or the server allows fewer environments.
  RemoteWorld(const net::ClientOptions& options, int num_environments);
  RemoteWorld(const RemoteWorld&) = delete;
  RemoteWorld& operator=(const RemoteWorld&) = delete;
  ~RemoteWorld();

  [[nodiscard]] const EnvironmentSpec& spec() const { return spec_; }
  /// With everything that the world drew; valid until the next reset of that environment.
  [[nodiscard]] const Task& task(int environment) const;

  /// Never blocks.
  void send_reset(int environment, std::uint64_t seed, const Task& task);
  void send_step(int environment, const Action& action);
  /// Snapshots (envs/snapshots.h) of the episode under way. Throws Error(kFormat) for one of another size; what else is
  /// wrong with it the server says, in wait_row, and the episode goes on as it was.
  void send_save(int environment);
  void send_restore(int environment, std::span<const std::uint8_t> snapshot);
  /// The next row, in the order in which they come. Throws Error(kEnvironment) with the world's own words when it
  /// refused a task or failed (other environments are untouched), Error(kNetwork) when the server is lost.
  [[nodiscard]] RemoteRow wait_row();

  [[nodiscard]] bool is_lost() const { return client_.is_lost(); }

 private:
  enum class Asked : std::uint8_t { kReset, kStep, kSave, kRestore };
  struct Slot {
    bool in_flight = false;
    Asked asked = Asked::kReset;  // what is in flight
    std::uint64_t request = 0;    // what is in flight
    std::uint32_t episode = 0;    // 0: none
    std::uint64_t tick = 0;
    Task task;
    Outcome outcome;
    std::string instruction;
    net::Parts parts;  // holds the picture
  };
  [[nodiscard]] Slot& slot_to_send(int environment);
  void send(int environment, Asked asked, net::Part body, std::span<const net::Part> buffers = {});
  [[nodiscard]] RemoteRow take(Slot& slot, net::Answer answer);
  [[nodiscard]] RemoteRow take_snapshot(Slot& slot, net::Answer answer);

  net::Client client_;
  EnvironmentSpec spec_;
  std::vector<Slot> slots_;
};

/// A stepped world behind `options.address`. After a lost connection, `reset` connects anew. Throws like RemoteWorld.
[[nodiscard]] std::unique_ptr<SteppedEnvironment> create_remote_environment(const net::ClientOptions& options);

}  // namespace atl::envs::remote
