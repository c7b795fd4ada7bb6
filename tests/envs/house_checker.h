// An independent, slow reader of houses: it knows the promises of envs/house/house.h and nothing of how they are kept.
#pragma once

#include "envs/house/house.h"

#include <string>
#include <vector>

namespace atl::envs::house {

/// Every broken promise, in words; empty for a whole house.
[[nodiscard]] std::vector<std::string> problems_of(const House& house);

/// The floor seen from above as text, 0.25 m a character. Walls #, windows =, doorways +, open doors /, shut ones %;
/// furniture in capitals (Table, Shelf, Bed, boX, bAsket, Lamp, tV, Plant, bUtton, plate _), switches !, things in
/// small letters by shape (ball o, cube q, cYlinder, cone v, Duck, Mug, book h, Key, Teddy, block n), starts 1 and 2.
[[nodiscard]] std::string picture_of(const House& house);

/// Adds a failure with the problems and the picture to the running test, if there are problems.
void expect_whole(const House& house, std::uint64_t seed);

}  // namespace atl::envs::house
