// Who takes part: islands that joined, and whether they are still there. An island is known by its name; each time it
// joins it gets a higher incarnation, and what bears an older one is refused, so that a process that hung, was given up
// and woke again can do no harm. Life is told by beats alone, never by broken connections: networks lie.
// Time is any monotonic clock, the simulator's too. One thread.
#pragma once

#include "core/clock.h"
#include "core/config.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::distributed {

struct MemberRules {
  double beat_s = 0.5;     // islands say so often that they are alive
  double silence_s = 4.0;  // without a beat for so long, an island is taken for dead
  double stall_s = 9.0;  // beats without a step for so long, or for stall_steps of its own steps, whichever is longer:
  double stall_steps = 20;  // it hangs. Not while it says that it plays, measures or saves
};

void describe(ConfigVisitor& v, MemberRules& rules);

/// What an island says of itself with each beat.
struct Beat {
  std::int64_t step = 0;       // inner steps done since it joined
  double step_s = 0;           // of late, computing alone; 0: not known yet
  std::int64_t drawn = 0;      // tokens learned from since it joined
  std::string work = "train";  // "train", "wait" (for the exchange), "join", "other" (plays, measures, saves)
};

void describe(ConfigVisitor& v, Beat& beat);

struct Member {
  std::string name;
  std::uint64_t process = 0;      // number that the process drew: which of two with the same name it is
  std::uint64_t incarnation = 0;  // from 1
  Timestamp joined{};
  Timestamp heard{};    // last
  Timestamp stepped{};  // last beat with a new step, or with other work than training
  Beat beat;
};

/// Whether a message is of a member.
enum class Standing : std::uint8_t {
  kMember,
  kUnknown,     // never joined, left, or was given up: it may join again
  kSuperseded,  // another process joined by this name since: it has to end
};

[[nodiscard]] std::string_view to_string(Standing standing);

/// What of a member outlives a restart.
struct KeptMember {
  std::string name;
  std::uint64_t process = 0;
  std::uint64_t incarnation = 0;  // the last one by that name
  bool is_member = false;
};

void describe(ConfigVisitor& v, KeptMember& kept);

class Members {
 public:
  explicit Members(const MemberRules& rules) : rules_(rules) {}

  /// Takes in the island, or gives the incarnation that it has already if the same process asks again. A process that
  /// is still a member by that name is superseded by another.
  std::uint64_t join(const std::string& name, std::uint64_t process, Timestamp now);
  /// Notes that it is alive, and what it says if it is a member.
  Standing beat(const std::string& name, std::uint64_t incarnation, const Beat& beat, Timestamp now);
  /// Notes that it is alive, if it is a member.
  void hear(const std::string& name, Timestamp now);
  /// Notes when it was heard last, by somebody else.
  void note_heard(const std::string& name, Timestamp heard);
  [[nodiscard]] Standing standing(const std::string& name, std::uint64_t incarnation) const;
  /// Takes it out, if it is in.
  void remove(const std::string& name);

  struct Lost {
    std::string name;
    std::string reason;
    std::int64_t drawn = 0;  // by its last beat
  };
  /// Everyone that is dead or hangs, once each.
  [[nodiscard]] std::vector<Lost> find_lost(Timestamp now);
  /// Takes them out.
  [[nodiscard]] std::vector<Lost> remove_lost(Timestamp now);
  /// Before this, `remove_lost` finds nobody; nothing if there is nobody at all.
  [[nodiscard]] std::optional<Timestamp> next_loss() const { return next_loss_; }

  /// By name, which is the order of sums.
  [[nodiscard]] const std::map<std::string, Member>& all() const { return members_; }
  [[nodiscard]] bool has(const std::string& name) const { return members_.contains(name); }

  /// Median of the members' step times; 0 if none is known.
  [[nodiscard]] double step_s() const;

  /// Steps that the island makes in a window where the fastest make `steps`: floor(v / v_max * steps), at least 1,
  /// v_max being the 0.9 quantile of the members' speeds (DyLU, Async Local-SGD 2401.09135).
  [[nodiscard]] std::int64_t dynamic_steps(const std::string& name, std::int64_t steps) const;

  /// Everyone that ever joined.
  [[nodiscard]] std::vector<KeptMember> kept() const;
  /// Members are taken for heard of at `now`: they have time to find the way back.
  void restore(std::span<const KeptMember> kept, Timestamp now);

 private:
  [[nodiscard]] Timestamp silent_at(const Member& member) const;
  [[nodiscard]] std::optional<Timestamp> stalled_at(const Member& member) const;
  [[nodiscard]] Timestamp lost_at(const Member& member) const;
  void enter(const KeptMember& kept, Timestamp now);

  MemberRules rules_;
  std::map<std::string, Member> members_;
  std::map<std::string, KeptMember> known_;  // everyone that ever joined; is_member is filled in by kept()
  std::optional<Timestamp> next_loss_;       // looked for anew only then: beats are many, and only put it off
};

}  // namespace atl::distributed
