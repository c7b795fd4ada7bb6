// What a client of PipeWire is made of: its thread, its connection and one stream. Part of the sources of pictures and
// sound that come through PipeWire.
#pragma once

#include "capture/pipewire_state.h"

#include <pipewire/pipewire.h>

#include <functional>
#include <string>

namespace atl::capture {

struct PipeWireClient {
  /// `thread`: its name. Throws Error(kDevice) where PipeWire's library does not start in this process.
  explicit PipeWireClient(const char* thread);
  PipeWireClient(const PipeWireClient&) = delete;
  PipeWireClient& operator=(const PipeWireClient&) = delete;
  /// Ends the thread first: nothing is called back from then on.
  ~PipeWireClient();

  /// Hears what the daemon says to `core`: answers go into `server`, an error to `on_error`, in PipeWire's words, on
  /// the client's thread. Both outlive the client.
  void listen(PipeWireState& server, std::function<void(const std::string&)> on_error);
  /// Starts the thread; throws Error(kDevice).
  void start() const;
  /// Asks the daemon whether it is there: its answer is PipeWireState::answered. Returns the question's number.
  [[nodiscard]] int ask() const;

  pw_thread_loop* loop = nullptr;
  pw_context* context = nullptr;
  pw_core* core = nullptr;      // the owner connects it
  pw_stream* stream = nullptr;  // and makes this
  spa_hook core_hook{};
  spa_hook stream_hook{};
  PipeWireState* state = nullptr;  // `listen`'s, as is the next
  std::function<void(const std::string&)> error_handler;
};

/// Holds a client's thread still.
class PipeWireLock {
 public:
  explicit PipeWireLock(const PipeWireClient& client) : loop_(client.loop) { pw_thread_loop_lock(loop_); }
  PipeWireLock(const PipeWireLock&) = delete;
  PipeWireLock& operator=(const PipeWireLock&) = delete;
  ~PipeWireLock() { pw_thread_loop_unlock(loop_); }

 private:
  pw_thread_loop* loop_;
};

/// A table of callbacks, which must outlive its listener: `set` fills it.
template <class Events, class Set>
Events make_events(Set set) {
  Events events{};
  set(events);
  return events;
}

}  // namespace atl::capture
