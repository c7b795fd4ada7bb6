#include "envs/playhouse/snapshot.h"

#include "core/error.h"
#include "core/random.h"
#include "core/text.h"
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/screens.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace atl::envs::playhouse {
namespace {

constexpr std::array<char, 4> kMagic{'A', 'T', 'S', 'N'};

struct Head {
  std::array<char, 4> magic = kMagic;
  std::uint32_t version = kSnapshotVersion;
  std::array<char, 16> level{};
  std::uint64_t seed = 0;
  std::uint64_t house_hash = 0;
  std::uint64_t task_hash = 0;
  std::uint64_t checksum = 0;
};
static_assert(sizeof(Head) == 56 && std::has_unique_object_representations_v<Head>);
static_assert(std::has_unique_object_representations_v<JudgeState>, "its bytes are saved and compared");
static_assert(kSnapshotBytes % 8 == 0);

// What the episode asks for; the words do not matter.
std::uint64_t hash_of(const Task& task) {
  std::uint64_t hash = 0;
  for (const std::string_view text :
       {std::string_view(task.family), std::string_view(task.split), std::string_view(task.target)}) {
    for (const char c : text) hash = mix_bits(hash ^ static_cast<std::uint8_t>(c));
    hash = mix_bits(hash ^ 256);  // where one text ends
  }
  return mix_bits(hash ^ static_cast<std::uint64_t>(task.time_limit_s * kTickRateHz + 0.5));
}

Head head_of(const World& world, const Episode& episode, std::uint64_t seed) {
  Head head;
  const std::string_view level = world.house().level->name;
  ATOLL_CHECK(level.size() < head.level.size(), "level \"{}\" has a longer name than snapshots can hold", level);
  std::copy(level.begin(), level.end(), head.level.begin());
  head.seed = seed;
  head.house_hash = world.house().hash;
  head.task_hash = hash_of(episode.task);
  return head;
}

std::string_view level_of(const Head& head) {
  return {head.level.data(),
          static_cast<std::size_t>(std::find(head.level.begin(), head.level.end(), '\0') - head.level.begin())};
}

// Of everything but the checksum itself. `bytes` has the size of a snapshot.
std::uint64_t checksum_of(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kOwnPlace = offsetof(Head, checksum);
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    if (at != kOwnPlace) sum = mix_bits(sum ^ word);
  }
  return sum;
}

Head read_head(std::span<const std::uint8_t> bytes) {
  Head head;
  constexpr std::size_t kUpToVersion = offsetof(Head, level);
  if (bytes.size() < kUpToVersion || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0)
    fail(ErrorKind::kFormat, "{} bytes that do not begin with \"ATSN\" are no snapshot of Playhouse", bytes.size());
  std::memcpy(static_cast<void*>(&head), bytes.data(), kUpToVersion);
  if (head.version != kSnapshotVersion)
    fail(ErrorKind::kVersion, "snapshot of format {}, this Atoll reads {}; restore it with the Atoll that saved it",
         head.version, kSnapshotVersion);
  if (bytes.size() != kSnapshotBytes)
    fail(ErrorKind::kFormat, "snapshot of {} bytes, expected {}: it was cut or something was added", bytes.size(),
         kSnapshotBytes);
  std::memcpy(&head, bytes.data(), sizeof head);
  if (const std::uint64_t sum = checksum_of(bytes); sum != head.checksum)
    fail(ErrorKind::kFormat, "snapshot whose bytes add up to {}, but it says {}: it was changed", to_hex(sum),
         to_hex(head.checksum));
  return head;
}

void check_episode(const Head& head, const Head& here, const Episode& episode) {
  if (head.level != here.level)
    fail(ErrorKind::kContract, "snapshot of the level \"{}\", the present one is \"{}\"; make a world of that level",
         level_of(head), level_of(here));
  if (head.seed != here.seed)
    fail(ErrorKind::kContract, "snapshot of seed {}, the present episode has seed {}; reset with seed {} first",
         head.seed, here.seed, head.seed);
  if (head.task_hash != here.task_hash)
    fail(ErrorKind::kContract,
         "snapshot of another task of seed {} than the present one, \"{}\" ({}, {} s); reset with its task first",
         head.seed, episode.task.target, episode.task.split, episode.task.time_limit_s);
  if (head.house_hash != here.house_hash)
    fail(ErrorKind::kContract,
         "snapshot of seed {} in another house ({}, here {}): it was saved by another version of this world", head.seed,
         to_hex(head.house_hash), to_hex(here.house_hash));
}

// Looks through a snapshot for what could not be. Keeps the first problem.
class Inspection {
 public:
  Inspection(const World& world, const Snapshot& snapshot)
      : world_(world), house_(world.house()), state_(snapshot.state), judge_(snapshot.judge) {}

  std::string problem() {
    for (std::size_t i = 0; i < kMaxPlayers; ++i) look_at_player(i);
    for (std::size_t i = 0; i < kMaxThings; ++i) look_at_thing(i);
    for (std::size_t i = 0; i < kMaxFixtures; ++i) look_at_fixture(i);
    const ThingSet things = set_of(house_.things.size()) - 1;
    expect((state_.restless & ~things) == 0 && state_.padding == 0, "the set of restless things");
    expect(is_within(state_.num_ticks, 0, world_.quest().limit_ticks), "the number of ticks");
    look_at_judge();
    return std::move(problem_);
  }

 private:
  static constexpr std::int32_t kMostSpeed = kRoomHeight;       // a tick; a fall from the ceiling ends much slower
  static constexpr std::int32_t kMostHeight = 2 * kRoomHeight;  // nothing stops who jumps from a tower of blocks

  static bool is_within(std::int64_t value, std::int64_t low, std::int64_t high) {
    return value >= low && value <= high;
  }

  template <class... Where>
  void expect(bool holds, fmt::format_string<Where...> what, Where&&... where) {
    if (!holds && problem_.empty())
      problem_ = fmt::format(what, std::forward<Where>(where)...) + " cannot be as the snapshot says";
  }

  [[nodiscard]] bool is_thing_here(Entity entity) const {
    return entity.is_thing() && entity.thing() < house_.things.size();
  }
  [[nodiscard]] bool is_here(Entity entity) const {
    if (entity.is_player()) return entity.player() < static_cast<std::size_t>(world_.num_players());
    return is_thing_here(entity) || (entity.is_fixture() && entity.fixture() < house_.fixtures.size());
  }
  [[nodiscard]] bool is_player_here(std::uint8_t player) const { return player < world_.num_players(); }
  [[nodiscard]] bool is_near_house(Vec2 p) const {
    const Rect bounds = house_.bounds();
    constexpr std::int32_t kMargin = 2 * kMetre;
    return is_within(p.x, bounds.low.x - kMargin, bounds.high.x + kMargin) &&
           is_within(p.y, bounds.low.y - kMargin, bounds.high.y + kMargin);
  }

  void look_at_player(std::size_t i) {
    const PlayerState& p = state_.players[i];
    if (!is_player_here(static_cast<std::uint8_t>(i)))
      return expect(p == world_.start().players[i], "player {}, who does not play,", i);
    expect(house_.cell_at(p.position) >= 0 && is_within(p.z, 0, kMostHeight), "where player {} stands", i);
    expect(is_within(p.rise_speed, -kMostSpeed, kMostSpeed), "how fast player {} rises", i);
    expect(is_within(p.heading, 0, kTurn - 1) && is_within(p.pitch, -kPitchLimit, kPitchLimit), "where player {} looks",
           i);
    expect(is_within(p.carry_distance, kCarryNearest, kCarryFarthest), "how far away player {} carries", i);
    expect(p.screen <= Screen::kMenu && is_within(p.pointer_x, 0, kCanvasWidth * kCountsPerUnit - 1) &&
               is_within(p.pointer_y, 0, kCanvasHeight * kCountsPerUnit - 1),
           "the screen of player {}", i);
    expect(p.held_keys < (1u << kNumKeyBits) && p.settings < 8 && p.padding == decltype(p.padding){},
           "keys and settings of player {}", i);
    expect(!p.holding.is_some() || (is_thing_here(p.holding) && is_kept(p.holding.thing(), i, Place::kHeld)),
           "what player {} holds", i);
    ThingSet seen = 0;
    for (const std::uint8_t thing : p.bag) {
      if (thing == kNothing) continue;
      const bool is_there = is_thing_here({thing}) && is_kept(thing, i, Place::kStored) && !(seen & set_of(thing));
      expect(is_there, "the bag of player {}", i);
      if (is_there) seen |= set_of(thing);
    }
  }

  [[nodiscard]] bool is_kept(std::size_t thing, std::size_t player, Place place) const {
    return state_.things[thing].place == place && state_.things[thing].owner == player;
  }

  void look_at_thing(std::size_t i) {
    const ThingState& t = state_.things[i];
    if (i >= house_.things.size()) return expect(t == ThingState{}, "thing {}, which is not there,", i);
    expect(t.place <= Place::kStored && t.padding == 0, "the place of thing {}", i);
    expect(is_within(t.heading, 0, kTurn - 1) && is_within(t.fall_speed, 0, kMostSpeed), "how thing {} moves", i);
    expect(!t.support.is_some() || (is_here(t.support) && !t.support.is_player() && t.support != thing_entity(i)),
           "what thing {} stands on", i);
    expect(is_near_house(t.position.flat()) && is_within(t.position.z, 0, kMostHeight), "where thing {} is", i);
    if (t.place == Place::kHeld || t.place == Place::kStored) {
      const auto is_with_owner = [&] {
        const PlayerState& owner = state_.players[t.owner];
        if (t.place == Place::kHeld) return owner.holding == thing_entity(i);
        return std::find(owner.bag.begin(), owner.bag.end(), i) != owner.bag.end();
      };
      expect(is_player_here(t.owner) && is_with_owner(), "whom thing {} is with", i);
    } else {
      expect(t.owner == kNothing && house_.cell_at(t.position.flat()) >= 0, "where thing {} lies", i);
    }
  }

  void look_at_fixture(std::size_t i) {
    const FixtureState& f = state_.fixtures[i];
    if (i >= house_.fixtures.size()) return expect(f == FixtureState{}, "fixture {}, which is not there,", i);
    const std::int32_t widest = is_hinged(house_.fixtures[i].kind) ? kOpenAngle : 0;
    expect(is_within(f.angle, 0, widest) && f.is_on <= 1, "fixture {}", i);
  }

  void look_at_judge() {
    for (std::size_t i = 0; i < judge_.clauses.size(); ++i) {
      const JudgeState::OfClause& clause = judge_.clauses[i];
      const Verb verb = world_.quest().clause(static_cast<int>(i)).verb;
      const bool is_known = verb == Verb::kDrop ? is_thing_here(clause.candidate) : is_here(clause.candidate);
      expect(is_within(clause.ticks, 0, state_.num_ticks) && clause.is_done <= 1 &&
                 clause.padding == decltype(clause.padding){} && (!clause.candidate.is_some() || is_known),
             "what the judge has seen");
    }
    constexpr std::int32_t kMostTurned = 1 << 30;
    constexpr std::int32_t kMostPushed = 1 << 29;
    expect(is_within(judge_.turned, -kMostTurned, kMostTurned) && is_near_house(judge_.begun_at) &&
               is_within(judge_.begun_heading, 0, kTurn - 1),
           "where the judge began");
    for (const Vec2 pushed : judge_.pushed) {
      expect(is_within(pushed.x, -kMostPushed, kMostPushed) && is_within(pushed.y, -kMostPushed, kMostPushed),
             "how far things were pushed");
    }
    expect(judge_.verdict <= Verdict::kAborted && static_cast<int>(judge_.deed) < kNumDeeds &&
               (!judge_.object.is_some() || is_here(judge_.object)) && judge_.padding == 0,
           "the verdict");
    look_at_seen();
  }

  // Numbers from 1 without gaps, of things that are here.
  void look_at_seen() {
    std::array<int, kMaxThings + 1> times{};
    std::size_t most = 0;
    for (std::size_t i = 0; i < judge_.seen.size(); ++i) {
      const std::size_t order = judge_.seen[i];
      const bool may_be_seen = house_.level->remembers && i < house_.things.size();
      expect(order == 0 || (may_be_seen && order <= kMaxThings && ++times[order] == 1), "when thing {} was seen", i);
      most = std::max(most, order);
    }
    for (std::size_t order = 1; order <= std::min(most, std::size_t{kMaxThings}); ++order)
      expect(times[order] == 1, "the order in which things were seen");
  }

  const World& world_;
  const House& house_;
  const State& state_;
  const JudgeState& judge_;
  std::string problem_;
};

}  // namespace

