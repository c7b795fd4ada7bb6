// How worlds speak on the wire: the fields of every body that a world's server and client exchange, each in one place.
// A new field of Task, Outcome or EnvironmentSpec is one line in wire.cpp; both sides must then be of the same Atoll.
#pragma once

#include "core/action.h"
#include "core/config.h"
#include "envs/environment.h"
#include "envs/task.h"
#include "net/pack.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace atl::envs {

void describe(ConfigVisitor& v, Outcome& outcome);
void describe(ConfigVisitor& v, EnvironmentSpec& spec);

namespace remote {

/// An action in few bytes: controls by index in the vocabulary (core/controls.h).
struct WireAction {
  std::vector<int> held{};     // indices, each once
  std::vector<int> presses{};  // index and count by turns: [22, 1, 96, 2]
  int dx = 0;
  int dy = 0;
  int wheel = 0;
  std::vector<int> pointer{};  // x_px and y_px, or nothing
};

void describe(ConfigVisitor& v, WireAction& action);
[[nodiscard]] WireAction to_wire(const Action& action);
/// Throws Error(kFormat), naming the field, for lists of odd length, controls twice, and counts out of range.
[[nodiscard]] Action from_wire(const WireAction& action);

/// RESET: which episode.
struct ResetBody {
  std::uint64_t seed = 0;
  Task task;
};

void describe(ConfigVisitor& v, ResetBody& body);

/// OBS of a world, beside the picture (BGRA8, packed, the third part) and, in the header, tick, world time and episode.
struct ObsBody {
  std::string instruction;
  Outcome outcome;         // for judges and recorders: clients keep it from players
  std::vector<Task> task;  // one, in the answer to RESET: with what the world drew filled in
};

void describe(ConfigVisitor& v, ObsBody& body);

/// SNAPSHOT has no body; its answer and RESTORE have the snapshot as the third part. RESTORE is answered by OBS without
/// a task, and begins an episode by its number, so that a step that was on its way is refused.
///
/// SPEC of a world has an EnvironmentSpec as its body: larger than others, because it may list a whole grammar.
inline constexpr net::PackLimits kSpecLimits{.max_bytes = std::size_t{1} << 24, .max_values = std::size_t{1} << 20};

}  // namespace remote
}  // namespace atl::envs
