#include "envs/playhouse/kinds.h"

namespace atl::envs::playhouse {
bool has_flat_top(Shape shape) { return shape == Shape::kCube || shape == Shape::kCylinder || shape == Shape::kBlock; }

}  // namespace atl::envs::playhouse
