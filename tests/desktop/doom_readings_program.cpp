// atoll_doom_readings WAD LUMP: plays a demo and prints what Doom's detectors read in it, for
// tools/studies/detectors.py:
// {"tic": 31, "health": 101, "ammo": 50, "armor": 0, "object": "health bonus"} a tic; what was not read is left out.
#include "core/error.h"
#include "envs/desktop/doom/demo.h"
#include "envs/desktop/doom/demo_renderer.h"
#include "envs/desktop/doom/wad.h"
#include "envs/desktop/game/game_judge.h"

#include <fmt/format.h>

#include <cstdio>

namespace {

using namespace atl;
using namespace atl::envs::desktop;

std::string json_of(const Reading& reading) {
  std::string text;
  for (const auto& [name, value] : reading) {
    const auto number = to_number(value);
    text += number ? fmt::format(", \"{}\": {}", name, *number) : fmt::format(", \"{}\": \"{}\"", name, to_text(value));
  }
  return text;
}

void print_readings(const std::string& wad_path, const std::string& lump) {
  const GameProfile profile = load_profile("doom");
  JudgeProfile pickups = judge_named(profile, "pickups");
  pickups.wad = wad_path;
  const auto messages = create_sensor(pickups, profile.folder);
  JudgeProfile numbers = judge_named(profile, "fired");
  numbers.glyphs = "wad:" + wad_path + ":STTNUM";
  const auto hud = create_sensor(numbers, profile.folder);
  messages->begin({}, "");
  hud->begin({}, "");
  const WadFile wad(wad_path);
  const DoomDemo demo = parse_demo(wad.lump(lump), lump);
  render_demo(profile, {.wad = wad_path}, demo, demo.viewed_player, [&](std::uint64_t tic, ImageView picture) {
    Frame frame = make_frame(picture.size());
    copy_packed(picture, frame.pixels);
    messages->see(frame);
    hud->see(frame);
    std::string line = fmt::format("{{\"tic\": {}", tic);
    for (const Reading& reading : hud->poll()) line += json_of(reading);
    for (const Reading& reading : messages->poll()) line += json_of(reading);
    fmt::print("{}}}\n", line);
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: atoll_doom_readings WAD LUMP\n");
    return 2;
  }
  try {
    print_readings(argv[1], argv[2]);
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
