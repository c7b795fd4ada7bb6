// What goes wrong with files: cut, flipped, with other lengths in them, with blocks doubled or gone.
#pragma once

#include "core/random.h"

#include <cstdint>
#include <string>
#include <vector>

namespace atl::fuzz {

/// Changes `bytes` in one to three ways and returns what was done in words: "cut to 77; 3 bits flipped".
std::string mutate(Random& random, std::vector<std::uint8_t>& bytes);

}  // namespace atl::fuzz
