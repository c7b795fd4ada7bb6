#include "envs/desktop/minetest/scene.h"

#include <fmt/format.h>

namespace atl::envs::desktop {
namespace {

std::optional<double> number_of(const Reading& reading, const std::string& name) {
  const auto found = reading.find(name);
  return found == reading.end() ? std::nullopt : to_number(found->second);
}

std::string text_of(const Reading& reading, const std::string& name) {
  const auto found = reading.find(name);
  return found == reading.end() ? "" : to_text(found->second);
}

std::optional<MinetestPlace> place_of(const Reading& reading, const std::string& prefix) {
  const auto x = number_of(reading, prefix + "x");
  const auto y = number_of(reading, prefix + "y");
  const auto z = number_of(reading, prefix + "z");
  if (!x || !y || !z) return std::nullopt;
  return MinetestPlace{*x, *y, *z};
}

}  // namespace

MinetestScene read_minetest_scene(const Reading& ready) {
  MinetestScene scene;
  for (int i = 0;; ++i) {
    const std::string prefix = fmt::format("objects.{}.", i);
    const auto place = place_of(ready, prefix);
    if (!place) break;
    scene.objects.push_back({text_of(ready, prefix + "name"), *place});
  }
  for (int i = 0; ready.contains(fmt::format("hotbar.{}", i)); ++i)
    scene.hotbar.push_back(text_of(ready, fmt::format("hotbar.{}", i)));
  return scene;
}

std::optional<MinetestState> read_minetest_state(const Reading& line) {
  if (text_of(line, "event") != "state") return std::nullopt;
  const auto feet = place_of(line, "");
  const auto yaw = number_of(line, "yaw");
  const auto pitch = number_of(line, "pitch");
  if (!feet || !yaw || !pitch) return std::nullopt;
  return MinetestState{.feet = *feet,
                       .yaw_deg = *yaw,
                       .pitch_deg = *pitch,
                       .wield = text_of(line, "wield"),
                       .near = text_of(line, "near"),
                       .looking = text_of(line, "looking"),
                       .looking_far = number_of(line, "looking_far").value_or(0),
                       .looking_at = place_of(line, "looking_")};
}

}  // namespace atl::envs::desktop
