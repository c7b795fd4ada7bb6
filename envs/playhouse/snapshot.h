// Snapshots as bytes: the whole state of an episode, with what is needed to refuse it where it does not belong.
//
//   0  4  magic "ATSN"       8 16  level, padded with zeros    40  8  hash of the task
//   4  4  format version    24  8  seed                        48  8  checksum of all other bytes
//                           32  8  hash of the house           56 ..  State, JudgeState, padded to whole 8 bytes
//
// Integers only, little-endian. The bytes may come from a stranger (envs/remote): what physics could not cope with (a
// thing that rests on what is not there, a player outside of the house) is refused as well as what was cut or changed.
// A state that passes may still be one that no play leads to.
#pragma once

#include "envs/playhouse/episode.h"
#include "envs/playhouse/world.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace atl::envs::playhouse {

/// To be raised with every change of State, JudgeState or what their fields mean.
inline constexpr std::uint32_t kSnapshotVersion = 2;
inline constexpr std::size_t kSnapshotBytes = 56 + (sizeof(State) + sizeof(JudgeState) + 7) / 8 * 8;

/// `world` is at the episode that `seed` and `episode.task` gave.
[[nodiscard]] std::vector<std::uint8_t> to_bytes(const World& world, const Episode& episode, std::uint64_t seed);

/// For World::restore of the same episode. Throws as Snapshots::restore does (envs/snapshots.h).
[[nodiscard]] Snapshot from_bytes(std::span<const std::uint8_t> bytes, const World& world, const Episode& episode,
                                  std::uint64_t seed);

/// What of a snapshot could not be in this world's house, in words; empty: nothing.
[[nodiscard]] std::string problem_of(const World& world, const Snapshot& snapshot);

}  // namespace atl::envs::playhouse
