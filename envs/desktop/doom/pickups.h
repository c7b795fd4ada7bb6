// From messages on the screen to what the player picked up, and from that to instructions in hindsight: whoever picks
// up a shotgun at tic t did, in the seconds before, what "pick up the shotgun" asks for.
#pragma once

#include "core/instruction.h"
#include "envs/desktop/doom/hud.h"
#include "envs/desktop/doom/wad.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::envs::desktop {

/// Which message names which thing: Doom's own texts, replaced by those of the WAD's DEHACKED lump where it has any.
class PickupTable {
 public:
  explicit PickupTable(const WadFile& wad);

  struct Item {
    std::string message;  // as shown, upper case
    std::string object;   // "pump-action shotgun"
  };
  [[nodiscard]] std::span<const Item> items() const { return items_; }

  /// The thing that the message `shown` tells of, or nothing. Valid as long as this object.
  [[nodiscard]] std::optional<std::string_view> object_of(std::string_view shown) const;

 private:
  std::vector<Item> items_;
};

struct Pickup {
  std::uint64_t tic = 0;  // in which the thing was taken, from 0
  std::string object;
  std::string message;
};

/// What the status bar shows beside the message, as far as it was read.
struct StatusNumbers {
  std::optional<int> health;
  std::optional<int> armor;
};

/// Follows the message line picture by picture.
class PickupTracker {
 public:
  explicit PickupTracker(const PickupTable& table) : table_(&table) {}

  /// Takes the line as shown after tic `tic`, one call a tic. The same message again counts as another thing only when
  /// the gold flash of pickups rises, or the number that the thing adds to, because a message stays for four seconds; a
  /// line that could not be read for a moment is still there.
  [[nodiscard]] std::optional<Pickup> update(std::uint64_t tic, const HudReading& reading,
                                             const StatusNumbers& numbers = {});

 private:
  const PickupTable* table_;  // borrowed
  HudReading last_;           // the text: that of the last line that was read
  int num_empty_ = 0;         // pictures without a line since then
  StatusNumbers numbers_;     // as last read
};

/// How far an instruction in hindsight reaches back.
struct HindsightSpan {
  double longest_s = 5.0;
  double shortest_s = 2.0;  // what is taken sooner after the last instruction gets none of its own
};

/// One instruction a pickup, "pick up the " + object, marked as succeeded, given by the program. Spans do not overlap:
/// each ends with the tic of its pickup and begins no earlier than the one before it ended. `start`: when tic 0 begins.
[[nodiscard]] std::vector<Instruction> hindsight_instructions(std::span<const Pickup> pickups, Timestamp start,
                                                              const HindsightSpan& span = {});

}  // namespace atl::envs::desktop
