#include "trainer/example.h"

#include <cstddef>

namespace atl::trainer {
namespace {

// Row `t` of values that come by the step, `count` of each.
template <class T>
std::vector<T> row_of(const std::vector<T>& values, std::size_t t, std::size_t count) {
  if (values.empty()) return {};
  const auto begin = values.begin() + static_cast<std::ptrdiff_t>(t * count);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace

Example last_step_of(const Example& e, const ExampleShape& shape) {
  const auto t = static_cast<std::size_t>(e.num_steps - 1);
  const std::size_t asked = e.instructions.size();
  const auto past = static_cast<std::size_t>(shape.past_actions);
  const auto chunk = static_cast<std::size_t>(shape.chunk_actions);
  const std::size_t patches = asked * static_cast<std::size_t>(shape.roles * shape.num_patches());
  Example last = {.frames = row_of(e.frames, t, shape.frame_bytes()),
                  .cached = row_of(e.cached, t, 1),
                  .num_steps = 1,
                  .instructions = e.instructions,
                  .chunks = row_of(e.chunks, t, asked * chunk),
                  .chunk_mask = row_of(e.chunk_mask, t, asked * chunk),
                  .past = row_of(e.past, t, past),
                  .past_known = row_of(e.past_known, t, past),
                  .patches = row_of(e.patches, t, patches),
                  .names = e.names,
                  .goals = row_of(e.goals, t, asked)};
  last.goal_frame = e.goal_frame;
  last.grounds = e.grounds;
  last.held_out = e.held_out;
  last.weight = e.weight;
  last.world = e.world;
  last.source = e.source;
  return last;
}

}  // namespace atl::trainer
