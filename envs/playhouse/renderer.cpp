#include "envs/playhouse/renderer.h"

#include "core/error.h"
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/draw_cells.h"
#include "envs/playhouse/draw_screen.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/physics.h"
#include "envs/playhouse/screens.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kEyeClearance = from_cm(1) * 3 / 10;  // the eye keeps off the planes of walls and portals
constexpr std::int32_t kHeadClearance = from_cm(10);

FrameSize checked(FrameSize size) {
  if (size.width_px < 8 || size.height_px < 8 || size.width_px > 4096 || size.height_px > 4096) {
    fail(ErrorKind::kConfig, "playhouse: frame of {}x{} px, expected 8x8 to 4096x4096", size.width_px, size.height_px);
  }
  return size;
}

struct EyePlace {
  std::size_t cell = 0;
  Vec3 eye;
};

// The cell that holds the eye, and the eye well inside of it. Outside of all cells: the nearest.
EyePlace place_eye(const House& house, Vec3 eye) {
  int index = house.cell_at(eye.flat());
  if (index < 0) {
    const auto distance = [&](const Cell& cell) { return length_squared(away_from(cell.floor, eye.flat())); };
    const auto nearest = std::min_element(house.cells.begin(), house.cells.end(),
                                          [&](const Cell& a, const Cell& b) { return distance(a) < distance(b); });
    index = static_cast<int>(nearest - house.cells.begin());
  }
  const auto cell = static_cast<std::size_t>(index);
  const Rect room = shrunk(house.cells[cell].floor, kEyeClearance);
  eye.x = std::clamp(eye.x, room.low.x, room.high.x);
  eye.y = std::clamp(eye.y, room.low.y, room.high.y);
  eye.z = std::clamp(eye.z, kHeadClearance, house.cells[cell].height - kHeadClearance);
  return {cell, eye};
}

std::uint32_t average(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  const auto channels = [&](std::uint32_t mask) { return (a & mask) + (b & mask) + (c & mask) + (d & mask); };
  return 0xff000000u | ((channels(0x00ff00ffu) + 0x00020002u) >> 2 & 0x00ff00ffu) |
         ((channels(0x0000ff00u) + 0x00000200u) >> 2 & 0x0000ff00u);
}

// What can be done with what is held or in the middle of the picture; empty: nothing.
std::string hint_of(const House& house, const PlayerState& self, Entity target, const HintKeys& keys) {
  if (target.is_fixture()) {
    return fmt::format("{}: {}", keys.use,
                       kFixtureNames[static_cast<std::size_t>(house.fixtures[target.fixture()].kind)]);
  }
  if (self.holding.is_some()) {
    return fmt::format("{}: put down {}   {}: turn", keys.take, name_of(house.things[self.holding.thing()].kind),
                       keys.rotate);
  }
  return target.is_thing() ? fmt::format("{}: take {}", keys.take, name_of(house.things[target.thing()].kind)) : "";
}

}  // namespace

class Renderer::Work {
 public:
  Work(FrameSize size, DrawOptions options)
      : size_(checked(size)),
        options_(std::move(options)),
        scale_(options_.smooth ? 2 : 1),
        drawn_size_{size.width_px * scale_, size.height_px * scale_},
        whole_(whole_of(drawn_size_)),
        depths_(static_cast<std::size_t>(drawn_size_.width_px) * static_cast<std::size_t>(drawn_size_.height_px) + 3),
        ids_(static_cast<std::size_t>(size.width_px) * static_cast<std::size_t>(size.height_px)),
        paint_(size.width_px < 200 ? 12 : 11) {
    if (options_.smooth) fine_pixels_.resize(depths_.size());
  }

  void draw(const House& house, const State& state, std::size_t player, std::uint32_t* pixels) {
    if (!drawn_ || drawn_->hash != house.hash || drawn_->reskin != house.look.reskin) {
      paint_.set_house(house);
      drawn_ = Drawn{house.hash, house.look.reskin};
    }
    std::fill(depths_.begin(), depths_.end(), 0);
    const PlayerState& self = state.players[player];
    const EyePlace place = place_eye(house, eye_of(self));
    const View view(drawn_size_, place.eye, self.heading, self.pitch);
    const Canvas canvas{options_.smooth ? fine_pixels_.data() : pixels, depths_.data(), drawn_size_.width_px,
                        drawn_size_.height_px};
    const Sight sight{&house, &state, player, is_set(self, Setting::kNightMode)};
    CellPainter painter(sight, view, canvas, paint_, regions_);
    painter.draw(place.cell, whole_);
    num_triangles_ = painter.num_triangles();
    if (options_.smooth) shrink(pixels);
    const Picture picture{pixels, size_.width_px, size_.height_px};
    if (self.screen != Screen::kWorld) {
      draw_screen(picture, house, state, player, screen_depths_);
    } else {
      const Entity target = target_of(house);
      if (options_.crosshair) draw_crosshair(picture, target.is_some());
      if (is_set(self, Setting::kHints)) draw_hint(picture, usual_hint(hint_of(house, self, target, options_.keys)));
    }
  }

