#include "tools/bench_step_parts.h"

#include "core/clock.h"
#include "envs/playhouse/draw_faces.h"
#include "envs/playhouse/renderer.h"
#include "envs/playhouse/world.h"
#include "tools/bench_episodes.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <functional>

namespace atl::tools {
namespace {

using namespace envs::playhouse;

double us_of(const std::function<void()>& work) {
  const Timestamp begin = MonotonicClock::now();
  work();
  return 1e6 * to_seconds(MonotonicClock::now() - begin);
}

// Episodes and every state that a picture is drawn of.
class PlayedHouses {
 public:
  explicit PlayedHouses(int count) {
    const EpisodeOptions options{.level = "full"};
    episodes_ = record_bench_episodes(count, options);
    for (const BenchEpisode& played : episodes_) starts_.push_back(create_episode(played.seed, {}, options));
    states_.resize(episodes_.size());
    play([&](std::size_t episode, const World& world) {
      states_[episode].push_back(world.state());
      ++num_steps_;
    });
  }

  /// Plays all episodes; `after_step` may be empty.
  void play(const std::function<void(std::size_t episode, const World& world)>& after_step = {}) const {
    for (std::size_t i = 0; i < episodes_.size(); ++i) {
      World world(starts_[i].house, starts_[i].quest);
      for (const Action& action : episodes_[i].actions) {
        for (const TickInput& input : ticks_of(action, world.state().players[0].held_keys)) {
          if (!world.is_over()) world.tick({input});
        }
        if (after_step) after_step(i, world);
      }
    }
  }

  template <class Work>
  void for_each_state(Work work) const {
    for (std::size_t i = 0; i < states_.size(); ++i) {
      for (const State& state : states_[i]) work(starts_[i].house, state);
    }
  }

  [[nodiscard]] double num_steps() const { return static_cast<double>(num_steps_); }

 private:
  std::vector<BenchEpisode> episodes_;
  std::vector<Episode> starts_;
  std::vector<std::vector<State>> states_;  // by episode, after each step
  std::size_t num_steps_ = 0;
};

// The least that a triangle can cost: one that covers a pixel or two, its corners projected already.
double ns_a_triangle() {
  constexpr FrameSize kSize{96, 72};
  constexpr int kTriangles = 200'000;
  std::vector<std::uint32_t> pixels(static_cast<std::size_t>(kSize.width_px * kSize.height_px));
  std::vector<std::int32_t> depths(pixels.size() + 3);
  const Region whole = whole_of(kSize);
  Faces faces({pixels.data(), depths.data(), kSize.width_px, kSize.height_px});
  faces.set_clip(whole);
  const double us = us_of([&] {
    for (std::int32_t i = 0; i < kTriangles; ++i) {
      const std::int32_t x = (i % 90) << kSubpixelBits;
      const std::int32_t y = (i / 90 % 70) << kSubpixelBits;
      const std::array<Corner, 3> corners{{{x, y, 1000 + i}, {x + 400, y, 1000 + i}, {x, y + 400, 1000 + i}}};
      faces.fill(corners, 0xff000000u + static_cast<std::uint32_t>(i), 1);
    }
  });
  return 1e3 * us / kTriangles;
}

}  // namespace

void bench_step_parts(std::span<const FrameSize> sizes, const BenchOptions& options, std::vector<Figure>& figures) {
  const PlayedHouses houses(10);
  const auto add = [&](std::string name, std::string unit, const std::function<double()>& measure) {
    add_figure(figures, options, std::move(name), std::move(unit), measure);
  };
  add("full: four ticks and the verdict", "us/step",
      [&] { return us_of([&] { houses.play(); }) / houses.num_steps(); });
  add("one small triangle set up and filled", "ns", ns_a_triangle);
  for (const FrameSize size : sizes) {
    const std::string picture = fmt::format("full: picture {}x{}", size.width_px, size.height_px);
    Renderer renderer(size);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(size.width_px * size.height_px * kBytesPerPixel));
    std::vector<std::uint8_t> depths(pixels.size());
    const auto draw = [&](const House& house, const State& state) { renderer.draw(house, state, 0, pixels); };
    add(picture, "us/step", [&] { return us_of([&] { houses.for_each_state(draw); }) / houses.num_steps(); });
    std::uint8_t shade = 0;
    add(picture + ": colours and depths written once", "us/step", [&] {
      return us_of([&] {
               houses.for_each_state([&](const House&, const State&) {
                 std::fill(pixels.begin(), pixels.end(), ++shade);
                 std::fill(depths.begin(), depths.end(), shade);
               });
             }) /
             houses.num_steps();
    });
    add(picture + ": triangles set up", "1/step", [&] {
      double triangles = 0;
      houses.for_each_state([&](const House& house, const State& state) {
        draw(house, state);
        triangles += renderer.num_triangles();
      });
      return triangles / houses.num_steps();
    });
  }
}

}  // namespace atl::tools
