#include "trainer/augment.h"

#include "core/error.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numbers>
#include <string_view>

namespace atl::trainer {
namespace {

// Controls that are each other's image in a mirror.
constexpr std::array<std::array<std::string_view, 2>, 2> kMirrored{{{"a", "d"}, {"left", "right"}}};
constexpr double kRadians = std::numbers::pi / 180.0;

std::size_t as_size(int value) { return static_cast<std::size_t>(value); }

std::span<std::uint8_t> picture_of(Example& example, const ExampleShape& shape, int step) {
  return std::span(example.frames).subspan(as_size(step) * shape.frame_bytes(), shape.frame_bytes());
}

void flip(std::span<std::uint8_t> picture, FrameSize size) {
  const std::size_t width = as_size(size.width_px);
  for (std::size_t y = 0; y < as_size(size.height_px); ++y) {
    std::uint8_t* row = picture.data() + y * width * kBytesPerPixel;
    for (std::size_t x = 0; x < width / 2; ++x)
      std::swap_ranges(row + x * kBytesPerPixel, row + (x + 1) * kBytesPerPixel,
                       row + (width - 1 - x) * kBytesPerPixel);
  }
}

// Moves the picture by dx and dy pixels; edges are repeated.
void shift(std::span<std::uint8_t> picture, FrameSize size, int dx, int dy) {
  const std::vector<std::uint8_t> before(picture.begin(), picture.end());
  std::uint8_t* target = picture.data();
  for (int y = 0; y < size.height_px; ++y) {
    const std::size_t row = as_size(std::clamp(y - dy, 0, size.height_px - 1) * size.width_px);
    for (int x = 0; x < size.width_px; ++x, target += kBytesPerPixel) {
      const std::size_t pixel = row + as_size(std::clamp(x - dx, 0, size.width_px - 1));
      std::memcpy(target, before.data() + pixel * kBytesPerPixel, kBytesPerPixel);
    }
  }
}

// Turns colours about the axis of greys by `hue_deg`, multiplies their distance from it by `saturation` and all by
// `brightness`. Such a matrix is the same whichever channel comes first, up to the turn's direction, and has the same
// three numbers in each row.
class Recolour {
 public:
  Recolour(double hue_deg, double saturation, double brightness) {
    const double turn = hue_deg * kRadians;
    const double grey = (1.0 - saturation * std::cos(turn)) / 3.0;
    const double side = saturation * std::sin(turn) / std::sqrt(3.0);
    own_ = fixed(brightness * (saturation * std::cos(turn) + grey));
    next_ = fixed(brightness * (grey - side));
    last_ = fixed(brightness * (grey + side));
  }

  void apply(std::span<std::uint8_t> picture) const {
    for (std::size_t i = 0; i + kBytesPerPixel <= picture.size(); i += kBytesPerPixel) {
      const int b = picture[i];
      const int g = picture[i + 1];
      const int r = picture[i + 2];
      picture[i] = mix(b, g, r);
      picture[i + 1] = mix(g, r, b);
      picture[i + 2] = mix(r, b, g);
    }
  }

 private:
  static constexpr int kFractionBits = 12;
  static int fixed(double value) { return static_cast<int>(std::lround(value * (1 << kFractionBits))); }
  [[nodiscard]] std::uint8_t mix(int own, int next, int last) const {
    const int sum = own_ * own + next_ * next + last_ * last + (1 << (kFractionBits - 1));
    return static_cast<std::uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
  }

  int own_;
  int next_;
  int last_;
};

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
}

// `word` in the case of `model`: all of it upper, its first letter, or none.
std::string in_case_of(std::string_view model, std::string_view word) {
  std::string cased(word);
  const bool all = std::ranges::all_of(model, is_upper);
  for (std::size_t i = 0; i < cased.size(); ++i) {
    if (all || (i == 0 && is_upper(model[0])))
      cased[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(cased[i])));
  }
  return cased;
}

}  // namespace

