// Two windows, one house, a player each. Both windows carry out every tick with both players' inputs, and the world is
// the same bits everywhere, so only inputs travel: through a Unix socket, one JSON object a line.
//
//   {"lockstep": 1}                              both, first: the version of this protocol
//   {"start": n, "level", "reskin", "seed", "task", "state_hash"}   host: episode n, with everything about it resolved
//   {"ready": n, "state_hash"}                   guest: has it, too
//   {"go": n}                                    host: both clocks start
//   {"input": [n, tick, dx, dy, wheel, held, pressed]}   both, once a tick and in order
//   {"hash": [n, tick], "state_hash"}            both, every 60 ticks and at the end
//   {"leave": "reason"}                          both, last
//
// What is pressed counts kInputDelay ticks later, on both sides, so that it has arrived when it is needed; a side that
// lags is waited for. The host is player 0 and decides what is played; the guest is player 1. One thread a side.
#pragma once

#include "envs/desktop/playhouse_window/line_input.h"
#include "envs/playhouse/episode.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace atl::envs::desktop {

inline constexpr int kLockstepVersion = 1;
inline constexpr int kInputDelay = 2;  // ticks

/// An episode to be played by both.
struct SharedStart {
  playhouse::EpisodeOptions world;
  std::uint64_t seed = 0;
  Task task;                     // as resolved by the host
  std::uint64_t state_hash = 0;  // at its beginning
};

class Lockstep {
 public:
  /// Listens at `socket`, a path that nobody else listens at; the file is removed in the end. Throws Error(kNetwork)
  /// naming the path.
  [[nodiscard]] static std::unique_ptr<Lockstep> host(const std::filesystem::path& socket);
  /// Throws Error(kNetwork) when nobody listens there.
  [[nodiscard]] static std::unique_ptr<Lockstep> join(const std::filesystem::path& socket);
  Lockstep(const Lockstep&) = delete;
  Lockstep& operator=(const Lockstep&) = delete;
  ~Lockstep();

  [[nodiscard]] bool is_host() const { return player_ == 0; }
  [[nodiscard]] std::size_t player() const { return player_; }
  [[nodiscard]] bool is_connected() const { return fd_ >= 0; }
  /// Why the other side is gone; empty until it has left, and again when another one is there.
  [[nodiscard]] const std::string& farewell() const { return farewell_; }

  /// Takes what has come and lets a guest in. Never blocks. Throws Error(kEnvironment) naming the tick where the two
  /// worlds differ; whatever else is wrong with the other side makes it one that has left.
  void poll();

  /// Host: what is to be played next. It is told to the guest, also to one that comes later.
  void offer(const SharedStart& start);
  /// Guest: the host's next episode, once.
  [[nodiscard]] std::optional<SharedStart> poll_start();
  /// Guest: it has made that episode; `state_hash`: of its own.
  void accept(std::uint64_t state_hash);
  /// True once in an episode: both sides have it, and it begins now.
  [[nodiscard]] bool poll_begin();

  /// Whether the own input that `tick` waits for was not given yet: that of kInputDelay ticks later.
  [[nodiscard]] bool wants_input(int tick) const;
  void give_input(const playhouse::TickInput& input);
  /// Both players' inputs of `tick`, as soon as the other's is here. Ticks are asked for in order.
  [[nodiscard]] std::optional<playhouse::PlayerInputs> inputs_of(int tick) const;
  /// After `num_ticks` ticks this side's world has this hash. Throws like `poll`.
  void check(int num_ticks, std::uint64_t state_hash);

  /// Says goodbye; nothing is sent after it. `poll` of a host lets the next guest in.
  void leave(std::string_view reason);

 private:
  struct Checked {
    int num_ticks = 0;
    std::uint64_t state_hash = 0;
  };

  Lockstep(std::size_t player, int listener, int fd, std::filesystem::path socket);
  void greet(int fd);
  void send(const std::string& line);
  void take(const std::string& line);
  void part(std::string reason);
  void begin_inputs();
  void compare();

  const std::size_t player_;
  const int listener_;  // of the host; else -1
  int fd_;              // to the other side; -1: nobody
  const std::filesystem::path socket_;
  std::optional<LineInput> lines_;
  bool is_greeted_ = false;
  std::string farewell_;
  std::uint64_t episode_ = 0;  // number of the present one; 0: none
  std::optional<SharedStart> start_;
  bool is_new_ = false;    // guest: start_ was not taken yet
  bool is_ready_ = false;  // host: the guest has it. Guest: the host said go
  bool has_begun_ = false;
  std::vector<playhouse::TickInput> own_;  // by tick
  std::vector<playhouse::TickInput> others_;
  std::deque<Checked> own_hashes_;  // that have no counterpart yet
  std::deque<Checked> other_hashes_;
};

}  // namespace atl::envs::desktop
