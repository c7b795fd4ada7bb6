#include "tools/hindsight.h"

#include "core/error.h"
#include "envs/desktop/doom/pickups.h"
#include "envs/playhouse/episode.h"
#include "envs/playhouse/playhouse.h"
#include "tools/import_doom.h"

#include <fmt/format.h>

#include <algorithm>

namespace atl::tools {
namespace {

namespace doom = envs::desktop;
namespace house = envs::playhouse;
using datasets::RecordingReader;

/// Something that was done, when it was, and what would ask for it.
struct Done {
  Timestamp time;
  std::string instruction;
};

constexpr double kLongest_s = 5.0;   // how far an instruction reaches back
constexpr double kShortest_s = 0.5;  // what is done sooner after the one before gets none of its own

// Spans do not overlap: each ends with what was done and begins no earlier than the one before it ended.
std::vector<Instruction> instructions_before(const std::vector<Done>& deeds, Timestamp begin, Timestamp end) {
  std::vector<Instruction> all;
  for (const Done& done : deeds) {
    const Timestamp to = std::min(done.time, end);
    const Timestamp from = std::max(begin, to - from_seconds(kLongest_s));
    if (to - from < from_seconds(kShortest_s)) continue;
    all.push_back({done.instruction, from, to, InstructionSource::kProgram, SuccessMark::kSucceeded});
    begin = to;
  }
  return all;
}

Timestamp end_of(const RecordingReader& reader, std::size_t episode) { return reader.episodes()[episode].end->time; }

std::vector<Instruction> draft_doom(RecordingReader& reader, std::size_t episode, web::PictureSource& pictures) {
  const doom::WadFile wad(first_freedoom_wad());
  const doom::HudReader hud(wad);
  const doom::PickupTable table(wad);
  doom::PickupTracker tracker(table);
  std::vector<std::string> lines;
  for (const doom::PickupTable::Item& item : table.items()) lines.push_back(item.message);
  const std::vector<Timestamp> times(pictures.times(episode).begin(), pictures.times(episode).end());
  std::vector<Done> deeds;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (const auto pickup = tracker.update(i, hud.read_one_of(pictures.picture(episode, i), lines)))
      deeds.push_back({times[i], "pick up the " + pickup->object});
  }
  return instructions_before(deeds, reader.episodes()[episode].start.time, end_of(reader, episode));
}

// What would ask for an event; empty for those that nobody asks for by themselves.
std::string instruction_for(const house::Event& event, const house::House& where) {
  const auto named = [&](std::string_view format) {
    return fmt::format(fmt::runtime(format), house::name_at(where, event.entity));
  };
  switch (event.kind) {
    case house::EventKind::kTook: return named("pick up the {}");
    case house::EventKind::kPutDown: return named("put down the {}");
    case house::EventKind::kOpened: return named("open the {}");
    case house::EventKind::kClosed: return named("close the {}");
    case house::EventKind::kTurnedOn: return named("turn on the {}");
    case house::EventKind::kTurnedOff: return named("turn off the {}");
    case house::EventKind::kPressed: return named("press the {}");
    default: return {};
  }
}

std::vector<Instruction> draft_playhouse(RecordingReader& reader, std::size_t index, web::PictureSource& /*pictures*/) {
  const datasets::EpisodeStart& start = reader.episodes()[index].start;
  if (start.goes_on || reader.facts().clock != "world")
    fail(ErrorKind::kUsage, "only episodes of the stepped Playhouse can be played again to see what was done");
  const envs::Task task{.family = start.family,
                        .split = start.split,
                        .target = start.target,
                        .instruction = start.instruction,
                        .time_limit_s = start.time_limit_s};
  const house::Episode episode = house::create_episode(start.seed, task, envs::playhouse_named(reader.facts().world));
  house::World world(episode.house, episode.quest);
  std::vector<Done> deeds;
  for (const datasets::RecordedAction& action : reader.actions(index)) {
    if (world.is_over()) break;
    const Timestamp end = action.time + period_of(reader.facts().action_rate_hz);
    house::step(world, {&action.action, 1}, [&](auto) {
      for (const house::Event& event : world.events()) {
        std::string instruction = event.player == 0 ? instruction_for(event, episode.house) : "";
        if (!instruction.empty()) deeds.push_back({end, std::move(instruction)});
      }
    });
  }
  return instructions_before(deeds, start.time, end_of(reader, index));
}

}  // namespace

web::DraftRule find_draft_rule(const std::string& world) {
  if (world == "doom") return draft_doom;
  // What two players did cannot be told from one player's actions.
  const bool is_alone =
      world == "playhouse" || (world.starts_with("playhouse/") && !world.starts_with("playhouse/pair"));
  if (is_alone) return draft_playhouse;
  return {};
}

}  // namespace atl::tools
