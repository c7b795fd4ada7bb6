// Houses as text, for messages of tests and for eyes.
#pragma once

#include "envs/playhouse/house.h"

#include <string>

namespace atl::envs::playhouse {

/// The floor seen from above as text, 0.25 m a character. Walls #, windows =, doorways +, open doors /, shut ones %;
/// furniture in capitals (Table, Shelf, Bed, boX, bAsket, Lamp, tV, Plant, bUtton, plate _), switches !, things in
/// small letters by shape (ball o, cube q, cYlinder, cone v, Duck, Mug, book h, Key, Teddy, block n), starts 1 and 2.
[[nodiscard]] std::string picture_of(const House& house);

}  // namespace atl::envs::playhouse