std::string mirrored(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end =
        is_letter(text[0]) ? std::ranges::find_if_not(text, is_letter) : std::ranges::find_if(text, is_letter);
    const std::string_view part(text.begin(), end);
    text.remove_prefix(part.size());
    if (same_word(part, "left")) {
      out += in_case_of(part, "right");
    } else if (same_word(part, "right")) {
      out += in_case_of(part, "left");
    } else {
      out += part;
    }
  }
  return out;
}

Augmenter::Augmenter(const DataConfig& config, const PolicyContract& contract)
    : mirror_share_(config.mirror),
      shift_px_(config.shift_px),
      brightness_(config.brightness),
      saturation_(config.saturation),
      hue_deg_(config.hue_deg),
      num_bins_(contract.mouse_bins),
      pointer_(contract) {
  if (mirror_share_ <= 0) return;
  for (const auto& pair : kMirrored) {
    const auto first = std::find(contract.controls.begin(), contract.controls.end(), pair[0]);
    const auto second = std::find(contract.controls.begin(), contract.controls.end(), pair[1]);
    const bool has_first = first != contract.controls.end();
    const bool has_second = second != contract.controls.end();
    if (has_first != has_second) {
      fail(ErrorKind::kConfig, "trainer.data.mirror = {}, but of {} and {} the contract has only {}: set mirror = 0",
           mirror_share_, pair[0], pair[1], has_first ? pair[0] : pair[1]);
    }
    if (has_first) swapped_.emplace_back(first - contract.controls.begin(), second - contract.controls.begin());
  }
}

void Augmenter::apply(Example& example, const ExampleShape& shape, Random& random) const {
  if (mirror_share_ > 0 && random.uniform() < mirror_share_) mirror(example, shape);
  if (shift_px_ > 0) {
    const int dx = random.between(-shift_px_, shift_px_);
    const int dy = random.between(-shift_px_, shift_px_);
    for (int t = 0; t < example.num_steps; ++t) shift(picture_of(example, shape, t), shape.frame, dx, dy);
    for (std::vector<agent::ActionParts>* actions : {&example.chunks, &example.past}) {
      for (agent::ActionParts& action : *actions) action.pointer = pointer_.moved(action.pointer, dx, dy);
    }
  }
  if (brightness_ > 0 || saturation_ > 0 || hue_deg_ > 0) {
    const auto within = [&](double most) { return most * (2.0 * random.uniform() - 1.0); };
    const double hue_deg = within(hue_deg_);
    const double saturation = 1.0 + within(saturation_);
    const Recolour recolour(hue_deg, saturation, 1.0 + within(brightness_));
    for (int t = 0; t < example.num_steps; ++t) recolour.apply(picture_of(example, shape, t));
  }
}

void Augmenter::mirror(Example& example, const ExampleShape& shape) const {
  for (int t = 0; t < example.num_steps; ++t) flip(picture_of(example, shape, t), shape.frame);
  const std::size_t columns = as_size(shape.patch_columns);
  for (std::size_t row = 0; row + columns <= example.patches.size() && columns > 0; row += columns)
    std::reverse(example.patches.begin() + static_cast<std::ptrdiff_t>(row),
                 example.patches.begin() + static_cast<std::ptrdiff_t>(row + columns));
  example.turn_deg = -example.turn_deg;
  for (std::string& instruction : example.instructions) instruction = mirrored(instruction);
  mirror(example.chunks);
  mirror(example.past);
}

void Augmenter::mirror(std::span<agent::ActionParts> actions) const {
  for (agent::ActionParts& action : actions) {
    action.mouse_x = num_bins_ - 1 - action.mouse_x;
    action.pointer = pointer_.mirrored(action.pointer);
    for (const auto& [a, b] : swapped_) {
      const bool was = action.controls.test(a);
      action.controls.set(a, action.controls.test(b));
      action.controls.set(b, was);
    }
  }
}

}  // namespace atl::trainer
