// The phrase book of the house: all its words, as tables to be read and changed by hand. lexicon.h compiles them;
// nothing else includes this.
//
// Ways to say one thing are separated by " | ", the plain one first; forms of one and of several by "/". In a clause,
// {object} and {place} stand for noun phrases, {light} for one that calls a light switch a light, {room} for "the
// kitchen", {relation} for "next to", {blocks} for "three red blocks", {switch} for "on" or "off", {friend} for
// the other player, {bag} for its synonyms.
#pragma once

#include "envs/playhouse/goal.h"

#include <span>
#include <string_view>

namespace atl::envs::playhouse {

struct VerbRow {
  Verb verb;
  std::string_view training;
  std::string_view held_out;  // their words all occur in training rows
};
[[nodiscard]] std::span<const VerbRow> verb_rows();

struct NounRow {
  Noun noun;
  std::string_view words;  // the other player's: whole noun phrases
};
[[nodiscard]] std::span<const NounRow> noun_rows();
/// How people call what a light switch switches; only where it is turned on or off.
[[nodiscard]] std::string_view light_words();

/// {first} and {second} are the mission's clauses. The comma is written, not needed to be understood.
struct JointRow {
  Joint joint;
  std::string_view words;
};
[[nodiscard]] std::span<const JointRow> joint_rows();

/// The rest, in the order of their enums. Colours have no synonyms: kColourNames. Locations: {room} and {fixture} are
/// named after them.
[[nodiscard]] std::span<const std::string_view> size_rows();
[[nodiscard]] std::span<const std::string_view> room_rows();
[[nodiscard]] std::span<const std::string_view> relation_rows();
[[nodiscard]] std::span<const std::string_view> location_rows();
[[nodiscard]] std::span<const std::string_view> structure_rows();
[[nodiscard]] std::span<const std::string_view> setting_rows();
[[nodiscard]] std::string_view bag_words();

/// "two" .. "five"; digits are understood too.
inline constexpr std::array<std::string_view, 4> kNumberWords{"two", "three", "four", "five"};

}  // namespace atl::envs::playhouse
