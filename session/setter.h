// A second person at a live session: sees what the player sees, says what is to be done, and marks whether it was. What
// they say lands in the recording with its times, as instructions of the source `setter`.
//
// `Setter` is the person's side, implemented by web/setter_page.h. `SetterRoom` brings them together with a session: it
// stands around the world (whose pictures it passes on), around the sink (which gets the instructions) and around the
// player (who is told). The session itself knows nothing of it.
#pragma once

#include "envs/environment.h"
#include "session/episode.h"
#include "session/player.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace atl::session {

/// One thing that a setter said. Each ends the instruction before it.
struct SetterWord {
  enum class Kind : std::uint8_t { kInstruct, kSucceeded, kFailed, kWithdrawn };
  Kind kind = Kind::kInstruct;
  Timestamp time;      // when they said it
  std::string text{};  // of kInstruct
};

/// How the session stands, for the setter.
struct SetterStatus {
  bool in_episode = false;
  std::uint64_t episode = 0;              // counts from 0
  Timestamp begin{};                      // of the episode
  std::vector<Instruction> instructions;  // the setter's in this episode, in order; the last one may be open
  friend bool operator==(const SetterStatus&, const SetterStatus&) = default;
};

class Setter {
 public:
  virtual ~Setter() = default;
  /// A new picture. The camera's thread; copies what it wants and returns at once.
  virtual void show(const Frame& frame) = 0;
  /// What was said since the last call, in order. The session's thread; never blocks.
  [[nodiscard]] virtual std::vector<SetterWord> poll_words() = 0;
  /// Called when it changes. The session's thread; never blocks.
  virtual void tell(const SetterStatus& status) = 0;
};

/// One session's. Owned by whoever runs it; everything that `join` gives out is done with before it goes.
class SetterRoom {
 public:
  /// Borrows `setter`. `tell_player`: called when what is asked for changes, with the words (empty: nothing) and where
  /// the game's window is on its screen; may be empty.
  SetterRoom(Setter& setter, std::function<void(const std::string& text, const WindowGeometry& window)> tell_player);
  SetterRoom(const SetterRoom&) = delete;
  SetterRoom& operator=(const SetterRoom&) = delete;
  ~SetterRoom();

  [[nodiscard]] std::unique_ptr<envs::LiveEnvironment> join(std::unique_ptr<envs::LiveEnvironment> world);
  /// A player that is told what the setter says, where they said something, instead of the session's instruction.
  [[nodiscard]] std::unique_ptr<Player> join(std::unique_ptr<Player> player);
  /// `sink` (null: nothing is recorded) is borrowed; `write` hands an instruction to the same recording: once when it
  /// begins, again with its end and mark.
  [[nodiscard]] std::unique_ptr<EpisodeSink> join(EpisodeSink* sink,
                                                  std::function<void(const Instruction& instruction)> write);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace atl::session
