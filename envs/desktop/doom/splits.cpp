#include "envs/desktop/doom/splits.h"

namespace atl::envs::desktop {
namespace {

constexpr std::size_t kDemosToHoldOut = 3;
constexpr std::size_t kDemosToDevelop = 4;

}  // namespace

std::vector<std::string> split_demos(std::span<const int> num_players) {
  std::vector<std::string> splits(num_players.size(), "training");
  for (const bool several : {false, true}) {
    std::vector<std::size_t> kind;
    for (std::size_t i = 0; i < num_players.size(); ++i) {
      if ((num_players[i] > 1) == several) kind.push_back(i);
    }
    if (kind.size() >= kDemosToHoldOut) splits[kind.back()] = "held_out";
    if (kind.size() >= kDemosToDevelop) splits[kind[kind.size() - 2]] = "development";
  }
  return splits;
}

}  // namespace atl::envs::desktop