  [[nodiscard]] std::string hint(const House& house, const State& state, std::size_t player) const {
    const PlayerState& self = state.players[player];
    return self.screen == Screen::kWorld ? hint_of(house, self, target_of(house), options_.keys) : "";
  }

  std::span<const std::uint8_t> object_ids() {
    for (int y = 0; y < size_.height_px; ++y) {
      for (int x = 0; x < size_.width_px; ++x) {
        const auto at =
            static_cast<std::size_t>(y) * static_cast<std::size_t>(size_.width_px) + static_cast<std::size_t>(x);
        ids_[at] = static_cast<std::uint8_t>(depth_at(x, y) & 255);
      }
    }
    return ids_;
  }

  [[nodiscard]] FrameSize size() const { return size_; }
  [[nodiscard]] std::size_t num_pixels() const { return ids_.size(); }
  [[nodiscard]] int num_triangles() const { return num_triangles_; }

 private:
  struct Drawn {
    std::uint64_t hash = 0;
    std::uint32_t reskin = 0;
  };

  // Where there is nothing to say of what is seen: what can always be done.
  [[nodiscard]] std::string usual_hint(std::string hint) const {
    if (!hint.empty()) return hint;
    const HintKeys& keys = options_.keys;
    return fmt::format("{}: walk   {}: bag   {}: menu", keys.walk, keys.bag, keys.menu);
  }

  [[nodiscard]] std::int32_t depth_at(int x, int y) const {
    return depths_[static_cast<std::size_t>(y * scale_) * static_cast<std::size_t>(drawn_size_.width_px) +
                   static_cast<std::size_t>(x * scale_)];
  }

  // What the middle of the picture shows, if it can be taken or used and is within reach.
  [[nodiscard]] Entity target_of(const House& house) const {
    const std::int32_t word = depth_at(size_.width_px / 2, size_.height_px / 2);
    const Entity entity{static_cast<std::uint8_t>((word & 255) - 1)};
    if ((word & 255) == 0 || (std::int64_t{1} << 42) / std::max(word, 1) > kReach) return {};
    if (entity.is_thing()) return entity;
    if (!entity.is_fixture()) return {};
    const FixtureKind kind = house.fixtures[entity.fixture()].kind;
    return is_hinged(kind) || is_switchable(kind) || kind == FixtureKind::kButton ? entity : Entity{};
  }

  void shrink(std::uint32_t* pixels) const {
    const auto width = static_cast<std::size_t>(size_.width_px);
    for (std::size_t y = 0; y < static_cast<std::size_t>(size_.height_px); ++y) {
      const std::uint32_t* upper = fine_pixels_.data() + 4 * y * width;
      const std::uint32_t* lower = upper + 2 * width;
      std::uint32_t* row = pixels + y * width;
      for (std::size_t x = 0; x < width; ++x)
        row[x] = average(upper[2 * x], upper[2 * x + 1], lower[2 * x], lower[2 * x + 1]);
    }
  }

  FrameSize size_;
  DrawOptions options_;
  int scale_;
  FrameSize drawn_size_;
  Region whole_;
  std::vector<std::int32_t> depths_;        // see Canvas
  std::vector<std::uint32_t> fine_pixels_;  // of smooth pictures
  std::vector<std::int32_t> screen_depths_;
  std::vector<std::uint8_t> ids_;
  HousePaint paint_;
  RegionStack regions_;
  int num_triangles_ = 0;
  std::optional<Drawn> drawn_;
};

Renderer::Renderer(FrameSize size, DrawOptions options) : work_(std::make_unique<Work>(size, std::move(options))) {}
Renderer::~Renderer() = default;

void Renderer::draw(const House& house, const State& state, std::size_t player, std::span<std::uint8_t> pixels) {
  ATOLL_CHECK(pixels.size() == work_->num_pixels() * kBytesPerPixel, "picture of {} bytes, expected {}", pixels.size(),
              work_->num_pixels() * kBytesPerPixel);
  ATOLL_CHECK(reinterpret_cast<std::uintptr_t>(pixels.data()) % 4 == 0, "picture is not aligned to 4 bytes");
  ATOLL_CHECK(player < static_cast<std::size_t>(house.level->players), "player {} of {}", player, house.level->players);
  work_->draw(house, state, player, reinterpret_cast<std::uint32_t*>(pixels.data()));
}

std::string Renderer::hint(const House& house, const State& state, std::size_t player) const {
  return work_->hint(house, state, player);
}

std::span<const std::uint8_t> Renderer::object_ids() { return work_->object_ids(); }

int Renderer::num_triangles() const { return work_->num_triangles(); }

FrameSize Renderer::size() const { return work_->size(); }

}  // namespace atl::envs::playhouse