std::vector<std::uint8_t> to_bytes(const World& world, const Episode& episode, std::uint64_t seed) {
  std::vector<std::uint8_t> bytes(kSnapshotBytes);
  Head head = head_of(world, episode, seed);
  const Snapshot& now = world.snapshot();
  std::memcpy(bytes.data(), &head, sizeof head);
  std::memcpy(bytes.data() + sizeof head, &now.state, sizeof now.state);
  std::memcpy(bytes.data() + sizeof head + sizeof now.state, &now.judge, sizeof now.judge);
  head.checksum = checksum_of(bytes);
  std::memcpy(bytes.data() + offsetof(Head, checksum), &head.checksum, sizeof head.checksum);
  return bytes;
}

Snapshot from_bytes(std::span<const std::uint8_t> bytes, const World& world, const Episode& episode,
                    std::uint64_t seed) {
  const Head head = read_head(bytes);
  check_episode(head, head_of(world, episode, seed), episode);
  Snapshot snapshot;
  std::memcpy(&snapshot.state, bytes.data() + sizeof head, sizeof snapshot.state);
  std::memcpy(&snapshot.judge, bytes.data() + sizeof head + sizeof snapshot.state, sizeof snapshot.judge);
  if (const std::string problem = problem_of(world, snapshot); !problem.empty())
    fail(ErrorKind::kFormat, "snapshot of seed {}: {}", seed, problem);
  return snapshot;
}

std::string problem_of(const World& world, const Snapshot& snapshot) { return Inspection(world, snapshot).problem(); }

}  // namespace atl::envs::playhouse
