#include "envs/playhouse/deed.h"

#include <fmt/format.h>

#include <array>

namespace atl::envs::playhouse {
namespace {

// {}: the object.
constexpr std::array<std::string_view, kNumDeeds> kTexts{"did nothing",
                                                         "looked at the {}",
                                                         "turned left",
                                                         "turned right",
                                                         "went to the {}",
                                                         "walked forward",
                                                         "walked back",
                                                         "jumped",
                                                         "went to the room",
                                                         "found the {}",
                                                         "picked up the {}",
                                                         "put down the {}",
                                                         "put the {} there",
                                                         "opened the {}",
                                                         "closed the {}",
                                                         "turned on the {}",
                                                         "turned off the {}",
                                                         "pressed the {}",
                                                         "pushed the {}",
                                                         "pushed the {} there",
                                                         "built it",
                                                         "opened the menu",
                                                         "closed the menu",
                                                         "opened the bag",
                                                         "closed the bag",
                                                         "put the {} into the bag",
                                                         "took the {} out of the bag",
                                                         "switched a setting",
                                                         "handed over the {}",
                                                         "both stood on plates",
                                                         "held the door open",
                                                         "went back to the start"};

}  // namespace

std::string to_text(Deed deed, std::string_view object) {
  return fmt::format(fmt::runtime(kTexts[static_cast<std::size_t>(deed)]), object);
}

}  // namespace atl::envs::playhouse
